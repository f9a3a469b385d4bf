"""Knows how columns share the width of a table; must not know rows or how they are drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from spottui.widgets.row_index import Column

GUTTER = 1
"""Cells before the first column, for the mark."""
GAP = 1
"""Cells between two columns."""
WIDE_FLEXIBLE = 48
"""Cells of a flexible column without a maximum in wide mode, where the table scrolls sideways."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One column and where it is drawn."""

    column: Column[Any]
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that are drawn, from left to right."""

    placed: tuple[Placed, ...]
    width: int
    """Cells of a whole line; more than there are on the screen in wide mode only."""
    frozen: int
    """Cells at the left that do not scroll sideways: the gutter and the first column."""

    def at(self, x: int) -> Placed | None:
        """Return the column drawn at this cell of the line, with the gap after it; None beside all."""
        for place in self.placed:
            if place.start <= x < place.start + place.width + GAP:
                return place
        return None

    def span(self, numbers: Iterable[int]) -> tuple[int, int]:
        """Return from which cell to which one the placed columns with these numbers reach; none: (0, width)."""
        places = [self.placed[number] for number in numbers]
        if not places:
            return 0, self.width
        return places[0].start, places[-1].start + places[-1].width


def lay_out(columns: Sequence[Column[Any]], width: int, wide: bool = False) -> Layout:
    """Place columns on a line of `width` cells.

    The columns with the highest priority numbers drop out until the rest fits; in wide mode all stay,
    and the line grows past `width` instead.
    """
    chosen = [column for column in columns if wide or not column.wide_only]
    if wide:
        widths = _share(chosen, max(_needed(chosen, wide=True), width), wide=True)
    else:
        while _needed(chosen) > width and (droppable := [column for column in chosen if column.priority > 0]):
            # Of equals the one farthest right goes first.
            last = max(reversed(droppable), key=lambda column: column.priority)
            chosen.remove(last)
        widths = _share(chosen, width)
    placed: list[Placed] = []
    start = GUTTER
    for column, cells in zip(chosen, widths, strict=True):
        if not wide:
            cells = min(cells, max(0, width - start))
        if cells > 0:
            placed.append(Placed(column, start, cells))
        start += cells + GAP
    total = max(width, placed[-1].start + placed[-1].width) if placed and wide else width
    first = placed[0].start + placed[0].width + GAP if placed else 0
    return Layout(tuple(placed), total, first if first * 2 <= width else 0)


def _least(column: Column[Any], wide: bool) -> int:
    """Return the cells without which a column is not worth drawing."""
    if column.width:
        return column.width
    if wide:
        return max(column.min_width, column.max_width or WIDE_FLEXIBLE)
    return max(1, column.min_width)


def _needed(columns: Sequence[Column[Any]], wide: bool = False) -> int:
    return GUTTER + sum(_least(column, wide) for column in columns) + GAP * max(0, len(columns) - 1)


def _share(columns: Sequence[Column[Any]], width: int, wide: bool = False) -> list[int]:
    """Give each column its least, and what is left over to the flexible ones in equal parts."""
    widths = [_least(column, wide) for column in columns]
    left = width - _needed(columns, wide)
    growing = [place for place, column in enumerate(columns) if not column.width]
    while left > 0 and growing:
        part = max(1, left // len(growing))
        for place in tuple(growing):
            limit = columns[place].max_width
            extra = min(part, left) if not limit else min(part, left, max(0, limit - widths[place]))
            widths[place] += extra
            left -= extra
            if extra < part:
                growing.remove(place)
    return widths
