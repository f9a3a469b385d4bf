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

from spottui.errors import Expired, Forbidden, LoginExpired, NotFound, Refused, SpottuiError
from spottui.records_logs import LogLine, LogRange, LogSource
from spottui.sources.text import clean

LINE_LIMIT = 16_384
"""Bytes kept of one line; the rest of it is counted as cut."""
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

    def reconnect_now(self) -> None:
        """Cut the waits before the next try."""
        for follower in self._followers.values():
            follower.changed.set()

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
        self._told = _Told()
        self._lost_at: float | None = None
        self._restarts = source.restarts
        self._is_gone = False
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

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self.is_done:
            try:
                await self._read()
            except (NotFound, Forbidden, LoginExpired, Refused, Expired) as error:
                pause = await self._refused(error, pause)
            except SpottuiError as error:  # no link
                if self._lost_at is None:
                    self._lost_at = self._feed.clock()
                    await self._say(f"link lost: {error}")
                await self._feed.pause(self.changed, pause)
                pause = min(LAST_PAUSE, pause * 2)
            else:
                pause = FIRST_PAUSE
                await self._ended()

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


class _Told:
    """What was told already, so that a stream attached anew repeats nothing.

    The kubelet starts at a whole second, so lines of that second come again: until the last stamp is reached they
    are dropped, and of those with that very stamp as many as were told. Within a stream nothing is dropped: what
    a container writes to two pipes may be stamped slightly out of order.
    """

    def __init__(self) -> None:
        self.stamp = ""
        """The newest one."""
        self._same = 0
        self._skip: int | None = None
        """Lines with the last stamp still to be dropped; None: nothing is repeated any more."""

    def reattach(self) -> None:
        """A new stream begins: it may repeat what was told."""
        self._skip = self._same if self.stamp else None

    def line(self, head: bytes, source: LogSource) -> LogLine | None:
        """Return a line to tell, None for one that was told before."""
        stamp, text = split(head)
        if stamp and self._skip is not None:
            if stamp < self.stamp:
                return None
            if stamp == self.stamp and self._skip > 0:
                self._skip -= 1
                return None
            self._skip = None
        if stamp > self.stamp:
            self.stamp, self._same = stamp, 1
        elif stamp == self.stamp:
            self._same += 1
        return LogLine(stamp, source.pod, source.container, text)


def split(head: bytes) -> tuple[str, str]:
    """Return the kubelet's time stamp, padded so that it sorts as text, and the cleaned rest of a line."""
    text = head.decode("utf-8", "replace")
    stamp, space, rest = text.partition(" ")
    if len(stamp) < 20 or stamp[4] != "-" or stamp[10] != "T" or not stamp.endswith("Z") or not space:
        return "", clean(text, LINE_LIMIT)
    whole, _, part = stamp[:-1].partition(".")
    return f"{whole}.{part:<09}Z" if len(part) < 9 else stamp, clean(rest, LINE_LIMIT)


def _because(source: LogSource) -> str:
    return f": {source.how_ended}" if source.how_ended else ""
