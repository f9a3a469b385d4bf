"""The simulated API server in one event loop with its test, spoken to over HTTP on loopback."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from spottui.sim.api_server import ApiServer
from spottui.sim.objects import Objects
from spottui.sim.resources import resource
from spottui.sim.story_clock import StoryClock

Json = dict[str, Any]

TOKENS = {user: f"token-of-{user}" for user in ("admin", "operator", "viewer")}
CONFIGS = resource("configmaps")
PODS = resource("pods")


@dataclass
class Case:
    """A served API and a client of it."""

    objects: Objects
    server: ApiServer
    http: aiohttp.ClientSession
    port: int
    runner: web.AppRunner

    async def ask(
        self, method: str, path: str, body: Any = None, *, user: str = "admin", **how: Any
    ) -> tuple[int, Any]:
        """Send a request; return status and JSON."""
        headers = {"Authorization": f"Bearer {TOKENS[user]}", **how.pop("headers", {})}
        if isinstance(body, bytes):
            how["data"] = body
        elif body is not None:
            how["json"] = body
        async with self.http.request(method, path, headers=headers, **how) as answer:
            return answer.status, await answer.json(content_type=None)

    def config(self, name: str, **data: str) -> Json:
        """Store a ConfigMap without the API."""
        return self.objects.create(CONFIGS, {"metadata": {"name": name, "namespace": "default"}, "data": data})


async def until(condition: Callable[[], object], what: str, seconds: float = 5.0) -> None:
    """Wait until a condition holds; fail when it takes too long."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    for _ in itertools.count():
        if condition():
            return
        assert loop.time() < end, f"waited in vain until {what}"
        await asyncio.sleep(0.001)


@asynccontextmanager
async def serving(*, history: int = 20_000, routes: tuple[web.AbstractRouteDef, ...] = ()) -> AsyncIterator[Case]:
    """Serve an empty cluster."""
    clock = StoryClock()
    objects = Objects(clock.wall, history=history)
    server = ApiServer(objects, clock, dict(TOKENS))
    server.add_routes(routes)
    runner = web.AppRunner(server.app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        try:
            yield Case(objects, server, http, port, runner)
        finally:
            await runner.cleanup()
