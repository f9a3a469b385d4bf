"""The clock of the story: it can be sped up, stopped and stepped; all waiting in the simulator is by this clock.

Time stamps in objects are wall-clock times all the same: who reads them lives in real time.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable

MAX_SPEED = 1000.0
MAX_TURNS = 10_000
"""Turns of the event loop that `step` gives who is busy, lest work that makes work holds time for ever."""


class StoryClock:
    """Story seconds since the start, and timers on them; used from one event loop."""

    def __init__(self, *, speed: float = 1.0, wall: Callable[[], float] = time.time) -> None:
        self.wall = wall
        """Seconds since the epoch."""
        self._speed = speed
        self._story = 0.0
        self._heard = time.monotonic()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._changed = asyncio.Event()
        self.is_busy: Callable[[], bool] = lambda: False
        """Whether somebody has work at the present story time; `step` waits for its end before time goes on."""

    @property
    def speed(self) -> float:
        """Story seconds per real second; 0 stands still until `step`."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if not 0 <= speed <= MAX_SPEED:
            raise ValueError(f"The speed must be between 0 and {MAX_SPEED:.0f}, not {speed}.")
        self.now()
        self._speed = speed
        self._changed.set()

    def now(self) -> float:
        """Return the story's time in seconds."""
        heard, self._heard = self._heard, time.monotonic()
        self._story += (self._heard - heard) * self._speed
        return self._story

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` once, so many story seconds from now; return what cancels it."""
        entry = [callback]

        def call() -> None:
            if entry:
                entry.pop()()

        heapq.heappush(self._timers, (self.now() + max(0.0, seconds), next(self._count), call))
        self._changed.set()
        return entry.clear

    async def sleep(self, seconds: float) -> None:
        """Wait so many story seconds."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not done.done():
                done.set_result(None)

        cancel = self.call_later(seconds, wake)
        try:
            await done
        finally:
            cancel()

    async def step(self, seconds: float) -> None:
        """Move the story on by so many seconds at once; whoever wakes may act and set new timers on the way."""
        end = self.now() + seconds
        while True:
            for _ in range(5):  # let those that were woken set their next timers
                await asyncio.sleep(0)
            for _ in range(MAX_TURNS):
                if not self.is_busy():
                    break
                await asyncio.sleep(0)
            if not self._timers or self._timers[0][0] > end:
                break
            due, _, call = heapq.heappop(self._timers)
            self._story = max(self._story, due)
            call()
        self._story = max(self._story, end)
        self._changed.set()

    async def run(self) -> None:
        """Call what is due, as real time passes; never ends by itself."""
        while True:
            self._changed.clear()
            now = self.now()
            while self._timers and self._timers[0][0] <= now:
                heapq.heappop(self._timers)[2]()
            wait = None
            if self._timers and self._speed:
                wait = max(0.0, (self._timers[0][0] - now) / self._speed)
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue
