"""A stand-in for Argo CD's application controller, over a real API server; knows nothing of spottui.

It does what can be seen of the real one on the Application objects: it takes `operation`, shows it as
`Running` by a merge patch (so an old `operationState` left there is mixed in, as up to Argo CD 3.5), writes
the history, ends it with one JSON patch (result and phase in, `operation` out), writes `status.sync` a moment
later, ends an operation that was set to `Terminating`, and consumes the refresh annotation.

Left out: git, rendering, comparing and applying (nothing is deployed; an Application's resources are what its
status already lists), health, auto-sync, self-heal, sync windows, hooks and waves, selective sync, retry
back-off, deletion and finalizers, AppProject rules, ApplicationSets, sharding, Redis.

Annotations on an Application choose what happens:

    spottui.test/sync-fails: MESSAGE     the operation ends as Failed with this message
    spottui.test/sync-takes: SECONDS     it stays Running for so long
    spottui.test/head: REVISION          what its branch points to (a fixed revision otherwise)
    argocd.argoproj.io/skip-reconcile: "true"   it is left alone, as by the real one
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import aiohttp

from .api_client import JSON_PATCH, MERGE, Login
from .argo_status import TAKES, compared, ended_state, has_work, history, is_terminating, now, path_of

Json = dict[str, Any]

APPLICATIONS = "/apis/argoproj.io/v1alpha1/applications"

_PAUSE = 0.2
"""Seconds before another try, when the server is away."""


class ArgoController:
    """Works on all Applications of one cluster, in a thread with an event loop of its own.

    Start and stop it as a context manager, or by `start` and `stop`. It survives a restart of the server.
    """

    def __init__(self, login: Login) -> None:
        self._login = login
        self._thread: threading.Thread | None = None
        self._stop: Future[None] = Future()
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start working; Applications that are there already are taken up too."""
        assert self._thread is None, "started already"
        self._stop = Future()
        self._thread = threading.Thread(target=self._run_in_thread, name="argo", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop working, in the midst of an operation too, as a controller that was shut down would.

        Raises:
            RuntimeError: It had failed by a bug of its own.
        """
        if self._thread is not None:
            self._stop.set_result(None)
            self._thread.join()
            self._thread = None
        failure, self._failure = self._failure, None
        if failure is not None:
            raise RuntimeError("The stand-in for the Argo CD controller failed.") from failure

    def _run_in_thread(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:  # told to the test by `stop`
            self._failure = error

    async def _run(self) -> None:
        tls = ssl.create_default_context(cafile=str(self._login.authority))
        async with aiohttp.ClientSession(
            f"https://127.0.0.1:{self._login.port}",
            headers={"Authorization": f"Bearer {self._login.token}"},
            connector=aiohttp.TCPConnector(ssl=tls),
            timeout=aiohttp.ClientTimeout(total=None, connect=5, sock_read=60),
        ) as session:
            work = asyncio.create_task(_Work(session).forever())
            await asyncio.wait({work, asyncio.wrap_future(self._stop)}, return_when=asyncio.FIRST_COMPLETED)
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work


class _Work:
    """The loop proper: one task for each Application that has something to do."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._latest: dict[str, Json] = {}
        self._changed: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def forever(self) -> None:
        """Follow the Applications until cancelled; begin anew when the server goes away."""
        async with asyncio.TaskGroup() as group:
            while True:
                with suppress(aiohttp.ClientError, OSError, TimeoutError):
                    await self._list_and_follow(group)
                await asyncio.sleep(_PAUSE)

    async def _list_and_follow(self, group: asyncio.TaskGroup) -> None:
        async with self._session.get(APPLICATIONS) as response:
            response.raise_for_status()
            listed = await response.json()
        self._latest.clear()
        for app in listed["items"]:
            self._take(app, group)
        async for event in self._events(listed["metadata"]["resourceVersion"]):
            if event["type"] == "ERROR":
                return
            if event["type"] == "DELETED":
                self._latest.pop(path_of(event["object"]), None)
            else:
                self._take(event["object"], group)

    async def _events(self, version: str) -> AsyncIterator[Json]:
        query = {"watch": "true", "resourceVersion": version, "timeoutSeconds": "50"}
        async with self._session.get(APPLICATIONS, params=query) as response:
            response.raise_for_status()
            rest = b""
            async for chunk in response.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield json.loads(line)

    def _take(self, app: Json, group: asyncio.TaskGroup) -> None:
        """Remember an Application and see to it, unless that is under way."""
        path = path_of(app)
        app = self._remember(app)
        running = self._tasks.get(path)
        if (running is None or running.done()) and has_work(app):
            self._tasks[path] = group.create_task(self._serve(path))

    def _remember(self, app: Json) -> Json:
        """Keep the newest state of an Application, which may be the answer to a patch, and return it."""
        path = path_of(app)
        known = self._latest.get(path)
        if known is not None and _version(known) >= _version(app):
            return known
        self._latest[path] = app
        self._changed.setdefault(path, asyncio.Event()).set()
        return app

    async def _serve(self, path: str) -> None:
        """Do what one Application asks for until it asks for nothing."""
        while (app := self._latest.get(path)) is not None and has_work(app):
            try:
                if app.get("operation"):
                    await self._operate(path, app)
                else:
                    await self._compare(path, app)
            except (aiohttp.ClientError, OSError):
                await asyncio.sleep(_PAUSE)  # the server is away or the object is gone: look again

    async def _operate(self, path: str, app: Json) -> None:
        state = app.get("status", {}).get("operationState") or {}
        if state.get("phase") not in ("Running", "Terminating"):
            begun = {"operation": app["operation"], "phase": "Running", "startedAt": now()}
            begun["message"] = "one or more tasks are running"
            app = await self._patch(path, {"status": {"operationState": begun}}, MERGE)
        seconds = float(app["metadata"].get("annotations", {}).get(TAKES, 0))
        was_terminated = await self._terminated_within(path, seconds)
        app = self._latest.get(path, app)
        if not app.get("operation"):
            return  # somebody cleared it by force
        state = ended_state(app, was_terminated)
        deployed = state["phase"] == "Succeeded" and not app["operation"]["sync"].get("dryRun")
        if deployed:
            await self._patch(path, {"status": {"history": history(app, state)}}, MERGE)
        end = [
            {"op": "add", "path": "/status/operationState", "value": state},
            {"op": "add", "path": "/operation", "value": None},
        ]
        app = await self._patch(path, end, JSON_PATCH)
        if deployed:
            await self._compare(path, app)

    async def _compare(self, path: str, app: Json) -> None:
        await self._patch(path, compared(app), MERGE)

    async def _terminated_within(self, path: str, seconds: float) -> bool:
        """Wait for the length of an operation; say whether it was terminated meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not is_terminating(self._latest.get(path)):
                    self._changed[path].clear()
                    await self._changed[path].wait()
        return is_terminating(self._latest.get(path))

    async def _patch(self, path: str, body: Json | list[Json], content_type: str) -> Json:
        data = json.dumps(body)
        async with self._session.patch(path, data=data, headers={"Content-Type": content_type}) as response:
            response.raise_for_status()
            return self._remember(await response.json())


def _version(app: Json) -> int:
    return int(app["metadata"]["resourceVersion"])  # comparable: promised since Kubernetes 1.35
