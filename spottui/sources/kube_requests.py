"""Asks the API server for one kind of object: pages of its list, and its watch; knows queries, keeps no place."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec import Struct

from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_errors import from_watch
from spottui.sources.kube_lines import LineStream
from spottui.sources.kube_link import Link, Pauses, Timings
from spottui.sources.kube_objects import Kind, ListPage, WatchEvent, decode_list, decode_watch
from spottui.sources.kube_outbox import Outbox

FIRST_PAGE = 100
"""Objects asked for first: more than a screen holds, and there before 500 are."""
PAGE = 500
"""Objects asked for at once: 150 kB packed, drawn in well under a second even on a thin link."""
BIG = 256 * 2**10
"""Bytes of a page above which it is decoded in a thread."""


class Surroundings(Struct, kw_only=True):
    """What all kinds of one source share."""

    api: KubeApi
    link: Link
    outbox: Outbox
    pauses: Pauses
    timings: Timings
    clock: Callable[[], float]
    rng: random.Random
    pool: Executor
    slots: asyncio.Semaphore
    """Lists, and watches that are being opened, in parallel: more would only share the same thin link, and what is
    the most urgent would come with the rest."""
    fallback_namespace: str
    """Read where all namespaces are forbidden; empty: none is configured."""
    has_streamed_lists: bool = True
    """Until the server refuses one."""


class KindRequests:
    """Sends the requests for one kind; raises the errors of `KubeApi`, and `Garbled`."""

    def __init__(self, kind: Kind, around: Surroundings) -> None:
        self._kind, self._around = kind, around

    async def page(self, namespace: str | None, token: str) -> ListPage:
        """Return the first page of the list, or the one that `token` leads to; None: of all namespaces."""
        query = [("limit", str(PAGE if token else FIRST_PAGE)), *self._selector()]
        if token:
            query.append(("continue", token))
        timeout = self._around.timings.page_timeout
        path = self._kind.list_path(namespace)
        body = await self._around.api.request("GET", path, query=query, timeout=timeout)
        if len(body) <= BIG:
            return decode_list(self._kind.plural, body)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._around.pool, decode_list, self._kind.plural, body)

    @asynccontextmanager
    async def watch(self, namespace: str | None, *more: tuple[str, str]) -> AsyncIterator[LineStream]:
        """Open a watch, from where `more` of the query says; waits for its turn until it is open."""
        timings = self._around.timings
        query = [
            ("watch", "1"),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", str(self._around.rng.randint(timings.watch_least, timings.watch_most))),
            *self._selector(),
            *more,
        ]
        opening = self._around.api.stream(
            self._kind.list_path(namespace),
            query,
            connect_timeout=timings.connect_timeout,
            idle_timeout=timings.idle_timeout,
        )
        async with AsyncExitStack() as stack:
            async with self._around.slots:
                lines = await stack.enter_async_context(opening)
            yield lines

    def event(self, line: bytes) -> WatchEvent:
        """Return a line of the watch; raises what one of type ERROR says."""
        event = decode_watch(self._kind.plural, line)
        if event.type == "ERROR":
            raise from_watch(event.code, event.message)
        return event

    def _selector(self) -> list[tuple[str, str]]:
        return [("fieldSelector", self._kind.field_selector)] if self._kind.field_selector else []
