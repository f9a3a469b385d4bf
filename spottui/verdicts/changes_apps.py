"""What changed between two records of one Argo CD Application: syncs, health, conditions, how it is set."""

from __future__ import annotations

from spottui.records_argocd import Application, Operation
from spottui.records_timeline import TimelineEntry, Tone
from spottui.verdicts.changes_words import at_revision, entry, place, short_revision, target_of

_HEALTH_TONES: dict[str, Tone] = {
    "Healthy": "good",
    "Degraded": "bad",
    "Missing": "warn",
    "Progressing": "info",
}
_SYNC_TONES: dict[str, Tone] = {"Synced": "good", "OutOfSync": "warn", "Unknown": "warn"}
_PHASE_TONES: dict[str, Tone] = {"Succeeded": "good", "Failed": "bad", "Error": "bad", "Terminating": "warn"}
RESULTS_SAID = 2
"""Failed resources of a sync that are named in its line."""


def application_entries(before: Application, after: Application, at: float) -> tuple[TimelineEntry, ...]:
    """Return what the Timeline should say of an Application that changed."""
    entries: list[TimelineEntry] = []
    subject = place(after.namespace, after.name)

    def note(what: str, uid: str, tone: Tone, text: str, when: float | None = None, group: str = "") -> None:
        moment = at if when is None else when
        line = entry(f"{after.uid}:{uid}:{moment}", moment, tone, what, subject, text, target_of(after), group=group)
        entries.append(line)

    if before.target_revision != after.target_revision:
        note(
            "app",
            "target",
            "info",
            f"follows {after.target_revision or 'HEAD'}, was {before.target_revision or 'HEAD'}",
        )
    if before.auto_sync != after.auto_sync:
        note("app", "auto", "info", f"auto-sync {'on' if after.auto_sync else 'off'}")
    if before.sync != after.sync:
        text = f"{before.sync or 'new'} -> {after.sync or 'no status'}"
        text += at_revision(after.revision)
        note("app", f"sync {after.sync}", _SYNC_TONES.get(after.sync, ""), text, group=f"{after.uid}:{text}")
    if before.health != after.health:
        why = f": {after.health_message}" if after.health_message else ""
        text = f"health {before.health or 'new'} -> {after.health or 'no status'}{why}"
        # A pod that crashes and starts again takes its Application along every few seconds.
        flip = f"{after.uid}:{before.health}:{after.health}"
        note("app", f"health {after.health}", _HEALTH_TONES.get(after.health, ""), text, group=flip)
    known = {(condition.type, condition.message) for condition in before.conditions}
    for condition in after.conditions:
        if (condition.type, condition.message) not in known:
            tone: Tone = "bad" if condition.type.endswith("Error") else "warn"
            note("app", f"condition {condition.type}", tone, f"{condition.type}: {condition.message}", condition.since)
    if _is_asked(before, after):
        note("sync", "asked", "info", "sync asked, not begun yet")
    ours, theirs = after.operation, before.operation
    if ours is not None and (theirs is None or (ours.phase, ours.started_at) != (theirs.phase, theirs.started_at)):
        when = ours.started_at if ours.phase == "Running" else ours.finished_at
        tone = _PHASE_TONES.get(ours.phase, "info")
        note("sync", f"operation {ours.phase}", tone, _operation(ours), when)
    if after.deployed_revision and before.deployed_revision not in ("", after.deployed_revision):
        was, now = short_revision(before.deployed_revision), short_revision(after.deployed_revision)
        note("sync", f"deployed {now}", "info", f"deployed revision {was} -> {now}", after.deployed_at)
    return tuple(entries)


def _is_asked(before: Application, after: Application) -> bool:
    """Tell whether a sync was asked for that the controller has not taken up yet."""
    if before.has_pending_operation or not after.has_pending_operation:
        return False
    return after.operation == before.operation


def _operation(operation: Operation) -> str:
    kind = "dry run" if operation.dry_run else "sync"
    text = f"{kind} {operation.phase}{at_revision(operation.revision)}{_by(operation)}"
    if operation.phase in ("Succeeded", "Failed", "Error") and operation.started_at and operation.finished_at:
        text += f" after {max(0.0, operation.finished_at - operation.started_at):.0f} s"
    if operation.message:
        text += f": {operation.message}"
    failed = [one for one in operation.resources if one.status == "SyncFailed" or one.hook_phase in ("Failed", "Error")]
    if failed and operation.phase in ("Failed", "Error"):
        named = "; ".join(f"{one.kind.lower()}/{one.name}: {one.message or 'failed'}" for one in failed[:RESULTS_SAID])
        more = f"; {len(failed) - RESULTS_SAID} more" if len(failed) > RESULTS_SAID else ""
        text += f" ({named}{more})"
    return text


def _by(operation: Operation) -> str:
    if operation.initiated_by:
        return f" by {operation.initiated_by}"
    return " by auto-sync" if operation.automated else ""
