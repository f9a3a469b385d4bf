"""The Timeline's lines: what happened, when, to whom; also what is kept of them on the disk."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from spottui.records import Target

Tone = Literal["", "good", "warn", "bad", "info"]

ENTRY_KINDS = (
    "restart",
    "pod",
    "image",
    "rollout",
    "scale",
    "object",
    "sync",
    "app",
    "node",
    "event",
    "link",
    "probe",
    "network",
    "robot",
    "window",
    "command",
    "spottui",
)
"""What a line may be about (`TimelineEntry.what`), in the order in which they are offered to filter by."""


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """Something that changed, with who or what did it."""

    uid: str
    """The same for the same happening, whoever heard it and how often."""
    at: float
    tone: Tone
    what: str
    """One of `ENTRY_KINDS`."""
    subject: str
    """"namespace/name" or a name."""
    text: str
    target: Target | None = None
    """What it is about, to go there; None: nothing that could be shown."""
    chain: tuple[str, ...] = ()
    """UIDs of the owners of `target`, the nearest first, as known when it happened."""
    group: str = ""
    """Repetitions of one group within minutes are one entry with a count; empty: it stands alone."""
    count: int = 1
    until: float | None = None
    """When it was heard last, if more than once."""
    unseen: float | None = None
    """Seconds before `at` in which nothing was heard: it happened somewhere in them. None: seen as it happened."""
    is_earlier: bool = False
    """A spottui before this one heard it: it was read from the disk."""
