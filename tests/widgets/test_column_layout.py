"""How columns share the width, and how texts fit into cells."""

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from spottui.widgets.cell_text import clean, fit
from spottui.widgets.column_layout import GAP, lay_out
from spottui.widgets.row_index import Column

columns_strategy = st.lists(
    st.builds(
        Column,
        key=st.uuids().map(str),
        title=st.just("TITLE"),
        cell=st.just(lambda record, now: ""),
        width=st.integers(0, 20),
        min_width=st.integers(0, 12),
        max_width=st.one_of(st.just(0), st.integers(1, 30)),
        priority=st.integers(0, 3),
        wide_only=st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(columns_strategy, st.integers(0, 500), st.booleans())
def test_columns_never_overlap_and_never_pass_the_line(columns: list[Column], width: int, wide: bool) -> None:
    layout = lay_out(columns, width, wide)
    end = 0
    for place in layout.placed:
        assert place.start > end - GAP and place.width > 0
        end = place.start + place.width
        assert end <= layout.width
        assert layout.at(place.start) is place
    assert layout.width >= width
    assert wide or layout.width == width
    assert layout.frozen * 2 <= max(width, 0)


@settings(max_examples=200, deadline=None)
@given(columns_strategy, st.integers(0, 200))
def test_columns_drop_out_by_priority(columns: list[Column], width: int) -> None:
    drawn = {place.column.key for place in lay_out(columns, width).placed}
    candidates = [column for column in columns if not column.wide_only]
    dropped = [column.priority for column in candidates if column.key not in drawn and column.priority]
    kept = [column.priority for column in candidates if column.key in drawn]
    assert not dropped or not kept or max(kept) <= min(dropped) or 0 in dropped


@settings(max_examples=100, deadline=None)
@given(columns_strategy)
def test_wide_mode_drops_nothing(columns: list[Column]) -> None:
    assert len(lay_out(columns, 20, wide=True).placed) == len(columns)


def test_flexible_columns_share_what_is_left() -> None:
    columns = [
        Column("name", "NAME", lambda record, now: "", min_width=10),
        Column("status", "STATUS", lambda record, now: "", width=10),
        Column("note", "NOTE", lambda record, now: "", min_width=5, max_width=20),
    ]
    assert [place.width for place in lay_out(columns, 80).placed] == [47, 10, 20]


@settings(max_examples=500, deadline=None)
@given(st.text(), st.integers(0, 40), st.sampled_from(["left", "right"]))
def test_any_text_fits_in_exactly_its_cells(text: str, width: int, align: str) -> None:
    fitted = fit(text, width, align)  # type: ignore[arg-type]
    assert cell_len(fitted) == width
    assert clean(fitted) == fitted


def test_what_a_terminal_would_obey_or_reorder_is_taken_out() -> None:
    assert clean("\x1b[31mred\x07\x9b2J") == "·[31mred··2J"
    assert clean("a\u202eb\u2066c\u200dd\ufe0f") == "abcd"
    assert clean("lone \ud800 half\nline") == "lone · half·line"
    assert clean("[/] [red]x[/red]") == "[/] [red]x[/red]"


def test_wide_characters_are_not_cut_in_half() -> None:
    assert fit("ab日本", 6) == "ab日本"
    assert fit("ab日本", 5) == "ab日…"
    assert fit("日本語", 4) == "日 …"
    assert fit("日本語", 1) == "…"
    assert fit("7", 4, "right") == "   7"
