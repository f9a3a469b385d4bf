"""Words and spans that the robot's lines share: unknown is "?", and each standing is another sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from spottui import clock
from spottui.records import Access
from spottui.records_robot import Robot
from spottui.screens.glyphs import glyph
from spottui.widgets.tones import Line, Span

LABEL = 10
"""Cells of the column of labels."""
SILENT = 15.0
"""Seconds without the robot's state after which what we show is old, whatever its source says."""


class Look(Struct, frozen=True, kw_only=True):
    """What drawing the robot depends on beside the robot."""

    now: float
    plain: bool
    is_lost: bool = False
    """Nobody reads the robot any more."""


class Section(Struct, frozen=True):
    """A block of lines about one part of the robot."""

    title: str
    part: str
    """Of `spottui.records_robot.ROBOT_PARTS`; empty for what is worked out here."""
    lines: Sequence[Line]


def number(value: float | None, unit: str, digits: int = 0, *, signed: bool = False) -> str:
    """Return a number with its unit; "?" when it is not known."""
    if value is None:
        return f"? {unit}"
    return f"{value:{'+' if signed else ''}.{digits}f} {unit}"


def words(word: str) -> str:
    """Return a word of the API as one reads it; "?" for unknown."""
    return "?" if word in ("", "unknown") else word.replace("_", " ")


def lasts(seconds: float | None) -> str:
    """Return a runtime: "1h15m", in steps of a minute."""
    return "?" if seconds is None else clock.age(0, seconds // 60 * 60)


def mark(tone: str, word: str, look: Look) -> Span:
    """Return a state as glyph, word and colour."""
    return (f"{glyph(tone, look.plain)} {word}", tone)


def standing(robot: Robot, part: str, look: Look) -> tuple[str, bool]:
    """Return what is to be said of how old a part is or why it is not there, and whether its values are dimmed."""
    access = robot.access.get(part)
    if access is None or access.state == "waiting":
        return "waiting for the first answer", False
    if access.state == "forbidden":
        return "not permitted" + _why(access, "a user's login may see more"), True
    if access.state == "absent":
        return "not fitted" + _why(access), True
    if access.state in ("expired", "failed"):
        return f"{'login expired' if access.state == 'expired' else 'cannot be read'}{_why(access)}", True
    silent = part == "state" and access.heard_at is not None and look.now - access.heard_at > SILENT
    if access.state == "live" and not look.is_lost and not silent:
        return "", False
    return f"heard {clock.calm_age(access.heard_at, look.now)} ago", True


def _why(access: Access, otherwise: str = "") -> str:
    why = access.reason or otherwise
    return f": {why}" if why else ""


def drawn(sections: Sequence[Section], robot: Robot, look: Look) -> list[Line]:
    """Return the sections below each other: the title beside the first line, dimmed where the values are old."""
    out: list[Line] = []
    for section in sections:
        said, is_old = standing(robot, section.part, look) if section.part else ("", False)
        lines = [tuple((text, "dim") for text, _ in line) for line in section.lines] if is_old else section.lines
        note: Line = ((f"({said})" if lines else said, "warn" if is_old and lines else "dim"),) if said else ()
        title: Span = (f"{section.title:<{LABEL}}", "title")
        if not lines:
            out.append((title, *(note or (("?", "dim"),))))
            continue
        out.append((title, *lines[0], *(((("  ", ""), *note)) if note else ())))
        out += [((" " * LABEL, ""), *line) for line in lines[1:]]
    return out


def listed(rows: Sequence[tuple[str, ...]], tone_of: Callable[[int], str] | None = None) -> list[Line]:
    """Return rows in columns as wide as their widest cell, at most 34."""
    if not rows:
        return []
    widths = [min(34, max(len(row[place]) for row in rows)) for place in range(len(rows[0]))]
    out: list[Line] = []
    for index, row in enumerate(rows):
        text = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        out.append(((text, tone_of(index) if tone_of else ""),))
    return out


def joined(parts: Mapping[str, str]) -> str:
    """Return "name value" pairs with wide gaps."""
    return "   ".join(f"{name} {value}" for name, value in parts.items())
