"""The app as `__main__` builds it, with fakes at its borders: no cluster, no host, no real clock.

The stand-in for a cluster has no sources: a test plays them by `tell`. Its API is the one of tests/actions.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from spottui.app import SpottuiApp
from spottui.app_cluster import Joined
from spottui.config import load
from spottui.errors import BadConfig
from spottui.events import Event, LinkUp, ListEnded, ObjectsHeard
from spottui.records import Condition, Container, Meta, Node, Owner, Pod, Workload
from spottui.records_argocd import Application
from spottui.settings import Settings
from spottui.store_kinds import KINDS
from tests.actions.fake_api import FakeApi

NOW = 1_800_000_000.0


class Clock:
    """A clock that only tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class FakePlace:
    """Where the fake cluster is."""

    server: str = "https://127.0.0.1:1"
    namespace: str = ""

    def __str__(self) -> str:
        return "spot-07"


@dataclass
class FakeCluster:
    """What `join_cluster` would return; says nothing by itself."""

    api: FakeApi = field(default_factory=FakeApi)
    place: FakePlace = field(default_factory=FakePlace)
    sources: list[Any] = field(default_factory=list)
    reconnects: int = 0

    def reconnect_now(self) -> None:
        self.reconnects += 1

    async def close(self) -> None:
        return


class SilentSource:
    """A source that says nothing."""

    name = "silent"

    async def events(self) -> AsyncIterator[Event]:
        await asyncio.Event().wait()
        yield cast("Event", None)


def settings_in(folder: Path, **flags: Any) -> Settings:
    """Return default settings whose files lie below `folder`."""
    named = {key.replace("__", "."): value for key, value in flags.items()}
    return load(environ={}, home=folder, folder=folder, flags=named, config_file=None, actions={})


def make_app(
    folder: Path,
    *,
    cluster: FakeCluster | None = None,
    problem: str = "",
    sources: Sequence[Any] = (),
    clock: Callable[[], float] | None = None,
    **flags: Any,
) -> SpottuiApp:
    """Return the app over fakes; `problem` is why no cluster can be found, "" finds `cluster`."""
    found = cluster or FakeCluster()

    async def join(settings: Settings, *, environ: Mapping[str, str], home: Path, clock: Callable[[], float]) -> Joined:
        if problem:
            raise BadConfig(problem)
        return cast("Joined", found)

    return SpottuiApp(
        settings_in(folder, **flags),
        environ={"USER": "ana"},
        home=folder,
        clock=clock or Clock(),
        sources=lambda: list(sources),
        join=join,
    )


async def until(holds: Callable[[], object], pilot: Any, seconds: float = 5.0) -> None:
    """Let the app work until `holds` and a question can be read; fail with the screen's text when not in time."""
    deadline = time.monotonic() + seconds
    while not holds() or not getattr(pilot.app.screen, "is_drawn", True):
        assert time.monotonic() < deadline, f"it never came to that; the screen:\n{screen_text(pilot.app)}"
        await pilot.pause(0.01)


def screen_text(app: Any) -> str:
    """Return what stands on the screen, line by line."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def tell(pilot: Any, *events: Event) -> None:
    """Play the sources: have the store hear these events, and the screen draw."""
    for event in events:
        pilot.app.store.apply(event)
    pilot.app.store.flush()
    await pilot.pause()


def everything_listed(at: float = NOW) -> list[Event]:
    """Return the link as up and every kind as listed and empty."""
    return [LinkUp("kube", 0.012, at, "v1.37.2"), *(ListEnded(kind, frozenset(), at) for kind in KINDS)]


def heard(kind: str, *records: Meta, at: float = NOW) -> ObjectsHeard:
    """Return records as heard."""
    return ObjectsHeard(kind, records, (), at)


def a_node(name: str = "spot-core", **fields: Any) -> Node:
    """Return a ready node."""
    ready = (Condition("Ready", "True"),)
    known = {"uid": f"node-{name}", "namespace": "", "created_at": NOW - 9000, "conditions": ready}
    return Node(name=name, **{**known, **fields})


def a_pod(name: str, *, well: bool = True, **fields: Any) -> Pod:
    """Return a running pod, or one in CrashLoopBackOff."""
    container = (
        Container(name="main", image="img:1", state="running", ready=True, started=True)
        if well
        else Container(name="main", image="img:1", state="waiting", reason="CrashLoopBackOff", restarts=7)
    )
    known: dict[str, Any] = {
        "uid": f"pod-{name}",
        "namespace": "robot",
        "created_at": NOW - 600,
        "phase": "Running",
        "containers": (container,),
        "node": "spot-core",
        "conditions": (Condition("Ready", "True" if well else "False"),),
    }
    return Pod(name=name, **{**known, **fields})


def a_deployment(name: str, **fields: Any) -> Workload:
    """Return a Deployment of one ready pod."""
    known: dict[str, Any] = {
        "uid": f"deployment-{name}",
        "namespace": "robot",
        "created_at": NOW - 600,
        "kind": "Deployment",
        "desired": 1,
        "ready": 1,
        "updated": 1,
        "available": 1,
        "generation": 1,
        "observed_generation": 1,
    }
    return Workload(name=name, **{**known, **fields})


def a_replica_set(name: str, deployment: Workload) -> Workload:
    """Return the ReplicaSet of a Deployment."""
    owner = Owner("Deployment", deployment.name, deployment.uid)
    return a_deployment(name, uid=f"rs-{name}", kind="ReplicaSet", owner=owner)


def an_application(name: str, **fields: Any) -> Application:
    """Return a synced Application."""
    known: dict[str, Any] = {
        "uid": f"application-{name}",
        "namespace": "argocd",
        "created_at": NOW - 600,
        "project": "default",
        "sync": "Synced",
        "health": "Healthy",
        "revision": "a" * 40,
        "reconciled_at": NOW - 30,
    }
    return Application(name=name, **{**known, **fields})
