"""What is wrong with an Argo CD Application, and its cause in words; knows records only."""

from __future__ import annotations

from spottui.clock import age
from spottui.records_argocd import Application, ArgoSettings
from spottui.verdicts.troubles import OPEN, SYNC, Trouble

SPARE = 30.0
STALE_AFTER = 120.0 + 60.0 + SPARE
"""Seconds since the last comparison after which "Synced" proves nothing: Argo CD's period, its jitter, and some to
spare; where the settings say nothing else."""
_CAN_WAIT = frozenset({"ComparisonError"})
"""Errors that leave what runs as it is; mostly the link to git."""


def application_troubles(app: Application) -> list[Trouble]:
    """Return what is wrong with an Application, worst cause first; not whether it was compared of late."""
    found = [*_operation(app), *_conditions(app), *_health(app), *_sync(app)]
    return sorted(found, key=lambda trouble: trouble.severity != "bad")


def stale_after(settings: ArgoSettings | None) -> float | None:
    """Return the seconds after which a comparison is old; None: Argo CD is set to compare on changes only."""
    if settings is None or settings.global_projects is None:
        return STALE_AFTER  # the settings could not be read
    return None if settings.resync is None else settings.resync + settings.jitter + SPARE


def is_stale(app: Application, now: float, after: float | None = STALE_AFTER) -> bool:
    """Tell whether Argo CD has not compared the Application for too long; `now` is the cluster's clock."""
    return after is not None and app.reconciled_at is not None and now - app.reconciled_at > after


def stale_trouble(apps: list[Application], now: float) -> Trouble:
    """Return the trouble of Applications that are stale together; `apps` is not empty."""
    oldest = min(app.reconciled_at for app in apps if app.reconciled_at is not None)
    cause = f"last compared with git {age(oldest, now)} ago: is there a link, and does Argo CD run?"
    return Trouble("warn", "stale", cause, oldest)


def _operation(app: Application) -> list[Trouble]:
    operation = app.operation
    if operation is None or operation.phase not in ("Failed", "Error"):
        return []
    # It is synced all the same: a hook failed, or somebody has put it right by other means.
    severity = "warn" if app.sync == "Synced" else "bad"
    text = operation.message or "no reason given"
    return [Trouble(severity, f"sync {operation.phase.lower()}", text, operation.finished_at, SYNC)]


def _conditions(app: Application) -> list[Trouble]:
    found = []
    for condition in app.conditions:
        if condition.type.endswith("Error"):
            severity = "warn" if condition.type in _CAN_WAIT else "bad"
            found.append(Trouble(severity, condition.type, condition.message, condition.since))
    return found


def _health(app: Application) -> list[Trouble]:
    if app.health not in ("Degraded", "Missing"):
        return []
    return [Trouble("bad" if app.health == "Degraded" else "warn", app.health, app.health_message, None, OPEN)]


def _sync(app: Application) -> list[Trouble]:
    is_running = app.has_pending_operation or (app.operation is not None and app.operation.phase == "Running")
    if app.sync != "OutOfSync" or is_running:
        return []
    rows = app.out_of_sync
    parts = [f"{rows[0].kind} {rows[0].name} differs" if len(rows) == 1 else f"{len(rows)} resources differ"]
    if not rows:
        parts = []
    parts.append("auto-sync on" if app.auto_sync else "auto-sync off")
    return [Trouble("warn", "OutOfSync", ", ".join(parts), None, SYNC)]
