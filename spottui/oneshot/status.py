"""`spottui status`: lists every kind once, judges it as the screens do, and says it as text or JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from spottui import clock
from spottui.app_place import place_of
from spottui.app_robot import read_profile
from spottui.app_robot_source import robot_place
from spottui.errors import Expired, Forbidden, LoginExpired, NotFound, SpottuiError, Unreachable
from spottui.events import AccessChanged, LinkUp, ListEnded, ObjectsHeard, RobotHeard, UsageHeard
from spottui.oneshot.connection import Connection, connected
from spottui.oneshot.status_robot import ask_robot
from spottui.oneshot.status_text import as_text
from spottui.oneshot.summary import summary
from spottui.records import Access, Meta
from spottui.records_robot import Robot
from spottui.settings import Settings
from spottui.sources.kube_objects import KINDS, Kind, decode_list
from spottui.sources.metrics import MetricsSource
from spottui.store import Store

PAGE = 500
AT_ONCE = 4
"""Lists at the same time: enough to fill a thin link, few enough not to choke it."""
PATIENCE = 30.0
"""Seconds for one page; on a thin link the first 500 pods are slow."""
LIST_AGAIN = 3
"""How often a list that expired on the way is begun anew."""


async def status(settings: Settings, environ: Mapping[str, str], home: Path, *, as_json: bool) -> str:
    """Ask the cluster once; return the finished text, or JSON.

    Raises:
        SpottuiError: The cluster cannot be asked at all; a kind that cannot be listed is only said.
    """
    place = place_of(settings, environ, home)
    robots: list[Robot] = []
    robot = asyncio.create_task(ask_robot(robot_place(settings, environ), robots.append))
    async with connected(place) as connection:
        store = await read_all(connection, settings.cluster.namespace)
        _check_anything(store)
        told = {"robot": await robot}
        for one in robots:
            store.watch.expect(read_profile(settings))
            store.apply(RobotHeard(one, clock.now()))
        said = summary(store, connection, clock.now(), settings.cluster.namespace) | told
    return json.dumps(said, indent=2, ensure_ascii=False) if as_json else as_text(said)


def _check_anything(store: Store) -> None:
    """Refuse to call it a status when not a single kind may be read."""
    states = {access.state for access in store.access.values()}
    if "forbidden" in states and "live" not in states:
        reason = next(access.reason for access in store.access.values() if access.state == "forbidden")
        raise Forbidden(f"You may not see anything here: {reason} Try one namespace with -n.")


async def read_all(connection: Connection, namespace: str | None) -> Store:
    """Return a store that has heard every kind once, or why not; only of `namespace` unless None."""
    store = Store()
    store.apply(LinkUp("kube", connection.round_trip, clock.now(), connection.version))
    room = asyncio.Semaphore(AT_ONCE)

    async def one(kind: Kind) -> None:
        async with room:
            await _hear(store, connection, kind, namespace)

    await asyncio.gather(*(one(kind) for kind in KINDS.values()), _hear_usage(store, connection, namespace))
    return store


async def _hear(store: Store, connection: Connection, kind: Kind, namespace: str | None) -> None:
    """List one kind into the store; what forbids it becomes its access.

    Raises:
        Unreachable, LoginExpired: Then nothing else can be asked either.
    """
    own, limit = connection.place.namespace, ""
    try:
        try:
            records = await _list(connection, kind, namespace)
        except Forbidden as error:
            if not (kind.namespaced and namespace is None and own):
                raise
            records = await _list(connection, kind, own)  # a role of one namespace may list that one
            limit = f"Only namespace {own} is seen: {error}"
    except (Unreachable, LoginExpired):
        raise
    except SpottuiError as error:
        state = "forbidden" if isinstance(error, Forbidden) else "failed"
        state = "absent" if isinstance(error, NotFound) else state
        store.apply(AccessChanged(kind.plural, Access(state, str(error))))
        return
    now = clock.now()
    store.apply(ObjectsHeard(kind.plural, tuple(records), (), now))
    store.apply(ListEnded(kind.plural, frozenset(record.uid for record in records), now))
    if limit:
        store.apply(AccessChanged(kind.plural, Access("live", limit, now)))


async def _list(connection: Connection, kind: Kind, namespace: str | None) -> list[Meta]:
    for _ in range(LIST_AGAIN):
        try:
            return await _pages(connection, kind, namespace)
        except Expired:
            continue
    return await _pages(connection, kind, namespace)


async def _pages(connection: Connection, kind: Kind, namespace: str | None) -> list[Meta]:
    found: list[Meta] = []
    token = ""
    while True:
        query = [("limit", str(PAGE))]
        query += [("fieldSelector", kind.field_selector)] if kind.field_selector else []
        query += [("continue", token)] if token else []
        path = kind.list_path(namespace)
        page = decode_list(kind.plural, await connection.api.request("GET", path, query=query, timeout=PATIENCE))
        found += page.records
        token = page.continue_token
        if not token:
            return found


async def _hear_usage(store: Store, connection: Connection, namespace: str | None) -> None:
    """Hear of usage once; without any the numbers stay unknown."""
    async for event in MetricsSource(connection.api, clock.now, namespace=namespace).events():
        if isinstance(event, UsageHeard):
            store.apply(event)
        return
