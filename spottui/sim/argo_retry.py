"""Retries of an operation that failed: how often, when, and what is said about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from spottui.sim.argo_memory import Memory
from spottui.sim.argo_windows import BadWindow, duration
from spottui.sim.objects import rfc3339

FIRST, FACTOR, LONGEST = 5.0, 2, 180.0


def _wait(retry: dict[str, Any], count: int) -> float:
    """Return the seconds before the retry after `count` others."""
    backoff = retry.get("backoff") or {}
    first = duration(backoff["duration"]) if backoff.get("duration") else FIRST
    longest = duration(backoff["maxDuration"]) if backoff.get("maxDuration") else LONGEST
    wait = first * float(backoff.get("factor") or FACTOR) ** min(count, 60)
    return min(wait, longest) if longest > 0 else wait


def is_retried(state: dict[str, Any], was_terminating: bool, wall: float) -> float:
    """Make a failed state one that waits for its retry, where one is due; return the seconds until then, or 0."""
    retry = state["operation"].get("retry") or {}
    limit, count = retry.get("limit", 0), state.get("retryCount", 0)
    if was_terminating or not (count < limit or limit < 0):
        if count > 0:
            state["message"] = f"{state.get('message', '')} (retried {count} times)."
        return 0.0
    try:
        wait = _wait(retry, count)
    except BadWindow as error:
        state["message"] = f"{state.get('message', '')} (failed to retry: {error})"
        return 0.0
    at = datetime.fromtimestamp(wall + wait, UTC)
    state |= {"phase": "Running", "finishedAt": rfc3339(wall), "retryCount": count + 1}
    clock = f"{at.hour % 12 or 12}:{at:%M}{'AM' if at.hour < 12 else 'PM'}"
    state["message"] = f"{state.get('message', '')}. Retrying attempt #{count + 1} at {clock}."
    return wait


def retry_wait(state: dict[str, Any], memory: Memory, now: float) -> float:
    """Return the seconds until a waiting operation is tried again; `now` is the story's time."""
    if memory.finished_at is None:
        return 0.0  # the controller was restarted meanwhile
    try:
        wait = _wait(state["operation"].get("retry") or {}, max(0, state.get("retryCount", 1) - 1))
    except BadWindow:
        return 0.0
    return memory.finished_at + wait - now
