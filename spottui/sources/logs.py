"""Logs of containers through the API server: followed, re-attached without duplicates, gaps marked.

Lines come in batches, so that ten thousand a second are one piece of work each twentieth of a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

from spottui.errors import Expired, Forbidden, LoginExpired, NotFound, Refused, SpottuiError, Unreachable
from spottui.records_logs import LogLine, LogRange, LogSource
from spottui.sources.log_lines import LINE_LIMIT, Told

BATCH_EVERY = 0.05
"""Seconds that lines are gathered before they are told."""
SETTLE = 0.3
"""Seconds that the first lines of several containers are gathered, to be put in order of time."""
PENDING_LIMIT = 20_000
"""Lines waiting to be taken; past that the reading of the streams waits, and so does the server."""
STREAMS = 20
"""Containers read at the same time."""
HEAD_BYTES = 1 << 20
FIRST_PAUSE, LAST_PAUSE = 1.0, 15.0
"""Seconds between two tries to attach."""
STARTING_UP = 3
"""Times in a row that a log which was read may be forbidden: a server that starts up refuses everybody at first."""


class LineHeads(Protocol):
    """What is needed of `spottui.sources.kube_lines.LineStream`."""

    def heads(self, limit: int) -> AsyncIterator[list[bytes]]:
        """Yield batches of lines."""
        ...


class Api(Protocol):
    """What is needed of `spottui.sources.kube_api.KubeApi`."""

    def stream(
        self, path: str, query: Any = (), *, connect_timeout: float = 10.0, idle_timeout: float | None = 90.0
    ) -> AbstractAsyncContextManager[LineHeads]:
        """Open a stream of lines."""
        ...


class LogFeed:
    """The merged logs of some containers, for one view; `close` ends it."""

    def __init__(
        self,
        api: Api,
        clock: Callable[[], float],
        sources: Sequence[LogSource],
        span: LogRange,
        *,
        previous: bool = False,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._api, self._clock, self._span, self._previous, self._sleep = api, clock, span, previous, sleep
        self._pending: list[LogLine] = []
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._room.set()
        self._followers: dict[tuple[str, str], _Follower] = {}
        self._is_settled = len(sources) < 2
        self.left_out = 0
        """Containers beyond `STREAMS` that are not read."""
        self.set_sources(sources)

    def set_sources(self, sources: Sequence[LogSource]) -> None:
        """Say which containers there are now: new ones are read from their start, gone ones to their end."""
        now = {source.key: source for source in sources}
        for key, follower in self._followers.items():
            follower.now(now.get(key))
        is_first = not self._followers
        open_now = sum(not follower.is_done for follower in self._followers.values())
        room = max(0, STREAMS - open_now)
        fresh = [source for key, source in now.items() if key not in self._followers]
        for source in fresh[:room]:
            span = self._span if is_first else LogRange("new")
            follower = _Follower(self, source, span)
            self._followers[source.key] = follower
            follower.start()
        self.left_out = len(fresh) - len(fresh[:room])

    def reconnect_now(self, why: str = "the connection was given up for a new one") -> None:
        """Open every stream anew, and cut the waits before the next try."""
        for follower in self._followers.values():
            follower.reconnect(why)

    def link_changed(self, lost: str) -> None:
        """Hear from who judges the link why it is lost, or that it is back with an empty text.

        A log may be silent for hours, so a stream cannot tell by itself that its connection is dead.
        """
        for follower in self._followers.values():
            follower.link_changed(lost)

    async def batches(self) -> AsyncIterator[list[LogLine]]:
        """Yield lines as they come, each batch in order of time; never ends by itself."""
        while True:
            await self._news.wait()
            await asyncio.sleep(BATCH_EVERY if self._is_settled else SETTLE)
            self._is_settled = True
            self._news.clear()
            batch, self._pending = self._pending, []
            self._room.set()
            if len(self._followers) > 1:
                batch.sort(key=lambda line: line.stamp)
            if batch:
                yield batch

    async def close(self) -> None:
        """End all streams."""
        tasks = [follower.task for follower in self._followers.values() if follower.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- used by the followers -------------------------------------------------------------------------

    async def take(self, lines: list[LogLine]) -> None:
        """Take in lines; waits while the view does not keep up."""
        await self._room.wait()
        self._pending += lines
        if len(self._pending) >= PENDING_LIMIT:
            self._room.clear()
        self._news.set()

    def query(self, span: LogRange, container: str, since: str) -> list[tuple[str, str]]:
        """Return the query of one request; `since` is the stamp of the last line when it is not the first one."""
        query = [("container", container), ("timestamps", "true")]
        if self._previous:
            query.append(("previous", "true"))
        elif not span.head:
            query.append(("follow", "true"))
        if since:
            query.append(("sinceTime", f"{since[:19]}Z"))  # the kubelet counts in whole seconds
        elif span.head:
            query.append(("limitBytes", str(HEAD_BYTES)))
        elif span.since is not None:
            query.append(("sinceSeconds", str(span.since)))
        elif span.tail is not None:
            query.append(("tailLines", str(span.tail)))
        return query

    def mark(self, source: LogSource, text: str) -> LogLine:
        """Return the mark of a gap, stamped now."""
        stamp = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return LogLine(stamp, source.pod, source.container, text, "gap")

    def mark_now(self, text: str) -> LogLine:
        """Return a mark of the operator's own."""
        return self.mark(LogSource(namespace="", pod="", pod_uid="", container=""), text)

    @property
    def api(self) -> Api:
        """Where to read from."""
        return self._api

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds since the epoch."""
        return self._clock

    @property
    def reads_once(self) -> bool:
        """Whether a stream that ends is all that was asked for."""
        return self._previous or self._span.head

    async def pause(self, event: asyncio.Event, seconds: float) -> None:
        """Wait, or until `event` is set."""
        waiting = asyncio.ensure_future(self._sleep(seconds))
        changed = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait({waiting, changed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            changed.cancel()
            event.clear()


class _Follower:
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
