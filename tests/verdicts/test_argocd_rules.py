"""The rules about Argo CD that are easy to get wrong, where they are about what is shown.

Those about acts: tests/actions/test_argocd_rules.py.
"""

from __future__ import annotations

import pytest

from spottui.records import Access
from spottui.records_argocd import AppResource
from spottui.verdicts.app_tree import Live, tree
from spottui.verdicts.app_troubles import is_stale

from .make import NOW, a_workload, an_app, only

PLANNER = AppResource(kind="Deployment", name="d", namespace="robot", group="apps", sync="Synced")


@pytest.mark.parametrize(("age", "is_old"), [(209, False), (211, True)])
def test_rule_8_synced_is_believed_only_as_long_as_it_is_compared(age: float, is_old: bool) -> None:
    app = an_app(sync="Synced", health="Healthy", reconciled_at=NOW - age)
    assert is_stale(app, NOW) is is_old
    if is_old:
        assert only(app).text.startswith("stale: last compared with git")


def test_rule_9_what_is_unknown_shows_nothing_to_prune() -> None:
    rows = [AppResource(kind="ConfigMap", name=str(n), namespace="robot", is_pruned=True) for n in range(3)]
    live = Live((), lambda kind: Access("live"))
    assert not any(row.is_pruned for row in tree(an_app(sync="Unknown", resources=tuple(rows)), live))
    assert all(row.is_pruned for row in tree(an_app(sync="OutOfSync", resources=tuple(rows)), live))


def test_rule_10_health_that_the_application_does_not_tell_is_computed_from_the_live_object() -> None:
    counts = {"desired": 1, "updated": 1, "available": 0, "total": 1, "generation": 1, "observed_generation": 1}
    live = Live((a_workload("Deployment", "d", **counts),), lambda kind: Access("live"))  # type: ignore[arg-type]
    assert PLANNER.health == ""
    (row,) = tree(an_app(resources=(PLANNER,)), live)
    assert (row.health.word, row.by) == ("Progressing", "spottui")
