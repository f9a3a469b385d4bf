"""A main screen around live tables: filter, sort, marks, namespace, only-unhealthy, the row's details."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from spottui import clock
from spottui.records import Access, Finding, Meta, Target
from spottui.screens.choice import Choice, ChoiceScreen
from spottui.screens.describe import describe
from spottui.screens.filter_line import FilterLine
from spottui.screens.last_lines import last_lines_of
from spottui.screens.row_screen import RowScreen
from spottui.screens.table_pane import Narrowed, access_parts, narrowed_parts, title_part, why_empty, with_limit
from spottui.widgets.live_table import LiveTable
from spottui.widgets.one_line import OneLine, Part
from spottui.widgets.tones import Line


class TableScreen(RowScreen):
    """One or more live tables of which one is shown; `tab` goes to the next."""

    TABLES: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Id and title of each table, the first one is shown at the start."""

    BINDINGS = [
        Binding("slash", "filter", "filter", id="table.filter"),
        Binding("enter", "open", "open", show=False, id="table.open"),
        Binding("tab", "next_table(1)", "next table", show=False, id="table.next"),
        Binding("shift+tab", "next_table(-1)", "table before", show=False, id="table.before"),
        Binding("o", "sort", "sort by a column", show=False, id="table.sort"),
        Binding("w", "wide", "wide: all columns", show=False, id="table.wide"),
        Binding("exclamation_mark", "only_unhealthy", "only what is not well", show=False, id="table.unhealthy"),
        Binding("n", "namespace", "namespace", show=False, id="table.namespace"),
        Binding("0", "all_namespaces", "all namespaces", show=False, id="table.all-namespaces"),
    ]

    def __init__(self, parts: Any) -> None:
        super().__init__(parts)
        self._shown = self.TABLES[0][0]
        self._tables = {name: self.make_table(name) for name, _ in self.TABLES}
        self._pane, self._filter = OneLine(id="pane"), FilterLine(self._narrow, id="filter")

    # -- to be filled by each screen -----------------------------------------------------------------

    def make_table(self, name: str) -> LiveTable[Any]:
        """Return the table of this name."""
        raise NotImplementedError

    def rows(self, name: str) -> Sequence[Any]:
        """Return the rows of this table as the store has them, before namespace and health narrow them."""
        raise NotImplementedError

    def is_healthy(self, row: Any) -> bool:
        """Whether `!` hides this row."""
        return False

    def access(self, name: str) -> Access:
        """Return how we stand with the kinds of this table."""
        raise NotImplementedError

    def nothing(self, name: str) -> str:
        """Return the sentence for an empty table when the kind is live."""
        return "Nothing here."

    def titles(self) -> Sequence[tuple[str, str]]:
        """Return the tables that the line above the table names."""
        return self.TABLES

    def has_namespaces(self) -> bool:
        """Whether `n` and `0` mean something on this screen."""
        return True

    # -- drawing -----------------------------------------------------------------------------------

    def content(self) -> ComposeResult:
        yield self._pane
        for name, table in self._tables.items():
            table.display = name == self._shown
            yield table
        yield self._filter

    def on_mount(self) -> None:
        super().on_mount()
        self.table().focus()

    def table(self, name: str = "") -> LiveTable[Any]:
        """Return the table of this name, the shown one by default."""
        return self._tables[name or self._shown]

    def draw(self) -> None:
        name, table, now = self._shown, self.table(), self.now()
        access = self.access(name)
        rows = self.rows(name)
        everything = len(rows)
        if self.parts.namespace and self.has_namespaces():
            rows = [row for row in rows if getattr(row, "namespace", "") == self.parts.namespace]
        if self.parts.only_unhealthy:
            rows = [row for row in rows if not self.is_healthy(row)]
        if len(rows) < everything:
            self._leave_hidden_row(rows)
        nothing = why_empty(access, everything, self._narrowed()) or with_limit(self.nothing(name), access)
        table.empty = self.parts.problem() or nothing
        table.show(rows, now, stale=access.state in ("stale", "expired") or self.parts.store.is_down)
        self._show_pane(everything, access)

    def _leave_hidden_row(self, rows: Sequence[Any]) -> None:
        """Move the cursor off a row that the namespace or `!` hides: it is not gone, only not shown."""
        table, shown = self.table(), {self._uid(row) for row in rows}
        selected = table.selected_uid
        if selected is None or selected in shown or table.selected_is_gone:
            return
        order = list(table.order)
        place = order.index(selected) if selected in order else 0
        near = next((uid for uid in (*order[place:], *reversed(order[:place])) if uid in shown), None)
        if near is not None:
            table.select(near)
        else:
            table.show((), self.now())
            table.let_go()

    def _uid(self, row: Any) -> str:
        return row.id if isinstance(row, Finding) else row.uid

    def now(self) -> float:
        """Return the time by which ages in the rows are told: whole seconds, so that they are told once in each."""
        return float(int(self.parts.clock()))

    def tick(self, now: float) -> None:
        self.table().tick(self.now())

    def _narrowed(self) -> Narrowed:
        namespace = self.parts.namespace if self.has_namespaces() else ""
        return Narrowed(namespace, self.parts.only_unhealthy)

    def _show_pane(self, everything: int, access: Access) -> None:
        age = clock.age(access.heard_at, self.parts.clock()) if access.heard_at else ""
        table, titles = self.table(), [(title, name == self._shown) for name, title in self.titles()]
        self._pane.show(
            [
                title_part(titles, len(table.order) - table.selected_is_gone, everything),
                *access_parts(access, age, has_rows=bool(everything)),
                *narrowed_parts(self._narrowed(), table.row_filter.text, table.row_filter.error, len(table.marks)),
            ]
        )

    # -- what is meant -----------------------------------------------------------------------------

    def targets(self) -> Sequence[Target]:
        table = self.table()
        rows = self._marked() or ([table.selected] if table.selected is not None else [])
        found = [self.target(row) for row in rows]
        return [target for target in found if target is not None]

    def _marked(self) -> list[Any]:
        """Return the marked rows in the order of the table, those that the filter hides last."""
        table = self.table()
        marks = table.marks
        if not marks:
            return []  # as a rule: the order of thousands of rows need not be gone through
        seen = [uid for uid in table.order if uid in marks]
        return [row for uid in (*seen, *sorted(marks.difference(seen))) if (row := table.row(uid)) is not None]

    def row(self) -> Any:
        return self.table().selected

    def details(self) -> tuple[str, Callable[[], Sequence[Line]]] | None:
        row = self.table().selected
        if not isinstance(row, Meta):
            return None
        store, now = self.parts.store, self.parts.clock
        target = self.target(row)
        title = f"{target} in {row.namespace}" if target and row.namespace else str(target or row.name)
        said = last_lines_of(self.parts, row, self.run_worker)
        return title, lambda: [*describe(store, row.uid, row, now()), *said()]

    def as_text(self) -> str:
        return self.table().as_text()

    def key_parts(self) -> list[Part]:
        return [
            Part((("⏎" if not self.parts.plain else "enter", "key"), (" open", "")), 2, "enter"),
            Part((("/", "key"), (" filter", "")), 3, "slash"),
        ]

    @on(LiveTable.Moved)
    @on(LiveTable.Marked)
    def _row_changed(self) -> None:
        self.show_keys()
        self._show_pane(len(self.rows(self._shown)), self.access(self._shown))

    @on(LiveTable.Opened)
    def _opened(self) -> None:
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("namespace", "all_namespaces"):
            return self.has_namespaces()
        return len(self.TABLES) > 1 if action == "next_table" else True

    # -- keys --------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the row: what stands behind it."""
        self.action_details()

    def action_next_table(self, by: int) -> None:
        """Show the next table of this screen."""
        names = [name for name, _ in self.TABLES]
        self.show_table(names[(names.index(self._shown) + by) % len(names)])

    def show_table(self, name: str) -> None:
        """Show the table of this name."""
        if name != self._shown and any(name == known for known, _ in self.TABLES):
            if self._filter.display:
                self._filter.close()
            self.table().display = False
            self._shown = name
            self.table().display = True
            self.table().focus()
            self.show_all()

    def action_filter(self) -> None:
        """Open the filter line; rows narrow while one types."""
        self._filter.open(self.table().row_filter.text)

    @on(Input.Submitted, "#filter")
    def _filter_kept(self, event: Input.Submitted) -> None:
        event.stop()
        self._narrow(event.value)
        self._close_filter()

    def _narrow(self, text: str) -> None:
        if text != self.table().row_filter.text:
            self.table().set_filter(text)
            self.draw()

    def _close_filter(self) -> None:
        self._filter.close()
        self.table().focus()

    def action_back(self) -> None:
        """Take back one thing: the filter, the marks, only-unhealthy; in this order."""
        table = self.table()
        if self._filter.display:
            self._close_filter()
            self._narrow("")
        elif table.row_filter.text:
            self._narrow("")
        elif table.marks:
            table.clear_marks()
            self.show_changes()
        elif self.parts.only_unhealthy:
            self.action_only_unhealthy()

    def action_wide(self) -> None:
        """Show all columns, scrolled by left and right; or only those that fit."""
        self.table().action_toggle_wide()

    def action_only_unhealthy(self) -> None:
        """Hide what is well, or show all again."""
        self.parts.only_unhealthy = not self.parts.only_unhealthy
        self.show_all()

    @work(group="sort")
    async def action_sort(self) -> None:
        """Choose the column to sort by; the same one again turns the order round."""
        table = self.table()
        choices = [Choice(column.key, column.title, (column.key,)) for column in table.columns]
        chosen = await self.app.push_screen_wait(ChoiceScreen("Sort by (the same again turns round)", choices))
        if chosen is not None:
            table.sort_by(chosen.id)

    @work(group="namespace")
    async def action_namespace(self) -> None:
        """Choose one namespace to look at."""
        if not self.has_namespaces():
            return
        names = sorted({row.namespace for row in self.rows(self._shown) if row.namespace})
        choices = [Choice("", "all namespaces", ("all", "0")), *(Choice(name, name, (name,)) for name in names)]
        chosen = await self.app.push_screen_wait(ChoiceScreen("Namespace", choices))
        if chosen is not None:
            self.parts.namespace = chosen.id
            self.show_all()

    def action_all_namespaces(self) -> None:
        """Look at all namespaces."""
        self.parts.namespace = ""
        self.show_all()
