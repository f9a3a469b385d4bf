"""Calls on a pool wake the event loop once for all that end together, and a hung one keeps no answer back for long."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest

from spottui.sources.robot_calls import GATHER, Calls


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as opened:
        yield opened


async def test_the_loop_is_woken_when_the_last_of_them_ends(pool: ThreadPoolExecutor) -> None:
    calls, last = Calls(pool, asyncio.get_running_loop()), threading.Event()
    calls.start("dock", last.wait)
    calls.start("state", lambda: "fine")
    ended = calls.ended()
    await asyncio.to_thread(wait, calls._running, 5, FIRST_COMPLETED)
    await asyncio.sleep(0)
    assert not ended.done() and calls.under_way == 2
    last.set()
    await asyncio.wait_for(ended, 5)
    assert dict(calls.take()) == {"state": "fine", "dock": True} and calls.under_way == 0


async def test_what_has_ended_can_be_taken_while_another_hangs(pool: ThreadPoolExecutor) -> None:
    calls, hangs = Calls(pool, asyncio.get_running_loop()), threading.Event()
    assert calls.patience(9.0) == 9.0
    calls.start("hangs", hangs.wait)
    calls.start("state", lambda: 1)
    assert calls.patience(9.0) == GATHER and calls.patience(0.01) == 0.01
    taken: list[tuple[str, object]] = []
    deadline = time.monotonic() + 5
    while not taken and time.monotonic() < deadline:
        await asyncio.sleep(0.001)
        taken = calls.take()
    assert taken == [("state", 1)] and calls.under_way == 1
    hangs.set()
    await asyncio.wait_for(calls.drained(), 5)
    assert calls.under_way == 0


async def test_what_ended_before_one_waits_ends_the_wait_at_once(pool: ThreadPoolExecutor) -> None:
    calls = Calls(pool, asyncio.get_running_loop())
    calls.start("state", lambda: 1)
    await asyncio.to_thread(wait, calls._running, 5)
    await asyncio.wait_for(calls.ended(), 1)
    assert calls.take() == [("state", 1)]
    assert not calls.ended().done(), "nothing is under way: nothing ends"


async def test_a_bug_in_a_call_is_not_swallowed(pool: ThreadPoolExecutor) -> None:
    calls = Calls(pool, asyncio.get_running_loop())
    calls.start("state", lambda: 1 // 0)
    await asyncio.wait_for(calls.ended(), 5)
    with pytest.raises(ZeroDivisionError):
        calls.take()
