"""A wait that is cancelled as it ends must not lose the cancelling: who waits for that end would wait for ever."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

import spottui
from spottui import app_armed, app_head_start
from spottui.app_head_start import HeadStart
from spottui.events import ObjectsHeard
from spottui.sim.story_clock import StoryClock
from tests.armed_case import Program

TURNS = range(8)
"""Turns of the event loop between the waking and the cancelling; the wait has ended within those."""


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def assert_ends(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await turns(50)
    was_done = task.done()
    task.cancel()  # a lost one must not hold up the test
    await asyncio.gather(task, return_exceptions=True)
    assert was_done and task.cancelled()


@pytest.mark.parametrize("turn", TURNS)
async def test_the_story_clock_ends_when_it_is_cancelled_as_a_timer_comes_in(turn: int) -> None:
    clock = StoryClock()
    clock.call_later(60, lambda: None)
    task = asyncio.create_task(clock.run())
    await turns(5)
    clock.call_later(30, lambda: None)
    await turns(turn)
    await assert_ends(task)


@pytest.mark.parametrize("turn", TURNS)
async def test_the_armed_syncs_end_when_they_are_cancelled_as_the_store_has_news(
    turn: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_armed, "LOOK_AT_MOST", 0)
    with Program(tmp_path) as program:

        async def look() -> None:
            """Nothing is armed."""

        monkeypatch.setattr(program.armed, "look", look)
        task = asyncio.create_task(program.armed.run())
        await turns(5)
        program.hear_all()
        program.store.flush()
        await turns(turn)
        await assert_ends(task)


@pytest.mark.parametrize("turn", TURNS)
async def test_the_head_start_ends_when_it_is_cancelled_as_it_is_over(
    turn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_head_start, "TO_DRAW", 0)
    start = HeadStart(60)

    async def work() -> None:
        await start.wait()
        await asyncio.Event().wait()  # the sources, which go on until they are cancelled

    task = asyncio.create_task(work())
    await turns(5)
    start.hear(ObjectsHeard("pods", (), (), 0.0))
    await turns(turn)
    await assert_ends(task)


def test_nothing_waits_by_the_call_that_loses_a_cancelling() -> None:
    """Up to Python 3.11 `asyncio.wait_for` returns what came in the same moment; `asyncio.timeout` does not."""
    root = Path(spottui.__file__).parent
    found = [path.name for path in root.rglob("*.py") if re.search(r"asyncio\.wait_for\(", path.read_text())]
    assert found == []
