"""Why the scheduler finds no node for a pod: which predicate, on which node, and how much is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from spottui.records import Node, Pod

_HEAD = re.compile(r"(?P<fit>\d+)/(?P<all>\d+) nodes are available: ?(?P<reasons>.*)", re.S)
_REASON = re.compile(r"(?P<count>\d+) (?P<what>[^,]+(?:\{[^}]*\})?[^,]*)")
_TAINT = re.compile(r"node\(s\) had untolerated taint(?:\(s\)|s)?(?: \{(?P<taint>[^}]*)\})?")
_INSUFFICIENT = re.compile(r"Insufficient (?P<what>[\w./-]+)")

_WORDS = (
    (
        "didn't match Pod's node affinity/selector",
        "SELECTOR",
        "no node has the labels that it wants",
        "Label the node, or change the pod's nodeSelector or that of its RuntimeClass.",
    ),
    (
        "didn't have free ports for the requested pod ports",
        "PORTS",
        "its host port is taken on the node",
        "Stop the other pod with that hostPort, or take another port.",
    ),
    ("were unschedulable", "CORDONED", "the node is cordoned", "Uncordon the node (2 Nodes, m)."),
    (
        "didn't match pod anti-affinity rules",
        "ANTI_AFFINITY",
        "it may not stand beside a pod that is already there",
        "A one-node cluster holds one such pod: lower the replicas or relax the anti-affinity.",
    ),
    (
        "didn't match pod affinity rules",
        "AFFINITY",
        "it must stand beside a pod that is not there",
        "Start the pod that it wants beside it, or relax the affinity.",
    ),
    (
        "didn't match pod topology spread constraints",
        "SPREAD",
        "its topology spread constraints allow no node",
        "Relax maxSkew or whenUnsatisfiable on a one-node cluster.",
    ),
    (
        "had volume node affinity conflict",
        "VOLUME_NODE",
        "its volume lies on another node",
        "Run it where the volume is, or make a new claim.",
    ),
    (
        "unbound immediate PersistentVolumeClaims",
        "PVC_UNBOUND",
        "a PersistentVolumeClaim of it is not bound",
        "Look at the claim: no volume fits, or its StorageClass makes none.",
    ),
    (
        "Too many pods",
        "TOO_MANY_PODS",
        "the node runs as many pods as it may",
        "Stop pods, or raise the kubelet's maxPods.",
    ),
    (
        "exceed max volume count",
        "TOO_MANY_VOLUMES",
        "the node holds as many volumes as it may",
        "Stop a pod with volumes on that node.",
    ),
)
"""What the scheduler says after the count of nodes, our code, what it means, and what to do."""


class Unscheduled(Struct, frozen=True):
    """Why no node takes a pod."""

    code: str
    cause: str
    advice: str


def unscheduled(pod: Pod, message: str, nodes: Iterable[Node] = (), pods: Iterable[Pod] = ()) -> Unscheduled:
    """Return what the PodScheduled condition or a FailedScheduling event means.

    `nodes` and all `pods` say how much is missing, and where; without them only the scheduler's words count.
    """
    text = message.partition(" preemption:")[0].strip()
    head = _HEAD.search(text)
    if head is None:
        if 'persistentvolumeclaim "' in text:
            name = text.partition('persistentvolumeclaim "')[2].partition('"')[0]
            return Unscheduled("PVC_MISSING", f'PersistentVolumeClaim "{name}" does not exist.', "Create the claim.")
        if "no nodes available" in text:
            return Unscheduled("NO_NODES", "The cluster has no node.", "Look why the node is gone (2 Nodes).")
        return Unscheduled("UNSCHEDULABLE", _sentence(text) or "The scheduler gives no reason.", "Look at its events.")
    found = [_one(reason["what"].strip(" ."), pod, nodes, pods) for reason in _REASON.finditer(head["reasons"])]
    found = list(dict.fromkeys(found))
    if not found:
        return Unscheduled("UNSCHEDULABLE", _sentence(text), "Look at its events.")
    causes = "; ".join(each.cause for each in found)
    return Unscheduled(found[0].code, f"No node takes it ({head['fit']} of {head['all']}): {causes}.", found[0].advice)


def _one(reason: str, pod: Pod, nodes: Iterable[Node], pods: Iterable[Pod]) -> Unscheduled:
    if (short := _INSUFFICIENT.search(reason)) is not None:
        what = short["what"]
        return Unscheduled(
            "INSUFFICIENT",
            _missing(what, pod, list(nodes), pods),
            f"Stop something that asks for {what}, or lower this pod's request.",
        )
    if (taint := _TAINT.search(reason)) is not None:
        name = (taint["taint"] or "").replace(": ", "=").rstrip("=") or "a taint"
        return _tainted(name)
    for said, code, cause, advice in _WORDS:
        if said in reason:
            return Unscheduled(code, cause, advice)
    return Unscheduled("UNSCHEDULABLE", reason, "Look at its events.")


def _tainted(name: str) -> Unscheduled:
    for said, cause, advice in (
        ("disk-pressure", "the node is short of disk", "Free space on the node's disk."),
        ("memory-pressure", "the node is short of memory", "Find what uses the memory (2 Nodes, 3 Workloads)."),
        ("pid-pressure", "the node is short of process ids", "Find what starts so many processes."),
        ("not-ready", "the node is not ready", "Look at the node (2 Nodes)."),
        ("unreachable", "the node does not answer", "Look at the node and its link (2 Nodes)."),
        ("unschedulable", "the node is cordoned", "Uncordon the node (2 Nodes, m)."),
        ("network-unavailable", "the node's network is not set up", "Look at the CNI's pods in kube-system."),
    ):
        if name.startswith("node.kubernetes.io/") and said in name:
            return Unscheduled("TAINT", f"{cause} (taint {name})", advice)
    return Unscheduled(
        "TAINT", f"it does not tolerate the node's taint {name}", "Give it the toleration, or take the taint off."
    )


def _missing(what: str, pod: Pod, nodes: list[Node], pods: Iterable[Pod]) -> str:
    """Return how much of a resource the node that comes nearest lacks."""
    asked = _asked(pod, what)
    rooms = [(free, node.name) for node in nodes if (free := _free(node, what, pods)) is not None]
    if asked is None or not rooms:
        return f"not enough {what}"
    free, name = max(rooms)
    if free >= asked:  # the scheduler's view and ours differ by moments
        return f"not enough {what}: it asks for {_amount(what, asked)}"
    lacking = _amount(what, asked - max(0.0, free))
    left = _amount(what, max(0.0, free))
    return f"{lacking} of {what} missing on {name} (it asks for {_amount(what, asked)}, {left} is left)"


def _asked(pod: Pod, what: str) -> float | None:
    amounts: Mapping[str, float | int | None] = {
        "cpu": pod.cpu_request,
        "memory": pod.memory_request,
        "nvidia.com/gpu": pod.gpus,
    }
    value = amounts.get(what)
    return None if value is None else float(value)


def _free(node: Node, what: str, pods: Iterable[Pod]) -> float | None:
    allocatable = {
        "cpu": node.allocatable_cpu,
        "memory": node.allocatable_memory,
        "nvidia.com/gpu": node.allocatable_gpus or 0,
    }.get(what)
    if allocatable is None:
        return None
    bound = (one for one in pods if one.node == node.name and one.phase not in ("Succeeded", "Failed"))
    return float(allocatable) - sum(_asked(one, what) or 0.0 for one in bound)


def _amount(what: str, value: float) -> str:
    if what == "cpu":
        return f"{value * 1000:.0f}m" if value < 1 else f"{value:g} cores"
    if what == "memory":
        return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{value / 2**20:.0f} MiB"
    return f"{value:g}"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text.endswith(".") else f"{text}."
