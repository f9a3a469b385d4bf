"""Objects from their JSON: the facts of kubectl describe, in its order; Secrets by their sizes only."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping

from spottui.actions.objects import part, rows
from spottui.screens.describe_node import node_facts
from spottui.screens.describe_pod import pod_facts
from spottui.screens.describe_sheet import NONE, Json, Sheet, head_facts, moment, text, words
from spottui.screens.describe_workload import cron_job_facts, job_facts, workload_facts
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
        node_facts(sheet, found, store.pods.values())
    else:
        _FACTS.get(kind, _plain)(sheet, found)
    return sheet.lines


def _plain(sheet: Sheet, found: Json) -> None:
    head_facts(sheet, found)
    sheet.fact("Created", moment(part(found, "metadata").get("creationTimestamp")))
    phase = part(found, "status").get("phase")
    if phase:
        sheet.fact("Status", phase)


def _service(sheet: Sheet, found: Json) -> None:
    spec = part(found, "spec")
    head_facts(sheet, found)
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
    head_facts(sheet, found)
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
    head_facts(sheet, found)
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
    head_facts(sheet, found)
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
    head_facts(sheet, found)
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
    "Deployment": workload_facts,
    "StatefulSet": workload_facts,
    "DaemonSet": workload_facts,
    "ReplicaSet": workload_facts,
    "Job": job_facts,
    "CronJob": cron_job_facts,
    "Service": _service,
    "PersistentVolumeClaim": _claim,
    "PersistentVolume": _volume,
    "ConfigMap": _config_map,
    "Secret": _secret,
}
