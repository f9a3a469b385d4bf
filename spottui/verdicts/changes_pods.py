"""What changed between two records of one pod: restarts with their cause, ends that are final, evictions."""

from __future__ import annotations

from spottui.records import Container, Pod
from spottui.records_timeline import TimelineEntry
from spottui.verdicts.changes_words import entry, place, target_of
from spottui.verdicts.why_exit import signal_of

DISRUPTIONS = {
    "PreemptionByScheduler": "preempted by a pod of higher priority",
    "DeletionByTaintManager": "evicted: its node has a taint that it does not tolerate",
    "EvictionByEvictionAPI": "evicted by request (a drain)",
    "DeletionByPodGC": "removed: its node is gone",
    "TerminationByKubelet": "evicted by its node",
}
"""Reasons of the condition DisruptionTarget."""


def pod_entries(before: Pod, after: Pod, at: float) -> tuple[TimelineEntry, ...]:
    """Return what the Timeline should say of a pod that changed."""
    entries = list(_evicted(before, after, at))
    if before.containers != after.containers:
        known = {container.name: container for container in before.containers}
        for container in after.containers:
            if (was := known.get(container.name)) is None:
                continue
            if container.restarts > was.restarts:
                entries.append(_restart(after, container, container.restarts - was.restarts, at))
            elif _has_failed(was, container, before, after):
                entries.append(_failed(after, container, at))
    return tuple(entries)


def _restart(pod: Pod, container: Container, times: int, at: float) -> TimelineEntry:
    ended = container.last_finished_at
    often = f" {times} times" if times > 1 and container.restarts > times else ""
    text = f"{container.name} restarted{often}, {container.restarts} in all"
    if why := why_ended(container):
        text += f": {why}"
    clean_end = container.last_exit_code == 0
    return entry(
        f"{pod.uid}:{container.name}:{container.restarts}",
        at if ended is None else ended,
        "warn" if clean_end else "bad",
        "restart",
        place(pod.namespace, pod.name),
        text,
        target_of(pod),
    )


def why_ended(container: Container) -> str:
    """Return why `container` ended the time before: "out of memory, limit 128 MiB, exit code 137"."""
    return _end_words(
        container,
        container.last_reason,
        container.last_exit_code,
        container.last_signal,
        container.last_message,
    )


def _end_words(container: Container, reason: str, code: int | None, signal: int | None, message: str) -> str:
    words: list[str] = []
    if reason == "OOMKilled":
        limit = container.memory_limit
        words.append("out of memory" if limit is None else f"out of memory, limit {limit / 2**20:.0f} MiB")
    elif reason and reason not in ("Error", "Completed"):
        words.append(reason)
    if signal:
        words.append(f"signal {signal}")
    elif code is not None:
        named = signal_of(code, None) if reason != "OOMKilled" else ""
        words.append(f"exit code {code} ({named})" if named else f"exit code {code}")
    if message:
        words.append(message)
    return ", ".join(words)


def _has_failed(was: Container, now: Container, before: Pod, after: Pod) -> bool:
    """Tell whether a container ended badly in a pod that is over: nothing will count it as a restart."""
    ended_badly = now.state == "terminated" and now.exit_code not in (None, 0)
    is_news = was.state != "terminated" or before.phase != "Failed"
    return ended_badly and is_news and after.phase == "Failed"


def _failed(pod: Pod, container: Container, at: float) -> TimelineEntry:
    why = _end_words(container, container.reason, container.exit_code, container.signal, container.message)
    return entry(
        f"{pod.uid}:{container.name}:failed",
        at if container.finished_at is None else container.finished_at,
        "bad",
        "pod",
        place(pod.namespace, pod.name),
        f"{container.name} failed and is not started again: {why}",
        target_of(pod),
    )


def _evicted(before: Pod, after: Pod, at: float) -> tuple[TimelineEntry, ...]:
    """Tell an eviction once: by the condition where there is one, else by the pod's own reason."""
    said, known = _disruption(after), _disruption(before)
    if said is None or known is not None:
        return ()
    text, since = said
    subject = place(after.namespace, after.name)
    return (entry(f"{after.uid}:evicted", since or at, "bad", "pod", subject, text, target_of(after)),)


def _disruption(pod: Pod) -> tuple[str, float | None] | None:
    for condition in pod.conditions:
        if condition.type == "DisruptionTarget" and condition.status == "True":
            text = DISRUPTIONS.get(condition.reason, f"disrupted: {condition.reason or 'no reason is given'}")
            return (f"{text}: {pod.message or condition.message}".removesuffix(": "), condition.since)
    if pod.reason in ("Evicted", "NodeLost", "Preempting"):
        return (f"{pod.reason.lower()}: {pod.message}".removesuffix(": "), None)
    return None
