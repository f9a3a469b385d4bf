"""exec speaks the API server's channels: input, two outputs, size, and how it ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from spottui.errors import Refused, Unreachable
from spottui.sources.kube_exec import STDERR, STDOUT, ExecStream, ExecTarget, exec_stream
from spottui.sources.text import clean

Serve = Callable[[web.WebSocketResponse], Awaitable[None]]
FAILED = {
    "status": "Failure",
    "reason": "NonZeroExitCode",
    "message": "command terminated with non-zero exit code",
    "details": {"causes": [{"reason": "ExitCode", "message": "3"}]},
}


class Server:
    """A real WebSocket server that plays one container; leaves out everything else of the API."""

    def __init__(self, serve: Serve, protocols: tuple[str, ...] = ("v5.channel.k8s.io",), status: int = 101) -> None:
        self._serve, self._protocols, self._status = serve, protocols, status
        self.query: list[tuple[str, str]] = []
        self.path = ""

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.query, self.path = list(request.query.items()), request.path
        if self._status != 101:
            return web.json_response({}, status=self._status)
        socket = web.WebSocketResponse(protocols=self._protocols)
        await socket.prepare(request)
        await self._serve(socket)
        return socket

    @asynccontextmanager
    async def api(self) -> AsyncIterator[Any]:
        """Give what stands for `KubeApi`."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"

        class Api:
            @asynccontextmanager
            async def websocket(
                self, path: str, query: Any, protocols: Any, *, connect_timeout: float = 10.0
            ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
                async with aiohttp.ClientSession() as session:
                    try:
                        opened = session.ws_connect(f"{base}{path}", params=query, protocols=protocols)
                        async with opened as socket:
                            yield socket
                    except aiohttp.WSServerHandshakeError as error:
                        raise Refused(f"HTTP {error.status}") from error

        try:
            yield Api()
        finally:
            await runner.cleanup()


TARGET = ExecTarget(namespace="perception", pod="cam-0", container="main", command=("sh", "-c", "ls"))


async def outputs(stream: ExecStream) -> list[tuple[int, bytes]]:
    return [one async for one in stream.output()]


async def test_a_command_runs_and_says_how_it_ended() -> None:
    heard: list[bytes] = []

    async def serve(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"\x01")
        heard.append((await socket.receive()).data)
        heard.append((await socket.receive()).data)
        heard.append((await socket.receive()).data)
        await socket.send_bytes(b"\x01out")
        await socket.send_bytes(b"\x02err")
        await socket.send_bytes(b"\x03" + json.dumps(FAILED).encode())

    server = Server(serve)
    async with server.api() as api, exec_stream(api, TARGET) as stream:
        await stream.send(b"typed")
        await stream.resize(100, 30)
        await stream.end_input()
        assert await outputs(stream) == [(STDOUT, b"out"), (STDERR, b"err")]
    assert heard == [b"\x00typed", b'\x04{"Width":100,"Height":30}', b"\xff\x00"]
    assert (stream.exit_code, stream.message) == (3, "command terminated with non-zero exit code")
    assert server.path == "/api/v1/namespaces/perception/pods/cam-0/exec"
    assert [value for name, value in server.query if name == "command"] == ["sh", "-c", "ls"]
    assert ("tty", "true") in server.query and ("stdin", "true") in server.query


async def test_without_a_terminal_there_are_two_outputs_and_no_size() -> None:
    async def serve(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b'\x03{"status":"Success"}')

    server = Server(serve)
    target = ExecTarget(namespace="n", pod="p", container="c", command=("ls",), has_input=False, is_terminal=False)
    async with server.api() as api, exec_stream(api, target) as stream:
        await stream.resize(1, 1)
        assert await outputs(stream) == [] and stream.exit_code == 0
    assert ("stderr", "true") in server.query and ("stdin", "true") not in server.query


async def test_an_older_server_is_not_told_that_the_input_has_ended() -> None:
    heard: list[Any] = []

    async def serve(socket: web.WebSocketResponse) -> None:
        heard.append((await socket.receive()).data)
        await socket.send_bytes(b'\x03{"status":"Success"}')

    async with Server(serve, ("v4.channel.k8s.io",)).api() as api, exec_stream(api, TARGET) as stream:
        await stream.end_input()
        await stream.send(b"x")
        await outputs(stream)
    assert heard == [b"\x00x"]


async def test_a_connection_that_breaks_is_said_as_such() -> None:
    async def serve(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"\x01half")

    async with Server(serve).api() as api, exec_stream(api, TARGET) as stream:
        with pytest.raises(Unreachable, match="whether its process still runs"):
            await outputs(stream)


async def test_a_container_that_does_not_run_is_said_in_words() -> None:
    async def serve(socket: web.WebSocketResponse) -> None:
        return

    async with Server(serve, status=500).api() as api:
        with pytest.raises(Refused, match="cam-0/main takes no exec: does this container run"):
            async with exec_stream(api, TARGET):
                pass


@given(st.binary(max_size=200))
def test_no_status_breaks_the_reading(body: bytes) -> None:
    class Socket:
        protocol, closed = "v5.channel.k8s.io", False

    stream = ExecStream(Socket(), is_terminal=True)  # pyright: ignore[reportArgumentType]
    stream._ended(body)
    assert stream.message == clean(stream.message, 400)


async def test_what_is_sent_after_the_end_is_dropped() -> None:
    async def serve(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b'\x03{"status":"Success"}')

    async with Server(serve).api() as api, exec_stream(api, TARGET) as stream:
        await outputs(stream)
        await asyncio.wait_for(stream.send(b"late"), 2)
