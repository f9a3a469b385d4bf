"""Calls under way on the source's pool: the event loop is woken once for all that end together."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

GATHER = 0.25
"""Seconds that an ended call waits for the others; each wake-up of the loop costs as much as a call."""


class Calls:
    """Starts calls on a pool and hands their outcomes over; used on the event loop only, but for `_one_ended`."""

    def __init__(self, pool: Executor, loop: asyncio.AbstractEventLoop) -> None:
        self._pool, self._loop = pool, loop
        self._running: dict[Future[Any], str] = {}
        self._open = 0
        self._lock = threading.Lock()
        self._all_ended: asyncio.Future[None] | None = None

    @property
    def under_way(self) -> int:
        """Calls whose outcome was not taken yet."""
        return len(self._running)

    def start(self, name: str, work: Callable[[], Any]) -> None:
        """Run `work` on the pool."""
        with self._lock:
            self._open += 1
        future = self._pool.submit(work)
        self._running[future] = name
        future.add_done_callback(self._one_ended)

    def take(self) -> list[tuple[str, Any]]:
        """Return name and outcome of each call that has ended since the last time; raises what one raised."""
        done = [future for future in self._running if future.done()]
        return [(self._running.pop(future), future.result()) for future in done]

    def ended(self) -> asyncio.Future[None]:
        """Return what is done as soon as none of the calls runs any more."""
        if self._all_ended is None or self._all_ended.done():
            self._all_ended = self._loop.create_future()
            with self._lock:
                is_over = self._open == 0 and bool(self._running)
            if is_over:
                self._all_ended.set_result(None)
        return self._all_ended

    def patience(self, seconds: float) -> float:
        """Return how long to wait for `ended`: while some calls still run, the others' answers wait only so long."""
        return min(seconds, GATHER) if self._running else seconds

    async def drained(self) -> None:
        """Wait until all have ended; what they gave is dropped."""
        while self._running:
            await asyncio.wait({self.ended()}, timeout=GATHER)
            self.take()

    def _one_ended(self, _: Future[Any]) -> None:
        """Wake the loop for the last one; on the pool's thread."""
        with self._lock:
            self._open -= 1
            is_last = self._open == 0
        if is_last:
            try:
                self._loop.call_soon_threadsafe(self._wake)
            except RuntimeError:
                return  # the loop is closed: nobody waits any more

    def _wake(self) -> None:
        if self._all_ended is not None and not self._all_ended.done() and self._running:
            self._all_ended.set_result(None)
