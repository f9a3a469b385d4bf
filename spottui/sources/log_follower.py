"""The log of one container through the API server: followed, re-attached without duplicates, gaps marked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote

from spottui.errors import Expired, Forbidden, LoginExpired, NotFound, Refused, SpottuiError, Unreachable
from spottui.records_logs import LogRange, LogSource
from spottui.sources.log_lines import LINE_LIMIT, Told

if TYPE_CHECKING:
    from spottui.sources.logs import LogFeed

FIRST_PAUSE, LAST_PAUSE = 1.0, 15.0
"""Seconds between two tries to attach."""
STARTING_UP = 3
"""Times in a row that a log which was read may be forbidden: a server that starts up refuses everybody at first."""


class Follower:
    """Reads one container until it is over; comes back after every cut."""

    def __init__(self, feed: LogFeed, source: LogSource, span: LogRange) -> None:
        self._feed, self._source, self._span = feed, source, span
        self._told = Told()
        self._lost_at: float | None = None
        self._restarts = source.restarts
        self._was_read = False
        self._forbidden = 0
        """Times in a row that it was forbidden."""
        self._is_gone = False
        self._reading: asyncio.Timeout | None = None
        self._is_lost, self._why_ended = False, ""
        self.changed = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.is_done = False

    def start(self) -> None:
        """Begin to read."""
        self.task = asyncio.create_task(self._run())

    def now(self, source: LogSource | None) -> None:
        """Hear how the container is now; None: its pod is gone."""
        before, self._is_gone = (self._source.restarts, self._source.is_over, self._is_gone), source is None
        if source is not None:
            self._source = source
        if (self._source.restarts, self._source.is_over, self._is_gone) != before:
            self.changed.set()

    def link_changed(self, lost: str) -> None:
        """Let go of a stream whose link is lost; try at once when it is back."""
        was_lost, self._is_lost = self._is_lost, bool(lost)
        if lost:
            self._let_go(f"link lost: {lost}")
        elif was_lost:
            self.changed.set()

    def reconnect(self, why: str) -> None:
        """Trust no stream that is open, and wait no longer."""
        if not self._let_go(why):
            self.changed.set()

    def _let_go(self, why: str) -> bool:
        """End the reading of the stream; False when none is read."""
        if self._reading is None:
            return False
        self._why_ended = why
        self._reading.reschedule(asyncio.get_running_loop().time())
        self._reading = None
        return True

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self.is_done:
            try:
                await self._read_attached()
            except (NotFound, Forbidden, LoginExpired, Refused, Expired) as error:
                pause = await self._refused(error, pause)
            except SpottuiError as error:  # no link
                await self._lost_link(error)
                await self._feed.pause(self.changed, pause)
                pause = min(LAST_PAUSE, pause * 2)
            else:
                pause = FIRST_PAUSE
                await self._ended()

    async def _lost_link(self, error: SpottuiError) -> None:
        why, self._why_ended, self._forbidden = self._why_ended or f"link lost: {error}", "", 0
        if self._lost_at is None:
            self._lost_at = self._feed.clock()
            await self._say(why)

    async def _read_attached(self) -> None:
        """Read one stream to its end, or until the link is said to be lost, which is `Unreachable` too."""
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._reading = scope
                await self._read()
        except TimeoutError:
            if not scope.expired():
                raise
            raise Unreachable(self._why_ended) from None
        finally:
            self._reading = None

    async def _read(self) -> None:
        """Read one stream to its end."""
        source = self._source
        path = f"/api/v1/namespaces/{quote(source.namespace, safe='')}/pods/{quote(source.pod, safe='')}/log"
        query = self._feed.query(self._span, source.container, self._told.stamp)
        async with self._feed.api.stream(path, query, idle_timeout=None) as stream:
            if self._lost_at is not None:
                away = self._feed.clock() - self._lost_at
                self._lost_at = None
                await self._say(f"link is back after {away:.0f} s; what was written meanwhile follows")
            self._was_read, self._forbidden = True, 0
            self._told.reattach()
            async for heads in stream.heads(LINE_LIMIT):
                lines = [line for head in heads if (line := self._told.line(head, source)) is not None]
                if lines:
                    await self._feed.take(lines)

    async def _ended(self) -> None:
        """The stream ended by itself: all was read, the container ended, or the server let go of it."""
        if self._feed.reads_once:
            self.is_done = True
            return
        if self._is_gone:
            self.is_done = True
            await self._say("the pod is gone")
        elif self._source.is_over:
            self.is_done = True
            await self._say(f"the container has ended{_because(self._source)}")
        else:
            await self._feed.pause(self.changed, FIRST_PAUSE)
            await self._note_restart()

    async def _note_restart(self) -> None:
        if self._source.restarts > self._restarts:
            self._restarts = self._source.restarts
            await self._say(f"the container was restarted ({self._restarts} times so far){_because(self._source)}")

    async def _refused(self, error: SpottuiError, pause: float) -> float:
        """Say why there is no log, once, and try again where that can help; return the next pause."""
        if isinstance(error, NotFound) and (self._is_gone or not self._feed.reads_once):
            self.is_done = True
            await self._say("the pod is gone")
            return pause
        if isinstance(error, Forbidden) and self._was_read and self._forbidden < STARTING_UP:
            self._forbidden += 1
            await self._feed.pause(self.changed, FIRST_PAUSE * 2 ** (self._forbidden - 1))
            return FIRST_PAUSE
        if self._feed.reads_once or isinstance(error, Forbidden):
            self.is_done = True
            await self._say(str(error))
            return pause
        if pause == FIRST_PAUSE:  # the same again is no news
            await self._say(str(error))
        await self._feed.pause(self.changed, pause)
        await self._note_restart()
        return min(LAST_PAUSE, pause * 2)

    async def _say(self, text: str) -> None:
        await self._feed.take([self._feed.mark(self._source, text)])


def _because(source: LogSource) -> str:
    return f": {source.how_ended}" if source.how_ended else ""
