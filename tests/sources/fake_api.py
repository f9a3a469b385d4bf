"""A small API server on loopback that speaks lists, pages, watches and bookmarks, and misbehaves when told to.

What the real one has and this leaves out: RBAC (a set of forbidden kinds instead), admission, field and label
selectors (only noted), resourceVersion 0, protobuf, Table, discovery, conversion, and every write but an echo.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from spottui.sources.kubeconfig import ClusterPlace

Json = dict[str, Any]
Misbehaviour = Callable[[web.Request], "web.StreamResponse | None"]


async def until(condition: Callable[[], Any], seconds: float = 8.0) -> None:
    """Return when `condition` holds; fail after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it may be anything, so nobody could set an event
            await asyncio.sleep(0.005)


def an_object(name: str, namespace: str = "perception", **more: Any) -> Json:
    """Return a small object of any kind."""
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{namespace}-{name}"}
    return {"metadata": {**metadata, "creationTimestamp": "2026-11-24T05:00:00Z"}, **more}


class FakeApi:
    """Holds objects by plural name; what a test sets on it takes effect with the next request."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Json]] = {"pods": {}, "nodes": {}, "events": {}, "namespaces": {}}
        self.version = 100
        self.oldest = 0
        """Watches from before this resourceVersion get 410."""
        self.token: str | None = None
        """When set, the only bearer token that is taken."""
        self.forbidden: set[tuple[str, str]] = set()
        """(verb, plural) refused when all namespaces are asked for."""
        self.forbidden_everywhere: set[str] = set()
        self.has_streamed_lists = True
        self.page_size: int | None = None
        """The server's own limit, when smaller than what was asked for."""
        self.packs_watches = False
        self.misbehave: Misbehaviour | None = None
        """Answers instead of us when it returns something."""
        self.opens_watches = asyncio.Event()
        """Watches are answered only while it is set."""
        self.opens_watches.set()
        self._thawed = asyncio.Event()
        self._thawed.set()
        self.seen: list[web.Request] = []
        self.bodies: list[tuple[str, str, bytes]] = []
        """Method, content type and body of each write."""
        self._history: list[tuple[int, str, Json]] = []
        self._watches: dict[asyncio.Queue[bytes | None], str] = {}
        self._runner: web.AppRunner | None = None
        self.port = 0

    # -- life

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        """Listen on a free port of 127.0.0.1, or on the one from before."""
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=tls, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port and all connections, as a killed server does."""
        self.end_watches()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def freeze(self) -> None:
        """Accept connections and requests, and answer nothing until `thaw`: also what a half-open link looks like."""
        self._thawed.clear()

    def thaw(self) -> None:
        """Answer again."""
        self._thawed.set()

    def place(self, **more: Any) -> ClusterPlace:
        """Return where this server is, as a user without credentials."""
        fields: dict[str, Any] = {
            "kind": "file",
            "paths": (),
            "context": "robot",
            "cluster": "robot",
            "server": f"http://127.0.0.1:{self.port}",
            "user": "operator",
            "namespace": "",
            "looked": (),
        }
        return ClusterPlace(**{**fields, **more})

    def kubeconfig(self, folder: Path, user: Json | None = None, cluster: Json | None = None) -> Path:
        """Write a kubeconfig for this server and return its path."""
        path = folder / "kubeconfig"
        server = {"server": f"http://127.0.0.1:{self.port}", **(cluster or {})}
        document = {
            "current-context": "robot",
            "contexts": [{"name": "robot", "context": {"cluster": "robot", "user": "operator"}}],
            "clusters": [{"name": "robot", "cluster": server}],
            "users": [{"name": "operator", "user": user or {}}],
        }
        path.write_text(json.dumps(document))
        return path

    # -- contents

    def add(self, kind: str, item: Json, word: str = "") -> None:
        """Create or change an object and tell the watches."""
        known = self.objects.setdefault(kind, {})
        uid = item["metadata"].get("uid") or f"no-uid-{len(known)}"
        word = word or ("MODIFIED" if uid in known else "ADDED")
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        known[uid] = item
        self._tell(kind, word, item)

    def remove(self, kind: str, uid: str) -> None:
        """Delete an object and tell the watches."""
        self.version += 1
        item = self.objects[kind].pop(uid)
        item["metadata"]["resourceVersion"] = str(self.version)
        self._tell(kind, "DELETED", item)

    def say(self, kind: str, line: bytes) -> None:
        """Send bytes as they are to the watches of a kind."""
        for queue, watched in self._watches.items():
            if watched == kind:
                queue.put_nowait(line)

    def bookmark(self, kind: str) -> None:
        """Tell the watches of a kind how far they are."""
        self.say(kind, _line("BOOKMARK", self._bookmark()))

    def end_watches(self) -> None:
        """End all watches, as the server does when their time is up."""
        for queue in tuple(self._watches):
            queue.put_nowait(None)

    def compact(self) -> None:
        """Forget everything before now."""
        self.version += 1
        self.oldest = self.version
        self._history.clear()

    def watched(self) -> set[str]:
        """Return the kinds that somebody watches now."""
        return set(self._watches.values())

    def count(self, word: str) -> int:
        """Return how many requests so far had `word` in their path and query."""
        return sum(word in request.path_qs for request in self.seen)

    def _tell(self, kind: str, word: str, item: Json) -> None:
        copy = json.loads(json.dumps({"type": word, "object": item}))
        self._history.append((self.version, kind, copy))
        self.say(kind, json.dumps(copy).encode() + b"\n")

    def _bookmark(self, *, is_end: bool = False) -> Json:
        notes = {"annotations": {"k8s.io/initial-events-end": "true"}} if is_end else {}
        return {"metadata": {"resourceVersion": str(self.version), **notes}}

    # -- answers

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        await self._thawed.wait()
        if self.misbehave is not None and (answer := self.misbehave(request)) is not None:
            return answer
        if self.token is not None and request.headers.get("Authorization") != f"Bearer {self.token}":
            return status(401, "Unauthorized")
        if request.path == "/version":
            return web.json_response({"gitVersion": "v1.37.2-fake"})
        if request.method != "GET":
            body = await request.read()
            self.bodies.append((request.method, request.headers.get("Content-Type", ""), body))
            return web.json_response({"kind": "Status", "status": "Success"})
        return await self._read(request)

    async def _read(self, request: web.Request) -> web.StreamResponse:
        kind = request.path.rpartition("/")[2]
        verb = "watch" if request.query.get("watch") else "list"
        is_everywhere = "/namespaces/" not in request.path
        if kind in self.forbidden_everywhere or (is_everywhere and (verb, kind) in self.forbidden):
            where = "at the cluster scope" if is_everywhere else "in the namespace"
            reason = f'User "operator" cannot {verb} resource "{kind}" in API group "" {where}'
            return status(403, f"{kind} is forbidden: {reason}")
        if kind not in self.objects:
            return web.Response(status=404, text="404 page not found\n")
        if verb == "list":
            return self._list(request, kind)
        return await self._watch(request, kind)

    def _items(self, request: web.Request, kind: str) -> list[Json]:
        parts = request.path.split("/")
        inside = parts[parts.index("namespaces") + 1] if "namespaces" in parts[:-1] else None
        every = self.objects[kind].values()
        return [item for item in every if inside is None or item["metadata"].get("namespace") == inside]

    def _list(self, request: web.Request, kind: str) -> web.Response:
        items = self._items(request, kind)
        begin = int(request.query.get("continue") or 0)
        limit = min(int(request.query.get("limit", "500")), self.page_size or 500)
        metadata: Json = {"resourceVersion": str(self.version)}
        if begin + limit < len(items):
            metadata |= {"continue": str(begin + limit), "remainingItemCount": len(items) - begin - limit}
        page = {"kind": "List", "metadata": metadata, "items": items[begin : begin + limit]}
        body = gzip.compress(json.dumps(page).encode())
        return web.Response(body=body, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})

    async def _watch(self, request: web.Request, kind: str) -> web.StreamResponse:
        await self.opens_watches.wait()
        query = request.query
        if query.get("sendInitialEvents") and not self.has_streamed_lists:
            return status(422, "sendInitialEvents is forbidden for watch unless WatchList is enabled")
        since = int(query.get("resourceVersion") or 0)
        if since and since < self.oldest:
            return status(410, f"too old resource version: {since} ({self.oldest})")
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        if query.get("sendInitialEvents"):
            for item in self._items(request, kind):
                queue.put_nowait(_line("ADDED", item))
            queue.put_nowait(_line("BOOKMARK", self._bookmark(is_end=True)))
        for version, changed, event in self._history:
            if version > since and changed == kind and not query.get("sendInitialEvents"):
                queue.put_nowait(json.dumps(event).encode() + b"\n")
        self._watches[queue] = kind
        try:
            return await self._send(request, queue)
        finally:
            del self._watches[queue]

    async def _send(self, request: web.Request, queue: asyncio.Queue[bytes | None]) -> web.StreamResponse:
        headers = {"Content-Type": "application/json"}
        packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16) if self.packs_watches else None
        if packer:
            headers["Content-Encoding"] = "gzip"
        response = web.StreamResponse(headers=headers)
        response.enable_chunked_encoding()
        await response.prepare(request)
        while (line := await queue.get()) is not None:
            await self._thawed.wait()
            if packer:
                line = packer.compress(line) + packer.flush(zlib.Z_SYNC_FLUSH)
            await response.write(line)
        if packer:
            await response.write(packer.flush())
        return response


def status(code: int, message: str) -> web.Response:
    """Return a refusal as the API server words it."""
    return web.json_response({"kind": "Status", "code": code, "message": message}, status=code)


def html(_request: web.Request) -> web.Response:
    """Answer as a captive portal does."""
    return web.Response(text="<html><body>Welcome to Hotel Wi-Fi</body></html>", content_type="text/html")


def _line(word: str, item: Json) -> bytes:
    return json.dumps({"type": word, "object": item}).encode() + b"\n"


@asynccontextmanager
async def running(tls: ssl.SSLContext | None = None) -> AsyncIterator[FakeApi]:
    """Lend a running server."""
    fake = FakeApi()
    await fake.start(tls)
    try:
        yield fake
    finally:
        fake.thaw()
        await fake.stop()
