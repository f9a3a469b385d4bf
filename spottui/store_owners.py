"""Who stands above an object, by UID, as far as the store knows; for the history of one object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec.structs import replace

from spottui.records import Labels, Node, Pod, Target, Workload
from spottui.records_argocd import Application
from spottui.verdicts.owners import DEPTH

INSTANCE = "app.kubernetes.io/instance"
"""Argo CD's tracking label."""


class Known(Protocol):
    """What the store holds."""

    @property
    def pods(self) -> Mapping[str, Pod]: ...
    @property
    def nodes(self) -> Mapping[str, Node]: ...
    @property
    def applications(self) -> Mapping[str, Application]: ...
    def workload(self, uid: str) -> Workload | None:
        """Return the workload with this UID, whatever its kind."""
        ...


def resolved(known: Known, target: Target) -> tuple[Target, tuple[str, ...]]:
    """Return a target with its real UID, and the UIDs of its owners, the nearest first, its Application last."""
    if target.kind == "Node" and target.uid not in known.nodes:  # a kubelet's Events name the node, not its UID
        found = next((node.uid for node in known.nodes.values() if node.name == target.name), None)
        return (replace(target, uid=found), ()) if found else (target, ())
    thing: Pod | Workload | None = known.pods.get(target.uid) or known.workload(target.uid)
    owners: list[str] = []
    top = thing
    for _ in range(DEPTH):
        owner = top.owner if top is not None else None
        if owner is None or owner.uid in owners:
            break
        owners.append(owner.uid)
        top = known.workload(owner.uid) or top
        if top is not None and top.uid != owner.uid:
            break
    if top is not None and (application := labelled(known, top.labels, top.namespace)) is not None:
        owners.append(application.uid)
    return target, tuple(owners)


def labelled(known: Known, labels: Labels, namespace: str) -> Application | None:
    """Return the Application that tracks an object by its label; Helm sets it too, so the destination must fit."""
    name = labels.get(INSTANCE, "")
    for one in known.applications.values() if name else ():
        if one.name == name and one.destination_namespace in ("", namespace):
            return one
    return None
