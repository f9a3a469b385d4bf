"""The git servers and registries of the embedded robot, reached through an HTTP proxy on loopback (CONNECT).

Real names, real TLS (by the embedded robot's own CA) and the first answer of each protocol: enough for who asks
whether they are there. Nothing can be cloned or pulled, and no host is known but those of the scenario.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import trustme

from spottui.sim.argo_git import Git

HEAD = 16_384
CERTIFICATE_DAYS = 61
PATIENCE = 30.0
"""Seconds until a client that says nothing is given up."""
_CONNECT = re.compile(rb"CONNECT ([A-Za-z0-9.-]+):(\d+) HTTP/1\.[01]\r\n")
_GET = re.compile(rb"(?:GET|HEAD) (\S+) HTTP/1\.[01]\r\n")
_REFUSALS = {"auth": 401, "missing": 404, "remote": 503, "portal": 503}
_WORDS = {200: "OK", 401: "Unauthorized", 404: "Not Found", 502: "Bad Gateway", 503: "Service Unavailable"}


class Internet:
    """Leads to hosts that are played here."""

    def __init__(self, ca: trustme.CA, git: Git, registries: Collection[str]) -> None:
        self._ca, self._git, self._registries = ca, git, frozenset(registries)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Listen on a free port of loopback; return it."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=HEAD)
        return self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._lead(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # gone, silent, or no HTTP at all: nobody is left to be told
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = _CONNECT.match(await reader.readuntil(b"\r\n\r\n"))
        host = asked[1].decode().lower() if asked else ""
        if not asked or asked[2] != b"443" or host not in self._hosts():
            writer.write(_answer(502, "text/plain", f"no such host: {host}\n".encode()))
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        await writer.start_tls(self._context(host))
        while asked := _GET.match(await reader.readuntil(b"\r\n\r\n")):
            writer.write(self._say(host, asked[1].decode("ascii", "replace")))
            await writer.drain()

    def _hosts(self) -> set[str]:
        return {urlsplit(url).hostname or "" for url in self._git.repositories} | self._registries

    def _context(self, host: str) -> ssl.SSLContext:
        context = self._contexts.get(host)
        if context is None:
            context = self._contexts[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            until = datetime.now(UTC) + timedelta(days=CERTIFICATE_DAYS)
            self._ca.issue_cert(host, not_after=until).configure_cert(context)
        return context

    def _say(self, host: str, target: str) -> bytes:
        path, _, query = target.partition("?")
        if path == "/v2/" and host in self._registries:
            challenge = f'Www-Authenticate: Bearer realm="https://{host}/token",service="{host}"\r\n'
            return _answer(401, "application/json", b'{"errors":[{"code":"UNAUTHORIZED"}]}', challenge)
        url = f"https://{host}{path.removesuffix('/info/refs')}"
        if not path.endswith("/info/refs") or query != "service=git-upload-pack":
            return _answer(404, "text/plain", b"not found\n")
        if failure := self._git.failure_of(url):
            return _answer(_REFUSALS.get(failure, 503), "text/plain", b"no\n")
        lines = (b"version 2\n", b"agent=git/2.47.1\n", b"ls-refs=unborn\n", b"fetch=shallow wait-for-done\n")
        body = _packet(b"# service=git-upload-pack\n") + b"0000" + b"".join(map(_packet, lines)) + b"0000"
        return _answer(200, "application/x-git-upload-pack-advertisement", body)


def _packet(line: bytes) -> bytes:
    """Return a line as git frames it: four hexadecimal digits of its length, themselves counted."""
    return b"%04x%s" % (len(line) + 4, line)


def _answer(status: int, media: str, body: bytes, headers: str = "") -> bytes:
    version = "Docker-Distribution-Api-Version: registry/2.0\r\n" if media == "application/json" else ""
    head = f"HTTP/1.1 {status} {_WORDS[status]}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{version}{headers}\r\n".encode() + body
