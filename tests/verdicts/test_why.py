"""Each way in which a pod fails has one sentence of cause and one of advice; nothing falls into silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.records import Condition, Node, Pod, WasmRuntime
from spottui.sources.kube_objects import decode_list
from spottui.verdicts.pod_status import pod_status
from spottui.verdicts.why import why, why_refused
from spottui.verdicts.why_messages import ROWS, meaning
from spottui.verdicts.why_record import Around, Why
from tests.verdicts.make import NOW, a_node, a_pod, an_event, ended, init, pods, running, waiting

CASES: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "pods.json").read_text(encoding="utf-8"))
"""Captured from a real kubelet and API server 1.37."""

CAPTURED = {
    "image-pull-norepo": (
        "OFFLINE",
        "registry.invalid/x:1 cannot be pulled: the name registry.invalid does not resolve",
    ),
    "crash-exit3": ("EXIT", "main ended with exit code 3"),
    "oom": ("OOM", "main ran out of memory: its limit is"),
    "configmap-missing": ("CONFIG_MISSING", 'The configmap "robot-config" does not exist'),
    "init-fails": ("EXIT", "Init container wait-lidar ended with exit code 1"),
    "readiness-fails": ("PROBE", "Its Readiness probe fails: no frames for 10 s."),
    "liveness-http": ("PROBE_KILLED", "The kubelet kills main again and again: its Liveness probe fails: Get"),
    "handler-missing": ("HANDLER_NOT_CONFIGURED", 'no runtime handler "spin"'),
    "unsched-gpu": ("INSUFFICIENT", "No node takes it (0 of 21): not enough nvidia.com/gpu"),
    "hostpath-device-missing": ("HOST_PATH_MISSING", "/dev/video9 is not there"),
    "badcmd": ("COMMAND_MISSING", 'The image has no program "/no/such/binary".'),
    "terminating-finalizer": ("FINALIZER", "its finalizer "),
}


def decoded(pod: dict[str, Any]) -> Pod:
    page = decode_list("pods", msgspec.json.encode({"kind": "PodList", "items": [pod]}))
    (record,) = page.records
    assert isinstance(record, Pod)
    return record


def verdict(pod: Pod, *said: str, around: Around | None = None, now: float = NOW) -> Why:
    """Return why a pod is not ready, after these warnings, oldest first."""
    warnings = [an_event("Warned", text, pod.uid, at=now - 60 + index) for index, text in enumerate(said)]
    found = why(pod, pod_status(pod), warnings, now, around or Around())
    assert found is not None
    return found


@pytest.mark.parametrize("name", CAPTURED)
def test_a_captured_pod_is_judged(name: str) -> None:
    case = CASES[name]
    pod = decoded(case["pod"])
    said = [event["message"] for event in case["events"] if event["type"] == "Warning"]
    found = verdict(pod, *said)
    code, words = CAPTURED[name]
    assert found.code == code and words in found.cause, found
    assert found.advice.endswith(".")


def test_a_captured_refusal_is_judged() -> None:
    found = why_refused(CASES["runtimeclass-missing"]["refused"])
    assert (found.code, found.cause) == ("RC_NOT_FOUND", 'RuntimeClass "nope" does not exist.')


def test_a_healthy_captured_pod_has_no_verdict() -> None:
    pod = decoded(CASES["healthy"]["pod"])
    assert why(pod, pod_status(pod), [], NOW) is None


MESSAGES: list[tuple[str, str]] = [
    (code, text) for code, text in json.loads((Path(__file__).parent / "data" / "messages.json").read_text("utf-8"))
]
"""Code and text: the documented messages of the API server, the kubelet, containerd and wasm shims."""


@pytest.mark.parametrize(
    ("code", "text"), MESSAGES, ids=[f"{code}-{index}" for index, (code, _) in enumerate(MESSAGES)]
)
def test_a_message_has_its_meaning(code: str, text: str) -> None:
    found = meaning(text)
    assert found is not None and found.code == code, (text, found)
    assert found.source
    for sentence in (found.cause, found.advice):
        assert sentence.endswith(".") and "{" not in sentence and "  " not in sentence and ".." not in sentence, (
            sentence
        )


def test_every_row_of_the_tables_is_reached_by_a_message() -> None:
    seen = {code for code, _ in MESSAGES} | {code for code, _ in CAPTURED.values()} | {"NODE_AFFINITY"}
    assert {row.code for row in ROWS} <= seen


SPOT = a_node(Condition("Ready", "True"), allocatable_cpu=6.0, allocatable_memory=15 << 30)


def pending(message: str, **facts: Any) -> Pod:
    return a_pod(phase="Pending", conditions=(Condition("PodScheduled", "False", "Unschedulable", message),), **facts)


def test_what_the_scheduler_lacks_is_counted() -> None:
    others = [
        a_pod(running(), uid="a", node="spot-core", memory_request=9 << 30, cpu_request=1.0),
        a_pod(ended(0), uid="b", node="spot-core", phase="Succeeded", memory_request=4 << 30),
    ]
    pod = pending(
        "0/1 nodes are available: 1 Insufficient memory. preemption: 0/1 nodes are available: 1 No preemption victims "
        "found for incoming pod.",
        memory_request=8 << 30,
    )
    found = verdict(pod, around=Around(nodes={"spot-core": SPOT}, pods=lambda: others))
    assert found.code == "INSUFFICIENT"
    assert "2.0 GiB of memory missing on spot-core (it asks for 8.0 GiB, 6.0 GiB is left)" in found.cause


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ("1 node(s) didn't match Pod's node affinity/selector", "SELECTOR", "no node has the labels"),
        ("1 node(s) had untolerated taint {gpu: yes}", "TAINT", "taint gpu=yes"),
        ("1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }", "TAINT", "short of disk"),
        ("1 node(s) had untolerated taint(s)", "TAINT", "a taint"),
        ("1 node(s) were unschedulable", "CORDONED", "cordoned"),
        ("1 node(s) didn't have free ports for the requested pod ports", "PORTS", "host port is taken"),
        ("1 node(s) didn't match pod anti-affinity rules", "ANTI_AFFINITY", "may not stand beside"),
        ("1 node(s) didn't match pod affinity rules", "AFFINITY", "must stand beside"),
        ("1 node(s) didn't match pod topology spread constraints", "SPREAD", "topology"),
        ("1 node(s) had volume node affinity conflict", "VOLUME_NODE", "another node"),
        ("1 Too many pods", "TOO_MANY_PODS", "as many pods"),
        ("1 node(s) exceed max volume count", "TOO_MANY_VOLUMES", "as many volumes"),
        ("1 node(s) had a thing that nobody knows yet", "UNSCHEDULABLE", "a thing that nobody knows yet"),
    ],
)
def test_each_predicate_of_the_scheduler_has_its_words(said: str, code: str, words: str) -> None:
    found = verdict(pending(f"0/1 nodes are available: {said}."))
    assert found.code == code and words in found.cause, found


def test_several_predicates_are_all_named() -> None:
    found = verdict(pending("0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}."))
    assert "not enough cpu" in found.cause and "taint a=b" in found.cause


def test_a_wasm_class_whose_label_no_node_has_is_named() -> None:
    spin = WasmRuntime(
        uid="r", name="spin", namespace="", created_at=None, handler="spin", node_selector={"spin": "true"}
    )
    pod = pending("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.", runtime_class="spin")
    found = verdict(pod, around=Around(runtimes={"spin": spin}))
    assert found.code == "WASM_NODE" and "spin=true" in found.cause


def test_a_gate_is_named() -> None:
    gated = Condition(
        "PodScheduled", "False", "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"
    )
    pod = a_pod(phase="Pending", conditions=(gated,), scheduling_gates=("spottui.dev/dock",))
    assert "spottui.dev/dock" in verdict(pod).cause


def test_out_of_memory_names_limit_and_peak() -> None:
    crashed = waiting(
        "CrashLoopBackOff", last_reason="OOMKilled", last_exit_code=137, memory_limit=512 << 20, restarts=7
    )
    found = verdict(a_pod(crashed), around=Around(peak_memory=498 << 20))
    assert found.code == "OOM"
    assert found.cause == "main ran out of memory, 7 times so far: its limit is 512 MiB, most seen 498 MiB."


def test_a_signal_and_the_last_line_are_named() -> None:
    crashed = waiting("CrashLoopBackOff", last_reason="Error", last_exit_code=139)
    found = verdict(a_pod(crashed), around=Around(last_lines=["loading", "segfault in camera.so", ""]))
    assert "exit code 139 (SIGSEGV)" in found.cause and '"segfault in camera.so"' in found.cause


def test_a_wasm_module_that_cannot_start_is_not_taken_for_memory() -> None:
    spin = WasmRuntime(uid="r", name="spin", namespace="", created_at=None, handler="spin-v2")
    crashed = waiting("CrashLoopBackOff", last_reason="Error", last_exit_code=137)
    found = verdict(a_pod(crashed, runtime_class="spin"), around=Around(runtimes={"spin": spin}))
    assert found.code == "ENGINE_ERROR" and "not for memory" in found.cause


def test_a_handler_that_the_nodes_kubelet_does_not_list_is_named_and_silence_is_no_proof() -> None:
    spin = WasmRuntime(uid="r", name="spin", namespace="", created_at=None, handler="spin")
    pod = a_pod(waiting("ContainerCreating"), phase="Pending", runtime_class="spin", node="spot-core")
    told = Node(uid="n", name="spot-core", namespace="", created_at=None, runtime_handlers=("runc",))
    silent = Node(uid="n", name="spot-core", namespace="", created_at=None)
    around = Around(nodes={"spot-core": told}, runtimes={"spin": spin})
    assert verdict(pod, around=around).code == "HANDLER_NOT_CONFIGURED"
    assert verdict(pod, around=Around(nodes={"spot-core": silent}, runtimes={"spin": spin})).code == "STARTING"


@pytest.mark.parametrize(("status", "words"), [("Unknown", "does not answer"), ("False", "is not ready: disk is gone")])
def test_a_lost_node_explains_its_pods(status: str, words: str) -> None:
    node = a_node(Condition("Ready", status, message="disk is gone"))
    found = verdict(a_pod(running(ready=False), node="spot-core"), around=Around(nodes={"spot-core": node}))
    assert found.code == "NODE_GONE" and words in found.cause


def test_a_pod_on_its_way_out_has_a_minute_before_it_is_stuck() -> None:
    young, old = (a_pod(running(), deleted_at=NOW - seconds) for seconds in (30, 90))
    assert why(young, pod_status(young), [], NOW) is None
    assert verdict(old).code == "TERMINATING"
    assert verdict(a_pod(running(), deleted_at=NOW - 90, finalizers=("x.io/hold",))).code == "FINALIZER"


def test_an_init_container_that_runs_on_is_named() -> None:
    pod = a_pod(init(running("wait-lidar", ready=False)), waiting("PodInitializing"), phase="Pending")
    found = verdict(pod)
    assert found.code == "INIT" and "wait-lidar" in found.cause


def test_a_readiness_gate_is_named() -> None:
    pod = a_pod(running(), readiness_gates=("spottui.dev/docked",), conditions=(Condition("Ready", "False"),))
    assert "spottui.dev/docked" in verdict(pod).cause


def test_a_container_that_runs_and_is_not_ready_without_a_word_is_said_so() -> None:
    assert verdict(a_pod(running(ready=False))).code == "NOT_READY"


def test_what_nobody_knows_falls_back_to_the_raw_reason() -> None:
    odd = verdict(a_pod(waiting("FluxCapacitorEmpty", message="1.21 gigawatts")))
    assert odd.cause == "main: FluxCapacitorEmpty: 1.21 gigawatts."
    assert why_refused("pods is odd").cause == "pods is odd."
    failed = verdict(a_pod(phase="Failed", reason="Vanished", message=""))
    assert failed.cause == "Vanished."


def test_an_evicted_pod_is_a_warning_with_its_reason() -> None:
    pod = a_pod(phase="Failed", reason="Evicted", message="The node was low on resource: memory. Container c used 2Gi.")
    found = verdict(pod)
    assert (found.code, found.severity) == ("EVICTED_MEMORY", "warn") and "Container c used 2Gi" in found.cause


@given(pods(), st.lists(st.text(max_size=200), max_size=3))
def test_no_unwell_pod_is_left_in_silence(pod: Pod, said: list[str]) -> None:
    warnings = [an_event("Warned", text, pod.uid) for text in said]
    status = pod_status(pod)
    found = why(pod, status, warnings, NOW)
    if pod.deleted_at is None and status.tone in ("warn", "bad"):
        assert found is not None
    if found is not None:
        assert found.cause.strip() and found.advice.endswith(".")


@given(st.text(max_size=6000))
def test_no_message_breaks_the_tables(text: str) -> None:
    found = meaning(text)
    assert found is None or found.cause
