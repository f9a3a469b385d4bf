"""The one way in: events of the sources go into the store, and the screens hear of them a few times a second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from spottui.events import Event, ObjectsHeard, SourceFailed
from spottui.store import Store

LOG = logging.getLogger("spottui.app")

FLUSH_EVERY = 0.2
"""Seconds between two redraws at the least; screens hear of changes at most 5 times a second."""
AT_ONCE = 0.01
"""Seconds until the first page of a kind is drawn: who waits before an empty table waits for that."""
START_AGAIN = 30.0
"""Seconds after which a source that failed is started once more."""


class Source(Protocol):
    """Something outside that speaks in events; it never ends by itself."""

    name: str

    def events(self) -> AsyncIterator[Event]:
        """Yield events until cancelled."""
        ...


class Feed:
    """Feeds one store, and flushes it soon after; every task of the program runs under it until `close`."""

    def __init__(
        self, store: Store, clock: Callable[[], float], flush: Callable[[], object], also: Callable[[Event], None]
    ) -> None:
        """`flush` has the store tell the screens; `also` is told each event after the store has it."""
        self._store, self._clock, self._flush, self._also = store, clock, flush, also
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._flushed_at = float("-inf")

    def run(self, work: Any) -> None:
        """Run a coroutine until it ends or the program does."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            LOG.error("a task failed", exc_info=error)
            reason = f"A part of spottui stopped by a fault of its own ({type(error).__name__}); see the log."
            self.hear(SourceFailed("spottui", reason, self._clock()))

    async def listen(self, source: Source) -> None:
        """Hear a source for ever; one that fails is started again."""
        while True:
            try:
                async for event in source.events():
                    self.hear(event)
            except Exception as error:  # a bug in one source must not take the others along
                LOG.exception("source %s failed", source.name)
                reason = f"spottui's source {source.name} stopped by a fault of its own ({type(error).__name__})."
                self.hear(SourceFailed(source.name, reason, self._clock()))
            await asyncio.sleep(START_AGAIN)

    def hear(self, event: Event) -> None:
        """Take in one event and have it drawn soon; the first page of a kind almost at once."""
        is_first = isinstance(event, ObjectsHeard) and self._store.is_unseen(event.kind)
        self._store.apply(event)
        self._also(event)
        loop = asyncio.get_running_loop()
        due = loop.time() + AT_ONCE if is_first else max(loop.time(), self._flushed_at + FLUSH_EVERY)
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = loop.call_at(due, self._flush_now)

    def _flush_now(self) -> None:
        self._timer = None
        self._flushed_at = asyncio.get_running_loop().time()
        self._flush()

    async def close(self) -> None:
        """End every task and wait for them."""
        if self._timer is not None:
            self._timer.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
