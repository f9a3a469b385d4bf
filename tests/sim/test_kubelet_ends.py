from __future__ import annotations

from spottui.sim.behaviour import Behaviour
from spottui.sim.resources import resource
from tests.sim.kubelet_case import PODS, Cluster, conditions, first, pod

MIB = 1024 * 1024


async def test_a_failing_readiness_probe_takes_a_pod_out_and_is_counted_in_one_event() -> None:
    probe = {"exec": {"command": ["check"]}, "periodSeconds": 2, "failureThreshold": 3}
    async with Cluster({"app": Behaviour(probe_message="no frames for 10 s")}) as cluster:
        cluster.apply(pod(readinessProbe=probe))
        await cluster.step(6)
        assert conditions(cluster.pod("app"))["Ready"][0] == "True"
        cluster.kubelet.behaviours.set("default", "app", ready=False)
        await cluster.step(10)
        assert conditions(cluster.pod("app"))["Ready"][0] == "False"
        assert first(cluster.pod("app"))["restartCount"] == 0
        (event,) = [e for e in cluster.objects.all(resource("events")) if e["reason"] == "Unhealthy"]
        assert event["message"] == "Readiness probe failed: no frames for 10 s\n"
        assert event["count"] >= 4
        cluster.kubelet.behaviours.set("default", "app", ready=True)
        await cluster.step(4)
        assert conditions(cluster.pod("app"))["Ready"][0] == "True"


async def test_a_failing_liveness_probe_kills_and_restarts() -> None:
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1, "failureThreshold": 2}
    async with Cluster({"app": Behaviour(ready_after=None, stop_seconds=60)}) as cluster:
        one = pod(livenessProbe=probe)
        one["spec"]["terminationGracePeriodSeconds"] = 1
        cluster.apply(one)
        await cluster.step(8)
        ip = cluster.pod("app")["status"]["podIP"]
        place = f"{ip}:8080"
        said = f'Liveness probe failed: Get "http://{place}/healthz": dial tcp {place}: connect: connection refused'
        assert said in cluster.events("app", "Unhealthy")
        assert "Container main failed liveness probe, will be restarted" in cluster.events("app", "Killing")
        status = first(cluster.pod("app"))
        assert status["restartCount"] >= 1
        assert status["lastState"]["terminated"]["exitCode"] == 137


async def test_a_slow_start_is_covered_by_a_startup_probe() -> None:
    probes = {
        "startupProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 5, "failureThreshold": 10},
        "livenessProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 5, "failureThreshold": 1},
    }
    async with Cluster({"app": Behaviour(ready_after=30)}) as cluster:
        one = pod()
        one["spec"]["containers"][0].update(probes)
        cluster.apply(one)
        await cluster.step(20)
        assert not first(cluster.pod("app"))["started"]
        await cluster.step(20)
        assert first(cluster.pod("app"))["started"]
        assert first(cluster.pod("app"))["restartCount"] == 0


async def test_a_deleted_pod_is_stopped_gracefully_and_then_gone() -> None:
    async with Cluster({"app": Behaviour(stop_seconds=3)}) as cluster:
        cluster.apply(pod())
        await cluster.step(5)
        cluster.objects.delete(PODS, "default", "app")
        await cluster.step(2)
        assert "running" in first(cluster.pod("app"))["state"]
        assert cluster.events("app", "Killing") == ["Stopping container main"]
        await cluster.step(2)
        assert cluster.objects.find(PODS, "default", "app") is None
        assert not cluster.kubelet.runs


async def test_what_does_not_stop_in_its_grace_is_killed_and_a_finalizer_keeps_the_pod() -> None:
    async with Cluster({"app": Behaviour(stop_seconds=60)}) as cluster:
        one = pod()
        one["metadata"]["finalizers"] = ["example.com/hold"]
        cluster.apply(one)
        await cluster.step(5)
        cluster.objects.delete(PODS, "default", "app", grace=2)
        await cluster.step(4)
        held = cluster.pod("app")
        assert first(held)["state"]["terminated"]["exitCode"] == 137
        assert held["status"]["phase"] == "Failed"
        assert conditions(held)["Ready"] == ("False", "PodFailed", "")
        text = "pod sandbox is not ready"
        assert conditions(held)["PodReadyToStartContainers"] == ("False", "PodSandboxNotReady", text)


async def test_a_pod_past_its_active_deadline_fails() -> None:
    async with Cluster() as cluster:
        one = pod()
        one["spec"]["activeDeadlineSeconds"] = 20
        cluster.apply(one)
        await cluster.step(25)
        status = cluster.pod("app")["status"]
        assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")
        assert status["message"] == "Pod was active on the node longer than the specified deadline"


async def test_a_full_disk_is_pressure_and_the_greediest_pod_is_evicted() -> None:
    async with Cluster({"greedy": Behaviour(disk=900 * MIB), "modest": Behaviour(disk=1 * MIB)}) as cluster:
        cluster.apply(pod("modest", "a.example/modest:1"))
        cluster.apply(pod("greedy", "a.example/greedy:1"))
        await cluster.step(5)
        cluster.kubelet.fill_disk("spot-core", 0.97)
        await cluster.step(1)
        node = cluster.get("nodes", "", "spot-core")
        assert conditions(node)["DiskPressure"] == ("True", "KubeletHasDiskPressure", "kubelet has disk pressure")
        assert [one["key"] for one in node["spec"]["taints"]] == ["node.kubernetes.io/disk-pressure"]
        status = cluster.pod("greedy")["status"]
        assert (status["phase"], status["reason"]) == ("Failed", "Evicted")
        head = "The node was low on resource: ephemeral-storage. Threshold quantity: "
        assert status["message"].startswith(head)
        assert "Container main was using " in status["message"]
        assert status["message"].endswith("request is 0, has larger consumption of ephemeral-storage. ")
        assert conditions(cluster.pod("greedy"))["DisruptionTarget"][:2] == ("True", "TerminationByKubelet")
        assert cluster.pod("modest")["status"]["phase"] == "Running"
        assert cluster.events("spot-core", "EvictionThresholdMet") == ["Attempting to reclaim ephemeral-storage"]
        cluster.kubelet.fill_disk("spot-core", 0.4)
        await cluster.step(310, by=10)
        assert conditions(cluster.get("nodes", "", "spot-core"))["DiskPressure"][0] == "False"
        assert cluster.pod("modest")["status"]["phase"] == "Running"


async def test_a_settled_cluster_runs_at_once_and_without_events() -> None:
    async with Cluster() as cluster:
        cluster.kubelet.is_settled = True
        one = pod(readinessProbe={"httpGet": {"port": 80}})
        one["spec"]["initContainers"] = [{"name": "init", "image": "busybox:1"}]
        cluster.apply(one)
        await cluster.settle()
        assert conditions(cluster.pod("app"))["Ready"][0] == "True"
        assert cluster.events("app") == ["Successfully assigned default/app to spot-core"]


async def test_shell_images_live_as_their_command_says() -> None:
    async with Cluster() as cluster:
        one = pod("sh", "busybox:1", args=["sh", "-c", "echo hello; sleep 3; exit 4"])
        one["spec"]["restartPolicy"] = "Never"
        cluster.apply(one)
        await cluster.step(10)
        status = cluster.pod("sh")["status"]
        assert status["phase"] == "Failed"
        assert first(cluster.pod("sh"))["state"]["terminated"]["exitCode"] == 4


async def test_a_sidecar_starts_before_the_others_and_ends_after_them() -> None:
    async with Cluster({"task": Behaviour(finish_after=5)}) as cluster:
        one = pod("app", "a.example/task:1")
        one["spec"]["restartPolicy"] = "Never"
        one["spec"]["initContainers"] = [{"name": "proxy", "image": "a.example/proxy:1", "restartPolicy": "Always"}]
        cluster.apply(one)
        await cluster.step(4)
        assert cluster.pod("app")["status"]["initContainerStatuses"][0]["started"]
        await cluster.step(12)
        assert cluster.pod("app")["status"]["phase"] == "Succeeded"
