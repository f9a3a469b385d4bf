"""The fields of Kubernetes' own kinds: their names, types and protobuf numbers, read when they are first needed."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

Fields = dict[int, tuple[str, str]]
"""Number -> name ("~" for one whose fields belong to what holds it) and type."""

_PACKAGES = {
    "v1": "core",
    "apps/v1": "apps",
    "batch/v1": "batch",
    "policy/v1": "policy",
    "events.k8s.io/v1": "events",
    "authorization.k8s.io/v1": "authorization",
    "authentication.k8s.io/v1": "authentication",
    "autoscaling/v1": "autoscaling",
    "rbac.authorization.k8s.io/v1": "rbac",
    "networking.k8s.io/v1": "networking",
    "coordination.k8s.io/v1": "coordination",
    "node.k8s.io/v1": "node",
    "storage.k8s.io/v1": "storage",
    "scheduling.k8s.io/v1": "scheduling",
}


@cache
def messages() -> dict[str, Fields]:
    """Return every message by its name, such as "core.PodSpec"."""
    lines = files("spottui.sim").joinpath("protobuf_fields.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, Fields] = {}
    for line in lines:
        if line and not line.startswith("#"):
            name, *fields = line.split()
            parts = (field.split(":", 2) for field in fields)
            found[name] = {int(number): (field, type_) for number, field, type_ in parts}
    return found


@cache
def by_name(message: str) -> dict[str, str]:
    """Return the types of a message's fields by their names in JSON, those of inlined messages among them."""
    found: dict[str, str] = {}
    for name, type_ in messages()[message].values():
        if name == "~":
            found |= by_name(type_.lstrip("!@"))
        else:
            found[name] = type_
    return found


def message_of(api_version: str, kind: str) -> str:
    """Return the message of a kind; empty where it is not known."""
    package = "meta" if kind == "DeleteOptions" else _PACKAGES.get(api_version, "")
    name = f"{package}.{kind}"
    return name if name in messages() else ""
