"""The restart and the deletion of a pod."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.pod_trouble import trouble
from spottui.actions.registry import by_id
from spottui.actions.services import Unfinished
from spottui.errors import Conflict, NotFound, OutcomeUnknown, SpottuiError, Unreachable

from .bench import PODS, Bench, pod, target_of

RESTART, DELETE = by_id("pod.restart"), by_id("pod.delete")


def put(bench: Bench, name: str = "a", owner: str | None = "ReplicaSet", **status: Any):
    return target_of(bench.api.put(f"{PODS}/{name}", pod(name, owner, **status)), "Pod")


async def test_a_pod_with_a_controller_is_deleted_by_uid_and_the_new_one_named(bench: Bench) -> None:
    target = put(bench)
    bench.time.at(2, lambda: put(bench, "b", phase="Pending") and None)
    said = await bench.runner.perform(RESTART, target, bench.confirm)
    assert bench.questions[0].text.endswith("ReplicaSet perception-1 makes the new one.")
    ((method, body),) = bench.commands
    assert method == "DELETE" and body["preconditions"] == {"uid": "u-a"}
    assert said == "a: deleted; the newest pod of ReplicaSet perception-1 is b: Pending, not ready."
    assert bench.outcomes[-1] == "done"


async def test_a_stateful_sets_pod_comes_back_under_its_name(bench: Bench) -> None:
    target = put(bench)
    bench.api.keeps_deleted = True

    def replace() -> None:
        put(bench)
        bench.api.change(f"{PODS}/a", {"metadata": {"uid": "u-a2"}})

    bench.time.at(1.5, replace)
    assert (await bench.runner.perform(RESTART, target, bench.confirm)).endswith("is a: ready.")


@pytest.mark.parametrize(("owner", "why"), [(None, "has no controller"), ("Node", "static pod")])
async def test_a_pod_that_nothing_makes_again_is_not_restarted(bench: Bench, owner: str | None, why: str) -> None:
    target = put(bench, owner=owner)
    with pytest.raises(SpottuiError, match=why):
        await bench.runner.perform(RESTART, target, bench.confirm)
    assert bench.questions == [] and bench.commands == []
    with pytest.raises(SpottuiError, match=why):
        await RESTART.run(bench.services, target, {})


@pytest.mark.parametrize(
    ("owner", "note"),
    [
        (None, "It has no controller: nothing will make it again, unless you do."),
        ("ReplicaSet", "ReplicaSet perception-1 may make a new one."),
        ("Node", "the kubelet shows it again at once, its containers are not stopped."),
    ],
)
async def test_a_deletion_says_plainly_whether_the_pod_comes_back(bench: Bench, owner: str | None, note: str) -> None:
    target = put(bench, owner=owner)
    said = await bench.runner.perform(DELETE, target, bench.confirm)
    assert bench.questions[0].text.endswith(note) and bench.questions[0].typed == "a"
    assert said == "a: deleted in 0 s."


async def test_another_pod_of_the_same_name_is_not_deleted(bench: Bench) -> None:
    target = put(bench)

    def replace(method: str, path: str) -> None:
        if method == "DELETE":
            bench.api.change(f"{PODS}/a", {"metadata": {"uid": "u-a2"}})

    bench.api.before = replace
    with pytest.raises(Conflict):
        await bench.runner.perform(RESTART, target, bench.confirm)
    assert f"{PODS}/a" in bench.api.objects
    bench.api.before = lambda method, path: None
    with pytest.raises(NotFound, match="another one now"):
        await DELETE.run(bench.services, target, {})


async def test_a_pod_that_will_not_end_is_told_as_unfinished(bench: Bench) -> None:
    target = put(bench)
    bench.api.keeps_deleted = True
    said = await bench.runner.perform(RESTART, target, bench.confirm)
    want = "Deletion of a asked; it is still terminating after 45 s; grace period 30 s."
    assert isinstance(said, Unfinished) and said == want
    bench.api.change(f"{PODS}/a", {"metadata": {"finalizers": ["robot/keep"]}})
    assert "held by robot/keep" in await bench.runner.perform(DELETE, target, bench.confirm)


async def test_a_controller_that_makes_no_new_pod_is_told_with_its_reason(bench: Bench) -> None:
    target = put(bench)
    event = {"metadata": {"name": "e"}, "involvedObject": {"uid": "u-rs"}, "message": "quota"}
    bench.api.put("/api/v1/namespaces/robot/events/e", event)
    said = await bench.runner.perform(RESTART, target, bench.confirm)
    assert said == "a: deleted, but ReplicaSet perception-1 has made no new one after 15 s: quota."


async def test_a_link_lost_after_the_deletion_is_unknown(bench: Bench) -> None:
    target = put(bench)
    await bench.permits.may(RESTART.permission(target), target)

    def lose(method: str, path: str) -> None:
        if method == "DELETE":
            bench.api.failures = [("GET", "/pods/a", Unreachable("No link."))] * 99

    bench.api.before = lose
    with pytest.raises(OutcomeUnknown, match="nothing was read back"):
        await bench.runner.perform(RESTART, target, bench.confirm)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"conditions": [{"type": "Ready", "status": "True"}]}, ""),
        ({"phase": "Running"}, "Running, not ready"),
        ({"containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]}, "Pending, not ready"),
        ({"containerStatuses": [{"state": {"terminated": {"exitCode": 3}}}]}, "Error (exit code 3)"),
        ({"initContainerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]}, "ErrImagePull"),
        ({}, "Pending, not ready"),
    ],
)
def test_a_pod_says_in_a_few_words_how_it_stands(status: dict[str, Any], words: str) -> None:
    assert trouble({"metadata": {}, "status": status}) == words


def test_a_pod_being_deleted_is_terminating() -> None:
    assert trouble({"metadata": {"deletionTimestamp": "x"}, "status": {}}) == "Terminating"
