"""The rules of deletion: preconditions, a pod's grace, and the finalizers that propagation adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spottui.sim.resources import Resource
from spottui.sim.status import conflict


def check_preconditions(kind: Resource, meta: Mapping[str, Any], uid: str, version: str) -> None:
    """Let a deletion pass whose preconditions hold; empty is none.

    Raises:
        ApiError: 409.
    """
    if uid and uid != meta["uid"]:
        why = f"the UID in the precondition ({uid}) does not match the UID in record ({meta['uid']}). "
        why += "The object might have been deleted and then recreated"
        raise conflict(kind.kind, kind.group, meta["name"], why)
    if version and version != meta["resourceVersion"]:
        why = f"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record "
        why += f"({meta['resourceVersion']}). The object might have been modified"
        raise conflict(kind.kind, kind.group, meta["name"], why)


def grace_of(kind: Resource, one: Mapping[str, Any], wanted: int | None) -> int:
    """Return the seconds for which a deleted object stays: only a pod that runs on a node does."""
    if kind.plural != "pods" or not one.get("spec", {}).get("nodeName"):
        return 0
    if one.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return 0
    return one["spec"].get("terminationGracePeriodSeconds", 30) if wanted is None else wanted


def finalizers_of(meta: Mapping[str, Any], *, orphan: bool, foreground: bool) -> list[str]:
    """Return an object's finalizers with those of the propagation that is asked for."""
    found = list(meta.get("finalizers", ()))
    for extra, is_wanted in (("orphan", orphan), ("foregroundDeletion", foreground and not orphan)):
        if is_wanted and extra not in found:
            found.append(extra)
    return found


def mark(meta: dict[str, Any], at: str, seconds: int) -> None:
    """Write into an object's metadata that it is to go; only the first mark counts as a change of it.

    Args:
        at: Time stamp of the end of its grace.
        seconds: The grace.
    """
    if "generation" in meta and "deletionTimestamp" not in meta:
        meta["generation"] += 1
    meta["deletionTimestamp"] = at
    meta["deletionGracePeriodSeconds"] = seconds
