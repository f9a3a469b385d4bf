"""Speaks with one API server as one user; knows when to renew credentials, not what the objects mean."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

import msgspec

from spottui import __version__
from spottui.clock import now
from spottui.errors import BadConfig, LoginExpired
from spottui.sources import kube_errors
from spottui.sources.kube_counters import Counters
from spottui.sources.kube_light import lighten
from spottui.sources.kube_lines import LineStream
from spottui.sources.kube_plain import plain_login
from spottui.sources.kube_transport import Ask, Transport
from spottui.sources.kubeconfig import ClusterPlace

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse

    from spottui.sources.kube_plain import Login

T = TypeVar("T")
log = logging.getLogger(__name__)

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"

RENEWAL_PAUSE = 2.0
"""Seconds in which credentials are not read again when the last time changed nothing."""

Query = Sequence[tuple[str, str]]


class KubeApi:
    """One API server and one user: requests and streams, with credentials re-read once when they are refused."""

    def __init__(
        self,
        place: ClusterPlace,
        *,
        clock: Callable[[], float] = now,
        user_agent: str = f"spottui/{__version__}",
    ) -> None:
        self.place = place
        self._clock = clock
        self._user_agent = user_agent
        self._counters = Counters()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="kube-api")
        self._transport: Transport | None = None
        self._loading: asyncio.Task[Login] | None = None
        self._unchanged_at = float("-inf")

    def __repr__(self) -> str:
        """Return the server and the context; never a credential."""
        return f"KubeApi({self.place.server}, {self.place})"

    @property
    def requests(self) -> int:
        """Requests sent."""
        return self._counters.requests

    @property
    def bytes_in(self) -> int:
        """Bytes of replies as they came, so mostly packed; without TLS and TCP."""
        return self._counters.bytes_in

    @property
    def bytes_out(self) -> int:
        """Bytes of requests, about; without TLS and TCP."""
        return self._counters.bytes_out

    @property
    def by_source(self) -> dict[str, tuple[int, int]]:
        """Bytes in and out of each source, by its name; "commands" is what nobody else asked for."""
        return dict(self._counters.by_spender)

    def server_now(self) -> float:
        """Return seconds since the epoch by the server's clock, to a second; by ours while it has not answered."""
        told = self._counters.server_now()
        return self._clock() if told is None else told

    def take_speeds(self) -> list[float]:
        """Return the bytes per second of the replies since the last call, of those that were big enough to tell."""
        speeds = list(self._counters.speeds)
        self._counters.speeds.clear()
        return speeds

    async def connect(self) -> None:
        """Read the credentials; the first request does it too.

        Raises:
            BadConfig: The kubeconfig is broken or a file that it names is missing.
            LoginExpired: The login plugin gave nothing.
        """
        await self._connected()

    def renew_connections(self) -> None:
        """Use new connections from now on, as idle ones may be dead; what is under way goes on over the old ones."""
        used = self._transport
        if used is not None:
            self._transport = self._made(used.login)
            used.retire()

    async def close(self) -> None:
        """End all requests and streams."""
        if self._loading is not None:
            self._loading.cancel()
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: object | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        timeout: float = 10.0,
        changes: bool | None = None,
    ) -> bytes:
        """Return the body of the answer, unpacked.

        `body` is sent as JSON, or as it is when it is bytes. `timeout` has its own count after credentials were
        renewed. `changes`: doing it twice would matter; None: true for all but GET.

        Raises:
            Unreachable, LoginExpired, Forbidden, NotFound, Conflict, Expired, Refused: As their names say.
            OutcomeUnknown: It may change something, may have left, and got no answer.
        """
        ask = Ask(
            method=method,
            path=_with_query(path, query),
            body=body if isinstance(body, bytes) or body is None else msgspec.json.encode(body),
            content_type=content_type,
            accept=accept,
            changes=method != "GET" if changes is None else changes,
        )
        return await self._renewing(lambda transport: transport.request(ask, timeout=timeout))

    async def get_json(self, path: str, *, query: Query = (), timeout: float = 10.0) -> Any:
        """Return the decoded answer to a GET; raises as `request`."""
        body = await self.request("GET", path, query=query, timeout=timeout)
        try:
            return msgspec.json.decode(body)
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            raise kube_errors.no_json(self.place, body) from error

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        query: Query = (),
        *,
        connect_timeout: float = 10.0,
        idle_timeout: float | None = 90.0,
        accept: str = JSON,
    ) -> AsyncIterator[LineStream]:
        """Open a watch or a log; entering it means that the server has accepted.

        `idle_timeout`: seconds without any byte after which the stream is dead; None for a log, where silence is
        normal. Raises as `request`, also while lines are read.
        """
        ask = Ask(method="GET", path=_with_query(path, query), accept=accept)

        def opened(transport: Transport) -> Awaitable[LineStream]:
            stream = transport.stream(ask, connect_timeout=connect_timeout, idle_timeout=idle_timeout)
            return stack.enter_async_context(stream)

        async with AsyncExitStack() as stack:
            yield await self._renewing(opened)

    async def watch(
        self,
        path: str,
        query: Query = (),
        *,
        connect_timeout: float = 10.0,
        idle_timeout: float | None = 90.0,
    ) -> AsyncIterator[bytes]:
        """Yield the lines of a watch; as `stream`, for those who need not know when it was accepted."""
        async with self.stream(path, query, connect_timeout=connect_timeout, idle_timeout=idle_timeout) as lines:
            async for line in lines:
                yield line

    @asynccontextmanager
    async def websocket(
        self, path: str, query: Query, protocols: Sequence[str], *, connect_timeout: float = 10.0
    ) -> AsyncIterator[ClientWebSocketResponse]:
        """Open a WebSocket (exec, attach, port-forward); entering it means that the server has accepted.

        Raises as `request`; a refusal has no text of the server, as its answer to an upgrade is not read.
        """

        def opened(transport: Transport) -> Awaitable[ClientWebSocketResponse]:
            target = _with_query(path, query)
            return stack.enter_async_context(transport.websocket(target, protocols, connect_timeout=connect_timeout))

        async with AsyncExitStack() as stack:
            yield await self._renewing(opened)

    async def _renewing(self, act: Callable[[Transport], Awaitable[T]]) -> T:
        """Do `act`, and once more with credentials read anew when these are refused or TLS fails."""
        transport = await self._connected()
        try:
            return await act(transport)
        except (LoginExpired, kube_errors.TlsFailed):
            renewed = await self._renewed(transport)
            if renewed is None:
                raise
        return await act(renewed)

    async def _connected(self) -> Transport:
        if self._transport is None:
            login = await self._login()
            if self._transport is None:  # nobody else was quicker
                self._transport = self._made(login)
        return self._transport

    async def _renewed(self, used: Transport) -> Transport | None:
        """Return a transport with other credentials than `used`, or None when there are none."""
        if self._transport is not used and self._transport is not None:
            return self._transport
        moment = asyncio.get_running_loop().time()
        if moment - self._unchanged_at < RENEWAL_PAUSE:
            return None
        try:
            login = await self._login()
        except BadConfig as error:  # the file is being written, or is gone: the refusal itself is the news
            log.warning("credentials not read again: %s", error)
            return None
        if self._transport is not used and self._transport is not None:
            return self._transport
        if login.digest == used.login.digest:
            self._unchanged_at = moment
            return None
        self._transport = self._made(login)
        used.retire()
        return self._transport

    def _made(self, login: Login) -> Transport:
        return Transport(
            self.place, login, self._counters, user_agent=self._user_agent, pool=self._pool, clock=self._clock
        )

    async def _login(self) -> Login:
        """Return credentials read now; all who ask meanwhile get the same, so that a plugin runs once."""
        if self._loading is None or self._loading.done():
            self._loading = asyncio.get_running_loop().create_task(self._load())
        return await asyncio.shield(self._loading)

    async def _load(self) -> Login:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _load_blocking, self.place)


def _load_blocking(place: ClusterPlace) -> Login:
    if (login := plain_login(place)) is not None:
        return login
    lighten()
    from spottui.sources.kube_login import load_login  # a quarter of a second, so in this thread

    return asyncio.run(load_login(place))


def _with_query(path: str, query: Query) -> str:
    return f"{path}?{urlencode(query)}" if query else path
