"""A local port that leads to a port of a pod, over one WebSocket for each connection; only loopback listens."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable
from urllib.parse import quote

from msgspec import Struct

from spottui.errors import SpottuiError
from spottui.sources.kube_exec import Api
from spottui.sources.text import clean

PROTOCOLS = ("v4.channel.k8s.io",)
DATA, ERROR = 0, 1
PIECE = 32 * 1024


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
        try:
            target = self._target()
            if target is None:
                self.problem = "There is no running pod to connect to now."
                return
            await self._join(target, reader, writer)
        except SpottuiError as error:
            self.problem = str(error)
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

            async def upwards() -> None:
                while piece := await reader.read(PIECE):
                    await socket.send_bytes(bytes([DATA]) + piece)
                await socket.close()

            sending = asyncio.create_task(upwards())
            greeted = {DATA: False, ERROR: False}
            try:
                async for message in socket:
                    if not isinstance(message.data, bytes) or not message.data:
                        continue
                    channel, data = message.data[0], message.data[1:]
                    if not greeted.get(channel, True):  # the first message of each channel is the port
                        greeted[channel] = True
                        if len(data) == 2 and struct.unpack("<H", data)[0] == self.remote_port:
                            continue
                    if channel == DATA:
                        writer.write(data)
                        await writer.drain()
                    elif data:
                        self.problem = clean(data.decode("utf-8", "replace"), 300)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
