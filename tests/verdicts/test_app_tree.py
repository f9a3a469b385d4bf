"""The tree holds what git has, what that owns, and the health of each; an operation's progress is counted by phase."""

from __future__ import annotations

import time

import pytest

from spottui.records import Access, Meta, Owner
from spottui.records_argocd import Application, AppResource, Operation, SyncResource
from spottui.verdicts.app_progress import progress, stuck
from spottui.verdicts.app_tree import KnownRows, Live, counts, row_key, tree

from .make import NOW, a_pod, a_workload, an_app, running, waiting

LIVE = Access("live")


def of(*kinds_and_names: tuple[str, str], **more: object) -> tuple[AppResource, ...]:
    groups = {"Deployment": "apps", "Job": "batch"}
    return tuple(
        AppResource(kind=kind, name=name, namespace="robot", group=groups.get(kind, ""), sync="Synced", **more)  # type: ignore[arg-type]
        for kind, name in kinds_and_names
    )


def live(*things: Meta, standing: Access | None = LIVE) -> Live:
    return Live(things, lambda kind: standing)


def deployment(**more: object) -> Meta:
    counts = {"desired": 1, "updated": 1, "available": 1, "total": 1, "generation": 1, "observed_generation": 1}
    return a_workload("Deployment", "d", **{**counts, **more})  # type: ignore[arg-type]


def replica_set(uid: str = "rs", desired: int = 1) -> Meta:
    more = {"desired": desired, "available": desired, "generation": 1, "observed_generation": 1}
    return a_workload("ReplicaSet", uid, owner=Owner("Deployment", "d", "d"), **more)  # type: ignore[arg-type]


def test_a_pod_hangs_below_its_replica_set_below_its_deployment() -> None:
    pod = a_pod(waiting("CrashLoopBackOff"), uid="p", owner=Owner("ReplicaSet", "rs", "rs"))
    rows = tree(
        an_app(resources=of(("Deployment", "d"))), live(deployment(), replica_set(), replica_set("old", 0), pod)
    )
    assert [(row.depth, row.kind, row.name, row.health.word) for row in rows] == [
        (0, "Deployment", "d", "Healthy"),
        (1, "ReplicaSet", "rs", "Healthy"),
        (2, "Pod", "p", "Degraded"),
    ]
    assert rows[0].left_out == 1 and "CrashLoopBackOff" in rows[2].health.why


def test_owners_that_name_each_other_end() -> None:
    one = a_workload("ReplicaSet", "a", owner=Owner("ReplicaSet", "b", "b"))
    other = a_workload("ReplicaSet", "b", owner=Owner("ReplicaSet", "a", "a"))
    top = AppResource(kind="ReplicaSet", name="a", namespace="robot", group="apps", sync="Synced")
    assert 1 < len(tree(an_app(resources=(top,)), live(one, other))) < 20


@pytest.mark.parametrize(
    ("one", "standing", "word", "why"),
    [
        (of(("Deployment", "d")), LIVE, "Missing", "not in the cluster"),
        (of(("Deployment", "d")), Access("forbidden", "list is not permitted"), "?", "list is not permitted"),
        (of(("Deployment", "d")), Access("waiting"), "?", "not read yet"),
        (of(("Widget", "w")), None, "?", "argocd-server knows its health"),
        (of(("ServiceAccount", "s")), None, "", "no such kind"),
        (of(("Widget", "w"), health="Degraded", health_message="m"), None, "Degraded", "m"),
    ],
)
def test_what_is_not_seen_is_missing_or_not_known_each_with_its_reason(
    one: tuple[AppResource, ...], standing: Access | None, word: str, why: str
) -> None:
    (row,) = tree(an_app(resources=one), live(standing=standing))
    assert row.health.word == word and why in row.health.why


def test_while_sync_is_unknown_no_row_is_synced_and_none_is_to_be_pruned() -> None:
    (row,) = tree(an_app(sync="Unknown", resources=of(("Deployment", "d"), is_pruned=True)), live(deployment()))
    assert (row.sync, row.is_pruned) == ("Unknown", False)
    assert counts([row])["sync Unknown"] == 1 and counts([row])["pruned"] == 0


def test_a_hook_that_only_the_operation_names_has_a_row_with_its_phase() -> None:
    hook = SyncResource(
        kind="Job", name="pre", namespace="robot", group="batch", hook_type="PreSync", hook_phase="Failed"
    )
    rows = tree(an_app(operation=Operation(phase="Failed", resources=(hook,))), live())
    assert [(row.name, row.hook, row.result_word) for row in rows] == [("pre", "PreSync", "Failed")]


def test_two_thousand_resources_are_a_tree_in_a_moment() -> None:
    app = an_app(resources=of(*(("ConfigMap", f"c{number}") for number in range(2000))))
    begun = time.process_time()
    rows = tree(app, live(*(a_pod(running(), uid=f"p{number}") for number in range(2000))))
    assert len(rows) == 2000 and len({row.key for row in rows}) == 2000
    assert time.process_time() - begun < 1.0
    assert row_key(app.resources[7]) == rows[7].key


def operating(*resources: SyncResource, **more: object) -> Application:
    known = {"has_pending_operation": True, "resource_count": 4, **more}
    return an_app(operation=Operation(phase="Running", resources=resources, started_at=NOW - 9), **known)  # type: ignore[arg-type]


def test_progress_is_counted_by_phase_and_names_what_failed() -> None:
    app = operating(
        SyncResource(kind="Job", name="pre", hook_type="PreSync", hook_phase="Succeeded", sync_phase="PreSync"),
        SyncResource(kind="Service", name="s", status="Synced", sync_phase="Sync"),
        SyncResource(kind="Pod", name="p", status="SyncFailed", message="forbidden", sync_phase="Sync"),
        SyncResource(kind="Job", name="post", hook_type="PostSync", hook_phase="Running", sync_phase="PostSync"),
    )
    found = progress(app)
    assert found is not None
    assert [phase.text for phase in found.phases] == ["PreSync 1 done", "Sync 1 done, 1 failed", "PostSync 1 running"]
    assert found.short == "2/~4, 1 failed" and found.failed[0].message == "forbidden"


def test_an_operation_that_does_not_move_says_why() -> None:
    assert "left over" in stuck(operating(has_pending_operation=False), NOW)
    blocked = an_app(
        has_pending_operation=True,
        operation=Operation(phase="Running", message="Sync operation blocked by sync window"),
    )
    assert "sync window blocks" in stuck(blocked, NOW)
    assert "skip-reconcile" in stuck(an_app(has_pending_operation=True, is_paused=True), NOW)
    assert stuck(an_app(), NOW) == "" and progress(an_app()) is None


def test_rows_that_nothing_changed_for_stay_the_same_objects_and_the_others_are_made_anew() -> None:
    known: KnownRows = {}
    app = an_app(resources=of(("ConfigMap", "a"), ("Widget", "w"), ("Deployment", "d")))
    first = tree(app, live(deployment(), standing=Access("live", heard_at=1.0)), known)
    again = tree(app, live(deployment(), standing=Access("live", heard_at=2.0)), known)
    assert [new is old for new, old in zip(again, first, strict=True)] == [True, True, False]
    assert again == first
    stale = tree(app, live(deployment(available=0), standing=Access("stale", "no link")), known)
    assert [row.health.word for row in stale] == ["?", "?", "Progressing"]
    fewer = tree(an_app(resources=of(("ConfigMap", "a"))), live(), known)
    assert [row.health.word for row in fewer] == ["Missing"] and len(known) == 1
    unknown = tree(an_app(resources=of(("ConfigMap", "a")), sync="Unknown"), live(), known)
    assert unknown[0].sync == "Unknown"
