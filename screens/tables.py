"""A main screen around live tables: filter, sort, marks, namespace, only-unhealthy, the row's details."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from msgspec import Struct
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.timer import Timer
from textual.widgets import Input

from spottui import clock
from spottui.errors import SpottuiError
from spottui.records import Access, Finding, Meta, Target
from spottui.screens.base import MainScreen
from spottui.screens.choice import Choice, ChoiceScreen
from spottui.screens.describe import describe
from spottui.screens.describe_screen import DescribeScreen
from spottui.screens.last_lines import last_lines_of
from spottui.screens.log_sources import WITH_LOGS
from spottui.screens.logs import LogScreen
from spottui.screens.timeline_jump import show_history
from spottui.screens.yaml_text import yaml_screen
from spottui.widgets.live_table import LiveTable
from spottui.widgets.one_line import OneLine, Part
from spottui.widgets.tones import Line, Span

FILTER_HINT = "word  !word  a.*b  -l label=value    enter keeps, esc clears"


NARROW_AFTER = 0.03
"""Seconds from a key in the filter line to the narrowed rows: letters that come together are one filter."""


class TableScreen(MainScreen):
    """One or more live tables of which one is shown; `tab` goes to the next."""

    TABLES: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Id and title of each table, the first one is shown at the start."""

    BINDINGS = [
        Binding("slash", "filter", "filter", id="table.filter"),
        Binding("enter", "open", "open", show=False, id="table.open"),
        Binding("d", "details", "describe", show=False, id="table.describe"),
        Binding("y", "yaml", "YAML", show=False, id="table.yaml"),
        Binding("e", "events", "events of the row", show=False, id="table.events"),
        Binding("l", "logs(False)", "logs", show=False, id="table.logs"),
        Binding("p", "logs(True)", "previous logs", show=False, id="table.previous-logs"),
        Binding("h", "history", "history: its Timeline", show=False, id="table.history"),
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
        self._narrowing: Timer | None = None
        self._pane, self._filter = OneLine(id="pane"), Input(id="filter", placeholder=FILTER_HINT)

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

    def target(self, row: Any) -> Target | None:
        """Return what a command on this row is aimed at."""
        return None

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
        self._filter.display = False
        yield self._filter

    def on_mount(self) -> None:
        super().on_mount()
        self.table().focus()

    def table(self, name: str = "") -> LiveTable[Any]:
        """Return the table of this name, the shown one by default."""
        return self._tables[name or self._shown]

    def draw(self) -> None:
        name, table, now = self._shown, self.table(), self.parts.clock()
        access = self.access(name)
        rows = self.rows(name)
        everything = len(rows)
        if self.parts.namespace and self.has_namespaces():
            rows = [row for row in rows if getattr(row, "namespace", "") == self.parts.namespace]
        if self.parts.only_unhealthy:
            rows = [row for row in rows if not self.is_healthy(row)]
        if len(rows) < everything:
            self._leave_hidden_row(rows)
        table.empty = self._why_empty(name, access, everything)
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
            table.show((), self.parts.clock())
            table.let_go()

    def _uid(self, row: Any) -> str:
        return row.id if isinstance(row, Finding) else row.uid

    def tick(self, now: float) -> None:
        self.table().tick(now)

    def _why_empty(self, name: str, access: Access, everything: int) -> str:
        if problem := self.parts.problem():
            return problem
        if access.state == "waiting":
            return "Waiting for the first answer…"
        if access.state != "live":
            return access.reason or access.state
        if everything:
            narrowed = [self.parts.namespace and f"namespace {self.parts.namespace}"]
            narrowed.append("only what is not well (!)" if self.parts.only_unhealthy else "")
            return f"Nothing here with {' and '.join(word for word in narrowed if word)}. {everything} rows are hidden."
        return self.nothing(name)

    def _show_pane(self, everything: int, access: Access) -> None:
        table = self.table()
        spans: list[Span] = []
        for name, title in self.titles():
            spans.append((f" {title} ", "title" if name == self._shown else "dim"))
        shown = len(table.order) - table.selected_is_gone
        spans.append((f" {shown}" if shown == everything else f" {shown} of {everything}", ""))
        parts = [Part(tuple(spans))]
        if access.state not in ("live", "waiting"):
            age = f", heard {clock.age(access.heard_at, self.parts.clock())} ago" if access.heard_at else ""
            parts.append(Part(((f"{access.state}{age}: {access.reason}", "warn"),), 0))
        elif access.state == "waiting" and everything:
            parts.append(Part((("loading…", "dim"),), 3))
        elif access.reason and access.state == "live":
            parts.append(Part(((access.reason, "warn"),), 3))
        if self.parts.namespace and self.has_namespaces():
            parts.append(Part(((f"ns {self.parts.namespace}", "accent"),), 1))
        if self.parts.only_unhealthy:
            parts.append(Part((("! only unhealthy", "accent"),), 1))
        if table.row_filter.text:
            parts.append(Part(((f"/{table.row_filter.text}", "accent"),), 1))
        if table.row_filter.error:
            parts.append(Part(((table.row_filter.error, "bad"),), 1))
        if table.marks:
            parts.append(Part(((f"{len(table.marks)} marked", "accent"),), 1))
        self._pane.show(parts)

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
        seen = [uid for uid in table.order if uid in marks]
        return [row for uid in (*seen, *sorted(marks.difference(seen))) if (row := table.row(uid)) is not None]

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

    def action_details(self) -> None:
        """Describe the row's object."""
        self._describe(only_events=False)

    def action_events(self) -> None:
        """Show the Events of the row's object."""
        self._describe(only_events=True)

    def _describe(self, only_events: bool) -> None:
        row = self.table().selected
        target = self.target(row) if isinstance(row, Meta | Struct) and not isinstance(row, Finding) else None
        if target is not None:
            blank = Meta(uid=target.uid, name=target.name, namespace=target.namespace, created_at=None)
            fallback = row if isinstance(row, Meta) else blank
            self.app.push_screen(DescribeScreen(self.parts, target, fallback, only_events=only_events))
        elif not only_events:
            super().action_details()

    def action_next_table(self, by: int) -> None:
        """Show the next table of this screen."""
        names = [name for name, _ in self.TABLES]
        self.show_table(names[(names.index(self._shown) + by) % len(names)])

    def show_table(self, name: str) -> None:
        """Show the table of this name."""
        if name != self._shown and any(name == known for known, _ in self.TABLES):
            if self._filter.display:
                self._close_filter()
            self.table().display = False
            self._shown = name
            self.table().display = True
            self.table().focus()
            self.show_all()

    def action_filter(self) -> None:
        """Open the filter line; rows narrow while one types."""
        line = self._filter
        line.display = True
        line.value = self.table().row_filter.text
        line.focus()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.display and self._narrowing is None:
            self._narrowing = self.set_timer(NARROW_AFTER, self._narrow_now)

    def _narrow_now(self) -> None:
        self._narrowing = None
        if self._filter.display:
            self._narrow(self._filter.value)

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
        self._filter.display = False
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

    def action_yaml(self) -> None:
        """Show the row's object as YAML."""
        targets = self.targets()
        if targets:
            self._show_yaml(targets[0])

    @work(group="yaml")
    async def _show_yaml(self, target: Target) -> None:
        try:
            found = await self.parts.fetch(target)
        except SpottuiError as error:
            self.say(str(error), error=True)
            return
        if self.app.screen is self:
            self.app.push_screen(yaml_screen(self.parts, target, found))

    def action_logs(self, previous: bool) -> None:
        """Show the logs of the row: of a pod, or of all pods of an owner."""
        targets = self.targets()
        if targets and targets[0].kind in WITH_LOGS:
            self.app.push_screen(LogScreen(self.parts, targets[0], previous=previous))
        elif targets:
            self.say(f"{targets[0]} has no logs of its own; those of pods and their owners are on 3 Workloads.")

    def action_history(self) -> None:
        """Show the Timeline of the row's object and its owners."""
        if targets := self.targets():
            self.run_worker(show_history(self, targets[0]), group="history")

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
