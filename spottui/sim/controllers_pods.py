"""Pods as controllers see them: made from a template, defaulted, let in or refused, judged ready or not."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from spottui.sim.api_admission import admit
from spottui.sim.api_defaults import fill_defaults, first_status
from spottui.sim.controllers_quantity import requests
from spottui.sim.objects import Object, Objects, copy_of
from spottui.sim.resources import Resource, resource

PODS = resource("pods")
RUNTIME_CLASSES = resource("runtimeclasses", "node.k8s.io")
LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def hash_of(template: Any, collisions: int = 0) -> str:
    """Return a template's hash as Kubernetes writes one: FNV-1a in letters without vowels."""
    value = 2166136261
    for byte in msgspec.json.encode([template, collisions], order="deterministic"):
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return "".join(LETTERS[ord(digit) % len(LETTERS)] for digit in str(value))


def owner_reference(owner: Object, kind: Resource) -> Object:
    """Return the reference that makes `owner` the controller."""
    meta = owner["metadata"]
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def pod_from(template: Mapping[str, Any], owner: Object, kind: Resource, name: str = "") -> Object:
    """Return a new pod of an owner's template, with this name or a generated one."""
    pod = copy_of({"metadata": template.get("metadata") or {}, "spec": template["spec"]})
    meta = pod["metadata"]
    meta.pop("creationTimestamp", None)
    meta["namespace"] = owner["metadata"]["namespace"]
    if name:
        meta["name"] = name
    else:
        meta["generateName"] = f"{owner['metadata']['name'][:57]}-"
    meta["ownerReferences"] = [owner_reference(owner, kind)]
    return pod


def create_pod(objects: Objects, pod: Object) -> Object:
    """Create a pod as if through the API server's admission.

    Raises:
        ApiError: it was refused: a RuntimeClass or a ServiceAccount that there is not, a name taken, ...
    """
    meta = pod["metadata"]
    if not meta.get("name"):
        meta["name"] = meta["generateName"] + objects.suffix(5)
    fill_defaults(PODS, pod)
    pod["spec"].setdefault("serviceAccountName", "default")
    pod["spec"].setdefault("serviceAccount", pod["spec"]["serviceAccountName"])
    pod["spec"].setdefault("enableServiceLinks", True)
    admit(objects, PODS, pod)
    return objects.create(PODS, {**pod, **first_status(PODS, pod)})


def qos(pod: Object) -> str:
    """Return a pod's quality-of-service class."""
    containers = [*pod["spec"].get("containers", ()), *(pod["spec"].get("initContainers") or ())]
    pairs = []
    for container in containers:
        resources = container.get("resources") or {}
        limits, wanted = resources.get("limits") or {}, resources.get("requests") or {}
        for name in ("cpu", "memory"):
            pairs.append((wanted.get(name, limits.get(name)), limits.get(name)))
    if all(one is None and limit is None for one, limit in pairs):
        return "BestEffort"
    return "Guaranteed" if all(limit is not None and one == limit for one, limit in pairs) else "Burstable"


def is_over(pod: Object) -> bool:
    """Return whether a pod has ended: Succeeded or Failed."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    """Return whether a controller counts a pod: not ended and not being deleted."""
    return not is_over(pod) and "deletionTimestamp" not in pod["metadata"]


def condition(one: Object, type_: str) -> Object | None:
    """Return a condition of an object's status."""
    for found in (one.get("status") or {}).get("conditions") or ():
        if found["type"] == type_:
            return found
    return None


def is_ready(pod: Object) -> bool:
    """Return whether a pod's Ready condition is True."""
    found = condition(pod, "Ready")
    return bool(found and found["status"] == "True")


@functools.lru_cache(maxsize=4096)
def seconds_of(stamp: str) -> float:
    """Return an RFC 3339 time in seconds since the epoch."""
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def available_in(pod: Object, min_ready: float, now: float) -> float | None:
    """Return the seconds until a ready pod is available (0: it is); None for one that is not ready."""
    found = condition(pod, "Ready")
    if not found or found["status"] != "True":
        return None
    if not min_ready:
        return 0.0
    return max(0.0, seconds_of(found["lastTransitionTime"]) + min_ready - now)


def deletion_rank(pod: Object) -> tuple[Any, ...]:
    """Return the key by which a ReplicaSet picks the pods to go: smallest first."""
    meta, status = pod["metadata"], pod.get("status") or {}
    cost = int((meta.get("annotations") or {}).get("controller.kubernetes.io/pod-deletion-cost", 0))
    restarts = max((one.get("restartCount", 0) for one in status.get("containerStatuses") or ()), default=0)
    phases = {"Pending": 0, "Unknown": 1, "Running": 2}
    return (
        bool(pod["spec"].get("nodeName")),
        phases.get(status.get("phase", "Pending"), 1),
        is_ready(pod),
        cost,
        -restarts,
        -seconds_of(meta["creationTimestamp"]),
        meta["name"],
    )


def total_request(pod: Object, name: str) -> float:
    """Return what a pod asks of one resource."""
    return requests(pod).get(name, 0.0)
