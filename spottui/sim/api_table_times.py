"""Ages and times as kubectl words them."""

from __future__ import annotations

from datetime import datetime

UNKNOWN = "<unknown>"
NONE = "<none>"


def seconds_of(text: str | None) -> float | None:
    """Return a time stamp as seconds since the epoch; None when there is none."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def since(text: str | None, now: float) -> str:
    """Return how long ago a time stamp is."""
    at = seconds_of(text)
    return UNKNOWN if at is None else span(now - at)


def span(duration: float) -> str:
    """Return a duration in seconds as kubectl writes it: "45s", "3m20s", "5h", "12d"."""
    seconds = int(duration)
    if seconds < 0:
        return "<invalid>" if seconds < -1 else "0s"
    minutes, hours = seconds // 60, seconds // 3600
    days = hours // 24
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    if days < 2920:
        return _two(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"
