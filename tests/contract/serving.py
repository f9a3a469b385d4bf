"""Starts the simulator's API server in a thread, for blocking tests; and knows how to run the cases."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from spottui.sim.api_access import Authorizer
from spottui.sim.api_server import ApiServer
from spottui.sim.objects import Objects
from spottui.sim.story_clock import StoryClock

from ..cluster.control_plane import ControlPlane
from .caller import Caller
from .cases import CASES

RECORDED = Path(__file__).parent / "recorded"
TOKENS = {user: f"token-of-{user}" for user in ("admin", "operator", "viewer", "nobody")}


class Simulator:
    """The simulated API server on a port of its own, in a thread."""

    def __init__(self) -> None:
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._objects: Objects | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._thread.start()
        assert self._ready.wait(10), "the simulator did not start"

    def stop(self) -> None:
        """Stop it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def compact(self) -> None:
        """Forget the past."""

        async def forget() -> None:
            assert self._objects is not None
            self._objects.compact()

        asyncio.run_coroutine_threadsafe(forget(), self._loop).result(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = self._loop.run_until_complete(self._serve())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _serve(self) -> web.AppRunner:
        clock = StoryClock()
        self._objects = Objects(clock.wall)
        server = ApiServer(self._objects, clock, TOKENS)
        _like_the_test_cluster(server.authorizer)
        runner = web.AppRunner(server.app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        return runner


def _like_the_test_cluster(authorizer: Authorizer) -> None:
    """Give the users what the roles of the test cluster give them."""
    authorizer.rules["nobody"] = []
    authorizer.groups["operator"] = authorizer.groups["viewer"] = ()


@contextmanager
def simulator() -> Iterator[Caller]:
    """Lend a caller of the simulator."""
    served = Simulator()
    served.start()
    caller = Caller(served.port, TOKENS, None, served.compact)
    try:
        yield caller
    finally:
        caller.close()
        served.stop()


@contextmanager
def real_server() -> Iterator[Caller]:
    """Lend a caller of a real API server, without controllers: what is compared is the API alone."""
    with ControlPlane() as plane:
        plane.start()
        plane.install_argo_crds()
        login = plane.login("admin")
        tls = ssl.create_default_context(cafile=str(login.authority))
        tokens = {user: plane.token(user) for user in TOKENS}

        def compact() -> None:
            caller.close()
            plane.compact()

        caller = Caller(plane.port, tokens, tls, compact)
        try:
            yield caller
        finally:
            caller.close()


def run_case(caller: Caller, name: str) -> list[dict[str, Any]]:
    """Run one case and return what was said, as it is recorded."""
    caller.begin(f"contract-{list(CASES).index(name):03}")
    CASES[name](caller)
    said = json.dumps(caller.said).replace(caller.namespace, "<namespace>")
    return json.loads(said)


def recorded(name: str) -> list[dict[str, Any]]:
    """Return what the real server said in a case."""
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
