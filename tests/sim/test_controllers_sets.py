from __future__ import annotations

from spottui.sim.behaviour import Behaviour
from spottui.sim.kubelet_node import make_node
from spottui.sim.resources import resource
from tests.sim.kubelet_case import PODS, Cluster, conditions, template, workload

STATEFUL_SETS, DAEMON_SETS = resource("statefulsets", "apps"), resource("daemonsets", "apps")


def names(cluster: Cluster) -> list[str]:
    """Return the pods' names."""
    return [pod["metadata"]["name"] for pod in cluster.pods()]


async def test_a_stateful_set_starts_its_pods_in_order_and_each_when_the_one_before_is_ready() -> None:
    async with Cluster() as cluster:
        cluster.apply(workload("StatefulSet", "web", replicas=3, serviceName="web"))
        await cluster.settle()
        assert names(cluster) == ["web-0"]
        await cluster.step(3)
        assert names(cluster)[:2] == ["web-0", "web-1"]
        await cluster.step(6)
        assert names(cluster) == ["web-0", "web-1", "web-2"]
        labels = cluster.pod("web-1")["metadata"]["labels"]
        assert labels["statefulset.kubernetes.io/pod-name"] == "web-1"
        assert labels["apps.kubernetes.io/pod-index"] == "1"
        status = cluster.get("statefulsets", "apps", "web")["status"]
        assert status["readyReplicas"] == status["currentReplicas"] == 3
        assert status["currentRevision"] == status["updateRevision"] == f"web-{labels['controller-revision-hash']}"
        assert "create Pod web-0 in StatefulSet web successful" in cluster.events("web", "SuccessfulCreate")


async def test_a_stateful_set_updates_from_its_last_pod_and_stops_at_the_partition() -> None:
    async with Cluster() as cluster:
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
        cluster.apply(workload("StatefulSet", "web", replicas=2, updateStrategy=strategy))
        await cluster.step(8)
        cluster.patch(STATEFUL_SETS, "web", template=template("registry.spot.example/app:2"))
        await cluster.step(8)
        images = [pod["spec"]["containers"][0]["image"][-1] for pod in cluster.pods()]
        assert images == ["1", "2"]
        status = cluster.get("statefulsets", "apps", "web")["status"]
        assert status["updatedReplicas"] == 1
        assert status["currentRevision"] != status["updateRevision"]


async def test_a_stateful_set_shrinks_from_its_end_and_keeps_its_claims() -> None:
    async with Cluster() as cluster:
        made = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "local"}}
        cluster.apply(made)
        request = {"resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "local"}
        claims = [{"metadata": {"name": "data"}, "spec": request}]
        cluster.apply(workload("StatefulSet", "web", replicas=2, volumeClaimTemplates=claims))
        await cluster.step(8)
        cluster.patch(STATEFUL_SETS, "web", replicas=1)
        await cluster.step(3)
        assert names(cluster) == ["web-0"]
        kept = [one["metadata"]["name"] for one in cluster.objects.all(resource("persistentvolumeclaims"))]
        assert sorted(kept) == ["data-web-0", "data-web-1"]


async def test_a_daemon_set_has_one_pod_on_each_node_also_on_one_that_comes_later() -> None:
    async with Cluster() as cluster:
        cluster.apply(workload("DaemonSet", "agent"))
        await cluster.step(5)
        cluster.apply(make_node("spot-two", address="192.168.50.6"))
        await cluster.step(5)
        assert sorted(pod["spec"]["nodeName"] for pod in cluster.pods()) == ["spot-core", "spot-two"]
        status = cluster.get("daemonsets", "apps", "agent")["status"]
        assert (status["desiredNumberScheduled"], status["numberReady"], status["numberAvailable"]) == (2, 2, 2)


async def test_a_daemon_set_leaves_nodes_that_its_selector_does_not_name_and_bears_a_cordon() -> None:
    async with Cluster() as cluster:
        cluster.patch(resource("nodes"), "spot-core", unschedulable=True)
        spec = template()
        spec["spec"]["nodeSelector"] = {"gpu": "yes"}
        cluster.apply(workload("DaemonSet", "picky", template=spec))
        cluster.apply(workload("DaemonSet", "agent"))
        await cluster.step(5)
        (only,) = cluster.pods()
        assert only["metadata"]["name"].startswith("agent-")
        assert only["status"]["phase"] == "Running"


async def test_a_daemon_set_rolls_node_by_node() -> None:
    async with Cluster(nodes=2) as cluster:
        cluster.apply(workload("DaemonSet", "agent"))
        await cluster.step(5)
        cluster.patch(DAEMON_SETS, "agent", template=template("registry.spot.example/app:2"))
        for _ in range(40):
            await cluster.step(0.25)
            ready = [pod for pod in cluster.pods() if conditions(pod).get("Ready", ("",))[0] == "True"]
            assert len(ready) >= 1
        assert {pod["spec"]["containers"][0]["image"][-1] for pod in cluster.pods()} == {"2"}


def job(name: str = "once", **spec: object) -> dict[str, object]:
    """Return a Job."""
    body = {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "a/task:1"}]}}}
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": {**body, **spec}}


async def test_a_job_is_complete_when_enough_pods_have_succeeded() -> None:
    async with Cluster({"task": Behaviour(finish_after=3)}) as cluster:
        cluster.apply(job(completions=3, parallelism=2))
        await cluster.step(3)
        assert cluster.get("jobs", "batch", "once")["status"]["active"] == 2
        await cluster.step(15)
        one = cluster.get("jobs", "batch", "once")
        assert one["status"]["succeeded"] == 3
        assert conditions(one)["Complete"] == (
            "True",
            "CompletionsReached",
            "Reached expected number of succeeded pods",
        )
        assert "completionTime" in one["status"]
        assert {pod["status"]["phase"] for pod in cluster.pods()} == {"Succeeded"}
        assert cluster.events("once", "Completed") == ["Job completed"]


async def test_a_job_that_fails_is_tried_again_with_growing_pauses_and_then_given_up() -> None:
    async with Cluster({"task": Behaviour(crash_after=1, exit_code=2)}) as cluster:
        cluster.apply(job(backoffLimit=2))
        made: dict[str, float] = {}
        for _ in range(90):
            await cluster.step(1)
            for pod in cluster.pods():
                made.setdefault(pod["metadata"]["name"], cluster.clock.now())
        one = cluster.get("jobs", "batch", "once")
        said = "Job has reached the specified backoff limit"
        assert conditions(one)["Failed"] == ("True", "BackoffLimitExceeded", said)
        first, second, third = sorted(made.values())
        assert second - first >= 10
        assert third - second >= 20
        assert one["status"]["failed"] == 3


async def test_a_suspended_job_has_no_pods_until_it_is_resumed() -> None:
    async with Cluster({"task": Behaviour(finish_after=1)}) as cluster:
        cluster.apply(job(suspend=True))
        await cluster.step(2)
        assert cluster.pods() == []
        assert conditions(cluster.get("jobs", "batch", "once"))["Suspended"][:2] == ("True", "JobSuspended")
        cluster.patch(resource("jobs", "batch"), "once", suspend=False)
        await cluster.step(8)
        assert "Complete" in conditions(cluster.get("jobs", "batch", "once"))


async def test_a_job_past_its_ttl_goes_with_its_pods() -> None:
    async with Cluster({"task": Behaviour(finish_after=1)}) as cluster:
        cluster.apply(job(ttlSecondsAfterFinished=30))
        await cluster.step(10)
        assert cluster.pods()
        await cluster.step(40, by=10)
        assert not list(cluster.objects.all(resource("jobs", "batch")))
        assert cluster.pods() == []


def cron_job(**spec: object) -> dict[str, object]:
    """Return a CronJob of every minute."""
    body = {"schedule": "* * * * *", "jobTemplate": {"spec": job()["spec"]}}
    meta = {"name": "scan", "namespace": "default"}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta, "spec": {**body, **spec}}


async def test_a_cron_job_starts_a_job_every_minute_and_keeps_the_last_three() -> None:
    async with Cluster({"task": Behaviour(finish_after=2)}) as cluster:
        cluster.apply(cron_job())
        await cluster.step(5 * 60 + 20, by=5)
        jobs = sorted(one["metadata"]["name"] for one in cluster.objects.all(resource("jobs", "batch")))
        assert len(jobs) == 3
        assert jobs[-1] == f"scan-{int(cluster.clock.wall() // 60)}"
        status = cluster.get("cronjobs", "batch", "scan")["status"]
        assert "lastScheduleTime" in status
        assert "lastSuccessfulTime" in status
        assert f"Created job {jobs[-1]}" in cluster.events("scan", "SuccessfulCreate")


async def test_a_suspended_cron_job_starts_nothing_and_forbid_starts_no_second_one() -> None:
    async with Cluster({"task": Behaviour()}) as cluster:
        cluster.apply(cron_job(concurrencyPolicy="Forbid"))
        await cluster.step(200, by=10)
        assert len(list(cluster.objects.all(resource("jobs", "batch")))) == 1
        assert cluster.events("scan", "JobAlreadyActive")
        cluster.patch(resource("cronjobs", "batch"), "scan", suspend=True, concurrencyPolicy="Allow")
        await cluster.step(130, by=10)
        assert len(list(cluster.objects.all(resource("jobs", "batch")))) == 1


async def test_a_schedule_that_cannot_be_read_is_told() -> None:
    async with Cluster() as cluster:
        cluster.apply(cron_job(schedule="every day"))
        await cluster.step(2)
        assert cluster.events("scan", "UnparseableSchedule")[0].startswith('unparseable schedule: "every day"')
        assert not cluster.objects.keys(PODS)
