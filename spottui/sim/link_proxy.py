"""The small TCP proxy before every public port: carries bytes as the link has it.

TLS passes through untouched, so only what a network does to bytes can be done here.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable

from spottui.sim.link import Lane, Link, Shape

CHUNK = 65536
PIPE = 16
"""Chunks that may be under way in one direction of one connection; more waits in the sender's own buffers."""
_RESET = struct.pack("ii", 1, 0)


class Connection:
    """One connection through a link: two sockets and what is under way between them."""

    def __init__(self, link: Link, near: socket.socket, target: tuple[str, int], ended: Callable[[], None]) -> None:
        self._link, self._near, self._target, self._ended = link, near, target, ended
        self._far: socket.socket | None = None
        self._is_dead = not link.is_up and link.shape.mode == "half-open"
        self._task = asyncio.get_running_loop().create_task(self._swallow() if self._is_dead else self._run())

    def deaden(self) -> None:
        """Never answer again, and never close by ourselves."""
        if not self._is_dead:
            self._is_dead = True
            self._task.cancel()

    def reset(self) -> None:
        """End both sides by RST."""
        self._is_dead = False
        self._set_to_reset()
        self._task.cancel()

    async def _run(self) -> None:
        try:
            await self._connect_and_carry()
        except (OSError, ExceptionGroup):
            self._set_to_reset()
        except asyncio.CancelledError:
            if self._is_dead:
                self._task = asyncio.get_running_loop().create_task(self._swallow())
        finally:
            if not self._is_dead:
                self._close()

    async def _connect_and_carry(self) -> None:
        far = self._far = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        far.setblocking(False)
        await asyncio.get_running_loop().sock_connect(far, self._target)
        for one in (self._near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._carry(self._near, far, self._link.inward))
            both.create_task(self._carry(far, self._near, self._link.outward))

    async def _carry(self, source: socket.socket, sink: socket.socket, lane: Lane) -> None:
        pipe: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(PIPE)
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._take_in(source, pipe, lane))
            while True:
                due, data = await pipe.get()
                if (wait := due - loop.time()) > 0:
                    await asyncio.sleep(wait)
                await self._link.until_open()
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                await loop.sock_sendall(sink, data)

    async def _take_in(self, source: socket.socket, pipe: asyncio.Queue[tuple[float, bytes]], lane: Lane) -> None:
        loop = asyncio.get_running_loop()
        last = 0.0
        data = b" "
        while data:
            slow = self._link.shape.bandwidth
            data = await loop.sock_recv(source, min(CHUNK, max(512, int(slow / 20))) if slow else CHUNK)
            last = max(last, lane.due(len(data), self._link.shape, loop.time()))  # jitter turns no bytes around
            await pipe.put((last, data))

    async def _swallow(self) -> None:
        """Read and forget, until the other side gives up."""
        try:
            while await asyncio.get_running_loop().sock_recv(self._near, CHUNK):
                pass
        except OSError:
            pass
        finally:
            self._close()

    def _set_to_reset(self) -> None:
        for one in (self._near, self._far):
            if one is not None and one.fileno() >= 0:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def _close(self) -> None:
        self._near.close()
        if self._far is not None:
            self._far.close()
        self._ended()


class LinkProxy:
    """A public port on loopback; what comes in goes through the link to the port behind."""

    def __init__(self, link: Link, target_port: int, *, host: str = "127.0.0.1") -> None:
        self._link, self._target = link, (host, target_port)
        self._connections: set[Connection] = set()
        self._plugs: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._accepts = False
        self.accepted = 0
        """Connections that reached the public port, also those that were refused there."""
        link.listen(self._follow)

    @property
    def port(self) -> int:
        """The public port."""
        return self._listener.getsockname()[1]

    def start(self, port: int = 0) -> int:
        """Open the public port; return it.

        Raises:
            OSError: The port is taken, or there is no loopback.
        """
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.setblocking(False)
        self._listener.bind((self._target[0], port))
        self._listener.listen(128)
        self._follow(self._link.shape)
        return self.port

    def stop(self) -> None:
        """Close the port and every connection."""
        self._accept(False)
        for connection in tuple(self._connections):
            connection.reset()
        self._unplug()
        self._listener.close()

    def _follow(self, shape: Shape) -> None:
        if self._listener.fileno() < 0:
            return
        if shape.mode == "down":
            self._plug()
        else:
            self._unplug()
            self._accept(True)
        for connection in tuple(self._connections):
            if shape.mode == "reset":
                connection.reset()
            elif shape.mode == "half-open":
                connection.deaden()

    def _accept(self, wanted: bool) -> None:
        loop = asyncio.get_running_loop()
        if wanted and not self._accepts:
            loop.add_reader(self._listener, self._connected)
        elif self._accepts and not wanted:
            loop.remove_reader(self._listener)
        self._accepts = wanted

    def _connected(self) -> None:
        try:
            near, peer = self._listener.accept()
        except OSError:
            return  # gone again, or no more file descriptors: the next one will tell
        self.accepted += 1
        near.setblocking(False)
        if self._link.shape.mode == "reset":
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        if self._link.shape.mode == "reset" or any(peer == plug.getsockname() for plug in self._plugs):
            near.close()
            return
        connection = Connection(self._link, near, self._target, lambda: self._connections.discard(connection))
        self._connections.add(connection)

    def _plug(self) -> None:
        """Let no SYN through: with a full backlog the kernel drops them, and who connects waits as out of range."""
        self._accept(False)
        if self._plugs:
            return
        self._listener.listen(0)
        for _ in range(2):
            plug = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            plug.setblocking(False)
            plug.connect_ex(self._listener.getsockname())
            self._plugs.append(plug)

    def _unplug(self) -> None:
        if self._plugs:
            self._listener.listen(128)
            while self._plugs:
                self._plugs.pop().close()
