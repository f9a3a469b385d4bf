"""Knows how the cursor of a table moves from row to row by uid; must not know keys, sorting or messages."""

from itertools import chain
from typing import Generic

from spottui.widgets.row_filter import RowFilter
from spottui.widgets.row_index import R
from spottui.widgets.row_view import RowView


class RowCursor(RowView[R], Generic[R]):
    """Rows with a cursor that stays on its row, even on one that left, until it is moved."""

    @property
    def selected_uid(self) -> str | None:
        """Uid of the row under the cursor; None in an empty table."""
        return self._selected

    @property
    def selected(self) -> R | None:
        """Record under the cursor, also when it is gone."""
        return None if self._selected is None else self._index.rows.get(self._selected)

    @property
    def selected_is_gone(self) -> bool:
        """True while the row under the cursor is no longer among the rows shown."""
        return self._index.held_is_gone

    def select(self, uid: str) -> bool:
        """Put the cursor on a row and scroll to it; False when it is not in view."""
        if not self._index.is_visible(uid):
            return False
        self._follows_top = False
        self._put_cursor(uid)
        self._settle()
        self._scroll_to_cursor()
        return True

    def _put_cursor(self, uid: str | None) -> None:
        """Move the cursor and say so; a gone row that it leaves is dropped."""
        self._index.hold(uid)
        if uid != self._selected:
            self._selected = uid
            self._cursor_moved()

    def _cursor_moved(self) -> None:
        """Tell whoever wants to know that the cursor is on another row."""

    def _move_to(self, place: int) -> None:
        """Put the cursor on the row at this place in the order, or the nearest there is."""
        order = self._index.order
        if not order:
            return
        uid = order[max(0, min(place, len(order) - 1))]
        if uid != self._selected:
            self.select(uid)
        elif self.selected_is_gone:
            self._leave_gone_row()
        else:
            self._scroll_to_cursor()

    def _leave_gone_row(self) -> None:
        """Drop the gone row under the cursor where there is none in the direction of the key."""
        order, place = self._index.order, self._cursor_place()
        others = [order[place - 1]] if place else order[1:2]
        self._put_cursor(others[0] if others else None)
        self._settle()

    def _cursor_place(self) -> int:
        place = self._index.position(self._selected) if self._selected is not None else None
        return 0 if place is None else place

    def action_move(self, rows: int) -> None:
        self._move_to(self._cursor_place() + rows)

    def action_first(self) -> None:
        self._move_to(0)
        self._follows_top = True
        self._settle()

    def action_last(self) -> None:
        self._move_to(len(self._index.order) - 1)

    def action_page(self, pages: float) -> None:
        """Move cursor and view together, so that the cursor keeps its line on the screen."""
        rows = int(pages * self._page) or (1 if pages > 0 else -1)
        self._follows_top = False
        place = self._cursor_place() + rows
        self._scroll_rows(self.scroll_offset.y + rows)
        self._move_to(place)

    def action_sideways(self, cells: int) -> None:
        self.scroll_to(x=self.scroll_offset.x + cells, force=True)

    @property
    def row_filter(self) -> RowFilter:
        """The filter in force."""
        return self._filter

    def set_filter(self, wanted: RowFilter | str) -> RowFilter:
        """Show only matching rows and return the filter; a refused one says why in `error` and hides nothing.

        The cursor stays on its row when that still matches, and goes to the nearest that does otherwise.
        """
        row_filter = RowFilter.parse(wanted) if isinstance(wanted, str) else wanted
        anchor, before, place = self._anchor(), self._index.order, self._cursor_place()
        self._filter = row_filter
        self._index.filter(row_filter)
        if self._selected is None or not self._index.is_visible(self._selected):
            nearest = filter(self._index.is_visible, chain(before[place:], reversed(before[:place])))
            self._put_cursor(next(nearest, next(iter(self._index.order), None)))
        self._settle(anchor)
        self._scroll_to_cursor()
        return row_filter
