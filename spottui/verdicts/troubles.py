"""What is wrong with one pod, one workload or one node, and its cause in words; knows records only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from spottui.clock import age
from spottui.records import KubeEvent, Node, Pod, Workload
from spottui.verdicts.conditions import condition, is_true
from spottui.verdicts.pod_status import PodStatus
from spottui.verdicts.wasm import wasm_of
from spottui.verdicts.why import why, why_refused
from spottui.verdicts.why_container import CREATING
from spottui.verdicts.why_exit import how_ended_before
from spottui.verdicts.why_record import Around, Why

GRACE = 30.0
"""Seconds that a pod may take to come up before it is worth a word."""
RESTARTING_WITHIN = 600.0
"""A restart so young, and the third or later, makes a pod that runs now one that keeps restarting."""
FAILED_CREATE_WITHIN = 1200.0
"""Controllers retry at least every 16 minutes: an older FailedCreate event is about something past."""

OPEN, RESTART, SYNC, LOGS, PROVISION = "⏎ open", "r restart", "s sync", "p logs", "v provision"
LACKS_RUNTIME = frozenset({"HANDLER_NOT_CONFIGURED", "HANDLER_EMPTY", "WASM_NODE", "SHIM_MISSING"})
"""Verdicts that are mended by provisioning the node, for a pod that is wasm."""
_MENDED_BY_RESTART = frozenset({"EXIT", "OOM", "PROBE_KILLED"})
"""Verdicts on which an operator tries a restart first."""
_UNSCHEDULED = frozenset({"GATED", "WASM_NODE"})

_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")

EventsOf = Callable[[str], list[KubeEvent]]
"""From an object's UID to its Warning Events, oldest first."""


class Trouble(Struct, frozen=True):
    """One thing that is wrong."""

    severity: Literal["bad", "warn"]
    word: str
    """What equal troubles of the pods of one owner are counted by; a status word or like one."""
    cause: str
    """A sentence; may be empty: then nobody said why."""
    since: float | None
    key: str = OPEN
    advice: str = ""
    """A sentence; may be empty."""
    code: str = ""
    """That of the verdict it is drawn from (`Why.code`)."""
    container: str = ""


def pod_trouble(pod: Pod, status: PodStatus, events_of: EventsOf, now: float, around: Around) -> Trouble | None:
    """Return what is wrong with a pod; None for one that is well, done, or too young to tell."""
    if pod.deleted_at is None:
        if status.tone == "good":
            return _restarting(pod, status, now, around)
        if status.tone == "dim":
            return None
    found = why(pod, status, events_of(pod.uid), now, around)
    if found is None:
        return None
    if pod.deleted_at is not None:
        return _trouble(found, "stuck Terminating", found.since)
    if not _has_failed(pod) and found.since is not None and now - found.since < GRACE:
        return None
    key = OPEN
    if found.code in LACKS_RUNTIME and wasm_of(pod, around.runtimes) is not None:
        key = PROVISION
    if found.code in _UNSCHEDULED or _is_unscheduled(pod):
        return _trouble(found, "SchedulingGated" if found.code == "GATED" else "unschedulable", found.since, key)
    is_unready = status.word in ("Running", "NotReady")
    severity = "bad" if status.tone == "bad" and found.severity == "bad" else found.severity
    if is_unready or found.code in _MENDED_BY_RESTART:
        key = RESTART
    return _trouble(found, "not ready" if is_unready else status.word, found.since, key, severity)


def _trouble(
    found: Why, word: str, since: float | None, key: str = OPEN, severity: Literal["bad", "warn"] | None = None
) -> Trouble:
    return Trouble(severity or found.severity, word, found.cause, since, key, found.advice, found.code, found.container)


def _has_failed(pod: Pod) -> bool:
    """Whether it is no matter of patience: it has ended, or one of its containers was refused or has ended."""
    return pod.phase == "Failed" or any(
        (each.state == "terminated" and bool(each.exit_code))
        or (each.state == "waiting" and each.reason not in CREATING)
        for each in pod.containers
    )


def _is_unscheduled(pod: Pod) -> bool:
    scheduled = condition(pod.conditions, "PodScheduled")
    return pod.phase != "Failed" and scheduled is not None and scheduled.status == "False"


def _restarting(pod: Pod, status: PodStatus, now: float, around: Around) -> Trouble | None:
    last = status.last_restart_at
    if status.restarts < 3 or last is None or now - last > RESTARTING_WITHIN:
        return None
    worst = max(pod.containers, key=lambda container: container.restarts)
    found = how_ended_before(worst, pod, around, last)
    cause = f"{found.cause.rstrip('.')}; it was restarted {age(last, now)} ago and runs now."
    return Trouble("warn", "keeps restarting", cause, last, LOGS, found.advice, found.code, worst.name)


def workload_trouble(workload: Workload, created_events: list[KubeEvent], now: float) -> Trouble | None:
    """Return what is wrong with a workload itself; `created_events`: FailedCreate Events of it or below it."""
    refused = condition(workload.conditions, "ReplicaFailure")
    if refused is not None and refused.status == "True":
        return _refused(refused.message or refused.reason, refused.since)
    failed = condition(workload.conditions, "Failed")
    if workload.kind == "Job" and failed is not None and failed.status == "True":
        return Trouble("bad", "failed", failed.message or failed.reason, failed.since)
    if workload.desired is None or (workload.ready or 0) >= workload.desired or _is_done(workload):
        return None
    if created_events and now - _at(created_events[-1]) < FAILED_CREATE_WITHIN:
        return _refused(created_events[-1].message, created_events[0].first_at)
    if workload.kind in ("Job", "CronJob") or workload.paused:
        return None
    stalled = condition(workload.conditions, "Progressing")
    available = condition(workload.conditions, "Available")
    since = available.since if available is not None else workload.created_at
    if since is not None and now - since < GRACE:
        return None
    word = f"{workload.ready or 0} of {workload.desired} ready"
    if stalled is not None and stalled.status == "False":
        return Trouble("bad", word, stalled.message or stalled.reason, stalled.since)
    return Trouble("warn" if workload.ready else "bad", word, "", since)


def _refused(text: str, since: float | None) -> Trouble:
    found = why_refused(text)
    return Trouble("bad", "no pods", found.cause, since, OPEN, found.advice, found.code)


def _is_done(workload: Workload) -> bool:
    return is_true(workload.conditions, "Complete")


def node_troubles(node: Node) -> list[Trouble]:
    """Return what is wrong with a node: not ready, under pressure, cordoned."""
    found = []
    ready = condition(node.conditions, "Ready")
    if ready is not None and ready.status != "True":
        word = "not ready" if ready.status == "False" else "not heard from"
        found.append(Trouble("bad", word, ready.message or ready.reason, ready.since))
    for one in node.conditions:
        if one.type in _PRESSURES and one.status == "True":
            found.append(Trouble("bad", one.type, one.message or one.reason, one.since))
    if node.unschedulable:
        found.append(Trouble("warn", "cordoned", "no new pods are put on it", None))
    return found


def _at(event: KubeEvent) -> float:
    return event.last_at or event.first_at or event.created_at or 0.0
