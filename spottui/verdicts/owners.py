"""Who stands behind a pod, and what a restart of it is aimed at; knows records only."""

from __future__ import annotations

from collections.abc import Callable

from spottui.records import Pod, Target, Workload

Lookup = Callable[[str], Workload | None]
"""From a UID to the workload, whatever its kind; None when it is not known here."""

RESTARTABLE = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
"""Kinds whose pods are replaced in their own order when the pod template changes."""
DEPTH = 8
"""Owners followed at most: a cluster has three; what a broken one says may be a circle."""


def controller_of(thing: Pod | Workload, lookup: Lookup) -> Workload | None:
    """Return the last owner above `thing` that is known here; None when none is.

    A pod leads over its ReplicaSet to the Deployment, or over its Job to the CronJob.
    """
    root: Workload | None = None
    owner = thing.owner
    for _ in range(DEPTH):
        if owner is None or (above := lookup(owner.uid)) is None:
            break
        root, owner = above, above.owner
    return root


def restart_target(pod: Pod, lookup: Lookup) -> Target:
    """Return what a restart of `pod` is aimed at: its Deployment, StatefulSet or DaemonSet, else itself."""
    root = controller_of(pod, lookup)
    if root is not None and root.kind in RESTARTABLE:
        return target_of(root)
    return target_of(pod)


def target_of(thing: Pod | Workload) -> Target:
    """Return `thing` as a target."""
    kind = thing.kind if isinstance(thing, Workload) else "Pod"
    return Target(kind=kind, namespace=thing.namespace, name=thing.name, uid=thing.uid)
