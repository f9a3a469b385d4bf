"""How far an Application's operation has come: by phase, by resource, and what it waits for; pure."""

from __future__ import annotations

from msgspec import Struct

from spottui.records_argocd import Application, SyncResource

PHASES = ("PreSync", "Sync", "PostSync", "SyncFail")
_FAILED = ("SyncFailed", "Failed", "Error")
_BEGINNING = 5.0
"""Seconds that Argo CD may take to pick an operation up."""


class Phase(Struct, frozen=True, kw_only=True):
    """One phase of a sync."""

    name: str
    done: int
    running: int
    failed: int

    @property
    def text(self) -> str:
        """The phase in a few words."""
        parts = [f"{self.done} done"] if self.done else []
        parts += [f"{self.running} running"] if self.running else []
        parts += [f"{self.failed} failed"] if self.failed else []
        return f"{self.name} {', '.join(parts)}"


class Progress(Struct, frozen=True, kw_only=True):
    """An operation that runs, or the last one."""

    phases: tuple[Phase, ...]
    done: int
    failed: tuple[SyncResource, ...]
    expected: int | None
    """How many objects the Application had when it was last compared: Argo CD does not say how many it will apply."""

    @property
    def short(self) -> str:
        """Done of expected, for a table's cell; empty when nothing was applied."""
        if not self.done and not self.failed:
            return ""
        of = f"/~{self.expected}" if self.expected and self.expected >= self.done else ""
        return f"{self.done}{of}" + (f", {len(self.failed)} failed" if self.failed else "")


def progress(app: Application) -> Progress | None:
    """Return how far the operation has come; None when there never was one."""
    operation = app.operation
    if operation is None:
        return None
    by_phase: dict[str, list[SyncResource]] = {}
    for one in operation.resources:
        by_phase.setdefault(one.sync_phase or "Sync", []).append(one)
    order = sorted(by_phase, key=lambda name: PHASES.index(name) if name in PHASES else len(PHASES))
    phases = tuple(_phase(name, by_phase[name]) for name in order)
    failed = tuple(one for one in operation.resources if _state(one) == "failed")
    return Progress(
        phases=phases,
        done=sum(phase.done for phase in phases),
        failed=failed,
        expected=app.resource_count or None,
    )


def _phase(name: str, rows: list[SyncResource]) -> Phase:
    states = [_state(one) for one in rows]
    return Phase(name=name, done=states.count("done"), running=states.count("running"), failed=states.count("failed"))


def _state(one: SyncResource) -> str:
    """Return done, running or failed; a hook has a phase of its own, an object only a result."""
    word = one.hook_phase if one.hook_type else one.status
    if word in _FAILED:
        return "failed"
    return "running" if word in ("Running", "Terminating", "") else "done"


def stuck(app: Application, now: float) -> str:
    """Return why an operation does not move, as far as the record shows it; empty when nothing speaks for that."""
    operation = app.operation
    if operation is not None and operation.phase in ("Running", "Terminating") and not app.has_pending_operation:
        return "No operation is there any more: this state is left over, harmless, and the next sync clears it."
    if operation is not None and "blocked by sync window" in operation.message and operation.phase == "Running":
        return "A sync window blocks it: it waits until the window lets it, and cannot be ended before."
    if app.has_pending_operation and app.is_paused:
        return "Argo CD is told to leave this Application alone (skip-reconcile), so it will not begin."
    if app.has_pending_operation and operation is None and _waits_long(app, now):
        return "Nobody took it up: Argo CD's application controller may be down."
    return ""


def _waits_long(app: Application, now: float) -> bool:
    return app.reconciled_at is None or now - app.reconciled_at > _BEGINNING
