"""Curves are as wide and as high as asked, with the newest value at the right."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from spottui.widgets.graph import graph

VALUES = st.lists(st.none() | st.floats(-1e12, 1e12), max_size=50)


def test_two_values_share_a_cell_and_a_full_one_reaches_the_top() -> None:
    assert graph([0, 100, 50, 25], 2, 1, plain=False, top=100) == ["⢸⣄"]


def test_a_curve_of_two_rows_stands_on_the_lower_one() -> None:
    assert graph([100, 100, 50, 50], 2, 2, plain=False, top=100) == ["⣿ ", "⣿⣿"]


def test_ascii_takes_one_value_a_cell() -> None:
    assert graph([0, 40, 100], 4, 1, plain=True, top=100) == ["  .#"]


def test_what_is_unknown_stays_empty_and_the_smallest_value_is_seen() -> None:
    assert graph([None, None, 0.01, 0.01], 2, 1, plain=False, top=100) == [" ⣀"]


def test_without_a_top_the_largest_value_shown_reaches_it() -> None:
    assert graph([1e9, 4, 8, 8], 1, 1, plain=False) == ["⣿"]


def test_no_room_is_no_rows() -> None:
    assert graph([1], 0, 3, plain=False) == graph([1], 3, 0, plain=False) == []


@given(VALUES, st.integers(1, 30), st.integers(1, 5), st.booleans(), st.none() | st.floats(0, 1e9))
def test_every_row_fills_its_width(
    values: list[float | None], width: int, height: int, plain: bool, top: float | None
) -> None:
    rows = graph(values, width, height, plain=plain, top=top)
    assert [cell_len(row) for row in rows] == [width] * height
    assert not plain or all(row.isascii() for row in rows)
