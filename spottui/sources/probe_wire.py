"""One small question over TCP, TLS or HTTP: counts its bytes, times it, reads little; knows no meaning."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from spottui.errors import Unreachable
from spottui.sources.authorities import trusting_context
from spottui.sources.kube_certificate import der_end
from spottui.sources.kube_proxy import Proxy, find_proxy
from spottui.sources.probe_errors import translated
from spottui.sources.probe_names import Names
from spottui.sources.text import clean

HEAD = 16 * 2**10
"""Bytes read of an answer at most."""
BODY = 256
"""Bytes of the body that are waited for, to tell a web page from an API."""
WINDOW = 16 * 2**10
"""Receive buffer: bounds what a talkative server can send before we hang up."""
TLS_COST = 5000
"""Bytes of a handshake where the system does not count them."""
_TCP_INFO = struct.Struct("=120xQQII")
"""bytes_acked, bytes_received, segs_out, segs_in of linux/tcp.h; since Linux 4.2."""
_HEADER = 40
"""Bytes of IP and TCP in front of each segment."""


class Spent(Struct):
    """What one try cost and met; filled as it goes, so that a failure leaves what was known."""

    bytes_in: int = 0
    bytes_out: int = 0
    peer: str = ""
    tls_until: float | None = None
    round_trip: float | None = None


class Wire:
    """Opens connections to targets, through the proxy that leads there, and counts what they cost."""

    def __init__(
        self, environ: Mapping[str, str], *, names: Names | None = None, context: ssl.SSLContext | None = None
    ):
        self._environ = environ
        self._names = names or Names()
        self._trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._trusting.check_hostname, self._trusting.verify_mode = False, ssl.CERT_NONE
        self._context = context

    @contextlib.asynccontextmanager
    async def opened(
        self,
        host: str,
        port: int,
        spent: Spent,
        *,
        tls: bool,
        checked: bool = True,
        proxy: Proxy | None = None,
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Give a connection to host:port; a proxy is asked to lead there where TLS is spoken.

        Raises:
            Unreachable: Nobody answers, or no TLS can be agreed on.
        """
        plain = await self._connected(*_address(proxy, host, port), spent)
        writer: asyncio.StreamWriter | None = None
        try:
            try:
                reader, writer = await asyncio.open_connection(sock=plain, limit=HEAD)
                if proxy is not None and urlsplit(proxy.url).scheme == "https":
                    await writer.start_tls(await self._checking(), server_hostname=urlsplit(proxy.url).hostname)
                if proxy is not None and tls:
                    await _tunnel(reader, writer, host, port, proxy)
                if tls:
                    context = await self._checking() if checked else self._trusting
                    await writer.start_tls(context, server_hostname=host)
                    spent.tls_until = _expiry(writer)
            except (OSError, EOFError) as error:
                raise translated(error) from error
            yield reader, writer
        finally:
            _count(plain, spent, tls)
            if writer is not None:
                writer.transport.abort()
            else:
                plain.close()

    def proxy_for(self, scheme: str, host: str, port: int) -> Proxy | None:
        """Return the proxy that the environment names for this target, as for all that spottui asks."""
        named = f"[{host}]" if ":" in host else host
        return find_proxy(f"{scheme}://{named}:{port}", kubeconfig="", environ=self._environ)

    async def _checking(self) -> ssl.SSLContext:
        if self._context is None:  # reading the authorities takes 20 ms: in a thread, and once
            self._context = await asyncio.to_thread(trusting_context, self._environ)
        return self._context

    async def _connected(self, host: str, port: int, spent: Spent) -> socket.socket:
        loop, last = asyncio.get_running_loop(), OSError("no address")
        for family, address in await self._names.lookup(host, port):
            plain = socket.socket(family, socket.SOCK_STREAM)
            try:
                plain.setblocking(False)
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
                async with asyncio.timeout(4.0):
                    await loop.sock_connect(plain, address)
            except OSError as error:
                plain.close()
                last = error
            except BaseException:
                plain.close()
                raise
            else:
                spent.peer = clean(str(address[0]), 64)
                return plain
        raise translated(last) from last


def _address(proxy: Proxy | None, host: str, port: int) -> tuple[str, int]:
    if proxy is None:
        return host, port
    parts = urlsplit(proxy.url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


async def _tunnel(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, proxy: Proxy
) -> None:
    place = f"{f'[{host}]' if ':' in host else host}:{port}"
    writer.write(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{proxy_login(proxy)}\r\n".encode("ascii", "replace"))
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise Unreachable(f"The proxy {proxy} does not lead there.") from error
    status = head.split(b" ", 2)[1:2]
    if status != [b"200"]:
        said = clean((status or [b"no HTTP"])[0].decode("latin-1"), 10)
        raise Unreachable(f"The proxy {proxy} does not lead there: it answers {said}.")


def proxy_login(proxy: Proxy) -> str:
    """Return the header line with the proxy's own login, empty when it has none."""
    return "".join(f"{name}: {value}\r\n" for name, value in proxy.login.items())


async def asked_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, spent: Spent) -> bytes:
    """Send one request and return the beginning of the answer; its round trip ends with the first byte."""
    loop = asyncio.get_running_loop()
    try:
        began = loop.time()
        writer.write(request)
        data = await reader.read(HEAD)
        spent.round_trip = loop.time() - began
        while data and not _is_enough(data) and (more := await reader.read(HEAD - len(data))):
            data += more
        return data
    except (OSError, EOFError) as error:
        raise translated(error) from error


def _is_enough(data: bytes) -> bool:
    """The head is whole and a little of the body is there, or there is none to wait for."""
    head, blank, body = data.partition(b"\r\n\r\n")
    if len(data) >= HEAD:
        return True
    if not blank:
        return not data.startswith(b"HTTP/"[: len(data)])
    return len(body) >= BODY or b"html" not in head.lower()


async def heard_line(reader: asyncio.StreamReader) -> bytes:
    """Return the first line that the other side says by itself, at most 255 bytes."""
    data = b""
    try:
        while len(data) < 255 and b"\n" not in data and (more := await reader.read(255 - len(data))):
            data += more
    except (OSError, EOFError) as error:
        raise translated(error) from error
    return data


def _expiry(writer: asyncio.StreamWriter) -> float | None:
    """Return when the peer's certificate expires; None when it cannot be read."""
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    return der_end(der) if der else None


def _count(plain: socket.socket, spent: Spent, tls: bool) -> None:
    """Add what the connection has cost, as the kernel counts it, headers of IP and TCP included."""
    try:
        info = plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
        acked, received, segments_out, segments_in = _TCP_INFO.unpack(info[: _TCP_INFO.size])
        spent.bytes_out += acked + _HEADER * segments_out
        spent.bytes_in += received + _HEADER * segments_in
    except (OSError, AttributeError, struct.error):  # another system, or an older kernel
        spent.bytes_out += 500
        spent.bytes_in += TLS_COST if tls else 500
