"""What of the store is kept for a start without a link: the cluster's objects, and a page that says how it was.

Never kept: Secrets, ConfigMaps and whatever else is read on demand only, the robot, this computer.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from spottui.records import Access, KubeEvent, Meta, Namespace, Node, Pod, WasmRuntime, Workload
from spottui.records_appsets import ApplicationSet
from spottui.records_argocd import Application, AppProject
from spottui.records_wasm import Shim, SpinApp, SpinAppExecutor
from spottui.store import Store
from spottui.store_findings import findings
from spottui.store_kinds import WORKLOAD_KINDS
from spottui.verdicts.conditions import is_true

RECORDS: Mapping[str, type[Meta]] = {
    "nodes": Node,
    "namespaces": Namespace,
    **dict.fromkeys(WORKLOAD_KINDS, Workload),
    "runtimeclasses": WasmRuntime,
    "applications": Application,
    "appprojects": AppProject,
    "applicationsets": ApplicationSet,
    "shims": Shim,
    "spinapps": SpinApp,
    "spinappexecutors": SpinAppExecutor,
    "events": KubeEvent,
    "pods": Pod,
}
"""Kinds that are kept, the smaller and more telling ones first, and what their records are."""
PAGE_FINDINGS = 40
"""Findings on the page; no terminal that is started in has more lines to spare."""


class PageFinding(Struct, frozen=True):
    """A finding as one line."""

    severity: str
    subject: str
    text: str
    since: float | None


class Page(Struct, frozen=True, kw_only=True):
    """How the cluster was, short enough to be drawn before anything is decoded."""

    place: str
    """The context's name."""
    heard_at: float
    written_at: float
    findings: tuple[PageFinding, ...] = ()
    finding_count: int = 0
    summary: tuple[tuple[str, str], ...] = ()
    """Label and text of each line below the findings."""


def seen(store: Store) -> Store:
    """Return a copy that a thread may read while the store goes on; takes about a millisecond for 20,000 pods."""
    copy = Store()
    for kind in RECORDS:
        copy.objects(kind).update(store.objects(kind))
    copy.apps = store.apps.copy()
    copy.access.update(store.access)
    copy.pod_statuses.update(store.pod_statuses)
    copy.peaks.update(store.peaks)
    copy.recalled.update(store.recalled)
    copy.node_usage, copy.pod_usage, copy.usage_heard_at = store.node_usage, store.pod_usage, store.usage_heard_at
    return copy


def is_worth_keeping(access: Access) -> bool:
    """Whether a kind's records were heard, and are ours to see."""
    return access.heard_at is not None and access.state in ("live", "stale", "expired", "failed")


def kept_heard_at(store: Store) -> float | None:
    """Return when a kind that is kept was heard last; None: none was."""
    times = [store.access[kind].heard_at for kind in RECORDS if is_worth_keeping(store.access[kind])]
    return max((at for at in times if at is not None), default=None)


def page(store: Store, place: str, now: float) -> Page:
    """Return the page of what was seen last, written at `now`."""
    at = kept_heard_at(store) or 0.0
    found = findings(store, at)
    lines = tuple(PageFinding(one.severity, one.subject, one.text, one.since) for one in found[:PAGE_FINDINGS])
    return Page(
        place=place,
        heard_at=at,
        written_at=now,
        findings=lines,
        finding_count=len(found),
        summary=_summary(store),
    )


def _summary(store: Store) -> tuple[tuple[str, str], ...]:
    lines: list[tuple[str, str]] = []
    if store.nodes:
        ready = sum(is_true(node.conditions, "Ready") for node in store.nodes.values())
        lines.append(("Nodes", f"{ready}/{len(store.nodes)} ready"))
    if store.pods:
        statuses = store.pod_statuses.values()
        wanted = sum(one.tone != "dim" for one in statuses)
        lines.append(("Workloads", f"{sum(one.tone == 'good' for one in statuses)}/{wanted} pods well"))
    if store.applications:
        counts = [f"{sum(one.sync == word for one in store.applications.values())} {said}" for word, said in _SYNCS]
        lines.append(("GitOps", "  ".join(counts)))
    return tuple(lines)


_SYNCS = (("Synced", "synced"), ("OutOfSync", "out of sync"), ("Unknown", "unknown"))
