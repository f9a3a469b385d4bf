"""Who stands above an object and what stands below it: pod, ReplicaSet, Deployment, Application, each to jump to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from spottui.records import Pod, Target, Workload
from spottui.records_argocd import Application
from spottui.screens.palette import target_of
from spottui.store import Store
from spottui.store_kinds import WORKLOAD_KINDS
from spottui.store_owners import labelled
from spottui.verdicts.owners import DEPTH
from spottui.widgets.tones import Line

WITH_KEYS = 9
"""Objects that a digit jumps to."""
SHOWN = 30
TRACKING_ID = "argocd.argoproj.io/tracking-id"


class Relative(NamedTuple):
    """One object of the chain."""

    target: Target
    depth: int
    """0 is the topmost one."""
    is_self: bool
    word: str
    """How it stands, in a word; may be empty."""
    tone: str


def chain(store: Store, target: Target) -> list[Relative]:
    """Return the objects above `target`, the topmost first, then itself, then what is below; only what is known."""
    above = _above(store, target)
    found = [_relative(store, one, depth, is_self=False) for depth, one in enumerate(above)]
    found.append(_relative(store, target, len(above), is_self=True))
    for one, depth in _below(store, target, len(above) + 1):
        found.append(_relative(store, one, depth, is_self=False))
        if len(found) >= SHOWN:
            break
    return found


def chain_lines(relatives: Iterable[Relative]) -> list[Line]:
    """Return the chain as lines, with the digit that jumps; nothing when the object stands alone."""
    relatives = list(relatives)
    if len(relatives) < 2:
        return []
    lines: list[Line] = [(("Owner chain", "title"), ("  a digit jumps", "dim"))]
    for key, one in keyed(relatives):
        lead = (f"  {key or ' '} ", "key") if not one.is_self else ("  > ", "accent")
        name = f"{'  ' * min(one.depth, DEPTH)}{one.target.kind}/{one.target.name}"
        where = f"  in {one.target.namespace}" if one.depth == 0 and one.target.namespace else ""
        lines.append((lead, (name, "title" if one.is_self else ""), (where, "dim"), (f"  {one.word}", one.tone)))
    return lines


def keyed(relatives: Iterable[Relative]) -> Iterator[tuple[str, Relative]]:
    """Yield each object with its digit; empty for the object itself and those past the last digit."""
    number = 0
    for one in relatives:
        number += not one.is_self
        yield ("" if one.is_self or number > WITH_KEYS else str(number)), one


def application_of(store: Store, thing: Pod | Workload) -> Application | None:
    """Return the Application that tracks an object: by its tracking annotation, its label, or its list of resources."""
    tracked = thing.annotations.get(TRACKING_ID, "").partition(":")[0]
    named = _named(store, tracked) if tracked else None
    return named or labelled(store, thing.labels, thing.namespace) or _listed(store, thing)


def _named(store: Store, tracked: str) -> Application | None:
    """Return the Application of a tracking id's first part: "name", or "namespace_name" outside of Argo CD's own."""
    namespace, _, name = tracked.rpartition("_")
    for one in store.applications.values():
        if one.name == name and namespace in ("", one.namespace):
            return one
    return None


def _listed(store: Store, thing: Pod | Workload) -> Application | None:
    kind = "Pod" if isinstance(thing, Pod) else thing.kind
    for one in store.applications.values():
        for resource in one.out_of_sync:
            if (resource.kind, resource.namespace, resource.name) == (kind, thing.namespace, thing.name):
                return one
    return None


def _thing(store: Store, target: Target) -> Pod | Workload | None:
    return store.pods.get(target.uid) or store.workload(target.uid)


def _above(store: Store, target: Target) -> list[Target]:
    """Return the owners, the topmost first; one that is not known here is named all the same."""
    found: list[Target] = []
    thing = _thing(store, target)
    for _ in range(DEPTH):
        owner = thing.owner if thing is not None else None
        if thing is None or owner is None or owner.uid in {one.uid for one in found}:
            break
        found.append(Target(kind=owner.kind, namespace=thing.namespace, name=owner.name, uid=owner.uid))
        above = store.workload(owner.uid)
        if above is None:
            break
        thing = above
    if thing is not None and (application := application_of(store, thing)) is not None:
        found.append(target_of(application, "Application"))
    return found[::-1]


def _below(store: Store, target: Target, depth: int) -> Iterator[tuple[Target, int]]:
    if depth > DEPTH:
        return
    for one in _children(store, target):
        kind = "Pod" if isinstance(one, Pod) else one.kind
        child = target_of(one, kind)
        yield child, depth
        yield from _below(store, child, depth + 1)


def _children(store: Store, target: Target) -> Iterator[Pod | Workload]:
    """Yield what a controller owns, or what an Application tracks; old empty ReplicaSets are left out."""
    if target.kind == "Pod":
        return
    workloads = [one for kind in WORKLOAD_KINDS for one in store.workloads(kind).values()]
    if target.kind == "Application":
        for thing in (*workloads, *store.pods.values()):
            if thing.owner is None and (found := application_of(store, thing)) and found.uid == target.uid:
                yield thing
        return
    if target.kind == "Node":
        return
    for workload in workloads:
        if workload.owner is not None and workload.owner.uid == target.uid and workload.desired != 0:
            yield workload
    for pod in store.pods.values():
        if pod.owner is not None and pod.owner.uid == target.uid:
            yield pod


def _relative(store: Store, target: Target, depth: int, *, is_self: bool) -> Relative:
    word, tone = "", ""
    status = store.pod_statuses.get(target.uid)
    workload = store.workload(target.uid)
    application = store.applications.get(target.uid)
    if status is not None:
        word, tone = status.word, status.tone
    elif workload is not None and workload.desired is not None:
        is_ready = workload.ready is not None and workload.ready >= workload.desired
        ready = "?" if workload.ready is None else str(workload.ready)
        word, tone = f"{ready}/{workload.desired} ready", "good" if is_ready else "warn"
    elif application is not None:
        is_well = application.sync == "Synced" and application.health == "Healthy"
        word = f"{application.sync or '?'} {application.health or '?'}"
        tone = "good" if is_well else "warn"
    return Relative(target, depth, is_self, word, tone)
