"""Hands events from several tasks to the one reader of a source; knows order and bounds, not what events mean."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from spottui.events import Event, ObjectsHeard
from spottui.records import Meta

HELD = 64
"""Events of objects that may wait; a reader that is slower slows the link down, not the memory up."""
BATCH_SECONDS = 0.1
BATCH_SIZE = 500


class Outbox:
    """A bounded queue whose reader also hears when a task that fills it has failed."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[Event, bool] | BaseException] = asyncio.Queue()
        self._held = 0
        self._has_room = asyncio.Event()
        self._is_closed = False

    async def put(self, event: Event) -> None:
        """Add an event as soon as there is room."""
        while self._held >= HELD and not self._is_closed:
            self._has_room.clear()
            await self._has_room.wait()
        self._held += 1
        self._queue.put_nowait((event, True))

    def put_now(self, event: Event) -> None:
        """Add a small event at once: news of the link must not wait behind pages of a list."""
        self._queue.put_nowait((event, False))

    def close(self) -> None:
        """Let nobody wait for room any more, as nobody reads."""
        self._is_closed = True
        self._has_room.set()

    async def get(self) -> Event:
        """Return the next event; raises what a `watched` task failed with."""
        item = await self._queue.get()
        if isinstance(item, BaseException):
            raise item
        event, took_room = item
        if took_room:
            self._held -= 1
            self._has_room.set()
        return event

    def watched(self, task: asyncio.Task[None]) -> asyncio.Task[None]:
        """Return `task`, whose failure the reader will hear of: it is a bug, and must not look like silence."""
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._queue.put_nowait(error)


class Batch:
    """Gathers what a watch says of one kind into few events: after 0.1 s, or 500 objects."""

    def __init__(self, kind: str, put: Callable[[ObjectsHeard], Awaitable[None]], clock: Callable[[], float]):
        self._kind = kind
        self._put = put
        self._clock = clock
        self._changed: dict[str, Meta] = {}
        self._gone: dict[str, None] = {}
        self._timer: asyncio.Task[None] | None = None
        self._order = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send what is left, whatever ended the watch: its resourceVersion says that we know of it."""
        await self.flush()

    async def add(self, record: Meta) -> None:
        """Take in an object that appeared or changed."""
        self._gone.pop(record.uid, None)
        self._changed[record.uid] = record
        await self._grown()

    async def remove(self, uid: str) -> None:
        """Take in that an object is gone."""
        self._changed.pop(uid, None)
        self._gone[uid] = None
        await self._grown()

    async def flush(self) -> None:
        """Send what was gathered, if anything."""
        timer, self._timer = self._timer, None
        if timer is not None and timer is not asyncio.current_task():
            timer.cancel()
        async with self._order:
            changed, self._changed = self._changed, {}
            gone, self._gone = self._gone, {}
            if changed or gone:
                await self._put(ObjectsHeard(self._kind, tuple(changed.values()), tuple(gone), self._clock()))

    async def _grown(self) -> None:
        if len(self._changed) + len(self._gone) >= BATCH_SIZE:
            await self.flush()
        elif self._timer is None:
            self._timer = asyncio.create_task(self._flush_later())

    async def _flush_later(self) -> None:
        await asyncio.sleep(BATCH_SECONDS)
        await self.flush()
