"""Knows where a table of rows is scrolled to and which of its cells flash; must not know keys or messages."""

from collections.abc import Sequence
from typing import Any, Generic, cast

from textual.geometry import Size
from textual.reactive import Reactive
from textual.timer import Timer
from textual.widget import Widget

from spottui.widgets.row_drawing import RowDrawing
from spottui.widgets.row_index import Changes, Column, R, RowIndex
from spottui.widgets.row_painter import Glyphs

FADE = 0.5
"""Seconds between two fadings: a changed cell flashes for half a second to a second."""
_VIRTUAL_SIZE = cast("Reactive[Size]", Widget.virtual_size)

Anchor = tuple[str, int] | None
"""A row and its line on the screen."""


class RowView(RowDrawing[R], Generic[R]):
    """Rows that keep their line on the screen while others come and go, and flash where they changed."""

    def __init__(
        self, columns: Sequence[Column[R]], *, index: RowIndex[R], glyphs: Glyphs, flash: bool, **widget: Any
    ) -> None:
        super().__init__(columns, index=index, glyphs=glyphs, **widget)
        self._flash = flash
        self._fading: Timer | None = None
        self._follows_top = True
        """New rows at the top are shown rather than scrolled past, until the operator moves."""

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
    def flash(self) -> bool:
        """Whether changed cells flash; they never do in an app without animations."""
        return self._flash

    @flash.setter
    def flash(self, flash: bool) -> None:
        self._flash = flash
        if not flash:
            self._flashes.clear()
            self._repaint_changed()

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
