"""The answer of `spottui status` as plain data: its keys are a promise to scripts, listed in docs/commands.md."""

from __future__ import annotations

from collections import Counter
from typing import Any

from spottui.clock import rfc3339
from spottui.oneshot.connection import Connection
from spottui.records import Node, Pod, Workload
from spottui.records_argocd import Application
from spottui.store import Store
from spottui.store_findings import findings
from spottui.store_kinds import KINDS
from spottui.verdicts.wasm import wasm_of

SCHEMA = 1
"""Rises when a key changes its meaning or goes; new keys do not raise it."""
PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")

COUNTED = ("deployments", "statefulsets", "daemonsets", "replicasets")


def summary(store: Store, connection: Connection, now: float, namespace: str | None) -> dict[str, Any]:
    """Return what the store knows, judged at `now`; unknown numbers are None, a kind not heard is None."""
    place = connection.place
    return {
        "schema": SCHEMA,
        "at": rfc3339(now),
        "cluster": {
            "context": place.context,
            "server": place.server,
            "version": connection.version,
            "namespace": namespace,
            "round_trip_ms": round(connection.round_trip * 1000, 1),
        },
        "access": {kind: {"state": access.state, "reason": access.reason} for kind, access in store.access.items()},
        "nodes": _heard(store, "nodes", [_node(store, node) for node in _by_name(store.nodes)]),
        "workloads": _workloads(store) if any(store.access[kind].state == "live" for kind in COUNTED) else None,
        "pods": _heard(store, "pods", _pods(store)),
        "wasm": _heard(store, "pods", _wasm(store)),
        "applications": _heard(store, "applications", [_application(app, now) for app in _by_name(store.applications)]),
        "findings": _findings(store, now),
    }


def _heard(store: Store, kind: str, said: Any) -> Any:
    return said if store.access[kind].state == "live" else None


def _by_name(records: dict[str, Any]) -> list[Any]:
    return sorted(records.values(), key=lambda record: (record.namespace, record.name))


def _node(store: Store, node: Node) -> dict[str, Any]:
    conditions = {condition.type: condition.status for condition in node.conditions}
    usage = store.node_usage.get(node.name)
    return {
        "name": node.name,
        "ready": {"True": True, "False": False}.get(conditions.get("Ready", "")),
        "schedulable": not node.unschedulable,
        "pressures": [name for name in PRESSURES if conditions.get(name) == "True"],
        "conditions": conditions,
        "kubelet": node.kubelet_version,
        "cpu_used": usage.cpu if usage else None,
        "cpu_allocatable": node.allocatable_cpu,
        "memory_used": usage.memory if usage else None,
        "memory_allocatable": node.allocatable_memory,
        "usage_source": usage.source if usage else None,
    }


def _workloads(store: Store) -> dict[str, Any]:
    counted = [
        workload
        for workload in store.all_workloads()
        if workload.kind not in ("Job", "CronJob") and workload.desired is not None
    ]
    short = [workload for workload in counted if (workload.ready or 0) < (workload.desired or 0)]
    return {
        "total": len(counted),
        "ready": len(counted) - len(short),
        "not_ready": [_workload(workload) for workload in sorted(short, key=lambda each: (each.namespace, each.name))],
    }


def _workload(workload: Workload) -> dict[str, Any]:
    return {
        "kind": workload.kind,
        "namespace": workload.namespace,
        "name": workload.name,
        "ready": workload.ready,
        "desired": workload.desired,
    }


def _pods(store: Store) -> dict[str, Any]:
    words = Counter(status.word for status in store.pod_statuses.values())
    broken = [pod for pod in _by_name(store.pods) if store.pod_statuses[pod.uid].tone == "bad"]
    return {
        "total": len(store.pods),
        "by_status": dict(words.most_common()),
        "broken": [_pod(store, pod) for pod in broken],
    }


def _pod(store: Store, pod: Pod) -> dict[str, Any]:
    status = store.pod_statuses[pod.uid]
    return {
        "namespace": pod.namespace,
        "name": pod.name,
        "status": status.word,
        "ready": status.ready,
        "containers": status.total,
        "restarts": status.restarts,
        "node": pod.node,
    }


def _wasm(store: Store) -> dict[str, Any]:
    runtimes = store.runtime_classes()
    engines: Counter[str] = Counter()
    running = 0
    for pod in store.pods.values():
        verdict = wasm_of(pod, runtimes)
        if verdict is not None:
            engines[verdict.engine] += 1
            running += store.pod_statuses[pod.uid].word == "Running"
    return {"pods": engines.total(), "running": running, "engines": dict(engines.most_common())}


def _application(app: Application, now: float) -> dict[str, Any]:
    return {
        "namespace": app.namespace,
        "name": app.name,
        "sync": app.sync,
        "health": app.health,
        "operation": app.operation.phase if app.operation else "",
        "message": app.operation.message if app.operation else "",
        "revision": app.revision,
        "deployed_revision": app.deployed_revision,
        "deployed_age_s": None if app.deployed_at is None else round(now - app.deployed_at),
        "compared_age_s": None if app.reconciled_at is None else round(now - app.reconciled_at),
        "auto_sync": app.auto_sync,
    }


def _findings(store: Store, now: float) -> list[dict[str, Any]]:
    return [
        {
            "id": finding.id,
            "severity": finding.severity,
            "subject": finding.subject,
            "text": finding.text,
            "advice": finding.advice,
            "code": finding.code,
            "critical": finding.is_critical,
            "since": None if finding.since is None else rfc3339(finding.since),
        }
        for finding in findings(store, now)
    ]


def unheard(access: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """Return what could not be read: state ("forbidden", "absent", "failed") -> plural names."""
    states: dict[str, list[str]] = {}
    for kind in KINDS:
        if access[kind]["state"] != "live":
            states.setdefault(access[kind]["state"], []).append(kind)
    return states
