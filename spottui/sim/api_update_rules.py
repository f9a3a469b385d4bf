"""What may not change once an object is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from spottui.sim.api_validation import cause, check_content, wrong
from spottui.sim.objects import Object, copy_of
from spottui.sim.resources import Resource
from spottui.sim.status import Cause, invalid

_POD_FIELDS = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_SET_FIELDS = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
_SET_FREE = {
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
}


def check_update(kind: Resource, old: Object, new: Object, sub: str) -> None:
    """Let a changed object pass that is in order.

    Raises:
        ApiError: 422 with every cause.
    """
    causes = list(_new_finalizers(old, new))
    if sub != "status":
        causes += _forbidden(kind, old, new)
    if sub != "status":
        causes = [*check_content(kind, new), *causes]
    if causes:
        raise invalid(kind.kind, kind.group, new["metadata"]["name"], causes)


def _new_finalizers(old: Object, new: Object) -> Iterator[Cause]:
    had, has = old["metadata"].get("finalizers") or (), new["metadata"].get("finalizers") or ()
    added = [name for name in has if name not in had]
    if added and "deletionTimestamp" in old["metadata"]:
        found = ", ".join(f'"{name}"' for name in added)
        said = "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers "
        yield cause("metadata.finalizers", "Forbidden", f"{said}[]string{{{found}}}")


def _forbidden(kind: Resource, old: Object, new: Object) -> Iterator[Cause]:
    before, after = old.get("spec") or {}, new.get("spec") or {}
    where = (kind.group, kind.plural)
    if where == ("", "pods") and _fixed_pod(before) != _fixed_pod(after, before):
        yield cause("spec", "Forbidden", f"Forbidden: {_POD_FIELDS}")
    elif where in (("apps", "deployments"), ("apps", "replicasets"), ("apps", "daemonsets")):
        yield from _immutable("spec.selector", before.get("selector"), after.get("selector"))
    elif where == ("apps", "statefulsets"):
        if any(before.get(name) != after.get(name) for name in {*before, *after} - _SET_FREE):
            yield cause("spec", "Forbidden", f"Forbidden: {_SET_FIELDS}")
    elif where == ("batch", "jobs"):
        yield from _immutable("spec.template", before.get("template"), after.get("template"))
    elif where in (("", "secrets"), ("", "configmaps")):
        yield from _frozen_data(old, new)
    elif where == ("", "services") and before.get("clusterIP") not in (None, "", after.get("clusterIP")):
        yield wrong("spec.clusterIPs[0]", _json(after.get("clusterIPs")), "may not change once set")
    elif where == ("node.k8s.io", "runtimeclasses"):
        if old.get("handler") != new.get("handler"):
            yield wrong("handler", "null", "field is immutable")


def _fixed_pod(spec: Object, old: Object | None = None) -> Object:
    """Return the part of a pod's spec that may not change."""
    made = copy_of(spec)
    for name in ("activeDeadlineSeconds", "ephemeralContainers", "schedulingGates"):
        made.pop(name, None)
    for name in ("containers", "initContainers"):
        for container in made.get(name) or ():
            container.pop("image", None)
    had = (old or spec).get("tolerations") or []
    tolerations = made.pop("tolerations", None) or []
    made["tolerations"] = [one for one in had if one in tolerations]
    return made


def _immutable(field: str, before: Any, after: Any) -> Iterator[Cause]:
    if before != after:
        yield wrong(field, _json(after), "field is immutable")


def _frozen_data(old: Object, new: Object) -> Iterator[Cause]:
    if old.get("immutable"):
        for name in ("data", "binaryData", "immutable"):
            if old.get(name) != new.get(name):
                yield cause(name, "Forbidden", "Forbidden: field is immutable when `immutable` is set")
    if old.get("type", "") != new.get("type", ""):
        yield wrong("type", _json(new.get("type", "")), "field is immutable")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
