"""Lines of toned text that scroll; draws only the lines in view and redraws only those that changed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from spottui.widgets.tones import TONE_CLASSES, Line, draw_line, wrap


class Lines(ScrollView, can_focus=True):
    """Toned text, one tuple of spans per line; folded at the width when `folds`, what follows by `indent` cells."""

    COMPONENT_CLASSES = TONE_CLASSES
    DEFAULT_CSS = """
    Lines { height: auto; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """
    BINDINGS = [
        Binding("up,k", "scroll_by(-1)", "Up", show=False, id="lines.up"),
        Binding("down,j", "scroll_by(1)", "Down", show=False, id="lines.down"),
        Binding("pageup", "scroll_pages(-1.0)", "Page up", show=False, id="lines.page-up"),
        Binding("pagedown,space", "scroll_pages(1.0)", "Page down", show=False, id="lines.page-down"),
        Binding("ctrl+u", "scroll_pages(-0.5)", "Half page up", show=False, id="lines.half-up"),
        Binding("ctrl+d", "scroll_pages(0.5)", "Half page down", show=False, id="lines.half-down"),
        Binding("g,home", "scroll_to_line(0)", "Top", show=False, id="lines.top"),
        Binding("G,end", "scroll_to_line(-1)", "Bottom", show=False, id="lines.bottom"),
    ]

    def __init__(
        self, lines: Sequence[Line] = (), *, folds: bool = False, indent: int = 2, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._source: tuple[Line, ...] = tuple(lines)
        self._lines: list[Line] = list(lines)
        self._folds, self._indent = folds, indent

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines; nothing is written for those that stand there already."""
        source = tuple(lines)
        if source != self._source:
            self._source = source
            self._lay_out()

    def on_resize(self) -> None:
        self._lay_out(everything=True)

    def on_mount(self) -> None:
        self._lay_out(everything=True)

    def _lay_out(self, everything: bool = False) -> None:
        width, before = self.scrollable_content_region.width, self._lines
        if width < 1:
            return  # not laid out yet: what were drawn now would be drawn again at once
        if self._folds:
            self._lines = [part for line in self._source for part in wrap(line, width, indent=self._indent)]
        else:
            self._lines = list(self._source)
        if len(before) != len(self._lines) or everything:
            self.virtual_size = Size(width, len(self._lines))
            self.refresh(layout=len(before) != len(self._lines))
            return
        for index, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                self.refresh_lines(index)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        line = self._lines[index] if index < len(self._lines) else ()
        return draw_line(self, line, self.scrollable_content_region.width)

    def find(self, needle: str, *, back: bool, again: bool) -> bool:
        """Scroll to the next line that holds `needle`, seen from the top one; return whether there is one."""
        top, wanted = self.scroll_offset.y, needle.casefold()
        order = range(top - 1, -1, -1) if back else range(top + again, len(self._lines))
        for place in order:
            if wanted in "".join(text for text, _ in self._lines[place]).casefold():
                is_seen = top + self.size.height > place >= top and self.max_scroll_y <= top
                self.scroll_to(y=place, animate=False)
                return not (again and is_seen)
        return False

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by a number of lines."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def action_scroll_pages(self, pages: float) -> None:
        """Scroll by a part of the visible height."""
        self.scroll_to(y=self.scroll_offset.y + round(pages * max(1, self.size.height)), animate=False)

    def action_scroll_to_line(self, line: int) -> None:
        """Scroll to a line; -1 is the last one."""
        self.scroll_to(y=len(self._lines) if line < 0 else line, animate=False)
