from __future__ import annotations

import pytest

from spottui.sim.behaviour import Behaviour
from spottui.sim.kubelet_node import make_node
from tests.sim.kubelet_case import Cluster, conditions, first, pod, waiting

MIB = 1024 * 1024


async def test_a_pod_comes_up_step_by_step_with_the_real_texts() -> None:
    async with Cluster() as cluster:
        cluster.apply(pod())
        await cluster.settle()
        assert waiting(cluster.pod("app")) == ("ContainerCreating", "")
        await cluster.step(5)
        one = cluster.pod("app")
        assert one["status"]["phase"] == "Running"
        assert one["status"]["podIP"]
        assert one["status"]["hostIP"] == "192.168.50.5"
        assert first(one)["containerID"].startswith("containerd://")
        assert "@sha256:" in first(one)["imageID"]
        said = conditions(one)
        for type_ in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"):
            assert said[type_][0] == "True"
        texts = cluster.events("app")
        assert texts[0] == "Successfully assigned default/app to spot-core"
        assert texts[1] == 'Pulling image "registry.spot.example/app:1"'
        assert texts[2].startswith('Successfully pulled image "registry.spot.example/app:1" in ')
        assert texts[3:] == ["Container created", "Container started"]


async def test_a_crashing_container_is_restarted_at_once_then_after_10_20_40_seconds_up_to_five_minutes() -> None:
    async with Cluster({"app": Behaviour(crash_after=1, exit_code=3)}) as cluster:
        cluster.apply(pod())
        seen: dict[int, str] = {}
        for _ in range(1100):
            await cluster.step(1, by=1)
            one = cluster.pod("app")
            state = first(one)["state"].get("waiting")
            if state and state["reason"] == "CrashLoopBackOff":
                seen[first(one)["restartCount"]] = state["message"]
        uid = cluster.pod("app")["metadata"]["uid"]
        waits = ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s"]
        expected = [f"back-off {wait} restarting failed container=main pod=app_default({uid})" for wait in waits]
        assert [seen[count] for count in range(1, 7)] == expected
        last = first(cluster.pod("app"))["lastState"]["terminated"]
        assert (last["exitCode"], last["reason"]) == (3, "Error")
        said = conditions(cluster.pod("app"))
        assert said["Ready"] == ("False", "ContainersNotReady", "containers with unready status: [main]")
        assert cluster.pod("app")["status"]["phase"] == "Running"
        text = f"Back-off restarting failed container main in pod app_default({uid})"
        assert text in cluster.events("app", "BackOff")


async def test_growing_memory_ends_in_an_oom_kill_when_it_meets_the_limit() -> None:
    leak = Behaviour(memory=50 * MIB, memory_growth=10 * MIB)
    async with Cluster({"app": leak}) as cluster:
        cluster.apply(pod(resources={"limits": {"memory": "100Mi"}}))
        await cluster.step(6)
        assert first(cluster.pod("app"))["restartCount"] == 0
        await cluster.step(5)
        one = first(cluster.pod("app"))
        ended = one["lastState"].get("terminated") or one["state"]["terminated"]
        assert (ended["exitCode"], ended["reason"]) == (137, "OOMKilled")
        assert one["restartCount"] == 1


async def test_a_leak_that_begins_in_mid_life_grows_from_there() -> None:
    async with Cluster({"app": Behaviour(memory=50 * MIB)}) as cluster:
        cluster.apply(pod(resources={"limits": {"memory": "100Mi"}}))
        await cluster.step(100, by=5)
        cluster.kubelet.behaviours.set("default", "app", memory_growth=5 * MIB)
        await cluster.step(9, by=0.5)
        assert first(cluster.pod("app"))["restartCount"] == 0
        await cluster.step(3, by=0.5)
        one = first(cluster.pod("app"))
        ended = one["lastState"].get("terminated") or one["state"]["terminated"]
        assert ended["reason"] == "OOMKilled"


@pytest.mark.parametrize(
    ("unreachable", "missing", "text"),
    [
        ("no such host", False, "dial tcp: lookup registry.spot.example: no such host"),
        ("", True, "failed to resolve image: registry.spot.example/app:1: not found"),
    ],
)
async def test_an_image_that_cannot_be_pulled_is_told_and_tried_again(
    unreachable: str, missing: bool, text: str
) -> None:
    async with Cluster() as cluster:
        cluster.kubelet.images.unreachable = unreachable
        if missing:
            cluster.kubelet.images.missing.add("registry.spot.example/app:1")
        cluster.apply(pod())
        await cluster.step(1)
        reason, why = waiting(cluster.pod("app"))
        assert reason == "ErrImagePull"
        assert why.startswith('failed to pull and unpack image "registry.spot.example/app:1": ')
        assert text in why
        await cluster.step(1)
        head = 'Back-off pulling image "registry.spot.example/app:1"'
        assert waiting(cluster.pod("app")) == ("ImagePullBackOff", f"{head}: ErrImagePull: {why}")
        assert cluster.events("app", "Failed") == [
            f'Failed to pull image "registry.spot.example/app:1": {why}',
            "Error: ErrImagePull",
            "Error: ImagePullBackOff",
        ]
        cluster.kubelet.images.unreachable = ""
        cluster.kubelet.images.missing.clear()
        await cluster.step(15)
        assert cluster.pod("app")["status"]["phase"] == "Running"


async def test_a_missing_config_map_holds_a_container_back_until_it_is_there() -> None:
    async with Cluster() as cluster:
        cluster.apply(pod(envFrom=[{"configMapRef": {"name": "robot-config"}}]))
        await cluster.step(4)
        assert waiting(cluster.pod("app")) == ("CreateContainerConfigError", 'configmap "robot-config" not found')
        meta = {"name": "robot-config", "namespace": "default"}
        cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {}})
        await cluster.step(15)
        assert cluster.pod("app")["status"]["phase"] == "Running"


async def test_a_command_that_is_not_there_is_a_run_container_error() -> None:
    why = 'OCI runtime create failed: runc create failed: unable to start container process: exec: "/no": no such file'
    async with Cluster({"app": Behaviour(start_error=why)}) as cluster:
        cluster.apply(pod())
        await cluster.step(4)
        reason, said = waiting(cluster.pod("app"))
        assert reason == "RunContainerError"
        assert said == f"failed to create containerd task: failed to create shim task: {why}"
        last = first(cluster.pod("app"))["lastState"]["terminated"]
        assert (last["exitCode"], last["reason"], last["startedAt"]) == (128, "StartError", "1970-01-01T00:00:00Z")


async def test_an_init_container_waits_for_its_sensor_and_the_pod_starts_when_it_is_plugged_in() -> None:
    async with Cluster() as cluster:
        cluster.kubelet.unplug("front")
        one = pod()
        script = "until test -e /dev/sensors/front; do sleep 1; done"
        one["spec"]["initContainers"] = [{"name": "wait", "image": "busybox:1", "command": ["sh", "-c", script]}]
        cluster.apply(one)
        await cluster.step(30)
        held = cluster.pod("app")
        assert "running" in held["status"]["initContainerStatuses"][0]["state"]
        assert waiting(held) == ("PodInitializing", "")
        text = "containers with incomplete status: [wait]"
        assert conditions(held)["Initialized"] == ("False", "ContainersNotInitialized", text)
        cluster.kubelet.plug("front")
        await cluster.step(5)
        free = cluster.pod("app")
        assert free["status"]["phase"] == "Running"
        assert free["status"]["initContainerStatuses"][0]["state"]["terminated"]["reason"] == "Completed"


async def test_a_container_whose_sensor_is_unplugged_crashes_and_says_so() -> None:
    async with Cluster({"app": Behaviour(needs_sensor="front")}) as cluster:
        cluster.apply(pod())
        await cluster.step(5)
        assert conditions(cluster.pod("app"))["Ready"][0] == "True"
        cluster.kubelet.unplug("front")
        await cluster.step(8)
        assert waiting(cluster.pod("app"))[0] == "CrashLoopBackOff"
        run = cluster.kubelet.run_of("default", "app")
        assert run is not None
        life = list(run.mains[0].lives.values())[-1]
        assert "sensor front is missing" in life.lines(cluster.clock.now())[-1][1]
        cluster.kubelet.plug("front")
        await cluster.step(30)
        assert conditions(cluster.pod("app"))["Ready"][0] == "True"


async def test_a_node_without_the_runtime_makes_no_sandbox_until_it_has_it() -> None:
    async with Cluster() as cluster:
        meta = {"name": "wasmtime-spin-v2"}
        cluster.apply({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": meta, "handler": "spin"})
        one = pod(image="registry.spot.example/wasm-filter:1")
        one["spec"]["runtimeClassName"] = "wasmtime-spin-v2"
        cluster.apply(one)
        await cluster.step(40, by=5)
        texts = cluster.events("app", "FailedCreatePodSandBox")
        assert len(texts) >= 3
        head = "Failed to create pod sandbox: rpc error: code = Unknown desc = unable to get OCI runtime for sandbox"
        assert all(text.startswith(head) and text.endswith('no runtime for "spin" is configured') for text in texts)
        said = conditions(cluster.pod("app"))["PodReadyToStartContainers"]
        assert said == ("False", "PodSandboxNotReady", "no pod sandbox exists")
        cluster.kubelet.set_handlers("spot-core", ("runc", "spin"))
        await cluster.step(5)
        assert cluster.pod("app")["status"]["phase"] == "Running"
        started = cluster.kubelet.run_of("default", "app")
        assert started is not None
        assert started.sandbox.is_wasm


async def test_a_node_of_an_old_containerd_knows_its_handlers_by_annotation_only() -> None:
    async with Cluster(handlers=None) as cluster:
        assert "runtimeHandlers" not in cluster.get("nodes", "", "spot-core")["status"]
        assert not cluster.kubelet.has_handler("spot-core", "spin")
        assert make_node(handlers=("spin",))["status"]["runtimeHandlers"][1] == {"name": "spin", "features": {}}


async def test_a_device_that_is_not_there_is_a_failed_mount() -> None:
    async with Cluster() as cluster:
        cluster.kubelet.unplug("/dev/video9")
        one = pod()
        one["spec"]["volumes"] = [{"name": "v", "hostPath": {"path": "/dev/video9", "type": "CharDevice"}}]
        cluster.apply(one)
        await cluster.step(2)
        why = "hostPath type check failed, /dev/video9 is not a character device, unable to determine its type"
        said = f'MountVolume.SetUp failed for volume "v" : {why}: path "/dev/video9" does not exist'
        assert cluster.events("app", "FailedMount") == [said]
