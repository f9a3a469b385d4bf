"""A forwarded port carries bytes both ways, finds its pod anew, listens on loopback only, and says what failed."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import pytest
from aiohttp import web

from spottui.errors import SpottuiError
from spottui.sources import port_forward
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


REFUSED = (  # as a kubelet 1.37 with containerd 2.4 says it
    b"error forwarding port 8080 to pod 0a12fde5dbf9, uid : failed to execute portforward in network namespace "
    b'"/run/netns/cni-ff9c737b": failed to connect to localhost:8080 inside namespace "0a12fde5dbf9", '
    b"IPv4: dial tcp4 127.0.0.1:8080: connect: connection refused IPv6 dial tcp6: address localhost: no suitable "
    b"address found "
)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (REFUSED, "Nothing listens on port 8080 of the pod: connection refused."),
        (b"the sandbox is gone\x1b[2J", "the sandbox is gone"),
    ],
)
async def test_what_the_kubelet_says_on_the_error_channel_is_kept(said: bytes, problem: str) -> None:
    async def refuse(socket: web.WebSocketResponse) -> None:
        port = struct.pack("<H", 8080)
        await socket.send_bytes(b"\x00" + port)
        await socket.send_bytes(b"\x01" + port)
        await socket.send_bytes(b"\x01" + said)

    async with Server(refuse, PROTOCOLS).api() as api:
        forward = PortForward(api, lambda: ForwardTarget("n", "p"), 8080)
        await forward.open()
        await ask(forward.local_port, b"x")
        assert forward.problem == problem
        await forward.close()


async def test_the_answer_comes_to_one_who_has_ended_his_own_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_forward, "LINGER", 0.2)
    ended = asyncio.Event()

    async def answers_late(socket: web.WebSocketResponse) -> None:
        async for _ in socket:
            await asyncio.sleep(0.05)
            await socket.send_bytes(b"\x00late")
        ended.set()

    async with Server(answers_late, PROTOCOLS).api() as api:
        forward = PortForward(api, lambda: ForwardTarget("n", "p"), 8080)
        await forward.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", forward.local_port)
        writer.write(b"x")
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 5) == b"late"
        await asyncio.wait_for(ended.wait(), 5)  # a pod that says no more is not kept
        assert forward.problem == ""
        writer.close()
        await forward.close()


async def test_a_client_that_vanishes_ends_the_connection_and_is_no_problem() -> None:
    ended = asyncio.Event()

    async def silent(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"\x00hello")
        async for _ in socket:
            pass
        ended.set()

    async with Server(silent, PROTOCOLS).api() as api:
        forward = PortForward(api, lambda: ForwardTarget("n", "p"), 8080)
        await forward.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", forward.local_port)
        assert await asyncio.wait_for(reader.read(5), 5) == b"hello"
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()  # with a reset
        await asyncio.wait_for(ended.wait(), 5)
        assert forward.problem == ""
        await forward.close()


async def test_a_pod_that_takes_no_connection_is_named() -> None:
    async with Server(echo, PROTOCOLS, status=404).api() as api:
        forward = PortForward(api, lambda: ForwardTarget("n", "cam-0"), 8080)
        await forward.open()
        assert await ask(forward.local_port, b"x") == b""
        assert forward.problem.startswith("cam-0 takes no connection: does it run?")
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
