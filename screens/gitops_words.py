"""The words and tones in which an Application is spoken of, the same on every screen."""

from __future__ import annotations

from spottui import clock
from spottui.records_argocd import Application
from spottui.screens.glyphs import glyph
from spottui.verdicts.app_progress import progress
from spottui.verdicts.app_troubles import STALE_AFTER, is_stale
from spottui.widgets.row_index import Cell

SYNC_TONES = {"Synced": "good", "OutOfSync": "warn"}
HEALTH_TONES = {"Healthy": "good", "Progressing": "info", "Suspended": "dim", "Degraded": "bad", "Missing": "bad"}
PHASE_TONES = {"Succeeded": "good", "Running": "info", "Terminating": "warn", "Failed": "bad", "Error": "bad"}
PHASE_WORDS = {
    "Running": "Syncing",
    "Terminating": "Terminating",
    "Succeeded": "Sync OK",
    "Failed": "Sync failed",
    "Error": "Sync error",
}
RESULT_TONES = {
    "Synced": "good",
    "Succeeded": "good",
    "Pruned": "info",
    "PruneSkipped": "warn",
    "SyncFailed": "bad",
    "Failed": "bad",
    "Error": "bad",
}


def operation_state(application: Application) -> tuple[str, str]:
    """Return the word of the operation as Argo CD's own pages have it, and its tone."""
    operation = application.operation
    if application.has_pending_operation and operation is None:
        return "Waiting to start", "info"
    if application.deleted_at is not None:
        return "Deleting", "warn"
    if operation is None:
        return "-", "dim"
    if operation.phase in ("Running", "Terminating") and not application.has_pending_operation:
        return "Stale state", "dim"
    return PHASE_WORDS.get(operation.phase, operation.phase or "?"), PHASE_TONES.get(operation.phase, "")


def operation_cell(application: Application) -> Cell:
    """Return what a table says of the operation: while one runs, how far it has come."""
    if application.refreshing:
        return Cell(f"Refreshing ({application.refreshing})", "info")
    word, tone = operation_state(application)
    found = progress(application) if word == "Syncing" else None
    return Cell(f"{word} {found.short}".rstrip() if found is not None else word, tone)


def sync_cell(application: Application, plain: bool) -> Cell:
    """Return the sync word with its mark; a word that nobody knows is shown as it is."""
    tone = SYNC_TONES.get(application.sync, "dim")
    return Cell(f"{glyph(tone, plain)} {application.sync or '?'}", tone)


def health_cell(word: str, plain: bool) -> Cell:
    """Return a health word with its mark."""
    tone = HEALTH_TONES.get(word, "dim")
    return Cell(f"{glyph(tone, plain)} {word or '?'}", tone)


def compared_cell(application: Application, now: float, stale_after: float | None = STALE_AFTER) -> Cell:
    """Return how long ago it was compared; old ones are marked, as "Synced" then proves nothing."""
    is_old = is_stale(application, now, stale_after)
    return Cell(f"{clock.calm_age(application.reconciled_at, now)}{' old' if is_old else ''}", "warn" if is_old else "")


def auto_words(application: Application) -> str:
    """Return auto-sync with what belongs to it, in a word."""
    if not application.auto_sync:
        return "manual"
    extra = [word for word, on in (("heal", application.self_heal), ("prune", application.auto_prune)) if on]
    return "+".join(["auto", *extra])


def who(automated: bool, name: str) -> str:
    """Return who began an operation."""
    return "auto-sync" if automated else name or "?"
