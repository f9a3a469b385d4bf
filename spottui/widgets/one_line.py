"""Single-line widgets: the header line, the line of screens and the key bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from spottui.widgets.tones import TONE_CLASSES, Line, Span, draw_line


class Part(NamedTuple):
    """A piece of a line that may drop out where there is no room."""

    spans: Line
    priority: int = 0
    """0 stays; of the others the highest number drops out first."""
    sends: str = ""
    """What a click on it sends: a key or a screen; empty for nothing."""
    short: Line = ()
    """What stands in its place before anything drops out; empty: it has no shorter form."""


def key_bar(words: Iterable[tuple[str, str]]) -> list[Part]:
    """Return a bar of keys, each with what it does; the last ones drop out first."""
    return [Part(((key, "key"), (f" {word}", "")), place) for place, (key, word) in enumerate(words)]


class OneLine(Widget):
    """Draws parts on one line, dropping the least important ones when the terminal is narrow."""

    COMPONENT_CLASSES = TONE_CLASSES
    DEFAULT_CSS = "OneLine { height: 1; width: 1fr; }"

    class Clicked(Message):
        """A part was clicked; `sends` is its word."""

        def __init__(self, sends: str) -> None:
            super().__init__()
            self.sends = sends

    def __init__(self, *, gap: str = "  ", id: str | None = None) -> None:
        super().__init__(id=id)
        self._parts: tuple[Part, ...] = ()
        self._gap = gap

    def show(self, parts: Sequence[Part]) -> None:
        """Draw these parts; writes nothing when they are the same as before."""
        if tuple(parts) != self._parts:
            self._parts = tuple(parts)
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        spans: list[Span] = []
        for part in fitting(self._parts, width, len(self._gap)):
            if spans:
                spans.append((self._gap, ""))
            spans.extend(part.spans)
        return draw_line(self, spans, width)

    def on_click(self, event: Click) -> None:
        x = 0
        for part in fitting(self._parts, self.size.width, len(self._gap)):
            end = x + _width(part.spans)
            if x <= event.x < end and part.sends:
                self.post_message(self.Clicked(part.sends))
                return
            x = end + len(self._gap)


def fitting(parts: Iterable[Part], width: int, gap: int) -> list[Part]:
    """Return the parts that fit into `width` cells, in their order; the shorter forms come before any loss."""
    kept = list(parts)
    for place in range(len(kept) - 1, -1, -1):
        if _total(kept, gap) <= width:
            break
        if kept[place].short:
            kept[place] = kept[place]._replace(spans=kept[place].short)
    while len(kept) > 1 and _total(kept, gap) > width:
        worst = max(part.priority for part in kept)
        if worst == 0:
            break
        del kept[max(place for place, part in enumerate(kept) if part.priority == worst)]
    return kept


def _total(parts: Sequence[Part], gap: int) -> int:
    return sum(_width(part.spans) for part in parts) + gap * (len(parts) - 1)


def _width(spans: Iterable[Span]) -> int:
    return sum(cell_len(text) for text, _ in spans)
