"""Judges a rollout as `kubectl rollout status` does; pure functions on the workload's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spottui.actions.objects import Object, condition, metadata, number, part, said


@dataclass(frozen=True)
class Rollout:
    """How far a workload's pods are on its latest template."""

    state: Literal["waiting", "done", "failed"]
    new: int
    """Pods of the new template."""
    wanted: int
    why: str = ""
    """What it waits for, or why it failed."""


def judge(workload: Object) -> Rollout:
    """Return the state of the rollout of a Deployment, StatefulSet or DaemonSet."""
    kind = workload.get("kind")
    if kind == "Deployment":
        return _deployment(workload)
    return _stateful_set(workload) if kind == "StatefulSet" else _daemon_set(workload)


def refused(workload: Object) -> str:
    """Return why no new pod can be made (condition ReplicaFailure), empty when it does not say so."""
    failure = condition(workload, "ReplicaFailure")
    return said(failure.get("message")) if failure.get("status") == "True" else ""


def _deployment(workload: Object) -> Rollout:
    status = part(workload, "status")
    new, available, all_pods = (number(status, name) for name in ("updatedReplicas", "availableReplicas", "replicas"))
    wanted = number(part(workload, "spec"), "replicas", 1)
    if not _is_observed(workload):
        return Rollout("waiting", 0, wanted, "the controller has not taken it up")
    progressing = condition(workload, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return Rollout("failed", new, wanted, said(progressing.get("message")) or "progress deadline exceeded")
    if new < wanted:
        return Rollout("waiting", new, wanted)
    if all_pods > new:
        return Rollout("waiting", new, wanted, f"{all_pods - new} old pods are still there")
    if available < new:
        return Rollout("waiting", new, wanted, f"{available} of {new} new pods are available")
    return Rollout("done", new, wanted)


def _stateful_set(workload: Object) -> Rollout:
    spec, status = part(workload, "spec"), part(workload, "status")
    wanted = number(spec, "replicas", 1)
    if not _is_observed(workload) or not number(status, "observedGeneration"):
        return Rollout("waiting", 0, wanted, "the controller has not taken it up")
    new, ready = number(status, "updatedReplicas"), number(status, "readyReplicas")
    partition = number(part(spec, "updateStrategy", "rollingUpdate"), "partition")
    if ready < wanted:
        return Rollout("waiting", new, wanted, f"{ready} of {wanted} pods are ready")
    if partition:
        state = "done" if new >= wanted - partition else "waiting"
        return Rollout(state, new, wanted, f"its partition leaves {min(partition, wanted)} pods as they are")
    if status.get("updateRevision") != status.get("currentRevision"):
        return Rollout("waiting", new, wanted)
    return Rollout("done", wanted, wanted)


def _daemon_set(workload: Object) -> Rollout:
    status = part(workload, "status")
    wanted, new, available = (
        number(status, name) for name in ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable")
    )
    if not _is_observed(workload):
        return Rollout("waiting", 0, wanted, "the controller has not taken it up")
    if new < wanted:
        return Rollout("waiting", new, wanted)
    if available < wanted:
        return Rollout("waiting", new, wanted, f"{available} of {wanted} pods are available")
    return Rollout("done", new, wanted)


def _is_observed(workload: Object) -> bool:
    return number(metadata(workload), "generation") <= number(part(workload, "status"), "observedGeneration")
