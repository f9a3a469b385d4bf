"""Which node can run which runtime is said with its evidence, and what nobody says is unknown, never "no"."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.records import Condition, Node, WasmRuntime, Workload
from spottui.records_wasm import Shim
from spottui.verdicts.wasm import recognised, wasm_by_trouble
from spottui.verdicts.wasm_nodes import KWASM_NODE, KWASM_PROVISIONED, Runtime, on_node, runtimes_of

from .make import NOW, a_node, a_pod, a_workload, running

SHIM = Shim(
    uid="s",
    name="wasmedge-v1",
    namespace="",
    created_at=0.0,
    node_selector={"wasmedge": "true"},
    runtime_class="wasmedge",
    handler="wasmedge",
)
CLASS = WasmRuntime(uid="c", name="wasmedge", namespace="", created_at=0.0, handler="wasmedge")
JOB = "spot-core-wasmedge-v1-install"
KWASM_JOB = "spot-core-provision-kwasm"
OLD = "containerd://1.7.29"


def runtime(*shims: Shim, **changes: Any) -> Runtime:
    (found,) = runtimes_of([CLASS], shims, [])
    return found


def a_job(name: str, *conditions: Condition) -> Workload:
    return a_workload("Job", "job", name=name, created_at=NOW - 40, conditions=conditions)


def listing(*handlers: str, **more: Any) -> Node:
    return a_node(runtime_handlers=("", "runc", *handlers), **more)


def silent(**more: Any) -> Node:
    return a_node(container_runtime=OLD, **more)


FAILED = Condition("Failed", "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
DONE = Condition("Complete", "True")


@pytest.mark.parametrize(
    ("node", "jobs", "state", "evidence"),
    [
        (listing("wasmedge", labels={"wasmedge": "true"}), [], "yes", 'Its kubelet lists handler "wasmedge".'),
        (listing("wasmedge"), [], "yes", "lacks the label wasmedge=true: pods come here only by nodeName"),
        (listing("spin"), [], "no", '"wasmedge" is none of them'),
        (listing(labels={"wasmedge-v1": "pending"}), [a_job(JOB)], "provisioning", f"its Job {JOB} runs, for 40s"),
        (listing(labels={"wasmedge-v1": "pending"}), [], "provisioning", "no install Job is there: it may stay so"),
        (listing(labels={"wasmedge-v1": "pending"}), [a_job(JOB, FAILED)], "failed", "reached the specified backoff"),
        (listing(labels={"wasmedge-v1": "failed"}), [], "failed", "says failed (label wasmedge-v1)"),
        (listing(labels={"wasmedge-v1": "uninstall"}), [], "removing", "says uninstall"),
        (listing(labels={"wasmedge-v1": "provisioned"}), [], "no", "labelled as provisioned, but its kubelet lists no"),
        (silent(labels={"wasmedge-v1": "provisioned"}), [], "yes", "says provisioned"),
        (silent(labels={"wasmedge": "true"}), [], "labelled", "proves nothing: containerd 1.7.29 lists no handlers"),
        (silent(), [], "unknown", "Nobody says: containerd 1.7.29 lists no handlers"),
        (silent(labels={KWASM_PROVISIONED: "spot-core"}), [], "labelled", "set before anything is installed"),
        (silent(labels={KWASM_PROVISIONED: "spot-core"}), [a_job(KWASM_JOB)], "provisioning", "KWasm's Job"),
        (silent(labels={KWASM_PROVISIONED: "spot-core"}), [a_job(KWASM_JOB, DONE)], "yes", "has succeeded"),
        (silent(labels={KWASM_PROVISIONED: "spot-core"}), [a_job(KWASM_JOB, FAILED)], "failed", "backoff limit"),
        (silent(annotations={KWASM_NODE: "true"}), [], "provisioning", "has not answered yet"),
    ],
)
def test_a_node_is_judged_by_the_best_evidence_there_is(
    node: Node, jobs: list[Workload], state: str, evidence: str
) -> None:
    found = on_node(runtime(SHIM), node, jobs, (), NOW)
    assert (found.state, evidence in found.evidence) == (state, True), found
    assert found.evidence.endswith(".")


def test_a_pod_that_runs_there_proves_it_where_containerd_is_silent() -> None:
    pod = a_pod(running(), runtime_class="wasmedge")
    found = on_node(runtime(SHIM), silent(), (), [pod])
    assert (found.state, found.evidence) == ("yes", "robot/pod-1 runs on it with this runtime.")


def test_runtimes_are_known_by_class_by_shim_and_by_handler() -> None:
    spin = Shim(uid="t", name="spin-v2", namespace="", created_at=0.0, runtime_class="spin", handler="spin-v2")
    nvidia = WasmRuntime(uid="n", name="nvidia", namespace="", created_at=0.0, handler="nvidia")
    found = runtimes_of([CLASS, nvidia], [SHIM, spin], [listing("wasmedge", "wasmtime", "nvidia")])
    told = [(one.name, one.engine, one.runtime_class is not None, one.shim is not None) for one in found]
    assert told == [
        ("spin", "spin", False, True),
        ("wasmedge", "wasmedge", True, True),
        ("wasmtime", "wasmtime", False, False),
    ]
    assert len({one.uid for one in found}) == 3


words = st.sampled_from(["", "pending", "provisioned", "failed", "uninstall", "true", "spot-core"])
keys = st.sampled_from(["wasmedge-v1", "wasmedge", KWASM_PROVISIONED, "x"])
conditions = st.lists(st.sampled_from([FAILED, DONE, Condition("Failed", "False")]), max_size=2)


@given(
    labels=st.dictionaries(keys, words),
    annotations=st.dictionaries(st.just(KWASM_NODE), words),
    jobs=st.lists(st.tuples(st.sampled_from([JOB, KWASM_JOB]), conditions), max_size=2),
    shims=st.sampled_from([(), (SHIM,)]),
)
def test_without_a_list_of_handlers_no_node_is_ever_said_to_be_unable(
    labels: dict[str, str],
    annotations: dict[str, str],
    jobs: list[tuple[str, list[Condition]]],
    shims: tuple[Shim, ...],
) -> None:
    node = silent(labels=labels, annotations=annotations)
    found = on_node(runtime(*shims), node, [a_job(name, *held) for name, held in jobs], (), NOW)
    assert found.state != "no" and found.evidence.endswith(".")
    if not labels and not annotations:
        assert found.state == "unknown"


def test_a_failure_may_show_what_platform_an_image_is_for() -> None:
    found = wasm_by_trouble("RAN_AS_LINUX")
    assert found is not None and recognised(found) == "image platform"
    assert wasm_by_trouble("WRONG_ARCH") is None
