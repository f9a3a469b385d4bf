"""The rows of the Timeline: what the filters leave, days between them, and how each column looks."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from spottui import clock
from spottui.records import Target
from spottui.records_timeline import TimelineEntry
from spottui.screens.glyphs import glyph
from spottui.widgets.row_filter import RowFilter
from spottui.widgets.row_index import Cell, Column

DAY = "day"
"""What `TimelineEntry.what` is in a row that only separates two days."""


class DayRow(TimelineEntry, frozen=True, kw_only=True):
    """The line before the first entry of a day."""

    sample: str = ""
    """The text of one entry of that day that is shown: whatever the filter is, it finds this row too."""


class History(Struct, frozen=True):
    """One object whose history is looked at."""

    title: str
    uids: frozenset[str]
    """Its own UID and those of its owners; for an owner, what it owns is found by the entries' own chains."""
    own: str


def history_of(target: Target, chain: Collection[str]) -> History:
    """Return what to filter by to see the history of an object and of its owners."""
    return History(str(target), frozenset((target.uid, *chain)), target.uid)


def text_of(entry: TimelineEntry) -> str:
    """Return what the filter sees of a row."""
    if isinstance(entry, DayRow):
        return entry.sample
    return f"{entry.what} {entry.subject} {entry.text} {day_of(entry.at)}"


def is_about(entry: TimelineEntry, history: History) -> bool:
    """Tell whether an entry is about the object itself, one of its owners, or something that it owns."""
    if entry.target is not None and entry.target.uid in history.uids:
        return True
    return history.own in entry.chain


def narrowed(
    entries: Iterable[TimelineEntry], *, kinds: Collection[str], history: History | None, only_bad: bool
) -> list[TimelineEntry]:
    """Return the entries of these kinds (none: all), of this object, that are bad or a warning, by time."""
    kept = [
        entry
        for entry in entries
        if (not kinds or entry.what in kinds)
        and (history is None or is_about(entry, history))
        and (not only_bad or entry.tone in ("warn", "bad"))
    ]
    return sorted(kept, key=lambda entry: entry.at)


def with_days(entries: Iterable[TimelineEntry], row_filter: RowFilter) -> list[TimelineEntry]:
    """Return the entries, which are by time, with a row before the first one of each day that the filter leaves."""
    rows: list[TimelineEntry] = []
    days: set[str] = set()
    for entry in entries:
        day = day_of(entry.at)
        if day not in days and row_filter.matches(sample := text_of(entry), {}):
            days.add(day)
            at = _midnight(entry.at)
            uid = f"{DAY}:{day}"
            row = DayRow(uid=uid, at=at, tone="", what=DAY, subject=day, text=_weekday(at), sample=sample)
            rows.append(row)
        rows.append(entry)
    return rows


def day_of(at: float) -> str:
    """Return the local day of a moment, "2026-11-24"."""
    return time.strftime("%Y-%m-%d", time.localtime(at))


def _weekday(at: float) -> str:
    return time.strftime("%A, %d %B %Y", time.localtime(at))


def _midnight(at: float) -> float:
    moment = time.localtime(at)
    return time.mktime((moment.tm_year, moment.tm_mon, moment.tm_mday, 0, 0, 0, 0, 0, -1))


def said(entry: TimelineEntry) -> str:
    """Return the text of an entry with its count, and with what is not known of its time."""
    text = entry.text
    if entry.unseen is not None and entry.unseen >= 1:
        text = f"(not seen for {clock.age(0.0, entry.unseen)}) {text}"
    if entry.count > 1:
        text = f"x{entry.count} {text}"
    return text


def columns(plain: bool) -> list[Column[TimelineEntry]]:
    """Return the columns: time, age, kind, subject, text."""

    def what(entry: TimelineEntry, _: float) -> Cell:
        if entry.what == DAY:
            return Cell("-" * 10 if plain else "─" * 10, "dim")
        return Cell(f"{glyph(entry.tone, plain)} {entry.what}", entry.tone)

    def at(entry: TimelineEntry, _: float) -> Cell:
        if entry.what == DAY:
            return Cell(time.strftime("%d %b", time.localtime(entry.at)), "dim")
        return Cell(time.strftime("%H:%M:%S", time.localtime(entry.at)), "dim" if entry.is_earlier else "")

    def age(entry: TimelineEntry, now: float) -> Cell:
        return Cell("" if entry.what == DAY else clock.calm_age(entry.until or entry.at, now), "dim")

    def subject(entry: TimelineEntry, _: float) -> Cell:
        return Cell(entry.subject, "dim" if entry.what == DAY else "")

    def text(entry: TimelineEntry, _: float) -> Cell:
        return Cell(said(entry), "dim" if entry.what == DAY else entry.tone)

    return [
        Column("at", "TIME", at, sort=lambda entry: entry.at, width=8),
        Column("age", "AGO", age, sort=lambda entry: -entry.at, width=6, priority=3, align="right", ages=True),
        Column("what", "WHAT", what, sort=lambda entry: entry.what, width=10),
        Column("subject", "SUBJECT", subject, sort=lambda entry: entry.subject, min_width=14, max_width=44),
        Column("text", "TEXT", text, sort=lambda entry: entry.text, min_width=20),
    ]


def counted(entries: Iterable[TimelineEntry]) -> Mapping[str, int]:
    """Return how many entries there are of each kind."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.what] = counts.get(entry.what, 0) + 1
    return counts
