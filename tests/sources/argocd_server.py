"""A small argocd-server on loopback: lists, event stream, operations, and the refusals of the real one.

What the real one has and this leaves out: gRPC, sessions and SSO, RBAC (a set of misbehaviours instead), `fields`,
selectors, and every effect of an act but a note that it was asked.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from typing import Any

from aiohttp import web

Json = dict[str, Any]
TOKEN = "a-token"


def an_application(name: str = "plain", namespace: str = "argocd", **status: Any) -> Json:
    """Return an Application as both roads tell it."""
    meta = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "resourceVersion": "412"}
    source = {"repoURL": "git://h/r.git", "path": name, "targetRevision": "main"}
    destination = {"server": "https://kubernetes.default.svc", "namespace": f"t-{name}"}
    told = {"sync": {"status": "Synced", "revision": "c0ffee"}, "health": {"status": "Healthy"}, **status}
    spec = {"project": "default", "source": source, "destination": destination}
    return {"metadata": {**meta, "creationTimestamp": "2026-11-24T05:00:00Z"}, "spec": spec, "status": told}


class ArgocdServer:
    """Holds Applications by name; what a test sets takes effect with the next request."""

    def __init__(self) -> None:
        self.apps: dict[str, Json] = {}
        self.projects: list[Json] = []
        self.misbehave: Callable[[web.Request], web.StreamResponse | None] = lambda request: None
        self.seen: list[tuple[str, str, str, Json]] = []
        """Method, path with query, content type and body of each request."""
        self.is_slow = asyncio.Event()
        self.hangs_on: Callable[[web.Request], bool] = lambda request: False
        self._streams: list[asyncio.Queue[bytes | None]] = []
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=tls, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop, cutting all streams."""
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def streams(self) -> int:
        """Streams that are open."""
        return len(self._streams)

    def cut(self) -> None:
        """End all streams."""
        for stream in self._streams:
            stream.put_nowait(None)

    def send(self, raw: bytes) -> None:
        """Send bytes on all streams."""
        for stream in self._streams:
            stream.put_nowait(raw)

    def event(self, kind: str, app: Json) -> None:
        """Send one event of the stream."""
        self.send(b"data: " + json.dumps({"result": {"type": kind, "application": app}}).encode() + b"\n\n")

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        kind = request.headers.get("Content-Type", "")
        self.seen.append((request.method, request.path_qs, kind, json.loads(body) if body else {}))
        if self.is_slow.is_set() or self.hangs_on(request):
            await asyncio.sleep(3600)
        if (answer := self.misbehave(request)) is not None:
            return answer
        if request.method != "GET" and kind != "application/json":
            return web.Response(status=415, text="Invalid content type")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return error(401, 16, "no session information")
        if request.path == "/api/v1/stream/applications":
            return await self._stream(request)
        return await self.answer(request)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request that is logged in and well formed."""
        if request.path == "/api/v1/applications":
            items = list(self.apps.values()) or None
            return web.json_response({"metadata": {"resourceVersion": "500"}, "items": items})
        if request.path == "/api/v1/projects":
            return web.json_response({"metadata": {}, "items": self.projects or None})
        name = request.path.split("/")[4] if request.path.count("/") >= 4 else ""
        if name in self.apps:
            return web.json_response(self.apps[name] if request.method != "DELETE" else {})
        if "project" in request.query:
            return error(404, 5, f'applications.argoproj.io "{name}" not found')
        return error(403, 7, "permission denied")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._streams.append(queue)
        try:
            while (raw := await queue.get()) is not None:
                await reply.write(raw)
        finally:
            self._streams.remove(queue)
        return reply


def error(status: int, code: int, text: str) -> web.Response:
    """Return an error as grpc-gateway writes it."""
    return web.json_response({"error": text, "code": code, "message": text}, status=status)
