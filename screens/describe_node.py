"""A node from its JSON: the facts of kubectl describe, in its order."""

from __future__ import annotations

from collections.abc import Iterable

from spottui.actions.objects import part, rows
from spottui.records import Pod
from spottui.screens.describe_sheet import NONE, Json, Sheet, head_facts, moment, text
from spottui.screens.glyphs import cores, gib


def node_facts(sheet: Sheet, found: Json, pods: Iterable[Pod]) -> None:
    """Add the facts of a Node; `pods` are all that we know, of which those on it are shown."""
    meta, spec, status = part(found, "metadata"), part(found, "spec"), part(found, "status")
    prefix = "node-role.kubernetes.io/"
    roles = sorted(text(key).removeprefix(prefix) for key in part(meta, "labels") if key.startswith(prefix))
    sheet.fact("Roles", ",".join(roles) or NONE)
    head_facts(sheet, found)
    sheet.fact("CreationTimestamp", moment(meta.get("creationTimestamp")))
    sheet.many("Taints", (_taint(one) for one in rows(spec, "taints")))
    sheet.fact("Unschedulable", bool(spec.get("unschedulable")), tone="warn" if spec.get("unschedulable") else "")
    sheet.head("Conditions")
    sheet.table(
        ("Type", "Status", "LastTransitionTime", "Reason", "Message"),
        [
            (
                text(one.get("type")),
                text(one.get("status")),
                moment(one.get("lastTransitionTime")),
                text(one.get("reason")),
                text(one.get("message")),
            )
            for one in rows(status, "conditions")
        ],
    )
    sheet.head("Addresses")
    for one in rows(status, "addresses"):
        sheet.fact(text(one.get("type")), one.get("address"), 2)
    sheet.amounts("Capacity", part(status, "capacity"))
    sheet.amounts("Allocatable", part(status, "allocatable"))
    info = part(status, "nodeInfo")
    sheet.head("System Info")
    for name, key in _SYSTEM:
        sheet.fact(name, info.get(key, ""), 2)
    for name, key in (("PodCIDR", "podCIDR"), ("ProviderID", "providerID")):
        if spec.get(key):
            sheet.fact(name, spec[key])
    _node_pods(sheet, [pod for pod in pods if pod.node == meta.get("name")])


_SYSTEM = (
    ("Machine ID", "machineID"),
    ("System UUID", "systemUUID"),
    ("Boot ID", "bootID"),
    ("Kernel Version", "kernelVersion"),
    ("OS Image", "osImage"),
    ("Operating System", "operatingSystem"),
    ("Architecture", "architecture"),
    ("Container Runtime Version", "containerRuntimeVersion"),
    ("Kubelet Version", "kubeletVersion"),
)


def _taint(one: Json) -> str:
    value = f"={text(one['value'])}" if one.get("value") else ""
    return f"{text(one.get('key'))}{value}:{text(one.get('effect'))}"


def _node_pods(sheet: Sheet, pods: list[Pod]) -> None:
    """Add the pods that are not over, and the sums of what they ask for, from what the watch heard."""
    active = [pod for pod in pods if pod.phase not in ("Succeeded", "Failed")]
    sheet.fact("Non-terminated Pods", f"({len(active)} in total)")
    sheet.table(
        ("Namespace", "Name", "CPU Requests", "Memory Requests"),
        [
            (
                pod.namespace,
                pod.name,
                cores(pod.cpu_request) if pod.cpu_request is not None else "0",
                gib(pod.memory_request) if pod.memory_request is not None else "0",
            )
            for pod in sorted(active, key=lambda pod: (pod.namespace, pod.name))
        ],
    )
    sheet.head("Allocated resources")
    sheet.fact("cpu", f"{cores(sum(pod.cpu_request or 0 for pod in active))} requested", 2)
    sheet.fact("memory", f"{gib(sum(pod.memory_request or 0 for pod in active))} requested", 2)
