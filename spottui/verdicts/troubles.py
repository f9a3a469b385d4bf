"""What is wrong with one pod, one workload or one node, and its cause in words; knows records only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from spottui.clock import age
from spottui.records import Condition, Container, KubeEvent, Node, Pod, Workload
from spottui.verdicts.changes import why_ended
from spottui.verdicts.pod_status import PodStatus

GRACE = 30.0
"""Seconds that a pod may take to come up before it is worth a word."""
STUCK_AFTER = 60.0
"""Seconds past the end of its grace period after which a deleted pod is stuck."""
RESTARTING_WITHIN = 600.0
"""A restart so young, and the third or later, makes a pod that runs now one that keeps restarting."""
FAILED_CREATE_WITHIN = 1200.0
"""Controllers retry at least every 16 minutes: an older FailedCreate event is about something past."""

OPEN, RESTART, SYNC = "⏎ open", "r restart", "s sync"

_PULLING = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
_CREATING = frozenset({"", "ContainerCreating", "PodInitializing"})
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")

EventsOf = Callable[[str], list[KubeEvent]]
"""From an object's UID to its Warning Events, oldest first."""


class Trouble(Struct, frozen=True):
    """One thing that is wrong."""

    severity: Literal["bad", "warn"]
    word: str
    """What equal troubles of the pods of one owner are counted by; a status word or like one."""
    cause: str
    """May be empty: then nobody said why."""
    since: float | None
    key: str = OPEN


def pod_trouble(pod: Pod, status: PodStatus, events_of: EventsOf, now: float) -> Trouble | None:
    """Return what is wrong with a pod; None for one that is well, done, or too young to tell."""
    if pod.deleted_at is not None:
        if now - pod.deleted_at < STUCK_AFTER:
            return None
        cause = "its node does not answer, or a finalizer or a mount holds it"
        return Trouble("warn", "stuck Terminating", cause, pod.deleted_at)
    if status.tone == "good":
        return _restarting(pod, status, now)
    if status.tone == "dim":
        return None
    if pod.phase == "Failed":
        return _failed(pod, status)
    scheduled = _condition(pod.conditions, "PodScheduled")
    if scheduled is not None and scheduled.status == "False":
        return _unscheduled(pod, status, scheduled, now)
    for container in pod.containers:
        if (found := _container_trouble(container, pod, status, events_of)) is not None:
            return found
    return _slow(pod, status, events_of, now)


def _restarting(pod: Pod, status: PodStatus, now: float) -> Trouble | None:
    last = status.last_restart_at
    if status.restarts < 3 or last is None or now - last > RESTARTING_WITHIN:
        return None
    worst = max(pod.containers, key=lambda container: container.restarts)
    cause = f"{worst.name} restarted {age(last, now)} ago, {status.restarts} times in all: {why_ended(worst)}"
    return Trouble("warn", "keeps restarting", cause, last)


def _failed(pod: Pod, status: PodStatus) -> Trouble:
    ended = [each for each in pod.containers if each.state == "terminated" and each.exit_code]
    since = max((each.finished_at for each in ended if each.finished_at is not None), default=pod.started_at)
    if pod.message or not ended:
        return Trouble("warn" if pod.reason == "Evicted" else "bad", status.word, pod.message, since)
    return Trouble("bad", status.word, _how_ended(ended[0]), since)


def _unscheduled(pod: Pod, status: PodStatus, scheduled: Condition, now: float) -> Trouble | None:
    since = pod.created_at if scheduled.since is None else scheduled.since
    if since is not None and now - since < GRACE:
        return None
    if status.word == "SchedulingGated":
        cause = "it waits for " + ", ".join(pod.scheduling_gates) if pod.scheduling_gates else ""
        return Trouble("warn", "SchedulingGated", cause, since)
    # The part about preemption tells what the scheduler tried, at length; the first sentence is the cause.
    return Trouble("bad", "unschedulable", scheduled.message.partition(" preemption:")[0], since)


def _container_trouble(container: Container, pod: Pod, status: PodStatus, events_of: EventsOf) -> Trouble | None:
    reason = container.reason
    since = container.last_finished_at or pod.started_at or pod.created_at
    if container.state == "terminated" and container.exit_code:
        return Trouble("bad", status.word, _how_ended(container), container.finished_at or since, RESTART)
    if container.state != "waiting" or reason in _CREATING:
        return None
    if reason == "CrashLoopBackOff":
        why = why_ended(container) or container.message
        probes = [each.message for each in events_of(pod.uid) if "iveness probe failed" in each.message]
        if probes and container.last_exit_code in (137, 143):  # it did not end by itself: the kubelet killed it
            why = f"{probes[-1]} ({why})"
        return Trouble("bad", status.word, f"{container.name}: {why}", since, RESTART)
    if reason in _PULLING:
        why = container.message
        if "failed to" not in why.lower():  # the back-off hides the cause; the event before it has it
            failed = [each.message for each in events_of(pod.uid) if "ailed to pull" in each.message]
            why = failed[-1] if failed else why
        return Trouble("bad", status.word, f"cannot pull {container.image}: {why}", pod.created_at)
    return Trouble("bad", status.word, f"{container.name}: {container.message or reason}", since)


def _how_ended(container: Container) -> str:
    """Return how the container ended this time: "c: out of memory, limit 64 MiB"."""
    if container.reason == "OOMKilled":
        limit = container.memory_limit
        memory = "out of memory" if limit is None else f"out of memory, limit {limit / 2**20:.0f} MiB"
        return f"{container.name}: {memory}"
    how = f"signal {container.signal}" if container.signal else f"exit code {container.exit_code}"
    return f"{container.name}: {how}" + (f", {container.message}" if container.message else "")


def _slow(pod: Pod, status: PodStatus, events_of: EventsOf, now: float) -> Trouble | None:
    """Judge a pod that is on its way up, or up and not ready."""
    begun = [each.started_at for each in pod.containers if each.state == "running" and not each.is_init]
    since = max((each for each in begun if each is not None), default=pod.created_at)
    if since is not None and now - since < GRACE:
        return None
    warnings = events_of(pod.uid)
    cause = warnings[-1].message if warnings else ""
    if status.tone == "warn" and (status.word.startswith("Init:") or (not warnings and not status.ready)):
        inits = [each.name for each in pod.containers if each.is_init and each.state == "running"]
        cause = cause or (f"waits for {inits[0]}" if inits and not inits[0] == "" else "")
    if status.word in ("Running", "NotReady"):
        waiting = [each.name for each in pod.containers if not each.is_init and not each.ready]
        cause = cause or (f"{', '.join(waiting)} does not become ready" if waiting else "")
        return Trouble("warn", "not ready", cause, since, RESTART)
    is_refused = bool(warnings) and status.word in ("ContainerCreating", "Pending")
    return Trouble("bad" if is_refused or status.tone == "bad" else "warn", status.word, cause, since)


def workload_trouble(workload: Workload, created_events: list[KubeEvent], now: float) -> Trouble | None:
    """Return what is wrong with a workload itself; `created_events`: FailedCreate Events of it or below it."""
    refused = _condition(workload.conditions, "ReplicaFailure")
    if refused is not None and refused.status == "True":
        return Trouble("bad", "no pods", refused.message or refused.reason, refused.since)
    failed = _condition(workload.conditions, "Failed")
    if workload.kind == "Job" and failed is not None and failed.status == "True":
        return Trouble("bad", "failed", failed.message or failed.reason, failed.since)
    if workload.desired is None or (workload.ready or 0) >= workload.desired or _is_done(workload):
        return None
    if created_events and now - _at(created_events[-1]) < FAILED_CREATE_WITHIN:
        return Trouble("bad", "no pods", created_events[-1].message, created_events[0].first_at)
    if workload.kind in ("Job", "CronJob") or workload.paused:
        return None
    stalled = _condition(workload.conditions, "Progressing")
    available = _condition(workload.conditions, "Available")
    since = available.since if available is not None else workload.created_at
    if since is not None and now - since < GRACE:
        return None
    word = f"{workload.ready or 0} of {workload.desired} ready"
    if stalled is not None and stalled.status == "False":
        return Trouble("bad", word, stalled.message or stalled.reason, stalled.since)
    return Trouble("warn" if workload.ready else "bad", word, "", since)


def _is_done(workload: Workload) -> bool:
    complete = _condition(workload.conditions, "Complete")
    return complete is not None and complete.status == "True"


def node_troubles(node: Node) -> list[Trouble]:
    """Return what is wrong with a node: not ready, under pressure, cordoned."""
    found = []
    ready = _condition(node.conditions, "Ready")
    if ready is not None and ready.status != "True":
        word = "not ready" if ready.status == "False" else "not heard from"
        found.append(Trouble("bad", word, ready.message or ready.reason, ready.since))
    for condition in node.conditions:
        if condition.type in _PRESSURES and condition.status == "True":
            cause = condition.message or condition.reason
            found.append(Trouble("bad", condition.type, cause, condition.since))
    if node.unschedulable:
        found.append(Trouble("warn", "cordoned", "no new pods are put on it", None))
    return found


def _condition(conditions: tuple[Condition, ...], kind: str) -> Condition | None:
    for condition in conditions:
        if condition.type == kind:
            return condition
    return None


def _at(event: KubeEvent) -> float:
    return event.last_at or event.first_at or event.created_at or 0.0
