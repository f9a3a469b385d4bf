"""Knows how to keep rows painted with the least writing; must not know why they scroll, keys or messages."""

from collections.abc import Sequence
from functools import lru_cache
from textwrap import wrap
from typing import Generic

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from spottui.widgets.cell_text import clean
from spottui.widgets.column_layout import lay_out
from spottui.widgets.flashes import Flashes
from spottui.widgets.row_filter import RowFilter
from spottui.widgets.row_index import Column, R, RowIndex
from spottui.widgets.row_painter import CURSOR, GONE, MARKED, STALE, TONES, Glyphs, Line, RowPainter, palette_of

PARTS = ("header", "cursor", "marked", "flash", "gone")
_LONGEST_MESSAGE = 1_000
"""Characters; a refusal from a server may be of any length, and folding takes the square of it."""


@lru_cache(maxsize=8)
def _wrapped(text: str, width: int) -> list[str]:
    return wrap(clean(text), width)


class RowDrawing(ScrollView, Generic[R]):
    """Draws the rows in view and repaints only the lines that look different from what was last painted."""

    COMPONENT_CLASSES = {f"live-table--{name}" for name in (*TONES, *PARTS)}
    ALLOW_SELECT = False  # a drag would repaint every line it passes

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        index: RowIndex[R],
        glyphs: Glyphs,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._index = index
        self._glyphs = glyphs
        self._flashes = Flashes()
        self._now = 0.0
        self._stale = self._wide = False
        self._selected: str | None = None
        self._marks: frozenset[str] = frozenset()
        self._sorted_by: str | None = None
        self._descending = False
        self._filter = RowFilter()
        self._empty = ""
        self._painter: RowPainter | None = None
        self._painter_is_old = False
        """True after a change of style, which as a rule leaves the table as it was: then nothing is repainted."""
        self._painted: dict[int, object] = {}

    @property
    def empty(self) -> str:
        """Sentence shown in place of rows."""
        return self._empty

    @empty.setter
    def empty(self, sentence: str) -> None:
        if sentence != self._empty:
            self._empty = sentence
            self._repaint_changed()

    @property
    def _view_size(self) -> Size:
        """Cells to draw in, without the scroll bar; `size` counts the bar."""
        return self.scrollable_content_region.size

    @property
    def _page(self) -> int:
        """Rows that fit under the header."""
        return max(0, self._view_size.height - 1)

    def _current_painter(self) -> RowPainter:
        """Return the painter for the present width and styles."""
        width, painter = self._view_size.width, self._painter
        if painter is None or self._painter_is_old or painter.view_width != width:
            layout, palette = lay_out(self._columns, width, self._wide), palette_of(self)
            if painter is None or (painter.view_width, painter.layout, painter.palette) != (width, layout, palette):
                painter = self._painter = RowPainter(layout, palette, self._glyphs, width)
            self._painter_is_old = False
        return painter

    def _line(self, painter: RowPainter, uid: str) -> Line:
        flags = CURSOR if uid == self._selected else 0
        if uid in self._marks:
            flags |= MARKED
        if self._index.held_is_gone and uid == self._index.held:
            flags |= GONE
        if self._stale:
            flags |= STALE
        return Line(
            painter.cells(uid, self._index.rows[uid], self._now),
            flags,
            self._flashes.of(uid) if self._flashes else frozenset(),
        )

    def _look(self, painter: RowPainter, y: int) -> object:
        """Return all that the drawing of screen line `y` depends on, but for the painter."""
        if y == 0:
            return (self._sorted_by, self._descending)
        order = self._index.order
        place = y - 1 + self.scroll_offset.y
        if place < len(order):
            return self._line(painter, order[place])
        if order:
            return ""
        lines = _wrapped(self._message()[:_LONGEST_MESSAGE], max(1, self._view_size.width - 2))
        return f" {lines[y - 1]}" if y <= len(lines) else ""

    def _message(self) -> str:
        """Return the sentence shown in place of rows."""
        if self._index.rows and not self._filter.shows_all:
            return f"No row matches “{self._filter.text}”. esc clears the filter"
        return self._empty

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        if self._view_size.width <= 0:
            return Strip.blank(0)
        painter, scroll_x = self._current_painter(), self.scroll_offset.x
        look = self._look(painter, y)
        self._painted[y] = (painter, scroll_x, look)
        if isinstance(look, Line):
            return painter.row(look, scroll_x)
        if isinstance(look, str):
            return painter.text(look)
        return painter.header(self._sorted_by, self._descending, scroll_x)

    def _repaint_changed(self) -> int:
        """Have those lines painted again that would look different; return their number."""
        width, height = self._view_size
        if not self.is_mounted or not width:
            return 0
        painter, scroll_x = self._current_painter(), self.scroll_offset.x
        lines = 0
        for y in range(height):
            look, painted = self._look(painter, y), self._painted.get(y)
            if painted != (painter, scroll_x, look):
                start, end = _differing(painter, painted, look) if not scroll_x else (0, width)
                self.refresh(Region(start, y, min(end, width) - start, 1))
                lines += 1
        return lines

    def notify_style_update(self) -> None:
        """Forget the styles: theme, focus or style sheet changed."""
        super().notify_style_update()
        self._painter_is_old = True


def _differing(painter: RowPainter, painted: object, look: object) -> tuple[int, int]:
    """Return from which cell to which one a line looks different from what was painted; all of it if unsure."""
    everything = (0, painter.view_width)
    if not isinstance(painted, tuple) or painted[0] is not painter or painted[1]:
        return everything
    before = painted[2]
    if not isinstance(before, Line) or not isinstance(look, Line) or before[1:] != look[1:] or look.flags & GONE:
        return everything
    return painter.layout.span(
        number for number, (old, new) in enumerate(zip(before.cells, look.cells, strict=True)) if old != new
    )
