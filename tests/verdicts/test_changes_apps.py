"""Applications and nodes on the Timeline."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.records import Condition, Node
from spottui.records_argocd import Application, Operation, SyncResource
from spottui.records_timeline import ENTRY_KINDS
from spottui.verdicts.changes_apps import application_entries
from spottui.verdicts.changes_nodes import node_entries

from .make import NOW, a_node, an_app

COMMIT = "1a2b3c4d" + "0" * 32


def told(before: Application, after: Application) -> list[str]:
    return [f"{line.what}: {line.text}" for line in application_entries(before, after, NOW)]


def test_a_sync_is_asked_runs_and_ends_with_revision_and_who() -> None:
    asked = an_app(has_pending_operation=True)
    facts: dict[str, Any] = {"started_at": NOW - 9, "revision": COMMIT, "initiated_by": "ana"}
    running = an_app(operation=Operation(phase="Running", **facts))
    over = an_app(operation=Operation(phase="Succeeded", finished_at=NOW - 2, message="all well", **facts))
    assert told(an_app(), asked) == ["sync: sync asked, not begun yet"]
    assert told(asked, running) == ["sync: sync Running at 1a2b3c4 by ana"]
    (line,) = application_entries(running, over, NOW)
    assert (line.text, line.at) == ("sync Succeeded at 1a2b3c4 by ana after 7 s: all well", NOW - 2)


def test_a_failed_sync_names_the_resources_that_failed() -> None:
    failed = tuple(
        SyncResource(kind="Deployment", name=name, status="SyncFailed", message="forbidden") for name in ("a", "b", "c")
    )
    operation = Operation(phase="Failed", automated=True, resources=failed)
    (line,) = application_entries(an_app(), an_app(operation=operation), NOW)
    said = "sync Failed by auto-sync (deployment/a: forbidden; deployment/b: forbidden; 1 more)"
    assert (line.text, line.tone) == (said, "bad")


def test_settings_conditions_and_what_is_deployed_are_told() -> None:
    condition = Condition("ComparisonError", "True", "", "git does not answer", NOW - 5)
    after = an_app(target_revision="v2", auto_sync=True, conditions=(condition,), deployed_revision=COMMIT)
    assert told(an_app(target_revision="v1", deployed_revision="1.0"), after) == [
        "app: follows v2, was v1",
        "app: auto-sync on",
        "app: ComparisonError: git does not answer",
        "sync: deployed revision 1.0 -> 1a2b3c4",
    ]


_words = st.sampled_from(["", "Synced", "OutOfSync", "Healthy", "Degraded", "Running", "Failed", "x y"])
_times = st.none() | st.floats(0, 4e9)
_conditions = st.lists(st.builds(Condition, _words, st.sampled_from(["True", "False", "Unknown"]), _words), max_size=3)
apps = st.builds(
    Application,
    uid=st.just("a"),
    name=st.just("a"),
    namespace=st.just("argocd"),
    created_at=st.none(),
    sync=_words,
    health=_words,
    target_revision=_words,
    auto_sync=st.booleans(),
    has_pending_operation=st.booleans(),
    deployed_revision=_words,
    conditions=_conditions.map(tuple),
    operation=st.none()
    | st.builds(
        Operation,
        phase=_words,
        started_at=_times,
        finished_at=_times,
        resources=st.lists(st.builds(SyncResource, kind=_words, name=_words, status=_words), max_size=4).map(tuple),
    ),
)
nodes = st.builds(
    Node,
    uid=st.just("n"),
    name=st.just("n"),
    namespace=st.just(""),
    created_at=st.none(),
    unschedulable=st.booleans(),
    kubelet_version=_words,
    conditions=st.lists(
        st.builds(Condition, st.sampled_from(["Ready", "DiskPressure"]), st.sampled_from(["True", "False", "Unknown"])),
        unique_by=lambda one: one.type,
    ).map(tuple),
)


@settings(max_examples=40)
@given(apps, apps)
def test_any_change_of_an_application_is_lines_and_none_where_nothing_changed(
    before: Application, after: Application
) -> None:
    assert all(line.what in ENTRY_KINDS and "\n" not in line.text for line in application_entries(before, after, NOW))
    assert application_entries(after, after, NOW) == ()


@settings(max_examples=40)
@given(nodes, nodes)
def test_any_change_of_a_node_is_lines_and_none_where_nothing_changed(before: Node, after: Node) -> None:
    assert all(line.what == "node" for line in node_entries(before, after, NOW))
    assert node_entries(after, after, NOW) == ()


def test_pressure_begins_and_is_over_in_words() -> None:
    fine, full = (a_node(Condition("DiskPressure", status, "", "disk full")) for status in ("False", "True"))
    assert [line.text for line in node_entries(fine, full, NOW)] == ["DiskPressure began: disk full"]
    assert [line.text for line in node_entries(full, fine, NOW)] == ["DiskPressure is over"]
