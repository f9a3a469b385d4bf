"""Text from outside is safe to show, whatever is in it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.sources.text import clean


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("caf\u00e9 \u4e2d\u6587 \u2713", "caf\u00e9 \u4e2d\u6587 \u2713"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link", "link"),
        ("\x1bPq#0;2;0;0;0\x1b\\after", "after"),
        ("\x1b]52;c;never ends", ""),
        ("a\x1bcb", "ab"),
        ("bell\x07 back\x08 nul\x00", "bell back nul"),
        ("user\u202etxt.exe\u2066\u200f\u061c", "usertxt.exe"),
        ("one\r\ntwo\nthree\u2028four\n", "one ⏎ two ⏎ three ⏎ four"),
        ("tab\there", "tab here"),
        ("half \ud800 character", "half \ufffd character"),
    ],
)
def test_what_a_terminal_would_obey_is_taken_out(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_line_breaks_stay_where_they_are_wanted() -> None:
    assert clean("a\r\nb\x1b[2J\nc", keep_newlines=True) == "a\nb\nc"


def test_long_text_is_cut_with_a_mark() -> None:
    assert clean("abcdef", 4) == "abc…"
    assert len(clean("\x1b[0m" * 10_000 + "x" * 10_000, 100)) <= 100


@given(st.text(st.characters(codec=None), max_size=60), st.integers(1, 30))
def test_cleaned_text_is_clean_short_and_stays_as_it_is(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert not {unicodedata.category(character) for character in cleaned} & {"Cc", "Cs", "Zl", "Zp"}
    assert clean(cleaned, limit) == cleaned
    cleaned.encode()
