"""Reads Argo CD's own kinds from argocd-server: the same records as through the Kubernetes API."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec

from spottui.errors import Forbidden, LoginExpired, NotFound, SpottuiError, Unreachable
from spottui.events import AccessChanged, Event, KindAlive, LinkDown, LinkUp, ListEnded, ObjectsHeard
from spottui.records import Access
from spottui.sources.argocd_api import APPLICATIONS, ArgocdApi, refused
from spottui.sources.kube_objects import Garbled, ListPage, WatchEvent, decode_list, decode_watch
from spottui.sources.kube_outbox import Batch, Outbox
from spottui.sources.kube_raw_values import UNREADABLE
from spottui.sources.spender import SPENDER
from spottui.sources.text import clean

POLLED = {"appprojects": "/api/v1/projects", "applicationsets": "/api/v1/applicationsets"}
"""Kinds that argocd-server has no stream of, and where it lists them."""
POLLED_EVERY = 60.0
"""Seconds."""
LONGEST_PAUSE = 30.0


class _Result(msgspec.Struct):
    type: str = ""
    application: msgspec.Raw = msgspec.Raw()


class _Trouble(msgspec.Struct):
    grpc_code: int = 0
    http_code: int = 500
    message: str = ""


class _Line(msgspec.Struct):
    result: _Result | None = None
    error: _Trouble | None = None


class ArgocdSource:
    """Lists, follows the event stream, reconnects for ever, and says how each kind stands."""

    name = "argocd"

    def __init__(
        self,
        api: ArgocdApi,
        clock: Callable[[], float],
        *,
        rng: random.Random | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._api, self._clock, self._sleep = api, clock, sleep
        self._rng = rng or random.Random()
        self._listed: set[str] = set()
        self._is_up: bool | None = None

    @property
    def bytes_in(self) -> int:
        """Bytes of answers, unpacked."""
        return self._api.bytes_in

    @property
    def bytes_out(self) -> int:
        """Bytes of request bodies."""
        return self._api.bytes_out

    async def events(self) -> AsyncIterator[Event]:
        """Yield events until cancelled; trouble of any sort is an event."""
        SPENDER.set(self.name)
        outbox = Outbox()
        tasks = [
            outbox.watched(asyncio.create_task(self._for_ever("applications", self._follow, outbox))),
            *(outbox.watched(asyncio.create_task(self._for_ever(kind, self._poll(kind), outbox))) for kind in POLLED),
        ]
        try:
            while True:
                yield await outbox.get()
        finally:
            outbox.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._api.close()

    async def _for_ever(self, kind: str, read: Callable[[Outbox], Awaitable[None]], outbox: Outbox) -> None:
        pause = 1.0
        while True:
            began = self._clock()
            try:
                await read(outbox)
                reason = "The stream of argocd-server ended."
            except SpottuiError as error:
                reason = str(error)
                self._tell(kind, error, outbox)
            pause = 1.0 if self._clock() - began > LONGEST_PAUSE else min(LONGEST_PAUSE, pause * 2)
            if kind in self._listed and self._is_up:
                outbox.put_now(AccessChanged(kind, Access("stale", reason)))
            await self._sleep(pause * self._rng.uniform(0.5, 1.0))

    def _tell(self, kind: str, error: SpottuiError, outbox: Outbox) -> None:
        if isinstance(error, Forbidden):
            word = "forbidden"
        elif isinstance(error, LoginExpired):
            word = "expired"
        elif isinstance(error, NotFound):
            word = "absent"
        else:
            word = "stale" if kind in self._listed else "waiting"
        if word != "stale":
            self._listed.discard(kind)
        outbox.put_now(AccessChanged(kind, Access(word, str(error))))
        if isinstance(error, Unreachable) and self._is_up is not False:
            self._is_up = False
            outbox.put_now(LinkDown(self.name, str(error), self._clock()))

    def _heard(self, outbox: Outbox, round_trip: float | None = None) -> None:
        if not self._is_up:
            self._is_up = True
            outbox.put_now(LinkUp(self.name, round_trip, self._clock()))

    async def _list(self, kind: str, path: str, outbox: Outbox) -> ListPage:
        began = self._clock()
        body = await self._api.request("GET", path, timeout=30.0)
        page = await asyncio.to_thread(_decoded, kind, body)
        self._heard(outbox, self._clock() - began)
        if page.records:
            await outbox.put(ObjectsHeard(kind, page.records, (), self._clock()))
        await outbox.put(ListEnded(kind, frozenset(record.uid for record in page.records), self._clock()))
        self._listed.add(kind)
        return page

    def _poll(self, kind: str) -> Callable[[Outbox], Awaitable[None]]:
        async def poll(outbox: Outbox) -> None:
            while True:
                await self._list(kind, POLLED[kind], outbox)
                await self._sleep(POLLED_EVERY)

        return poll

    async def _follow(self, outbox: Outbox) -> None:
        page = await self._list("applications", APPLICATIONS, outbox)
        query = (("resourceVersion", page.resource_version),) if page.resource_version else ()
        async with Batch("applications", outbox.put, self._clock) as batch:
            async for data in self._api.stream(query=query):
                self._heard(outbox)
                if not data:
                    outbox.put_now(KindAlive("applications", self._clock()))
                    continue
                event = _event(data, self._api.url)
                if event.type == "DELETED":
                    await batch.remove(event.uid)
                elif event.record is not None:
                    await batch.add(event.record)


def _decoded(kind: str, body: bytes) -> ListPage:
    """Return a list; argocd-server names no kind, and an empty one may be null."""
    try:
        return decode_list(kind, body)
    except Garbled as error:
        try:
            whole = msgspec.json.decode(body)
        except UNREADABLE:
            raise Unreachable("argocd-server answered something that is no list.") from error
        if isinstance(whole, dict) and "items" in whole and whole["items"] is None:
            meta = whole.get("metadata")
            version = meta.get("resourceVersion") if isinstance(meta, dict) else ""
            return ListPage((), str(version or ""), "", None, 0)
        raise


def _event(data: bytes, url: str) -> WatchEvent:
    """Return one event of the stream, as a watch of the Kubernetes API would tell it."""
    try:
        line = msgspec.json.decode(data, type=_Line)
    except UNREADABLE as error:
        raise Unreachable(f"{url} sent an event that cannot be read.") from error
    if line.error is not None:
        trouble = line.error
        raise refused(url, trouble.http_code, trouble.grpc_code, clean(trouble.message, 600).rstrip("."))
    if line.result is None or not line.result.type:
        raise Unreachable(f"{url} sent an event without a type.")
    head = msgspec.json.encode({"type": line.result.type})[:-1]
    return decode_watch("applications", head + b',"object":' + bytes(line.result.application) + b"}")
