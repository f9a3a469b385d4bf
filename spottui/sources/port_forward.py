"""A local port that leads to a port of a pod, over one WebSocket for each connection; only loopback listens."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from spottui.errors import NotFound, Refused, SpottuiError
from spottui.sources.kube_exec import Api
from spottui.sources.text import clean

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse

PROTOCOLS = ("v4.channel.k8s.io",)
DATA, ERROR = 0, 1
PIECE = 32 * 1024
LINGER = 10.0
"""Seconds of silence that a pod is still listened to after the local side has said all it wants: this protocol has no
word for the end of one direction, and a client that closes its writing half waits for the answer."""


class ForwardTarget(Struct, frozen=True):
    """The pod that a connection goes to now."""

    namespace: str
    pod: str


class PortForward:
    """Listens until `close`; each connection goes to the pod that `target` names at that moment."""

    def __init__(
        self, api: Api, target: Callable[[], ForwardTarget | None], remote_port: int, local_port: int = 0
    ) -> None:
        self._api, self._target, self.remote_port = api, target, remote_port
        self.local_port = local_port
        """0 until `open` when a free one is wanted."""
        self.connections = 0
        """Open now."""
        self.served = 0
        """Since the start."""
        self.problem = ""
        """Why the last connection failed; empty when it did not."""
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen on loopback.

        Raises:
            SpottuiError: The local port is taken or may not be used.
        """
        try:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.local_port)
        except OSError as error:
            raise SpottuiError(
                f"Local port {self.local_port} cannot be listened on ({error.strerror or error}); take another one."
            ) from error
        self.local_port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more, and end the open connections."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.served += 1
        target: ForwardTarget | None = None
        try:
            target = self._target()
            if target is None:
                self.problem = "There is no running pod to connect to now."
                return
            await self._join(target, reader, writer)
        except (NotFound, Refused) as error:
            self.problem = f"{target.pod} takes no connection: does it run? ({error})" if target else str(error)
        except SpottuiError as error:
            self.problem = str(error)
        except ConnectionError:
            return  # the local side went away; the forward is as good as before
        except (OSError, RuntimeError) as error:
            self.problem = f"The connection broke: {clean(str(error), 120)}."
        finally:
            self.connections -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _join(self, target: ForwardTarget, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes both ways until one side ends."""
        path = f"/api/v1/namespaces/{quote(target.namespace, safe='')}/pods/{quote(target.pod, safe='')}/portforward"
        async with self._api.websocket(path, [("ports", str(self.remote_port))], PROTOCOLS) as socket:
            self.problem = ""
            heard = _Heard()
            sending = asyncio.create_task(_send(reader, socket, heard))
            try:
                await self._receive(socket, writer, heard)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    async def _receive(self, socket: ClientWebSocketResponse, writer: asyncio.StreamWriter, heard: _Heard) -> None:
        """Write what the pod sends until its end; raises ConnectionError when the local side is gone."""
        greeted = {DATA: False, ERROR: False}
        async for message in socket:
            if not isinstance(message.data, bytes) or not message.data:
                continue
            heard.messages += 1
            channel, data = message.data[0], message.data[1:]
            if not greeted.get(channel, True):  # the first message of each channel is the port
                greeted[channel] = True
                if len(data) == 2 and struct.unpack("<H", data)[0] == self.remote_port:
                    continue
            if channel == DATA:
                heard.is_writing = True
                writer.write(data)
                await writer.drain()
                heard.is_writing = False
            elif data:
                self.problem = _reason(data.decode("utf-8", "replace"), self.remote_port)


class _Heard:
    """What one connection has heard of its pod."""

    def __init__(self) -> None:
        self.messages = 0
        self.is_writing = False
        """The local side does not read as fast as the pod sends."""


async def _send(reader: asyncio.StreamReader, socket: ClientWebSocketResponse, heard: _Heard) -> None:
    """Send what the local side writes; when it is done, close as soon as the pod has said nothing for a while."""
    try:
        while piece := await reader.read(PIECE):
            try:
                await socket.send_bytes(bytes([DATA]) + piece)
            except ConnectionError:
                return  # closing would drop what the pod said at its end, which is not read yet
    except ConnectionError:  # the local side is gone for good
        await socket.close()
        return
    before = -1
    while heard.is_writing or heard.messages != before:
        before = heard.messages
        await asyncio.sleep(LINGER)
    await socket.close()


def _reason(text: str, port: int) -> str:
    """Return what a kubelet said in a sentence; its own words carry ids and paths of the node."""
    if "connection refused" in text:
        return f"Nothing listens on port {port} of the pod: connection refused."
    return clean(text, 1000) or f"Port {port} of the pod cannot be reached; no reason was given."
