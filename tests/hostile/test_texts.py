"""What cleans and what draws texts, held against the corpus and against whatever hypothesis makes up."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from spottui.actions.objects import said
from spottui.screens.describe_sheet import text as described
from spottui.sources.text import clean
from spottui.widgets.cell_text import fit
from spottui.widgets.lines import Lines
from spottui.widgets.tones import cut, printable, wrap

from .corpus import CORPUS, LONG, MARKS_IN_A_ROW, NAMES, SURROGATES, cells, nastier, unsafe

EVERYTHING = {**CORPUS, **SURROGATES, **LONG}


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_source_lets_nothing_through_that_a_terminal_obeys(name: str) -> None:
    cleaned = clean(EVERYTHING[name])
    assert not unsafe(cleaned)
    assert clean(cleaned) == cleaned
    cleaned.encode()
    lines = clean(EVERYTHING[name], keep_newlines=True)
    assert not unsafe(lines, breaks="\n")


@given(nastier, st.integers(1, 200))
def test_whatever_comes_is_clean_short_and_stays_as_it_is(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert not unsafe(cleaned) and len(cleaned) <= limit
    assert clean(cleaned, limit) == cleaned


def test_an_escape_without_an_end_hides_no_other_line() -> None:
    assert clean("a\x1b]52;c;xyz\nb\x9d0;t\nc", keep_newlines=True) == "a\nb\nc"


@pytest.mark.parametrize("name", ["vietnamese", "thai", "indic", "arabic", "tibetan"])
def test_marks_that_a_script_needs_are_kept(name: str) -> None:
    kept = clean(CORPUS[name])
    joiners = "\u200c\u200d"
    whole = "".join(one for one in CORPUS[name] if one not in joiners)
    assert kept == unicodedata.normalize("NFC", whole)


def test_thousands_of_marks_become_a_few() -> None:
    assert len(clean(CORPUS["marks by the thousand"])) == len("zalgo") + MARKS_IN_A_ROW


@pytest.mark.parametrize("clean_up", [said, described], ids=["of an act", "of a description"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_for_one_moment_is_cleaned_alike(name: str, clean_up: Any) -> None:
    assert not unsafe(clean_up(CORPUS[name]))


@given(nastier, st.integers(0, 60), st.sampled_from(["left", "right"]))
def test_a_cell_has_exactly_its_width_in_a_terminal_too(text: str, width: int, align: Any) -> None:
    shown = fit(text, width, align)
    assert not unsafe(shown)
    assert cells(shown) == width


@given(nastier, st.integers(0, 60))
def test_a_text_that_is_cut_and_cleaned_fits(text: str, width: int) -> None:
    assert cells(cut(printable(clean(text)), width)) <= width


@given(nastier, st.integers(2, 60), st.integers(0, 8))
def test_a_folded_text_fits_and_loses_nothing(text: str, width: int, indent: int) -> None:
    cleaned = clean(text)
    rows = wrap(((cleaned, ""),), width, indent)
    for row in rows:
        assert cells("".join(part for part, _ in row)) <= width
    shown = "".join("".join(part for part, _ in row) for row in rows)
    assert shown.replace(" ", "") == printable(cleaned).replace(" ", "")


class OneText(App[None]):
    """Draws texts as every pane and every question does."""

    def __init__(self, *texts: str) -> None:
        super().__init__()
        self.lines = Lines([((text, "bad"),) for text in texts], folds=True)

    def compose(self) -> ComposeResult:
        yield self.lines


@pytest.mark.parametrize("width", [1, 2, 9, 80])
async def test_no_pane_draws_a_line_over_its_width(width: int) -> None:
    """Not cleaned by any source: the last who could stop it."""
    app = OneText(*CORPUS.values(), *SURROGATES.values())
    async with app.run_test(size=(width, 60)) as pilot:
        for _ in range(6):
            for strip in app.screen._compositor.render_strips():
                assert not unsafe(strip.text), strip.text
                assert strip.cell_length == width and cells(strip.text) == width, repr(strip.text)
            await pilot.press("pagedown")
