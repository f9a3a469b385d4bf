"""Lines that scroll: what stands there already is not written again."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from spottui.widgets.lines import Lines
from spottui.widgets.tones import Line


class Watched(Lines):
    """Notes which lines are asked to be painted again."""

    asked: list[tuple[int, int] | str]

    def refresh(self, *regions: Region, **how: Any) -> Any:
        if not hasattr(self, "asked"):
            self.asked = []
        self.asked += [(region.y, region.height) for region in regions] or ["everything"]
        return super().refresh(*regions, **how)


class LinesApp(App[None]):
    CSS = "Lines { height: 1fr; }"

    def __init__(self, *, folds: bool = False) -> None:
        super().__init__()
        self.lines = Watched(folds=folds)

    def compose(self) -> ComposeResult:
        yield self.lines


def plain(*texts: str) -> list[Line]:
    return [((text, ""),) for text in texts]


def shown(app: LinesApp) -> list[str]:
    """Return the screen without the scroll bar."""
    return [strip.text.rstrip(" ▁▂▃▄▅▆▇█") for strip in app.screen._compositor.render_strips()]


async def test_only_the_changed_line_is_refreshed() -> None:
    app = LinesApp()
    async with app.run_test(size=(40, 6)) as pilot:
        app.lines.show(plain("one", "two", "three"))
        await pilot.pause()
        app.lines.asked.clear()
        app.lines.show(plain("one", "TWO", "three"))
        assert app.lines.asked == [(1, 1)]
        await pilot.pause()
        assert shown(app)[:3] == ["one", "TWO", "three"]


async def test_a_change_of_tone_alone_is_a_change() -> None:
    app = LinesApp()
    async with app.run_test(size=(40, 6)) as pilot:
        app.lines.show([(("one", ""),), (("two", ""),)])
        await pilot.pause()
        app.lines.asked.clear()
        app.lines.show([(("one", ""),), (("two", "bad"),)])
        assert app.lines.asked == [(1, 1)]


async def test_the_same_lines_again_refresh_nothing() -> None:
    app = LinesApp()
    async with app.run_test(size=(40, 6)) as pilot:
        app.lines.show(plain("one", "two"))
        await pilot.pause()
        app.lines.asked.clear()
        app.lines.show(plain("one", "two"))
        assert app.lines.asked == []


async def test_fewer_lines_leave_nothing_of_the_old_ones() -> None:
    app = LinesApp()
    async with app.run_test(size=(40, 6)) as pilot:
        app.lines.show(plain("one", "two", "three"))
        await pilot.pause()
        app.lines.show(plain("one"))
        await pilot.pause()
        assert shown(app)[:3] == ["one", "", ""]
        assert app.lines.virtual_size.height == 1


async def test_a_line_that_folds_into_as_many_as_before_refreshes_only_what_changed() -> None:
    app = LinesApp(folds=True)
    async with app.run_test(size=(12, 6)) as pilot:
        app.lines.show(plain("alpha beta gamma", "end"))
        await pilot.pause()
        assert shown(app)[:3] == ["alpha beta", "  gamma", "end"]
        app.lines.asked.clear()
        app.lines.show(plain("alpha beta delta", "end"))
        assert app.lines.asked == [(1, 1)]
        await pilot.pause()
        assert shown(app)[:3] == ["alpha beta", "  delta", "end"]


async def test_a_changed_line_is_refreshed_where_it_stands_when_scrolled() -> None:
    app = LinesApp()
    async with app.run_test(size=(40, 4)) as pilot:
        app.lines.show(plain(*(f"line {number}" for number in range(20))))
        await pilot.pause()
        app.lines.focus()
        await pilot.press("j", "j", "j")
        assert shown(app)[0] == "line 3"
        changed = [f"line {number}" if number != 5 else "CHANGED" for number in range(20)]
        app.lines.show(plain(*changed))
        await pilot.pause()
        assert shown(app)[:4] == ["line 3", "line 4", "CHANGED", "line 6"]


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        (["j"], 1),
        (["down", "down", "k"], 1),
        (["G"], 46),
        (["G", "g"], 0),
        (["pagedown"], 4),
        (["space", "pageup"], 0),
        (["ctrl+d"], 2),
        (["ctrl+d", "ctrl+d", "ctrl+u"], 2),
        (["end", "up"], 45),
        (["k"], 0),
    ],
)
async def test_keys_scroll(keys: list[str], first: int) -> None:
    app = LinesApp()
    async with app.run_test(size=(40, 4)) as pilot:
        app.lines.show(plain(*(f"line {number}" for number in range(50))))
        await pilot.pause()
        app.lines.focus()
        await pilot.press(*keys)
        await pilot.pause()
        assert shown(app)[0] == f"line {first}"


@pytest.mark.parametrize("width", [1, 2, 7, 40, 200])
async def test_folded_text_is_laid_out_anew_at_every_width(width: int) -> None:
    app = LinesApp(folds=True)
    text = "a text that is folded"
    async with app.run_test(size=(60, 40)) as pilot:
        app.lines.show(plain(text))
        await pilot.resize_terminal(width, 40)
        await pilot.pause()
        lines = shown(app)
        assert max(map(len, lines)) <= width
        if width > 2:
            assert "".join(lines).replace(" ", "") == text.replace(" ", "")


async def test_hostile_text_is_drawn_as_text() -> None:
    app = LinesApp(folds=True)
    async with app.run_test(size=(60, 10)) as pilot:
        app.lines.show(plain("[/]", "[red]x[/red]", "\x1b[31mboom", "a\u202eb", "[ERROR] boom"))
        await pilot.pause()
        assert shown(app)[:5] == ["[/]", "[red]x[/red]", "·[31mboom", "a·b", "[ERROR] boom"]


async def test_lines_shown_before_there_is_a_width_are_drawn_when_there_is_one() -> None:
    app = LinesApp()
    app.lines.show(plain("early"))
    async with app.run_test(size=(20, 3)) as pilot:
        await pilot.pause()
        assert shown(app)[0] == "early"
