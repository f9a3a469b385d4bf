"""What changed between two records of one object, as lines of the Timeline; knows records only."""

from __future__ import annotations

from msgspec.structs import replace

from spottui.records import Command, KubeEvent, Meta, Node, Pod, Target, Workload
from spottui.records_argocd import Application
from spottui.records_timeline import TimelineEntry, Tone
from spottui.verdicts.changes_apps import application_entries
from spottui.verdicts.changes_nodes import node_entries
from spottui.verdicts.changes_pods import pod_entries
from spottui.verdicts.changes_words import entry, place, target_of
from spottui.verdicts.changes_workloads import workload_entries

REPEAT_AFTER = 300.0
"""Seconds after which the same Warning Event, heard again, is worth another line."""
ONE_LINE_FOR = 3600.0
"""Seconds that one line speaks for; what repeats itself longer is dated by its last time."""
NOISE = frozenset({"DNSConfigForming", "InvalidDiskCapacity", "FailedToUpdateEndpoint", "FailedToUpdateEndpointSlices"})
"""Reasons of Warning Events that say nothing an operator could act on, and repeat for ever."""
GRAVE = frozenset({"OOMKilling", "SystemOOM", "Evicted", "EvictionThresholdMet", "FreeDiskSpaceFailed", "NodeNotReady"})
"""Reasons of Warning Events that are more than a warning."""
_OUTCOME_TONES: dict[str, Tone] = {"done": "good", "failed": "bad", "unknown": "warn", "asked": "info"}


def entries_for(before: Meta | None, after: Meta, at: float) -> tuple[TimelineEntry, ...]:
    """Return what the Timeline should say of `after`, heard at `at`; mostly nothing.

    A first hearing (`before` is None) is no change; only a Warning Event speaks then.
    """
    if isinstance(after, KubeEvent):
        return _event(before, after, at)
    if isinstance(after, Pod) and isinstance(before, Pod):
        return pod_entries(before, after, at)
    if isinstance(after, Workload) and isinstance(before, Workload):
        return workload_entries(before, after, at)
    if isinstance(after, Node) and isinstance(before, Node):
        return node_entries(before, after, at)
    if isinstance(after, Application) and isinstance(before, Application):
        return application_entries(before, after, at)
    return ()


def entry_for_arrival(thing: Meta, at: float, *, is_gone: bool) -> TimelineEntry | None:
    """Return the line for an object that was made or is gone; None for those that come and go by themselves."""
    is_owned = isinstance(thing, Workload) and (thing.owner is not None or thing.kind in ("ReplicaSet", "Job"))
    if is_owned or not isinstance(thing, Workload | Node | Application):
        return None
    target = target_of(thing)
    subject = thing.name if isinstance(thing, Node) else place(thing.namespace, str(target))
    tone: Tone = "warn" if is_gone else "info"
    word = "deleted" if is_gone else "new"
    when = at if is_gone or thing.created_at is None else min(at, thing.created_at)
    return entry(f"{thing.uid}:{word}", when, tone, "object", subject, word, target)


def entry_for_command(command: Command) -> TimelineEntry:
    """Return the Timeline's line for one of our own commands."""
    text = f"{command.action} {command.outcome}"
    if command.outcome != "asked" and command.seconds is not None:
        text += f" after {command.seconds:.1f} s"
    if command.detail:
        text += f": {command.detail}"
    target = command.target
    subject = "spottui" if target is None else place(target.namespace, str(target))
    tone = _OUTCOME_TONES[command.outcome]
    return entry(f"{command.id}:{command.outcome}", command.at, tone, "command", subject, text, target)


def _event(before: Meta | None, after: KubeEvent, at: float) -> tuple[TimelineEntry, ...]:
    """Tell a Warning; the Timeline makes those of one object and one reason one line with a count."""
    if after.type != "Warning" or after.reason in NOISE:
        return ()
    heard = after.last_at or after.first_at or after.created_at or at
    known = before.count if isinstance(before, KubeEvent) else 0
    new = after.count - known
    if isinstance(before, KubeEvent) and new <= 0 and before.message == after.message:
        return ()
    target = Target(kind=after.object_kind, namespace=after.namespace, name=after.object_name, uid=after.object_uid)
    about = after.object_uid or f"{after.namespace}/{after.object_kind}/{after.object_name}"
    said = entry(
        f"event:{about}:{after.reason}:{heard}",
        heard,
        "bad" if after.reason in GRAVE else "warn",
        "event",
        place(after.namespace, f"{after.object_kind.lower()}/{after.object_name}"),
        f"{after.reason}: {after.message}",
        target,
        group=f"event:{about}:{after.reason}",
    )
    return (with_count(said, max(1, new), after.first_at if known == 0 else None),)


def with_count(said: TimelineEntry, count: int, first: float | None) -> TimelineEntry:
    """Return a line for something that was heard `count` times, the first time at `first`."""
    if count <= 1 or first is None or not said.at - ONE_LINE_FOR < first < said.at:
        return replace(said, count=count)
    return replace(said, count=count, at=first, until=said.at)
