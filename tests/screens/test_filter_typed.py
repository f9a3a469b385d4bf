"""Letters of a filter that come together narrow the rows once."""

from __future__ import annotations

from pathlib import Path

import pytest

from spottui.screens.tables import TableScreen
from spottui.widgets.live_table import LiveTable
from tests.screens.app_case import a_pod, everything_listed, heard, make_app, tell, until


async def test_a_word_typed_at_once_is_one_filter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filters: list[str] = []
    narrow = LiveTable.set_filter

    def counted(table: LiveTable, text: str) -> None:
        filters.append(text)
        narrow(table, text)

    monkeypatch.setattr(LiveTable, "set_filter", counted)
    app = make_app(tmp_path)
    async with app.run_test() as pilot:
        await until(lambda: app.joined is not None, pilot)
        await tell(pilot, *everything_listed(), heard("pods", a_pod("camera"), a_pod("lidar")))
        await pilot.press("3", "slash")
        for letter in "lidar":
            app.simulate_key(letter)
        screen = app.screen
        assert isinstance(screen, TableScreen)
        await until(lambda: screen.table().order == ("pod-lidar",), pilot)
        assert filters == ["lidar"]
