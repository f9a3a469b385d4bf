"""The robot's one public port: hands each TLS connection on, unopened, by what its first message asks for.

A Spot has one port for everything and tells services apart by name. The name is read here from the ClientHello
(SNI: "state.spot.robot"), and remembered under the local port of the connection inside; a client that would
speak HTTP/1.1 (ALPN) is taken to the web pages.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

HELLO_SECONDS = 10.0
CHUNK = 64 * 1024
_HANDSHAKE = 0x16
_CLIENT_HELLO = 1
_SERVER_NAME = 0
_ALPN = 16


@dataclass(frozen=True)
class Hello:
    """What a ClientHello tells."""

    server_name: str = ""
    protocols: tuple[str, ...] = ()
    """ALPN; empty: nothing was offered."""


class Front:
    """Listens on the public port and splices."""

    def __init__(self) -> None:
        self.port = 0
        self.authorities: dict[int, str] = {}
        """Local port of a spliced connection -> the name its client asked for; empty: none."""
        self._inside = 0
        self._web = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, port: int, *, inside: int, web: int) -> None:
        """Listen; 0 takes any free port. What speaks only HTTP/2 goes to `inside`, the rest to `web`."""
        self._inside, self._web = inside, web
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and cut every connection, as a robot that loses its power does."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            await self._splice(reader, writer)
        except (OSError, EOFError, TimeoutError, asyncio.CancelledError):
            pass  # either side may go at any moment; that ends the connection and nothing else
        finally:
            self._tasks.discard(task)
            self._open.discard(writer)
            writer.close()

    async def _splice(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HELLO_SECONDS):
            first = await read_record(reader)
        hello = parse_hello(first)
        is_web = hello is not None and ("h2" not in hello.protocols or "http/1.1" in hello.protocols)
        away, there = await asyncio.open_connection("127.0.0.1", self._web if is_web else self._inside, limit=CHUNK)
        near = there.get_extra_info("sockname")[1]
        self.authorities[near] = hello.server_name if hello else ""
        self._open.add(there)
        try:
            there.write(first)
            await asyncio.gather(_copy(reader, there), _copy(away, writer))
        finally:
            self._open.discard(there)
            self.authorities.pop(near, None)
            there.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    finally:
        with contextlib.suppress(OSError, RuntimeError):  # the other side may be gone already
            if writer.can_write_eof():
                writer.write_eof()


async def read_record(reader: asyncio.StreamReader) -> bytes:
    """Return the first TLS record; of anything that is not TLS, what came first."""
    head = await reader.read(1)
    if head != bytes([_HANDSHAKE]):
        return head + await reader.read(CHUNK)
    head += await reader.readexactly(4)
    return head + await reader.readexactly(int.from_bytes(head[3:5], "big"))


def parse_hello(record: bytes) -> Hello | None:
    """Read a ClientHello; None when it is none or is cut short."""
    if len(record) < 9 or record[0] != _HANDSHAKE or record[5] != _CLIENT_HELLO:
        return None
    body = record[9 : 9 + int.from_bytes(record[6:9], "big")]
    at = 2 + 32  # version, random
    for size in (1, 2, 1):  # session id, cipher suites, compression methods
        at += size + int.from_bytes(body[at : at + size], "big")
    end = at + 2 + int.from_bytes(body[at : at + 2], "big")
    at += 2
    name, protocols = "", ()
    while at + 4 <= min(end, len(body)):
        kind, size = int.from_bytes(body[at : at + 2], "big"), int.from_bytes(body[at + 2 : at + 4], "big")
        data = body[at + 4 : at + 4 + size]
        at += 4 + size
        if kind == _SERVER_NAME:
            name = data[5 : 5 + int.from_bytes(data[3:5], "big")].decode("ascii", "replace")
        elif kind == _ALPN:
            protocols = tuple(_alpn(data[2:]))
    return Hello(name, protocols)


def _alpn(data: bytes) -> list[str]:
    found = []
    while data:
        found.append(data[1 : 1 + data[0]].decode("ascii", "replace"))
        data = data[1 + data[0] :]
    return found
