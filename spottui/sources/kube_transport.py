"""The connections made with one set of credentials; knows aiohttp, and must not know when to renew them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from yarl import URL

from spottui.errors import SpottuiError
from spottui.sources import kube_errors
from spottui.sources.aiohttp_light import aiohttp
from spottui.sources.kube_counters import Counters
from spottui.sources.kube_lines import CutOff, LineStream, TooLong, read_body
from spottui.sources.kube_socket import kept_alive
from spottui.sources.kubeconfig import ClusterPlace
from spottui.sources.unsaid import without

if TYPE_CHECKING:
    from spottui.sources.kube_plain import Login

_FAILURES = (aiohttp.ClientError, OSError, TooLong, CutOff)
_ERROR_BODY = 64 * 2**10
"""Bytes read of a refusal; a captive portal may send megabytes."""


PING_EVERY = 20.0
"""Seconds between two pings on a WebSocket: a shell that stands still on a dead link must be noticed."""
MAX_MESSAGE = 4 << 20


class Ask(Struct, frozen=True, kw_only=True):
    """One request as it goes out; its path has its query in it."""

    method: str
    path: str
    body: bytes | None = None
    content_type: str = "application/json"
    accept: str = "application/json"
    changes: bool = False
    """Doing it twice would matter."""


class Transport:
    """One login's connections; closed once it is retired and the last request has ended."""

    def __init__(
        self,
        place: ClusterPlace,
        login: Login,
        counters: Counters,
        *,
        user_agent: str,
        pool: Executor,
        clock: Callable[[], float],
    ) -> None:
        self.login = login
        self._place = place
        self._counters = counters
        self._pool = pool
        self._clock = clock
        self._in_use = 0
        self._is_retired = False
        self._closing: asyncio.Task[None] | None = None
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=login.ssl_context or True, socket_factory=kept_alive),
            headers=[*login.headers, ("User-Agent", user_agent), ("Accept-Encoding", "gzip")],
            trust_env=False,  # a proxy is used only where ClusterPlace names it
            auto_decompress=False,  # so that the bytes on the wire can be counted
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[_trace()],
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def request(self, ask: Ask, *, timeout: float) -> bytes:
        """Return the unpacked body of the answer; raises the errors of `KubeApi.request`."""
        attempt = SimpleNamespace(has_connection=False)
        with self._used():
            try:
                async with asyncio.timeout(timeout), self._send(ask, attempt) as response:
                    return await self._body(response)
            except _FAILURES as error:
                failure = self._translated(error, f"did not answer within {timeout:.0f} s")
                if ask.changes and attempt.has_connection:
                    what = f"{ask.method} {ask.path.partition('?')[0]}"
                    raise kube_errors.unknown(what, failure) from error
                raise failure from error

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        """Read the reply; what came beside it counts for its speed, as all share the link."""
        loop, before = asyncio.get_running_loop(), self._counters.bytes_in
        began = loop.time()
        try:
            return await read_body(response, self._counters.came, self._pool)
        finally:
            self._counters.took(self._counters.bytes_in - before, loop.time() - began)

    @asynccontextmanager
    async def stream(
        self, ask: Ask, *, connect_timeout: float, idle_timeout: float | None
    ) -> AsyncIterator[LineStream]:
        """Give the lines of the answer; raises the errors of `KubeApi.stream`."""
        attempt = SimpleNamespace(has_connection=False)
        silence = aiohttp.ClientTimeout(total=None, sock_read=idle_timeout)
        sending = self._send(ask, attempt, silence)
        with self._used():
            try:
                async with asyncio.timeout(connect_timeout):
                    response = await sending.__aenter__()
            except _FAILURES as error:
                raise self._translated(error, f"did not answer within {connect_timeout:.0f} s") from error
            try:
                silent = f"has sent nothing for {idle_timeout or 0:.0f} s"
                yield LineStream(response, self._counters.came, lambda error: self._translated(error, silent))
            finally:
                _break_off(response)
                await sending.__aexit__(None, None, None)

    @asynccontextmanager
    async def websocket(
        self, path: str, protocols: Sequence[str], *, connect_timeout: float
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Open a WebSocket; raises the errors of `KubeApi.websocket`."""
        url = self._place.server + path
        self._counters.left(len(url) + self._header_size())
        opening = self._session.ws_connect(
            URL(url, encoded=True), protocols=protocols, heartbeat=PING_EVERY, max_msg_size=MAX_MESSAGE, **self._road()
        )
        with self._used():
            try:
                async with asyncio.timeout(connect_timeout):
                    web_socket = await opening
            except aiohttp.WSServerHandshakeError as error:
                login, _ = self._login_words()
                raise kube_errors.from_status(error.status, "", b"", self._place, login=login) from error
            except _FAILURES as error:
                raise self._translated(error, f"did not answer within {connect_timeout:.0f} s") from error
            try:
                yield web_socket
            finally:
                await web_socket.close()

    async def close(self) -> None:
        """End all requests and connections now."""
        await self._session.close()

    def retire(self) -> None:
        """Close as soon as nothing uses it any more; a change that is under way must get its answer."""
        self._is_retired = True
        if self._in_use == 0:
            self._closing = asyncio.get_running_loop().create_task(self.close())

    @contextmanager
    def _used(self) -> Iterator[None]:
        self._in_use += 1
        try:
            yield
        finally:
            self._in_use -= 1
            if self._is_retired and self._in_use == 0:
                self.retire()

    @asynccontextmanager
    async def _send(
        self, ask: Ask, attempt: SimpleNamespace, timeout: aiohttp.ClientTimeout | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request and give the answer, if it is a success."""
        headers = {"Accept": ask.accept}
        if ask.body is not None:
            headers["Content-Type"] = ask.content_type
        options = self._road()
        if timeout:
            options["timeout"] = timeout
        if ask.changes:
            options["middlewares"] = (_send_once,)
        url = self._place.server + ask.path
        self._counters.left(len(url) + len(ask.body or b"") + self._header_size())
        async with self._session.request(
            ask.method,
            URL(url, encoded=True),
            data=ask.body,
            headers=headers,
            allow_redirects=False,
            trace_request_ctx=attempt,
            **options,
        ) as response:
            self._counters.came(sum(len(name) + len(value) + 4 for name, value in response.raw_headers))
            self._counters.dated(response.headers.get("Date", ""))
            if not 200 <= response.status <= 299:
                raise await self._refusal(response)
            if "text/html" in response.headers.get("Content-Type", "").lower():
                raise kube_errors.not_an_api(self._place, response.status)
            yield response

    def _road(self) -> dict[str, Any]:
        """Return what aiohttp is told of the way to the server: its name in TLS, and the proxy."""
        options: dict[str, Any] = {}
        if self.login.server_name:
            options["server_hostname"] = self.login.server_name
        if self._place.proxy:
            options["proxy"], options["proxy_headers"] = self._place.proxy.address, self._place.proxy.login
        return options

    async def _refusal(self, response: aiohttp.ClientResponse) -> SpottuiError:
        content_type = response.headers.get("Content-Type", "")
        if response.headers.get("Content-Encoding", "").lower() == "gzip":
            body = await read_body(response, self._counters.came, self._pool)
        else:
            body = await response.content.read(_ERROR_BODY)
            self._counters.came(len(body))
        login, _ = self._login_words()
        said = without(body, self.login.unsaid)
        return kube_errors.from_status(response.status, content_type, said, self._place, login=login)

    def _translated(self, error: Exception, silent: str) -> SpottuiError:
        if isinstance(error, TooLong):
            return kube_errors.too_long(error, self._place)
        cause = error.cause if isinstance(error, _Broken) else error
        login, has_ended = self._login_words()
        ended_login = login if has_ended else ""
        return kube_errors.from_transport(cause, self._place, silent=silent, ended_login=ended_login)

    def _login_words(self) -> tuple[str, bool]:
        """Return whose login it is and since when it has ended, and whether it has."""
        moment, ends = self._clock(), self.login.expires_at
        return kube_errors.login_words(self._place, ends, moment), ends is not None and ends <= moment

    def _header_size(self) -> int:
        return sum(len(name) + len(value) + 4 for name, value in self._session.headers.items()) + 60


def _break_off(response: aiohttp.ClientResponse) -> None:
    """End the connection of a reply that has not ended, without a farewell.

    Over a dead link TLS would wait half a minute for the other side's, and the server would hold a stream for that
    long that nobody reads.
    """
    connection = response.connection  # None once the reply has ended
    if connection is not None and connection.transport is not None:
        connection.transport.abort()


class _Broken(aiohttp.ClientError):
    """Wraps a broken connection, as aiohttp sends PUT and DELETE a second time by itself when it sees one."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


async def _send_once(
    request: aiohttp.ClientRequest, handler: Callable[[aiohttp.ClientRequest], Any]
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Broken(error) from error


def _trace() -> aiohttp.TraceConfig:
    """Return a trace that notes when a request has a connection: from then on it may have left."""

    async def has_connection(_session: object, context: SimpleNamespace, _params: object) -> None:
        if context.trace_request_ctx is not None:
            context.trace_request_ctx.has_connection = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(has_connection)
    trace.on_connection_reuseconn.append(has_connection)
    return trace
