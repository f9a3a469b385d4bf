"""Watches of the embedded API server: one queue for each watcher, one encoding for all of them."""

from __future__ import annotations

import asyncio
import itertools
import random
import zlib
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

import msgspec
from aiohttp import web

from spottui.sim.api_lists import ListOptions, read_version
from spottui.sim.api_selectors import Test
from spottui.sim.api_views import AT_ONCE, View
from spottui.sim.history import Change, Stored
from spottui.sim.objects import Objects
from spottui.sim.resources import Resource
from spottui.sim.status import ApiError, expired

WAITING_LIMIT = 10_000
"""Changes that may wait for one watcher; one that falls further behind is told 410 and let go."""
BOOKMARK_PERIOD = 60.0
"""Seconds between two bookmarks, as in a real API server."""
SHORTEST, LONGEST = 1800, 3600
"""Seconds that a watch lives when the client names no timeoutSeconds."""
BATCH = 256 * 1024
"""Bytes written at once at most."""


class Watcher:
    """What waits for one watch; the changes themselves are shared with the others and with the history."""

    def __init__(self) -> None:
        self.waiting: deque[Change] = deque()
        self.overflowed = False
        self.ended = False
        self.woken = asyncio.Event()

    def put(self, change: Change) -> None:
        """Take one more change; the watcher that is too far behind takes no more."""
        if len(self.waiting) >= WAITING_LIMIT:
            self.overflowed = True
            self.waiting.clear()
        elif not self.overflowed:
            self.waiting.append(change)
        self.woken.set()

    def end(self) -> None:
        """End the watch as a server that shuts down does: without a word."""
        self.ended = True
        self.woken.set()


class Watches:
    """Hands every change to those who watch its kind."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._watchers: defaultdict[Resource, set[Watcher]] = defaultdict(set)
        objects.listen(self._hear)

    @property
    def count(self) -> int:
        """How many watches are open."""
        return sum(len(watchers) for watchers in self._watchers.values())

    def open(self, kind: Resource) -> Watcher:
        """Return a new watcher of a kind; everything from now on reaches it."""
        watcher = Watcher()
        self._watchers[kind].add(watcher)
        return watcher

    def close(self, kind: Resource, watcher: Watcher) -> None:
        """Forget a watcher."""
        self._watchers[kind].discard(watcher)

    def end_all(self) -> None:
        """End all watches, as a restart of the server does."""
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.end()

    def _hear(self, change: Change) -> None:
        for watcher in self._watchers[change.resource]:
            watcher.put(change)


class Watch:
    """One watch request: what was before it, then what changes, until its time is over."""

    def __init__(
        self, objects: Objects, stored: Resource, view: View, namespace: str, test: Test | None, options: ListOptions
    ) -> None:
        self._objects = objects
        self._stored = stored
        self._view = view
        self._namespace = namespace
        self._test = test
        self._options = options
        self._is_first = True
        self._told = 0
        """The version up to which the client knows all."""

    def beginning(self) -> Iterator[bytes]:
        """Return the lines that come before any change; call it when the watcher is open.

        What they tell is settled by the call; they are encoded as they are taken.

        Raises:
            ApiError: 410 when the version is forgotten.
        """
        version = _watch_version(self._options.version)
        if version and self._options.initial is not True:
            changes = self._objects.since(self._stored, version)
            told = [telling for change in changes if (telling := self._telling(change)) is not None]
            self._told = max(version, self._objects.version)
            return (self._line(type_, stored) for type_, stored in told)
        self._told = self._objects.version
        if self._options.initial is False:
            return iter(())
        ends = self._options.initial is True and self._options.bookmarks
        return self._initial(self._present(), self._told if ends else 0)

    def _initial(self, present: list[Stored], version: int) -> Iterator[bytes]:
        for stored in present:
            yield self._line("ADDED", stored)
        if version:
            yield self._view.bookmark(version, ends_initial=True)

    def _present(self) -> list[Stored]:
        keys = self._objects.keys(self._stored, self._namespace)
        found = [stored for key in keys if (stored := self._objects.at(self._stored, key)) is not None]
        return found if self._test is None else [stored for stored in found if self._test(stored.object)]

    def line(self, change: Change) -> bytes | None:
        """Return what this watch tells of a change; None when it is not told."""
        telling = self._telling(change)
        return None if telling is None else self._line(*telling)

    def _telling(self, change: Change) -> tuple[str, Stored] | None:
        """Return type and state as this watch tells a change: what comes into the selection is ADDED to it."""
        if change.version <= self._told:
            return None
        if self._namespace and change.object["metadata"].get("namespace", "") != self._namespace:
            return None
        if self._test is None:
            return change.type, change.stored
        was = change.before is not None and self._test(change.before.object)
        now = change.type != "DELETED" and self._test(change.object)
        if now:
            return "MODIFIED" if was else "ADDED", change.stored
        return ("DELETED", self._last(change)) if was else None

    @staticmethod
    def _last(change: Change) -> Stored:
        """Return the state in which an object left the selection: the one before, with the version of its going."""
        if change.type == "DELETED" or change.before is None:
            return change.stored
        before = change.before.object
        return Stored({**before, "metadata": {**before["metadata"], "resourceVersion": str(change.version)}})

    def _line(self, type_: str, stored: Stored) -> bytes:
        line = self._view.event(type_, stored, is_first=self._is_first)
        self._is_first = False
        return line

    async def run(self, watcher: Watcher, out: LineWriter) -> None:
        """Tell changes as they come, until the time is over, the client is gone or too slow."""
        loop = asyncio.get_running_loop()
        seconds = self._options.timeout or random.uniform(SHORTEST, LONGEST)
        end = loop.time() + seconds
        bookmark_at = loop.time() + BOOKMARK_PERIOD
        while loop.time() < end and not watcher.ended:
            if watcher.overflowed:
                await out.write([error_line(expired("too old resource version: the watch fell too far behind"))])
                return
            lines, size = [], 0
            while watcher.waiting and size < BATCH:
                line = self.line(watcher.waiting.popleft())
                if line is not None:
                    lines.append(line)
                    size += len(line)
            if lines:
                await out.write(lines)
            if loop.time() >= bookmark_at:
                bookmark_at = loop.time() + BOOKMARK_PERIOD
                await self._write_bookmark(watcher, out)
            if not watcher.waiting and not watcher.overflowed:
                await self._wait(watcher, min(end, bookmark_at) - loop.time())

    async def _write_bookmark(self, watcher: Watcher, out: LineWriter) -> None:
        if self._options.bookmarks and not watcher.waiting:
            await out.write([self._view.bookmark(self._objects.version, ends_initial=False)])

    @staticmethod
    async def _wait(watcher: Watcher, seconds: float) -> None:
        watcher.woken.clear()
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await watcher.woken.wait()
        except TimeoutError:
            return


def _watch_version(text: str) -> int:
    """Return the version to watch from; what is none is the server's own error to the real one, not the client's."""
    try:
        return read_version(text)
    except ApiError as error:
        raise ApiError(500, "", error.message.removeprefix("invalid resource version: ")) from None


class LineWriter:
    """Writes lines of a watch to the client, packed when it takes that."""

    def __init__(self, response: web.StreamResponse, *, packed: bool) -> None:
        self._response = response
        self._packer = zlib.compressobj(1, zlib.DEFLATED, 31) if packed else None

    async def write(self, lines: list[bytes]) -> None:
        """Write lines, at once and in order; waits while the client takes no more."""
        data = b"".join(lines)
        if self._packer is not None:
            data = self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        await self._response.write(data)

    async def write_all(self, lines: Iterator[bytes]) -> None:
        """Write lines as they are made, in turns with others."""
        while batch := list(itertools.islice(lines, AT_ONCE)):
            await self.write(batch)
            await asyncio.sleep(0)

    async def end(self) -> None:
        """Write the end of the stream."""
        if self._packer is not None:
            await self._response.write(self._packer.flush())
        await self._response.write_eof()


def error_line(error: ApiError) -> bytes:
    """Return the line with which a watch says that it cannot go on."""
    said: dict[str, Any] = {"type": "ERROR", "object": error.body()}
    return msgspec.json.encode(said) + b"\n"


async def serve_watch(
    request: web.Request, watches: Watches, stored: Resource, watch: Watch, *, packed: bool, timeout: float
) -> web.StreamResponse:
    """Answer a watch request from its first line to its end.

    Args:
        timeout: Seconds after which a client that does not read is cut off.
    """
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Cache-Control": "no-cache, private"})
    if packed:
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
    watcher = watches.open(stored)
    out = LineWriter(response, packed=packed)
    try:
        try:
            first = watch.beginning()
        except ApiError as error:
            if error.code != 410:
                raise
            first, watcher.ended = iter([error_line(error)]), True
        await response.prepare(request)
        async with asyncio.timeout(timeout):
            await out.write_all(first)
            await watch.run(watcher, out)
            await out.end()
    except ConnectionError:
        return response
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
    finally:
        watches.close(stored, watcher)
    return response
