"""A log view keeps as much as fits, finds what is searched for, and draws only what is in view."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from spottui.records_logs import LogLine
from spottui.widgets.log_buffer import CHUNK, OVERHEAD, LogBuffer
from spottui.widgets.log_format import readable, tone_of
from spottui.widgets.log_view import LogView


def line(text: str, kind: str = "line") -> LogLine:
    return LogLine("2026-11-24T02:04:06.000000001Z", "cam-0", "main", text, kind)  # type: ignore[arg-type]


def lines(count: int, start: int = 0) -> list[LogLine]:
    return [line(f"line {number}") for number in range(start, start + count)]


def test_the_oldest_lines_go_when_there_is_no_more_room_and_numbers_stay() -> None:
    buffer = LogBuffer(limit=CHUNK * 2 * (OVERHEAD + 10))
    buffer.add(lines(CHUNK * 5))
    assert buffer.first > 0 and buffer.end == CHUNK * 5
    assert len(buffer) <= CHUNK * 3
    assert buffer.line(buffer.end - 1).text == f"line {CHUNK * 5 - 1}"
    assert buffer.line(buffer.first).text == f"line {buffer.first}"


def test_a_filter_hides_lines_but_never_the_mark_of_a_gap() -> None:
    buffer = LogBuffer()
    buffer.add([line("good"), line("an error"), line("link lost", "gap")])
    buffer.set_filter("error")
    buffer.add([line("good"), line("next error")])
    assert [buffer.line(number).text for number in buffer.forward(0)] == ["an error", "link lost", "next error"]
    assert len(buffer) == 3
    buffer.set_filter("")
    assert len(buffer) == 5


def test_what_is_searched_is_found_in_both_directions_whatever_its_case() -> None:
    buffer = LogBuffer()
    buffer.add([line("Alpha"), line("beta"), line("ALPHA"), line("gamma")])
    assert buffer.find("alpha", 0, back=False) == 2
    assert buffer.find("alpha", 2, back=True) == 0
    assert buffer.find("delta", 0, back=False) is None


@given(st.lists(st.integers(1, 700), max_size=6), st.text("abc !", max_size=4), st.integers(0, 3000))
def test_what_is_shown_is_the_same_forwards_and_backwards(sizes: list[int], typed: str, start: int) -> None:
    buffer = LogBuffer(limit=200_000)
    buffer.set_filter(typed)
    for size in sizes:
        buffer.add(line("abc"[number % 3] * 3) for number in range(size))
    shown = list(buffer.forward(buffer.first))
    assert list(buffer.backward(buffer.end)) == shown[::-1]
    assert len(buffer) == len(shown)
    assert list(buffer.forward(start)) == [number for number in shown if number >= start]


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("2026-11-24 ERROR camera lost", "bad"),
        ('{"level":"warn","msg":"hot"}', "warn"),
        ("level=debug msg=x", "dim"),
        ("E1124 02:04:06.123456 1 main.go:7] no", "bad"),
        ("I1124 02:04:06.123456 1 main.go:7] yes", ""),
        ("INFO ready", ""),
        ("PANIC: nil", "bad"),
        ("the operator asked for a report and there was no error so far", ""),
        ("", ""),
    ],
)
def test_a_level_has_its_tone(text: str, tone: str) -> None:
    assert tone_of(text) == tone


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"ts":1.5,"level":"info","msg":"frame","fps":30,"ok":true,"none":null}',
            "INFO  frame  fps=30 ok=true none=null",
        ),
        ('{"level":50,"message":"bad","a":{"b":[1,{"c":2}]}}', "ERROR  bad  a={b:[1,{c:2}]}"),
        ("{not json}", "{not json}"),
        ("[1, 2]", "[1, 2]"),
        ("plain", "plain"),
    ],
)
def test_json_is_drawn_as_words(text: str, said: str) -> None:
    assert readable(text) == said


@given(st.text(max_size=100))
def test_no_text_breaks_the_drawing_of_json(text: str) -> None:
    assert isinstance(readable("{" + text + "}"), str)


class OneLog(App[None]):
    """An app of one log view."""

    def compose(self) -> ComposeResult:
        self.view = LogView(limit=400_000)
        yield self.view

    def rows(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]


async def test_the_view_follows_the_end_and_stands_still_when_asked() -> None:
    app = OneLog()
    async with app.run_test(size=(40, 5)) as pilot:
        app.view.focus()
        app.view.add(lines(20))
        app.view.show()
        await pilot.pause()
        assert app.rows() == [f"line {number}" for number in range(15, 20)]
        await pilot.press("k", "k")
        assert app.rows()[0] == "line 13" and not app.view.follows
        app.view.add(lines(30, 20))
        app.view.show()
        await pilot.pause()
        assert app.rows()[0] == "line 13", "what comes in moves nothing"
        await pilot.press("G")
        assert app.rows()[-1] == "line 49" and app.view.follows
        await pilot.press("g")
        assert app.rows()[0] == "line 0"
        await pilot.press("space")
        assert app.rows()[0] == "line 4"


async def test_going_down_past_the_last_page_follows_again() -> None:
    app = OneLog()
    async with app.run_test(size=(40, 5)) as pilot:
        app.view.focus()
        app.view.add(lines(8))
        app.view.show()
        await pilot.press("g", "j", "j", "j", "j")
        assert app.view.follows and app.rows()[-1] == "line 7"


async def test_a_long_line_is_cut_with_a_mark_wraps_and_moves_sideways() -> None:
    app = OneLog()
    async with app.run_test(size=(10, 4)) as pilot:
        app.view.focus()
        app.view.add([line("abcdefghijklmnopqrstuvwxyz")])
        app.view.show()
        await pilot.pause()
        assert app.rows()[0] == "abcdefghi…"
        await pilot.press("right")
        assert app.rows()[0] == "uvwxyz"
        await pilot.press("left")
        app.view.wraps = True
        app.view.show()
        await pilot.pause()
        assert "".join(row.strip() for row in app.rows()) == "abcdefghijklmnopqrstuvwxyz"


async def test_a_megabyte_in_one_line_leaves_the_screen_usable() -> None:
    app = OneLog()
    async with app.run_test(size=(40, 5)) as pilot:
        app.view.focus()
        app.view.wraps = True
        app.view.add([line("x" * 1_000_000), line("after")])
        app.view.show()
        await pilot.pause()
        assert app.rows()[-1] == "after"
        await pilot.press("k")
        assert app.rows()[0].startswith("xxx")


async def test_a_search_marks_its_lines_and_goes_from_one_to_the_next() -> None:
    app = OneLog()
    async with app.run_test(size=(40, 5)):
        app.view.add([*lines(10), line("needle one"), *lines(10), line("needle two"), *lines(10)])
        assert app.view.find("needle", back=True)
        assert app.view.first_row_text() == "needle two"
        assert app.view.find("needle", back=True, again=True)
        assert app.view.first_row_text() == "needle one"
        assert not app.view.find("needle", back=True, again=True)
