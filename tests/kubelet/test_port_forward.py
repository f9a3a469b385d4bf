"""A forwarded port reaches a real container through the API server and the kubelet, over v4.channel.k8s.io."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from spottui.sources import kube_transport
from spottui.sources.kube_api import KubeApi
from spottui.sources.port_forward import ForwardTarget, PortForward

from .pods import Json, Namespace, manifest

HTTP, ECHO, CLOSED = 8080, 9000, 9999
SERVERS = f"""
mkdir /www && echo hello from $HOSTNAME > /www/index.html
httpd -p {HTTP} -h /www
exec nc -ll -p {ECHO} -e cat
"""
Opened = Callable[..., AbstractAsyncContextManager[PortForward]]
GET = b"GET /index.html HTTP/1.0\r\n\r\n"


def server(name: str) -> Json:
    """Return a pod that serves HTTP and then an echo, and is ready when it does."""
    return manifest(name, SERVERS, readinessProbe={"tcpSocket": {"port": ECHO}, "periodSeconds": 1})


@pytest.fixture(scope="module")
def served(namespace: Namespace) -> Namespace:
    """Return a namespace with a pod `web` that serves HTTP and an echo."""
    namespace.start(server("web"))
    return namespace


@pytest.fixture
def opened(api: KubeApi, namespace: Namespace) -> Opened:
    """Return a function that forwards a free local port to a port of a pod."""

    @asynccontextmanager
    async def forward(port: int, pod: Callable[[], str] = lambda: "web") -> AsyncIterator[PortForward]:
        made = PortForward(api, lambda: ForwardTarget(namespace.name, pod()), port)
        await made.open()
        try:
            yield made
        finally:
            await made.close()

    return forward


async def answer(forward: PortForward, text: bytes, *, ends: bool = False) -> bytes:
    """Say something, and return all that comes until the other side ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", forward.local_port)
    try:
        writer.write(text)
        if ends:
            writer.write_eof()
        return await asyncio.wait_for(reader.read(), 20)
    finally:
        writer.close()


async def test_a_web_server_in_a_pod_answers(served: Namespace, opened: Opened) -> None:
    async with opened(HTTP) as forward:
        said = await answer(forward, GET)
        assert said.startswith(b"HTTP/1.1 200 OK\r\n") and said.endswith(b"hello from web\n")
        assert forward.problem == ""


async def test_one_who_has_ended_his_own_half_still_gets_the_answer(served: Namespace, opened: Opened) -> None:
    async with opened(HTTP) as forward:
        assert (await answer(forward, GET, ends=True)).endswith(b"hello from web\n")


async def test_four_megabytes_come_back_as_they_were_sent(served: Namespace, opened: Opened) -> None:
    sent = os.urandom(4 << 20)
    async with opened(ECHO) as forward:
        reader, writer = await asyncio.open_connection("127.0.0.1", forward.local_port)
        writer.write(sent)  # all of it before anything is read: both directions are full at once
        back = await asyncio.wait_for(reader.readexactly(len(sent)), 30)
        assert back == sent
        writer.close()


async def test_connections_are_apart_from_one_another(served: Namespace, opened: Opened) -> None:
    async with opened(ECHO) as forward:
        pairs = [await asyncio.open_connection("127.0.0.1", forward.local_port) for _ in range(5)]
        for number, (_, writer) in enumerate(pairs):
            writer.write(b"number %d\n" % number)
        said = [await asyncio.wait_for(reader.readline(), 10) for reader, _ in pairs]
        assert said == [b"number %d\n" % number for number in range(5)]
        assert (forward.connections, forward.served) == (5, 5)
        for _, writer in pairs:
            writer.close()


async def test_a_silent_connection_stays_open_over_our_pings(
    served: Namespace, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kube_transport, "PING_EVERY", 0.4)  # the answer is due after half of it
    async with opened(ECHO) as forward:
        reader, writer = await asyncio.open_connection("127.0.0.1", forward.local_port)
        writer.write(b"first\n")
        assert await asyncio.wait_for(reader.readline(), 10) == b"first\n"
        await asyncio.sleep(2.5)  # six pings and nothing else
        writer.write(b"second\n")
        assert await asyncio.wait_for(reader.readline(), 10) == b"second\n"
        writer.close()


async def test_a_port_that_nothing_listens_on_is_said(served: Namespace, opened: Opened) -> None:
    async with opened(CLOSED) as forward:
        assert await answer(forward, b"x") == b""
        assert forward.problem == f"Nothing listens on port {CLOSED} of the pod: connection refused."


async def test_a_pod_that_is_not_there_is_said(namespace: Namespace, opened: Opened) -> None:
    async with opened(HTTP, lambda: "nobody") as forward:
        assert await answer(forward, b"x") == b""
        assert forward.problem.startswith("nobody takes no connection: does it run?")


async def test_the_next_connection_finds_the_pod_that_came_after(namespace: Namespace, opened: Opened) -> None:
    now = "first"
    namespace.start(server(now))
    async with opened(HTTP, lambda: now) as forward:
        assert (await answer(forward, GET)).endswith(b"hello from first\n")
        namespace.admin.delete(f"/api/v1/namespaces/{namespace.name}/pods/first")
        namespace.start(server("second"))
        now = "second"
        assert (await answer(forward, GET)).endswith(b"hello from second\n")
        assert forward.problem == ""
