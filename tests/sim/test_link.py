"""What goes through a link, and what a bad link does to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from spottui.sim.link import Lane, Link, Shape, shape_of
from spottui.sim.link_proxy import LinkProxy

SOON = 5.0


@contextlib.asynccontextmanager
async def an_echo() -> AsyncIterator[tuple[Link, LinkProxy]]:
    """A server that sends back what it hears, behind a link."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    link = Link("operator", seed=1)
    proxy = LinkProxy(link, server.sockets[0].getsockname()[1])
    proxy.start()
    try:
        yield link, proxy
    finally:
        proxy.stop()
        server.close()


async def connect(proxy: LinkProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def echoed(stream: tuple[asyncio.StreamReader, asyncio.StreamWriter], data: bytes) -> float:
    """Send and wait for the same back; return the seconds it took."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    stream[1].write(data)
    assert await asyncio.wait_for(stream[0].readexactly(len(data)), SOON) == data
    return loop.time() - start


async def silent_for(reader: asyncio.StreamReader, seconds: float) -> bool:
    try:
        await asyncio.wait_for(reader.read(1), seconds)
    except TimeoutError:
        return True
    return False


async def test_a_good_link_passes_megabytes_unchanged_and_counts_them() -> None:
    async with an_echo() as (link, proxy):
        stream = await connect(proxy)
        data = bytes(range(256)) * 16384
        stream[1].write(data)
        assert await asyncio.wait_for(stream[0].readexactly(len(data)), SOON) == data
        assert link.inward.bytes == link.outward.bytes == len(data)
        stream[1].write_eof()
        assert await asyncio.wait_for(stream[0].read(), SOON) == b""


async def test_latency_is_felt_both_ways() -> None:
    async with an_echo() as (link, proxy):
        stream = await connect(proxy)
        await echoed(stream, b"x")
        link.set(shape_of("up", latency=0.1))
        assert 0.2 <= await echoed(stream, b"x") < 2


async def test_bandwidth_is_shared_by_all_connections() -> None:
    async with an_echo() as (link, proxy):
        one, other = await connect(proxy), await connect(proxy)
        link.set(shape_of("up", bandwidth=100_000))
        took = await asyncio.gather(echoed(one, b"x" * 20_000), echoed(other, b"x" * 20_000))
        assert max(took) >= 0.38


async def test_what_was_sent_while_the_link_was_down_arrives_when_it_is_back() -> None:
    async with an_echo() as (link, proxy):
        stream = await connect(proxy)
        await echoed(stream, b"x")
        link.set(shape_of("down"))
        stream[1].write(b"late")
        assert await silent_for(stream[0], 0.1)
        link.set(shape_of("up"))
        assert await asyncio.wait_for(stream[0].readexactly(4), SOON) == b"late"


async def test_nobody_gets_a_connection_while_the_link_is_down() -> None:
    async with an_echo() as (link, proxy):
        link.set(shape_of("down"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connect(proxy), 0.2)
        link.set(shape_of("up"))
        await echoed(await asyncio.wait_for(connect(proxy), SOON), b"x")


async def test_half_open_accepts_and_never_answers_not_even_later() -> None:
    async with an_echo() as (link, proxy):
        before = await connect(proxy)
        await echoed(before, b"x")
        link.set(shape_of("half-open"))
        during = await asyncio.wait_for(connect(proxy), SOON)
        for stream in (before, during):
            stream[1].write(b"hello?")
            assert await silent_for(stream[0], 0.05)
        link.set(shape_of("up"))
        assert await silent_for(before[0], 0.05) and await silent_for(during[0], 0.05)
        await echoed(await connect(proxy), b"x")


async def test_reset_ends_connections_by_rst() -> None:
    async with an_echo() as (link, proxy):
        stream = await connect(proxy)
        await echoed(stream, b"x")
        link.set(shape_of("reset"))
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(stream[0].read(), SOON)
        with pytest.raises(OSError):
            reader, _ = await connect(proxy)
            if not await asyncio.wait_for(reader.read(1), SOON):
                raise ConnectionResetError
        link.set(shape_of("up"))
        await echoed(await connect(proxy), b"x")


async def test_a_server_that_is_not_there_is_a_reset() -> None:
    link = Link("operator")
    proxy = LinkProxy(link, 1)
    proxy.start()
    with pytest.raises(OSError):
        reader, _ = await connect(proxy)
        await asyncio.wait_for(reader.readexactly(1), SOON)
    proxy.stop()


def test_jitter_is_the_same_for_the_same_seed() -> None:
    async def dues(seed: int) -> list[float]:
        shape = Shape(latency=0.1, jitter=0.5)
        return [Link("operator", seed=seed).inward.due(10, shape, at) for at in range(3)]

    assert asyncio.run(dues(4)) == asyncio.run(dues(4)) != asyncio.run(dues(5))


def test_a_lane_serves_one_chunk_after_the_other() -> None:
    import random

    lane, shape = Lane(random.Random(0)), Shape(bandwidth=100)
    assert [lane.due(50, shape, 10.0), lane.due(50, shape, 10.0), lane.due(50, shape, 20.0)] == [10.5, 11.0, 20.5]


@pytest.mark.parametrize(
    ("word", "figures", "said"),
    [("sideways", {}, '"sideways"'), ("up", {"latency": -1.0}, "latency"), ("up", {"bandwidth": float("nan")}, "nan")],
)
def test_a_link_that_cannot_be_is_a_sentence(word: str, figures: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        shape_of(word, **figures)
