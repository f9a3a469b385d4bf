"""Knows the table an operator works with: marks, sorting, keys, mouse; must not know what a row is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message

from spottui.widgets.cell_text import clean
from spottui.widgets.row_cursor import RowCursor
from spottui.widgets.row_index import Changes, Column, R, RowIndex
from spottui.widgets.row_painter import PLAIN_GLYPHS, Glyphs, as_cell
from spottui.widgets.row_view import Anchor


class TableMessage(Message):
    """What a table says; `control` makes `@on(LiveTable.Opened, "#pods")` work."""

    def __init__(self, table: "LiveTable[Any]") -> None:
        super().__init__()
        self.table = table

    @property
    def control(self) -> "LiveTable[Any]":
        return self.table


class LiveTable(RowCursor[R], Generic[R], can_focus=True, inherit_bindings=False):
    """A table of records that change several times a second under a cursor which stays on its row.

    The cursor is a uid. A row that left stays under the cursor, struck out, until the cursor moves on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
        Binding("home,g", "first", "First row", show=False, id="table.first"),
        Binding("end,G", "last", "Last row", show=False, id="table.last"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="table.page_down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page_up"),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False, id="table.half_down"),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False, id="table.half_up"),
        Binding("left", "sideways(-8)", "Scroll left", show=False, id="table.left"),
        Binding("right", "sideways(8)", "Scroll right", show=False, id="table.right"),
        Binding("space", "toggle_mark", "Mark", show=False, id="table.mark"),
        Binding("enter", "open", "Open", show=False, id="table.open"),
    ]
    DEFAULT_CSS = """
    LiveTable {
        height: 1fr;
        width: 1fr;
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size: 1 1;
    }
    LiveTable > .live-table--header { text-style: bold; background: $panel; color: $foreground; }
    LiveTable > .live-table--cursor { text-style: bold; background: $panel; color: $foreground; }
    LiveTable:focus > .live-table--cursor {
        text-style: bold reverse;
        background: $background;
        color: $foreground;
    }
    LiveTable > .live-table--marked { text-style: bold; }
    LiveTable > .live-table--flash { text-style: bold reverse; }
    LiveTable > .live-table--gone { text-style: strike; }
    LiveTable > .live-table--good { color: $text-success; }
    LiveTable > .live-table--warn { color: $text-warning; }
    LiveTable > .live-table--bad { color: $text-error; text-style: bold; }
    LiveTable > .live-table--dim { color: $text-muted; }
    LiveTable > .live-table--info { color: $text-primary; }
    LiveTable > .live-table--accent { color: $text-accent; }
    """

    class Moved(TableMessage):
        """The cursor is on another row; `uid` is None when no row is left."""

        def __init__(self, uid: str | None, table: "LiveTable[Any]") -> None:
            super().__init__(table)
            self.uid = uid

    class Opened(TableMessage):
        """The row under the cursor is to be opened: Enter or a double click."""

        def __init__(self, uid: str, table: "LiveTable[Any]") -> None:
            super().__init__(table)
            self.uid = uid

    class Marked(TableMessage):
        """Other rows are marked than before; `uids` are all that are."""

        def __init__(self, uids: frozenset[str], table: "LiveTable[Any]") -> None:
            super().__init__(table)
            self.uids = uids

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        key: Callable[[R], str],
        text: Callable[[R], str] | None = None,
        labels: Callable[[R], Mapping[str, str]] | None = None,
        tie: Callable[[R], str] | None = None,
        gone: str = "gone",
        empty: str = "Nothing here.",
        flash: bool = True,
        plain: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Make an empty table.

        `key` gives the uid, `text` and `labels` what the filter sees besides the columns' `search`,
        `tie` orders rows of equal sort keys (without it the column "name" does). `gone` is the word on a row that left.
        `plain` draws with ASCII signs only.
        """
        self._all_columns = {column.key: column for column in columns}
        searches = [search for search in (text, *(column.search for column in columns)) if search]
        index = RowIndex(
            key, lambda record: " ".join(search(record) for search in searches), labels, tie or self._name_of
        )
        glyphs = PLAIN_GLYPHS if plain else Glyphs()
        glyphs = Glyphs(glyphs.mark, glyphs.ascending, glyphs.descending, glyphs.ellipsis, clean(gone))
        super().__init__(columns, index=index, glyphs=glyphs, flash=flash, id=id, classes=classes)
        self._empty = empty
        self._sorts: dict[str, Callable[[R], object]] = {}

    # Rows

    @property
    def rows(self) -> Sequence[R]:
        """The records, whether in view or not, with a gone one under the cursor."""
        return tuple(self._index.rows.values())

    @rows.setter
    def rows(self, rows: Iterable[R]) -> None:
        self.show(rows, self._now, self._stale)

    @property
    def columns(self) -> tuple[Column[R], ...]:
        """All columns, also those that drop out on this width."""
        return tuple(self._all_columns.values())

    def row(self, uid: str) -> R | None:
        """Return the record with this uid, whether in view or not."""
        return self._index.rows.get(uid)

    def as_text(self) -> str:
        """Return all rows in view order with all columns, tabs between cells: for a file."""
        lines = ["\t".join(column.title for column in self.columns)]
        for uid in self._index.order:
            record = self._index.rows[uid]
            lines.append("\t".join(as_cell(column.cell(record, self._now)).text for column in self.columns))
        return "\n".join(lines)

    @property
    def order(self) -> Sequence[str]:
        """Uids in view order: sorted and filtered."""
        return tuple(self._index.order)

    def show(self, rows: Iterable[R], now: float, stale: bool = False) -> None:
        """Show these records instead of those before; cheap when most are the same objects in the same order.

        `stale` dims everything: what is shown may no longer be so.
        """
        anchor = self._anchor()
        changes = self._index.set_rows(rows)
        self._stale = stale
        self._show_changes(changes, now, anchor)

    def let_go(self) -> None:
        """Take the cursor off its row, for good: the row is hidden, not gone."""
        self._put_cursor(None)
        self._settle()

    def update(self, changed: Iterable[R], removed: Iterable[str] = (), now: float | None = None) -> None:
        """Take in some new or changed records and let some uids go, without looking at the others."""
        anchor = self._anchor()
        changes = self._index.update(changed, removed)
        self._show_changes(changes, self._now if now is None else now, anchor)

    def tick(self, now: float) -> int:
        """Repaint the lines that time alone changed; return their number."""
        self._now = now
        return self._repaint_changed()

    def _show_changes(self, changes: Changes[R], now: float, anchor: Anchor) -> None:
        self._now = now
        if changes.removed and not self._marks.isdisjoint(changes.removed):
            self._set_marks(self._marks.difference(changes.removed))
        if self._selected is None and self._index.order:
            self._put_cursor(self._index.order[0])
        self._settle(anchor)
        self._start_flashes(changes)

    def _name_of(self, record: R) -> str:
        """Return the text that orders rows with equal sort keys: the column "name", if there is one."""
        column = self._all_columns.get("name")
        return as_cell(column.cell(record, self._now)).text.casefold() if column else ""

    def action_open(self) -> None:
        if self._selected is not None:
            self.post_message(self.Opened(self._selected, self))

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            self._sort_at(offset.x)
            return
        place = offset.y - 1 + self.scroll_offset.y
        if place < len(self._index.order):
            uid = self._index.order[place]
            self.select(uid)
            if event.chain == 2:
                self.action_open()

    def _cursor_moved(self) -> None:
        self.post_message(self.Moved(self._selected, self))

    # What is shown and how

    @property
    def sorted_by(self) -> tuple[str | None, bool]:
        """Key of the sorted column, None for the order in which the rows were given; True when descending."""
        return self._sorted_by, self._descending

    def sort_by(self, key: str | None, descending: bool | None = None) -> None:
        """Sort by a column, or by None in the order given; without `descending` the second time turns round.

        Raises:
            KeyError: There is no such column.
        """
        if descending is None:
            descending = key == self._sorted_by and not self._descending
        sort = None if key is None else self._sort_key(self._all_columns[key])
        anchor = self._anchor()
        self._sorted_by, self._descending = key, descending and key is not None
        self._index.sort(sort, self._descending)
        self._settle(anchor)

    def _sort_key(self, column: Column[R]) -> Callable[[R], object]:
        """Return what sorts a column, the same function each time: the index then keeps its keys."""

        def text(record: R) -> str:
            return as_cell(column.cell(record, self._now)).text.casefold()

        return self._sorts.setdefault(column.key, column.sort or text)

    def _sort_at(self, x: int) -> None:
        """Sort by the column whose title was clicked."""
        layout = self._current_painter().layout
        place = layout.at(x if x < layout.frozen else x + self.scroll_offset.x)
        if place is not None:
            self.sort_by(place.column.key)

    @property
    def wide(self) -> bool:
        """Whether all columns are there and the table scrolls sideways."""
        return self._wide

    def toggle_wide(self) -> None:
        """Show all columns, or again only those that fit."""
        self._wide = not self._wide
        self._painter_is_old = True
        self.scroll_to(x=0, force=True)
        self._settle(self._anchor())

    def action_toggle_wide(self) -> None:
        self.toggle_wide()

    # Marks

    @property
    def marks(self) -> frozenset[str]:
        """Uids of the marked rows, also of those that the filter hides."""
        return self._marks

    def toggle_mark(self, uid: str | None = None) -> None:
        """Mark a row or take its mark away, without a uid the one under the cursor; a gone row gets none."""
        uid = self._selected if uid is None else uid
        if uid is not None and uid in self._index.rows and not (uid == self._selected and self.selected_is_gone):
            self._set_marks(self._marks ^ {uid})

    def clear_marks(self) -> None:
        """Take all marks away."""
        self._set_marks(frozenset())

    def action_toggle_mark(self) -> None:
        self.toggle_mark()

    def _set_marks(self, marks: frozenset[str]) -> None:
        if marks != self._marks:
            self._marks = marks
            self.post_message(self.Marked(marks, self))
            self._repaint_changed()
