"""The Kubernetes source: one API server's objects as events; knows which tasks it takes, not how they read."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from spottui.clock import now
from spottui.events import Event, LinkDown, LinkUp, LoginRefused, LoginTaken
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_link import Link, Pauses, State, Timings
from spottui.sources.kube_low_data import KindTasks
from spottui.sources.kube_objects import KINDS, Kind
from spottui.sources.kube_on_demand import OnDemand
from spottui.sources.kube_outbox import Outbox
from spottui.sources.kube_reader import KindReader
from spottui.sources.kube_requests import Surroundings
from spottui.sources.spender import SPENDER

OPENED_AT_ONCE = 6
"""Lists, and watches that are being opened."""


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
        low_data: str = "",
    ) -> None:
        """Read `kinds` in this order of urgency; `namespace` None means all of them.

        `low_data` is why low-data mode is on at the start; empty when it is off.
        """
        self._api = api
        self._kinds = tuple(kinds)
        self._namespace = namespace
        self._clock = clock
        self._rng = rng or random.Random()
        self._timings = timings or Timings()
        self._pauses = Pauses(self._timings, self._rng, sleep)
        self._low_data = low_data
        self._kind_tasks: KindTasks | None = None
        self._looked_at: dict[str, None] = {}
        self._on_demand: OnDemand | None = None
        self._link: Link | None = None

    def set_low_data(self, why: str) -> None:
        """Switch low-data mode on, or off with an empty text: fewer kinds are read while it is on."""
        self._low_data = why
        if self._kind_tasks is not None:
            self._kind_tasks.switch(why)

    def look_at(self, kind: str) -> None:
        """Read a kind of `kube_on_demand.ON_DEMAND` from now on."""
        self._looked_at[kind] = None
        if self._on_demand is not None:
            self._on_demand.look_at(kind)

    def look_away(self, kind: str) -> None:
        """Stop to read a kind that was looked at."""
        self._looked_at.pop(kind, None)
        if self._on_demand is not None:
            self._on_demand.look_away(kind)

    def reconnect_now(self) -> None:
        """Try everything again at once, whatever waits there are, and trust no connection that was open."""
        if self._link is not None:
            self._link.give_up_streams("The connection was given up for a new one.")
        self._pauses.cut()

    async def events(self) -> AsyncIterator[Event]:
        """Yield events until cancelled; trouble of any sort is an event."""
        SPENDER.set(self.name)
        outbox = Outbox()

        def heard(round_trip: float | None, server: str) -> None:
            outbox.put_now(LinkUp(self.name, round_trip, self._clock(), server))

        def changed(state: State, reason: str) -> None:
            if state == "down":
                outbox.put_now(LinkDown(self.name, reason, self._clock()))
            elif state == "expired":
                outbox.put_now(LoginRefused(self.name, reason, self._clock()))
            else:
                outbox.put_now(LoginTaken(self.name, self._clock()))
            kinds.link_changed(state, reason)
            on_demand.link_changed(state, reason)

        link = self._link = Link(self._api, self._pauses, self._timings, heard=heard, changed=changed)
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
            slots=asyncio.Semaphore(OPENED_AT_ONCE),
            fallback_namespace=self._api.place.namespace,
        )
        kinds = KindTasks([KindReader(kind, self._namespace, around) for kind in self._kinds], outbox)
        on_demand = OnDemand(self._namespace, around)
        self._kind_tasks, self._on_demand = kinds, on_demand
        kinds.start(self._low_data)
        on_demand.start(self._looked_at)
        watching = outbox.watched(asyncio.create_task(link.run()))
        try:
            while True:
                yield await outbox.get()
        finally:
            self._kind_tasks = self._on_demand = self._link = None
            outbox.close()
            watching.cancel()
            await asyncio.gather(*kinds.cancel(), *on_demand.cancel(), watching, return_exceptions=True)
            pool.shutdown(wait=False, cancel_futures=True)
