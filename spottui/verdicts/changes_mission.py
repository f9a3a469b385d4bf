"""What changed between two words on the robot's mission: started, paused, ended, failed, questions."""

from __future__ import annotations

from collections.abc import Iterator

from spottui.records_mission import Mission
from spottui.records_timeline import Tone

OVER: dict[str, tuple[Tone, str]] = {
    "success": ("good", "ended well"),
    "failure": ("bad", "failed"),
    "error": ("bad", "ended with an error"),
    "stopped": ("warn", "stopped"),
}


def mission_steps(before: Mission | None, after: Mission | None) -> Iterator[tuple[str, Tone, str]]:
    """Yield key, tone and text of each step; nothing where either side is not known."""
    if before is None or after is None:
        return
    named = f"mission {after.name or before.name}".rstrip()
    is_other = before.id != after.id and None not in (before.id, after.id)
    if after.status != before.status or is_other:
        yield from _status(before, after, named, is_other)
    asked = {question.id for question in before.questions}
    for question in after.questions:
        if question.id not in asked:
            yield (f"question {question.id}", "warn", f"{named} asks: {question.text}")


def _status(before: Mission, after: Mission, named: str, is_other: bool) -> Iterator[tuple[str, Tone, str]]:
    if before.status == "unknown" or after.status == "unknown":
        return
    if after.status == "running":
        goes_on = before.status == "paused" and not is_other
        yield ("mission running", "info", f"{named} {'goes on' if goes_on else 'started'}")
    elif after.status == "paused":
        step = f" at {after.step}" if after.step else ""
        yield ("mission paused", "warn", f"{named} paused{step}")
    elif after.status in OVER:
        tone, word = OVER[after.status]
        why = f": {after.error}" if after.error else ""
        yield (f"mission {after.status}", tone, f"{named} {word}{why}")
    elif after.status == "none" and before.status in ("running", "paused"):
        yield ("mission none", "warn", f"{named} was taken away while it was {before.status}")
