"""The CustomResourceDefinitions of the custom kinds that are served, so that they can be listed like any other."""

from __future__ import annotations

from typing import Any

from spottui.sim.api_table_columns import columns_of
from spottui.sim.objects import Objects, rfc3339
from spottui.sim.resources import RESOURCES, Resource, resource

DEFINITIONS = resource("customresourcedefinitions", "apiextensions.k8s.io")


def define(objects: Objects) -> None:
    """Store the definition of each custom kind that has none yet."""
    for kind in RESOURCES:
        if kind.is_custom and objects.find(DEFINITIONS, "", f"{kind.plural}.{kind.group}") is None:
            objects.create(DEFINITIONS, definition(kind, rfc3339(objects.wall())))


def definition(kind: Resource, now: str) -> dict[str, Any]:
    """Return the definition of a kind, without its schema; `now` is when it was accepted."""
    names: dict[str, Any] = {
        "plural": kind.plural,
        "singular": kind.kind.lower(),
        "kind": kind.kind,
        "listKind": f"{kind.kind}List",
    }
    if kind.short_names:
        names["shortNames"] = [*kind.short_names]
    version: dict[str, Any] = {
        "name": kind.version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        "additionalPrinterColumns": [
            {"name": column["name"], "type": column["type"], "jsonPath": path, **_priority(column)}
            for column in columns_of(kind)
            if (path := _path(kind, column["name"]))
        ],
    }
    subresources = {sub: {} for sub in kind.subresources if sub == "status"}
    if subresources:
        version["subresources"] = subresources
    conditions = [
        {"type": type_, "status": "True", "lastTransitionTime": now, "reason": reason, "message": message}
        for type_, reason, message in (
            ("NamesAccepted", "NoConflicts", "no conflicts found"),
            ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        )
    ]
    scope = "Namespaced" if kind.namespaced else "Cluster"
    return {
        "metadata": {"name": f"{kind.plural}.{kind.group}"},
        "spec": {"group": kind.group, "names": names, "scope": scope, "versions": [version]},
        "status": {"conditions": conditions, "acceptedNames": names, "storedVersions": [kind.version]},
    }


def _priority(column: dict[str, Any]) -> dict[str, int]:
    return {"priority": column["priority"]} if column["priority"] else {}


def _path(kind: Resource, column: str) -> str:
    return ".status.nodesReady" if (kind.plural, column) == ("shims", "Ready") else _PATHS.get(column, "")


_PATHS = {
    "Sync Status": ".status.sync.status",
    "Health Status": ".status.health.status",
    "Revision": ".status.sync.revision",
    "Project": ".spec.project",
    "Age": ".metadata.creationTimestamp",
    "Ready": ".status.readyReplicas",
    "Nodes": ".status.nodes",
    "Desired": ".spec.replicas",
    "Executor": ".spec.executor",
    "RuntimeClass": ".spec.runtimeClass.name",
}
