"""Scaling, and stop and start with the count remembered."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.registry import by_id
from spottui.actions.scale import BEFORE_STOP
from spottui.actions.services import Unfinished
from spottui.errors import Conflict, NotFound, OutcomeUnknown, SpottuiError, Unreachable

from .bench import DEPLOYMENTS, PERCEPTION, PODS, Bench, deployment, pod

PATH = f"{DEPLOYMENTS}/perception"
SCALE, STOP, START = by_id("workload.scale"), by_id("workload.stop"), by_id("workload.start")


@pytest.fixture(autouse=True)
def perception(bench: Bench) -> None:
    bench.api.put(PATH, deployment(replicas=2))


def follow(bench: Bench, seconds: float, count: int) -> None:
    """Let the controller bring the pods to `count`."""
    status = {"replicas": count, "availableReplicas": count, "updatedReplicas": count}
    bench.time.at(seconds, lambda: bench.api.change(PATH, {"status": status}))


async def perform(bench: Bench, action: Any, **options: Any) -> str:
    return await bench.runner.perform(action, PERCEPTION, bench.confirm, options)


async def test_it_asks_for_the_count_and_shows_the_one_of_now(bench: Bench) -> None:
    (field,) = await bench.runner.fields(SCALE, PERCEPTION)
    assert (field.kind, field.value, field.least) == ("number", "2", 0)
    assert field.text == "How many pods shall deployment/perception have? It wants 2 now; 2 are ready."


async def test_the_scale_subresource_is_patched_with_uid_and_version_and_the_pods_are_read_back(bench: Bench) -> None:
    follow(bench, 4, 5)
    version = bench.api.objects[PATH]["metadata"]["resourceVersion"]
    said = await perform(bench, SCALE, replicas=5)
    assert bench.questions[0].text.startswith("Scale deployment/perception in namespace robot to 5 on spot-07?")
    assert "It wants 2 now." in bench.questions[0].text
    (method, path, body) = bench.api.sent[0]
    assert (method, path) == ("PATCH", f"{PATH}/scale")
    assert body == {"metadata": {"uid": "u-perception", "resourceVersion": version}, "spec": {"replicas": 5}}
    assert said == "perception: scaled to 5, 5 of 5 pods are ready after 4 s."
    assert bench.outcomes == ["asked", "asked", "done"]


async def test_pods_that_do_not_come_are_told_as_unfinished_with_their_reason(bench: Bench) -> None:
    unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no cpu"}
    bench.api.put(f"{PODS}/b", pod("b", phase="Pending", conditions=[unscheduled]))
    said = await perform(bench, SCALE, replicas=3)
    assert isinstance(said, Unfinished)
    assert said.startswith("perception: scaled to 3; 2 of 3 pods are ready after 6")
    assert said.endswith("; the newest: Unschedulable (no cpu).")


async def test_more_pods_than_wanted_is_not_done_yet(bench: Bench) -> None:
    said = await perform(bench, SCALE, replicas=1)
    assert isinstance(said, Unfinished) and "1 pod too many still there" in said


@pytest.mark.parametrize("count", [None, -1, 1001, "3", True])
async def test_a_count_that_is_none_is_refused_before_it_is_asked(bench: Bench, count: Any) -> None:
    with pytest.raises(SpottuiError, match="A count from 0 to 1000 is needed"):
        await perform(bench, SCALE, replicas=count)
    assert bench.questions == [] and bench.commands == []


async def test_the_count_of_now_is_not_sent_again(bench: Bench) -> None:
    with pytest.raises(SpottuiError, match="wants 2 pods already"):
        await perform(bench, SCALE, replicas=2)
    assert bench.questions == []


async def test_zero_is_called_by_its_name(bench: Bench) -> None:
    follow(bench, 1, 0)
    said = await perform(bench, SCALE, replicas=0)
    assert "Stop (in the menu) does the same and remembers the count" in bench.questions[0].text
    assert "no pod of it is left" in said


async def test_another_one_of_the_same_name_is_not_scaled(bench: Bench) -> None:
    def replace(method: str, path: str) -> None:
        if path.endswith("/scale"):
            bench.api.change(PATH, {"metadata": {"uid": "u-2"}})

    bench.api.before = replace
    with pytest.raises(NotFound, match="is another one now"):
        await perform(bench, SCALE, replicas=3)
    assert bench.commands == []


async def test_a_conflict_is_tried_on_a_fresh_read(bench: Bench) -> None:
    follow(bench, 2, 3)
    bench.api.failures = [("PATCH", "scale", Conflict("It changed."))]
    assert "scaled to 3" in await perform(bench, SCALE, replicas=3)
    assert len(bench.commands) == 2


async def test_a_link_that_stays_away_after_the_write_is_unknown(bench: Bench) -> None:
    bench.time.at(0.1, lambda: bench.api.failures.extend([("GET", "perception", Unreachable("No link."))] * 99))
    with pytest.raises(OutcomeUnknown, match=r"nothing was read back\. No link\."):
        await perform(bench, SCALE, replicas=3)
    assert bench.outcomes[-1] == "unknown"


async def test_the_right_is_that_of_the_scale_subresource(bench: Bench) -> None:
    follow(bench, 1, 3)
    await perform(bench, SCALE, replicas=3)
    asked = [review["spec"]["resourceAttributes"] for review in bench.api.reviews]
    assert asked[0] == {
        "verb": "patch", "group": "apps", "resource": "deployments", "subresource": "scale", "namespace": "robot",
    }  # fmt: skip


async def test_a_replica_set_of_a_deployment_says_who_sets_it_back(bench: Bench) -> None:
    owner = {"kind": "Deployment", "name": "cam", "controller": True}
    bench.api.change(PATH, {"metadata": {"ownerReferences": [owner]}})
    follow(bench, 1, 3)
    await perform(bench, SCALE, replicas=3)
    assert "Deployment cam owns it and sets its own count back." in bench.questions[0].text


# -- stop and start --------------------------------------------------------------------------------------


async def test_stop_remembers_the_count_in_the_same_write_and_start_brings_it_back(bench: Bench) -> None:
    follow(bench, 1, 0)
    assert "perception: stopped; no pod of it is left" in await perform(bench, STOP)
    ((_, body),) = bench.commands
    assert body["spec"] == {"replicas": 0} and body["metadata"]["annotations"] == {BEFORE_STOP: "2"}
    assert body["metadata"]["uid"] == "u-perception" and body["metadata"]["resourceVersion"]
    assert await bench.runner.fields(START, PERCEPTION) == ()
    follow(bench, 3, 2)
    said = await perform(bench, START)
    assert "It gets 2 pods." in bench.questions[-1].text
    assert said == "perception: started, 2 of 2 pods are ready after 4 s."
    found = bench.api.objects[PATH]
    assert found["spec"]["replicas"] == 2 and BEFORE_STOP not in found["metadata"]["annotations"]


async def test_start_without_a_memory_asks_for_the_count(bench: Bench) -> None:
    bench.api.put(PATH, deployment(replicas=0))
    (field,) = await bench.runner.fields(START, PERCEPTION)
    assert (field.name, field.value, field.least) == ("replicas", "1", 1) and "not remembered" in field.text
    follow(bench, 1, 4)
    assert "started, 4 of 4" in await perform(bench, START, replicas=4)


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "9999999999999999999999", "٣"])
async def test_a_memory_that_is_no_count_is_none(bench: Bench, text: str) -> None:
    found = deployment(replicas=0)
    found["metadata"]["annotations"] = {BEFORE_STOP: text}
    bench.api.put(PATH, found)
    assert len(await bench.runner.fields(START, PERCEPTION)) == 1


async def test_what_is_stopped_is_not_stopped_and_what_runs_is_not_started(bench: Bench) -> None:
    with pytest.raises(SpottuiError, match="is not stopped: it wants 2 pods"):
        await perform(bench, START)
    bench.api.put(PATH, deployment(replicas=0))
    with pytest.raises(SpottuiError, match="is stopped already"):
        await perform(bench, STOP)
    assert bench.questions == []
