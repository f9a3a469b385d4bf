"""What a step of this computer's clock does to the moments that the store remembers; pure."""

from __future__ import annotations

from msgspec.structs import replace

from spottui.events import ClockSet, LinkDown, LinkUp
from spottui.records import Access


def moved(moment: float, step: ClockSet) -> float:
    """Return a moment that was read from the clock before it was set, as the clock now counts."""
    was_read_since = step.at - step.noticed_within <= moment <= step.at
    return moment if was_read_since else moment + step.by


def moved_access(access: Access, step: ClockSet) -> Access:
    """Return how we stand with a kind, heard as long ago as before."""
    return access if access.heard_at is None else replace(access, heard_at=moved(access.heard_at, step))


def moved_link(link: LinkUp | LinkDown, step: ClockSet) -> LinkUp | LinkDown:
    """Return the last word of a link, as old as before."""
    if isinstance(link, LinkUp):
        return replace(link, heard_at=moved(link.heard_at, step))
    return replace(link, at=moved(link.at, step))
