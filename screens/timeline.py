"""Timeline: what changed and who did it, the newest first; Kubernetes warnings and our own commands among it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from spottui import clock
from spottui.records import Access, TimelineEntry
from spottui.screens.glyphs import glyph
from spottui.screens.tables import TableScreen
from spottui.widgets.live_table import LiveTable
from spottui.widgets.row_index import Cell, Column
from spottui.widgets.tones import Line


class TimelineScreen(TableScreen):
    """One line per thing that happened while we watched."""

    NAME = "timeline"
    TOPICS = ("timeline",)
    TABLES = (("timeline", "Timeline"),)

    def make_table(self, name: str) -> LiveTable[Any]:
        table: LiveTable[TimelineEntry] = LiveTable(
            self._columns(),
            key=lambda entry: entry.uid,
            text=lambda entry: f"{entry.what} {entry.subject} {entry.text}",
            labels=lambda entry: {},
            flash=False,
            plain=self.parts.plain,
            id=name,
        )
        table.sort_by("at", descending=True)
        return table

    def _columns(self) -> list[Column[TimelineEntry]]:
        plain = self.parts.plain

        def what(entry: TimelineEntry, _: float) -> Cell:
            return Cell(f"{glyph(entry.tone, plain)} {entry.what}", entry.tone)

        return [
            Column(
                "at",
                "TIME",
                lambda entry, _: time.strftime("%H:%M:%S", time.localtime(entry.at)),
                sort=lambda entry: entry.at,
                width=8,
            ),
            Column(
                "age",
                "AGO",
                lambda entry, now: clock.calm_age(entry.at, now),
                sort=lambda entry: -entry.at,
                width=6,
                priority=3,
                align="right",
                ages=True,
            ),
            Column("what", "WHAT", what, width=10),
            Column("subject", "SUBJECT", lambda entry, _: entry.subject, min_width=14, max_width=44),
            Column("text", "TEXT", lambda entry, _: Cell(entry.text, entry.tone), min_width=20),
        ]

    def rows(self, name: str) -> Sequence[TimelineEntry]:
        return self.parts.store.timeline_entries()

    def access(self, name: str) -> Access:
        events = self.parts.store.access["events"]
        return Access(
            "live", "" if events.state in ("live", "waiting") else f"Without Kubernetes events: {events.reason}"
        )

    def is_healthy(self, row: TimelineEntry) -> bool:
        return row.tone not in ("warn", "bad")

    def nothing(self, name: str) -> str:
        reason = self.access(name).reason
        return f"Nothing was heard since spottui started. {reason}".rstrip()

    def has_namespaces(self) -> bool:
        return False

    def details(self) -> tuple[str, Callable[[], Sequence[Line]]] | None:
        entry = self.table().selected
        if entry is None:
            return None
        lines: list[Line] = [
            (("when     ", "dim"), (clock.rfc3339(entry.at), "")),
            (("what     ", "dim"), (entry.what, entry.tone)),
            (("subject  ", "dim"), (entry.subject, "")),
            (),
            ((entry.text, ""),),
        ]
        return entry.subject, lambda: lines
