"""Every theme can be read, with colours and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.color import Color, ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as Shade

from spottui.app import SpottuiApp
from spottui.screens.tables import TableScreen
from spottui.settings import THEMES
from spottui.widgets.lines import Lines
from spottui.widgets.live_table import LiveTable
from spottui.widgets.one_line import OneLine
from spottui.widgets.tones import TONES, tone_style
from tests.screens.app_case import (
    Clock,
    FakeCluster,
    a_node,
    a_pod,
    everything_listed,
    heard,
    make_app,
    screen_text,
    settings_in,
    tell,
)

OWN_THEMES = [name for name in THEMES if name != "ansi"]


def app_without_colour(folder: Path, theme: str, value: str) -> SpottuiApp:
    async def join(*_: Any, **__: Any) -> Any:
        return FakeCluster()

    return SpottuiApp(
        settings_in(folder, ui__theme=theme),
        environ={"USER": "ana", "NO_COLOR": value},
        home=folder,
        clock=Clock(),
        sources=list,
        join=join,
    )


def segments_of(app: Any, y: int) -> list[Segment]:
    """Return what is written for one line of the screen, the filters applied."""
    return [segment for segment in app.screen._compositor.render_strips()[y] if segment.text.strip()]


def looks(segment: Segment) -> tuple[Color | None, Color | None]:
    style = segment.style
    assert style is not None
    return (style.bgcolor, style.color) if style.reverse else (style.color, style.bgcolor)


def can_be_read(segment: Segment) -> bool:
    """Whether the text differs from what it stands on; the terminal's own two colours do."""
    front, back = looks(segment)
    return front != back or front is None or front.type is ColorType.DEFAULT


def contrast(style: Style) -> float:
    """Return the contrast ratio of WCAG."""
    assert style.color is not None and style.bgcolor is not None
    high, low = sorted((_light(style.color), _light(style.bgcolor)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _light(color: Color) -> float:
    shares = Shade.from_rich_color(color).normalized
    parts = [share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.fixture(autouse=True)
def coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_starts_and_shows_that_writing_is_locked(tmp_path: Path, theme: str) -> None:
    app = make_app(tmp_path, ui__theme=theme)
    async with app.run_test() as pilot:
        await tell(pilot, *everything_listed(), heard("nodes", a_node()))
        assert app.theme == ("ansi-dark" if theme == "ansi" else theme)
        assert "READ-ONLY" in screen_text(app).splitlines()[0]
        for segment in segments_of(app, 0):
            assert can_be_read(segment), segment


@pytest.mark.parametrize("theme", OWN_THEMES)
async def test_every_tone_has_a_colour_that_can_be_read_in_every_theme(tmp_path: Path, theme: str) -> None:
    app = make_app(tmp_path, ui__theme=theme)
    async with app.run_test() as pilot:
        await pilot.pause()
        for widget in (*app.screen.query(OneLine), *app.screen.query(Lines)):
            for tone in TONES:
                style = tone_style(widget, tone)
                assert contrast(style) >= 3.0, (widget.id, tone, style)
        for table in app.screen.query(LiveTable):
            for tone in ("good", "warn", "bad", "dim", "info", "accent", "header"):
                style = table.get_component_rich_style(f"live-table--{tone}")
                assert contrast(style) >= 3.0, (tone, style)


@pytest.mark.parametrize("theme", OWN_THEMES)
async def test_good_warn_and_bad_differ_in_colour(tmp_path: Path, theme: str) -> None:
    app = make_app(tmp_path, ui__theme=theme)
    async with app.run_test() as pilot:
        await pilot.pause()
        line = app.screen.query_one("#header", OneLine)
        assert len({tone_style(line, tone).color for tone in ("good", "warn", "bad", "dim")}) == 4


@pytest.mark.parametrize("value", ["1", *(pytest.param(value, marks=pytest.mark.slow) for value in ("0", ""))])
@pytest.mark.parametrize("theme", THEMES)
async def test_without_colour_no_theme_is_black_on_black(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theme: str, value: str
) -> None:
    monkeypatch.setenv("NO_COLOR", value)
    app = app_without_colour(tmp_path, theme, value)
    async with app.run_test() as pilot:
        await tell(pilot, *everything_listed(), heard("pods", a_pod("cam", well=False)))
        await pilot.press("3")
        await pilot.pause()
        assert app.no_color
        assert not (value and app.theme == "ansi-dark")
        for y in range(app.size.height):
            for segment in segments_of(app, y):
                assert can_be_read(segment), (y, segment)


@pytest.mark.parametrize("theme", THEMES)
async def test_the_cursor_line_is_visible_without_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_without_colour(tmp_path, theme, "1")
    async with app.run_test() as pilot:
        await tell(pilot, *everything_listed(), heard("pods", a_pod("aaa"), a_pod("bbb"), a_pod("ccc")))
        await pilot.press("3", "down")
        await pilot.pause()
        rows = {
            name: next(y for y, text in enumerate(screen_text(app).splitlines()) if name in text)
            for name in ("aaa", "bbb", "ccc")
        }
        screen = app.screen
        assert isinstance(screen, TableScreen)
        selected = screen.table().selected
        assert selected is not None and selected.name == "bbb"
        marked = {
            name: all(bool(segment.style and segment.style.reverse) for segment in segments_of(app, y))
            for name, y in rows.items()
        }
        assert marked == {"aaa": False, "bbb": True, "ccc": False}


async def test_the_cursor_of_a_table_without_the_focus_is_bold(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test() as pilot:
        await tell(pilot, *everything_listed(), heard("pods", a_pod("aaa")))
        await pilot.press("3")
        await pilot.pause()
        table = next(one for one in app.screen.query(LiveTable) if one.display)
        app.screen.set_focus(None)
        await pilot.pause()
        assert table.get_component_rich_style("live-table--cursor").bold
