"""Runs a Kubernetes source against a fake server and keeps the last word on everything that it says."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from spottui.events import AccessChanged, Event, KindAlive, LinkDown, LinkUp, ListEnded, ObjectsHeard
from spottui.records import Access, Meta
from spottui.sources.kube import KubeSource
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_link import Timings
from spottui.sources.kube_objects import KINDS
from spottui.sources.kubeconfig import find_cluster

from .fake_api import FakeApi

QUICK = Timings(
    probe_period=0.1,
    probe_timeout=0.15,
    retry_first=0.02,
    retry_most=0.1,
    absent_period=0.05,
    forbidden_period=0.05,
    idle_timeout=5.0,
    connect_timeout=1.0,
    page_timeout=2.0,
    initial_timeout=0.5,
)


class Heard:
    """What a source said, reduced to the last word on everything."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.rows: dict[str, dict[str, Meta]] = {}
        self.access: dict[str, Access] = {}
        self.links: list[LinkUp | LinkDown] = []

    async def listen(self, source: KubeSource) -> None:
        async for event in source.events():
            self.events.append(event)
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case ObjectsHeard(kind, changed, gone, _):
                rows = self.rows.setdefault(kind, {})
                rows.update({record.uid: record for record in changed})
                for uid in gone:
                    rows.pop(uid, None)
            case ListEnded(kind, uids, heard_at):
                self.rows[kind] = {u: r for u, r in self.rows.get(kind, {}).items() if u in uids}
                self.access[kind] = Access("live", "", heard_at)
            case KindAlive(kind, heard_at):
                self.access[kind] = Access("live", "", heard_at)
            case AccessChanged(kind, access):
                self.access[kind] = access
            case LinkUp() | LinkDown():
                self.links.append(event)

    def names(self, kind: str = "pods") -> set[str]:
        return {record.name for record in self.rows.get(kind, {}).values()}

    def state(self, kind: str = "pods") -> str:
        return self.access[kind].state if kind in self.access else ""

    def reason(self, kind: str = "pods") -> str:
        return self.access[kind].reason if kind in self.access else ""

    @property
    def is_down(self) -> bool:
        return bool(self.links) and isinstance(self.links[-1], LinkDown)

    def count(self, kind: type[Any]) -> int:
        return sum(isinstance(event, kind) for event in self.events)


@asynccontextmanager
async def listening(
    fake: FakeApi, folder: Path, *kinds: str, user: Any = None, timings: Any = None, **more: Any
) -> AsyncIterator[tuple[Heard, KubeSource]]:
    """Run a source on `fake` while the block lasts; fail when it ended by itself."""
    file = fake.kubeconfig(folder, user=user)
    configured = more.pop("configured_namespace", None)
    place = find_cluster(flag=file, environ={}, home=folder, context=None, namespace=configured)
    api = KubeApi(place)
    source = KubeSource(
        api,
        kinds=[KINDS[kind] for kind in kinds or ("pods",)],
        rng=random.Random(1),
        timings=msgspec.structs.replace(QUICK, **(timings or {})),
        **more,
    )
    heard = Heard()
    task = asyncio.create_task(heard.listen(source))
    try:
        yield heard, source
        assert not task.done(), "the source ended by itself"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await api.close()
