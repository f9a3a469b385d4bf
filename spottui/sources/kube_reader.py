"""Follows one kind of object, list then watch, through every trouble; knows resourceVersions, not fields."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from spottui.errors import (
    BadConfig,
    Expired,
    Forbidden,
    LoginExpired,
    NotFound,
    Refused,
    SpottuiError,
    Unreachable,
)
from spottui.events import ObjectsHeard
from spottui.sources.kube_lines import LineStream
from spottui.sources.kube_link import State
from spottui.sources.kube_objects import Garbled, Kind, WatchEvent
from spottui.sources.kube_outbox import Batch
from spottui.sources.kube_requests import KindRequests, Surroundings
from spottui.sources.kube_standing import Standing

log = logging.getLogger(__name__)

SHORT_WATCH = 2.0
"""Seconds; a watch that ends sooner without a word counts as a failure, else it would be asked for at once again."""


STARTING_UP = 3
"""Refusals in a row before rows that were live are called forbidden or gone: a server that starts up answers 403
until it has read its roles, and 404 until it has read its CRDs."""


class KindReader:
    """Keeps one kind up to date and says how we stand with it; never ends, whatever the server does."""

    def __init__(self, kind: Kind, namespace: str | None, around: Surroundings) -> None:
        self._kind = kind
        self._asked_namespace = namespace
        self._namespace = namespace
        self._around = around
        self._requests = KindRequests(kind, around)
        self._standing = Standing(kind, around.outbox, around.clock)
        self._version = ""
        """The resourceVersion to go on from; empty: list first."""
        self._limit = ""
        """Why only one namespace is read, where all were asked for."""
        self._failures = 0
        """In a row, without a word of the watch between them."""

    async def run(self) -> NoReturn:
        """Follow the kind for ever."""
        while True:
            await self._around.link.wait_up()
            try:
                async with self._around.link.attached():
                    await self._follow()
            except SpottuiError as error:
                self._failures += 1
                await self._failed(error)

    @property
    def plural(self) -> str:
        """The kind's plural name."""
        return self._kind.plural

    def spare(self, reason: str) -> None:
        """Say that the kind is not read for now, and why; rows that were heard stay, as old as they are."""
        self._standing.tell("stale", reason)

    def link_changed(self, state: State, reason: str) -> None:
        """Say what a lost link or an expired login means for this kind."""
        if state == "expired":
            self._standing.tell("expired", reason)
        elif state == "down":
            self._standing.link_lost(reason)

    # -- list

    async def _follow(self) -> None:
        is_resync = not self._version and self._standing.has_listed
        if is_resync and self._around.has_streamed_lists and await self._watch_from_start():
            return
        if not self._version:
            async with self._around.slots:
                await self._list()
        await self._watch()

    async def _list(self) -> None:
        uids: set[str] = set()
        token = ""
        while True:
            page = await self._requests.page(self._namespace, token)
            if page.skipped:
                log.warning("%d %s cannot be read and are left out", page.skipped, self._kind.plural)
            uids.update(record.uid for record in page.records)
            if page.records:
                await self._put(ObjectsHeard(self._kind.plural, page.records, (), self._around.clock()))
            token = page.continue_token
            if not token:
                break
        await self._standing.listed(frozenset(uids))
        self._version = page.resource_version

    # -- watch

    async def _watch(self) -> None:
        """Follow the watch from the known version until the server ends it, as it does after some minutes."""
        began = asyncio.get_running_loop().time()
        has_spoken = False
        async with self._opened(("resourceVersion", self._version)) as (lines, batch):
            if self._standing.note != self._limit:
                self._standing.limit(self._limit)
            self._standing.alive()
            async for line in lines:
                event = self._requests.event(line)
                await self._take(event, batch)
                self._version = event.resource_version or self._version
                self._failures, has_spoken = 0, True
        if not has_spoken and asyncio.get_running_loop().time() - began < SHORT_WATCH:
            raise Unreachable(f"The watch of {self._kind.plural} ended at once.")

    async def _watch_from_start(self) -> bool:
        """List and watch by one streamed request; return False when the server does not offer that."""
        initial = (("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan"))
        try:
            async with (
                asyncio.timeout(self._around.timings.initial_timeout) as deadline,
                self._opened(*initial) as (lines, batch),
            ):
                await self._take_from_start(lines, batch, deadline)
            return True
        except TimeoutError:
            log.warning("a streamed list of %s did not end; pages from now on", self._kind.plural)
        except (Refused, Forbidden) as error:
            if self._version:  # it was refused later, as a watch
                raise
            log.info("no streamed lists here, pages from now on: %s", error)
        self._around.has_streamed_lists = False
        return False

    async def _take_from_start(self, lines: LineStream, batch: Batch, deadline: asyncio.Timeout) -> None:
        """Take in what is there, up to the bookmark that ends it, then what changes."""
        uids: set[str] = set()
        async for line in lines:
            event = self._requests.event(line)
            await self._take(event, batch)
            if event.initial_events_end:
                deadline.reschedule(None)
                await batch.flush()
                await self._standing.listed(frozenset(uids))
            elif not self._version and event.record is not None:
                uids.add(event.record.uid)
            if self._version or event.initial_events_end:
                self._version = event.resource_version or self._version
                self._failures = 0

    @asynccontextmanager
    async def _opened(self, *more: tuple[str, str]) -> AsyncIterator[tuple[LineStream, Batch]]:
        batched = Batch(self._kind.plural, self._put, self._around.clock)
        async with batched as batch, self._requests.watch(self._namespace, *more) as lines:
            yield lines, batch

    async def _take(self, event: WatchEvent, batch: Batch) -> None:
        if event.type == "BOOKMARK":
            self._standing.alive()
        elif event.type == "DELETED" and event.uid:
            await batch.remove(event.uid)
        elif event.type in ("ADDED", "MODIFIED") and event.record is not None:
            await batch.add(event.record)
        else:
            log.warning("a %s of %s cannot be read: %s", event.type[:20], self._kind.plural, event.message)

    async def _put(self, event: ObjectsHeard) -> None:
        await self._around.outbox.put(event)
        self._standing.repeat_note()

    # -- trouble

    async def _failed(self, error: SpottuiError) -> None:
        """Say what is wrong, and wait as long as it makes sense before the next try."""
        timings, pauses = self._around.timings, self._around.pauses
        if isinstance(error, Unreachable | LoginExpired | BadConfig):
            await self._around.link.suspect()
            if self._around.link.state != "up":  # it has told everybody
                self._failures = 0
                return
        is_settled = self._failures > STARTING_UP or not self._standing.has_listed
        if isinstance(error, NotFound) and is_settled:
            self._version = ""
            await self._standing.absent()
            await pauses.pause(timings.absent_period)
        elif isinstance(error, Forbidden) and is_settled and self._version:
            await self._listed_but_not_watched(error)
        elif isinstance(error, Forbidden) and not self._version and self._narrowed(error):
            self._version = ""
        elif isinstance(error, Forbidden) and is_settled:
            self._version = ""
            self._standing.tell("forbidden", f"{error}{self._advice()}")
            await pauses.pause(self._forbidden_pause())
        elif isinstance(error, LoginExpired):
            self._standing.tell("expired", str(error))
            await pauses.pause(timings.absent_period)
        else:
            await self._passing_trouble(error)

    async def _listed_but_not_watched(self, error: Forbidden) -> None:
        """Say that the list is read anew every now and then, as it may not be watched, and wait until then."""
        self._version = ""
        every = self._around.timings.unwatched_period
        self._standing.limit(f"{self._limit} Read anew every {every:.0f} s: {error}".strip())
        await self._around.pauses.pause(every)

    def _advice(self) -> str:
        """Return what to try where all namespaces are forbidden and none was named."""
        if self._namespace is None and self._kind.namespaced:
            return " If you may see one namespace, start with -n NAMESPACE."
        return ""

    def _forbidden_pause(self) -> float:
        """Return how long to wait: an API server that starts refuses everybody until it has read its roles."""
        most = self._around.timings.forbidden_period
        return min(most, self._around.timings.retry_first * 2 ** min(self._failures, 16))

    async def _passing_trouble(self, error: SpottuiError) -> None:
        """Try again soon; the first time from where we were and without a word, then with a list."""
        is_first = self._failures == 1
        keeps_place = is_first or isinstance(error, Unreachable | Forbidden | NotFound)
        if isinstance(error, Expired) or not keeps_place:
            self._version = ""
        log.info("%s: %s", self._kind.plural, error)
        if is_first and isinstance(error, Expired):
            return
        if not is_first and isinstance(error, Garbled):
            self._standing.tell("failed", str(error))
        elif not is_first:
            self._standing.trouble(str(error))
        await self._around.pauses.back_off(self._failures)

    def _narrowed(self, error: Forbidden) -> bool:
        """Fall back to the configured namespace when all of them are forbidden; return whether there is one."""
        fallback = self._around.fallback_namespace
        if self._namespace is None and self._kind.namespaced and fallback:
            self._namespace = fallback
            self._limit = self._standing.note = f"Only namespace {fallback} is seen: {error}"
            return True
        if self._limit:
            self._namespace, self._limit, self._standing.note = self._asked_namespace, "", ""
        return False
