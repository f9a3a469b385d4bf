"""Knows whether the API server answers and takes our login: one probe for all kinds; must not read objects."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, NoReturn

from msgspec import Struct

from spottui.errors import BadConfig, LoginExpired, SpottuiError, Unreachable
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_errors import TimedOut
from spottui.sources.text import clean

State = Literal["up", "down", "expired"]


class Timings(Struct, frozen=True, kw_only=True):
    """How long things may take, in seconds; a thin link that works must not be taken for a dead one."""

    probe_period: float = 10.0
    probe_timeout: float = 4.0
    """With the period it makes a dead link known within 15 s."""
    retry_first: float = 0.5
    retry_most: float = 6.0
    """With the jitter and the time that all watches take on a thin link, all is live 10 s after the link is back."""
    absent_period: float = 20.0
    unwatched_period: float = 30.0
    """Seconds between two lists of a kind that may be listed and not watched."""
    forbidden_period: float = 60.0
    idle_timeout: float = 90.0
    """Bookmarks come every minute or so."""
    connect_timeout: float = 10.0
    page_timeout: float = 60.0
    initial_timeout: float = 60.0
    """Until a streamed list has ended."""
    watch_least: int = 300
    watch_most: int = 480


class Pauses:
    """Waits with jitter that one key press ends; the same number of waits never falls into step."""

    def __init__(self, timings: Timings, rng: random.Random, sleep: Callable[[float], Awaitable[Any]]) -> None:
        self._timings = timings
        self._rng = rng
        self._sleep = sleep
        self._cut = asyncio.Event()

    def cut(self) -> None:
        """End all waits now."""
        self._cut.set()
        self._cut = asyncio.Event()

    async def pause(self, seconds: float, *, wake: asyncio.Event | None = None) -> None:
        """Wait for `seconds`, a tenth more or less, or until `cut`, or until `wake` is set."""
        waits: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._sleep(seconds * self._rng.uniform(0.9, 1.1))),
            asyncio.ensure_future(self._cut.wait()),
        ]
        if wake is not None:
            waits.append(asyncio.ensure_future(wake.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def back_off(self, failures: int, *, wake: asyncio.Event | None = None) -> None:
        """Wait before another try: twice as long after each of the `failures`, up to `retry_most`."""
        most = min(self._timings.retry_most, self._timings.retry_first * 2 ** min(failures - 1, 16))
        await self.pause(self._rng.uniform(most / 2, most), wake=wake)


class Link:
    """The one judge of the link and the login: kinds ask it before they try, and tell it when they fail.

    It begins with "up", so that the first lists need not wait for the first probe.
    """

    def __init__(
        self,
        api: KubeApi,
        pauses: Pauses,
        timings: Timings,
        *,
        heard: Callable[[float | None, str], None],
        changed: Callable[[State, str], None],
    ) -> None:
        self._api = api
        self._pauses = pauses
        self._timings = timings
        self._heard = heard
        """Called with the round trip in seconds and the server's version after each answer."""
        self._changed = changed
        self.state: State = "up"
        self.reason = ""
        self._failures = 0
        self._up = asyncio.Event()
        self._up.set()
        self._wake = asyncio.Event()
        self._judged = asyncio.Event()
        self._scopes: set[asyncio.Timeout] = set()
        self._why_given_up = ""

    async def run(self) -> NoReturn:
        """Probe for ever: calmly while the server answers, with growing pauses while it does not."""
        while True:
            self._wake.clear()
            state, reason = await self._probe()
            self._set(state, reason)
            self._judged.set()
            self._judged = asyncio.Event()
            if state == "up":
                self._failures = 0
                await self._pauses.pause(self._timings.probe_period, wake=self._wake)
            else:
                self._failures += 1
                await self._pauses.back_off(self._failures)

    async def wait_up(self) -> None:
        """Return when the server answers and takes our login."""
        await self._up.wait()

    async def suspect(self) -> None:
        """Have the link probed now, unless it is known to be lost; return when it is judged."""
        if self._up.is_set():
            judged = self._judged
            self._wake.set()
            await judged.wait()

    @asynccontextmanager
    async def attached(self) -> AsyncIterator[None]:
        """End the block with `Unreachable` as soon as the link or the login is lost.

        A stream on a half-open link would otherwise wait out its own, much longer timeout.
        """
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._scopes.add(scope)
                yield
        except TimeoutError:
            if not scope.expired():
                raise
            raise Unreachable(self._why_given_up) from None
        finally:
            self._scopes.discard(scope)

    def give_up_streams(self, reason: str) -> None:
        """End all blocks that are `attached`: their connections may be dead, though the server answers new ones."""
        self._why_given_up = reason
        self._api.renew_connections()
        moment = asyncio.get_running_loop().time()
        for scope in tuple(self._scopes):
            scope.reschedule(moment)
        self._scopes.clear()

    async def _probe(self) -> tuple[State, str]:
        loop = asyncio.get_running_loop()
        began, bytes_before = loop.time(), self._api.bytes_in
        server, round_trip = "", None
        try:
            version = await self._api.get_json("/version", timeout=self._timings.probe_timeout)
            round_trip = loop.time() - began
            server = clean(str(version.get("gitVersion", "")), 40) if isinstance(version, dict) else ""
        except TimedOut as error:
            if self._api.bytes_in == bytes_before:
                return "down", str(error)
        except LoginExpired as error:
            if self._api.bytes_in > bytes_before:  # the server said so, not a login plugin: it answers
                self._heard(loop.time() - began, "")
            return "expired", str(error)
        except (Unreachable, BadConfig) as error:
            return "down", str(error)
        except SpottuiError:
            round_trip = loop.time() - began  # it refuses this one path, so it answers
        self._heard(round_trip, server)
        return "up", ""

    def _set(self, state: State, reason: str) -> None:
        before, self.state, self.reason = (self.state, self.reason), state, reason
        if state == "up":
            self._up.set()
        else:
            self._up.clear()
            self.give_up_streams(reason)
        if (state, reason) != before:  # a link that is lost for another reason than before is news too
            self._changed(state, reason)
            if state == "up":
                self._pauses.cut()
