"""The index of rows against a naive one, and the filter language."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.widgets.row_filter import RowFilter
from spottui.widgets.row_index import RowIndex
from spottui.widgets.row_order import RowOrder


@dataclass(frozen=True)
class Row:
    uid: str
    name: str = ""
    value: Any = None
    labels: dict[str, str] = field(default_factory=dict)


def new_index() -> RowIndex[Row]:
    return RowIndex(
        key=lambda row: row.uid,
        text=lambda row: row.name,
        labels=lambda row: row.labels,
        tie=lambda row: row.name,
    )


def by_value(row: Row) -> Any:
    return row.value


def by_name(row: Row) -> str:
    return row.name


def naive_order(rows: dict[str, Row], sort: Any, descending: bool, wanted: RowFilter) -> list[str]:
    shown = [row for row in rows.values() if wanted.matches(row.name, row.labels)]
    if sort is None:
        return [row.uid for row in shown]
    shown.sort(key=lambda row: (row.name, row.uid))
    keyed = [row for row in shown if sort(row) is not None]
    keyed.sort(key=sort, reverse=descending)
    return [row.uid for row in (*keyed, *(row for row in shown if sort(row) is None))]


rows_strategy = st.builds(
    Row,
    uid=st.sampled_from("abcdefghijkl"),
    name=st.sampled_from(["ant", "bee", "cat", "Bee", ""]),
    value=st.one_of(st.none(), st.integers(0, 3)),
    labels=st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["x", "y"])),
)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.lists(rows_strategy, unique_by=lambda row: row.uid)),
        st.tuples(st.just("swap"), rows_strategy),
        st.tuples(st.just("come"), rows_strategy, st.integers(0, 12)),
        st.tuples(st.just("go"), st.sampled_from("abcdefghijkl")),
        st.tuples(st.just("upsert"), rows_strategy),
        st.tuples(st.just("remove"), st.sampled_from("abcdefghijkl")),
        st.tuples(st.just("sort"), st.sampled_from([None, by_value, by_name]), st.booleans()),
        st.tuples(st.just("filter"), st.sampled_from(["", "e", "!e", "^b", "-l app=x", "-l !tier", "-f at"])),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(operations)
def test_index_agrees_with_sorting_and_filtering_everything(steps: list[tuple[Any, ...]]) -> None:
    index, rows = new_index(), {}
    sort, descending, wanted = None, False, RowFilter()
    for step in steps:
        match step:
            case ("set", given_rows):
                rows = {row.uid: row for row in given_rows}
                index.set_rows(given_rows)
            case ("swap", row):
                if row.uid in rows:
                    rows[row.uid] = row
                    index.set_rows(rows.values())
            case ("come", row, place):
                pairs = [(uid, other) for uid, other in rows.items() if uid != row.uid]
                pairs.insert(place, (row.uid, row))
                rows = dict(pairs)
                index.set_rows(rows.values())
            case ("go", uid):
                rows.pop(uid, None)
                index.set_rows(rows.values())
            case ("upsert", row):
                rows[row.uid] = row
                index.update((row,))
            case ("remove", uid):
                rows.pop(uid, None)
                index.remove(uid)
            case ("sort", sort, descending):
                index.sort(sort, descending)
            case ("filter", text):
                wanted = RowFilter.parse(text)
                index.filter(wanted)
        assert list(index.order) == naive_order(rows, sort, descending, wanted)
        assert index.rows == rows
        assert [index.position(uid) for uid in index.order] == list(range(len(index.order)))
        assert all(index.position(uid) is None for uid in rows if not index.is_visible(uid))


def test_the_order_given_outlives_a_sorted_time_in_which_a_row_was_let_go() -> None:
    index, row = new_index(), Row("b", "b")
    index.sort(by_name, False)
    index.set_rows((row,))
    index.set_rows((Row("c", "c"), row))
    index.remove("not-there")
    index.sort(None, False)
    assert index.order == ["c", "b"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(), st.text(), st.tuples(st.integers()), st.floats())))
def test_sort_keys_of_any_kind_never_raise_and_lose_no_row(values: list[Any]) -> None:
    index = new_index()
    index.sort(by_value)
    index.set_rows(Row(str(place), value=value) for place, value in enumerate(values))
    for place, value in enumerate(reversed(values)):
        index.update((Row(str(place), name="new", value=value),))
    assert sorted(index.order) == sorted(str(place) for place in range(len(values)))
    assert [index.position(uid) for uid in index.order] == list(range(len(values)))


def test_rows_swapped_for_others_are_the_only_ones_reported() -> None:
    index = new_index()
    rows = [Row(str(place), value=place) for place in range(10)]
    index.set_rows(rows)
    rows[3] = replace(rows[3], value=99)
    changes = index.set_rows(rows)
    assert changes.before == {"3": Row("3", value=3)}
    assert (changes.removed, changes.moved) == ([], False)


def test_an_equal_copy_of_a_row_is_no_change() -> None:
    index = new_index()
    index.set_rows([Row("a", "ant")])
    changes = index.set_rows([Row("a", "ant")])
    assert (dict(changes.before), changes.removed, changes.moved) == ({}, [], False)


def test_a_change_that_does_not_touch_the_sort_key_moves_nothing() -> None:
    index = new_index()
    index.sort(by_name)
    index.set_rows([Row("a", "ant"), Row("b", "bee")])
    assert not index.update((Row("a", "ant", value=5),)).moved
    assert index.update((Row("a", "cat"),)).moved
    assert index.order == ["b", "a"]


def test_two_rows_of_one_uid_are_one_row_and_the_last_one_counts() -> None:
    index = new_index()
    index.set_rows([Row("a", "ant"), Row("a", "bee")])
    index.set_rows([Row("a", "cat"), Row("a", "bee")])
    assert index.order == ["a"]
    assert index.rows["a"].name == "bee"


@pytest.mark.parametrize("sort", [None, by_name])
def test_the_held_row_stays_in_its_place_when_it_left(sort: Any) -> None:
    index = new_index()
    index.sort(sort)
    rows = [Row(uid, uid) for uid in "abcd"]
    index.set_rows(rows)
    index.hold("b")
    changes = index.set_rows([row for row in rows if row.uid != "b"])
    assert (index.order, index.held_is_gone, changes.removed) == (["a", "b", "c", "d"], True, ["b"])
    index.set_rows([*(row for row in rows if row.uid != "b"), Row("e", "e")])
    assert index.order == ["a", "b", "c", "d", "e"]
    assert index.hold("c")
    assert index.order == ["a", "c", "d", "e"]
    assert "b" not in index.rows


def test_a_held_row_that_comes_back_is_no_longer_gone() -> None:
    index = new_index()
    index.set_rows([Row("a"), Row("b")])
    index.hold("a")
    index.set_rows([Row("b")])
    assert index.held_is_gone
    index.set_rows([Row("a"), Row("b")])
    assert not index.held_is_gone
    assert index.order == ["a", "b"]


def test_a_held_row_stays_when_its_change_no_longer_matches_the_filter() -> None:
    index = new_index()
    index.set_rows([Row("a", "run"), Row("b", "run")])
    index.filter(RowFilter.parse("run"))
    index.hold("a")
    index.update((Row("a", "fail"),))
    assert index.order == ["a", "b"]
    index.hold("b")
    assert index.order == ["b"]
    assert "a" in index.rows


def test_a_new_filter_lets_go_of_a_held_row_that_does_not_match() -> None:
    index = new_index()
    index.set_rows([Row("a", "ant"), Row("b", "bee")])
    index.hold("a")
    index.remove("a")
    index.filter(RowFilter.parse("bee"))
    assert (index.order, index.held, list(index.rows)) == (["b"], None, ["b"])


def test_an_entry_that_is_not_where_its_key_says_is_not_cut_blindly() -> None:
    order = RowOrder()
    order.fill([(0, 1, ("", "a")), (0, 2, ("", "b"))])
    assert not order.splice([(0, 3, ("", "a"))], [])
    assert order.uids == ["a", "b"]


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.from_regex(r"(-l |-f |!|/)?[a-z=!,() *+\[\\]*/?", fullmatch=True)), st.text())
def test_no_filter_text_ever_raises(typed: str, row_text: str) -> None:
    row_filter = RowFilter.parse(typed)
    shown = row_filter.matches(row_text, {"app": "web"})
    if row_filter.error:
        assert shown and row_filter.error.endswith(".")


@pytest.mark.parametrize(
    ("typed", "text", "shown"),
    [
        ("", "anything", True),
        ("CAM", "perception/cam-front", True),
        ("cam front", "perception/cam-front", True),
        ("cam rear", "perception/cam-front", False),
        ("!cam", "perception/cam-front", False),
        ("! cam", "perception/cam-front", False),
        ("!cam", "navigation", True),
        ("perception !rear", "perception/cam-rear", False),
        ("10.0.0.1", "10x0x0x1", False),
        ("cam|nav", "navigation", True),
        ("^nav", "my-navigation", False),
        ("!^nav", "navigation", False),
        ("/n.v/", "navigation", True),
        ("!/n.v/", "navigation", False),
        ("-f pcf", "perception/cam-front", True),
        ("-f fcp", "perception/cam-front", False),
        ("-f", "anything", True),
        ("-l", "anything", True),
        ("!", "anything", True),
        ("/", "anything", True),
        ("-lx", "a -lx b", True),
    ],
)
def test_filter_text_as_in_k9s(typed: str, text: str, shown: bool) -> None:
    row_filter = RowFilter.parse(typed)
    assert (row_filter.error, row_filter.matches(text, {})) == ("", shown)


@pytest.mark.parametrize(
    ("selector", "shown"),
    [
        ("app=web", True),
        ("app==web", True),
        ("app = web", True),
        ("app=api", False),
        ("app!=api", True),
        ("missing!=api", True),
        ("app", True),
        ("missing", False),
        ("!missing", True),
        ("!app", False),
        ("app in (api, web)", True),
        ("app in (api)", False),
        ("app notin (api,db)", True),
        ("missing notin (api)", True),
        ("app=web,k8s.io/part-of=robot", True),
        ("app=web,!missing,app in (web)", True),
        ("app=web,missing", False),
        ("empty=", True),
    ],
)
def test_label_selector_as_in_kubectl(selector: str, shown: bool) -> None:
    row_filter = RowFilter.parse(f"-l {selector}")
    labels = {"app": "web", "k8s.io/part-of": "robot", "empty": ""}
    assert (row_filter.error, row_filter.matches("", labels)) == ("", shown)


@pytest.mark.parametrize("typed", ["foo(", "[", "*", "-l a b", "-l =x", "-l a in (x", "-l a,,b", "-l a=b c"])
def test_what_cannot_be_read_says_so_and_hides_nothing(typed: str) -> None:
    row_filter = RowFilter.parse(typed)
    assert row_filter.error
    assert row_filter.shows_all
    assert row_filter.matches("anything", {})
