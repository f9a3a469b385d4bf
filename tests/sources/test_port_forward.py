"""A forwarded port carries bytes both ways, finds its pod anew, listens on loopback only, and says what failed."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import pytest
from aiohttp import web

from spottui.errors import SpottuiError
from spottui.sources.port_forward import PROTOCOLS, ForwardTarget, PortForward
from tests.sources.test_kube_exec import Server


async def echo(socket: web.WebSocketResponse) -> None:
    """Play the kubelet: each channel begins with the port, then what comes goes back."""
    port = struct.pack("<H", 8080)
    await socket.send_bytes(b"\x00" + port)
    await socket.send_bytes(b"\x01" + port)
    async for message in socket:
        await socket.send_bytes(b"\x00" + message.data[1:].upper())


async def ask(port: int, text: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(100), 5)
    except ConnectionResetError:  # it was closed before it read what we sent
        return b""
    finally:
        writer.close()


async def test_bytes_go_both_ways_and_the_port_is_no_part_of_them() -> None:
    server = Server(echo, PROTOCOLS)
    async with server.api() as api:
        forward = PortForward(api, lambda: ForwardTarget("perception", "cam-0"), 8080)
        await forward.open()
        assert await ask(forward.local_port, b"frame\x1b") == b"FRAME\x1b"
        assert server.path == "/api/v1/namespaces/perception/pods/cam-0/portforward"
        assert server.query == [("ports", "8080")]
        await forward.close()


async def test_each_connection_goes_to_the_pod_of_that_moment() -> None:
    server, pods = Server(echo, PROTOCOLS), iter(["cam-0", "cam-1"])
    async with server.api() as api:
        forward = PortForward(api, lambda: ForwardTarget("n", next(pods)), 8080)
        await forward.open()
        await ask(forward.local_port, b"x")
        await ask(forward.local_port, b"x")
        assert server.path.endswith("/cam-1/portforward") and forward.served == 2
        await forward.close()


async def test_without_a_pod_the_connection_ends_and_the_reason_stays() -> None:
    async with Server(echo, PROTOCOLS).api() as api:
        forward = PortForward(api, lambda: None, 8080)
        await forward.open()
        assert await ask(forward.local_port, b"x") == b""
        assert "no running pod" in forward.problem
        await forward.close()


async def test_what_the_kubelet_says_on_the_error_channel_is_kept() -> None:
    async def refuse(socket: web.WebSocketResponse) -> None:
        port = struct.pack("<H", 8080)
        await socket.send_bytes(b"\x00" + port)
        await socket.send_bytes(b"\x01" + port)
        await socket.send_bytes(b"\x01connection refused\x1b[2J")

    async with Server(refuse, PROTOCOLS).api() as api:
        forward = PortForward(api, lambda: ForwardTarget("n", "p"), 8080)
        await forward.open()
        await ask(forward.local_port, b"x")
        assert forward.problem == "connection refused"
        await forward.close()


async def test_a_taken_port_is_a_sentence_and_only_loopback_listens() -> None:
    api: Any = None
    first = PortForward(api, lambda: None, 8080)
    await first.open()
    assert first._server is not None
    assert {socket.getsockname()[0] for socket in first._server.sockets} == {"127.0.0.1"}
    with pytest.raises(SpottuiError, match=f"Local port {first.local_port} cannot be listened on"):
        await PortForward(api, lambda: None, 8080, first.local_port).open()
    await first.close()
