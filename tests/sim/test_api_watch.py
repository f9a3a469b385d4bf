"""Watches: their order, their end, and those who do not read."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from spottui.sim import api_watch
from spottui.sim.objects import Object

from .api_case import CONFIGS, PODS, TOKENS, Case, serving, until

HEADERS = {"Authorization": f"Bearer {TOKENS['admin']}"}
PATH = "/api/v1/namespaces/default/configmaps"


@asynccontextmanager
async def watching(case: Case, path: str = PATH, **query: str) -> AsyncIterator[Any]:
    """Open a watch and lend what reads the next line; leave when the server has it open."""
    known = case.server.watches.count
    async with case.http.get(path, params={"watch": "1", **query}, headers=HEADERS) as answer:
        assert answer.status == 200
        assert case.server.watches.count == known + 1

        async def line() -> Any:
            read = await asyncio.wait_for(answer.content.readline(), 10)
            return json.loads(read) if read.strip() else None

        yield line


async def test_changes_come_in_the_order_of_their_versions_and_once() -> None:
    async with serving() as case, watching(case) as line:
        for number in range(50):
            case.config(f"c{number}")
        case.objects.delete(CONFIGS, "default", "c0")
        seen = [await line() for _ in range(51)]
    versions = [int(one["object"]["metadata"]["resourceVersion"]) for one in seen]
    assert versions == sorted(set(versions))
    assert [one["type"] for one in seen] == ["ADDED"] * 50 + ["DELETED"]


async def test_a_write_between_the_list_and_the_watch_is_neither_lost_nor_told_twice() -> None:
    async with serving() as case:
        case.config("before")
        version = (await case.ask("GET", PATH))[1]["metadata"]["resourceVersion"]
        case.config("between")
        async with watching(case, resourceVersion=version) as line:
            case.config("after")
            assert [(await line())["object"]["metadata"]["name"] for _ in range(2)] == ["between", "after"]


async def test_a_watcher_that_does_not_read_is_told_410_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_watch, "WAITING_LIMIT", 50)
    async with serving() as case:
        reader, writer = await asyncio.open_connection(sock=_small_socket(case.port), limit=1024)
        writer.write(f"GET {PATH}?watch=1 HTTP/1.0\r\nAuthorization: {HEADERS['Authorization']}\r\n\r\n".encode())
        await until(lambda: case.server.watches.count, "the watch is open")
        (slow,) = case.server.watches._watchers[CONFIGS]
        async with watching(case) as quick:
            for number in range(2000):
                case.config(f"c{number}", x="y" * 100_000)
                assert (await quick())["object"]["metadata"]["name"] == f"c{number}"
                if slow.overflowed:
                    break
            assert slow.overflowed
            assert not slow.waiting
            text = b""
            async with asyncio.timeout(10):
                while chunk := await reader.read(2**20):
                    text += chunk
        writer.close()
    last = json.loads(text.splitlines()[-1])
    assert (last["type"], last["object"]["code"], last["object"]["reason"]) == ("ERROR", 410, "Expired")


def _small_socket(port: int) -> socket.socket:
    """Return a connection whose other end soon has to wait."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect(("127.0.0.1", port))
    made.setblocking(False)
    return made


async def test_a_client_that_goes_away_is_forgotten() -> None:
    async with serving() as case:
        async with watching(case):
            pass

        def is_forgotten() -> bool:
            case.config(f"c{case.objects.version}")
            return not case.server.watches.count

        await until(is_forgotten, "the watch is forgotten")


async def test_an_older_version_than_the_history_answers_410() -> None:
    async with serving(history=5) as case:
        for number in range(20):
            case.config(f"c{number}")
        old = {"watch": "1", "resourceVersion": "6"}
        async with case.http.get(PATH, params=old, headers=HEADERS) as answer:
            said = json.loads(await answer.content.readline())
            assert await answer.content.read() == b""
    assert (said["type"], said["object"]["code"], said["object"]["reason"]) == ("ERROR", 410, "Expired")
    assert said["object"]["message"].startswith("too old resource version: 6 (")


async def test_bookmarks_come_to_who_asked_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_watch, "BOOKMARK_PERIOD", 0.02)
    async with serving() as case:
        async with watching(case, allowWatchBookmarks="true") as line:
            said = await line()
            assert said["type"] == "BOOKMARK"
            assert said["object"]["metadata"] == {"resourceVersion": str(case.objects.version)}
        async with watching(case) as line:
            case.config("a")
            assert (await line())["type"] == "ADDED"


async def test_watches_end_quietly_when_the_server_does() -> None:
    async with serving() as case, watching(case) as line:
        case.server.watches.end_all()
        assert await line() is None


async def test_a_packed_watch_tells_each_change_at_once() -> None:
    async with serving() as case:
        headers = {**HEADERS, "Accept-Encoding": "gzip"}
        async with case.http.get(PATH, params={"watch": "1"}, headers=headers) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            for name in ("a", "b"):
                case.config(name)
                line = await asyncio.wait_for(answer.content.readline(), 10)
                assert json.loads(line)["object"]["metadata"]["name"] == name


async def test_a_list_is_as_of_its_version_even_while_it_is_written() -> None:
    async with serving() as case:
        empty = case.objects.version
        for number in range(350):
            case.config(f"c{number:03}")
        asked = asyncio.create_task(case.ask("GET", PATH))
        while not asked.done():
            case.config(f"new{case.objects.version}")
            await asyncio.sleep(0)
        body = (await asked)[1]
    version = int(body["metadata"]["resourceVersion"])
    assert all(int(one["metadata"]["resourceVersion"]) <= version for one in body["items"])
    assert len(body["items"]) == version - empty


def _pod(number: int) -> Object:
    variables = [{"name": f"VARIABLE_{each}", "value": "x" * 60} for each in range(30)]
    spec = {"containers": [{"name": "main", "image": "registry.example/a:1", "env": variables}]}
    meta = {"name": f"pod-{number:05}", "namespace": "default", "labels": {"app": f"app-{number % 40}"}}
    return {"metadata": meta, "spec": spec, "status": {"phase": "Running"}}


async def test_5000_pods_are_listed_within_a_second() -> None:
    async with serving() as case:
        for number in range(5000):
            case.objects.create(PODS, _pod(number))
        began = time.perf_counter()
        async with case.http.get("/api/v1/pods", headers={**HEADERS, "Accept-Encoding": "gzip"}) as answer:
            body = await answer.read()
        took = time.perf_counter() - began
    assert body.count(b'"app-1"') == 125
    assert took <= 1.0


async def test_500_changes_a_second_reach_ten_watchers_without_falling_behind() -> None:
    async with serving() as case:
        for number in range(100):
            case.objects.create(PODS, _pod(number))
        version = str(case.objects.version)
        opened = [
            await case.http.get("/api/v1/pods", params={"watch": "1", "resourceVersion": version}, headers=HEADERS)
            for _ in range(10)
        ]
        began = time.perf_counter()
        for number in range(500):
            name = f"pod-{number % 100:05}"
            case.objects.change(PODS, "default", name, lambda pod, n=number: pod["status"].update(message=str(n)))
            if number % 10 == 9:
                await asyncio.sleep(0)
        for answer in opened:
            for _ in range(500):
                assert await answer.content.readline()
            answer.close()
        assert time.perf_counter() - began <= 1.0


async def test_a_route_may_see_what_was_asked() -> None:
    from spottui.sim.api_server import ASKED, IDENTITY

    async def log(request: web.Request) -> web.Response:
        return web.json_response([request[ASKED].subresource, request[ASKED].name, request[IDENTITY].name])

    path = "/api/v1/namespaces/{namespace}/pods/{name}/log"
    async with serving(routes=(web.get(path, log),)) as case:
        said = await case.ask("GET", path.format(namespace="default", name="a"), user="viewer")
    assert said == (200, ["log", "a", "viewer"])
