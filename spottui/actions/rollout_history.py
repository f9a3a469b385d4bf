"""The revisions of a workload, what differs between them, and the way back to one, as `kubectl rollout` does it."""

from __future__ import annotations

import copy
import difflib
from dataclasses import dataclass, field
from typing import Any

from spottui.actions.argocd_owner import taken_back
from spottui.actions.forms import Field, Noted, Pick
from spottui.actions.masking import Mask
from spottui.actions.objects import (
    Object,
    collection,
    fetch,
    guarded,
    metadata,
    number,
    part,
    patch,
    read,
    rows,
    said,
    stamped,
)
from spottui.actions.pod_trouble import is_controlled_by
from spottui.actions.scale import BEFORE_STOP
from spottui.actions.services import Options, Services
from spottui.actions.workloads import STRATEGIC, Words, watch_rollout
from spottui.clock import age, parse_time
from spottui.errors import SpottuiError
from spottui.records import Target

REVISION = "deployment.kubernetes.io/revision"
CAUSE = "kubernetes.io/change-cause"
HASH = "pod-template-hash"
OWN_ANNOTATIONS = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to",
        BEFORE_STOP,
    }
)
"""Annotations of a Deployment that are no part of a revision."""
DIFF_LINES = 80
"""Lines of a comparison that a question shows."""
READ_AT_ONCE = "500"
UNDO = Words("Undoing", "undone", "its template is back")


@dataclass(frozen=True)
class Revision:
    """One template that a workload had."""

    number: int
    template: Object
    annotations: Object = field(default_factory=dict[str, Any])
    """Of the ReplicaSet or ControllerRevision that keeps it."""
    created: str = ""
    """RFC 3339, when it was made first."""

    @property
    def cause(self) -> str:
        """The annotation kubernetes.io/change-cause, empty when nobody wrote one."""
        return said(self.annotations.get(CAUSE), 120)

    @property
    def images(self) -> str:
        """Its images, comma-separated."""
        return ", ".join(said(one.get("image"), 120) for one in rows(part(self.template, "spec"), "containers"))


async def history(services: Services, workload: Object) -> list[Revision]:
    """Return the revisions that the cluster still keeps, the newest first."""
    kind = "ReplicaSet" if workload.get("kind") == "Deployment" else "ControllerRevision"
    namespace, uid = str(metadata(workload).get("namespace")), str(metadata(workload).get("uid"))
    query = (("labelSelector", selector_text(part(workload, "spec", "selector"))), ("limit", READ_AT_ONCE))
    kept = rows(await read(services.api, collection(kind, namespace), query), "items")
    mine = [_revision(one, kind) for one in kept if is_controlled_by(one, uid)]
    return sorted((one for one in mine if one.number), key=lambda one: one.number, reverse=True)


def current_number(workload: Object, revisions: list[Revision]) -> int:
    """Return the number of the revision that the workload has now; 0 when none is the same."""
    now = plain_template(part(workload, "spec", "template"))
    return next((one.number for one in revisions if plain_template(one.template) == now), 0)


async def form_undo(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask for the revision.

    Raises:
        SpottuiError: There is none to go back to.
    """
    workload = await fetch(services, target)
    _check(workload, target)
    revisions = await history(services, workload)
    current = current_number(workload, revisions)
    others = [one for one in revisions if one.number != current]
    if not others:
        raise SpottuiError(f"{target} has no other revision that the cluster still keeps: there is nothing to undo.")
    picks = tuple(Pick(one.number, f"revision {one.number}", _about(one, services.clock())) for one in others)
    now = f"It is at revision {current}." if current else ""
    text = f"Back to which revision of {target}? {now}".strip()
    return (Field(name="revision", text=text, kind="choice", picks=picks),)


async def preview_undo(services: Services, target: Target, options: Options) -> str:
    """Show what differs between now and the revision.

    Raises:
        SpottuiError: It is paused, there is no such revision, or it is the one that runs.
    """
    workload = await fetch(services, target)
    _check(workload, target)
    found = await _chosen(services, workload, target, options)
    now = part(workload, "spec", "template")
    if plain_template(now) == plain_template(found.template):
        raise SpottuiError(f"{target} has the template of revision {found.number} already. Nothing was sent.")
    note = await taken_back(services, workload)
    return Noted(note, difference(now, found.template, f"revision {found.number}"))


async def undo(services: Services, target: Target, options: Options) -> str:
    """Write the template of `options["revision"]` back, then watch the rollout.

    Raises:
        SpottuiError: As `preview_undo`; or the rollout failed.
    """

    async def change() -> Object:
        workload = await fetch(services, target)
        _check(workload, target)
        found = await _chosen(services, workload, target, options)
        return await patch(services, target, _way_back(workload, found), STRATEGIC)

    asked_at = services.clock()
    await guarded(change, target)
    return await watch_rollout(services, target, asked_at, UNDO)


def difference(now: Object, then: Object, name: str) -> list[str]:
    """Return a unified comparison of two pod templates as YAML, short, with what looks like a secret hidden."""
    mask = Mask()
    texts = [_yaml(mask.of(plain_template(template))).splitlines() for template in (now, then)]
    raw = difflib.unified_diff(*texts, fromfile="now", tofile=name, n=2, lineterm="")
    lines = ["".join(char if char.isprintable() else "�" for char in line) for line in raw]
    if len(lines) <= DIFF_LINES:
        return lines
    return [*lines[:DIFF_LINES], f"… and {len(lines) - DIFF_LINES} more lines"]


def plain_template(template: Object) -> Object:
    """Return a pod template without what controllers write into it."""
    found = copy.deepcopy(template)
    found.pop("$patch", None)
    meta = part(found, "metadata")
    if meta.get("creationTimestamp") is None:
        meta.pop("creationTimestamp", None)
    part(meta, "labels").pop(HASH, None)
    for name in ("labels", "annotations"):
        if not meta.get(name):
            meta.pop(name, None)
    return found


def selector_text(selector: Object) -> str:
    """Return a label selector as a query has it: "app=cam,tier in (a,b),!old"."""
    words = [f"{key}={value}" for key, value in sorted(part(selector, "matchLabels").items())]
    for row in rows(selector, "matchExpressions"):
        key, operator = row.get("key"), row.get("operator")
        values = ",".join(str(value) for value in row.get("values") or ())
        if operator in ("In", "NotIn"):
            words.append(f"{key} {'in' if operator == 'In' else 'notin'} ({values})")
        else:
            words.append(f"{'!' if operator == 'DoesNotExist' else ''}{key}")
    return ",".join(words)


def _revision(kept: Object, kind: str) -> Revision:
    meta = metadata(kept)
    annotations, created = part(meta, "annotations"), str(meta.get("creationTimestamp") or "")
    if kind == "ControllerRevision":
        return Revision(number(kept, "revision"), part(kept, "data", "spec", "template"), annotations, created)
    text = str(annotations.get(REVISION) or "")
    return Revision(int(text) if text.isdecimal() else 0, part(kept, "spec", "template"), annotations, created)


async def _chosen(services: Services, workload: Object, target: Target, options: Options) -> Revision:
    wanted = options.get("revision")
    revisions = await history(services, workload)
    for one in revisions:
        if one.number == wanted:
            return one
    kept = ", ".join(str(one.number) for one in revisions) or "none"
    raise SpottuiError(f"{target} has no revision {wanted}; the cluster keeps {kept}. Nothing was sent.")


def _check(workload: Object, target: Target) -> None:
    if part(workload, "spec").get("paused") is True:
        raise SpottuiError(f"{target} is paused and cannot be undone: resume its rollout first.")


def _way_back(workload: Object, found: Revision) -> Object:
    """Return the strategic merge patch that makes the template exactly the revision's."""
    template = {**plain_template(found.template), "$patch": "replace"}
    extra: Object = {}
    if workload.get("kind") == "Deployment":
        now = part(workload, "metadata", "annotations")
        then = {key: value for key, value in found.annotations.items() if key not in OWN_ANNOTATIONS}
        gone = {key: None for key in now if key not in then and key not in OWN_ANNOTATIONS}
        extra = {"annotations": {**then, **gone}}
    return {"metadata": stamped(workload, **extra), "spec": {"template": template}}


def _about(one: Revision, now: float) -> str:
    made = parse_time(one.created)
    words = [one.images, one.cause, f"{age(made, now)} ago" if made is not None else ""]
    return "  ".join(word for word in words if word)


def _yaml(value: Any) -> str:
    from spottui.verdicts.yaml_text import yaml_text  # only now: most sessions never need it

    return yaml_text(value, sort_keys=True, width=200)
