"""Timeline: what changed and who did it, the newest last; Kubernetes warnings and our own commands among it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding

from spottui import clock
from spottui.records import Access, Target
from spottui.records_timeline import ENTRY_KINDS, TimelineEntry
from spottui.screens.choice import Choice, ChoiceScreen
from spottui.screens.tables import TableScreen
from spottui.screens.timeline_jump import jump
from spottui.screens.timeline_rows import (
    DAY,
    History,
    columns,
    counted,
    history_of,
    narrowed,
    said,
    text_of,
    with_days,
)
from spottui.store_owners import resolved
from spottui.widgets.lines import Lines
from spottui.widgets.live_table import LiveTable
from spottui.widgets.one_line import Part
from spottui.widgets.tones import Line, Span

FULL_LINES = 2
"""Lines below the table for the entry under the cursor; `d` shows a longer one."""


class TimelineScreen(TableScreen):
    """One line per thing that happened, with the days between them; stays at the end unless one moves away."""

    NAME = "timeline"
    TOPICS = ("timeline",)
    TABLES = (("timeline", "Timeline"),)
    BINDINGS = [Binding("t", "kinds", "kind of event", id="timeline.kinds")]

    def __init__(self, parts: Any) -> None:
        super().__init__(parts)
        self._kinds: frozenset[str] = frozenset()
        self._history: History | None = None
        self._entries: list[TimelineEntry] = []
        self._full = Lines(folds=True, id="entry")

    def content(self) -> ComposeResult:
        yield from super().content()
        yield self._full

    def on_mount(self) -> None:
        super().on_mount()
        self._full.can_focus = False
        self._full.styles.height = FULL_LINES

    def make_table(self, name: str) -> LiveTable[Any]:
        table: LiveTable[TimelineEntry] = LiveTable(
            columns(self.parts.plain),
            key=lambda entry: entry.uid,
            text=text_of,
            labels=lambda entry: {},
            tie=lambda entry: "" if entry.what == DAY else entry.uid,
            flash=False,
            plain=self.parts.plain,
            id=name,
        )
        table.sort_by("at", descending=False)
        return table

    # -- rows ----------------------------------------------------------------------------------------

    def draw(self) -> None:
        follows = self._follows()
        super().draw()
        if follows:
            self.table().action_last()
        self._show_full()

    @on(LiveTable.Moved)
    def _show_full(self) -> None:
        """Show in full what the table had to cut: the entry under the cursor."""
        entry = self.table().selected
        if entry is None or entry.what == DAY:
            self._full.show([])
        else:
            self._full.show([((f"{entry.subject}  ", "dim"), (said(entry), entry.tone))])

    def _follows(self) -> bool:
        """Tell whether the cursor is on the last row of a table that is by time: then it stays on the last one."""
        table = self.table()
        if table.sorted_by != ("at", False):
            return False
        return table.selected_uid is None or not table.order or table.selected_uid == table.order[-1]

    def rows(self, name: str) -> Sequence[TimelineEntry]:
        self._entries = narrowed(
            self.parts.store.timeline,
            kinds=self._kinds,
            history=self._history,
            only_bad=self.parts.only_unhealthy,
        )
        return with_days(self._entries, self.table().row_filter)

    def access(self, name: str) -> Access:
        events = self.parts.store.access["events"]
        return Access(
            "live", "" if events.state in ("live", "waiting") else f"Without Kubernetes events: {events.reason}"
        )

    def is_healthy(self, row: TimelineEntry) -> bool:
        return False  # `rows` has left out already what is not bad

    def nothing(self, name: str) -> str:
        if narrowing := self._narrowing_words():
            return f"Nothing of {', '.join(narrowing)} among {len(self.parts.store.timeline)} entries. esc shows all."
        reason = self.access(name).reason
        return f"Nothing was heard since spottui started. {reason}".rstrip()

    def _narrowing_words(self) -> list[str]:
        words = [f"kind {', '.join(sorted(self._kinds))}"] if self._kinds else []
        words += [self._history.title] if self._history else []
        return words + (["only what is not well (!)"] if self.parts.only_unhealthy else [])

    def has_namespaces(self) -> bool:
        return False

    def _show_pane(self, everything: int, access: Access) -> None:
        table = self.table()
        shown = sum(not uid.startswith(f"{DAY}:") for uid in table.order) - table.selected_is_gone
        known = len(self.parts.store.timeline)
        counts = f" {shown}" if shown == known else f" {shown} of {known}"
        spans: list[Span] = [(" Timeline ", "title"), (counts, "")]
        parts = [Part(tuple(spans))]
        if self._history is not None:
            parts.append(Part(((f"history of {self._history.title}", "accent"),), 1))
        if self._kinds:
            parts.append(Part(((", ".join(kind for kind in ENTRY_KINDS if kind in self._kinds), "accent"),), 1))
        if self.parts.only_unhealthy:
            parts.append(Part((("! only bad and warnings", "accent"),), 1))
        if table.row_filter.text:
            parts.append(Part(((f"/{table.row_filter.text}", "accent"),), 1))
        if table.row_filter.error:
            parts.append(Part(((table.row_filter.error, "bad"),), 1))
        if access.reason:
            parts.append(Part(((access.reason, "warn"),), 3))
        if not self._follows() and table.sorted_by == ("at", False):
            parts.append(Part((("not at the end (G)", "dim"),), 4))
        self._pane.show(parts)

    # -- what is meant -------------------------------------------------------------------------------

    def details(self) -> tuple[str, Callable[[], Sequence[Line]]] | None:
        entry = self.table().selected
        if entry is None or entry.what == DAY:
            return None
        local = time.strftime("%A %H:%M:%S", time.localtime(entry.at))
        lines: list[Line] = [
            (("when     ", "dim"), (clock.rfc3339(entry.at), ""), (f"  {local} here", "dim")),
            (("what     ", "dim"), (entry.what, entry.tone)),
            (("subject  ", "dim"), (entry.subject, "")),
        ]
        if entry.until is not None:
            lines.append((("last     ", "dim"), (clock.rfc3339(entry.until), "")))
        if entry.is_earlier:
            lines.append((("from     ", "dim"), ("an earlier spottui, read from the disk", "")))
        lines += [(), ((said(entry), ""),)]
        return entry.subject, lambda: lines

    def key_parts(self) -> list[Part]:
        enter = "enter" if self.parts.plain else "⏎"
        return [
            Part(((enter, "key"), (" go there", "")), 2, "enter"),
            Part((("/", "key"), (" filter", "")), 3, "slash"),
            Part((("t", "key"), (" kind", "")), 3, "t"),
            Part((("!", "key"), (" only bad", "")), 4, "exclamation_mark"),
        ]

    # -- keys ----------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Go to the object on its screen, or say that it is gone; without one show the whole entry."""
        entry = self.table().selected
        if entry is None or entry.what == DAY:
            return
        if entry.target is None:
            self.action_details()
        else:
            self.run_worker(self._go(entry.target), group="jump")

    async def _go(self, target: Target) -> None:
        if why := await jump(self, target):
            self.say(f"{why} d shows the whole entry.")

    def show_history(self, target: Target) -> None:
        """Narrow to one object and its owners; every other filter is taken away, the end is shown."""
        target, chain = resolved(self.parts.store, target)
        self._history, self._kinds = history_of(target, chain), frozenset()
        self.parts.only_unhealthy = False
        self.table().set_filter("")
        self.show_all()
        self.table().action_last()

    def action_history(self) -> None:
        """Narrow to the history of the object that this entry is about."""
        entry = self.table().selected
        if entry is not None and entry.target is not None:
            self.show_history(entry.target)

    @work(group="kinds")
    async def action_kinds(self) -> None:
        """Choose the kind of event to look at."""
        counts = counted(self.parts.store.timeline)
        choices = [Choice("", "all kinds", ("all",), str(len(self.parts.store.timeline)))]
        choices += [Choice(kind, kind, (kind,), str(counts[kind])) for kind in ENTRY_KINDS if kind in counts]
        chosen = await self.app.push_screen_wait(ChoiceScreen("Kind of event", choices))
        if chosen is not None:
            self._kinds = frozenset((chosen.id,)) if chosen.id else frozenset()
            self.show_all()
            self.table().action_last()

    def action_back(self) -> None:
        """Take back one thing: the filter, then the object, then the kind, then only-bad."""
        table = self.table()
        if self._filter.display or table.row_filter.text or table.marks:
            super().action_back()
        elif self._history is not None:
            self._history = None
            self.show_all()
        elif self._kinds:
            self._kinds = frozenset()
            self.show_all()
        else:
            super().action_back()
