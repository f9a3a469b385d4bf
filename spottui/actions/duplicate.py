"""Writes an object's YAML to a file of the operator's own, cleaned of what a cluster wrote into it."""

from __future__ import annotations

import asyncio
import copy
import re
from typing import Any

from spottui.actions.objects import Object, api_version, fetch, metadata, part
from spottui.actions.rollout_history import OWN_ANNOTATIONS
from spottui.actions.services import Options, Services
from spottui.errors import SpottuiError
from spottui.records import Target

CLUSTERS_OWN = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
    "ownerReferences",
    "generateName",
)
POD_LABELS = (
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
)
JOB_LABELS = ("controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name")
TRACKING = ("argocd.argoproj.io/tracking-id", "argocd.argoproj.io/installation-id")
TOKEN_VOLUME = "kube-api-access-"
"""Start of the name of the volume that the API server adds to each pod."""


async def duplicate(services: Services, target: Target, options: Options) -> str:
    """Write the file and say where it is; the cluster is only read."""
    text = as_yaml(cleaned(await fetch(services, target), target.kind))
    name = re.sub(r"[^A-Za-z0-9.-]", "_", f"{target.kind.lower()}-{target.name}")[:200]
    try:
        path = await asyncio.to_thread(services.save, name, text)
    except OSError as error:
        raise SpottuiError(f"The YAML of {target} cannot be written: {error.strerror or error}.") from error
    return f"{target.name}: its YAML is in {path}, for you alone to read. Change its name, then kubectl apply -f it."


def cleaned(found: Object, kind: str) -> Object:
    """Return the object as somebody would have written it."""
    made = copy.deepcopy(found)
    made.pop("status", None)
    meta = metadata(made)
    for name in CLUSTERS_OWN:
        meta.pop(name, None)
    _drop(meta, "annotations", (*OWN_ANNOTATIONS, *TRACKING, "batch.kubernetes.io/job-tracking"))
    _drop(meta, "labels", (*POD_LABELS, *JOB_LABELS))
    spec = part(made, "spec")
    if kind == "Pod":
        _clean_pod(spec)
    if kind == "Job" and spec.get("manualSelector") is not True:
        spec.pop("selector", None)
    _drop(part(spec, "template", "metadata"), "labels", (*POD_LABELS, *(JOB_LABELS if kind == "Job" else ())))
    for template in (part(spec, "template"), part(spec, "jobTemplate"), part(spec, "jobTemplate", "spec", "template")):
        part(template, "metadata").pop("creationTimestamp", None)
    if kind == "ReplicaSet":
        _drop(part(spec, "selector"), "matchLabels", POD_LABELS)
    return {"apiVersion": api_version(kind), "kind": kind, "metadata": meta, "spec": spec}


def as_yaml(value: Any) -> str:
    """Return YAML in the order that people write it."""
    from spottui.verdicts.yaml_text import yaml_text  # only now: most sessions never need it

    return yaml_text(value, width=200)


def _clean_pod(spec: Object) -> None:
    """Take out what scheduling and admission wrote into a pod."""
    for name in ("nodeName", "priority", "preemptionPolicy", "ephemeralContainers", "enableServiceLinks"):
        spec.pop(name, None)
    spec["volumes"] = [one for one in spec.get("volumes") or () if not _is_token(one)]
    for kind in ("containers", "initContainers"):
        for container in spec.get(kind) or ():
            container["volumeMounts"] = [one for one in container.get("volumeMounts") or () if not _is_token(one)]
            if not container["volumeMounts"]:
                del container["volumeMounts"]
    if not spec["volumes"]:
        del spec["volumes"]
    added = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
    kept = [one for one in spec.get("tolerations") or () if one.get("key") not in added]
    spec.pop("tolerations", None)
    if kept:
        spec["tolerations"] = kept


def _is_token(row: Object) -> bool:
    return str(row.get("name", "")).startswith(TOKEN_VOLUME)


def _drop(meta: Object, field: str, names: tuple[str, ...]) -> None:
    """Take entries out of labels or annotations, and the whole of it when nothing is left."""
    found = part(meta, field)
    for name in names:
        found.pop(name, None)
    if not found:
        meta.pop(field, None)
