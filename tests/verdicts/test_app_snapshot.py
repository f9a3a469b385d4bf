"""The last good state stays while sync is Unknown, and how far behind is counted only by what was seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.events import ObjectsHeard
from spottui.records_argocd import Application, AppResource, Deployed
from spottui.store import Store
from spottui.verdicts.app_snapshot import behind, clock_trouble, last_good, remember, to_prune

from .make import NOW, an_app

A, B, C = "a" * 40, "b" * 40, "c" * 40


def rows(*revisions: str) -> tuple[Deployed, ...]:
    return tuple(Deployed(id=number, revision=one, at=NOW) for number, one in enumerate(revisions))


def app(**more: object) -> Application:
    return an_app(**{"revision": A, "deployed_revision": A, "history": rows(A), **more})  # type: ignore[arg-type]


def test_the_last_compared_state_stays_dated_while_sync_is_unknown() -> None:
    good, lost = app(sync="OutOfSync", revision=B, reconciled_at=NOW - 500), app(sync="Unknown", revision="main")
    known = remember(remember(None, good, NOW - 400), lost, NOW)
    assert last_good(lost, known) == (good, NOW - 500)
    assert last_good(good, known) is None
    assert last_good(lost, remember(None, lost, NOW)) is None


def test_what_is_to_be_pruned_is_not_known_while_sync_is_unknown() -> None:
    gone = (AppResource(kind="Service", name="s", is_pruned=True),)
    assert to_prune(app(sync="OutOfSync", resources=gone)) == 1
    assert to_prune(app(sync="Unknown", resources=gone)) is None


def test_each_revision_that_git_was_seen_to_have_counts_until_one_is_deployed() -> None:
    known = None
    for revision in (B, C):
        heard = app(sync="OutOfSync", revision=revision)
        known = remember(known, heard, NOW)
    assert (behind(heard, known).text, behind(heard).text) == ("≥2", "≥1")
    deployed = app(revision=C, deployed_revision=C, history=rows(A, C))
    known = remember(known, deployed, NOW)
    assert (behind(deployed, known).text, known.targets) == ("0", ())


def test_an_unknown_in_between_does_not_forget_what_was_seen() -> None:
    known = remember(None, app(sync="OutOfSync", revision=B), NOW)
    known = remember(known, app(sync="Unknown", revision="main"), NOW)
    assert remember(known, app(sync="OutOfSync", revision=C), NOW).targets == (B, C)


@pytest.mark.parametrize(
    ("found", "text", "said"),
    [
        (app(sync="", revision=""), "?", "not compared it yet"),
        (app(sync="Unknown", revision="main"), "?", "not known while"),
        (app(deployed_revision=""), "?", "never deployed"),
        (app(), "0", "no newer"),
        (app(sync="OutOfSync", revision=B), "≥1", "aaaaaaa is deployed, git has bbbbbbb"),
        (app(revision=B), "0", "git has bbbbbbb, which changes nothing here"),
        (
            app(sync="OutOfSync", revision=C, deployed_revision=A, history=rows(A, B, C, A)),
            "≥2",
            "At least 2 revisions",
        ),
        (app(sync="OutOfSync", revision=A, deployed_revision=B, history=rows(A, B)), "older", "(history 0)"),
        (
            app(sync="OutOfSync", revision="1.4.2", deployed_revision="1.4.1", history=rows("1.4.1")),
            "≥1",
            "1.4.1 is deployed",
        ),
    ],
)
def test_how_far_behind_is_said_with_its_reason(found: Application, text: str, said: str) -> None:
    far = behind(found)
    assert far.text == text and said in far.why


def test_a_comparison_in_the_future_is_a_wrong_clock() -> None:
    assert clock_trouble(app(reconciled_at=NOW + 30), NOW) == ""
    assert "60 min from now" in clock_trouble(app(reconciled_at=NOW + 3600), NOW)
    assert "clock" in clock_trouble(app(reconciled_at=NOW + 86400), NOW)


def test_the_store_remembers_and_forgets_by_uid_though_names_are_equal() -> None:
    store = Store()
    one = app(sync="OutOfSync", revision=B)
    other = an_app("other", sync="Synced", revision=A, deployed_revision=A)
    lost = app(sync="Unknown")
    store.apply(ObjectsHeard("applications", (one, other), (), NOW))
    store.apply(ObjectsHeard("applications", (lost,), (), NOW + 1))
    assert store.apps.last_good(lost) == (one, one.reconciled_at)
    store.apply(ObjectsHeard("applications", (), (lost.uid,), NOW + 2))
    assert store.apps.last_good(lost) is None and store.apps.behind(other).text == "0"


@given(st.lists(st.tuples(st.sampled_from(["Synced", "OutOfSync", "Unknown", "", "New"]), st.sampled_from([A, B, C]))))
def test_no_sequence_makes_it_say_zero_while_revisions_differ(heard: list[tuple[str, str]]) -> None:
    known = None
    for sync, revision in heard:
        found = app(sync=sync, revision=revision)
        known = remember(known, found, NOW)
        far = behind(found, known)
        assert (far.at_least == 0) == (sync == "Synced" or (sync == "OutOfSync" and revision == A))
        assert far.at_least is None or far.at_least <= 3
