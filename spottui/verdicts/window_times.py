"""When a sync window opens or closes next.

A window is open between each fire of its schedule and the end of its duration after it, by its own clock; fires that
come before that end prolong it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

from spottui.records_argocd import SyncWindow
from spottui.verdicts.cron import Schedule, parse
from spottui.verdicts.go_notation import NANOSECONDS, duration

_DAY = 86400
_JUMPS, _JUMPS_IN_ZONE = 1200, 60
"""Prolongations that are followed; more are taken for a window that never closes. Few for a schedule with a time
zone of its own, whose next fire takes long to find."""
IsActive = Callable[[SyncWindow, float], bool]
OffsetOf = Callable[[SyncWindow, float], int]


def next_toggle(window: SyncWindow, at: float, end: float, is_active: IsActive, offset: OffsetOf) -> float | None:
    """Return when a window opens, if it is shut, or shuts, if it is open; None when not before `end`.

    The window has to be one that can be read. Between `at` and the answer its state does not change.
    """
    is_open = is_active(window, at)
    if is_open and _never_shuts(parse(window.schedule), duration(window.duration) / NANOSECONDS):
        return None
    moment = at
    while moment < end:
        ahead = offset(window, moment)
        wall = _edge(window, moment + ahead, end + ahead, is_open)
        found = end if wall is None else wall - ahead
        turn = _clock_change(window, moment, min(found, end), offset)
        if turn is None:
            return found if wall is not None and found < end else None
        if is_active(window, turn) != is_open:
            return turn  # its clock was put forward over an edge, or back behind one
        moment = turn
    return None


def _edge(window: SyncWindow, wall: float, end: float, is_open: bool) -> float | None:
    """Return the next opening or closing by the window's clock, from a reading of it on."""
    schedule, length = parse(window.schedule), duration(window.duration) / NANOSECONDS
    if not is_open:
        return _opening(schedule, wall, length)
    fire = schedule.after(wall - length)
    for _ in range(_JUMPS if schedule.zone is None else _JUMPS_IN_ZONE):
        if fire is None:
            return None  # it never fires, and is open for ever
        fire = _last_of_run(schedule, fire, length)
        closing = fire + length
        if closing >= end:
            return None
        following = schedule.after(fire)
        if following is None or following > closing:
            return closing
        fire = following
    return None


def _opening(schedule: Schedule, wall: float, length: float) -> float | None:
    """The next fire; but with a duration below zero a window is never open."""
    if length <= 0:
        return None
    fire = schedule.after(wall - 1)  # a fire that is just now has not opened it yet
    return None if fire is None else float(fire)


def _last_of_run(schedule: Schedule, fire: int, length: float) -> int:
    """Return the last fire on the same day that is reached before the window shuts.

    Only for schedules without a zone of their own: their days are all alike.
    """
    if schedule.zone is not None:
        return fire
    times, widest = schedule.times, _widest_gap(schedule.times)
    midnight = fire - fire % _DAY
    if widest <= length:
        return midnight + times[-1]
    last = fire
    for time in times[bisect_right(times, fire - midnight) :]:
        if midnight + time - last > length:
            break
        last = midnight + time
    return last


@lru_cache(maxsize=256)
def _widest_gap(times: tuple[int, ...]) -> int:
    return max((after - before for before, after in pairwise(times)), default=0)


def _never_shuts(schedule: Schedule, length: float) -> bool:
    """Tell whether it fires on every day, and so often that its window is always open."""
    if schedule.zone is not None or not (schedule.any_day and schedule.any_weekday and len(schedule.months) == 12):
        return False
    times = schedule.times
    return bool(times) and max(_widest_gap(times), _DAY - times[-1] + times[0]) <= length


def _clock_change(window: SyncWindow, begin: float, end: float, offset: OffsetOf) -> float | None:
    """Return the first time after `begin` and before `end` at which the window's clock is put forward or back."""
    if not window.time_zone:
        return None
    now, low = offset(window, begin), begin
    while low < end:
        high = min(low + _DAY, end)
        if offset(window, high) != now:
            return _bisected(window, int(low), int(high) + 1, now, offset)
        low = high
    return None


def _bisected(window: SyncWindow, low: int, high: int, now: int, offset: OffsetOf) -> float:
    while high - low > 1:
        middle = (low + high) // 2
        if offset(window, middle) == now:
            low = middle
        else:
            high = middle
    return float(high)
