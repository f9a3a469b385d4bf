"""Port forwarding over WebSocket, as a kubelet serves it: two channels a port, data and error, each led by the port.

What listens in a pod answers HTTP, as it does through the API server's proxy. kubectl's own way (SPDY inside a
WebSocket) is not spoken here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from aiohttp import WSMsgType, web

from spottui.sim.controllers_pods import PODS
from spottui.sim.kubelet_exec import unreachable
from spottui.sim.kubelet_loop import Kubelet
from spottui.sim.kubelet_pod import PodRun
from spottui.sim.status import ApiError, bad_request

PROTOCOLS = ("v4.channel.k8s.io",)
DATA, ERROR = b"\x00", b"\x01"
HEAD_LIMIT = 64 * 1024
Answer = Callable[[PodRun, str], tuple[int, str, str]]
"""From a pod and a path to status, content type and text."""
_WORDS = {200: "OK", 404: "Not Found", 503: "Service Unavailable"}


async def serve_forward(kubelet: Kubelet, request: web.Request, answer: Answer) -> web.StreamResponse:
    """Join a WebSocket with a port of a pod.

    Raises:
        ApiError: 400, 404 before the upgrade; 501 for a client that wants another protocol.
    """
    namespace, name = request.match_info["namespace"], request.match_info["name"]
    pod = kubelet.objects.get(PODS, namespace, name)
    run = kubelet.run_of(namespace, name)
    port = request.query.get("ports", "")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise bad_request(f'unable to parse "{port}" as a port')
    if PROTOCOLS[0] not in request.headers.get("Sec-WebSocket-Protocol", ""):
        raise ApiError(501, "NotImplemented", "port forwarding is served over v4.channel.k8s.io only")
    if run is None or not any(one.is_running for one in run.mains):
        raise bad_request(f"pod {name} is not running. Current status={pod.get('status', {}).get('phase')}")
    unreachable(kubelet, run.node)
    socket = web.WebSocketResponse(protocols=PROTOCOLS)
    await socket.prepare(request)
    led = struct.pack("<H", int(port))
    await socket.send_bytes(DATA + led)
    await socket.send_bytes(ERROR + led)
    numbers = [one["containerPort"] for each in pod["spec"]["containers"] for one in each.get("ports") or ()]
    if int(port) not in numbers:
        said = f"failed to connect to localhost:{port} inside namespace: dial tcp4 127.0.0.1:{port}: connection refused"
        await socket.send_bytes(ERROR + said.encode())
    else:
        await _carry(socket, lambda path: answer(run, path))
    await socket.close()
    return socket


async def _carry(socket: web.WebSocketResponse, answer: Callable[[str], tuple[int, str, str]]) -> None:
    """Answer HTTP requests on the data channel, one after another."""
    held = b""
    async for message in socket:
        if message.type is not WSMsgType.BINARY or message.data[:1] != DATA:
            continue
        held += message.data[1:]
        while b"\r\n\r\n" in held:
            head, _, held = held.partition(b"\r\n\r\n")
            words = head.split(b"\r\n")[0].decode("latin-1").split()
            path = words[1].lstrip("/").partition("?")[0] if len(words) > 1 else ""
            code, type_, text = answer(path)
            body = text.encode()
            lines = (
                f"HTTP/1.1 {code} {_WORDS.get(code, '')}",
                f"Content-Type: {type_}",
                f"Content-Length: {len(body)}",
            )
            await socket.send_bytes(DATA + "\r\n".join((*lines, "", "")).encode() + body)
        if len(held) > HEAD_LIMIT:
            return
