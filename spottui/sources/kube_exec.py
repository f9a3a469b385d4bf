"""A process in a container, or its first one, over a WebSocket: exec and attach of the Kubernetes API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import msgspec
from msgspec import Struct

from spottui.errors import Refused, Unreachable
from spottui.sources.text import clean

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
"""v5 can also say that the input has ended; servers before 1.30 know only v4."""
UNTOLD = "It ended for an unknown reason."
STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255


class Api(Protocol):
    """What is needed of `spottui.sources.kube_api.KubeApi`."""

    def websocket(
        self, path: str, query: Any, protocols: Sequence[str], *, connect_timeout: float = 10.0
    ) -> AbstractAsyncContextManager[ClientWebSocketResponse]:
        """Open a WebSocket."""
        ...


class ExecTarget(Struct, frozen=True, kw_only=True):
    """What runs where."""

    namespace: str
    pod: str
    container: str
    command: tuple[str, ...] = ()
    """Empty: attach to the container's own first process."""
    has_input: bool = True
    is_terminal: bool = True


class ExecStream:
    """The open streams of one process; to be read once."""

    def __init__(self, socket: ClientWebSocketResponse, *, is_terminal: bool) -> None:
        self._socket, self._is_terminal = socket, is_terminal
        self.exit_code: int | None = None
        """Of the process; None while it runs, and when nobody said."""
        self.message = ""
        """What the server said at the end beside an exit code; cleaned."""
        self.protocol = socket.protocol or ""

    async def output(self) -> AsyncIterator[tuple[int, bytes]]:
        """Yield channel (STDOUT or STDERR) and bytes as they come, until the process ends.

        Raises:
            Unreachable: The connection ended before the process did.
        """
        async for message in self._socket:
            data = message.data
            if not isinstance(data, bytes) or not data:
                continue
            if data[0] in (STDOUT, STDERR):
                if len(data) > 1:
                    yield data[0], data[1:]
            elif data[0] == ERROR and len(data) > 1:
                self._ended(data[1:])
        if self.exit_code is None and not self.message:
            raise Unreachable("The connection to the container ended; whether its process still runs is not known.")

    async def send(self, data: bytes) -> None:
        """Write to the process's input; what is written after the end is dropped."""
        await self._send(STDIN, data)

    async def resize(self, columns: int, rows: int) -> None:
        """Tell how large the terminal is."""
        if self._is_terminal:
            await self._send(RESIZE, msgspec.json.encode({"Width": columns, "Height": rows}))

    async def end_input(self) -> None:
        """Say that nothing more will be written; only v5 has a word for it."""
        if self.protocol == PROTOCOLS[0]:
            await self._send(CLOSE, bytes([STDIN]))

    async def _send(self, channel: int, data: bytes) -> None:
        if not self._socket.closed:
            try:
                await self._socket.send_bytes(bytes([channel]) + data)
            except (ConnectionError, RuntimeError):
                return  # its end is told by `output`

    def _ended(self, body: bytes) -> None:
        """Take in the Status that says how the process ended."""
        try:
            status = msgspec.json.decode(body, type=_Status)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            self.message = clean(body.decode("utf-8", "replace"), 400) or UNTOLD
            return
        if status.status == "Success":
            self.exit_code = 0
            return
        for cause in (status.details.causes if status.details else None) or ():
            if cause.reason == "ExitCode" and (cause.message or "").isdecimal():
                self.exit_code = int(cause.message or 0)
        self.message = clean(status.message or status.reason or "", 400) or UNTOLD


class _Cause(Struct):
    reason: str | None = None
    message: str | None = None


class _Details(Struct):
    causes: list[_Cause] | None = None


class _Status(Struct):
    status: str | None = None
    message: str | None = None
    reason: str | None = None
    details: _Details | None = None


@asynccontextmanager
async def exec_stream(api: Api, target: ExecTarget) -> AsyncIterator[ExecStream]:
    """Start the command (or attach), and give its streams.

    Raises:
        SpottuiError: As `KubeApi.websocket`; Refused with words for a container that does not run.
    """
    verb = "exec" if target.command else "attach"
    namespace, pod = quote(target.namespace, safe=""), quote(target.pod, safe="")
    query = [("container", target.container), ("stdout", "true")]
    query += [("command", word) for word in target.command]
    if target.has_input:
        query.append(("stdin", "true"))
    query.append(("tty", "true") if target.is_terminal else ("stderr", "true"))
    try:
        opened = api.websocket(f"/api/v1/namespaces/{namespace}/pods/{pod}/{verb}", query, PROTOCOLS)
        async with opened as socket:
            yield ExecStream(socket, is_terminal=target.is_terminal)
    except Refused as error:
        where = f"{target.pod}/{target.container}"
        raise Refused(f"{where} takes no {verb}: does this container run? ({error})") from error
