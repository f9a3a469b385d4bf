from __future__ import annotations

import pytest

from spottui.sim.resources import resource
from tests.sim.kubelet_case import Cluster, conditions, template, workload

DEPLOYMENTS, SETS = resource("deployments", "apps"), resource("replicasets", "apps")


def replica_sets(cluster: Cluster) -> dict[str, int]:
    """Return revision -> replicas of the ReplicaSets."""
    return {
        one["metadata"]["annotations"]["deployment.kubernetes.io/revision"]: one["spec"]["replicas"]
        for one in cluster.objects.all(SETS, "default")
    }


async def test_a_deployment_makes_a_replica_set_and_pods_named_after_it() -> None:
    async with Cluster() as cluster:
        cluster.apply(workload("Deployment", replicas=2))
        await cluster.step(5)
        (replica_set,) = cluster.objects.all(SETS, "default")
        digest = replica_set["metadata"]["labels"]["pod-template-hash"]
        assert replica_set["metadata"]["name"] == f"app-{digest}"
        assert all(pod["metadata"]["name"].startswith(f"app-{digest}-") for pod in cluster.pods())
        one = cluster.get("deployments", "apps", "app")
        assert one["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
        assert {name: one["status"].get(name) for name in ("replicas", "readyReplicas", "unavailableReplicas")} == {
            "replicas": 2,
            "readyReplicas": 2,
            "unavailableReplicas": None,
        }
        assert conditions(one) == {
            "Available": ("True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
            "Progressing": (
                "True",
                "NewReplicaSetAvailable",
                f'ReplicaSet "app-{digest}" has successfully progressed.',
            ),
        }
        assert cluster.events("app", "ScalingReplicaSet") == [f"Scaled up replica set app-{digest} from 0 to 2"]


async def test_a_rolling_update_keeps_to_its_surge_and_to_what_must_be_available() -> None:
    async with Cluster() as cluster:
        rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}
        cluster.apply(workload("Deployment", replicas=4, strategy=rolling))
        await cluster.step(5)
        cluster.patch(DEPLOYMENTS, "app", template=template("registry.spot.example/app:2"))
        for _ in range(60):
            await cluster.step(0.25)
            alive = [pod for pod in cluster.pods() if "deletionTimestamp" not in pod["metadata"]]
            ready = [pod for pod in alive if conditions(pod).get("Ready", ("",))[0] == "True"]
            assert len(alive) <= 5
            assert len(ready) >= 3
        assert replica_sets(cluster) == {"1": 0, "2": 4}


async def test_going_back_uses_the_old_replica_set_under_a_new_revision() -> None:
    async with Cluster() as cluster:
        cluster.apply(workload("Deployment", replicas=1))
        await cluster.step(5)
        cluster.patch(DEPLOYMENTS, "app", template=template("registry.spot.example/app:2"))
        await cluster.step(8)
        cluster.patch(DEPLOYMENTS, "app", template=template())
        await cluster.step(8)
        assert replica_sets(cluster) == {"2": 0, "3": 1}
        assert cluster.pods()[0]["spec"]["containers"][0]["image"].endswith(":1")


async def test_recreate_ends_the_old_pods_before_it_makes_new_ones() -> None:
    async with Cluster() as cluster:
        cluster.apply(workload("Deployment", replicas=2, strategy={"type": "Recreate"}))
        await cluster.step(5)
        old = {pod["metadata"]["name"] for pod in cluster.pods()}
        cluster.patch(DEPLOYMENTS, "app", template=template("registry.spot.example/app:2"))
        seen_none = False
        for _ in range(20):
            await cluster.clock.step(0.25)
            await cluster.settle()
            names = {pod["metadata"]["name"] for pod in cluster.pods()}
            assert not (names & old and names - old)
            seen_none = seen_none or not names & old
        assert seen_none
        assert replica_sets(cluster) == {"1": 0, "2": 2}


async def test_a_paused_deployment_scales_but_does_not_roll() -> None:
    async with Cluster() as cluster:
        cluster.apply(workload("Deployment", replicas=1))
        await cluster.step(5)
        cluster.patch(DEPLOYMENTS, "app", paused=True, template=template("registry.spot.example/app:2"), replicas=3)
        await cluster.step(5)
        assert replica_sets(cluster) == {"1": 3}
        progressing = conditions(cluster.get("deployments", "apps", "app"))["Progressing"]
        assert progressing == ("Unknown", "DeploymentPaused", "Deployment is paused")
        cluster.patch(DEPLOYMENTS, "app", paused=False)
        await cluster.step(15)
        assert replica_sets(cluster) == {"1": 0, "2": 3}


async def test_a_rollout_that_does_not_come_on_is_said_to_have_timed_out() -> None:
    async with Cluster() as cluster:
        cluster.kubelet.images.missing.add("registry.spot.example/app:1")
        cluster.apply(workload("Deployment", replicas=1, progressDeadlineSeconds=60))
        await cluster.step(50, by=5)
        assert conditions(cluster.get("deployments", "apps", "app"))["Progressing"][1] == "ReplicaSetUpdated"
        await cluster.step(15, by=5)
        said = conditions(cluster.get("deployments", "apps", "app"))
        (one,) = cluster.objects.all(SETS, "default")
        text = f'ReplicaSet "{one["metadata"]["name"]}" has timed out progressing.'
        assert said["Progressing"] == ("False", "ProgressDeadlineExceeded", text)
        assert said["Available"][:2] == ("False", "MinimumReplicasUnavailable")


async def test_pods_that_admission_refuses_are_told_by_event_and_condition_and_come_when_it_no_longer_does() -> None:
    async with Cluster() as cluster:
        spec = template()
        spec["spec"]["runtimeClassName"] = "wasmtime-spin-v2"
        cluster.apply(workload("Deployment", replicas=1, template=spec))
        await cluster.step(2)
        (event,) = cluster.events("app", "FailedCreate")
        assert event.startswith('Error creating: pods "app-')
        assert event.endswith('is forbidden: pod rejected: RuntimeClass "wasmtime-spin-v2" not found')
        failure = conditions(cluster.get("deployments", "apps", "app"))["ReplicaFailure"]
        assert failure[:2] == ("True", "FailedCreate")
        assert 'RuntimeClass "wasmtime-spin-v2" not found' in failure[2]
        made = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "wasmtime-spin-v2"}}
        cluster.apply({**made, "handler": "runc"})
        await cluster.step(20, by=2)
        assert len(cluster.pods()) == 1
        assert "ReplicaFailure" not in conditions(cluster.get("deployments", "apps", "app"))


async def test_scaling_down_takes_the_pods_that_do_not_run_first() -> None:
    async with Cluster() as cluster:
        cluster.apply(workload("Deployment", replicas=2))
        await cluster.step(5)
        kept = {pod["metadata"]["name"] for pod in cluster.pods()}
        cluster.patch(resource("nodes"), "spot-core", unschedulable=True)
        cluster.patch(DEPLOYMENTS, "app", replicas=4)
        await cluster.step(2)
        assert len(cluster.pods()) == 4
        cluster.patch(DEPLOYMENTS, "app", replicas=2)
        await cluster.step(2)
        assert {pod["metadata"]["name"] for pod in cluster.pods()} == kept


async def test_only_so_many_old_replica_sets_are_kept() -> None:
    async with Cluster() as cluster:
        cluster.apply(workload("Deployment", replicas=1, revisionHistoryLimit=2))
        for tag in range(1, 6):
            cluster.patch(DEPLOYMENTS, "app", template=template(f"registry.spot.example/app:{tag}"))
            await cluster.step(8)
        assert sorted(replica_sets(cluster)) == ["3", "4", "5"]


@pytest.mark.parametrize(("surge", "unavailable", "most", "least"), [("50%", "0%", 3, 2), (0, 0, 2, 1)])
async def test_percentages_and_two_zeros_become_pods(surge: object, unavailable: object, most: int, least: int) -> None:
    async with Cluster() as cluster:
        rolling = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
        cluster.apply(workload("Deployment", replicas=2, strategy=rolling))
        await cluster.step(5)
        cluster.patch(DEPLOYMENTS, "app", template=template("registry.spot.example/app:2"))
        counts, ready = [], []
        for _ in range(40):
            await cluster.step(0.25)
            alive = [pod for pod in cluster.pods() if "deletionTimestamp" not in pod["metadata"]]
            counts.append(len(alive))
            ready.append(sum(conditions(pod).get("Ready", ("",))[0] == "True" for pod in alive))
        assert (max(counts), min(ready)) == (most, least)
        assert replica_sets(cluster) == {"1": 0, "2": 2}
