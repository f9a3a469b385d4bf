"""Toned text: cut and folded by cells, and nothing in it that a terminal would obey."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widget import Widget

from spottui.safe_text import steady
from spottui.widgets import tones
from spottui.widgets.tones import TONE_CLASSES, TONES, Line, cut, draw_line, printable, wrap

HARD = (
    "aB1.,- \u6f22\u5b57\uac00\u0301\u0308\u200d\ufe0f\u2764\U0001f469\U0001f600"
    "\x00\x07\x1b\x9b\n\r\t\u202e\u2066\xa0\u3000"
)
"""Wide, combining and joining characters, emoji, controls, bidi overrides, odd spaces."""
texts = st.text(st.sampled_from(HARD) | st.characters(codec="utf-8"), max_size=60)
clean_texts = st.text(st.sampled_from("ab \u6f22\u5b57\uac00"), max_size=60)
words = st.text(st.sampled_from("ab"), min_size=1, max_size=12)

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class EndlessError(Exception):
    """The folding makes no progress."""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `wrap` fail where it would go on for ever."""
    fit, count = tones._fit, 0

    def counting(text: str, width: int) -> int:
        nonlocal count
        count += 1
        if count > 2000:
            raise EndlessError
        return fit(text, width)

    monkeypatch.setattr(tones, "_fit", counting)


def width_of(line: Line) -> int:
    return sum(cell_len(text) for text, _ in line)


def visible(lines: list[Line]) -> str:
    return "".join(text for line in lines for text, _ in line).replace(" ", "")


# -- printable -----------------------------------------------------------------------------------------


@given(texts)
def test_printable_lets_no_control_and_no_bidi_override_through(text: str) -> None:
    for char in printable(text):
        assert unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


@pytest.mark.parametrize(
    "char", [*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), *BIDI, "\u2028", "\u2029", "\ufeff"]
)
def test_each_character_that_a_terminal_obeys_is_a_dot(char: str) -> None:
    assert printable(f"a{char}b") == "a·b"


@given(st.text(st.characters(categories=["L", "N", "P", "S", "M"]), max_size=30))
def test_what_is_printable_stays_as_it_is(text: str) -> None:
    assert printable(text) == steady(text)


# -- cut -----------------------------------------------------------------------------------------------


@given(texts, st.integers(-2, 70))
def test_cut_never_exceeds_its_width(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) <= max(0, width)


@given(texts, st.integers(0, 20))
def test_what_is_cut_ends_in_an_ellipsis_and_begins_as_the_text_does(text: str, width: int) -> None:
    shown = cut(text, width)
    if shown != text and width > 0:
        assert shown.endswith("…")
        assert text.startswith(shown[:-1])


@given(clean_texts)
def test_a_text_as_wide_as_the_room_is_not_cut(text: str) -> None:
    assert cut(text, cell_len(text)) == text


def test_accents_of_their_own_do_not_count_as_cells() -> None:
    assert cut("e\u0301" * 3, 5) == "e\u0301" * 3


def test_a_megabyte_is_cut_like_a_line() -> None:
    assert cut("x" * 1_000_000, 10) == "x" * 9 + "…"


# -- wrap ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("width", [10, 80, 200])
def test_a_word_as_wide_as_a_follow_up_line_does_not_hang(width: int) -> None:
    lines = wrap((("x " + "y" * (width - 2) + " more words", ""),), width, indent=2)
    assert visible(lines) == "x" + "y" * (width - 2) + "morewords"


@pytest.mark.usefixtures("counted")
def test_wide_characters_in_three_columns_do_not_hang() -> None:
    assert visible(wrap((("\u6f22\u5b57\u6f22\u5b57", ""),), 3, indent=2)) == "\u6f22\u5b57\u6f22\u5b57"


def test_a_widened_heart_does_not_push_a_line_over_its_width() -> None:
    assert max(map(width_of, wrap((("\u2764\ufe0f" * 5, ""),), 4))) <= 4


def test_joined_emoji_are_folded_by_the_width_in_which_they_are_drawn() -> None:
    lines = wrap((("\U0001f469\u200d\U0001f469\u200d\U0001f467" * 4, ""),), 10)
    assert max(cell_len(printable(text)) for line in lines for text, _ in line) <= 10


@given(st.lists(st.tuples(clean_texts, st.sampled_from(["", "warn"])), max_size=4), st.integers(2, 40))
def test_wrap_keeps_all_visible_characters_within_the_width(line: list[tuple[str, str]], width: int) -> None:
    lines = wrap(tuple(line), width)
    assert lines
    assert max(map(width_of, lines)) <= width
    assert visible(lines) == visible([tuple(line)])


@given(st.lists(words, max_size=20), st.integers(16, 60))
@example(["ab"], 16)
def test_indented_lines_keep_whole_words_within_the_width(several: list[str], width: int) -> None:
    # Words of at most 12 in a room of at least 14: none fills a line, which would be the endless case above.
    lines = wrap(((" ".join(several), ""),), width, indent=2)
    assert max(map(width_of, lines)) <= width
    assert [word for line in lines for word in "".join(text for text, _ in line).split()] == several
    assert all(line[0] == ("  ", "") for line in lines[1:])


def test_a_word_too_long_for_any_line_is_broken() -> None:
    lines = wrap((("x" * 25, "bad"),), 10, indent=2)
    assert [text for line in lines for text, tone in line if tone == "bad"] == ["x" * 10, "x" * 8, "x" * 7]


def test_tones_go_along_with_their_text() -> None:
    lines = wrap((("name ", "dim"), ("one two three", "warn")), 10)
    assert {tone for line in lines for text, tone in line if text.strip() in ("one", "two", "three")} <= {"warn"}
    assert visible(lines) == "nameonetwothree"
    assert lines[0][0] == ("name ", "dim")


def test_an_empty_line_stays_one_line() -> None:
    assert wrap((), 10) == [()]
    assert len(wrap((("", ""),), 10)) == 1


# -- drawing -------------------------------------------------------------------------------------------


class Toned(Widget):
    COMPONENT_CLASSES = TONE_CLASSES


class TonedApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Toned()


async def test_a_drawn_line_has_exactly_its_width_and_obeys_nothing() -> None:
    app = TonedApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        widget = app.query_one(Toned)
        spans: Any = st.lists(st.tuples(texts, st.sampled_from(["", *TONES])), max_size=4)

        @given(spans, st.integers(0, 90), st.integers(0, 30))
        @example([("\u6f22" * 3, "")], 5, 0)
        @example([("\u6f22" * 3, "")], 3, 1)
        @example([("\x1b[31mred", "bad")], 20, 0)
        def check(line: list[tuple[str, str]], width: int, start: int) -> None:
            strip = draw_line(widget, line, width, start)
            assert strip.cell_length == width == sum(cell_len(segment.text) for segment in strip)
            assert all(segment.text.isprintable() for segment in strip)

        check()


async def test_each_tone_is_drawn_in_its_own_style() -> None:
    app = TonedApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        widget = app.query_one(Toned)
        strip = draw_line(widget, [("plain", ""), ("good", "good")], 20)
        assert [segment.text for segment in strip] == ["plain", "good", " " * 11]
        assert [segment.style for segment in strip][:2] == [
            widget.rich_style,
            widget.get_component_rich_style("tone--good"),
        ]
        with pytest.raises(KeyError):
            draw_line(widget, [("x", "no-such-tone")], 5)
