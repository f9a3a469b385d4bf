"""The restart of a workload."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions import workloads
from spottui.actions.registry import by_id
from spottui.actions.services import Unfinished
from spottui.actions.workloads import RESTARTED_AT
from spottui.clock import rfc3339
from spottui.errors import Conflict, Forbidden, NotFound, OutcomeUnknown, SpottuiError, Unreachable

from .bench import DEPLOYMENTS, PERCEPTION, PODS, Bench, deployment, pod

PATH = f"{DEPLOYMENTS}/perception"
RESTART = by_id("workload.restart")


@pytest.fixture(autouse=True)
def perception(bench: Bench) -> None:
    bench.api.put(PATH, deployment())


async def restart(bench: Bench) -> str:
    return await workloads.restart(bench.services, PERCEPTION, {})


def roll(bench: Bench, *, conditions: list[dict[str, Any]] | None = None, **status: int) -> None:
    """Let the Deployment's controller say how far it is."""
    bench.api.change(
        PATH,
        {"metadata": {"generation": 2}, "status": {"observedGeneration": 2, "conditions": conditions, **status}},
    )


async def test_it_marks_the_template_with_uid_and_version_and_reads_back_the_rollout(bench: Bench) -> None:
    bench.time.at(1, lambda: roll(bench, updatedReplicas=1))
    bench.time.at(0.1, lambda: bench.api.change(PATH, {"metadata": {"generation": 2}}))
    bench.time.at(4, lambda: roll(bench, updatedReplicas=2))
    version = bench.api.objects[PATH]["metadata"]["resourceVersion"]
    said = await restart(bench)
    ((method, body),) = bench.commands
    assert method == "PATCH"
    assert body["metadata"] == {"uid": "u-perception", "resourceVersion": version}
    assert body["spec"]["template"]["metadata"]["annotations"] == {RESTARTED_AT: rfc3339(1_800_000_000)}
    assert said == "perception: restarted, 2 of 2 pods are new after 4 s."


async def test_through_the_runner_it_is_done(bench: Bench) -> None:
    said = await bench.runner.perform(RESTART, PERCEPTION, bench.confirm)
    assert said.startswith("perception: restarted")
    assert bench.outcomes == ["asked", "asked", "done"]


@pytest.mark.parametrize("ahead", [0, 1, 5])
async def test_restarts_within_a_second_leave_different_marks(bench: Bench, ahead: int) -> None:
    start = bench.time.now
    mark = rfc3339(start + ahead)
    bench.api.change(PATH, {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: mark}}}}})
    await restart(bench)
    ((_, body),) = bench.commands
    assert body["spec"]["template"]["metadata"]["annotations"][RESTARTED_AT] == rfc3339(start + ahead + 1)


async def test_a_conflict_is_tried_on_a_fresh_read(bench: Bench) -> None:
    changes = iter([{"spec": {"a": 1}}, {"spec": {"a": 2}}])

    def before(method: str, path: str) -> None:
        if method == "PATCH" and (change := next(changes, None)):
            bench.api.change(PATH, change)

    bench.api.before = before
    assert "restarted" in await restart(bench)
    assert len(bench.commands) == 3


async def test_five_conflicts_are_enough(bench: Bench) -> None:
    bench.api.before = lambda method, path: bench.api.change(PATH, {}) if method == "PATCH" else None
    with pytest.raises(Conflict, match="changed under each of 5 attempts; nothing was done"):
        await restart(bench)
    assert len(bench.commands) == 5


async def test_another_one_of_the_same_name_is_not_touched(bench: Bench) -> None:
    bench.api.change(PATH, {"metadata": {"uid": "u-2"}})
    with pytest.raises(NotFound, match="is another one now"):
        await bench.runner.perform(RESTART, PERCEPTION, bench.confirm)
    assert bench.commands == [] and bench.questions == []
    with pytest.raises(NotFound, match="is another one now"):
        await restart(bench)


@pytest.mark.parametrize(
    ("spec", "why"),
    [({"paused": True}, "is paused"), ({"updateStrategy": {"type": "OnDelete"}}, "OnDelete")],
)
async def test_what_would_come_to_nothing_is_refused_before_it_is_asked(
    bench: Bench, spec: dict[str, Any], why: str
) -> None:
    bench.api.change(PATH, {"spec": spec})
    with pytest.raises(SpottuiError, match=why):
        await bench.runner.perform(RESTART, PERCEPTION, bench.confirm)
    assert bench.commands == [] and bench.questions == []


async def test_a_workload_that_wants_no_pods_says_so(bench: Bench) -> None:
    bench.api.put(PATH, deployment(replicas=0))
    said = await bench.runner.perform(RESTART, PERCEPTION, bench.confirm)
    assert "It wants 0 pods now" in bench.questions[0].text
    assert said == "perception: marked as restarted; it wants 0 pods, so nothing runs."


async def test_a_rollout_that_takes_longer_is_accepted_but_told_as_unfinished(bench: Bench) -> None:
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off\n5m0s."}}
    bench.api.put(f"{PODS}/a", pod("a"))
    new = pod("b", phase="Running", containerStatuses=[{"state": waiting}])
    new["metadata"]["creationTimestamp"] = "2027-01-15T08:00:05Z"
    bench.api.put(f"{PODS}/b", new)
    bench.time.at(0.1, lambda: roll(bench, updatedReplicas=1))
    said = await bench.runner.perform(RESTART, PERCEPTION, bench.confirm)
    assert isinstance(said, Unfinished)
    assert said.startswith("Restart of perception asked; 1 of 2 pods are new after 6")
    assert said.endswith("s; the newest: CrashLoopBackOff (back-off 5m0s).")
    assert bench.outcomes[-1] == "done" and bench.lines[-1]["detail"] == said


async def test_a_progress_deadline_is_a_failure_with_the_real_reason(bench: Bench) -> None:
    late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no gpu"}
    bench.api.put(f"{PODS}/b", pod("b", phase="Pending", conditions=[unscheduled]))
    bench.time.at(0.1, lambda: roll(bench, updatedReplicas=1, conditions=[late]))
    with pytest.raises(SpottuiError, match=r"failed: progress deadline exceeded; .*Unschedulable \(no gpu\)\."):
        await bench.runner.perform(RESTART, PERCEPTION, bench.confirm)
    assert bench.outcomes[-1] == "failed"


async def test_pods_that_are_refused_are_a_failure_with_the_servers_words(bench: Bench) -> None:
    why = 'pods "x" is forbidden: pod rejected: RuntimeClass "spin" not found'
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": why}
    bench.time.at(0.1, lambda: roll(bench, updatedReplicas=0, conditions=[failure]))
    with pytest.raises(SpottuiError, match=r'no new pod can be made: .*RuntimeClass "spin" not found'):
        await restart(bench)
    assert bench.time.now < 1_800_000_000 + 20


async def test_a_stateful_set_that_cannot_make_pods_tells_it_from_its_events(bench: Bench) -> None:
    event = {"metadata": {"name": "e"}, "involvedObject": {"uid": "u-perception"}, "message": "quota."}
    bench.api.put("/api/v1/namespaces/robot/events/e", event)
    bench.time.at(0.1, lambda: roll(bench, updatedReplicas=0))
    assert (await restart(bench)).endswith("; quota.")


async def test_a_link_that_drops_and_comes_back_does_not_matter(bench: Bench) -> None:
    bench.time.at(0.1, lambda: bench.api.failures.append(("GET", "perception", Unreachable("No link."))))
    assert "restarted" in await restart(bench)


async def test_a_link_that_stays_away_makes_it_unknown(bench: Bench) -> None:
    bench.time.at(0.1, lambda: bench.api.failures.extend([("GET", "perception", Unreachable("No link."))] * 99))
    with pytest.raises(OutcomeUnknown, match=r"accepted, but nothing was read back\. No link\."):
        await restart(bench)


async def test_a_link_lost_midway_tells_what_was_last_heard(bench: Bench) -> None:
    bench.time.at(0.1, lambda: roll(bench, updatedReplicas=1))
    bench.time.at(3, lambda: bench.api.failures.extend([("GET", "perception", Unreachable("No link."))] * 99))
    said = await restart(bench)
    assert isinstance(said, Unfinished) and "as last heard. No link." in said


async def test_a_workload_deleted_meanwhile_is_a_failure(bench: Bench) -> None:
    bench.time.at(0.1, lambda: bench.api.drop(PATH))
    with pytest.raises(SpottuiError, match="was deleted while it was restarted"):
        await restart(bench)


async def test_pods_that_may_not_be_read_leave_the_reason_out(bench: Bench) -> None:
    bench.time.at(0.1, lambda: roll(bench, updatedReplicas=1))
    bench.api.failures = [("GET", "/pods", Forbidden("No.")), ("GET", "/events", Forbidden("No."))]
    assert (await restart(bench)).endswith(" s.")
