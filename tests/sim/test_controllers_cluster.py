from __future__ import annotations

import pytest

from spottui.sim.kubelet_node import make_node
from spottui.sim.resources import resource
from tests.sim.kubelet_case import PODS, Cluster, conditions, pod, template, workload

DEPLOYMENTS, SETS, NODES = resource("deployments", "apps"), resource("replicasets", "apps"), resource("nodes")


async def running(cluster: Cluster, replicas: int = 1) -> None:
    """Bring a Deployment up."""
    cluster.apply(workload("Deployment", replicas=replicas))
    await cluster.step(5)
    assert len(cluster.pods()) == replicas


async def test_what_a_deleted_owner_owned_goes_after_it() -> None:
    async with Cluster() as cluster:
        await running(cluster)
        cluster.objects.delete(DEPLOYMENTS, "default", "app")
        await cluster.step(5)
        assert not cluster.objects.keys(SETS)
        assert cluster.pods() == []


async def test_what_is_orphaned_stays_and_no_longer_names_its_owner() -> None:
    async with Cluster() as cluster:
        await running(cluster)
        cluster.objects.delete(DEPLOYMENTS, "default", "app", orphan=True)
        await cluster.step(5)
        assert not cluster.objects.keys(DEPLOYMENTS)
        (left,) = cluster.objects.all(SETS, "default")
        assert "ownerReferences" not in left["metadata"]
        assert len(cluster.pods()) == 1


async def test_a_foreground_deletion_waits_for_what_is_owned() -> None:
    async with Cluster() as cluster:
        await running(cluster)
        cluster.objects.delete(DEPLOYMENTS, "default", "app", foreground=True)
        await cluster.settle()
        assert cluster.get("deployments", "apps", "app")["metadata"]["finalizers"] == ["foregroundDeletion"]
        assert cluster.pods()
        await cluster.step(5)
        assert not cluster.objects.keys(DEPLOYMENTS)
        assert cluster.pods() == []


async def test_a_namespace_has_its_account_and_ca_and_goes_when_it_is_empty() -> None:
    async with Cluster() as cluster:
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "robot"}})
        await cluster.settle()
        assert cluster.objects.find(resource("serviceaccounts"), "robot", "default")
        ca = cluster.objects.get(resource("configmaps"), "robot", "kube-root-ca.crt")
        assert "BEGIN CERTIFICATE" in ca["data"]["ca.crt"]
        one = pod()
        one["metadata"]["namespace"] = "robot"
        cluster.apply(one)
        await cluster.step(5)
        cluster.objects.delete(resource("namespaces"), "", "robot")
        await cluster.settle()
        assert cluster.objects.get(resource("namespaces"), "", "robot")["status"]["phase"] == "Terminating"
        await cluster.step(5)
        assert cluster.objects.find(resource("namespaces"), "", "robot") is None
        assert not cluster.objects.keys(PODS, "robot")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"containers": [{"name": "c", "image": "a/b:1", "resources": {"requests": {"memory": "64Gi"}}}]},
            "0/1 nodes are available: 1 Insufficient memory. "
            "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
        ),
        (
            {"containers": [{"name": "c", "image": "a/b:1"}], "nodeSelector": {"spin": "true"}},
            "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. "
            "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
        ),
    ],
)
async def test_a_pod_that_no_node_takes_is_told_why(spec: dict[str, object], message: str) -> None:
    async with Cluster() as cluster:
        cluster.apply({**pod(), "spec": spec})
        await cluster.step(1)
        one = cluster.pod("app")
        assert conditions(one)["PodScheduled"] == ("False", "Unschedulable", message)
        assert cluster.events("app", "FailedScheduling") == [message]


async def test_a_second_pod_for_the_only_gpu_waits_until_the_first_has_gone() -> None:
    async with Cluster() as cluster:
        gpu = {"limits": {"nvidia.com/gpu": "1"}, "requests": {"nvidia.com/gpu": "1"}}
        cluster.apply(pod("first", resources=gpu))
        await cluster.step(1)
        cluster.apply(pod("second", resources=gpu))
        await cluster.step(5)
        said = conditions(cluster.pod("second"))["PodScheduled"][2]
        assert said.startswith("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.")
        assert said.endswith("1 No preemption victims found for incoming pod.")
        cluster.objects.delete(PODS, "default", "first")
        await cluster.step(5)
        assert cluster.pod("second")["status"]["phase"] == "Running"


async def test_a_cordoned_node_is_tainted_and_takes_no_pods() -> None:
    async with Cluster() as cluster:
        cluster.patch(NODES, "spot-core", unschedulable=True)
        await cluster.settle()
        taints = cluster.get("nodes", "", "spot-core")["spec"]["taints"]
        assert [(one["key"], one["effect"]) for one in taints] == [("node.kubernetes.io/unschedulable", "NoSchedule")]
        cluster.apply(pod())
        await cluster.step(1)
        assert "node(s) were unschedulable" in conditions(cluster.pod("app"))["PodScheduled"][2]
        cluster.patch(NODES, "spot-core", unschedulable=False)
        await cluster.step(5)
        assert cluster.pod("app")["status"]["phase"] == "Running"


async def test_a_silent_kubelet_makes_its_node_unknown_and_its_pods_are_deleted_after_five_minutes() -> None:
    async with Cluster() as cluster:
        await running(cluster)
        cluster.kubelet.set_up("spot-core", False)
        await cluster.step(65, by=5)
        node = cluster.get("nodes", "", "spot-core")
        assert conditions(node)["Ready"] == ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
        assert {one["key"] for one in node["spec"]["taints"]} == {"node.kubernetes.io/unreachable"}
        assert conditions(cluster.pods()[0])["Ready"][0] == "False"
        await cluster.step(200, by=10)
        assert "deletionTimestamp" not in cluster.pods()[0]["metadata"]
        await cluster.step(120, by=10)
        marked = [one for one in cluster.pods() if "deletionTimestamp" in one["metadata"]]
        assert len(marked) == 1
        cluster.kubelet.set_up("spot-core", True)
        await cluster.step(20)
        node = cluster.get("nodes", "", "spot-core")
        assert conditions(node)["Ready"][0] == "True"
        assert "taints" not in node["spec"]
        (only,) = cluster.pods()
        assert only["status"]["phase"] == "Running"


async def test_the_heartbeat_renews_the_lease_and_leaves_the_node_alone() -> None:
    async with Cluster() as cluster:
        lease = cluster.objects.get(resource("leases", "coordination.k8s.io"), "kube-node-lease", "spot-core")
        version = cluster.get("nodes", "", "spot-core")["metadata"]["resourceVersion"]
        await cluster.step(60, by=5)
        later = cluster.objects.get(resource("leases", "coordination.k8s.io"), "kube-node-lease", "spot-core")
        assert later["spec"]["renewTime"] > lease["spec"]["renewTime"]
        assert cluster.get("nodes", "", "spot-core")["metadata"]["resourceVersion"] == version


async def test_a_service_has_the_addresses_of_its_ready_pods() -> None:
    async with Cluster() as cluster:
        ports = [{"port": 80, "targetPort": "http"}]
        cluster.apply(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "app", "namespace": "default"},
                "spec": {"selector": {"app": "app"}, "ports": ports},
            }
        )
        spec = template(ports=[{"name": "http", "containerPort": 8080}])
        cluster.apply(workload("Deployment", replicas=2, template=spec))
        await cluster.step(5)
        ips = sorted(one["status"]["podIP"] for one in cluster.pods())
        (subset,) = cluster.get("endpoints", "", "app")["subsets"]
        assert sorted(one["ip"] for one in subset["addresses"]) == ips
        assert subset["ports"][0]["port"] == 8080
        (piece,) = cluster.objects.all(resource("endpointslices", "discovery.k8s.io"))
        assert sorted(one["addresses"][0] for one in piece["endpoints"]) == ips
        assert piece["metadata"]["labels"]["kubernetes.io/service-name"] == "app"


async def test_a_budget_says_how_many_pods_may_be_evicted() -> None:
    async with Cluster() as cluster:
        await running(cluster, replicas=3)
        cluster.apply(
            {
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": {"name": "app", "namespace": "default"},
                "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "app"}}},
            }
        )
        await cluster.settle()
        status = cluster.get("poddisruptionbudgets", "policy", "app")["status"]
        assert (status["disruptionsAllowed"], status["currentHealthy"], status["desiredHealthy"]) == (1, 3, 2)


async def test_pods_go_to_the_emptiest_node_and_not_beyond_what_it_takes() -> None:
    async with Cluster(nodes=2, max_pods=2) as cluster:
        cluster.apply(workload("Deployment", replicas=5))
        await cluster.step(5)
        used = [one["spec"].get("nodeName", "") for one in cluster.pods()]
        assert sorted(used) == ["", "spot-core", "spot-core", "spot-core1", "spot-core1"]
        (lost,) = [one for one in cluster.pods() if not one["spec"].get("nodeName")]
        assert "2 Too many pods" in conditions(lost)["PodScheduled"][2]
        cluster.apply(make_node("spot-three", address="192.168.50.9"))
        await cluster.step(5)
        assert all(one["spec"].get("nodeName") for one in cluster.pods())


async def test_the_pods_of_a_node_that_is_taken_out_are_made_anew_elsewhere() -> None:
    async with Cluster(nodes=2) as cluster:
        await running(cluster, replicas=2)
        cluster.objects.delete(NODES, "", "spot-core1")
        await cluster.step(5)
        assert {one["spec"].get("nodeName") for one in cluster.pods()} == {"spot-core"}
        assert len(cluster.pods()) == 2
