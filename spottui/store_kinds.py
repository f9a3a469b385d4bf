"""The kinds that the store holds, by their plural names."""

from __future__ import annotations

from spottui.records_wasm import WASM_KINDS

WORKLOAD_KINDS = ("deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs")
KINDS = (
    "nodes",
    "namespaces",
    "pods",
    *WORKLOAD_KINDS,
    "runtimeclasses",
    "events",
    "applications",
    "appprojects",
    "applicationsets",
    *WASM_KINDS,
)
"""Plural names of the kinds a Kubernetes source may speak of; each is also a topic of `subscribe`."""
