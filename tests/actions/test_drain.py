"""Cordon, uncordon and drain of a node, and the eviction of one pod."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.drain_pods import MIRROR, placed
from spottui.actions.registry import by_id
from spottui.actions.services import Unfinished
from spottui.errors import Forbidden, SpottuiError, Unreachable
from spottui.records import Target

from .bench import PODS, Bench, pod, target_of

NODE = Target(kind="Node", namespace="", name="spot-core", uid="u-node")
PATH = "/api/v1/nodes/spot-core"
CORDON, UNCORDON, DRAIN, EVICT = (by_id(name) for name in ("node.cordon", "node.uncordon", "node.drain", "pod.evict"))
BUDGET = "The disruption budget cam needs 1 healthy pods and has 1 currently."


def a_node(name: str, **spec: Any) -> dict[str, Any]:
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    return {"kind": "Node", "metadata": {"name": name, "uid": f"u-{name}"}, "spec": spec, "status": ready}


@pytest.fixture(autouse=True)
def node(bench: Bench) -> None:
    found = a_node("spot-core")
    found["metadata"]["uid"] = "u-node"
    bench.api.put(PATH, found)


def put(bench: Bench, name: str, owner: str | None = "ReplicaSet", **spec: Any) -> Target:
    found = pod(name, owner)
    found["spec"] |= {"nodeName": "spot-core", **spec}
    return target_of(bench.api.put(f"{PODS}/{name}", found), "Pod")


def evicted(bench: Bench) -> list[str]:
    return [path.split("/")[-2] for _, path, _ in bench.api.sent if path.endswith("/eviction")]


async def perform(bench: Bench, action: Any, target: Target = NODE, **options: Any) -> str:
    return await bench.runner.perform(action, target, bench.confirm, options)


# -- cordon ----------------------------------------------------------------------------------------------


async def test_cordon_and_uncordon_are_written_with_uid_and_version_and_read_back(bench: Bench) -> None:
    bench.api.put("/api/v1/nodes/base", a_node("base"))
    assert (await perform(bench, CORDON)).startswith("spot-core: cordoned;")
    assert bench.questions[0].text.startswith("Cordon node/spot-core on spot-07?")
    assert bench.questions[0].text.endswith("Its pods run on.")
    assert bench.api.objects[PATH]["spec"] == {"unschedulable": True}
    assert await perform(bench, UNCORDON) == "spot-core: uncordoned; it takes new pods again."
    assert bench.api.objects[PATH]["spec"] == {}
    for _, body in bench.commands:
        assert body["metadata"]["uid"] == "u-node" and body["metadata"]["resourceVersion"]


@pytest.mark.parametrize("others", [[], [a_node("base", unschedulable=True)]])
async def test_the_only_node_that_takes_pods_says_what_a_cordon_means(bench: Bench, others: list[Any]) -> None:
    for other in others:
        bench.api.put(f"/api/v1/nodes/{other['metadata']['name']}", other)
    await perform(bench, CORDON)
    assert "no other node takes pods" in bench.questions[0].text


async def test_what_is_so_already_is_not_asked(bench: Bench) -> None:
    with pytest.raises(SpottuiError, match="is not cordoned"):
        await perform(bench, UNCORDON)
    bench.api.change(PATH, {"spec": {"unschedulable": True}})
    with pytest.raises(SpottuiError, match="is cordoned already"):
        await perform(bench, CORDON)
    assert bench.questions == [] and bench.commands == []


# -- which pods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "phase", "volumes", "mirror", "fates"),
    [
        ("ReplicaSet", "Running", [], False, {"evict"}),
        ("DaemonSet", "Running", [], False, {"daemon set"}),
        ("DaemonSet", "Succeeded", [], False, {"evict"}),
        ("Node", "Running", [], True, {"static"}),
        (None, "Running", [], False, {"unmanaged"}),
        (None, "Failed", [{"name": "x", "emptyDir": {}}], False, {"evict"}),
        ("ReplicaSet", "Running", [{"name": "x", "emptyDir": {}}], False, {"empty dir"}),
        (None, "Pending", [{"name": "x", "emptyDir": {}}], False, {"empty dir", "unmanaged"}),
        ("ReplicaSet", "Running", [{"name": "x", "configMap": {}}], False, {"evict"}),
        ("DaemonSet", "Running", [{"name": "x", "emptyDir": {}}], False, {"daemon set"}),
    ],
)
def test_a_pod_goes_stays_or_needs_consent(
    owner: str | None, phase: str, volumes: list[Any], mirror: bool, fates: set[str]
) -> None:
    found = pod("a", owner, phase=phase)
    found["spec"]["volumes"] = volumes
    if mirror:
        found["metadata"]["annotations"] = {MIRROR: "x"}
    assert placed(found).fates == fates


# -- drain -----------------------------------------------------------------------------------------------


async def test_it_cordons_evicts_what_may_go_and_leaves_the_rest(bench: Bench) -> None:
    put(bench, "cam")
    put(bench, "agent", "DaemonSet")
    bench.api.put("/apis/apps/v1/namespaces/robot/daemonsets/perception-1", {})
    put(bench, "elsewhere", nodeName="base")
    assert await bench.runner.fields(DRAIN, NODE) == ()
    said = await perform(bench, DRAIN)
    question = bench.questions[0]
    assert question.typed == "spot-core" and "1 pod goes: robot/cam." in question.text
    assert "NO OTHER NODE TAKES PODS: every workload stands still until this one is uncordoned" in question.text
    assert evicted(bench) == ["cam"]
    first, second = bench.commands
    assert first[1]["spec"] == {"unschedulable": True}
    assert second[1]["deleteOptions"] == {"preconditions": {"uid": "u-cam"}}
    assert said == (
        "spot-core: drained, 1 pod gone after 1 s; 1 of DaemonSets and of the node stay. "
        "It is cordoned until you uncordon it."
    )


async def test_a_second_node_takes_the_pods_and_the_warning_is_left_out(bench: Bench) -> None:
    put(bench, "cam")
    bench.api.put("/api/v1/nodes/base", a_node("base"))
    await perform(bench, DRAIN)
    assert "NO OTHER NODE" not in bench.questions[0].text


async def test_consents_are_asked_for_only_where_pods_need_them_and_without_them_nothing_is_sent(bench: Bench) -> None:
    put(bench, "tool", None, volumes=[{"name": "x", "emptyDir": {}}])
    local, bare = await bench.runner.fields(DRAIN, NODE)
    assert local.name == "empty_dir" and "robot/tool is lost" in local.text
    assert bare.name == "unmanaged" and "Nothing makes robot/tool again" in bare.text
    assert [pick.value for pick in bare.picks] == [False, True]
    refused: list[dict[str, Any]] = [
        {},
        {"empty_dir": True},
        {"unmanaged": True},
        {"empty_dir": "yes", "unmanaged": True},
    ]
    for options in refused:
        with pytest.raises(SpottuiError, match="is not drained"):
            await perform(bench, DRAIN, **options)
    assert bench.questions == [] and bench.commands == []
    assert "drained" in await perform(bench, DRAIN, empty_dir=True, unmanaged=True)


async def test_a_pod_whose_daemon_set_is_gone_needs_consent(bench: Bench) -> None:
    put(bench, "orphan", "DaemonSet")
    (field,) = await bench.runner.fields(DRAIN, NODE)
    assert field.name == "unmanaged"


async def test_a_budget_is_respected_asked_again_and_told_on_the_way(bench: Bench) -> None:
    put(bench, "cam")
    put(bench, "nav")
    bench.api.budgets["cam"] = [BUDGET, BUDGET]
    said = await perform(bench, DRAIN)
    assert evicted(bench) == ["cam", "nav", "cam", "cam"]
    assert "drained, 2 pods gone after 1" in said
    (ended,) = bench.runner.running.ended
    told = list(ended.lines)
    assert told[0] == "spot-core: cordoned; 2 pods to go."
    assert f"robot/cam waits: {BUDGET}" in told and "robot/nav has gone." in told
    assert "spot-core: 1 of 2 pods gone; robot/cam is not let go" in told


async def test_a_budget_that_never_allows_it_ends_in_what_is_left(bench: Bench) -> None:
    put(bench, "cam")
    bench.api.budgets["cam"] = [BUDGET] * 999
    said = await perform(bench, DRAIN)
    assert isinstance(said, Unfinished)
    assert "drain not done after 90" in said and "0 of 1 pods gone, left: robot/cam" in said
    assert said.endswith(f"It stays cordoned. {BUDGET}")
    assert bench.api.objects[PATH]["spec"]["unschedulable"] is True


async def test_told_to_stop_it_evicts_no_more_and_says_what_is_left(bench: Bench) -> None:
    for name in ("a", "b", "c"):
        put(bench, name)

    def stop(method: str, path: str) -> None:
        if path.endswith("/eviction"):
            (one,) = bench.runner.running.now
            assert one.can_be_stopped
            one.stop()
            assert not one.can_be_stopped

    bench.api.before = stop
    said = await perform(bench, DRAIN)
    assert isinstance(said, Unfinished) and evicted(bench) == ["a"]
    assert said.startswith("spot-core: drain stopped by you; 1 of 3 pods gone, left: robot/b, robot/c.")
    assert "It stays cordoned." in said
    assert bench.outcomes[-1] == "done"


async def test_a_link_that_drops_midway_does_not_matter(bench: Bench) -> None:
    put(bench, "cam")
    bench.time.at(0.5, lambda: bench.api.failures.extend([("GET", "/api/v1/pods", Unreachable("No link."))] * 3))
    assert "drained, 1 pod gone" in await perform(bench, DRAIN)


async def test_a_right_that_is_taken_away_midway_ends_it_with_what_is_left(bench: Bench) -> None:
    put(bench, "cam")
    bench.api.failures = [("POST", "eviction", Forbidden("You may not."))]
    with pytest.raises(SpottuiError, match=r"drain refused; 0 of 1 pods gone, left: robot/cam\. It stays cordoned"):
        await perform(bench, DRAIN)


async def test_a_namespace_that_is_being_deleted_is_waited_for(bench: Bench) -> None:
    put(bench, "cam")
    words = 'Pods "cam" is forbidden: unable to create new content in namespace robot because it is being terminated.'
    bench.api.failures = [("POST", "eviction", Forbidden(words))]
    bench.time.at(3, lambda: bench.api.drop(f"{PODS}/cam"))
    assert "drained, 1 pod gone" in await perform(bench, DRAIN)


async def test_evictions_are_among_the_rights_it_needs(bench: Bench) -> None:
    put(bench, "cam")
    bench.api.denied = {"create"}
    with pytest.raises(Forbidden, match="You may not create pods/eviction"):
        await perform(bench, DRAIN)
    assert bench.questions == [] and bench.commands == []


async def test_an_empty_node_is_drained_at_once(bench: Bench) -> None:
    said = await perform(bench, DRAIN)
    assert "No pod has to go." in bench.questions[0].text and said.startswith("spot-core: drained, 0 pods gone")


# -- eviction of one -------------------------------------------------------------------------------------


async def test_an_evicted_pod_is_asked_for_by_uid_and_the_new_one_is_named(bench: Bench) -> None:
    target = put(bench, "cam")
    bench.time.at(1, lambda: put(bench, "cam-2") and None)
    said = await perform(bench, EVICT, target)
    assert bench.questions[0].text.endswith("ReplicaSet perception-1 makes the new one.")
    assert said.startswith("cam: deleted; the newest pod of ReplicaSet perception-1 is cam-2")


async def test_a_budget_that_forbids_it_is_told_and_the_pod_runs_on(bench: Bench) -> None:
    target = put(bench, "cam")
    bench.api.budgets["cam"] = [BUDGET]
    with pytest.raises(SpottuiError, match=r"cam was not evicted; it runs on\. The disruption budget cam needs"):
        await perform(bench, EVICT, target)
    assert f"{PODS}/cam" in bench.api.objects and bench.outcomes[-1] == "failed"


async def test_a_pod_that_nothing_makes_again_is_not_evicted(bench: Bench) -> None:
    with pytest.raises(SpottuiError, match="has no controller"):
        await perform(bench, EVICT, put(bench, "tool", None))
    assert bench.questions == []
