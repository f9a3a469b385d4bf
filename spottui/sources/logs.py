"""The merged logs of some containers, in batches; each is followed by `spottui.sources.log_follower`.

Lines come in batches, so that ten thousand a second are one piece of work each twentieth of a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Protocol

from spottui.records_logs import LogLine, LogRange, LogSource
from spottui.sources.log_follower import Follower

BATCH_EVERY = 0.05
"""Seconds that lines are gathered before they are told."""
SETTLE = 0.3
"""Seconds that the first lines of several containers are gathered, to be put in order of time."""
PENDING_LIMIT = 20_000
"""Lines waiting to be taken; past that the reading of the streams waits, and so does the server."""
STREAMS = 20
"""Containers read at the same time."""
HEAD_BYTES = 1 << 20


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
        self._followers: dict[tuple[str, str], Follower] = {}
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
            follower = Follower(self, source, span)
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
