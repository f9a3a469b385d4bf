"""Knows how to keep a screenful of rows painted with the least writing; must not know keys or messages."""

from collections.abc import Sequence
from functools import lru_cache
from textwrap import wrap
from typing import Any, Generic, cast

from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from spottui.widgets.cell_text import clean
from spottui.widgets.column_layout import lay_out
from spottui.widgets.flashes import Flashes
from spottui.widgets.row_filter import RowFilter
from spottui.widgets.row_index import Changes, Column, R, RowIndex
from spottui.widgets.row_painter import (
    CURSOR,
    GONE,
    MARKED,
    STALE,
    TONES,
    Glyphs,
    Line,
    RowPainter,
    palette_of,
)

PARTS = ("header", "cursor", "marked", "flash", "gone")
FADE = 0.5
"""Seconds between two fadings: a changed cell flashes for half a second to a second."""

_LONGEST_MESSAGE = 1_000
"""Characters; a refusal from a server may be of any length, and folding takes the square of it."""
_VIRTUAL_SIZE = cast("Reactive[Size]", Widget.virtual_size)

Anchor = tuple[str, int] | None
"""A row and its line on the screen."""


@lru_cache(maxsize=8)
def _wrapped(text: str, width: int) -> list[str]:
    return wrap(clean(text), width)


class RowView(ScrollView, Generic[R]):
    """Draws the rows in view and repaints only the lines that look different from what was last painted."""

    COMPONENT_CLASSES = {f"live-table--{name}" for name in (*TONES, *PARTS)}
    ALLOW_SELECT = False  # a drag would repaint every line it passes

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        index: RowIndex[R],
        glyphs: Glyphs,
        flash: bool,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._index = index
        self._glyphs = glyphs
        self._flash = flash
        self._flashes = Flashes()
        self._fading: Timer | None = None
        self._now = 0.0
        self._stale = self._wide = False
        self._selected: str | None = None
        self._marks: frozenset[str] = frozenset()
        self._follows_top = True
        """New rows at the top are shown rather than scrolled past, until the operator moves."""
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
    def flash(self) -> bool:
        """Whether changed cells flash; they never do in an app without animations."""
        return self._flash

    @flash.setter
    def flash(self, flash: bool) -> None:
        self._flash = flash
        if not flash:
            self._flashes.clear()
            self._repaint_changed()

    # What is drawn

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

    # Where it is scrolled to

    def _anchor(self) -> Anchor:
        """Return the row that should keep its line on the screen: the cursor's, else the top one."""
        if not self._page or self._follows_top:
            return None
        top, order = self.scroll_offset.y, self._index.order
        place = self._index.position(self._selected) if self._selected is not None else None
        if place is not None and top <= place < top + self._page:
            return order[place], place - top
        return (order[top], 0) if top < len(order) else None

    def _settle(self, anchor: Anchor = None) -> None:
        """Fit the scroll range to the rows, put the anchor back on its line, repaint what changed."""
        self._fit_virtual_size()
        place = self._index.position(anchor[0]) if anchor is not None else None
        if anchor is not None and place is not None:
            self._scroll_rows(place - anchor[1])
        if self._follows_top:
            self._scroll_rows(0)
            self._scroll_to_cursor()
        self._repaint_changed()

    def _fit_virtual_size(self) -> None:
        for _ in range(2):  # the scroll bar, coming or going, changes the width once more
            width = self._view_size.width
            whole = self._current_painter().layout.width if self._wide and width else 0
            size = Size(whole if whole > width else 0, 1 + len(self._index.order))
            if size == self.virtual_size:
                return
            if self.styles.is_auto_height:
                self.virtual_size = size
            else:
                # Assigning it lays out the whole screen anew; the widget's own size does not depend on it.
                self.set_reactive(_VIRTUAL_SIZE, size)
                if self.is_mounted:
                    self._scroll_update(size)

    def _scroll_rows(self, top: int) -> None:
        """Make row `top` the first one under the header, as far as the rows reach."""
        if self._page and top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True)

    def _scroll_to_cursor(self) -> None:
        """Scroll as little as brings the cursor into view."""
        place = self._index.position(self._selected) if self._selected is not None else None
        if place is None or not self._page:
            return
        top = self.scroll_offset.y
        if place < top:
            self._scroll_rows(place)
        elif place >= top + self._page:
            self._scroll_rows(place - self._page + 1)

    @property
    def allow_horizontal_scroll(self) -> bool:
        """Sideways there is no bar, yet one can scroll."""
        return self.max_scroll_x > 0

    def scroll_to(self, x: float | None = None, y: float | None = None, **how: Any) -> None:
        """Scroll at once: an animation would paint every line many times."""
        how["animate"] = False
        super().scroll_to(x, y, **how)

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        self._repaint_changed()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(new_value):
            self._follows_top = False
        self._repaint_changed()

    def on_resize(self) -> None:
        self._fit_virtual_size()
        self._scroll_to_cursor()

    # What flashes

    @property
    def _may_flash(self) -> bool:
        return self._flash and self.is_mounted

    def _start_flashes(self, changes: Changes[R]) -> None:
        """Let the changed cells of visible rows flash; new rows do not."""
        if not changes.before or not self._view_size.width or not self._may_flash:
            return
        painter, top = self._current_painter(), self.scroll_offset.y
        for uid in self._index.order[top : top + self._page]:
            former = changes.before.get(uid)
            if former is not None:
                keys = painter.changed_columns(uid, former, self._index.rows[uid], self._now)
                if keys:
                    self._flashes.add(uid, keys)
        if self._flashes and self._fading is None:
            self._fading = self.set_timer(FADE, self._fade)

    def _fade(self) -> None:
        """End older flashes; the timer lives on only while something flashes."""
        self._fading = self.set_timer(FADE, self._fade) if self._flashes.fade() else None
        self._repaint_changed()


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
