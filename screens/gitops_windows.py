"""Sync windows of single Applications: worked out off the event loop, once a minute, only for those looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from spottui import clock
from spottui.records import Application
from spottui.records_argocd import SyncWindow
from spottui.store import Store
from spottui.verdicts.sync_windows import WindowState, state, title
from spottui.widgets.tones import Line

KEPT = 64
"""Verdicts kept; the oldest go first."""
Key = tuple[Any, ...]


class WindowVerdicts:
    """Gives the verdict on an Application at once where it is known, and has it worked out where it is not."""

    def __init__(self, store: Store, run: Callable[..., Any], changed: Callable[[], None]) -> None:
        """`run` runs a coroutine (a screen's run_worker); `changed` is called when a verdict is there."""
        self._store, self._run, self._changed = store, run, changed
        self._known: dict[Key, WindowState] = {}
        self._asked: set[Key] = set()

    def of(self, app: Application, now: float) -> WindowState | None:
        """Return the verdict at this minute; None while it is worked out, or where the project is not known."""
        windows = project_windows(self._store, app)
        if windows is None:
            return None
        operation = app.operation
        started = operation.started_at if app.has_pending_operation and operation is not None else None
        about = (app.uid, app.name, app.destination_namespace, app.destination_name, app.destination_server)
        key = (*about, windows, int(now // 60), started)
        if key not in self._known and key not in self._asked:
            self._asked.add(key)
            self._run(self._work_out(key, windows, app, now, started), group="windows")
        return self._known.get(key)

    async def _work_out(
        self, key: Key, windows: tuple[SyncWindow, ...], app: Application, now: float, started: float | None
    ) -> None:
        try:
            self._known[key] = await asyncio.to_thread(state, windows, app, now, started)
        finally:
            self._asked.discard(key)
        while len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        self._changed()


def project_windows(store: Store, app: Application) -> tuple[SyncWindow, ...] | None:
    """Return the windows of an Application's project; None: the project is not known."""
    named = [one for one in store.projects.values() if one.name == (app.project or "default")]
    near = [one for one in named if one.namespace == app.namespace] or named
    return near[0].windows if near else None


def window_lines(store: Store, app: Application, found: WindowState | None, now: float) -> list[Line]:
    """Return the verdict on one Application in one line, or why there is none."""
    lead = ("sync windows: ", "dim")
    if found is None:
        return [(lead, _unknown(store, app))]
    if not found.windows:
        return [(lead, (f"none of project {app.project or 'default'} is about it", "dim"))]
    tone = "good" if found.allowed_auto else "warn"
    both = "a sync by hand and auto-sync may run" if found.allowed_auto else found.reason.rstrip(".")
    return [(lead, (both, tone), (_next(found, now), ""))]


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
        tone = "warn" if (each.window.kind == "deny") == each.active else "good"
        lines.append(((f"  {title(each.window)}: ", ""), (word, tone), (f", {verb}{change}{manual}", "dim")))
    return lines


def _unknown(store: Store, app: Application) -> tuple[str, str]:
    access = store.access["appprojects"]
    name = app.project or "default"
    if access.state == "live" and store.projects:
        return f"project {name} is not there, so nothing can be synced", "bad"
    if project_windows(store, app) is not None:
        return "being worked out…", "dim"
    return f"? project {name} cannot be read: {access.reason or access.state}", "dim"


def _next(found: WindowState, now: float) -> str:
    at = found.next_change_at
    return "; that does not change within a year" if at is None else f"; changes {_when(at, now)}"


def _when(at: float, now: float) -> str:
    moment = clock.rfc3339(at)
    day = "" if moment[:10] == clock.rfc3339(now)[:10] else f"{moment[:10]} "
    return f"{day}{moment[11:16]} UTC (in {clock.calm_age(now, at)})"
