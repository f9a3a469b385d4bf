"""What changed between two records of one object, as lines of the Timeline; knows records only."""

from __future__ import annotations

from typing import Literal

from spottui.records import (
    Application,
    Command,
    Condition,
    Container,
    KubeEvent,
    Meta,
    Node,
    Pod,
    TimelineEntry,
)

Tone = Literal["", "good", "warn", "bad", "info"]

REPEAT_AFTER = 300.0
"""Seconds after which the same Warning Event, heard again, is worth another line."""
_HEALTH_TONES: dict[str, Tone] = {
    "Healthy": "good",
    "Degraded": "bad",
    "Missing": "warn",
    "Progressing": "info",
}
_SYNC_TONES: dict[str, Tone] = {"Synced": "good", "OutOfSync": "warn"}
_PHASE_TONES: dict[str, Tone] = {"Succeeded": "good", "Failed": "bad", "Error": "bad", "Terminating": "warn"}
_OUTCOME_TONES: dict[str, Tone] = {"done": "good", "failed": "bad", "unknown": "warn", "asked": "info"}


def entries_for(before: Meta | None, after: Meta, at: float) -> tuple[TimelineEntry, ...]:
    """Return what the Timeline should say of `after`, heard at `at`; mostly nothing.

    A first hearing (`before` is None) is no change; only a Warning Event speaks then.
    """
    if isinstance(after, KubeEvent):
        return _event(before, after, at)
    if before is None:
        return ()
    if isinstance(after, Pod):
        return _pod(before, after, at)
    if isinstance(after, Node):
        return _node(before, after, at)
    if isinstance(after, Application):
        return _application(before, after, at)
    return ()


def entry_for_command(command: Command) -> TimelineEntry:
    """Return the Timeline's line for one of our own commands."""
    text = f"{command.action} {command.outcome}"
    if command.outcome != "asked" and command.seconds is not None:
        text += f" after {command.seconds:.1f} s"
    if command.detail:
        text += f": {command.detail}"
    target = command.target
    subject = "spottui" if target is None else _place(target.namespace, str(target))
    return _entry(
        f"{command.id}:{command.outcome}",
        command.at,
        _OUTCOME_TONES[command.outcome],
        "command",
        subject,
        text,
    )


def _entry(uid: str, at: float, tone: Tone, what: str, subject: str, text: str) -> TimelineEntry:
    return TimelineEntry(
        uid=uid, at=at, tone=tone, what=what, subject=subject, text=" ".join(text.split())
    )  # split: one line, whatever a server's message holds


def _place(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name


def _event(before: Meta | None, after: KubeEvent, at: float) -> tuple[TimelineEntry, ...]:
    if after.type != "Warning":
        return ()
    heard = after.last_at or after.first_at or after.created_at or at
    if isinstance(before, KubeEvent) and before.message == after.message:
        known = before.last_at or before.first_at or before.created_at or at
        if heard - known < REPEAT_AFTER:  # back-off repeats itself every few seconds
            return ()
    times = f" (x{after.count})" if after.count > 1 else ""
    subject = _place(after.namespace, f"{after.object_kind.lower()}/{after.object_name}")
    text = f"{after.reason}{times}: {after.message}"
    return (_entry(f"{after.uid}:{after.count}", heard, "warn", "event", subject, text),)


def _pod(before: Meta, after: Pod, at: float) -> tuple[TimelineEntry, ...]:
    if not isinstance(before, Pod) or before.containers == after.containers:
        return ()
    known = {container.name: container.restarts for container in before.containers}
    return tuple(
        _restart(after, container, at)
        for container in after.containers
        if container.restarts > known.get(container.name, container.restarts)
    )


def _restart(pod: Pod, container: Container, at: float) -> TimelineEntry:
    ended = container.last_finished_at
    text = f"{container.name} restarted, {container.restarts} in all"
    if why := why_ended(container):
        text += f": {why}"
    clean_end = container.last_exit_code == 0
    return _entry(
        f"{pod.uid}:{container.name}:{container.restarts}",
        at if ended is None else ended,
        "warn" if clean_end else "bad",
        "restart",
        _place(pod.namespace, pod.name),
        text,
    )


def why_ended(container: Container) -> str:
    """Return why `container` ended the time before: "out of memory, limit 128 MiB, exit code 137"."""
    words: list[str] = []
    if container.last_reason == "OOMKilled":
        limit = container.memory_limit
        words.append("out of memory" if limit is None else f"out of memory, limit {limit / 2**20:.0f} MiB")
    elif container.last_reason and container.last_reason not in ("Error", "Completed"):
        words.append(container.last_reason)
    if container.last_signal:
        words.append(f"signal {container.last_signal}")
    elif container.last_exit_code is not None:
        words.append(f"exit code {container.last_exit_code}")
    if container.last_message:
        words.append(container.last_message)
    return ", ".join(words)


def _node(before: Meta, after: Node, at: float) -> tuple[TimelineEntry, ...]:
    if not isinstance(before, Node):
        return ()
    entries = []
    if before.unschedulable != after.unschedulable:
        text = "cordoned: no new pods" if after.unschedulable else "uncordoned"
        tone: Tone = "warn" if after.unschedulable else "good"
        uid = f"{after.uid}:unschedulable:{after.unschedulable}:{at}"
        entries.append(_entry(uid, at, tone, "node", after.name, text))
    if before.conditions != after.conditions:
        known = {condition.type: condition.status for condition in before.conditions}
        for condition in after.conditions:
            if known.get(condition.type, condition.status) != condition.status:
                entries.append(_node_condition(after, condition, at))
    return tuple(entries)


def _node_condition(node: Node, condition: Condition, at: float) -> TimelineEntry:
    wanted = "True" if condition.type == "Ready" else "False"
    is_good = condition.status == wanted
    if condition.type == "Ready":
        text = {"True": "ready again", "False": "not ready"}.get(condition.status, "not heard from")
    else:
        text = f"{condition.type} is {condition.status}"
    if not is_good and (condition.message or condition.reason):
        text += f": {condition.message or condition.reason}"
    since = at if condition.since is None else condition.since
    uid = f"{node.uid}:{condition.type}:{condition.status}:{since}"
    return _entry(uid, since, "good" if is_good else "bad", "node", node.name, text)


def _application(before: Meta, after: Application, at: float) -> tuple[TimelineEntry, ...]:
    if not isinstance(before, Application):
        return ()
    entries = []
    subject = _place(after.namespace, after.name)

    def note(what: str, tone: Tone, text: str, when: float | None = None) -> None:
        moment = at if when is None else when
        entries.append(_entry(f"{after.uid}:{what}:{moment}", moment, tone, "sync", subject, text))

    if before.sync != after.sync:
        text = f"{before.sync or 'new'} -> {after.sync or 'no status'}"
        note(f"sync {after.sync}", _SYNC_TONES.get(after.sync, ""), text + _revision(after.revision))
    if before.health != after.health:
        why = f": {after.health_message}" if after.health_message else ""
        text = f"health {before.health or 'new'} -> {after.health or 'no status'}{why}"
        note(f"health {after.health}", _HEALTH_TONES.get(after.health, ""), text)
    ours, theirs = after.operation, before.operation
    if ours is not None and (theirs is None or (ours.phase, ours.started_at) != (theirs.phase, theirs.started_at)):
        who = f" by {ours.initiated_by}" if ours.initiated_by else " by auto-sync" if ours.automated else ""
        why = f": {ours.message}" if ours.message else ""
        text = f"sync {ours.phase}{_revision(ours.revision)}{who}{why}"
        when = ours.started_at if ours.phase == "Running" else ours.finished_at
        note(f"operation {ours.phase}", _PHASE_TONES.get(ours.phase, "info"), text, when)
    return tuple(entries)


def _revision(revision: str) -> str:
    """Return " at 1a2b3c4" for a commit, the whole of a chart's version, or nothing."""
    return f" at {short_revision(revision)}" if revision else ""


def short_revision(revision: str) -> str:
    """Return a commit's first seven digits; anything else (a tag, a chart version) whole."""
    is_commit = len(revision) == 40 and all(letter in "0123456789abcdef" for letter in revision)
    return revision[:7] if is_commit else revision
