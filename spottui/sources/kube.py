"""The Kubernetes source: one API server's objects as events; knows which tasks it takes, not how they read."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from spottui.clock import now
from spottui.events import Event, LinkDown, LinkUp
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_link import Link, Pauses, State, Timings
from spottui.sources.kube_objects import KINDS, Kind
from spottui.sources.kube_outbox import Outbox
from spottui.sources.kube_reader import KindReader, Surroundings

LISTS_AT_ONCE = 6


class KubeSource:
    """Lists and watches the kinds that spottui shows, reconnects for ever, and says how each of them stands."""

    name = "kube"

    def __init__(
        self,
        api: KubeApi,
        *,
        kinds: Sequence[Kind] = tuple(KINDS.values()),
        namespace: str | None = None,
        clock: Callable[[], float] = now,
        rng: random.Random | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        timings: Timings | None = None,
    ) -> None:
        """Read `kinds` in this order of urgency; `namespace` None means all of them."""
        self._api = api
        self._kinds = tuple(kinds)
        self._namespace = namespace
        self._clock = clock
        self._rng = rng or random.Random()
        self._timings = timings or Timings()
        self._pauses = Pauses(self._timings, self._rng, sleep)

    def reconnect_now(self) -> None:
        """Try everything again at once, whatever waits there are."""
        self._pauses.cut()

    async def events(self) -> AsyncIterator[Event]:
        """Yield events until cancelled; trouble of any sort is an event."""
        outbox = Outbox()
        readers: list[KindReader] = []

        def heard(round_trip: float | None, server: str) -> None:
            outbox.put_now(LinkUp(self.name, round_trip, self._clock(), server))

        def changed(state: State, reason: str) -> None:
            if state == "down":
                outbox.put_now(LinkDown(self.name, reason, self._clock()))
            for reader in readers:
                reader.link_changed(state, reason)

        link = Link(self._api, self._pauses, self._timings, heard=heard, changed=changed)
        pool = ThreadPoolExecutor(1, thread_name_prefix="kube-decode")
        around = Surroundings(
            api=self._api,
            link=link,
            outbox=outbox,
            pauses=self._pauses,
            timings=self._timings,
            clock=self._clock,
            rng=self._rng,
            pool=pool,
            list_slots=asyncio.Semaphore(LISTS_AT_ONCE),
            fallback_namespace=self._api.place.namespace,
        )
        readers += [KindReader(kind, self._namespace, around) for kind in self._kinds]
        tasks = [outbox.watched(asyncio.create_task(part.run())) for part in (*readers, link)]
        try:
            while True:
                yield await outbox.get()
        finally:
            outbox.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            pool.shutdown(wait=False, cancel_futures=True)
