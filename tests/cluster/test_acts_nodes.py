"""Cordon, drain and eviction against a real kube-apiserver; kubectl drain decides which pods go."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from spottui.actions.drain_pods import Fate, of_fate, placed_on
from spottui.actions.objects import path_of
from spottui.actions.services import Unfinished
from spottui.errors import Forbidden, SpottuiError
from spottui.records import Target

from . import manifests
from .acting import Operator, bare_pod, create, pods, rolled_out, target_of, workload
from .asking import kubectl
from .contents import is_ready
from .control_plane import ControlPlane
from .processes import wait_until

Json = dict[str, Any]
Login = Callable[[str], Operator]
NODE = "/api/v1/nodes/node-0"


@pytest.fixture
def admin(login: Login) -> Operator:
    """Return an operator who may do everything."""
    return login("admin")


@pytest.fixture
def node(control_plane: ControlPlane) -> Iterator[Target]:
    """Return the shared plane's only node; it takes pods again afterwards."""
    found = control_plane.admin.get(NODE)
    yield Target(kind="Node", namespace="", name="node-0", uid=found["metadata"]["uid"])
    control_plane.admin.patch(NODE, {"spec": {"unschedulable": None}})


def ready_pod(plane: ControlPlane, namespace: str, name: str) -> Target:
    """Return the one pod of a workload once it is ready."""
    wait_until(lambda: any(map(is_ready, pods(plane, namespace, name))), f"the pod of {name} is ready")
    return target_of(pods(plane, namespace, name)[0], "Pod")


def budget(plane: ControlPlane, namespace: str, name: str, least: int = 1) -> None:
    """Make a disruption budget for the pods of `name`, and wait until its controller has counted them."""
    spec = {"minAvailable": least, "selector": {"matchLabels": {"app": name}}}
    made = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec}
    plane.apply({**made, "metadata": {"name": name, "namespace": namespace}}, namespace)
    path = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets/{name}"

    def counted() -> bool:
        return plane.admin.get(path).get("status", {}).get("currentHealthy", 0) >= least

    wait_until(counted, f"the budget {name} is counted")


async def test_cordon_and_uncordon_are_what_kubectl_sees(
    control_plane: ControlPlane, admin: Operator, node: Target
) -> None:
    login = control_plane.kubeconfig("admin")
    assert (await admin.perform("node.cordon", node)).startswith("node-0: cordoned;")
    assert "no other node takes pods" in admin.questions[0].text
    assert "SchedulingDisabled" in kubectl(login, "get", "node", "node-0").stdout
    await admin.perform("node.uncordon", node)
    assert "SchedulingDisabled" not in kubectl(login, "get", "node", "node-0").stdout
    (event,) = control_plane.admin.get("/api/v1/namespaces/default/events", fieldSelector="reason=SpottuiCordon")["items"]  # noqa: E501  # fmt: skip
    assert event["involvedObject"]["uid"] == node.uid


async def test_who_may_not_patch_nodes_cordons_and_drains_nothing(operator: Operator, node: Target) -> None:
    for action in ("node.cordon", "node.drain"):
        with pytest.raises(Forbidden, match=r'You may not patch "node-0" of nodes'):
            await operator.perform(action, node)
    assert operator.lines == []


async def test_what_goes_and_what_stays_is_what_kubectl_drain_says(
    control_plane: ControlPlane, namespace: str, admin: Operator, node: Target
) -> None:
    create(control_plane, namespace, workload("Deployment", "cam"))
    create(control_plane, namespace, workload("DaemonSet", "agent"))
    create(control_plane, namespace, manifests.deployment("cache", volumes=[{"name": "tmp", "emptyDir": {}}]))
    bare = bare_pod("tool")
    bare["metadata"]["labels"] = {"app": "tool"}
    create(control_plane, namespace, bare)
    for name in ("cam", "agent", "cache", "tool"):
        ready_pod(control_plane, namespace, name)
    ours = await placed_on(admin.services, "node-0")
    login = control_plane.kubeconfig("admin")

    def drain(*flags: str) -> tuple[set[str], str]:
        done = kubectl(login, "drain", "node-0", "--dry-run=client", *flags)
        return set(re.findall(r"evict\S* pod (\S+)", done.stdout)), done.stdout + done.stderr

    gone, told = drain("--ignore-daemonsets", "--force", "--delete-emptydir-data")
    assert {str(pod) for pod in ours if not pod.stays} == gone, told
    _, refused = drain("--ignore-daemonsets")
    needs: tuple[tuple[Fate, str], ...] = (("empty dir", "local storage"), ("unmanaged", "declare no controller"))
    for fate, words in needs:
        mine = {str(pod) for pod in of_fate(ours, fate)}
        listed = re.search(rf"{words} \([^)]*\): ((?:[\w.-]+/[\w.-]+(?:, )?)+)", refused)
        assert listed is not None, refused
        assert mine == set(listed[1].rstrip(", ").split(", ")), (fate, refused)
    assert {str(pod) for pod in of_fate(ours, "daemon set")} >= {str(p) for p in ours if "agent" in str(p)}


async def test_a_drain_respects_a_budget_waits_for_it_and_ends_when_it_allows(
    control_plane: ControlPlane, namespace: str, admin: Operator, node: Target
) -> None:
    create(control_plane, namespace, workload("Deployment", "cam"))
    create(control_plane, namespace, workload("Deployment", "nav"))
    cam, nav = (ready_pod(control_plane, namespace, name) for name in ("cam", "nav"))
    budget(control_plane, namespace, "cam")
    options = {"empty_dir": True, "unmanaged": True}
    running = asyncio.create_task(admin.perform("node.drain", node, **options))
    try:
        await until(lambda: any(f"{namespace}/{cam.name} waits" in line for line in lines(admin)), running)
        await until(lambda: any(f"{namespace}/{nav.name} has gone" in line for line in lines(admin)), running)
        assert control_plane.admin.exists(path_of(cam))
        path = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets/cam"
        await asyncio.to_thread(control_plane.admin.delete, path)
        said = await running
    finally:
        running.cancel()
    assert said.startswith("node-0: drained, ") and "It is cordoned until you uncordon it." in said
    assert "NO OTHER NODE TAKES PODS" in admin.questions[0].text and admin.questions[0].typed == "node-0"
    assert "disruption budget cam needs 1 healthy pods" in "\n".join(admin.runner.running.ended[0].lines)
    assert not control_plane.admin.exists(path_of(cam))
    assert control_plane.admin.get(NODE)["spec"]["unschedulable"] is True


async def test_a_drain_told_to_stop_leaves_what_the_budget_holds(
    control_plane: ControlPlane, namespace: str, admin: Operator, node: Target
) -> None:
    create(control_plane, namespace, workload("Deployment", "cam"))
    cam = ready_pod(control_plane, namespace, "cam")
    budget(control_plane, namespace, "cam")
    running = asyncio.create_task(admin.perform("node.drain", node, empty_dir=True, unmanaged=True))
    try:
        await until(lambda: any(f"{namespace}/{cam.name} waits" in line for line in lines(admin)), running)
        admin.runner.running.now[0].stop()
        said = await running
    finally:
        running.cancel()
    assert isinstance(said, Unfinished) and "drain stopped by you" in said and f"{namespace}/{cam.name}" in said
    assert control_plane.admin.exists(path_of(cam))


async def test_an_eviction_that_a_budget_forbids_is_told_with_its_numbers(
    control_plane: ControlPlane, namespace: str, operator: Operator
) -> None:
    create(control_plane, namespace, workload("Deployment", "cam"))
    cam = ready_pod(control_plane, namespace, "cam")
    budget(control_plane, namespace, "cam")
    with pytest.raises(
        SpottuiError, match=r"was not evicted; it runs on\. The disruption budget cam needs 1 healthy pods"
    ):
        await operator.perform("pod.evict", cam)
    assert operator.outcome == "failed" and control_plane.admin.exists(path_of(cam))


async def test_an_eviction_gives_a_new_pod(control_plane: ControlPlane, namespace: str, operator: Operator) -> None:
    target = create(control_plane, namespace, workload("Deployment", "cam"))
    rolled_out(control_plane, target, 1)
    cam = ready_pod(control_plane, namespace, "cam")
    said = await operator.perform("pod.evict", cam)
    assert said.startswith(f"{cam.name}: deleted; the newest pod of ReplicaSet cam-")


def lines(operator: Operator) -> list[str]:
    """Return what the running commands have said."""
    return [line for one in operator.runner.running.now for line in one.lines]


async def until(holds: Callable[[], bool], task: asyncio.Task[str], seconds: float = 30.0) -> None:
    """Wait until `holds`; fail with what was said when it does not in time, or when the command ends first."""
    async with asyncio.timeout(seconds):
        while not holds():
            assert not task.done(), task
            await asyncio.sleep(0.1)
