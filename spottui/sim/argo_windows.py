"""Sync windows as the embedded Argo CD's controller reads them from AppProjects.

Left out of the real one: the cron expressions are read by cronsim, which differs from Argo CD's own library in
rare ones (Sunday as 7, day of month together with day of week, a day that no month has).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

Window = dict[str, Any]

_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class BadWindow(Exception):
    """A window that cannot be read, in Argo CD's words."""


def duration(text: str) -> float:
    """Return the seconds of a Go duration, e.g. "1h30m".

    Raises:
        BadWindow: It is none.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise BadWindow(f'time: invalid duration "{text}"')
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def matching(windows: Iterable[Window], app: dict[str, Any]) -> list[Window]:
    """Return the windows that are about an Application."""
    destination = app["spec"].get("destination") or {}
    subjects = {
        "applications": [app["metadata"]["name"]],
        "namespaces": [destination.get("namespace", "")],
        "clusters": [destination.get("server", ""), destination.get("name", "")],
    }
    return [window for window in windows if _is_about(window, subjects)]


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern of Argo CD's (`*`, `?`, `[a-c]`, `{this,that}`) fits the whole of a text."""
    opening = pattern.find("{")
    closing = pattern.find("}", opening)
    if opening < 0 or closing < 0:
        return fnmatchcase(text, pattern)
    begin, rest = pattern[:opening], pattern[closing + 1 :]
    return any(matches(begin + each + rest, text) for each in pattern[opening + 1 : closing].split(","))


def _is_about(window: Window, subjects: dict[str, list[str]]) -> bool:
    hits = [
        any(matches(pattern, subject) for pattern in window[given] for subject in subjects[given])
        for given in subjects
        if window.get(given)
    ]
    return bool(hits) and (all(hits) if window.get("andOperator") else any(hits))


def is_active(window: Window, at: float) -> bool:
    """Tell whether a window is open; `at` is in seconds since the epoch.

    Raises:
        BadWindow: The schedule or the duration cannot be read.
    """
    length = duration(window.get("duration", ""))
    now = datetime.fromtimestamp(at, UTC) + _offset(window.get("timeZone") or "UTC", at)
    now = now.replace(tzinfo=None)  # Argo CD reckons with the wall clock's reading, as if it were UTC
    try:
        opening = next(CronSim(window.get("schedule", ""), now - timedelta(seconds=length)))
    except CronSimError as error:
        raise BadWindow(f"cannot parse schedule '{window.get('schedule', '')}': {error}") from error
    except StopIteration:
        return True  # a schedule that never fires: the real one takes its "never" for the year 1, long past
    return opening < now


def _offset(zone: str, at: float) -> timedelta:
    try:
        return datetime.fromtimestamp(at, ZoneInfo(zone)).utcoffset() or timedelta(0)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return timedelta(0)


def can_sync(windows: Sequence[Window], at: float, *, is_manual: bool, started: float | None = None) -> bool:
    """Tell whether a sync may run under the windows that are about its Application.

    Args:
        started: When the operation began, when one runs: it may finish under `syncOverrun`.

    Raises:
        BadWindow: One of them cannot be read; the real controller then allows nothing.
    """
    active = [window for window in windows if is_active(window, at)]
    inactive = [window for window in windows if window not in active]
    denies = [window for window in active if window.get("kind") == "deny"]
    shut = [window for window in inactive if window.get("kind") == "allow"]
    if denies:
        blocking = denies
    elif any(window.get("kind") == "allow" for window in active) or not shut:
        return True
    else:
        blocking = shut
    if is_manual and all(window.get("manualSync") for window in blocking):
        return True
    if started is not None and all(window.get("syncOverrun") for window in blocking):
        return can_sync(windows, started, is_manual=is_manual)
    return False
