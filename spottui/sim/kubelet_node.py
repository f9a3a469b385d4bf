"""The nodes as their kubelet keeps them: registration, heartbeats, conditions, disks; and a Node like a CORE I/O."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spottui.sim.controllers_quantity import amount
from spottui.sim.objects import Object, rfc3339

GIB = 1024**3
LEASE_EVERY, STATUS_EVERY = 10.0, 300.0
"""Story seconds between two renewals of the Lease, and two unchanged reports of the status."""
HANDLERS = "sim.spottui.dev/handlers"
"""Annotation of a Node: its runtime handlers, where the status does not list them (containerd before 2.0)."""
SAID = {
    "MemoryPressure": (
        ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
    ),
    "DiskPressure": (
        ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("KubeletHasDiskPressure", "kubelet has disk pressure"),
    ),
    "PIDPressure": (
        ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("KubeletHasInsufficientPID", "kubelet has insufficient PID available"),
    ),
}
EVENTS = {
    "MemoryPressure": ("NodeHasSufficientMemory", "NodeHasInsufficientMemory"),
    "DiskPressure": ("NodeHasNoDiskPressure", "NodeHasDiskPressure"),
    "PIDPressure": ("NodeHasSufficientPID", "NodeHasInsufficientPID"),
}


@dataclass(slots=True)
class NodeState:
    """What the kubelet of one node knows beside the Node object."""

    name: str
    address: str
    is_up: bool = True
    """Whether the kubelet runs: reports and starts pods."""
    pressures: dict[str, bool] = field(default_factory=dict)
    """Condition -> whether it is True."""
    disk_capacity: float = 58.0 * GIB
    disk_used: float = 0.36
    """Part of the disk used by others than pods, 0..1."""
    booted: float = 0.0
    """Wall-clock seconds."""
    lacking: set[str] = field(default_factory=set)
    """Sensors that are not there, by name or device path."""
    gpu_temperature: float = 52.0
    since: dict[str, str] = field(default_factory=dict)
    reported: float = 0.0
    is_dirty: bool = False


def make_node(
    name: str = "spot-core",
    *,
    address: str = "192.168.50.5",
    arch: str = "arm64",
    cpu: int = 6,
    memory: str = "15836Mi",
    disk: str = "60798412Ki",
    gpus: int = 1,
    max_pods: int = 110,
    handlers: Sequence[str] | None = ("runc", "nvidia"),
    containerd: str = "2.1.6",
    kubelet: str = "v1.35.0",
    os_image: str = "Ubuntu 20.04.6 LTS",
    kernel: str = "5.10.120-tegra",
    labels: Mapping[str, str] | None = None,
    taints: Sequence[Mapping[str, str]] = (),
) -> Object:
    """Return a Node as the kubelet of a CORE I/O would register it; its conditions come with the first heartbeat.

    Args:
        handlers: Runtime handlers; None leaves `status.runtimeHandlers` out, as with containerd before 2.0, and only
            "runc" is there.
    """
    capacity = {"cpu": str(cpu), "ephemeral-storage": disk, "hugepages-1Gi": "0", "hugepages-2Mi": "0"}
    capacity |= {"memory": memory, "pods": str(max_pods), **({"nvidia.com/gpu": str(gpus)} if gpus else {})}
    kept = int(amount(memory)) - 100 * 1024**2
    allocatable = {**capacity, "memory": f"{kept // 1024}Ki", "ephemeral-storage": str(int(amount(disk) * 0.9))}
    status: Object = {
        "capacity": capacity,
        "allocatable": allocatable,
        "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": _node_info(name, arch, containerd, kubelet, os_image, kernel),
        "images": [],
    }
    if handlers is not None:
        status["runtimeHandlers"] = [_handler(one) for one in ("", *handlers)]
    annotations = {
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**_labels(name, arch), **(labels or {})}, "annotations": annotations},
        "spec": {**({"taints": [dict(one) for one in taints]} if taints else {}), "podCIDR": "10.1.0.0/16"},
        "status": status,
    }


def _labels(name: str, arch: str) -> dict[str, str]:
    return {
        "kubernetes.io/arch": arch,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": arch,
        "beta.kubernetes.io/os": "linux",
        "node.kubernetes.io/microk8s-controlplane": "microk8s-controlplane",
        "microk8s.io/cluster": "true",
    }


def _node_info(name: str, arch: str, containerd: str, kubelet: str, os_image: str, kernel: str) -> Object:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return {
        "machineID": digest[:32],
        "systemUUID": str(uuid.UUID(digest[32:64], version=4)),
        "bootID": str(uuid.UUID(digest[16:48], version=4)),
        "kernelVersion": kernel,
        "osImage": os_image,
        "containerRuntimeVersion": f"containerd://{containerd}",
        "kubeletVersion": kubelet,
        "kubeProxyVersion": "",
        "operatingSystem": "linux",
        "architecture": arch,
    }


def _handler(name: str) -> Object:
    if name in ("", "runc", "nvidia"):
        return {"name": name, "features": {"recursiveReadOnlyMounts": True, "userNamespaces": False}}
    return {"name": name, "features": {}}


def state_of(node: Object | None, name: str) -> NodeState:
    """Return the first state of a node."""
    status = (node or {}).get("status") or {}
    addresses = {one["type"]: one["address"] for one in status.get("addresses") or ()}
    state = NodeState(name, addresses.get("InternalIP", "192.168.50.5"))
    capacity = status.get("capacity") or {}
    if "ephemeral-storage" in capacity:
        state.disk_capacity = amount(capacity["ephemeral-storage"])
    for one in status.get("conditions") or ():
        if one["type"] in SAID and one["status"] == "True":
            state.pressures[one["type"]] = True
        state.since[f"{one['type']}={one['status']}"] = one.get("lastTransitionTime", "")
    return state


def handlers_of(node: Object | None) -> set[str]:
    """Return the runtime handlers of a node."""
    if node is None:
        return {"", "runc"}
    listed = (node.get("status") or {}).get("runtimeHandlers")
    if listed:
        return {one.get("name", "") for one in listed} | {""}
    annotated = (node["metadata"].get("annotations") or {}).get(HANDLERS, "runc")
    return {"", *(one.strip() for one in annotated.split(","))}


def conditions_of(node: Object, state: NodeState, now: float) -> list[Object]:
    """Return the four conditions that a kubelet reports, and those of others."""
    stamp = rfc3339(now)
    old = {one["type"]: one for one in (node.get("status") or {}).get("conditions") or ()}
    said: list[tuple[str, str, str, str]] = []
    for type_, (fine, trouble) in SAID.items():
        is_true = state.pressures.get(type_, False)
        said.append((type_, "True" if is_true else "False", *(trouble if is_true else fine)))
    said.append(("Ready", "True", "KubeletReady", "kubelet is posting ready status"))
    made = []
    for type_, status, reason, message in said:
        before: dict[str, Any] | None = old.pop(type_, None)
        since = before["lastTransitionTime"] if before and before["status"] == status else stamp
        one = {"type": type_, "status": status, "lastHeartbeatTime": stamp, "lastTransitionTime": since}
        made.append({**one, "reason": reason, "message": message})
    return [*old.values(), *made]
