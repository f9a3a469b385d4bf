"""Small servers on loopback to be probed, and who asks them."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import trustme

from spottui.sources.probe_ask import Asker
from spottui.sources.probe_names import Names
from spottui.sources.probe_targets import Target, git_target, registry_target

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
GIT_REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n000eversion 2\n"
REGISTRY_REPLY = b"HTTP/1.1 401 Unauthorized\r\nDocker-Distribution-Api-Version: registry/2.0\r\n\r\n{}"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Accept our terms</html>" + b" " * 300
NOW = 1_800_000_000.0


class Here(Names):
    """Every name is this computer."""

    async def lookup(self, host: str, port: int) -> list[tuple[int, Any]]:
        return [(socket.AF_INET, ("127.0.0.1", port))]


class Server:
    """Says one thing to everybody, and remembers what it was asked."""

    def __init__(self, reply: bytes) -> None:
        self.reply = reply
        self.heard: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.reply)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def served(handle: Handle, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve on loopback; give the port."""
    tasks: set[asyncio.Task[None]] = set()

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handle(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(handled, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()


def certificate(authority: trustme.CA, *names: str, expired: bool = False) -> ssl.SSLContext:
    """Return a server's context with a certificate for these names."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    when = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    leaf = authority.issue_cert(*names)
    if expired:
        leaf = authority.issue_cert(*names, not_before=when - datetime.timedelta(days=9), not_after=when)
    leaf.configure_cert(context)
    return context


def asker(trusting: ssl.SSLContext | None = None, *, deadline: float = 5.0, **environ: str) -> Asker:
    """Return what asks, with every name leading here and no cluster."""
    return Asker(environ, lambda: None, clock=lambda: NOW, names=Here(), context=trusting, deadline=deadline)


def target(made: Target | None) -> Target:
    assert made is not None
    return made


def git(port: int, host: str = "git.example") -> Target:
    return target(git_target(f"https://{host}:{port}/r/a.git"))


def registry(port: int) -> Target:
    return target(registry_target(f"registry.example:{port}"))
