"""Notices that this computer slept, that the program stood still, and that the clock was set."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from spottui import clock
from spottui.events import ClockSet, StoodStill

EVERY = 1.0
"""Seconds between two looks."""
STEP = 2.0
"""Seconds by which the clock must have been set to be worth a word; less is what keeps clocks in step."""
STILL = 5.0
"""Seconds of standing still from which on connections may be dead; a busy computer takes less."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two ways to tell the time that are compared."""

    wall: Callable[[], float] = clock.now
    elapsed: Callable[[], float] = clock.elapsed
    """Goes on during sleep; nobody can set it."""


class TimeWatch:
    """Looks at the clocks every second and says what happened to them since."""

    def __init__(
        self,
        hear: Callable[[ClockSet | StoodStill], None],
        reconnect: Callable[[], None],
        clocks: Clocks | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        """`reconnect` is called after a time in which the other sides may have given us up."""
        self._hear, self._reconnect, self._sleep = hear, reconnect, sleep
        self._clocks = clocks or Clocks()

    async def run(self) -> None:
        """Look until cancelled."""
        wall, elapsed = self._clocks.wall(), self._clocks.elapsed()
        while True:
            await self._sleep(EVERY)
            wall_before, elapsed_before = wall, elapsed
            wall, elapsed = self._clocks.wall(), self._clocks.elapsed()
            passed = elapsed - elapsed_before
            step = wall - wall_before - passed
            if abs(step) > STEP:
                self._hear(ClockSet(step, wall, passed))
            if passed - EVERY > STILL:
                self._hear(StoodStill(passed, wall))
                self._reconnect()
