"""Text with a tone: the one way in which screens say colour, and in which widgets look it up."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

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
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "·" for char in text)


def cut(text: str, width: int) -> str:
    """Return the text in at most `width` cells, its end replaced by an ellipsis when it is longer."""
    if cell_len(text[: width + 1]) <= width and len(text) <= width:
        return text
    text = text[: width + 1]
    if cell_len(text) <= width and len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""


def wrap(line: Line, width: int, indent: int = 0) -> list[Line]:
    """Return the line folded at `width` cells, at spaces where there are any; follow-up lines are indented."""
    out: list[Line] = []
    current: list[Span] = []
    room = width
    for text, tone in line:
        rest = text
        while cell_len(rest) > room:
            head = rest[: _fit(rest, room)]
            if (space := head.rfind(" ")) > 0 and len(head) < len(rest):
                head = head[: space + 1]
            elif current and cell_len(rest.split(" ", 1)[0]) <= width - indent:
                head = ""  # the next word fits on a line of its own
            if not head and not current:
                head = rest[:1]
            current.append((head, tone))
            out.append(tuple(current))
            rest = rest[len(head) :].lstrip(" ")
            current, room = [(" " * indent, "")] if indent else [], max(1, width - indent)
            if not rest:
                break
        if rest:
            current.append((rest, tone))
            room -= cell_len(rest)
    if current or not out:
        out.append(tuple(current))
    return out


def _fit(text: str, width: int) -> int:
    """Return how many characters of the text fit into `width` cells."""
    used = 0
    for index, char in enumerate(text):
        used += cell_len(char)
        if used > width:
            return index
    return len(text)
