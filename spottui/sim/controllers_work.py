"""The queue that every controller and the kubelet work from: what changed is looked at once, in short slices."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from spottui.sim.status import ApiError

LOG = logging.getLogger(__name__)
SLICE = 0.004
"""Seconds of work before the event loop gets its turn."""
BAD_OBJECT = (ApiError, KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What a look at an object that was written by hand may raise; one bad object must not stop the others."""


class Work:
    """Functions to call with their arguments, each pair once, first come first served."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[Callable[..., None], tuple[object, ...]], None] = {}
        self._more = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, look: Callable[..., None], *key: object) -> None:
        """Let `look(*key)` be called soon; a pair that waits already is not added again."""
        self._waiting[look, key] = None
        self._more.set()

    def drain(self, seconds: float = SLICE) -> None:
        """Work for about so many seconds, or until nothing waits."""
        end = time.perf_counter() + seconds
        while self._waiting:
            look, key = next(iter(self._waiting))
            del self._waiting[look, key]
            try:
                look(*key)
            except BAD_OBJECT as error:
                LOG.warning("%s %s: %r", look.__qualname__, key, error, exc_info=LOG.isEnabledFor(logging.DEBUG))
            if time.perf_counter() > end:
                break

    async def run(self) -> None:
        """Work whenever there is some; never ends by itself."""
        while True:
            await self._more.wait()
            self.drain()
            if not self._waiting:
                self._more.clear()
            await asyncio.sleep(0)
