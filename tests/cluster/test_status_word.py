"""Our rows of pods are kubectl's, for every mix of states that a real API server takes."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from spottui.clock import age, rfc3339
from spottui.records import Pod
from spottui.sources.kube_objects import decode_list
from spottui.verdicts.pod_status import pod_status

from .api_client import ApiClient, ApiRefused
from .control_plane import ControlPlane

Json = dict[str, Any]

PODS = 400
FINALIZER = "spottui.dev/test"
REASONS = ("", "PodInitializing", "ContainerCreating", "CrashLoopBackOff", "ImagePullBackOff")
ENDS = (("Completed", 0, 0), ("", 0, 0), ("Error", 1, 0), ("", 3, 0), ("", 137, 9), ("OOMKilled", 137, 0))


@pytest.fixture
def varied_pods(control_plane: ControlPlane, namespace: str) -> Iterator[str]:
    """Return a namespace full of pods in drawn states; no scheduler and no kubelet looks at them."""
    admin, dice = control_plane.admin, random.Random(7)
    path = f"/api/v1/namespaces/{namespace}/pods"
    taken = 0
    try:
        for index in range(PODS):
            pod = admin.post(path, _manifest(index, dice))
            taken += _give_status(admin, f"{path}/{pod['metadata']['name']}", _status(pod, dice))
            if dice.random() < 0.2:
                admin.delete(f"{path}/{pod['metadata']['name']}")
        assert taken > PODS * 0.9, "the API server refuses most of the drawn states"
        yield namespace
    finally:
        for pod in admin.get(path)["items"]:
            admin.patch(f"{path}/{pod['metadata']['name']}", {"metadata": {"finalizers": None}})


def _versions(listed: dict[str, Any]) -> dict[str, str]:
    return {pod["metadata"]["name"]: pod["metadata"]["resourceVersion"] for pod in listed["items"]}


def test_every_row_is_the_one_that_kubectl_prints(control_plane: ControlPlane, varied_pods: str) -> None:
    path = f"/api/v1/namespaces/{varied_pods}/pods"
    for _ in range(10):  # the garbage collector of pods may end some that are deleted while we look
        before = _versions(control_plane.admin.get(path))
        printed = _kubectl_rows(control_plane, varied_pods)
        listed = control_plane.admin.get(path)
        if _versions(listed) == before:
            break
    else:
        pytest.fail("the pods never stood still")
    page, now = decode_list("pods", json.dumps(listed).encode()), time.time()
    assert page.skipped == 0
    ours = {pod.name: _row(pod, now) for pod in page.records if isinstance(pod, Pod)}
    assert len(ours) == PODS
    assert len({row[1] for row in ours.values()}) > 25, "too few different words to prove anything"
    assert ours == printed


def _row(pod: Pod, now: float) -> tuple[str, str, str]:
    status = pod_status(pod)
    restarts = str(status.restarts)
    if status.restarts and status.last_restart_at is not None:
        restarts += f" ({age(status.last_restart_at, now)} ago)"
    return f"{status.ready}/{status.total}", status.word, restarts


def _kubectl_rows(plane: ControlPlane, namespace: str) -> dict[str, tuple[str, str, str]]:
    kubeconfig = plane.kubeconfig()
    environment = {"PATH": os.environ["PATH"], "HOME": str(kubeconfig.parent)}
    command = ["kubectl", "--kubeconfig", str(kubeconfig), "-n", namespace, "get", "pods", "--no-headers"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    rows = {}
    for line in said.stdout.splitlines():
        # Two spaces or more part the columns; an empty STATUS cannot occur, as the server defaults the phase.
        name, ready, word, *restarts, _ = line.split()
        rows[name] = (ready, word, " ".join(restarts))
    return rows


def _manifest(index: int, dice: random.Random) -> Json:
    inits: list[Json] = []
    for number in range(dice.choice((0, 0, 1, 2))):
        sidecar = {"restartPolicy": "Always"} if dice.random() < 0.5 else {}
        inits.append({"name": f"init-{number}", "image": "i", **sidecar})
    mains = [{"name": f"main-{number}", "image": "i"} for number in range(dice.choice((1, 1, 2, 3)))]
    spec: Json = {"schedulerName": "nobody", "initContainers": inits, "containers": mains}
    if dice.random() < 0.1:
        spec["schedulingGates"] = [{"name": "spottui.dev/gate"}]
    if dice.random() < 0.1:
        spec["readinessGates"] = [{"conditionType": "spottui.dev/ready"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"pod-{index:03}", "finalizers": [FINALIZER]},
        "spec": spec,
    }


def _status(pod: Json, dice: random.Random) -> Json:
    spec = pod["spec"]
    status: Json = {
        "phase": dice.choice(("Pending", "Running", "Running", "Running", "Succeeded", "Failed", "Unknown"))
    }
    if dice.random() < 0.15:
        status["reason"] = dice.choice(("Evicted", "NodeLost", "NodeAffinity"))
    for key, containers in (
        ("initContainerStatuses", spec.get("initContainers", [])),
        ("containerStatuses", spec["containers"]),
    ):
        if dice.random() < 0.9:
            statuses = [_container_status(each["name"], dice) for each in containers]
            dice.shuffle(statuses)
            status[key] = statuses[: None if dice.random() < 0.9 else 1]
    kinds = [kind for kind in ("Initialized", "Ready", "PodScheduled") if dice.random() < 0.6]
    status["conditions"] = [{"type": kind, "status": dice.choice(("True", "False"))} for kind in kinds]
    if spec.get("schedulingGates"):
        status["conditions"] = [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]
    return status


def _container_status(name: str, dice: random.Random) -> Json:
    restarts = dice.choice((0, 0, 1, 7))
    state = dice.choice(("waiting", "running", "running", "terminated", "terminated", ""))
    status: Json = {"name": name, "image": "i", "imageID": "", "restartCount": restarts}
    status["ready"] = state == "running" and dice.random() < 0.7
    if dice.random() < 0.6:
        status["started"] = dice.random() < 0.7
    if state == "waiting":
        reason = dice.choice(REASONS)
        status["state"] = {"waiting": {"reason": reason} if reason else {}}
    elif state == "running":
        status["state"] = {"running": {"startedAt": _days_ago(1)}}
    elif state == "terminated":
        status["state"] = {"terminated": _end(dice)}
    if restarts and dice.random() < 0.8:
        status["lastState"] = {"terminated": _end(dice)}
    return status


def _end(dice: random.Random) -> Json:
    reason, code, signal = dice.choice(ENDS)
    ended: Json = {"exitCode": code, "startedAt": _days_ago(8), "finishedAt": _days_ago(dice.randint(2, 7))}
    return {**ended, **({"reason": reason} if reason else {}), **({"signal": signal} if signal else {})}


def _days_ago(days: int) -> str:
    """Return a time whose age stays the same word for half an hour."""
    return rfc3339(time.time() - days * 86400 - 1800)


def _give_status(admin: ApiClient, path: str, status: Json) -> bool:
    """Write a status as a kubelet does; False when the API server finds it impossible."""
    try:
        admin.patch(f"{path}/status", {"status": status})
    except ApiRefused as refused:
        assert refused.status in (400, 422), refused
        return False
    return True
