"""What changed between two records of one node: readiness, pressure, cordon, version."""

from __future__ import annotations

from spottui.records import Condition, Node
from spottui.records_timeline import TimelineEntry, Tone
from spottui.verdicts.changes_words import entry, target_of


def node_entries(before: Node, after: Node, at: float) -> tuple[TimelineEntry, ...]:
    """Return what the Timeline should say of a node that changed."""
    entries: list[TimelineEntry] = []

    def note(uid: str, tone: Tone, text: str) -> None:
        entries.append(entry(f"{after.uid}:{uid}:{at}", at, tone, "node", after.name, text, target_of(after)))

    if before.unschedulable != after.unschedulable:
        text = "cordoned: no new pods" if after.unschedulable else "uncordoned"
        note(f"unschedulable:{after.unschedulable}", "warn" if after.unschedulable else "good", text)
    if before.kubelet_version != after.kubelet_version and before.kubelet_version and after.kubelet_version:
        note("kubelet", "info", f"kubelet {before.kubelet_version} -> {after.kubelet_version}")
    if before.conditions != after.conditions:
        known = {condition.type: condition.status for condition in before.conditions}
        for condition in after.conditions:
            if known.get(condition.type, condition.status) != condition.status:
                entries.append(_condition(after, condition, at))
    return tuple(entries)


def _condition(node: Node, condition: Condition, at: float) -> TimelineEntry:
    wanted = "True" if condition.type == "Ready" else "False"
    is_good = condition.status == wanted
    if condition.type == "Ready":
        text = {"True": "ready again", "False": "not ready"}.get(condition.status, "not heard from")
    elif condition.status in ("True", "False"):
        text = f"{condition.type} {'is over' if is_good else 'began'}"
    else:
        text = f"{condition.type} is not known"
    if not is_good and (condition.message or condition.reason):
        text += f": {condition.message or condition.reason}"
    since = at if condition.since is None else condition.since
    uid = f"{node.uid}:{condition.type}:{condition.status}:{since}"
    tone: Tone = "good" if is_good else "warn" if condition.status == "Unknown" and condition.type != "Ready" else "bad"
    return entry(uid, since, tone, "node", node.name, text, target_of(node))
