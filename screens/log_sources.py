"""Which containers' logs belong to a row: of a pod, or of all pods of an owner; knows the store only."""

from __future__ import annotations

from collections.abc import Sequence

from spottui.records import Container, Pod, Target
from spottui.records_logs import LogSource
from spottui.store import Store
from spottui.verdicts.changes_pods import why_ended
from spottui.verdicts.owners import controller_of
from spottui.verdicts.why_exit import signal_of

WITH_LOGS = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob")
"""Kinds that have logs: their own, or their pods'."""


def pods_of(store: Store, target: Target) -> list[Pod]:
    """Return the pods behind a target: itself, or all that it owns at any depth; the newest first."""
    if target.kind == "Pod":
        pod = store.pods.get(target.uid)
        return [pod] if pod is not None else []
    found = []
    for pod in store.pods.values():
        if pod.owner is None:
            continue
        if pod.owner.uid == target.uid or target.uid in _owners(store, pod):
            found.append(pod)
    return sorted(found, key=lambda pod: pod.created_at or 0.0, reverse=True)


def _owners(store: Store, pod: Pod) -> set[str]:
    owners, owner = set[str](), pod.owner
    for _ in range(4):
        above = store.workload(owner.uid) if owner is not None else None
        if above is None:
            break
        owners.add(above.uid)
        owner = above.owner
    root = controller_of(pod, store.workload)
    return owners | ({root.uid} if root is not None else set())


def log_sources(pods: Sequence[Pod], container: str = "", *, previous: bool = False) -> list[LogSource]:
    """Return the containers to read: the named one of each pod, else all that run or have run.

    Init containers are read while they matter: until the pod is initialised, or when one is named.
    """
    found = []
    for pod in pods:
        has_begun = any(one.state == "running" or one.restarts for one in pod.containers if not one.is_init)
        for one in pod.containers:
            if container and one.name != container:
                continue
            if not container and one.is_init and not one.is_sidecar and has_begun:
                continue
            if previous and not one.restarts:
                continue
            found.append(_source(pod, one))
    return found


def why_nothing(store: Store, target: Target, sources: Sequence[LogSource], *, previous: bool) -> str:
    """Return why there is no container to read; empty when there is one."""
    if sources:
        return ""
    if not pods_of(store, target):
        return f"{target} has no pods now."
    return "No container was restarted: there is no log before this one." if previous else "No such container."


def container_names(pods: Sequence[Pod]) -> list[str]:
    """Return the names of all containers, each once, in the order of the specs."""
    return list(dict.fromkeys(one.name for pod in pods for one in pod.containers))


def _source(pod: Pod, one: Container) -> LogSource:
    is_over = one.state == "terminated" and (
        pod.phase in ("Succeeded", "Failed") or (one.is_init and not one.exit_code)
    )
    return LogSource(
        namespace=pod.namespace,
        pod=pod.name,
        pod_uid=pod.uid,
        container=one.name,
        restarts=one.restarts,
        is_over=is_over,
        how_ended=_how(one) if one.state == "terminated" else why_ended(one),
    )


def _how(one: Container) -> str:
    if one.reason == "OOMKilled":
        return "out of memory"
    name = signal_of(one.exit_code, one.signal)
    return f"exit code {one.exit_code}" + (f" ({name})" if name else "")
