"""The test cluster does what its tests rely on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from .api_client import ApiClient, ApiRefused
from .asking import kubectl, refusal
from .contents import is_ready
from .control_plane import ControlPlane
from .manifests import deployment
from .processes import wait_until
from .toolchain import KUBERNETES_VERSION, REPOSITORY

INITIAL_LIST = {
    "sendInitialEvents": True,
    "resourceVersionMatch": "NotOlderThan",
    "allowWatchBookmarks": True,
    "timeoutSeconds": 5,
}


def pods_of(admin: ApiClient, namespace: str) -> list[dict[str, Any]]:
    """Return the pods of a namespace."""
    return admin.get(f"/api/v1/namespaces/{namespace}/pods")["items"]


def test_the_server_says_its_version(control_plane: ControlPlane) -> None:
    assert control_plane.admin.get("/version")["gitVersion"] == KUBERNETES_VERSION


def test_the_kwok_node_is_ready(control_plane: ControlPlane) -> None:
    nodes = control_plane.admin.get("/api/v1/nodes")["items"]
    assert [(node["metadata"]["name"], is_ready(node)) for node in nodes] == [("node-0", True)]


def test_a_deployment_becomes_ready(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(deployment("web", replicas=2), namespace)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    wait_until(lambda: control_plane.admin.get(path).get("status", {}).get("readyReplicas") == 2, "two replicas")


@pytest.mark.parametrize(("stage", "exit_code", "reason"), [("crash", 1, "Error"), ("oom", 137, "OOMKilled")])
def test_a_pod_can_be_made_to_crash(
    control_plane: ControlPlane, namespace: str, stage: str, exit_code: int, reason: str
) -> None:
    annotations = {"spottui.test/stage": stage, "spottui.test/restarts": "7"}
    control_plane.apply(deployment("bad", annotations=annotations), namespace)

    def statuses() -> list[dict[str, Any]]:
        pods = pods_of(control_plane.admin, namespace)
        return [each for pod in pods for each in pod["status"].get("containerStatuses", [])]

    wait_until(lambda: any("waiting" in each["state"] for each in statuses()), "the pod crashes")
    (status,) = statuses()
    ended = status["lastState"]["terminated"]
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert (status["restartCount"], ended["exitCode"], ended["reason"]) == (7, exit_code, reason)


@pytest.mark.parametrize(("stage", "phase"), [("image", "Pending"), ("unready", "Running")])
def test_a_pod_can_be_made_to_stay_unready(control_plane: ControlPlane, namespace: str, stage: str, phase: str) -> None:
    control_plane.apply(deployment("slow", annotations={"spottui.test/stage": stage}), namespace)
    admin = control_plane.admin
    wait_until(lambda: "startTime" in str(pods_of(admin, namespace)), "kwok took the pod")
    (pod,) = pods_of(admin, namespace)
    assert (pod["status"]["phase"], is_ready(pod)) == (phase, False)


def test_a_job_completes(control_plane: ControlPlane, namespace: str) -> None:
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "job", "image": "job:1"}]}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"}, "spec": {"template": template}}
    control_plane.apply(job, namespace)
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs/once"
    wait_until(lambda: control_plane.admin.get(path).get("status", {}).get("succeeded") == 1, "the job is done")


def test_a_deleted_pod_goes(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(deployment("web"), namespace)
    admin = control_plane.admin
    wait_until(lambda: any(is_ready(pod) for pod in pods_of(admin, namespace)), "the pod runs")
    name = pods_of(admin, namespace)[0]["metadata"]["name"]
    admin.delete(f"/api/v1/namespaces/{namespace}/pods/{name}")
    wait_until(lambda: not admin.exists(f"/api/v1/namespaces/{namespace}/pods/{name}"), "the pod is gone")


def test_a_pod_of_a_missing_runtime_class_is_refused(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(deployment("wasm", runtimeClassName="wasmtime-spin-v2"), namespace)
    pod = {
        "metadata": {"name": "x"},
        "spec": {"runtimeClassName": "wasmtime-spin-v2", "containers": [{"name": "x", "image": "x"}]},
    }
    refused = refusal(control_plane.admin.post, f"/api/v1/namespaces/{namespace}/pods", pod)
    said = 'is forbidden: pod rejected: RuntimeClass "wasmtime-spin-v2" not found'
    assert (refused.status, refused.message) == (403, f'pods "x" {said}')

    def failures() -> list[str]:
        sets = control_plane.admin.get(f"/apis/apps/v1/namespaces/{namespace}/replicasets")["items"]
        conditions = [each for found in sets for each in found["status"].get("conditions", [])]
        return [each["message"] for each in conditions if each["type"] == "ReplicaFailure"]

    wait_until(lambda: any(said in message for message in failures()), "the ReplicaSet says so too")


def test_streaming_lists_are_offered(control_plane: ControlPlane) -> None:
    events = list(islice(control_plane.admin.watch("/api/v1/nodes", **INITIAL_LIST), 2))
    assert [event["type"] for event in events] == ["ADDED", "BOOKMARK"]
    assert events[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_streaming_lists_can_be_refused(fresh_plane: ControlPlane) -> None:
    fresh_plane.start(watch_list=False)
    refused = refusal(lambda: list(fresh_plane.admin.watch("/api/v1/nodes", **INITIAL_LIST)))
    assert refused.status == 422
    assert "sendInitialEvents" in refused.message
    assert fresh_plane.admin.get("/api/v1/nodes")["items"] == []


@pytest.mark.skipif("SPOTTUI_OLD_ETCD" not in os.environ, reason="SPOTTUI_OLD_ETCD names no etcd 3.4 binary")
def test_an_old_etcd_refuses_streaming_lists_in_the_stream() -> None:
    with ControlPlane(etcd=Path(os.environ["SPOTTUI_OLD_ETCD"])) as plane:
        plane.start()
        (event,) = plane.admin.watch("/api/v1/nodes", **INITIAL_LIST)
    said = "a watch stream was requested by the client but the required storage feature"
    assert (event["type"], event["object"]["code"]) == ("ERROR", 500)
    assert event["object"]["message"] == f"{said} RequestWatchProgress is disabled"


def test_a_killed_server_comes_back_with_its_data(fresh_plane: ControlPlane) -> None:
    fresh_plane.start()
    kubeconfig, port = fresh_plane.kubeconfig("viewer"), fresh_plane.port
    name = fresh_plane.create_namespace("kept")
    fresh_plane.kill_apiserver()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)
    fresh_plane.start_apiserver()
    assert fresh_plane.port == port
    assert fresh_plane.admin.exists(f"/api/v1/namespaces/{name}")
    assert kubectl(kubeconfig, "get", "namespace", name).returncode == 0


def test_the_controllers_and_kwok_survive_a_restart(fresh_plane: ControlPlane) -> None:
    fresh_plane.start(controllers=True, kwok_nodes=2)
    assert fresh_plane.nodes == ("node-0", "node-1")
    fresh_plane.restart_apiserver()
    fresh_plane.apply(deployment("web"))
    path = "/apis/apps/v1/namespaces/default/deployments/web"
    wait_until(lambda: fresh_plane.admin.get(path).get("status", {}).get("readyReplicas") == 1, "it is ready")
    assert set(fresh_plane.pids()) == set(fresh_plane.logs())


def test_a_frozen_server_takes_connections_and_says_nothing(fresh_plane: ControlPlane) -> None:
    fresh_plane.start()
    hasty = ApiClient(fresh_plane.login("admin"), timeout=1)
    fresh_plane.freeze()
    with socket.create_connection(("127.0.0.1", fresh_plane.port), timeout=2), pytest.raises(TimeoutError):
        hasty.get("/version")
    fresh_plane.thaw()
    assert hasty.get("/version")["gitVersion"] == KUBERNETES_VERSION


def test_an_old_watch_gets_410_after_compaction(fresh_plane: ControlPlane) -> None:
    fresh_plane.start()
    old = fresh_plane.admin.get("/api/v1/namespaces")["metadata"]["resourceVersion"]
    fresh_plane.create_namespace()
    fresh_plane.compact()
    watch = fresh_plane.admin.watch("/api/v1/namespaces", resourceVersion=old, timeoutSeconds=5)
    try:
        event = next(watch)
    except ApiRefused as refused:
        event = {"type": "ERROR", "object": refused.body}
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


def test_many_pods_are_as_large_as_real_ones(control_plane: ControlPlane, namespace: str) -> None:
    names = control_plane.create_pods(200, namespace)
    pods = pods_of(control_plane.admin, namespace)
    assert sorted(names) == sorted(pod["metadata"]["name"] for pod in pods)
    assert all(is_ready(pod) for pod in pods)
    assert 4_800 < len(json.dumps(pods, separators=(",", ":"))) / len(pods) < 5_800


def test_nothing_is_left_behind(fresh_plane: ControlPlane) -> None:
    fresh_plane.start()
    folder, pids = fresh_plane.folder, fresh_plane.pids()
    assert set(pids) == {"etcd", "kube-apiserver"}
    fresh_plane.stop()
    assert not folder.exists()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids.values())


def test_the_servers_die_with_a_killed_process(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import json, threading, time
        from tests.cluster.control_plane import ControlPlane
        plane = ControlPlane()
        starter = threading.Thread(target=plane.start)  # ends before the servers are looked for
        starter.start()
        starter.join()
        print(json.dumps([plane.pids(), str(plane.folder)]), flush=True)
        time.sleep(600)
    """)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        pids, folder = json.loads(process.stdout.readline())
        assert Path(folder).is_dir()
        assert all(is_alive(pid) for pid in pids.values())
        process.send_signal(signal.SIGKILL)
    wait_until(lambda: not any(is_alive(pid) for pid in pids.values()), "the servers are dead")


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
