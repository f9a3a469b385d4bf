"""Which lists of Kubernetes' own kinds are merged item by item, and by which field of an item."""

from __future__ import annotations

from typing import Any

MERGE_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "conditions": ("type",),
    "ownerReferences": ("uid",),
    "addresses": ("type",),
    "podIPs": ("ip",),
    "hostIPs": ("ip",),
    "resourceClaims": ("name",),
    "schedulingGates": ("name",),
    "secrets": ("name",),
}
"""Name of the list -> the fields by which its items are told apart."""

SETS = {"finalizers"}
"""Lists of plain values that are merged as sets."""


def merge_keys(name: str, items: list[Any], path: tuple[str, ...]) -> tuple[str, ...]:
    """Return by which fields the items of a list are merged; none for a list that is replaced whole.

    Args:
        name: The field that holds the list.
        items: The list, or both of them together: some lists can be told apart only by what is in them.
        path: The fields above it, without indices.
    """
    if not all(isinstance(item, dict) for item in items):
        return ()
    if name == "ports":
        if any("containerPort" in item for item in items):
            return ("containerPort", "protocol")
        return ("port", "protocol") if path[-1:] == ("spec",) else ()
    if name == "conditions" and not any("type" in item for item in items):
        return ()
    if name == "secrets" and path:
        return ()
    return MERGE_KEYS.get(name, ())


def has_keyed_lists(api_version: str) -> bool:
    """Say whether lists of a kind are merged item by item: those of custom resources are replaced whole."""
    group = api_version.rpartition("/")[0]
    return "." not in group or group.endswith(".k8s.io")


_DEFAULTS = {"protocol": "TCP"}


def key_of(item: Any, keys: tuple[str, ...]) -> tuple[Any, ...]:
    """Return what tells an item from the others of its list."""
    return tuple(item.get(key, _DEFAULTS.get(key)) if isinstance(item, dict) else None for key in keys)
