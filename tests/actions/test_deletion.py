"""The deletion of a workload, and that of a pod with a grace or by force."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.registry import by_id
from spottui.actions.services import Unfinished
from spottui.errors import NotFound, OutcomeUnknown, SpottuiError, Unreachable
from spottui.records import Target

from .bench import DEPLOYMENTS, PERCEPTION, PODS, Bench, deployment, pod, target_of

PATH = f"{DEPLOYMENTS}/perception"
DELETE, GRACE, FORCE = by_id("workload.delete"), by_id("pod.delete-grace"), by_id("pod.force-delete")


@pytest.fixture(autouse=True)
def perception(bench: Bench) -> None:
    bench.api.put(PATH, {**deployment(), "kind": "Deployment"})
    bench.api.put(f"{PODS}/a", pod("a"))
    bench.api.put(f"{PODS}/tool", pod("tool", owner=None))


async def perform(bench: Bench, action: Any, target: Target = PERCEPTION, **options: Any) -> str:
    return await bench.runner.perform(action, target, bench.confirm, options)


async def test_a_workload_is_deleted_in_the_background_and_its_pods_are_waited_for(bench: Bench) -> None:
    bench.time.at(3, lambda: bench.api.drop(f"{PODS}/a"))
    said = await perform(bench, DELETE)
    question = bench.questions[0]
    assert question.typed == "perception" and question.text.endswith("Its pod goes along.")
    ((method, body),) = bench.commands
    assert method == "DELETE" and body["propagationPolicy"] == "Background"
    assert body["preconditions"] == {"uid": "u-perception"} and "gracePeriodSeconds" not in body
    assert said == "perception: deleted with all its pods in 3 s."
    assert f"{PODS}/tool" in bench.api.objects


async def test_pods_that_do_not_end_are_told(bench: Bench) -> None:
    said = await perform(bench, DELETE)
    assert isinstance(said, Unfinished) and "deleted; 1 of its pods are still ending after 60 s" in said


async def test_a_finalizer_that_holds_it_is_told(bench: Bench) -> None:
    bench.api.keeps_deleted = True
    said = await perform(bench, DELETE)
    assert isinstance(said, Unfinished) and "it is still there after 60 s: a finalizer holds it" in said


async def test_a_link_lost_after_the_deletion_is_unknown(bench: Bench) -> None:
    def lose(method: str, path: str) -> None:
        if method == "DELETE":
            bench.api.failures = [("GET", "perception", Unreachable("No link."))] * 99

    bench.api.before = lose
    with pytest.raises(OutcomeUnknown, match="nothing was read back"):
        await perform(bench, DELETE)


async def test_another_one_of_the_same_name_is_not_deleted(bench: Bench) -> None:
    bench.api.change(PATH, {"metadata": {"uid": "u-2"}})
    with pytest.raises(NotFound, match="another one now"):
        await perform(bench, DELETE)
    assert bench.commands == [] and bench.questions == []


async def test_what_makes_it_again_is_said(bench: Bench) -> None:
    owner = {"kind": "SpinApp", "name": "hello", "controller": True}
    bench.api.change(PATH, {"metadata": {"ownerReferences": [owner]}})
    await perform(bench, DELETE)
    assert "SpinApp hello owns it and may make it again." in bench.questions[0].text


async def test_a_cron_job_says_that_its_jobs_go_along(bench: Bench) -> None:
    target = Target(kind="CronJob", namespace="robot", name="n", uid="u-n")
    bench.api.put("/apis/batch/v1/namespaces/robot/cronjobs/n", {"metadata": {"uid": "u-n", "namespace": "robot"}})
    assert await perform(bench, DELETE, target) == "n: deleted; the Jobs that it made go after it."
    assert "The Jobs that it made go along" in bench.questions[0].text


# -- pods ------------------------------------------------------------------------------------------------


async def test_a_grace_is_asked_for_and_sent(bench: Bench) -> None:
    target = target_of(bench.api.objects[f"{PODS}/a"], "Pod")
    (field,) = await bench.runner.fields(GRACE, target)
    assert (field.kind, field.value, field.least) == ("number", "30", 1) and "Its own grace is 30 s" in field.text
    await perform(bench, GRACE, target, grace=5)
    assert "with a grace in seconds of 5" in bench.questions[0].text and bench.questions[0].typed == "a"
    ((_, body),) = bench.commands
    assert body["gracePeriodSeconds"] == 5 and body["preconditions"] == {"uid": "u-a"}


async def test_force_is_a_grace_of_zero_typed_and_says_what_may_run_on(bench: Bench) -> None:
    bench.api.change(f"{PODS}/tool", {"spec": {"nodeName": "spot-core"}})
    target = target_of(bench.api.objects[f"{PODS}/tool"], "Pod")
    said = await perform(bench, FORCE, target)
    question = bench.questions[0]
    assert question.typed == "tool" and question.action.dangerous
    assert "If node spot-core does not answer, its containers may run on there." in question.text
    assert "It has no controller" in question.text
    ((_, body),) = bench.commands
    assert body["gracePeriodSeconds"] == 0 and said == "tool: deleted in 0 s."


async def test_the_usual_deletion_leaves_the_grace_to_the_pod(bench: Bench) -> None:
    await perform(bench, by_id("pod.delete"), target_of(bench.api.objects[f"{PODS}/a"], "Pod"))
    ((_, body),) = bench.commands
    assert "gracePeriodSeconds" not in body


async def test_a_pod_is_no_workload(bench: Bench) -> None:
    with pytest.raises(SpottuiError, match="is not for a Pod"):
        await perform(bench, DELETE, target_of(bench.api.objects[f"{PODS}/a"], "Pod"))
