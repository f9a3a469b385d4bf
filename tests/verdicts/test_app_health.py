"""Health by our records is what Argo CD's rules say of the object; the embedded Argo CD is the judge."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.records import Meta
from spottui.records_lists import Claim, Ingress, Service
from spottui.sim.argo_health import health as judged
from spottui.verdicts.app_health import ORDER, Health, health_of, worst
from tests.sources.wire import one

from .make import a_workload

COUNT = st.none() | st.integers(0, 3)


def as_object(kind: str, group: str, spec: dict[str, Any], status: dict[str, Any], generation: int) -> dict[str, Any]:
    meta = {"name": "a", "namespace": "n", "uid": "u", "creationTimestamp": "2026-11-24T05:00:00Z"}
    clean = {key: value for key, value in status.items() if value is not None}
    return {
        "apiVersion": f"{group}/v1" if group else "v1",
        "kind": kind,
        "metadata": {**meta, "generation": generation},
        "spec": spec,
        "status": clean,
    }


def condition(*kinds: str) -> st.SearchStrategy[list[dict[str, str]]]:
    return st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(kinds),
                "status": st.sampled_from(["True", "False"]),
                "reason": st.sampled_from(["", "ProgressDeadlineExceeded"]),
            }
        ),
        max_size=2,
        unique_by=lambda found: found["type"],
    )


@st.composite
def owners(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    kind, plural, group, names = draw(
        st.sampled_from(
            [
                ("Deployment", "deployments", "apps", ("Progressing", "Available")),
                ("StatefulSet", "statefulsets", "apps", ("x",)),
                ("DaemonSet", "daemonsets", "apps", ("x",)),
                ("ReplicaSet", "replicasets", "apps", ("ReplicaFailure",)),
                ("Job", "jobs", "batch", ("Failed", "Complete", "Suspended")),
            ]
        )
    )
    spec: dict[str, Any] = {"replicas": draw(st.integers(0, 3))}
    if kind == "Deployment":
        spec["paused"] = draw(st.booleans())
    if kind in ("StatefulSet", "DaemonSet"):
        rolling = draw(st.none() | st.fixed_dictionaries({"partition": st.integers(0, 2)}))
        strategy: dict[str, Any] = {"type": draw(st.sampled_from(["RollingUpdate", "OnDelete"]))}
        if rolling is not None and kind == "StatefulSet":
            strategy["rollingUpdate"] = rolling
        spec["updateStrategy"] = strategy
    counts = (
        *("replicas", "readyReplicas", "updatedReplicas", "availableReplicas"),
        *("desiredNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable"),
    )
    status: dict[str, Any] = {name: draw(COUNT) for name in counts}
    status["observedGeneration"] = draw(st.integers(0, 2))
    status["updateRevision"], status["currentRevision"] = draw(st.tuples(*[st.sampled_from(["r1", "r2"])] * 2))
    status["conditions"] = draw(condition(*names))
    return plural, as_object(kind, group, spec, status, draw(st.integers(1, 2)))


@st.composite
def pods(draw: st.DrawFn) -> dict[str, Any]:
    state = draw(
        st.sampled_from(
            [
                {"waiting": {"reason": "CrashLoopBackOff"}},
                {"waiting": {"reason": "ErrImagePull"}},
                {"waiting": {"reason": "ContainerCreating"}},
                {"running": {"startedAt": "2026-11-24T05:00:00Z"}},
                {"terminated": {"exitCode": 1, "reason": "Error"}},
            ]
        )
    )
    last = draw(st.sampled_from([{}, {"terminated": {"exitCode": 2, "reason": "Error"}}]))
    said = {"name": "main", "image": "i", "state": state, "lastState": last, "ready": False, "restartCount": 0}
    init = {"name": "init", "image": "i", "state": draw(st.sampled_from([state, {"waiting": {"reason": "XError"}}]))}
    spec = {
        "restartPolicy": draw(st.sampled_from(["Always", "Never", "OnFailure"])),
        "containers": [{"name": "main", "image": "i"}],
        "initContainers": [{"name": "init", "image": "i"}],
    }
    status = {
        "phase": draw(st.sampled_from(["Pending", "Running", "Succeeded", "Failed", "Unknown"])),
        "containerStatuses": [said],
        "initContainerStatuses": [{**init, "ready": False, "restartCount": 0}],
        "conditions": draw(condition("Ready")),
    }
    return as_object("Pod", "", spec, status, 1)


@settings(max_examples=100)
@given(owners())
def test_an_owner_of_pods_is_as_healthy_as_argo_cd_says(drawn: tuple[str, dict[str, Any]]) -> None:
    plural, found = drawn
    health = health_of(one(plural, found))
    expected = judged(found)
    assert expected is not None and health is not None
    assert health.word == expected[0]


@settings(max_examples=60)
@given(pods())
def test_a_pod_is_as_healthy_as_argo_cd_says(found: dict[str, Any]) -> None:
    health, expected = health_of(one("pods", found)), judged(found)
    assert expected is not None and health is not None
    assert health.word == expected[0]


FACTS: dict[str, Any] = {"uid": "u", "name": "a", "namespace": "n", "created_at": 0.0}


@pytest.mark.parametrize(
    ("thing", "word"),
    [
        (Claim(phase="Bound", **FACTS), "Healthy"),
        (Claim(phase="Lost", **FACTS), "Degraded"),
        (Claim(phase="", **FACTS), "Unknown"),
        (Service(type="LoadBalancer", **FACTS), "Progressing"),
        (Service(type="LoadBalancer", external=("10.0.0.1",), **FACTS), "Healthy"),
        (Service(type="ClusterIP", **FACTS), "Healthy"),
        (Ingress(**FACTS), "Progressing"),
        (Ingress(addresses=("10.0.0.1",), **FACTS), "Healthy"),
        (Claim(phase="Bound", deleted_at=1.0, **FACTS), "Progressing"),
    ],
)
def test_kinds_that_are_read_on_demand_have_their_rule(thing: Meta, word: str) -> None:
    found = health_of(thing)
    assert found is not None and found.word == word


def test_a_kind_without_a_known_rule_has_no_health_here() -> None:
    assert health_of(a_workload("CronJob")) is None
    assert health_of(Meta(**FACTS)) is None


def test_the_worst_counts_and_what_is_not_known_does_not_pass_for_healthy() -> None:
    assert worst(["Healthy", "Degraded", "Missing"]) == "Degraded"
    assert worst(["", ""]) == "Healthy" and worst(["?"]) == "?" and worst(["?", "Healthy"]) == "Healthy"
    assert worst(ORDER) == "Unknown" and Health("Healthy").why == ""
