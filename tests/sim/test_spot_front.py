"""The simulated Spot's one port: who is told apart by the first message of TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.sim.spot_front import Front, Hello, parse_hello


def client_hello(name: str | None, protocols: list[str]) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = name is not None
    if protocols:
        context.set_alpn_protocols(protocols)
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    peer = context.wrap_bio(into, out, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        peer.do_handshake()
    return out.read()


@pytest.mark.parametrize("name", ["state.spot.robot", "a", None])
@pytest.mark.parametrize("protocols", [["h2"], ["http/1.1"], ["h2", "http/1.1"], []])
def test_a_real_client_hello_is_read(name: str | None, protocols: list[str]) -> None:
    assert parse_hello(client_hello(name, protocols)) == Hello(name or "", tuple(protocols))


WHOLE = client_hello("state.spot.robot", ["h2"])


@given(st.binary(max_size=300), st.integers(0, 600))
def test_a_broken_hello_is_read_as_far_as_it_goes_and_never_fails(junk: bytes, cut: int) -> None:
    whole = WHOLE
    for record in (junk, b"\x16\x03\x01\x01\x00\x01" + junk, whole[:cut], whole[:cut] + junk + whole[cut:]):
        found = parse_hello(record)
        assert found is None or isinstance(found.server_name, str)


async def becomes(condition: Callable[[], bool]) -> None:
    for _ in range(300):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come true in time")


async def echo(mark: bytes) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(mark + await reader.read(65536))
        await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


async def test_what_speaks_only_http2_goes_inside_and_the_rest_to_the_web() -> None:
    inside, web = await echo(b"grpc"), await echo(b"web!")
    front = Front()
    ports = [server.sockets[0].getsockname()[1] for server in (inside, web)]
    await front.open(0, inside=ports[0], web=ports[1])
    try:
        for protocols, mark in ((["h2"], b"grpc"), (["h2", "http/1.1"], b"web!"), ([], b"web!")):
            hello = client_hello("id.spot.robot", protocols)
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
            writer.write(hello)
            assert await asyncio.wait_for(reader.read(), 3) == mark + hello
            writer.close()
        await becomes(lambda: not front.authorities)
    finally:
        await front.close()
        inside.close()
        web.close()


async def test_closing_cuts_what_is_open_and_the_port_can_be_taken_again() -> None:
    inside = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    target = inside.sockets[0].getsockname()[1]
    front = Front()
    await front.open(0, inside=target, web=target)
    port = front.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(client_hello("id.spot.robot", ["h2"]))
    await becomes(lambda: bool(front.authorities))
    assert list(front.authorities.values()) == ["id.spot.robot"]
    await front.close()
    with pytest.raises(OSError):
        if not await asyncio.wait_for(reader.read(), 3):
            raise ConnectionResetError
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)
    await front.open(port, inside=target, web=target)
    assert front.port == port and not front.authorities
    writer.close()
    await front.close()
    inside.close()
