"""What only argocd-server tells: trees with their health; and its ApplicationSets, which it may hide from a login."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from spottui.errors import Forbidden, NotFound, Unreachable
from spottui.events import AccessChanged, Event, ListEnded, ObjectsHeard
from spottui.records_appsets import ApplicationSet
from spottui.sources.argocd import ArgocdSource
from spottui.sources.argocd_api import ArgocdApi
from spottui.sources.argocd_facts import tree

from .argocd_server import TOKEN, ArgocdServer, an_application, error

SETS = "/api/v1/applicationsets"
GIT = {"git": {"repoURL": "https://git.x/f.git"}}


@pytest.fixture
async def server() -> AsyncIterator[ArgocdServer]:
    made = ArgocdServer()
    made.apps["plain"] = an_application()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def api(server: ArgocdServer) -> AsyncIterator[ArgocdApi]:
    made = ArgocdApi(f"http://127.0.0.1:{server.port}", lambda: TOKEN, environ={})
    yield made
    await made.close()


def answered(body: Any) -> Callable[[web.Request], web.StreamResponse | None]:
    return lambda request: web.json_response(body)


async def test_a_tree_has_owners_health_and_clean_texts(server: ArgocdServer, api: ArgocdApi) -> None:
    parent = {"group": "x.io", "kind": "Widget", "namespace": "robot", "name": "w", "uid": "1"}
    child = {"kind": "Pod", "namespace": "robot", "name": "p", "uid": "2", "parentRefs": [parent], "version": "v1"}
    child |= {"health": {"status": "Degraded", "message": "bad\x1b[31m"}, "createdAt": "2026-11-24T05:00:00Z"}
    server.misbehave = answered({"nodes": [parent, child], "orphanedNodes": [], "hosts": None})
    widget, pod = await tree(api, "argocd", "plain", "default")
    assert (widget.group, widget.kind, widget.uid, widget.health, widget.parents) == ("x.io", "Widget", "1", "", ())
    assert (pod.parents, pod.health, pod.health_message) == (("1",), "Degraded", "bad")
    assert pod.created_at is not None
    assert server.seen[-1][1] == "/api/v1/applications/plain/resource-tree?appNamespace=argocd&project=default"


@pytest.mark.parametrize("body", [{}, {"nodes": None}, {"nodes": []}])
async def test_a_tree_of_nothing_is_empty(server: ArgocdServer, api: ArgocdApi, body: Any) -> None:
    server.misbehave = answered(body)
    assert await tree(api, "argocd", "plain") == ()


async def test_what_is_no_tree_is_a_sentence(server: ArgocdServer, api: ArgocdApi) -> None:
    for body in ([1], {"nodes": {"a": 1}}, {"nodes": [{"kind": 7}]}):
        server.misbehave = answered(body)
        with pytest.raises(Unreachable, match="no resource tree"):
            await tree(api, "argocd", "plain")
    server.misbehave = lambda request: error(403, 7, "permission denied")
    with pytest.raises(Forbidden, match="not there, or this login may not see it"):
        await tree(api, "argocd", "plain")
    server.misbehave = lambda request: error(404, 5, "not found")
    with pytest.raises(NotFound):
        await tree(api, "argocd", "plain", "default")


async def heard_until(api: ArgocdApi, holds: Callable[[list[Event]], bool]) -> list[Event]:
    found: list[Event] = []
    async with asyncio.timeout(5):
        async for event in ArgocdSource(api, lambda: 1.0).events():
            found.append(event)
            if holds(found):
                break
    return found


def sets_of(events: list[Event]) -> list[Any]:
    return [event for event in events if getattr(event, "kind", "") == "applicationsets"]


async def test_application_sets_are_the_same_records_on_this_road(server: ArgocdServer, api: ArgocdApi) -> None:
    meta = {"name": "fleet", "namespace": "argocd", "uid": "set"}
    said = [{"type": "ErrorOccurred", "status": "True", "message": "no such host", "reason": "Odd"}]
    one = {"metadata": meta, "spec": {"generators": [GIT]}, "status": {"conditions": said}}
    server.misbehave = lambda request: web.json_response({"items": [one]}) if request.path == SETS else None
    found = sets_of(await heard_until(api, lambda events: any(isinstance(e, ListEnded) for e in sets_of(events))))
    (record,) = found[0].changed
    assert isinstance(found[0], ObjectsHeard) and isinstance(record, ApplicationSet)
    assert (record.name, record.generators, record.conditions[0].message) == ("fleet", ("git",), "no such host")


async def test_a_login_that_may_not_see_sets_sees_all_else(server: ArgocdServer, api: ArgocdApi) -> None:
    server.misbehave = lambda request: error(403, 7, "permission denied") if request.path == SETS else None

    def is_told(events: list[Event]) -> bool:
        ended = {event.kind for event in events if isinstance(event, ListEnded)}
        return ended >= {"applications", "appprojects"} and bool(sets_of(events))

    told = sets_of(await heard_until(api, is_told))[0]
    assert isinstance(told, AccessChanged) and told.access.state == "forbidden"
