"""The judgement of a rollout, as `kubectl rollout status` has it."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.rollout import judge

STATEFUL = {"observedGeneration": 2, "readyReplicas": 3, "updatedReplicas": 3, "updateRevision": "b"}
DAEMON = {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 3}
DEPLOYED = {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}
PART = {"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 2}}}


@pytest.mark.parametrize(
    ("kind", "spec", "status", "state"),
    [
        ("Deployment", {"replicas": 3}, DEPLOYED, "done"),
        ("Deployment", {"replicas": 3}, {**DEPLOYED, "observedGeneration": 1}, "waiting"),
        ("Deployment", {"replicas": 3}, {**DEPLOYED, "updatedReplicas": 2}, "waiting"),
        ("Deployment", {"replicas": 3}, {**DEPLOYED, "replicas": 4}, "waiting"),
        ("Deployment", {"replicas": 3}, {**DEPLOYED, "availableReplicas": 2}, "waiting"),
        ("StatefulSet", {"replicas": 3}, {**STATEFUL, "currentRevision": "b"}, "done"),
        ("StatefulSet", {"replicas": 3}, {**STATEFUL, "currentRevision": "a"}, "waiting"),
        ("StatefulSet", {"replicas": 3}, {**STATEFUL, "readyReplicas": 2}, "waiting"),
        ("StatefulSet", {"replicas": 3}, {"readyReplicas": 3}, "waiting"),
        ("StatefulSet", PART, {**STATEFUL, "updatedReplicas": 1, "currentRevision": "a"}, "done"),
        ("StatefulSet", PART, {**STATEFUL, "updatedReplicas": 0, "currentRevision": "a"}, "waiting"),
        ("DaemonSet", {}, DAEMON, "done"),
        ("DaemonSet", {}, {**DAEMON, "observedGeneration": 1}, "waiting"),
        ("DaemonSet", {}, {**DAEMON, "updatedNumberScheduled": 1}, "waiting"),
        ("DaemonSet", {}, {**DAEMON, "numberAvailable": 1}, "waiting"),
        ("Deployment", {}, None, "waiting"),
    ],
)
def test_a_rollout_is_complete_only_when_kubectl_says_so(
    kind: str, spec: dict[str, Any], status: dict[str, Any] | None, state: str
) -> None:
    found = {"kind": kind, "metadata": {"generation": 2}, "spec": spec, "status": status}
    assert judge(found).state == state
