"""What a Spot says of its mission; words and times as in `spottui.records_robot`."""

from __future__ import annotations

from msgspec import Struct


class MissionText(Struct, frozen=True):
    """One active_mission_text."""

    text: str
    severity: str
    """unknown, info, warn, error or critical."""


class MissionQuestion(Struct, frozen=True, kw_only=True):
    """A question that a mission asks."""

    id: int
    text: str
    source: str = ""
    options: tuple[str, ...] = ()
    severity: str = "unknown"
    for_autonomous_processing: bool = False


class Mission(Struct, frozen=True, kw_only=True):
    """The mission service's state."""

    status: str = "unknown"
    """failure, running, success, paused, error, none, stopped or unknown."""
    id: int | None = None
    name: str = ""
    step: str = ""
    """Name of the deepest running node."""
    error: str = ""
    texts: tuple[MissionText, ...] = ()
    questions: tuple[MissionQuestion, ...] = ()
    """Open ones."""
