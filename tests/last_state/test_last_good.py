"""Of an Application that cannot be compared, what was last compared is kept too, with its date."""

from __future__ import annotations

from pathlib import Path

from spottui.app_last_state_file import LastStateFile, unpacked
from spottui.events import Event, ListEnded, ObjectsHeard
from spottui.records_argocd import Application
from spottui.store import Store
from spottui.store_last_state import page, seen
from tests.screens.app_case import NOW, an_application


def told(store: Store, *events: Event) -> Store:
    for event in events:
        store.apply(event)
    return store


def heard(*apps: Application) -> ObjectsHeard:
    return ObjectsHeard("applications", apps, (), NOW)


def kept(store: Store, folder: Path) -> Store:
    """Return the store of the next run, before it has heard anything."""
    file = LastStateFile(folder, "spot-07", "abc")
    copy = seen(store)
    file.write(page(copy, "spot-07", NOW), copy)
    found = file.read()
    assert found is not None
    return told(Store(), *unpacked(found))


GOOD = an_application("nav", sync="OutOfSync", revision="b" * 40, deployed_revision="a" * 40, reconciled_at=NOW - 300)
LOST = an_application("nav", sync="Unknown", revision="main", deployed_revision="a" * 40, reconciled_at=NOW - 5)


def test_the_last_compared_state_outlives_the_program(tmp_path: Path) -> None:
    store = told(Store(), heard(GOOD), heard(LOST), ListEnded("applications", frozenset({GOOD.uid}), NOW))
    again = kept(store, tmp_path)
    assert again.applications[GOOD.uid] == LOST
    assert again.apps.last_good(LOST) == (GOOD, NOW - 300)
    told(again, heard(LOST))
    assert again.apps.last_good(LOST) == (GOOD, NOW - 300)


def test_what_this_run_has_heard_counts_before_it(tmp_path: Path) -> None:
    store = told(Store(), heard(GOOD), heard(LOST), ListEnded("applications", frozenset({GOOD.uid}), NOW))
    file = LastStateFile(tmp_path, "spot-07", "abc")
    copy = seen(store)
    file.write(page(copy, "spot-07", NOW), copy)
    newer = an_application("nav", sync="Synced", reconciled_at=NOW - 1)
    found = file.read()
    assert found is not None
    again = told(Store(), heard(newer), *unpacked(found), heard(LOST))
    assert again.apps.last_good(LOST) == (newer, NOW - 1)


def test_of_one_that_is_compared_nothing_more_is_kept(tmp_path: Path) -> None:
    store = told(Store(), heard(GOOD), ListEnded("applications", frozenset({GOOD.uid}), NOW))
    assert store.apps.goods(store.applications.values()) == []
    assert kept(store, tmp_path).applications[GOOD.uid] == GOOD
