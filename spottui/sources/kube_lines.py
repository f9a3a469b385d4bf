"""Reads what one HTTP reply carries: a whole body, or lines of any length; knows gzip, not Kubernetes."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor

from spottui.sources.aiohttp_light import aiohttp

MAX_LINE = 32 * 2**20
"""Bytes; the largest object that etcd keeps has 1.5 million."""
MAX_BODY = 256 * 2**20
PIECE = 64 * 2**10
"""Bytes unpacked at a time, so that a reply packed very tightly cannot hold up the event loop."""
SMALL = 64 * 2**10
"""Bytes of a packed body that are unpacked on the event loop, in about a millisecond."""


class TooLong(Exception):
    """A line or a body is longer than anything that an API server sends."""


class CutOff(Exception):
    """A packed reply ended in the middle, or is no gzip at all."""


async def read_body(response: aiohttp.ClientResponse, count: Callable[[int], None], pool: Executor) -> bytes:
    """Return the body of `response`, unpacked; `count` hears the bytes as they come.

    Raises:
        TooLong, CutOff: As their names say.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        count(len(chunk))
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise TooLong(f"a reply of more than {MAX_BODY // 2**20} MB")
    packed = b"".join(chunks)
    if not _is_packed(response) or not packed:
        return packed
    if size <= SMALL:
        return _unpacked(packed)
    return await asyncio.get_running_loop().run_in_executor(pool, _unpacked, packed)


class LineStream:
    """The lines of one reply, each without its line end, as they come; to be read once."""

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        count: Callable[[int], None],
        translate: Callable[[Exception], Exception],
        *,
        max_line: int = MAX_LINE,
    ) -> None:
        self._response = response
        self._count = count
        self._translate = translate
        self._max_line = max_line

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield lines until the server ends the reply; what comes after the last line end is a line too.

        Raises:
            SpottuiError: As the `translate` given makes it of the exceptions of the transport.
        """
        start: list[bytes] = []
        size = 0
        async for piece in self._pieces():
            *lines, rest = piece.split(b"\n")
            if lines:
                lines[0] = b"".join((*start, lines[0]))
                start, size = [], 0
            for line in lines:
                yield line
            start.append(rest)
            size += len(rest)
            if size > self._max_line:
                raise self._translate(TooLong(f"a line of more than {self._max_line // 2**20} MB"))
            await asyncio.sleep(0)  # a long reply must not keep the keys waiting
        if size:
            yield b"".join(start)

    async def heads(self, limit: int) -> AsyncIterator[list[bytes]]:
        """Yield the lines of each piece as they come, each cut to `limit` bytes: a log's line may never end.

        Raises as the iteration over whole lines does.
        """
        start = b""
        async for piece in self._pieces():
            *lines, rest = piece.split(b"\n")
            if lines:
                lines[0] = start + lines[0]
                start = b""
                yield [line[:limit] for line in lines]
            if rest and len(start) < limit:
                start = (start + rest)[:limit]
            await asyncio.sleep(0)  # a long reply must not keep the keys waiting
        if start:
            yield [start]

    async def _pieces(self) -> AsyncIterator[bytes]:
        unpacker = Unpacker() if _is_packed(self._response) else None
        try:
            async for chunk in self._response.content.iter_any():
                self._count(len(chunk))
                for piece in unpacker.pieces(chunk) if unpacker else (chunk,):
                    yield piece
        except (aiohttp.ClientError, OSError, zlib.error) as error:
            raise self._translate(error) from error


def _is_packed(response: aiohttp.ClientResponse) -> bool:
    return response.headers.get("Content-Encoding", "").lower() == "gzip"


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        body = unpacker.decompress(packed, MAX_BODY)
    except zlib.error as error:
        raise CutOff("a reply that is no gzip") from error
    if unpacker.unconsumed_tail:
        raise TooLong(f"a reply of more than {MAX_BODY // 2**20} MB")
    if not unpacker.eof:
        raise CutOff("only a part of its reply")
    return body


class Unpacker:
    """Unpacks gzip as it comes, a bounded piece at a time; one packed member may follow another."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what this chunk unpacks to, at most `PIECE` bytes at a time.

        Raises:
            zlib.error: It is no gzip.
        """
        while chunk:
            if self._member.eof:
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            piece = self._member.decompress(chunk, PIECE)
            if piece:
                yield piece
            # At the end of a member zlib leaves the rest in both places; it must be looked for in one only.
            chunk = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            while not chunk and len(piece) == PIECE and not self._member.eof:
                piece = self._member.decompress(b"", PIECE)
                if piece:
                    yield piece
