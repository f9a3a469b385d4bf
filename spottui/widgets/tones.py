"""Text with a tone: the one way in which screens say colour, and in which widgets look it up."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from spottui.safe_text import steady

Span = tuple[str, str]
"""A text, cleaned of control characters, and its tone: "", good, warn, bad, dim, info, accent, title, key."""
Line = tuple[Span, ...]

TONES = ("good", "warn", "bad", "dim", "info", "accent", "title", "key")
TONE_CLASSES = {f"tone--{tone}" for tone in TONES}
"""Component classes for a widget that draws spans; base.tcss gives them their colours."""


def tone_style(widget: Widget, tone: str) -> Style:
    """Return the widget's style for a tone; its own style for the empty one."""
    return widget.get_component_rich_style(f"tone--{tone}") if tone else widget.rich_style


def draw_line(widget: Widget, line: Iterable[Span], width: int, start: int = 0) -> Strip:
    """Return the cells `start` to `start + width` of a line, cut by cells, filled up with the background."""
    segments = [Segment(printable(text), tone_style(widget, tone)) for text, tone in line if text]
    strip = Strip(segments).adjust_cell_length(start + width, widget.rich_style)
    return strip.crop(start, start + width) if start else strip


def printable(text: str) -> str:
    """Return the text with whatever a terminal would obey or hide drawn as a dot."""
    if not text.isprintable():
        text = "".join(char if char.isprintable() else "·" for char in text)
    return steady(text)


def cut(text: str, width: int) -> str:
    """Return the text in at most `width` cells, its end replaced by an ellipsis when it is longer."""
    if width <= 0:
        return ""
    head = text[: 4 * width + 16]  # enough characters for any cells, however many of them join
    if head == text and cell_len(text) <= width:
        return text
    return set_cell_size(head, width - 1).rstrip() + "…"


def wrap(line: Line, width: int, indent: int = 0) -> list[Line]:
    """Return the line folded at `width` cells, at spaces where there are any; follow-up lines are indented."""
    if width < 1:
        return [line]
    margin: list[Span] = [(" " * indent, "")] if 0 < indent < width - 1 else []
    after_fold = width - (indent if margin else 0)
    out: list[Line] = []
    current: list[Span] = []
    room, has_text = width, False
    for text, tone in line:
        rest = printable(text)
        while cell_len(rest) > room:
            head = _head(rest, room, after_fold, has_text)
            out.append((*current, (head, tone)) if head else tuple(current))
            rest = rest[len(head) :].lstrip(" ")
            current, room, has_text = list(margin), after_fold, False
        if rest:
            current.append((rest, tone))
            room -= cell_len(rest)
            has_text = True
    if has_text or not out:
        out.append(tuple(current))
    return out


def _head(text: str, room: int, after_fold: int, has_text: bool) -> str:
    """Return what of the text still goes onto this line; empty only when the line has text already."""
    head = text[: _fit(text, room)]
    if (space := head.rfind(" ")) > 0:
        return head[: space + 1]
    if has_text and cell_len(text.split(" ", 1)[0]) <= after_fold:
        return ""  # the next word fits on a line of its own
    return head if head or has_text else text[:1]


def _fit(text: str, width: int) -> int:
    """Return how many characters of the text fit into `width` cells."""
    count = min(len(text), width)
    while count and cell_len(text[:count]) > width:
        count -= 1
    while count < len(text) and cell_len(text[: count + 1]) <= width and count < 4 * width + 16:
        count += 1
    return count
