"""exec and attach over WebSocket: the protocols v5.channel.k8s.io and v4.channel.k8s.io.

Each binary message starts with its channel's number; 255 (v5 only) closes the channel named by the next byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from spottui.sim.controllers_pods import PODS, is_over
from spottui.sim.kubelet_container import Container
from spottui.sim.kubelet_loop import Kubelet
from spottui.sim.kubelet_pod import PodRun
from spottui.sim.kubelet_shell import NoSuchProgram, Shell
from spottui.sim.status import ApiError, bad_request

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
QUEUE = 256
"""Messages typed ahead; more are dropped."""


def yes(request: web.Request, name: str) -> bool:
    """Return a boolean of the query."""
    return request.query.get(name, "").lower() in ("true", "1")


class Streams:
    """The channels of one WebSocket."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket = socket
        self.is_tty = yes(request, "tty")
        self._has_input = yes(request, "stdin")
        self._has_out, self._has_err = yes(request, "stdout"), yes(request, "stderr")
        self._typed: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE)
        self.interrupted = asyncio.Event()

    async def read(self) -> bytes | None:
        """Return what was typed; None at the end."""
        return await self._typed.get() if self._has_input else None

    async def out(self, data: bytes) -> None:
        """Write to standard output."""
        if self._has_out:
            await self._send(STDOUT, data)

    async def err(self, data: bytes) -> None:
        """Write to standard error; a terminal has only one."""
        if self.is_tty or not self._has_err:
            await self.out(data)
        else:
            await self._send(STDERR, data)

    async def _send(self, channel: int, data: bytes) -> None:
        if not self._socket.closed:
            await self._socket.send_bytes(bytes([channel]) + data)

    async def open(self) -> None:
        """Tell the client that the streams are there, by an empty message."""
        await self._send(STDOUT if self._has_out else STDERR if self._has_err else ERROR, b"")

    async def finish(self, status: dict[str, Any]) -> None:
        """Say how it ended, and close."""
        await self._send(ERROR, msgspec.json.encode(status))
        await self._socket.close()

    async def listen(self) -> None:
        """Take in what the client sends, until it goes."""
        async for message in self._socket:
            if message.type is not WSMsgType.BINARY or not message.data:
                continue
            channel, data = message.data[0], message.data[1:]
            if channel == STDIN and data:
                if self.is_tty and b"\x03" in data:
                    self.interrupted.set()
                self._put(data)
            elif channel == CLOSE and data[:1] == b"\x00":
                self._put(None)
        self._put(None)

    def _put(self, data: bytes | None) -> None:
        if not self._typed.full():
            self._typed.put_nowait(data)


def container_of(kubelet: Kubelet, request: web.Request) -> tuple[dict[str, Any], str]:
    """Return the pod and the name of the container that a request is for.

    Raises:
        ApiError: 404; 400 for a container that is not named or not there.
    """
    namespace, name = request.match_info["namespace"], request.match_info["name"]
    pod = kubelet.objects.get(PODS, namespace, name)
    spec = pod["spec"]
    names = [one["name"] for one in [*(spec.get("initContainers") or ()), *spec["containers"]]]
    wanted = request.query.get("container", "")
    if not wanted:
        if len(spec["containers"]) > 1:
            raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{' '.join(names)}]")
        return pod, spec["containers"][0]["name"]
    if wanted not in names:
        raise bad_request(f"container {wanted} is not valid for pod {name}")
    return pod, wanted


def running(kubelet: Kubelet, request: web.Request) -> tuple[PodRun, Container]:
    """Return the running container that a request is for.

    Raises:
        ApiError: 400, 404; 500 when it does not run, as the kubelet says it.
    """
    pod, name = container_of(kubelet, request)
    meta = pod["metadata"]
    if not pod["spec"].get("nodeName"):
        raise bad_request(f"pod {meta['name']} does not have a host assigned")
    if is_over(pod):
        phase = pod["status"]["phase"]
        raise bad_request(f"cannot exec into a container in a completed pod; current phase is {phase}")
    run = kubelet.run_of(meta["namespace"], meta["name"])
    unreachable(kubelet, pod["spec"]["nodeName"])
    found = next((one for one in run.containers if one.name == name), None) if run else None
    if run is None or found is None or not found.is_running:
        raise ApiError(500, "InternalError", f'unable to upgrade connection: container not found ("{name}")')
    return run, found


def unreachable(kubelet: Kubelet, node: str) -> None:
    """Refuse what needs a kubelet that is down.

    Raises:
        ApiError: 500 with the text of the API server's own failed connection.
    """
    state = kubelet.node(node)
    if not state.is_up:
        said = f"error dialing backend: dial tcp {state.address}:10250: connect: connection refused"
        raise ApiError(500, "InternalError", said)


async def _upgrade(request: web.Request) -> tuple[web.WebSocketResponse, Streams]:
    if request.headers.get("Upgrade", "").lower() != "websocket":
        if "spdy" in request.headers.get("Upgrade", "").lower():
            raise bad_request("SPDY is not served here; use WebSockets (kubectl 1.31 and later does)")
        raise bad_request("Upgrade request required")
    if not any(yes(request, name) for name in ("stdin", "stdout", "stderr")):
        raise bad_request("you must specify at least 1 of stdin, stdout, stderr")
    asked = request.headers.get("Sec-WebSocket-Protocol", "")
    if asked and not any(one.strip() in PROTOCOLS for one in asked.split(",")):
        raise ApiError(403, "Forbidden", f"unable to upgrade: none of the subprotocols {asked} is served")
    socket = web.WebSocketResponse(protocols=PROTOCOLS, heartbeat=30.0)
    await socket.prepare(request)
    streams = Streams(socket, request)
    await streams.open()
    return socket, streams


async def serve_exec(kubelet: Kubelet, request: web.Request) -> web.StreamResponse:
    """Run a command in a container.

    Raises:
        ApiError: before the upgrade; later errors go to the error channel.
    """
    words = request.query.getall("command", [])
    if not words:
        raise bad_request("you must specify at least 1 command for the container")
    run, container = running(kubelet, request)
    socket, streams = await _upgrade(request)
    if run.sandbox.is_wasm:
        return await _ended(socket, streams, _failure(container, "exec is not supported: not implemented"))

    async def work() -> dict[str, Any]:
        shell = Shell(run, container, streams)
        try:
            return _exited(await shell.execute(words), words)
        except NoSuchProgram:
            why = f'unable to start container process: exec: "{words[0]}": executable file not found in $PATH'
            if "/" in words[0]:
                why = (
                    f'unable to start container process: exec: "{words[0]}": stat {words[0]}: no such file or directory'
                )
            return _failure(container, f"OCI runtime exec failed: exec failed: {why}")

    return await _ended(socket, streams, await _while_running(container, streams, work))


async def serve_attach(kubelet: Kubelet, request: web.Request) -> web.StreamResponse:
    """Follow what a container says, and for one with a terminal be its shell.

    Raises:
        ApiError: before the upgrade.
    """
    run, container = running(kubelet, request)
    socket, streams = await _upgrade(request)
    words = [*(container.spec.get("command") or ()), *(container.spec.get("args") or ())]

    async def work() -> dict[str, Any]:
        if container.spec.get("stdin") and streams.is_tty and words[:1] in (["sh"], ["/bin/sh"], ["bash"], []):
            code = await Shell(run, container, streams).execute(["sh"])
            run.kubelet.work.add(run.end_by_shell, container, code)
            return {"metadata": {}, "status": "Success"}
        life, since = container.life, kubelet.clock.now()
        while life is not None and life.ended is None:
            pulse = life.pulse
            await _until_next(kubelet, life.next_after(since), pulse)
            now = kubelet.clock.now()
            for when, text in life.lines(now):
                if when > since:
                    await streams.out(text.encode() + (b"\r\n" if streams.is_tty else b"\n"))
            since = now
        return {"metadata": {}, "status": "Success"}

    return await _ended(socket, streams, await _while_running(container, streams, work))


async def _until_next(kubelet: Kubelet, due: float | None, pulse: asyncio.Event) -> None:
    """Wait until a line is due or something happens to the container."""
    waits: list[asyncio.Task[Any]] = [asyncio.create_task(pulse.wait())]
    if due is not None:
        waits.append(asyncio.create_task(kubelet.clock.sleep(due - kubelet.clock.now())))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _while_running(
    container: Container, streams: Streams, work: Callable[[], Awaitable[dict[str, Any]]]
) -> dict[str, Any] | None:
    """Do the work while client and container are there; None when the client has gone."""
    working = asyncio.ensure_future(work())
    listening = asyncio.create_task(streams.listen())
    ending = asyncio.create_task(_end_of(container))
    try:
        await asyncio.wait({working, listening, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done() and listening.done():
            return None
        if not working.done():
            await asyncio.wait({working}, timeout=0.05)
        if working.done():
            return working.result()
        return _exited(137, ["sh"])
    finally:
        for task in (working, listening, ending):
            task.cancel()


async def _end_of(container: Container) -> None:
    life = container.life
    while life is not None and life.ended is None:
        await life.pulse.wait()


async def _ended(
    socket: web.WebSocketResponse, streams: Streams, status: dict[str, Any] | None
) -> web.WebSocketResponse:
    if status is not None:
        await streams.finish(status)
    return socket


def _exited(code: int, words: list[str]) -> dict[str, Any]:
    """Return the Status of a command that ran."""
    if not code:
        return {"metadata": {}, "status": "Success"}
    said = f"error executing command [{' '.join(words)}], exit code {code}"
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: {said}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def _failure(container: Container, why: str) -> dict[str, Any]:
    """Return the Status of a command that could not be run."""
    head = f'error executing command in container: failed to exec in container: failed to start exec "{container.id}": '
    causes = [{"message": head + why}]
    said = f"Internal error occurred: {head}{why}"
    return {
        "metadata": {},
        "status": "Failure",
        "message": said,
        "reason": "InternalError",
        "details": {"causes": causes},
        "code": 500,
    }
