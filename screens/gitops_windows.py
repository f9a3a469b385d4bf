"""Sync windows of single Applications: worked out off the event loop, once a minute, only for those looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from spottui import clock
from spottui.records_argocd import Application
from spottui.store import Store
from spottui.store_argocd import windows_about
from spottui.verdicts.cron import load_zone
from spottui.verdicts.sync_windows import WindowState, state, title
from spottui.widgets.row_index import Cell
from spottui.widgets.tones import Line

KEPT = 256
"""Verdicts kept; the oldest go first."""
HOLDS = 60.0
"""Seconds for which a verdict holds at the longest."""


class _Verdict(NamedTuple):
    """What was worked out, from what, and when."""

    given: tuple[Any, ...]
    at: float
    state: WindowState


class WindowVerdicts:
    """Gives the verdict on an Application at once where it is known, and has it worked out where it is not."""

    def __init__(self, store: Store, run: Callable[..., Any], changed: Callable[[], None]) -> None:
        """`run` runs a coroutine (a screen's run_worker); `changed` is called when a verdict is there."""
        self._store, self._run, self._changed = store, run, changed
        self._known: dict[str, _Verdict] = {}
        self._asked: set[str] = set()

    def of(self, app: Application, now: float) -> WindowState | None:
        """Return the verdict at a time of the cluster's clock; while a newer one is worked out, the last one.

        None while the first one is worked out, or where the project is not known.
        """
        known = windows_about(self._store, app)
        if known is None:
            return None
        operation = app.operation
        started = operation.started_at if app.has_pending_operation and operation is not None else None
        where = (app.name, app.destination_namespace, app.destination_name, app.destination_server)
        given = (where, started, known.windows)
        verdict = self._known.get(app.uid)
        found = verdict.state if verdict is not None and verdict.given == given else None
        if app.uid not in self._asked and (verdict is None or found is None or not _holds(found, verdict.at, now)):
            self._asked.add(app.uid)
            self._run(self._work_out(given, app, now, started), group="windows")
        return found

    async def _work_out(self, given: tuple[Any, ...], app: Application, now: float, started: float | None) -> None:
        try:
            found = await asyncio.to_thread(state, given[-1], app, now, started)
            self._known.pop(app.uid, None)
            self._known[app.uid] = _Verdict(given, now, found)
        finally:
            self._asked.discard(app.uid)
        while len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        self._changed()

    def cell(self, app: Application, now: float) -> Cell:
        """Return what a table says: whether a sync by hand may run, and for how long that stays so."""
        known, found = windows_about(self._store, app), self.of(app, now)
        if known is None:
            return Cell("?", "dim")
        if found is None:
            return Cell("…", "dim")
        if not found.windows and not known.unknown:
            return Cell("-", "dim")
        at = found.manual_changes_at if found.allowed_auto or not found.allowed_manual else found.auto_changes_at
        left = "" if at is None else f" {clock.calm_age(now, at)}"
        if not found.allowed_manual:
            return Cell(f"opens{left}" if left else "shut", "warn")
        if known.unknown:
            return Cell("?", "dim")
        return (
            Cell(f"by hand{left}", "warn")
            if not found.allowed_auto
            else Cell(f"closes{left}" if left else "open", "good")
        )


def _holds(found: WindowState, at: float, now: float) -> bool:
    """Whether a verdict of a time is still that of `now`; the clock may have been put back."""
    changes = [each.changes_at for each in found.windows if each.changes_at is not None]
    return at <= now < min([at + HOLDS, *changes])


def window_lines(store: Store, app: Application, found: WindowState | None, now: float) -> list[Line]:
    """Return the verdict on one Application in one line, or why there is none; what is not known never says "open"."""
    lead = ("sync windows: ", "dim")
    known = windows_about(store, app)
    if found is None or known is None:
        return [(lead, _unknown(store, app))]
    if known.unknown:
        return [(lead, *_partly_known(found, now), (f"; global projects unknown: {known.unknown}", "dim"))]
    if not found.windows:
        return [(lead, (f"none of project {app.project or 'default'} is about it", "dim"))]
    tone = "good" if found.allowed_auto else "warn"
    return [(lead, (_both(found), tone), (_next(found, now), ""))]


def _both(found: WindowState) -> str:
    return "a sync by hand and auto-sync may run" if found.allowed_auto else found.reason.rstrip(".")


def _partly_known(found: WindowState, now: float) -> list[tuple[str, str]]:
    """Return the verdict while further windows may count: a deny window surely blocks, nothing surely allows."""
    if not found.windows:
        return [("? the project has none about it", "dim")]
    if found.allowed_manual:
        more = "" if found.allowed_auto else f" ({found.reason.rstrip('.')})"
        return [(f"? the project's own let a sync by hand run{more}", "dim")]
    return [(found.reason.rstrip("."), "warn"), (_next(found, now), "")]


def all_windows(found: WindowState, now: float) -> list[Line]:
    """Return every window that is about the Application, with its state and its next change."""
    lines: list[Line] = []
    for each in found.windows:
        if each.active is None:
            lines.append(((f"  {title(each.window)}: {each.error}", "bad"),))
            continue
        word = "open" if each.active else "not open"
        change = "does not change within a year" if each.changes_at is None else _when(each.changes_at, now)
        verb = "" if each.changes_at is None else "closes " if each.active else "opens "
        manual = "; syncs by hand pass" if each.window.manual_sync else ""
        if load_zone(each.window.time_zone) is None:
            manual += f"; nobody knows the time zone {each.window.time_zone}: Argo CD takes UTC"
        tone = "warn" if (each.window.kind == "deny") == each.active else "good"
        lines.append(((f"  {title(each.window)}: ", ""), (word, tone), (f", {verb}{change}{manual}", "dim")))
    return lines


def _unknown(store: Store, app: Application) -> tuple[str, str]:
    access = store.access["appprojects"]
    name = app.project or "default"
    if access.state == "live" and store.projects:
        return f"project {name} is not there, so nothing can be synced", "bad"
    if windows_about(store, app) is not None:
        return "being worked out…", "dim"
    return f"? project {name} cannot be read: {access.reason or access.state}", "dim"


def _next(found: WindowState, now: float) -> str:
    at = found.next_change_at
    return "; that does not change within a year" if at is None else f"; changes {_when(at, now)}"


def _when(at: float, now: float) -> str:
    moment = clock.rfc3339(at)
    day = "" if moment[:10] == clock.rfc3339(now)[:10] else f"{moment[:10]} "
    return f"{day}{moment[11:16]} UTC (in {clock.calm_age(now, at)})"
