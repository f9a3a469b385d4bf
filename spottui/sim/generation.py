"""What makes up an object's generation: changes of what is asked for, not of what is told."""

from __future__ import annotations

from typing import Any

from spottui.sim.resources import Resource

UNCOUNTED = {
    "nodes",
    "namespaces",
    "services",
    "persistentvolumes",
    "persistentvolumeclaims",
    "resourcequotas",
    "leases",
}
"""Kinds whose changes of the spec are not counted: they have no generation."""


def has_generation(kind: Resource, one: dict[str, Any]) -> bool:
    """Tell whether a new object gets a generation."""
    return ("spec" in one and kind.plural not in UNCOUNTED) or kind.is_custom


def is_next_generation(kind: Resource, old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Tell whether a change of an object raises its generation."""
    if not kind.status_is_apart:  # without a status subresource every change but of metadata counts
        return any(new.get(part) != old.get(part) for part in {*new, *old} - {"metadata"})
    return _counted(kind, new) != _counted(kind, old)


def _counted(kind: Resource, one: dict[str, Any]) -> Any:
    """Return the part of an object whose changes raise its generation; a pod's node is none of it."""
    spec = one.get("spec")
    if kind.plural == "pods" and spec:
        return {name: value for name, value in spec.items() if name != "nodeName"}
    return spec
