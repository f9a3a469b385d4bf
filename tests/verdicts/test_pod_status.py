"""The status word is what `kubectl get pods` prints."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given

from spottui.records import Condition, Pod
from spottui.sources.kube_objects import decode_list
from spottui.verdicts.pod_status import pod_status

from .make import NOW, a_pod, ended, init, pods, ready, running, waiting

GATED = Condition("PodScheduled", "False", "SchedulingGated")
INITIALIZED = Condition("Initialized", "True")
NOT_YET = waiting("PodInitializing")
CRASH = waiting("CrashLoopBackOff")
DONE = ended(0, "Completed")
DONE_INIT = init(ended(0, "Completed", "setup"))
SIDECAR = init(running("proxy", started=True), sidecar=True)

CASES: list[tuple[str, Pod, str]] = [
    # name, pod, "STATUS READY RESTARTS tone"
    ("a new pod", a_pod(phase="Pending"), "Pending 0/0 0 warn"),
    ("no status yet", a_pod(phase=""), " 0/0 0 bad"),
    ("running", a_pod(running()), "Running 1/1 0 good"),
    ("running, not ready", a_pod(running(ready=False)), "Running 0/1 0 warn"),
    ("one of two ready", a_pod(running(), running("b", ready=False)), "Running 1/2 0 warn"),
    ("creating", a_pod(waiting("ContainerCreating"), phase="Pending"), "ContainerCreating 0/1 0 warn"),
    ("waiting without a reason", a_pod(waiting(""), phase="Pending"), "Pending 0/1 0 warn"),
    ("crash loop", a_pod(waiting("CrashLoopBackOff", restarts=7)), "CrashLoopBackOff 0/1 7 bad"),
    ("image pull", a_pod(waiting("ImagePullBackOff"), phase="Pending"), "ImagePullBackOff 0/1 0 bad"),
    ("config error", a_pod(waiting("CreateContainerConfigError")), "CreateContainerConfigError 0/1 0 bad"),
    ("ended by an error", a_pod(ended(1, "Error")), "Error 0/1 0 bad"),
    ("out of memory", a_pod(ended(137, "OOMKilled")), "OOMKilled 0/1 0 bad"),
    ("exit code without a reason", a_pod(ended(3)), "ExitCode:3 0/1 0 bad"),
    ("signal without a reason", a_pod(ended(137, signal=9)), "Signal:9 0/1 0 bad"),
    ("exit code zero without a reason", a_pod(ended(0)), "ExitCode:0 0/1 0 bad"),
    ("completed", a_pod(DONE, phase="Succeeded"), "Completed 0/1 0 dim"),
    ("succeeded without containers", a_pod(phase="Succeeded"), "Succeeded 0/0 0 dim"),
    ("evicted", a_pod(phase="Failed", reason="Evicted"), "Evicted 0/0 0 bad"),
    ("failed without a reason", a_pod(phase="Failed"), "Failed 0/0 0 bad"),
    ("first done, second runs, pod ready", a_pod(DONE, running("b"), conditions=(ready(),)), "Running 1/2 0 warn"),
    ("first done, second runs, pod not ready", a_pod(DONE, running("b")), "NotReady 1/2 0 warn"),
    ("first done, second unready", a_pod(DONE, running("b", ready=False)), "Completed 0/2 0 dim"),
    ("first done, second failed", a_pod(DONE, ended(2, "Error", "b")), "Error 0/2 0 bad"),
    ("first failed, second done", a_pod(ended(2, "Error"), ended(0, "Completed", "b")), "Error 0/2 0 bad"),
    ("first done, second exit code", a_pod(DONE, ended(2, "", "b")), "ExitCode:2 0/2 0 bad"),
    ("the first container has the last word", a_pod(waiting("A"), waiting("B", "b")), "A 0/2 0 bad"),
    ("first runs, second crashes", a_pod(running(), waiting("CrashLoopBackOff", "b")), "CrashLoopBackOff 1/2 0 bad"),
    ("status in another order", a_pod(waiting("A"), waiting("B", "b"), status_order=(1, 0)), "B 0/2 0 bad"),
    ("init waits", a_pod(init(NOT_YET), NOT_YET, phase="Pending"), "Init:0/1 0/1 0 warn"),
    ("init runs", a_pod(init(running("i")), NOT_YET, phase="Pending"), "Init:0/1 0/1 0 warn"),
    ("second init runs", a_pod(DONE_INIT, init(running("i")), NOT_YET), "Init:1/2 0/1 0 warn"),
    (
        "init crash loop",
        a_pod(init(waiting("CrashLoopBackOff", restarts=4)), NOT_YET),
        "Init:CrashLoopBackOff 0/1 4 bad",
    ),
    ("init image pull", a_pod(init(waiting("ErrImagePull"))), "Init:ErrImagePull 0/0 0 bad"),
    ("init failed", a_pod(init(ended(1, "Error")), NOT_YET), "Init:Error 0/1 0 bad"),
    ("init exit code", a_pod(init(ended(1))), "Init:ExitCode:1 0/0 0 bad"),
    ("init signal", a_pod(init(ended(137, signal=9))), "Init:Signal:9 0/0 0 bad"),
    ("inits done, main waits", a_pod(DONE_INIT, NOT_YET, phase="Pending"), "PodInitializing 0/1 0 warn"),
    ("inits done, main runs", a_pod(DONE_INIT, running()), "Running 1/1 0 good"),
    (
        "init restarts do not count once past",
        a_pod(init(ended(0, "Completed"), restarts=5), running(restarts=2)),
        "Running 1/1 2 good",
    ),
    (
        "init restarts count while it waits",
        a_pod(init(running("i"), restarts=5), waiting("PodInitializing", restarts=2)),
        "Init:0/1 0/1 5 warn",
    ),
    ("sidecar runs", a_pod(SIDECAR, running()), "Running 2/2 0 good"),
    ("sidecar runs, not ready", a_pod(init(SIDECAR, sidecar=True, ready=False), running()), "Running 1/2 0 warn"),
    ("sidecar not started", a_pod(init(SIDECAR, sidecar=True, started=False), NOT_YET), "Init:0/1 0/2 0 warn"),
    ("sidecar crash loop", a_pod(init(CRASH, sidecar=True, restarts=3), NOT_YET), "Init:CrashLoopBackOff 0/2 3 bad"),
    (
        "sidecar restarts stay",
        a_pod(init(SIDECAR, sidecar=True, restarts=3), running(restarts=1)),
        "Running 2/2 4 good",
    ),
    ("sidecar crashes after start", a_pod(init(CRASH, sidecar=True, started=True), running()), "Running 1/2 0 warn"),
    (
        "init again though initialized",
        a_pod(init(running("i"), restarts=1), running(restarts=3), conditions=(INITIALIZED,)),
        "Init:0/1 1/1 3 warn",
    ),
    (
        "initialized, main crashes",
        a_pod(init(running("i")), CRASH, conditions=(INITIALIZED,)),
        "CrashLoopBackOff 0/1 0 bad",
    ),
    ("gated", a_pod(phase="Pending", conditions=(GATED,)), "SchedulingGated 0/0 0 warn"),
    ("gate not open", a_pod(running(), readiness_gates=("x",), conditions=(ready("False"),)), "Running 1/1 0 warn"),
    ("gate open", a_pod(running(), readiness_gates=("x",), conditions=(ready(),)), "Running 1/1 0 good"),
    ("being deleted", a_pod(running(), deleted_at=NOW), "Terminating 1/1 0 dim"),
    ("done and deleted", a_pod(DONE, phase="Succeeded", deleted_at=NOW), "Completed 0/1 0 dim"),
    ("failed and deleted", a_pod(ended(1, "Error"), phase="Failed", deleted_at=NOW), "Error 0/1 0 bad"),
    ("node lost and deleted", a_pod(running(), reason="NodeLost", deleted_at=NOW), "Unknown 1/1 0 bad"),
    ("node lost", a_pod(running(), reason="NodeLost"), "NodeLost 1/1 0 bad"),
    ("crash loop and deleted", a_pod(CRASH, deleted_at=NOW), "Terminating 0/1 0 dim"),
]


@pytest.mark.parametrize(("pod", "row"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_row_is_that_of_kubectl(pod: Pod, row: str) -> None:
    status = pod_status(pod)
    assert f"{status.word} {status.ready}/{status.total} {status.restarts} {status.tone}" == row


def test_the_last_restart_is_the_latest_of_all_containers() -> None:
    pod = a_pod(running(last_finished_at=NOW - 60), running("b", last_finished_at=NOW - 5), running("c"))
    assert pod_status(pod).last_restart_at == NOW - 5


def test_the_restart_of_a_finished_init_container_is_forgotten() -> None:
    pod = a_pod(init(ended(0), last_finished_at=NOW), running(last_finished_at=NOW - 60))
    assert pod_status(pod).last_restart_at == NOW - 60


@given(pods())
def test_any_pod_has_a_status(pod: Pod) -> None:
    status = pod_status(pod)
    assert 0 <= status.ready <= status.total
    assert status.tone in ("good", "warn", "bad", "dim")


def test_a_plain_pod_takes_microseconds() -> None:
    pod = a_pod(running(), conditions=(ready(), INITIALIZED, Condition("PodScheduled", "True")))
    best = min(_timed(pod) for _ in range(20))
    assert best < 50e-6  # measured: 4; the rest is for a busy machine


def _timed(pod: Pod) -> float:
    begun = time.perf_counter()
    for _ in range(200):
        pod_status(pod)
    return (time.perf_counter() - begun) / 200


def _captured() -> dict[str, dict[str, object]]:
    folder = Path(os.environ.get("SPOTTUI_SHARED") or Path(__file__).parents[3] / "shared")
    file = folder / "data" / "pods" / "cases.json"
    if not file.is_file():
        pytest.skip(f"the captured pods are not here: {file} (SPOTTUI_SHARED names the folder)")
    return json.loads(file.read_text())


def test_pods_of_a_real_kubelet_have_the_word_that_kubectl_printed() -> None:
    captured = {name: case for name, case in _captured().items() if case["kubectl"]}
    assert captured
    said = {}
    for name, case in captured.items():
        page = decode_list("pods", json.dumps({"kind": "PodList", "items": [case["pod"]]}).encode())
        (pod,) = page.records
        assert isinstance(pod, Pod)
        said[name] = pod_status(pod).word
    assert said == {name: case["kubectl"] for name, case in captured.items()}
