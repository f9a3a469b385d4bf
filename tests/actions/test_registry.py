"""The list of commands."""

from __future__ import annotations

import pytest

from spottui.actions.kube_events import reason_of
from spottui.actions.objects import RESOURCES
from spottui.actions.registry import ACTIONS, Weight, by_id, fitting, for_kind, sync_action
from spottui.records import Target


def a_target(kind: str) -> Target:
    return Target(kind=kind, namespace="robot", name="x", uid="u")


def test_ids_are_unique_and_no_kind_has_a_key_twice() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    for kind in RESOURCES:
        keys = [action.key for action in for_kind(kind) if action.key]
        assert len(set(keys)) == len(keys)


def test_every_kind_of_every_action_has_a_permission_and_a_sentence_with_target_and_namespace() -> None:
    for action in ACTIONS:
        for kind in action.kinds:
            target = a_target(kind)
            assert action.permission(target).resource
            assert str(target) in action.describe(target, {}) and "namespace robot" in action.describe(target, {})
            assert action.help.endswith(".")


def test_a_destructive_action_has_no_key_and_wants_the_name_typed() -> None:
    dangerous = [action for action in ACTIONS if action.dangerous]
    worst = {"pod.delete", "pod.delete-grace", "pod.force-delete", "workload.delete", "node.drain"}
    assert worst | {"application.sync-prune"} <= {action.id for action in dangerous}
    assert all(not action.key and action.weight is Weight.TYPE_NAME for action in dangerous)


def test_a_chosen_revision_is_in_the_sentence() -> None:
    said = by_id("application.sync").describe(a_target("Application"), {"revision": "v1.2"})
    assert said == "Sync application/x in namespace robot to v1.2"


def test_the_options_of_a_sync_choose_its_action() -> None:
    assert sync_action({}).id == "application.sync"
    assert sync_action({"prune": True}).id == "application.sync-prune"
    assert sync_action({"prune": True, "dry_run": True}).id == "application.sync-dry-run"


def test_an_unknown_id_is_a_key_error_and_an_unknown_kind_has_no_actions() -> None:
    with pytest.raises(KeyError):
        by_id("robot.sit")
    assert for_kind("Lease") == ()


def test_the_reason_of_an_event_names_the_action() -> None:
    assert reason_of("application.hard-refresh") == "SpottuiHardRefresh"


def test_a_key_that_several_actions_share_goes_to_the_one_for_the_row() -> None:
    assert fitting(by_id("pod.shell"), "Application").id == "application.sync"
    assert fitting(by_id("application.sync"), "Pod").id == "pod.shell"
    assert fitting(by_id("workload.restart"), "Pod").id == "pod.restart"
    assert fitting(by_id("pod.shell"), "Node").id == "pod.shell", "nobody else has it: its own words say for what it is"
