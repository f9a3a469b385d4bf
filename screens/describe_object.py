"""Objects from their JSON: the facts of kubectl describe, in its order; Secrets by their sizes only."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping

from spottui.records import Pod
from spottui.screens.describe_pod import container_facts, placement_facts, pod_facts
from spottui.screens.describe_sheet import NONE, Json, Sheet, moment, part, rows, selector_text, text, words
from spottui.screens.glyphs import cores, gib
from spottui.store import Store
from spottui.widgets.tones import Line

DATA_LINES = 200
"""Lines of one value of a config map."""
SHORT_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def object_facts(store: Store, kind: str, found: Json) -> list[Line]:
    """Return the facts of an object; `store` gives what kubectl asks for beside the object (a node's pods)."""
    sheet, meta = Sheet(), part(found, "metadata")
    sheet.fact("Name", meta.get("name"))
    if meta.get("namespace"):
        sheet.fact("Namespace", meta["namespace"])
    if kind == "Pod":
        pod_facts(sheet, found)
    elif kind == "Node":
        _node(sheet, found, store)
    else:
        _FACTS.get(kind, _plain)(sheet, found)
    return sheet.lines


def _head(sheet: Sheet, found: Json) -> None:
    meta = part(found, "metadata")
    sheet.pairs("Labels", part(meta, "labels"))
    sheet.pairs("Annotations", part(meta, "annotations"), sign=": ")


def _plain(sheet: Sheet, found: Json) -> None:
    _head(sheet, found)
    sheet.fact("Created", moment(part(found, "metadata").get("creationTimestamp")))
    phase = part(found, "status").get("phase")
    if phase:
        sheet.fact("Status", phase)


def _node(sheet: Sheet, found: Json, store: Store) -> None:
    meta, spec, status = part(found, "metadata"), part(found, "spec"), part(found, "status")
    prefix = "node-role.kubernetes.io/"
    roles = sorted(text(key).removeprefix(prefix) for key in part(meta, "labels") if key.startswith(prefix))
    sheet.fact("Roles", ",".join(roles) or NONE)
    _head(sheet, found)
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
    _node_pods(sheet, [pod for pod in store.pods.values() if pod.node == meta.get("name")])


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


def _workload(sheet: Sheet, found: Json) -> None:
    meta, spec, status = part(found, "metadata"), part(found, "spec"), part(found, "status")
    kind = text(found.get("kind"))
    if kind == "Deployment":
        sheet.fact("CreationTimestamp", moment(meta.get("creationTimestamp")))
        _head(sheet, found)
        sheet.fact("Selector", selector_text(part(spec, "selector")))
        counts = [status.get(key, 0) for key in ("updatedReplicas", "replicas", "availableReplicas")]
        sheet.fact(
            "Replicas",
            f"{text(spec.get('replicas', 0))} desired | {counts[0]} updated | {counts[1]} total | "
            f"{counts[2]} available | {status.get('unavailableReplicas', 0)} unavailable",
        )
        strategy = part(spec, "strategy")
        sheet.fact("StrategyType", strategy.get("type") or "")
        sheet.fact("MinReadySeconds", spec.get("minReadySeconds", 0))
        if rolling := part(strategy, "rollingUpdate"):
            unavailable, surge = text(rolling.get("maxUnavailable")), text(rolling.get("maxSurge"))
            sheet.fact("RollingUpdateStrategy", f"{unavailable} max unavailable, {surge} max surge")
    elif kind == "DaemonSet":
        sheet.fact("Selector", selector_text(part(spec, "selector")))
        sheet.pairs("Node-Selector", part(spec, "template", "spec", "nodeSelector"))
        _head(sheet, found)
        for title, key in _DAEMONS:
            sheet.fact(title, status.get(key, 0))
    else:
        sheet.fact("CreationTimestamp", moment(meta.get("creationTimestamp")))
        sheet.fact("Selector", selector_text(part(spec, "selector")))
        _head(sheet, found)
        current = status.get("replicas" if kind == "StatefulSet" else "readyReplicas", 0)
        words_for = "desired | {} total" if kind == "StatefulSet" else "desired | {} ready"
        sheet.fact("Replicas", f"{text(spec.get('replicas', 0))} {words_for.format(current)}")
        if kind == "StatefulSet":
            sheet.fact("Update Strategy", part(spec, "updateStrategy").get("type") or "")
    _template(sheet, part(spec, "template"))
    _conditions(sheet, status)


_DAEMONS = (
    ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
    ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
    ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
    ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
    ("Number of Nodes Misscheduled", "numberMisscheduled"),
)


def _template(sheet: Sheet, template: Json) -> None:
    sheet.head("Pod Template")
    sheet.pairs("Labels", part(template, "metadata", "labels"), 2)
    if annotations := part(template, "metadata", "annotations"):
        sheet.pairs("Annotations", annotations, 2, sign=": ")
    spec = part(template, "spec")
    if spec.get("serviceAccountName"):
        sheet.fact("Service Account", spec["serviceAccountName"], 2)
    container_facts(sheet, spec, {})
    placement_facts(sheet, spec, {})


def _conditions(sheet: Sheet, status: Json) -> None:
    conditions = rows(status, "conditions")
    if conditions:
        sheet.head("Conditions")
        table = [tuple(text(one.get(key)) for key in ("type", "status", "reason")) for one in conditions]
        sheet.table(("Type", "Status", "Reason"), table)
        for one in conditions:
            if one.get("message"):
                sheet.line(f"{text(one.get('type'))}: {text(one['message'])}", tone="dim")


def _job(sheet: Sheet, found: Json) -> None:
    spec, status = part(found, "spec"), part(found, "status")
    sheet.fact("Selector", selector_text(part(spec, "selector")))
    _head(sheet, found)
    for title, key in (("Parallelism", "parallelism"), ("Completions", "completions")):
        if spec.get(key) is not None:
            sheet.fact(title, spec[key])
    sheet.fact("Completion Mode", spec.get("completionMode") or "NonIndexed")
    sheet.fact("Suspend", bool(spec.get("suspend")))
    sheet.fact("Backoff Limit", spec.get("backoffLimit", 6))
    for title, key in (("Start Time", "startTime"), ("Completed At", "completionTime")):
        if status.get(key):
            sheet.fact(title, moment(status[key]))
    counts = [text(status.get(key, 0)) for key in ("active", "ready", "succeeded", "failed")]
    names = ("Active", "Ready", "Succeeded", "Failed")
    said = " / ".join(
        f"{count} {'(ready)' if name == 'Ready' else name}" for count, name in zip(counts, names, strict=True)
    )
    sheet.fact("Pods Statuses", said)
    _template(sheet, part(spec, "template"))
    _conditions(sheet, status)


def _cron_job(sheet: Sheet, found: Json) -> None:
    spec, status = part(found, "spec"), part(found, "status")
    _head(sheet, found)
    sheet.fact("Schedule", spec.get("schedule"))
    if spec.get("timeZone"):
        sheet.fact("Time Zone", spec["timeZone"])
    sheet.fact("Concurrency Policy", spec.get("concurrencyPolicy") or "Allow")
    sheet.fact("Suspend", "True" if spec.get("suspend") else "False")
    sheet.fact("Successful Job History Limit", spec.get("successfulJobsHistoryLimit", 3))
    sheet.fact("Failed Job History Limit", spec.get("failedJobsHistoryLimit", 1))
    sheet.fact("Starting Deadline Seconds", f"{text(spec.get('startingDeadlineSeconds', '<unset>'))}")
    _template(sheet, part(spec, "jobTemplate", "spec", "template"))
    sheet.fact("Last Schedule Time", moment(status.get("lastScheduleTime")))
    sheet.fact("Active Jobs", ", ".join(text(one.get("name")) for one in rows(status, "active")) or NONE)


def _service(sheet: Sheet, found: Json) -> None:
    spec = part(found, "spec")
    _head(sheet, found)
    selector = part(spec, "selector")
    sheet.fact("Selector", ",".join(f"{text(key)}={text(selector[key])}" for key in sorted(selector)) or NONE)
    sheet.fact("Type", spec.get("type") or "ClusterIP")
    if spec.get("ipFamilyPolicy"):
        sheet.fact("IP Family Policy", spec["ipFamilyPolicy"])
    if families := words(spec, "ipFamilies"):
        sheet.fact("IP Families", ",".join(families))
    sheet.fact("IP", spec.get("clusterIP") or "")
    sheet.fact("IPs", ",".join(words(spec, "clusterIPs")) or NONE)
    if external := words(spec, "externalIPs"):
        sheet.fact("External IPs", ",".join(external))
    if spec.get("externalName"):
        sheet.fact("External Name", spec["externalName"])
    for port in rows(spec, "ports"):
        protocol = text(port.get("protocol") or "TCP")
        name = text(port.get("name")) or "<unset>"
        sheet.fact("Port", f"{name} {text(port.get('port'))}/{protocol}")
        sheet.fact("TargetPort", f"{text(port.get('targetPort', port.get('port')))}/{protocol}")
        if port.get("nodePort"):
            sheet.fact("NodePort", f"{name} {text(port['nodePort'])}/{protocol}")
    sheet.fact("Session Affinity", spec.get("sessionAffinity") or "None")


def _claim(sheet: Sheet, found: Json) -> None:
    meta, spec, status = part(found, "metadata"), part(found, "spec"), part(found, "status")
    sheet.fact("StorageClass", spec.get("storageClassName") or "")
    terminating = meta.get("deletionTimestamp")
    sheet.fact(
        "Status", "Terminating" if terminating else status.get("phase") or "", tone="warn" if terminating else ""
    )
    sheet.fact("Volume", spec.get("volumeName") or "")
    _head(sheet, found)
    sheet.fact("Finalizers", f"[{' '.join(words(meta, 'finalizers'))}]")
    is_bound = bool(spec.get("volumeName"))
    sheet.fact("Capacity", part(status, "capacity").get("storage", "") if is_bound else "")
    sheet.fact("Requested", part(spec, "resources", "requests").get("storage", ""))
    sheet.fact("Access Modes", _modes(status if is_bound else {}))
    sheet.fact("VolumeMode", spec.get("volumeMode") or "Filesystem")


def _modes(found: Json) -> str:
    return ",".join(SHORT_MODES.get(mode, mode) for mode in words(found, "accessModes"))


def _volume(sheet: Sheet, found: Json) -> None:
    meta, spec, status = part(found, "metadata"), part(found, "spec"), part(found, "status")
    _head(sheet, found)
    sheet.fact("Finalizers", f"[{' '.join(words(meta, 'finalizers'))}]")
    sheet.fact("StorageClass", spec.get("storageClassName") or "")
    sheet.fact("Status", "Terminating" if meta.get("deletionTimestamp") else status.get("phase") or "")
    bound = part(spec, "claimRef")
    sheet.fact("Claim", f"{text(bound.get('namespace'))}/{text(bound.get('name'))}" if bound else "")
    sheet.fact("Reclaim Policy", spec.get("persistentVolumeReclaimPolicy") or "")
    sheet.fact("Access Modes", _modes(spec))
    sheet.fact("VolumeMode", spec.get("volumeMode") or "Filesystem")
    sheet.fact("Capacity", part(spec, "capacity").get("storage", ""))
    sheet.fact("Message", status.get("message") or "")


def _config_map(sheet: Sheet, found: Json) -> None:
    _head(sheet, found)
    sheet.head("Data")
    for key in sorted(part(found, "data")):
        sheet.line(f"{text(key)}:", 0, "accent")
        lines = str(part(found, "data")[key]).splitlines()
        for line in lines[:DATA_LINES]:
            sheet.line(line)
        if len(lines) > DATA_LINES:
            sheet.line(f"and {len(lines) - DATA_LINES} more lines; y has all of them", tone="dim")
    sheet.head("BinaryData")
    for key in sorted(part(found, "binaryData")):
        sheet.fact(text(key), _size(part(found, "binaryData")[key]), 2)


def _secret(sheet: Sheet, found: Json) -> None:
    _head(sheet, found)
    sheet.fact("Type", found.get("type") or "")
    sheet.head("Data")
    for key in sorted(part(found, "data")):
        sheet.fact(text(key), _size(part(found, "data")[key]), 2)


def _size(value: object) -> str:
    try:
        return f"{len(base64.b64decode(str(value), validate=True))} bytes"
    except (binascii.Error, ValueError):
        return "? bytes"


_FACTS: Mapping[str, Callable[[Sheet, Json], None]] = {
    "Deployment": _workload,
    "StatefulSet": _workload,
    "DaemonSet": _workload,
    "ReplicaSet": _workload,
    "Job": _job,
    "CronJob": _cron_job,
    "Service": _service,
    "PersistentVolumeClaim": _claim,
    "PersistentVolume": _volume,
    "ConfigMap": _config_map,
    "Secret": _secret,
}
