"""A log on the line API: draws only the rows in view, however many lines there are or come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich.cells import cell_len
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from spottui.records_logs import LogLine
from spottui.widgets.log_buffer import LIMIT, LogBuffer
from spottui.widgets.log_format import spans_of
from spottui.widgets.tones import TONE_CLASSES, Line, cut, draw_line, wrap

ROWS_OF_ONE = 40
"""Rows that one wrapped line takes at most; a megabyte in one line must not fill the screen for ever."""


class LogView(Widget, can_focus=True):
    """Shows a `LogBuffer` from an anchored line on, or its end while it follows."""

    COMPONENT_CLASSES = TONE_CLASSES | {"log--found"}
    DEFAULT_CSS = "LogView { height: 1fr; width: 1fr; }"
    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", show=False, id="log.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="log.down"),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False, id="log.page-up"),
        Binding("pagedown,space,ctrl+d", "page(1)", "Page down", show=False, id="log.page-down"),
        Binding("g,home", "top", "Top", show=False, id="log.top"),
        Binding("G,end", "follow", "End, and follow", show=False, id="log.end"),
        Binding("left", "sideways(-20)", "Left", show=False, id="log.left"),
        Binding("right", "sideways(20)", "Right", show=False, id="log.right"),
    ]

    class Changed(Message):
        """What is in view changed by a key: follow, position."""

    def __init__(self, *, limit: int = LIMIT, plain: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self.buffer = LogBuffer(limit)
        self._plain = plain
        self.follows = True
        self.wraps, self.shows_times, self.is_pretty = False, False, True
        self.names: dict[str, str] = {}
        """Tag drawn before the lines of a "pod/container"; empty while there is only one."""
        self.paint: Callable[[str], Line] | None = None
        """How a line's text is drawn when it is no log."""
        self.needle = ""
        self._anchor = 0
        """Number of the line at the top when it does not follow."""
        self._left = 0
        self._rows: list[tuple[Line, bool]] = []
        self._drawn: tuple[object, ...] = ()
        self._drawn_left = 0

    # -- filling -----------------------------------------------------------------------------------

    def add(self, lines: Iterable[LogLine]) -> None:
        """Take in lines; `show` draws them."""
        self.buffer.add(lines)

    def show(self) -> None:
        """Draw what changed; nothing is written when the rows in view are the same."""
        state = (self.size, self.follows, self._anchor, self._left, self.wraps, self.shows_times, self.is_pretty)
        news = self.buffer.end if self.follows or len(self._rows) < self.size.height else 0
        seen = (*state, news, self.buffer.first > self._anchor, self.needle, self.buffer.row_filter, tuple(self.names))
        if seen != self._drawn:
            before, self._rows = self._rows, self._visible()
            is_moved = self._drawn[:1] != seen[:1] or self._left != self._drawn_left
            self._drawn, self._drawn_left = seen, self._left
            if len(before) != len(self._rows) or is_moved:
                self.refresh()
                return
            for y, (old, new) in enumerate(zip(before, self._rows, strict=True)):
                if old != new:
                    self.refresh(Region(0, y, self.size.width, 1))

    def _visible(self) -> list[tuple[Line, bool]]:
        """Return the rows in view, each with whether it holds what is searched for."""
        height, rows = self.size.height, list[tuple[Line, bool]]()
        if height < 1:
            return rows
        if self.follows:
            for number in self.buffer.backward(self.buffer.end):
                rows[:0] = self._rows_of(number)
                if len(rows) >= height:
                    break
            return rows[-height:]
        for number in self.buffer.forward(self._anchor):
            rows += self._rows_of(number)
            if len(rows) >= height:
                break
        return rows[:height]

    def _rows_of(self, number: int) -> list[tuple[Line, bool]]:
        line = self.buffer.line(number)
        if self.paint is not None:
            spans = self.paint(line.text)
        else:
            spans = spans_of(line, times=self.shows_times, names=self.names, pretty=self.is_pretty, plain=self._plain)
        is_found = bool(self.needle) and self.needle.casefold() in line.text.casefold()
        if not self.wraps or line.kind == "gap":
            return [(spans, is_found)]
        width = max(1, self.size.width)
        spans = tuple((text[: width * ROWS_OF_ONE], tone) for text, tone in spans)
        return [(row, is_found) for row in wrap(spans, width, indent=2)[:ROWS_OF_ONE]]

    # -- drawing -----------------------------------------------------------------------------------

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return container.height

    def on_resize(self) -> None:
        self.show()

    def render_line(self, y: int) -> Strip:
        row, is_found = self._rows[y] if y < len(self._rows) else ((), False)
        width = self.size.width
        if self.wraps or not row:
            strip = draw_line(self, row, width)
        else:
            shown = tuple((text[: 4 * (self._left + width) + 64], tone) for text, tone in row)
            strip = draw_line(self, shown, width, self._left)
            if sum(cell_len(text) for text, _ in shown) > self._left + width:
                strip = Strip.join(
                    [strip.crop(0, width - 1), draw_line(self, ((">" if self._plain else "…", "dim"),), 1)]
                )
        return strip.apply_style(self.get_component_rich_style("log--found")) if is_found else strip

    # -- keys --------------------------------------------------------------------------------------

    def _top_number(self) -> int:
        """Return the number of the line at the top of the view."""
        if not self.follows:
            return max(self._anchor, self.buffer.first)
        rows = 0
        top = self.buffer.first
        for number in self.buffer.backward(self.buffer.end):
            top = number
            rows += len(self._rows_of(number))
            if rows >= self.size.height:
                break
        return top

    def _go_to(self, number: int) -> None:
        self.follows, self._anchor = False, number
        self._changed()

    def _changed(self) -> None:
        self.show()
        self.post_message(self.Changed())

    def action_move(self, by: int) -> None:
        """Move by lines; at the end it follows again."""
        top = self._top_number()
        if by < 0:
            numbers = self.buffer.backward(top)
            target = top
            for _ in range(-by):
                target = next(numbers, target)
            self._go_to(target)
            return
        numbers = self.buffer.forward(top + 1)
        target = top
        for _ in range(by):
            target = next(numbers, target)
        rest = sum(1 for _, _ in zip(self.buffer.forward(target), range(self.size.height + 1), strict=False))
        if self.follows or (rest <= self.size.height and not self.wraps) or target == top:
            self.action_follow()
        else:
            self._go_to(target)

    def action_page(self, by: int) -> None:
        """Move by a page."""
        self.action_move(by * max(1, self.size.height - 1))

    def go_to_top(self) -> None:
        """Go to the first line that is kept, and draw."""
        self._drawn = ()
        self._go_to(self.buffer.first)

    def action_top(self) -> None:
        """Go to the oldest line that is kept."""
        self._go_to(self.buffer.first)

    def action_follow(self) -> None:
        """Go to the end and follow."""
        self.follows = True
        self._changed()

    def action_toggle_follow(self) -> None:
        """Stand still at what is in view, or follow again."""
        if self.follows:
            self._go_to(self._top_number())
        else:
            self.action_follow()

    def action_sideways(self, by: int) -> None:
        """Move sideways by cells; lines that do not wrap only."""
        self._left = max(0, self._left + by)
        self._changed()

    def find(self, needle: str, *, back: bool = False, again: bool = False) -> bool:
        """Go to the nearest line with `needle`; tell whether there is one. `again` leaves the current one."""
        self.needle = needle
        if not needle:
            self._changed()
            return True
        start = self._top_number() if again else (self.buffer.end if back else self._top_number() - 1)
        number = self.buffer.find(needle, start, back=back)
        if number is None:
            self._changed()
            return False
        self._go_to(number)
        return True

    def first_row_text(self) -> str:
        """Return the text of the line at the top, in full, for copying."""
        top = self._top_number()
        return self.buffer.line(top).text if self.buffer.first <= top < self.buffer.end else ""


def tag(name: str, width: int) -> str:
    """Return a name as wide as all tags are."""
    return f"{cut(name, width):<{width}}"
