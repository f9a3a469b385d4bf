"""Whether Argo CD's sync windows let an Application be synced now, why, and when that changes.

Evaluated as Argo CD's controller does, its oddities included: a window's time zone is taken at its offset of the
moment that is asked about, a schedule that never fires is always open, and one window that cannot be read blocks all.
Windows of global projects (argocd-cm, `globalProjects`) count too: the caller adds them to those of the project.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from spottui.records_argocd import Application, SyncWindow
from spottui.verdicts.cron import BadSchedule, load_zone, parse
from spottui.verdicts.go_notation import NANOSECONDS, Unreadable, duration, fits
from spottui.verdicts.window_times import next_toggle

HORIZON = 366 * 86400.0
"""Seconds that are looked ahead."""
_STEPS = 100
"""Openings and closings that are looked at before it is said that nothing changes."""
_A_MOMENT = 0.001


class WindowNow(Struct, frozen=True, kw_only=True):
    """One window that is about the Application."""

    window: SyncWindow
    active: bool | None
    """None when it cannot be read."""
    changes_at: float | None = None
    """When it opens or closes next; None is not within a year."""
    error: str = ""
    """Why it cannot be read, in words."""


class WindowState(Struct, frozen=True, kw_only=True):
    """The verdict on one Application at one time."""

    allowed_auto: bool
    """Argo CD may start a sync by itself."""
    allowed_manual: bool
    """A sync that a human starts runs."""
    reason: str
    """A sentence; without times, which are `auto_changes_at` and `manual_changes_at`."""
    windows: tuple[WindowNow, ...] = ()
    """All windows that are about the Application, in the project's order."""
    auto_changes_at: float | None = None
    """When `allowed_auto` turns over; None is not within a year, or not within very many openings and closings."""
    manual_changes_at: float | None = None
    """When `allowed_manual` turns over; None likewise."""

    @property
    def active(self) -> tuple[SyncWindow, ...]:
        """The windows that are open."""
        return tuple(each.window for each in self.windows if each.active)

    @property
    def next_change_at(self) -> float | None:
        """When either verdict turns over next."""
        times = [at for at in (self.auto_changes_at, self.manual_changes_at) if at is not None]
        return min(times, default=None)


def matching(windows: Iterable[SyncWindow], app: Application) -> tuple[SyncWindow, ...]:
    """Return the windows that are about an Application."""
    return tuple(window for window in windows if _is_about(window, app))


def _is_about(window: SyncWindow, app: Application) -> bool:
    clusters = [text for text in (app.destination_name, app.destination_server) if text]  # without: not even "*" fits
    lists = (
        (window.applications, (app.name,)),
        (window.clusters, clusters),
        (window.namespaces, (app.destination_namespace,)),
    )
    hits = [any(fits(pattern, text) for pattern in given for text in texts) for given, texts in lists if given]
    return bool(hits) and (all(hits) if window.and_operator else any(hits))


def fault(window: SyncWindow) -> str:
    """Return why a window cannot be read; empty when it can."""
    try:
        parse(window.schedule)
    except BadSchedule as error:
        return f'its schedule "{window.schedule}" cannot be read: {error}'
    try:
        duration(window.duration)
    except Unreadable as error:
        return f'its duration "{window.duration}" cannot be read: {error}'
    return ""


def is_active(window: SyncWindow, at: float) -> bool:
    """Tell whether a window is open at a time, in seconds since the epoch.

    Raises:
        BadSchedule: Its schedule cannot be read.
        Unreadable: Its duration cannot be read.
    """
    schedule, length = parse(window.schedule), duration(window.duration)
    wall = round(at * NANOSECONDS) + offset(window, at) * NANOSECONDS
    opened = schedule.after((wall - length) // NANOSECONDS)
    return opened is None or opened * NANOSECONDS < wall


def offset(window: SyncWindow, at: float) -> int:
    """Return the seconds that a window's clock is ahead of UTC at a time; 0 for a time zone that nobody knows."""
    zone = load_zone(window.time_zone)
    try:
        found = datetime.fromtimestamp(at, zone).utcoffset() if zone is not None else None
    except (OverflowError, ValueError, OSError):
        found = None
    return round((found or timedelta(0)).total_seconds())


def can_sync(windows: Sequence[SyncWindow], at: float, *, is_manual: bool, started: float | None = None) -> bool:
    """Tell whether a sync may run under windows that are about its Application.

    Args:
        is_manual: A human started it, not auto-sync.
        started: When the operation began that is asked about; None for one that would begin now.
    """
    if any(fault(window) for window in windows):
        return False
    before = None if started is None else [is_active(window, started) for window in windows]
    return _decide(windows, [is_active(window, at) for window in windows], before, is_manual=is_manual)


def _decide(
    windows: Sequence[SyncWindow], active: Sequence[bool], before: Sequence[bool] | None, *, is_manual: bool
) -> bool:
    """Decide by which windows are open, and which were when the running operation began."""
    states = list(zip(windows, active, strict=True))
    denies = [window for window, is_open in states if is_open and window.kind == "deny"]
    shut = [window for window, is_open in states if not is_open and window.kind == "allow"]
    if not denies and (not shut or any(is_open for window, is_open in states if window.kind == "allow")):
        return True
    blocking = denies or shut
    if is_manual and all(window.manual_sync for window in blocking):
        return True
    if before is not None and all(window.sync_overrun for window in blocking):
        return _decide(windows, before, None, is_manual=is_manual)
    return False


def state(windows: Iterable[SyncWindow], app: Application, at: float, started: float | None = None) -> WindowState:
    """Return the verdict on an Application.

    Args:
        windows: All of its project's, and those of global projects.
        at: The cluster's clock, in seconds since the epoch.
        started: When its running operation began; None when none runs.
    """
    about = matching(windows, app)
    now = tuple(_look(window, at) for window in about)
    auto = can_sync(about, at, is_manual=False, started=started)
    manual = can_sync(about, at, is_manual=True, started=started)
    auto_at, manual_at = _turns(about, at, auto, manual, started)
    return WindowState(
        allowed_auto=auto,
        allowed_manual=manual,
        reason=_reason(now, auto, manual),
        windows=now,
        auto_changes_at=auto_at,
        manual_changes_at=manual_at,
    )


def _look(window: SyncWindow, at: float) -> WindowNow:
    error = fault(window)
    if error:
        return WindowNow(window=window, active=None, error=error)
    toggles = next_toggle(window, at, at + HORIZON, is_active, offset)
    return WindowNow(window=window, active=is_active(window, at), changes_at=toggles)


def _turns(
    windows: Sequence[SyncWindow], at: float, auto: bool, manual: bool, started: float | None
) -> tuple[float | None, float | None]:
    """Return when the automated and the manual verdict turn over."""
    turns: list[float | None] = [None, None]
    if any(fault(window) for window in windows):
        return None, None
    before = None if started is None else [is_active(window, started) for window in windows]
    open_ends = {0: auto, 1: manual}
    if all(window.manual_sync for window in windows):
        del open_ends[1]  # whatever opens or closes, it never blocks a human
    active = [is_active(window, at) for window in windows]
    toggles = [next_toggle(window, at, at + HORIZON, is_active, offset) for window in windows]
    moment = at
    for _ in range(_STEPS):
        found = min((each for each in toggles if each is not None), default=None)
        if found is None or not open_ends:
            break
        moment = max(found, moment) + _A_MOMENT
        for number, toggle in enumerate(toggles):
            if toggle is not None and toggle <= moment:
                active[number] = is_active(windows[number], moment)
                toggles[number] = next_toggle(windows[number], moment, at + HORIZON, is_active, offset)
        for which, verdict in tuple(open_ends.items()):
            if _decide(windows, active, before, is_manual=which == 1) != verdict:
                turns[which] = found
                del open_ends[which]
    return turns[0], turns[1]


def title(window: SyncWindow) -> str:
    """Return how a window is named: by its description, else by its schedule."""
    if window.description:
        return f'the {window.kind} window "{window.description}"'
    zone = f" {window.time_zone}" if window.time_zone else ""
    return f'the {window.kind} window "{window.schedule}"{zone} for {window.duration}'


def _reason(now: Sequence[WindowNow], auto: bool, manual: bool) -> str:
    ill = next((each for each in now if each.error), None)
    if ill is not None:
        return f"No sync runs: of {title(ill.window)}, {ill.error}. Correct it in the AppProject."
    if not now:
        return "No sync window is about this Application."
    denies = [each.window for each in now if each.active and each.window.kind == "deny"]
    allows = [each.window for each in now if each.active and each.window.kind == "allow"]
    shut = [each.window for each in now if not each.active and each.window.kind == "allow"]
    if auto:
        if denies or (shut and not allows):
            return f"The running sync may finish: {title((denies or shut)[0])} lets it."
        return f"Syncs run: {title(allows[0])} is open." if allows else "Syncs run: no deny window is open."
    who = "Only manual syncs run" if manual else "No sync runs"
    if denies:
        blocking = next((window for window in denies if not window.manual_sync), denies[0])
        return f"{who}: {title(blocking)} is open."
    blocking = next((window for window in shut if not window.manual_sync), shut[0])
    more = f", nor is one of {len(shut) - 1} others" if len(shut) > 1 else ""
    return f"{who}: {title(blocking)} is not open{more}."
