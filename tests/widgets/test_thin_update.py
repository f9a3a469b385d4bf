"""A thin repaint looks the same as Textual's own and writes only the cells that were asked for."""

from __future__ import annotations

import re

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.app import App, ComposeResult
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from spottui.widgets.thin_update import ThinUpdate

COLUMNS, ROWS = 40, 4
CONSOLE = Console(color_system="truecolor", force_terminal=True, legacy_windows=False, _environ={})
PLACE = re.compile(r"\x1b\[(\d+);(\d+)H")


class Grid(Widget):
    """Draws each line as one strip of ten-cell columns, as the live table does."""

    DEFAULT_CSS = "Grid { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.rows = [[f"r{y}c{x}" for x in range(4)] for y in range(ROWS)]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return ROWS

    def render_line(self, y: int) -> Strip:
        styles = [Style(color="red"), Style(bold=True), Style(reverse=True), Style(color="blue", bgcolor="white")]
        return Strip([Segment(f"{text:<10}", style) for text, style in zip(self.rows[y], styles, strict=True)])


class GridApp(App[None]):
    CSS = "Screen { layout: vertical; }"

    def compose(self) -> ComposeResult:
        yield Grid()


def update_of(chops: list[list[str]], spans: list[tuple[int, int, int]]) -> ChopsUpdate:
    """Return a repaint of lines that are given as the texts of their chops."""
    lines, ends = [], []
    for texts in chops:
        x, line, line_ends = 0, {}, []
        for number, text in enumerate(texts):
            line[x] = Strip([Segment(text, Style(bold=number % 2 == 1, color="green"))])
            x += line[x].cell_length
            line_ends.append(x)
        lines.append(line)
        ends.append(line_ends)
    return ChopsUpdate(lines, spans, ends)


def seen_after(*written: str) -> tuple[list[str], list[object]]:
    """Return the text and the looks of an emulated terminal after these bytes."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    for text in written:
        stream.feed(text)
    looks: list[object] = [screen.buffer[y][x] for y in range(ROWS) for x in range(COLUMNS)]
    return list(screen.display), looks


BLANK = "\x1b[H" + "\r\n".join(["#" * COLUMNS] * ROWS)


async def test_one_changed_cell_is_written_from_that_cell_on() -> None:
    app = GridApp()
    async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
        await pilot.pause()
        grid = app.query_one(Grid)
        grid.rows[2][3] = "NEW"
        grid._styles_cache.clear()
        app.screen._compositor._dirty_regions = {Region(30, 2, 10, 1)}
        update = app.screen._compositor.render_partial_update()
        assert update is not None
        written = ThinUpdate.of(update).render_segments(CONSOLE)
        assert PLACE.findall(written) == [("3", "31")]
        assert re.sub(r"\x1b\[[0-9;]*[mH]", "", written) == "NEW" + " " * 7
        assert len(written) < len(update.render_segments(CONSOLE))
        texts, _ = seen_after(written)
        assert texts[2] == " " * 30 + "NEW" + " " * 7 and not texts[0].strip()


async def test_what_the_app_paints_looks_the_same_thin_and_whole() -> None:
    app = GridApp()
    async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
        await pilot.pause()
        grid, compositor = app.query_one(Grid), app.screen._compositor
        full = compositor.render_full_update().render_segments(CONSOLE)
        for number in range(ROWS):
            grid.rows[number][number] = f"new-{number}"
        grid._styles_cache.clear()
        compositor._dirty_regions = {Region(number * 10, number, 10, 1) for number in range(ROWS)}
        update = compositor.render_partial_update()
        assert update is not None
        thin, whole = (one.render_segments(CONSOLE) for one in (ThinUpdate.of(update), update))
        assert len(thin) < len(whole)
        assert seen_after(full, thin) == seen_after(full, whole)
        assert [text for text in seen_after(full, thin)[0] if "new-" in text] == seen_after(full, thin)[0]


@given(st.data())
def test_any_repaint_shows_each_asked_cell_and_leaves_the_others(data: st.DataObject) -> None:
    chops = data.draw(
        st.lists(
            st.lists(st.integers(1, 12), min_size=1, max_size=3).map(
                lambda sizes: ["abc"[number] * size for number, size in enumerate(sizes)]
            ),
            min_size=1,
            max_size=ROWS,
        )
    )
    widths = ["".join(texts) for texts in chops]
    spans: list[tuple[int, int, int]] = []
    for y, text in enumerate(widths):
        start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
        if start < end:
            spans.append((y, start, end))
    if not spans:
        return
    update = update_of(chops, spans)
    texts, looks = seen_after(BLANK, ThinUpdate.of(update).render_segments(CONSOLE))
    expected = ["#" * COLUMNS] * ROWS
    for y, start, end in spans:
        expected[y] = "#" * start + widths[y][start:end] + "#" * (COLUMNS - end)
    assert texts == expected
    # Textual's own repaint may write more than was asked for, from the same chops; where asked, both agree.
    _, whole = seen_after(BLANK, update.render_segments(CONSOLE))
    for y, start, end in spans:
        assert looks[y * COLUMNS + start : y * COLUMNS + end] == whole[y * COLUMNS + start : y * COLUMNS + end]


def test_wide_characters_within_the_span_are_written_whole() -> None:
    update = update_of([["ab\u6f22\u5b57cd"]], [(0, 2, 6)])
    written = ThinUpdate.of(update).render_segments(CONSOLE)
    assert PLACE.findall(written) == [("1", "3")] and "\u6f22\u5b57" in written and "cd" not in written


def test_a_chop_that_is_not_drawn_is_skipped() -> None:
    update = ChopsUpdate([{0: None, 5: Strip([Segment("hello")])}], [(0, 0, 10)], [[5, 10]])
    written = ThinUpdate.of(update).render_segments(CONSOLE)
    assert PLACE.findall(written) == [("1", "6")] and written.endswith("hello")


@pytest.mark.parametrize("line_end", ["\n", "\r"])
def test_no_line_end_is_written(line_end: str) -> None:
    update = update_of([["aaa"], ["bbb"]], [(0, 0, 3), (1, 0, 3)])
    assert line_end not in ThinUpdate.of(update).render_segments(CONSOLE)
