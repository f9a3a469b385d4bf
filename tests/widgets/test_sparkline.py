"""A history as glyphs: as wide as asked for, the newest at the right, gaps where nothing is known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.widgets.sparkline import BLOCKS, PLAIN, sparkline


def test_low_is_the_lowest_glyph_and_high_the_highest() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8], 9, high=8) == "▁▂▃▄▅▆▇██"
    assert sparkline([0, 50, 100], 3, high=100, plain=True) == "_=#"


def test_the_newest_values_are_kept_and_stand_at_the_right() -> None:
    assert sparkline([8, 8, 8, 0, 8], 2, high=8) == "▁█"
    assert sparkline([8], 4, high=8) == "   █"


def test_what_is_not_known_is_a_gap() -> None:
    assert sparkline([8, None, math.nan, math.inf, 0], 5, high=8) == "█   ▁"
    assert sparkline([], 3) == "   "
    assert sparkline([None, None], 2) == "  "


def test_without_a_given_top_the_largest_shown_value_is_the_top() -> None:
    assert sparkline([1, 2, 4], 3) == "▃▅█"
    assert sparkline([100, 1, 2], 2) == "▅█"


def test_all_zero_is_low_and_not_high() -> None:
    assert sparkline([0, 0], 2) == "▁▁"


@pytest.mark.parametrize("width", [0, -1])
def test_no_room_is_nothing(width: int) -> None:
    assert sparkline([1, 2], width) == ""


@given(
    st.lists(st.one_of(st.none(), st.floats()), max_size=30),
    st.integers(1, 20),
    st.booleans(),
    st.one_of(st.none(), st.floats()),
)
def test_it_is_as_wide_as_asked_for_and_of_its_own_glyphs(
    values: list[float | None], width: int, plain: bool, high: float | None
) -> None:
    text = sparkline(values, width, high=high, plain=plain)
    assert len(text) == width
    assert set(text) <= {" ", *(PLAIN if plain else BLOCKS)}
    assert not plain or text.isascii()


@given(st.lists(st.floats(0, 100), min_size=2, max_size=2))
def test_a_larger_value_never_has_a_lower_glyph(values: list[float]) -> None:
    low, high = (BLOCKS.index(sparkline([value], 1, high=100)) for value in sorted(values))
    assert low <= high
