"""Time: now, ages as kubectl prints them, RFC 3339; nothing else may read the system clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> float:
    """Return seconds since the epoch (UTC) by this computer's clock."""
    return time.time()


def elapsed() -> float:
    """Return seconds since some moment in the past; they go on while this computer sleeps, and nobody can set them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))  # macOS: the latter sleeps not


def parse_time(text: str | None) -> float | None:
    """Return seconds since the epoch for an RFC 3339 text, or None when it is absent or no time."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def rfc3339(moment: float) -> str:
    """Return `moment` as RFC 3339 in UTC with whole seconds, as Kubernetes writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def age(since: float | None, at: float) -> str:
    """Return the time from `since` to `at` as kubectl's AGE column prints it: "12s", "3m5s"; "?" for None."""
    if since is None:
        return "?"
    seconds = int(at - since)
    if seconds < 0:
        return "0s"
    if seconds < 120:
        return f"{seconds}s"
    minutes = seconds // 60
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    hours = minutes // 60
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    days = hours // 24
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    years, rest = divmod(days, 365)
    return _two(years, "y", rest, "d") if years < 8 else f"{years}y"


def calm_age(since: float | None, at: float) -> str:
    """Return the time from `since` to `at` in one unit, below a minute in tens of seconds.

    For tables: over a slow link a column that changes every second on every row is most of the traffic.
    """
    if since is None:
        return "?"
    seconds = max(0, int(at - since))
    if seconds < 60:
        return f"{seconds // 10 * 10}s"
    for size, unit, limit in ((60, "m", 180), (3600, "h", 72), (86400, "d", 730)):
        if seconds // size < limit:
            return f"{seconds // size}{unit}"
    return f"{seconds // (365 * 86400)}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    """Join two units, the smaller one left out when it is zero, as kubectl does."""
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"
