"""Knows how one line of a table becomes styled segments; must not know keys, or where rows come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from spottui.widgets.cell_text import fit
from spottui.widgets.column_layout import GAP, GUTTER, Layout
from spottui.widgets.row_index import Cell

CURSOR, MARKED, GONE, STALE = 1, 2, 4, 8
"""Flags of a line."""

TONES = ("good", "warn", "bad", "dim", "info", "accent")

_ENOUGH = 128
"""Lines kept in the caches: two screens' worth; a drawn one with all that Textual makes of it is some 6 kB."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The styles of a table, looked up once per change of theme or focus."""

    plain: Style
    header: Style
    cursor: Style
    dim: Style
    marked: Style
    """Laid over the style of the row, like `gone` and `flash`."""
    gone: Style
    flash: Style
    tones: Mapping[str, Style]


def palette_of(widget: Widget) -> Palette:
    """Look up the component classes of a table."""

    def part(name: str, partial: bool = False) -> Style:
        return widget.get_component_rich_style(f"live-table--{name}", partial=partial)

    return Palette(
        plain=widget.rich_style,
        header=part("header"),
        cursor=part("cursor"),
        dim=part("dim"),
        marked=part("marked", True),
        gone=part("gone", True),
        flash=part("flash", True),
        tones={tone: part(tone) for tone in TONES},
    )


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs a table draws by itself."""

    mark: str = "●"
    ascending: str = "▲"
    descending: str = "▼"
    ellipsis: str = "…"
    gone: str = "gone"


PLAIN_GLYPHS = Glyphs("*", "^", "v", "~")
"""For terminals with few glyphs."""


class Line(NamedTuple):
    """All that the drawing of one row depends on: two equal lines look the same."""

    cells: tuple[Cell, ...]
    """One per placed column."""
    flags: int
    flashing: frozenset[str]
    """Keys of the columns that flash."""


class RowPainter:
    """Draws lines in one layout and palette; made anew, with empty caches, when either changes."""

    def __init__(self, layout: Layout, palette: Palette, glyphs: Glyphs, view_width: int) -> None:
        self.layout, self.palette, self.view_width = layout, palette, view_width
        self._glyphs = glyphs
        self._cells: dict[str, tuple[Any, float, tuple[Cell, ...]]] = {}
        self._strips: dict[tuple[Line, int], Strip] = {}
        self._styles: dict[tuple[int, str, bool], Style] = {}

    def cells(self, uid: str, record: Any, now: float) -> tuple[Cell, ...]:
        """Return what the placed columns say; only ageing ones are asked again about the same record."""
        known = self._cells.get(uid)
        if known is not None and known[0] is record:
            if known[1] == now:
                return known[2]
            cells = self._aged(record, now, known[2])
        else:
            cells = tuple(as_cell(place.column.cell(record, now)) for place in self.layout.placed)
            if len(self._cells) >= _ENOUGH:
                self._cells.clear()
        self._cells[uid] = (record, now, cells)
        return cells

    def _aged(self, record: Any, now: float, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple(
            as_cell(place.column.cell(record, now)) if place.column.ages else cell
            for place, cell in zip(self.layout.placed, cells, strict=True)
        )

    def changed_columns(self, uid: str, former: Any, record: Any, now: float) -> frozenset[str]:
        """Return the keys of the columns which say something else of a record than of its former one."""
        cells = self.cells(uid, record, now)
        return frozenset(
            place.column.key
            for place, cell in zip(self.layout.placed, cells, strict=True)
            if not place.column.ages and as_cell(place.column.cell(former, now)) != cell
        )

    def row(self, line: Line, scroll_x: int) -> Strip:
        """Return a row as it is seen when scrolled sideways by `scroll_x` cells."""
        strip = self._strips.get((line, scroll_x))
        if strip is None:
            if len(self._strips) >= _ENOUGH:
                self._strips.clear()
            strip = self._view(self._whole(line), scroll_x)
            if line.flags & GONE:
                strip = self._with_word(strip, line.flags)
            self._strips[line, scroll_x] = strip
        return strip

    def _whole(self, line: Line) -> Strip:
        base = self._style(line.flags, "", False)
        mark = self._glyphs.mark if line.flags & MARKED else " "
        pieces = [(fit(mark, GUTTER), base)]
        for place, cell in zip(self.layout.placed, line.cells, strict=True):
            text = fit(cell.text, place.width, place.column.align, self._glyphs.ellipsis)
            pieces.append((text, self._style(line.flags, cell.tone, place.column.key in line.flashing)))
            pieces.append((" " * GAP, base))
        return _strip(pieces, base, self.layout.width)

    def _style(self, flags: int, tone: str, flashing: bool) -> Style:
        """Return the style of a cell; under the cursor, gone or stale the tone gives way."""
        key = (flags, tone, flashing)
        style = self._styles.get(key)
        if style is None:
            palette = self.palette
            if flags & CURSOR:
                style = palette.cursor
            elif flags & STALE:
                style = palette.dim
            else:
                style = palette.plain if flags & GONE else palette.tones.get(tone, palette.plain)
            reverses = bool(style.reverse)
            style += palette.marked if flags & MARKED else Style.null()
            style += palette.gone if flags & GONE else Style.null()
            if flashing:
                style += palette.flash
                if reverses and palette.flash.reverse:
                    style += Style(reverse=False)  # on a reversed line a flash is what is not reversed
            self._styles[key] = style
        return style

    def _with_word(self, strip: Strip, flags: int) -> Strip:
        """Write "gone" at the right end of a row that left: struck text alone may not show."""
        word = f" {self._glyphs.gone} "
        style = self._style(flags & ~GONE, "", False)
        kept = max(0, self.view_width - cell_len(word))
        return Strip.join([strip.crop(0, kept), Strip([Segment(word, style)])]).crop(0, self.view_width)

    def header(self, sorted_by: str | None, descending: bool, scroll_x: int) -> Strip:
        """Return the line of titles, with an arrow at the sorted column."""
        style, glyphs = self.palette.header, self._glyphs
        pieces = [(" " * GUTTER, style)]
        for place in self.layout.placed:
            column = place.column
            arrow = ""
            if column.key == sorted_by:
                arrow = glyphs.descending if descending else glyphs.ascending
            title = fit(column.title, min(cell_len(column.title), place.width - len(arrow))) + arrow
            pieces.append((fit(title, place.width, column.align) + " " * GAP, style))
        return self._view(_strip(pieces, style, self.layout.width), scroll_x)

    def text(self, text: str) -> Strip:
        """Return a line of one text across the view."""
        style = self.palette.tones.get("dim", self.palette.plain)
        text = fit(text, self.view_width, ellipsis=self._glyphs.ellipsis)
        return Strip([Segment(text, style)], self.view_width)

    def _view(self, strip: Strip, scroll_x: int) -> Strip:
        """Cut the visible part out of a whole line; the frozen part stays at the left."""
        if not scroll_x:
            return strip.crop(0, self.view_width)
        frozen = self.layout.frozen
        return Strip.join([strip.crop(0, frozen), strip.crop(frozen + scroll_x, scroll_x + self.view_width)])


def as_cell(said: Cell | str) -> Cell:
    """Return what a column said as a cell."""
    return said if isinstance(said, Cell) else Cell(said)


def _strip(pieces: list[tuple[str, Style]], base: Style, width: int) -> Strip:
    """Join pieces of one style, which saves escape sequences, and fill up to `width` cells."""
    segments: list[Segment] = []
    text, style = "", base
    for piece, piece_style in pieces:
        if piece_style is not style and piece:
            if text:
                segments.append(Segment(text, style))
            text, style = piece, piece_style
        else:
            text += piece
    if text:
        segments.append(Segment(text, style))
    return Strip(segments).adjust_cell_length(width, base)
