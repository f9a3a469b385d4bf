"""Jobs run again; CronJobs triggered, suspended and resumed."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.cronjobs import INSTANTIATE
from spottui.actions.jobs import NAME_LENGTH, cleaned, new_name
from spottui.actions.registry import by_id
from spottui.actions.services import Unfinished
from spottui.errors import Forbidden, SpottuiError
from spottui.records import Target

from .bench import Bench

BATCH = "/apis/batch/v1/namespaces/robot"
CRON = Target(kind="CronJob", namespace="robot", name="nightly", uid="u-nightly")
JOB = Target(kind="Job", namespace="robot", name="calibrate", uid="u-calibrate")
TRIGGER, SUSPEND, RESUME, RERUN = (
    by_id(name) for name in ("cronjob.trigger", "cronjob.suspend", "cronjob.resume", "job.rerun")
)


@pytest.fixture(autouse=True)
def objects(bench: Bench) -> None:
    pods = {"template": {"spec": {"containers": [{"name": "main", "image": "a:1"}]}}}
    template = {"metadata": {"labels": {"a": "1"}, "annotations": {"b": "2"}}, "spec": pods}
    meta = {"name": "nightly", "namespace": "robot", "uid": "u-nightly"}
    spec = {"schedule": "0 3 * * *", "jobTemplate": template, "suspend": False}
    bench.api.put(f"{BATCH}/cronjobs/nightly", {"kind": "CronJob", "metadata": meta, "spec": spec})
    bench.api.put(f"{BATCH}/jobs/calibrate", a_job())


def a_job(**more: Any) -> dict[str, Any]:
    own = {"controller-uid": "u", "batch.kubernetes.io/controller-uid": "u", "job-name": "calibrate", "app": "cal"}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "calibrate",
            "namespace": "robot",
            "uid": "u-calibrate",
            "labels": dict(own),
            "annotations": {"batch.kubernetes.io/job-tracking": "", "mine": "1"},
            "ownerReferences": [{"kind": "CronJob"}],
        },
        "spec": {
            "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}},
            "template": {"metadata": {"labels": dict(own), "creationTimestamp": None}, "spec": {"containers": []}},
            **more,
        },
        "status": {"conditions": [{"type": "Failed", "status": "True", "message": "too many retries"}]},
    }


def run(bench: Bench, seconds: float, **status: Any) -> None:
    """Let the Job controller write the status of the Job that was made."""

    def write() -> None:
        known = (f"{BATCH}/jobs/calibrate", f"{BATCH}/cronjobs/nightly")
        (path,) = [path for path in bench.api.objects if path.startswith(BATCH) and path not in known]
        bench.api.change(path, {"status": status})

    bench.time.at(seconds, write)


async def perform(bench: Bench, action: Any, target: Target) -> str:
    return await bench.runner.perform(action, target, bench.confirm)


async def test_a_trigger_makes_the_job_that_kubectl_makes(bench: Bench) -> None:
    run(bench, 2, ready=1, active=1)
    said = await perform(bench, TRIGGER, CRON)
    ((method, job),) = bench.commands
    name = job["metadata"]["name"]
    assert method == "POST" and name.startswith("nightly-")
    assert job["metadata"]["labels"] == {"a": "1"}
    assert job["metadata"]["annotations"] == {"b": "2", INSTANTIATE: "manual"}
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "nightly", "uid": "u-nightly", "controller": True}
    assert job["metadata"]["ownerReferences"] == [owner]
    assert job["spec"]["template"]["spec"]["containers"][0]["image"] == "a:1"
    assert said == f"nightly: Job {name} runs."


async def test_jobs_that_run_and_a_schedule_that_sleeps_are_said_before_a_trigger(bench: Bench) -> None:
    bench.api.change(f"{BATCH}/cronjobs/nightly", {"spec": {"suspend": True}, "status": {"active": [{"name": "x"}]}})
    run(bench, 1, succeeded=1, conditions=[{"type": "Complete", "status": "True"}])
    assert (await perform(bench, TRIGGER, CRON)).endswith("is complete.")
    assert "1 of its Jobs runs now; this one runs beside." in bench.questions[0].text
    assert "Its schedule is suspended and stays so." in bench.questions[0].text


async def test_a_job_whose_pod_does_not_come_is_unfinished(bench: Bench) -> None:
    run(bench, 1, active=1)
    said = await perform(bench, TRIGGER, CRON)
    assert isinstance(said, Unfinished) and "has a pod that is not ready yet after 30 s" in said


async def test_the_right_to_trigger_is_that_of_creating_jobs(bench: Bench) -> None:
    bench.api.denied = {"create"}
    with pytest.raises(Forbidden, match=r"You may not create jobs\.batch in namespace robot"):
        await perform(bench, TRIGGER, CRON)
    assert len(bench.api.reviews) == 1 and bench.commands == []


async def test_suspend_and_resume_are_written_and_read_back(bench: Bench) -> None:
    assert (await perform(bench, SUSPEND, CRON)).startswith("nightly: suspended;")
    assert bench.api.objects[f"{BATCH}/cronjobs/nightly"]["spec"]["suspend"] is True
    assert await perform(bench, RESUME, CRON) == "nightly: resumed; its schedule is 0 3 * * *."
    assert "A run that it missed may start at once." in bench.questions[1].text
    with pytest.raises(SpottuiError, match="is not suspended"):
        await perform(bench, RESUME, CRON)
    for _, body in bench.commands:
        assert body["metadata"]["uid"] == "u-nightly" and body["metadata"]["resourceVersion"]


async def test_a_job_is_run_again_as_a_new_one(bench: Bench) -> None:
    run(bench, 1, ready=1)
    said = await perform(bench, RERUN, JOB)
    assert "The old one, which has failed (too many retries), stays as it is." in bench.questions[0].text
    ((method, job),) = bench.commands
    assert method == "POST" and said == f"calibrate: Job {job['metadata']['name']} runs."
    assert job["metadata"]["labels"] == {"app": "cal"} and job["metadata"]["annotations"] == {"mine": "1"}
    assert "ownerReferences" not in job["metadata"] and "selector" not in job["spec"] and "status" not in job
    assert job["spec"]["template"]["metadata"] == {"labels": {"app": "cal"}}


def test_a_job_with_a_selector_of_its_own_keeps_it() -> None:
    job = cleaned(a_job(manualSelector=True))
    assert job["spec"]["selector"] and "controller-uid" in job["spec"]["template"]["metadata"]["labels"]


def test_cleaning_leaves_the_old_one_as_it_is() -> None:
    old = a_job()
    cleaned(old)
    assert old == a_job()


@pytest.mark.parametrize("name", ["a", "x" * 63, "x" * 57 + "-", "a" * 56 + "." + "b"])
def test_a_new_name_fits_into_a_label(name: str) -> None:
    made = new_name(name)
    assert len(made) <= NAME_LENGTH and "-." not in made and "--" not in made[-8:]
    assert new_name(name) != made
