"""One line of parts: the least important ones drop out, the rest stays whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Size

from spottui.widgets.one_line import OneLine, Part, fitting

parts_drawn = st.lists(
    st.builds(
        Part,
        st.lists(st.tuples(st.text(st.sampled_from("ab \u6f22"), max_size=25), st.just("")), max_size=3).map(tuple),
        st.integers(0, 6),
        st.just(""),
        st.just(()),
    ),
    max_size=10,
)


class Watched(OneLine):
    """Counts the requests to be painted again."""

    asked = 0

    def refresh(self, *regions: Any, **how: Any) -> Any:
        self.asked += 1
        return super().refresh(*regions, **how)


class LineApp(App[None]):
    def __init__(self, **how: Any) -> None:
        super().__init__()
        self.line = Watched(**how)
        self.clicked: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.line

    def on_one_line_clicked(self, message: OneLine.Clicked) -> None:
        self.clicked.append(message.sends)


def part(text: str, priority: int = 0, sends: str = "") -> Part:
    return Part(((text, ""),), priority, sends)


def text_of(app: LineApp) -> str:
    return app.screen._compositor.render_strips()[0].text


def cells(parts: list[Part], gap: int) -> int:
    return sum(cell_len(text) for one in parts for text, _ in one.spans) + gap * max(0, len(parts) - 1)


# -- fitting -------------------------------------------------------------------------------------------


def test_parts_drop_out_by_priority_the_highest_number_first() -> None:
    parts = [part("place"), part("node 1/1", 4), part("apps 2/2", 3), part("READ-ONLY", 2)]
    left = [[one.spans[0][0] for one in fitting(parts, width, 2)] for width in (36, 35, 25, 15)]
    assert left == [
        ["place", "node 1/1", "apps 2/2", "READ-ONLY"],
        ["place", "apps 2/2", "READ-ONLY"],
        ["place", "READ-ONLY"],
        ["place"],
    ]


def test_of_equal_priorities_the_last_drops_out_first() -> None:
    parts = [part("a" * 5, 1), part("b" * 5, 1), part("c" * 5, 1)]
    assert fitting(parts, 12, 2) == parts[:2]


def test_equal_parts_keep_their_order() -> None:
    same, other = part("same", 1), part("other", 0)
    assert fitting([same, other, same], 11, 2) == [same, other]


def test_the_shorter_form_stands_in_before_anything_drops_out() -> None:
    parts = [part("place"), Part((("Timeline", ""),), 1, "", (("Time", ""),))]
    left = {width: [one.spans[0][0] for one in fitting(parts, width, 1)] for width in (14, 13, 10, 9)}
    assert left == {14: ["place", "Timeline"], 13: ["place", "Time"], 10: ["place", "Time"], 9: ["place"]}


@given(parts_drawn, st.integers(1, 200), st.integers(0, 3))
def test_what_is_left_fits_or_cannot_be_left_out(parts: list[Part], width: int, gap: int) -> None:
    left = fitting(parts, width, gap)
    assert cells(left, gap) <= width or len(left) == 1 or all(one.priority == 0 for one in left)
    remaining = iter(parts)
    assert all(one in remaining for one in left)  # in their order
    assert [one for one in parts if one.priority == 0 and one not in left] == [] or len(left) == 1


@given(parts_drawn, st.integers(1, 199), st.integers(0, 3))
def test_nothing_drops_out_that_is_more_important_than_what_stays(parts: list[Part], width: int, gap: int) -> None:
    left = fitting(parts, width, gap)
    dropped = list(parts)
    for one in left:
        dropped.remove(one)
    if dropped:
        assert max(one.priority for one in left) <= min(one.priority for one in dropped)


@given(parts_drawn, st.integers(1, 199))
def test_a_wider_line_never_shows_fewer_parts(parts: list[Part], width: int) -> None:
    assert len(fitting(parts, width, 2)) <= len(fitting(parts, width + 1, 2))


# -- drawing -------------------------------------------------------------------------------------------


async def test_no_line_is_over_its_width_at_any_width(monkeypatch: pytest.MonkeyPatch) -> None:
    app = LineApp()
    async with app.run_test(size=(200, 1)) as pilot:
        app.line.show([part("spot-07 \u6f22\u5b57"), part("live <10 ms"), part("node 1/1", 4), part("READ-ONLY", 2)])
        await pilot.pause()
        for width in range(1, 201):
            monkeypatch.setattr(Watched, "size", Size(width, 1))
            strip = app.line.render_line(0)
            assert strip.cell_length == width == cell_len(strip.text)


async def test_what_does_not_fit_and_may_not_drop_out_is_cut() -> None:
    app = LineApp()
    async with app.run_test(size=(8, 1)) as pilot:
        app.line.show([part("a" * 20), part("gone", 1)])
        await pilot.pause()
        assert text_of(app) == "a" * 8


async def test_the_same_parts_again_write_nothing() -> None:
    app = LineApp()
    async with app.run_test(size=(40, 1)) as pilot:
        app.line.show([part("one"), part("two", 1)])
        await pilot.pause()
        before = app.line.asked
        app.line.show((part("one"), part("two", 1)))
        assert app.line.asked == before
        app.line.show([part("one"), part("TWO", 1)])
        assert app.line.asked == before + 1
        await pilot.pause()
        assert text_of(app).rstrip() == "one  TWO"


async def test_a_click_sends_the_word_of_the_part_under_it() -> None:
    app = LineApp()
    async with app.run_test(size=(40, 1)) as pilot:
        app.line.show([part("\u6f22\u5b57", 0, "first"), part("mute"), part("third", 0, "third")])
        await pilot.pause()
        for x in (0, 3, 4, 6, 9, 12, 16, 17, 30):
            await pilot.click(app.line, offset=(x, 0))
        await pilot.pause()
        assert app.clicked == ["first", "first", "third", "third"]
