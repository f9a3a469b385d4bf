"""Puts manifests into the cluster and takes objects out of it, with kubectl's words about it.

Left out of the real one: validation of manifests against the API's schema; only a missing namespace and the fields
that cannot be changed are refused, and what `admit` refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from spottui.sim.argo_manifest import has_option, kind_of
from spottui.sim.argo_merge import applied, with_last_applied
from spottui.sim.objects import Object, Objects, copy_of
from spottui.sim.resources import Resource, resource
from spottui.sim.status import ApiError

Outcome = tuple[str, str]
"""Result code (Synced, SyncFailed, Pruned, PruneSkipped) and message."""
Admit = Callable[[Resource, Object, Object | None], Object]
"""Kind, new object and the one before -> the object with the server's defaults; raises ApiError to refuse it."""

NAMESPACES = resource("namespaces")
_FIXED: dict[str, tuple[str, ...]] = {
    "Deployment": ("selector",),
    "ReplicaSet": ("selector",),
    "DaemonSet": ("selector",),
    "StatefulSet": ("selector", "serviceName", "podManagementPolicy", "volumeClaimTemplates"),
    "Job": ("selector", "template", "completions"),
    "Service": ("clusterIP",),
    "PersistentVolumeClaim": ("storageClassName", "accessModes", "volumeName", "selector"),
}


def as_it_is(kind: Resource, new: Object, before: Object | None) -> Object:
    """Admit everything as it is."""
    return new


class Cluster:
    """The objects, as a sync writes them."""

    def __init__(self, objects: Objects, admit: Admit = as_it_is) -> None:
        self.objects = objects
        self._admit = admit

    def find(self, one: Object) -> Object | None:
        """Return what lies where an object (a manifest, or an older state) belongs."""
        kind = kind_of(one)
        meta = one["metadata"]
        return (
            self.objects.find(kind, meta.get("namespace", "") if kind.namespaced else "", meta["name"])
            if kind
            else None
        )

    def apply(
        self, target: Object, *, dry_run: bool = False, force: bool = False, replace: bool = False, own: bool = False
    ) -> Outcome:
        """Create or change an object.

        Args:
            dry_run: The client's own: nothing is asked of the server but what is there.
            force: Delete and create anew what cannot be changed.
            replace: Put the manifest in place of the object, whatever else was in it.
            own: Server-side apply; the same here, but for the words.
        """
        kind = kind_of(target)
        if kind is None:
            return "SyncFailed", f'no matches for kind "{target["kind"]}" in version "{target["apiVersion"]}"'
        group = f".{kind.group}" if kind.group else ""
        named = f"{kind.kind.lower()}{group}/{target['metadata']['name']}"
        live = self.find(target)
        try:
            done = self._applied(kind, target, live, dry_run=dry_run, force=force, replace=replace)
        except ApiError as error:
            return "SyncFailed", error.message
        if own and not dry_run:
            done = "serverside-applied"
        return "Synced", f"{named} {done}" + (" (dry run)" if dry_run else "")

    def _applied(
        self, kind: Resource, target: Object, live: Object | None, *, dry_run: bool, force: bool, replace: bool
    ) -> str:
        if live is None:
            if not dry_run:
                self._create(kind, target)
            return "created"
        if replace:
            kept = {"status": live["status"]} if "status" in live else {}
            made = {**target, **kept, "metadata": {**live["metadata"], **target["metadata"]}}
        else:
            made = with_last_applied(applied(live, target), target)
        if made == live:
            return "unchanged"
        if dry_run:
            return "configured"
        fixed = _fixed_field(live, made)
        if fixed and not force:
            raise ApiError(422, "Invalid", fixed)
        if fixed:
            self.objects.remove(kind, live["metadata"].get("namespace", ""), live["metadata"]["name"])
            self._create(kind, target)
            return "configured"
        self.objects.put(kind, self._admit(kind, copy_of(made), live))
        return "replaced" if replace else "configured"

    def _create(self, kind: Resource, target: Object) -> None:
        namespace = target["metadata"].get("namespace", "")
        if kind.namespaced and self.objects.find(NAMESPACES, "", namespace) is None:
            raise ApiError(404, "NotFound", f'namespaces "{namespace}" not found')
        self.objects.create(kind, self._admit(kind, copy_of(with_last_applied(target, target)), None))

    def prune(self, live: Object, *, prune: bool, dry_run: bool, policy: str) -> Outcome:
        """Delete what git does not want; `policy` is "foreground", "background" or "orphan"."""
        if not prune:
            return "PruneSkipped", "ignored (requires pruning)"
        if has_option(live, "Prune=false"):
            return "PruneSkipped", "ignored (no prune)"
        if dry_run:
            return "Pruned", "pruned (dry run)"
        if "deletionTimestamp" not in live["metadata"]:
            self.delete(live, policy)
        return "Pruned", "pruned"

    def delete(self, live: Object, policy: str) -> None:
        """Ask for the end of an object; one that is gone is no matter."""
        kind = kind_of(live)
        assert kind is not None, "it is stored, so its kind is known"
        meta = live["metadata"]
        try:
            self.objects.delete(
                kind,
                meta.get("namespace", "") if kind.namespaced else "",
                meta["name"],
                uid=meta["uid"],
                orphan=policy == "orphan",
                foreground=policy == "foreground",
            )
        except ApiError as error:
            if error.code not in (404, 409):
                raise


def _fixed_field(live: Object, made: Object) -> str:
    """Return how the API server refuses a change of a field that cannot be changed; empty when there is none."""
    before: dict[str, Any] = live.get("spec") or {}
    after: dict[str, Any] = made.get("spec") or {}
    kind = kind_of(live)
    for name in _FIXED.get(live["kind"], ()):
        if name in before and before[name] != after.get(name):
            group = f".{kind.group}" if kind and kind.group else ""
            said = f'{live["kind"]}{group} "{live["metadata"]["name"]}" is invalid: spec.{name}: '
            return f"{said}Invalid value: {_short(after.get(name))}: field is immutable"
    return ""


def _short(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"))
    return text if len(text) < 200 else text[:200] + "..."
