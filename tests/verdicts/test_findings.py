"""What deserves attention is said once per owner, with its cause, worst first; what is well is silent."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from spottui.records import Access, Condition, KubeEvent, Node, Pod, Workload
from spottui.verdicts.findings import find
from spottui.verdicts.pod_status import pod_status

from .make import (
    NOW,
    a_node,
    a_pod,
    a_workload,
    an_app,
    an_event,
    ended,
    init,
    judge,
    only,
    owned_by,
    pods,
    ready,
    running,
    waiting,
)

SCHEDULER = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu. preemption: 0/1 nodes are available"


def test_nothing_wrong_is_nothing_said() -> None:
    healthy = a_pod(running(restarts=9, last_finished_at=NOW - 9000), conditions=(ready(),))
    done = a_pod(ended(0, "Completed"), phase="Succeeded", uid="done")
    assert judge(healthy, done, a_node(ready()), an_app(), a_workload(desired=1, ready=1)) == ()


CRASH = waiting("CrashLoopBackOff", restarts=4, last_exit_code=3, last_reason="Error", last_finished_at=NOW - 50)
OOM = replace(CRASH, last_reason="OOMKilled", last_exit_code=137, memory_limit=64 * 2**20)
CREATING = waiting("ContainerCreating")
WAITS = "It waits for the scheduler; nothing went wrong so far."
PENDING = Condition("PodScheduled", "False", "Unschedulable", SCHEDULER, NOW - 90)
SANDBOX = an_event("FailedCreatePodSandBox", 'no runtime for "spin" is configured', "pod-1")
LIVENESS = an_event("Unhealthy", "Liveness probe failed: refused", "pod-1")
PULL_EVENT = an_event("Failed", 'Failed to pull image "r/x:1": no such host', "pod-1")


@pytest.mark.parametrize(
    ("pod", "events", "text", "severity", "key"),
    [
        (a_pod(CRASH), [], "CrashLoopBackOff: main ended with exit code 3, 4 times so far.", "bad", "r restart"),
        (
            a_pod(OOM),
            [],
            "CrashLoopBackOff: main ran out of memory, 4 times so far: its limit is 64 MiB.",
            "bad",
            "r restart",
        ),
        (
            a_pod(replace(CRASH, last_exit_code=137)),
            [LIVENESS],
            "CrashLoopBackOff: The kubelet kills main again and again: its Liveness probe fails: refused.",
            "bad",
            "r restart",
        ),
        (
            a_pod(init(CRASH), CREATING),
            [],
            "Init:CrashLoopBackOff: Init container main ended with exit code 3, 4 times so far.",
            "bad",
            "r restart",
        ),
        (
            a_pod(ended(1, "Error")),
            [],
            "Error: main ended with exit code 1 (it reported an error).",
            "bad",
            "r restart",
        ),
        (
            a_pod(ended(137, "OOMKilled", memory_limit=2**20)),
            [],
            "OOMKilled: main ran out of memory: its limit is 1 MiB.",
            "bad",
            "r restart",
        ),
        (
            a_pod(waiting("ImagePullBackOff", image="r/x:1", message="Back-off pulling image")),
            [PULL_EVENT],
            "ImagePullBackOff: r/x:1 cannot be pulled: the registry cannot be reached well enough from the node.",
            "bad",
            "⏎ open",
        ),
        (
            a_pod(waiting("CreateContainerConfigError", message='configmap "c" not found')),
            [],
            'CreateContainerConfigError: The configmap "c" does not exist in the namespace.',
            "bad",
            "⏎ open",
        ),
        (
            a_pod(phase="Pending", conditions=(PENDING,)),
            [],
            "unschedulable: No node takes it (0 of 1): not enough nvidia.com/gpu.",
            "bad",
            "⏎ open",
        ),
        (
            a_pod(CREATING, phase="Pending"),
            [SANDBOX],
            'ContainerCreating: The node\'s containerd has no runtime handler "spin": its wasm runtime is not '
            "installed or not configured.",
            "bad",
            "⏎ open",
        ),
        (a_pod(CREATING, phase="Pending"), [], f"ContainerCreating: {WAITS}", "warn", "⏎ open"),
        (
            a_pod(init(running("wait-lidar")), waiting("PodInitializing")),
            [],
            "Init:0/1: Its init container wait-lidar has not ended yet.",
            "warn",
            "⏎ open",
        ),
        (
            a_pod(running(ready=False)),
            [],
            "not ready: main runs, but is not ready, and no probe's answer was heard.",
            "warn",
            "r restart",
        ),
        (
            a_pod(running(restarts=5, last_finished_at=NOW - 60, last_exit_code=1)),
            [],
            "keeps restarting: main ended with exit code 1 (it reported an error), 5 times so far; "
            "it was restarted 60s ago and runs now.",
            "warn",
            "p logs",
        ),
        (a_pod(phase="Failed", reason="Evicted", message="low on disk"), [], "Evicted: low on disk.", "warn", "⏎ open"),
        (
            a_pod(running(), deleted_at=NOW - 300),
            [],
            "stuck Terminating: It was deleted, but its containers or mounts have not ended.",
            "warn",
            "⏎ open",
        ),
    ],
)
def test_a_pod_in_trouble_has_its_cause_in_words(
    pod: Pod, events: list[KubeEvent], text: str, severity: str, key: str
) -> None:
    finding = only(pod, *events)
    assert (finding.text, finding.severity, finding.key) == (text, severity, key)
    assert finding.subject == "robot/pod-1"
    assert finding.target is not None and finding.target.kind == "Pod"


@pytest.mark.parametrize(
    "pod",
    [
        a_pod(CREATING, phase="Pending", created_at=NOW - 20),
        a_pod(phase="Pending", created_at=NOW - 5, conditions=(replace(PENDING, since=NOW - 4),)),
        a_pod(running(ready=False), created_at=NOW - 3600, uid="x", deleted_at=NOW - 10),
        a_pod(replace(running(ready=False), started_at=NOW - 10)),
    ],
)
def test_what_is_young_is_no_trouble_yet(pod: Pod) -> None:
    assert judge(pod) == ()


def test_the_pods_of_one_deployment_are_one_finding() -> None:
    deployment = a_workload(desired=12, ready=0, conditions=(Condition("Available", "False", since=NOW - 900),))
    replicas = a_workload("ReplicaSet", "rs", desired=12, ready=0, owner=owned_by("Deployment", "deployment-1"))
    broken = [a_pod(CRASH, uid=f"pod-{n}", owner=owned_by("ReplicaSet", "rs")) for n in range(12)]
    finding = only(deployment, replicas, *broken)
    assert finding.text == "12 of 12 pods CrashLoopBackOff: main ended with exit code 3, 4 times so far."
    assert finding.subject == "robot/deployment/deployment-1"
    assert finding.target is not None and finding.target.uid == "deployment-1"
    well = a_pod(running(), uid="well", owner=owned_by("ReplicaSet", "rs"))
    assert only(deployment, replicas, *broken[:1], well).text.startswith("1 of 2 pods CrashLoopBackOff")


def test_what_an_eviction_left_behind_is_no_trouble_once_the_owner_is_whole() -> None:
    owner = owned_by("Deployment", "deployment-1")
    left = a_pod(phase="Failed", reason="Evicted", owner=owner)
    assert judge(left, a_workload(desired=1, ready=1)) == ()
    assert len(judge(left, a_workload(desired=1, ready=0))) == 1


NO_CLASS = 'no pods: RuntimeClass "spin" does not exist.'
REFUSED = 'pods "x" is forbidden: pod rejected: RuntimeClass "spin" not found'


def test_pods_that_were_never_made_are_found_by_condition_or_event() -> None:
    failure = Condition("ReplicaFailure", "True", "FailedCreate", REFUSED, NOW - 60)
    assert only(a_workload(desired=1, ready=0, conditions=(failure,))).text == NO_CLASS
    job = a_workload("Job", "job", desired=1, ready=0)
    assert only(job, an_event("FailedCreate", REFUSED, "job")).text == NO_CLASS
    assert judge(job, an_event("FailedCreate", REFUSED, "job", at=NOW - 9000)) == ()
    assert judge(replace(job, ready=1), an_event("FailedCreate", REFUSED, "job")) == ()


@pytest.mark.parametrize(
    ("workload", "text"),
    [
        (a_workload("StatefulSet", desired=3, ready=1), "1 of 3 ready"),
        (a_workload("DaemonSet", desired=1, ready=0), "0 of 1 ready"),
        (a_workload("StatefulSet", desired=3, ready=1, created_at=NOW - 10), None),
        (a_workload(desired=0, ready=0), None),
        (a_workload(desired=3, ready=1, paused=True), None),
        (a_workload("Job", desired=3, ready=1), None),
        (a_workload("CronJob"), None),
        (
            a_workload(desired=2, ready=1, conditions=(Condition("Progressing", "False", "X", "deadline", 1.0),)),
            "1 of 2 ready: deadline",
        ),
        (
            a_workload("Job", desired=1, ready=0, conditions=(Condition("Failed", "True", "X", "back-off", 1.0),)),
            "failed: back-off",
        ),
    ],
)
def test_a_workload_that_is_not_whole_is_a_finding(workload: Workload, text: str | None) -> None:
    assert [finding.text for finding in judge(workload)] == ([text] if text else [])


@pytest.mark.parametrize(
    ("node", "text", "severity"),
    [
        (a_node(Condition("Ready", "False", "X", "no CNI")), "not ready: no CNI", "bad"),
        (a_node(Condition("Ready", "Unknown", "Lost")), "not heard from: Lost", "bad"),
        (a_node(ready(), Condition("DiskPressure", "True", "Full")), "DiskPressure: Full", "bad"),
        (a_node(ready(), unschedulable=True), "cordoned: no new pods are put on it", "warn"),
    ],
)
def test_a_node_in_trouble_is_one_finding(node: Node, text: str, severity: str) -> None:
    finding = only(node)
    assert (finding.text, finding.severity, finding.subject) == (text, severity, "node/spot-core")


def test_an_expired_login_is_said_once() -> None:
    standing = {kind: Access("expired", "Log in again.") for kind in ("pods", "nodes")}
    (finding,) = judge(access=standing)
    assert (finding.severity, finding.text) == ("bad", "login expired: pods, nodes: Log in again.")


def test_the_worst_and_then_the_oldest_comes_first() -> None:
    young, old = (a_pod(replace(CRASH, last_finished_at=NOW - age), uid=f"p{age}") for age in (60, 600))
    found = judge(a_node(ready(), unschedulable=True), young, old)
    assert [finding.id for finding in found] == ["pod:p600", "pod:p60", "node:n"]


@given(st.lists(pods(), max_size=6))
def test_any_cluster_has_findings(held: list[Pod]) -> None:
    workloads = [
        a_workload("ReplicaSet", "r", desired=2, ready=1, owner=owned_by("Deployment", "d")),
        a_workload("Deployment", "d", desired=2, ready=1),
    ]
    found = judge(*held, *workloads, SANDBOX, LIVENESS)
    assert len({finding.id for finding in found}) == len(found)


def test_five_thousand_healthy_pods_take_milliseconds() -> None:
    held = {f"{n}": a_pod(running(), uid=f"{n}", owner=owned_by("ReplicaSet", f"r{n // 10}")) for n in range(5000)}
    statuses = {uid: pod_status(pod) for uid, pod in held.items()}
    workloads = {f"r{n}": a_workload("ReplicaSet", f"r{n}", desired=10, ready=10) for n in range(500)}

    def once() -> float:
        begun = time.perf_counter()
        none: dict[str, Any] = {"nodes": {}, "applications": {}, "events": {}, "access": {}}
        assert find(pods=held, statuses=statuses, workloads=workloads, now=NOW, **none) == ()
        return time.perf_counter() - begun

    assert min(once() for _ in range(5)) < 0.01  # measured: 0.002
