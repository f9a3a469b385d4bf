"""Measures GitOps with many Applications: decode and draw, one change, the filter, memory, a tree of 2,000 objects.

    python -m benchmarks.applications --apps 500

The program runs without a terminal, as the tests run it; the Applications are one page of JSON, each of about 10 kB.
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import click
from aiohttp import web

from spottui.events import ListEnded, ObjectsHeard
from spottui.records_argocd import AppResource
from spottui.screens.gitops_tree import tree_of
from spottui.sources.kube import KubeSource
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_objects import KINDS, decode_list, decode_watch
from spottui.sources.kube_requests import FIRST_PAGE, PAGE
from spottui.sources.kubeconfig import find_cluster
from spottui.verdicts.app_diff import diff_lines
from spottui.verdicts.sync_windows import state
from spottui.widgets.row_view import RowView
from tests.screens.app_case import (
    NOW,
    FakeCluster,
    an_application,
    everything_listed,
    make_app,
    screen_text,
    until,
)
from tests.sources.fake_api import FakeApi

RUNS = 5
RESOURCES = 25


def an_object(number: int, revision: str = "a" * 40) -> dict[str, Any]:
    """Return an Application as the API server sends it, of about 10 kB."""
    source = {"repoURL": f"https://git.example/robots/app-{number}.git", "path": "deploy", "targetRevision": "main"}
    rows = [
        {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": f"ns-{number}", "name": f"part-{row}"}
        | {"status": "OutOfSync" if number % 9 == 0 and row == 0 else "Synced"}
        for row in range(RESOURCES)
    ]
    done = [row | {"status": "Synced", "message": f"deployment.apps/{row['name']} configured"} for row in rows]
    history = [
        {"id": one, "revision": f"{one:040x}", "deployedAt": "2026-11-24T01:00:00Z", "source": source}
        for one in range(9)
    ]
    status = {
        "sync": {"status": "OutOfSync" if number % 9 == 0 else "Synced", "revision": revision},
        "health": {"status": "Healthy"},
        "resources": rows,
        "history": [*history, {"id": 9, "revision": "a" * 40, "deployedAt": "2026-11-24T01:00:00Z", "source": source}],
        "reconciledAt": "2027-01-15T07:59:30Z",
        "operationState": {
            "phase": "Succeeded",
            "startedAt": "2026-11-24T01:00:00Z",
            "finishedAt": "2026-11-24T01:00:09Z",
            "syncResult": {"revision": "a" * 40, "resources": done},
        },
        "summary": {"images": [f"registry.example/part-{row}:1.{number}" for row in range(RESOURCES)]},
    }
    meta = {"name": f"app-{number}", "namespace": "argocd", "uid": f"uid-{number}", "annotations": {"note": "x" * 900}}
    spec = {"project": "default", "source": source, "destination": {"namespace": f"ns-{number}"}}
    return {"metadata": meta, "spec": spec, "status": status}


def resident() -> float:
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def measured(count: int) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    items = [an_object(number) for number in range(count)]
    body = json.dumps({"kind": "List", "metadata": {"resourceVersion": "7"}, "items": items}).encode()
    found["size of one Application"] = (f"{len(body) / count / 1000:.1f} kB", "")
    del items
    app = make_app(Path(tempfile.mkdtemp()))
    app.parts.look_at = app.parts.look_away = lambda kind: None
    async with app.run_test(size=(160, 48)) as pilot:
        await until(lambda: app.joined is not None, pilot)
        await pilot.press("5")
        for event in everything_listed():
            app.store.apply(event)
        app.store.flush()
        await pilot.pause()
        gc.collect()
        before, begun = resident(), time.perf_counter()
        page = decode_list("applications", body)
        app.store.apply(ObjectsHeard("applications", page.records, (), NOW))
        app.store.apply(ListEnded("applications", frozenset(one.uid for one in page.records), NOW))
        app.store.flush()
        await until(lambda: "app-0" in screen_text(app), pilot)
        found["list decoded and drawn"] = (f"{1000 * (time.perf_counter() - begun):.0f} ms", "<= 500 ms")
        gc.collect()
        found["memory for them"] = (f"{resident() - before:.0f} MB", "<= 40 MB")
        found |= await _changes(app, pilot)
        found |= await _filter(app, pilot)
        found |= await _detail(app, pilot)
        found |= _pure(app)
    return found


def _serve(count: int, port: Any) -> None:
    """Be a small API server with Applications, in a process of its own; what it sends is packed beforehand."""
    items = [an_object(number) for number in range(count)]
    pages: dict[tuple[int, int], bytes] = {}
    for begin, limit in ((0, FIRST_PAGE), *((at, PAGE) for at in range(FIRST_PAGE, count, PAGE))):
        meta: dict[str, Any] = {"resourceVersion": "7"}
        if begin + limit < count:
            meta |= {"continue": str(begin + limit), "remainingItemCount": count - begin - limit}
        page = {"kind": "List", "metadata": meta, "items": items[begin : begin + limit]}
        pages[begin, limit] = gzip.compress(json.dumps(page).encode(), 4)

    def listed(request: web.Request) -> web.Response | None:
        if not request.path.endswith("/applications") or request.query.get("watch"):
            return None
        body = pages[int(request.query.get("continue") or 0), int(request.query["limit"])]
        return web.Response(body=body, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})

    async def run() -> None:
        server = FakeApi()
        server.objects |= {"applications": {}, "appprojects": {}}
        server.misbehave = listed
        await server.start()
        port.send(server.port)
        await asyncio.Event().wait()

    asyncio.run(run())


class _Gated:
    """The Kubernetes source, which connects only when it is told to."""

    name = "kube"

    def __init__(self, api: KubeApi) -> None:
        self.begins = asyncio.Event()
        kinds = [KINDS["applications"], KINDS["appprojects"]]
        self._kube = KubeSource(api, kinds=kinds)

    async def events(self) -> AsyncIterator[Any]:
        await self.begins.wait()
        async for event in self._kube.events():
            yield event


async def connected(count: int) -> dict[str, tuple[str, str]]:
    """Measure from the first answer of an API server on loopback to the rows on the screen."""
    mine, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(count, theirs), daemon=True)
    process.start()
    try:
        server, folder = FakeApi(), Path(tempfile.mkdtemp())
        server.port = await asyncio.to_thread(mine.recv)
        file = server.kubeconfig(folder)
        api = KubeApi(find_cluster(flag=file, environ={}, home=folder, context=None, namespace=None))
        source = _Gated(api)
        app = make_app(Path(tempfile.mkdtemp()), cluster=FakeCluster(sources=[source]))
        async with app.run_test(size=(160, 48)) as pilot:
            await until(lambda: app.joined is not None, pilot)
            await pilot.press("5")
            source.begins.set()
            await until(lambda: "kube" in app.store.links, pilot)
            begun, spent = time.perf_counter(), time.process_time()
            # To look at the screen again and again would cost more than what is measured.
            await until(lambda: app.screen.table().order, pilot)  # type: ignore[attr-defined]
            await until(lambda: "app-0" in screen_text(app), pilot)
            first = time.perf_counter() - begun
            await until(lambda: len(app.screen.table().order) == count, pilot, seconds=20)  # type: ignore[attr-defined]
            await pilot.pause()
            whole, spent = time.perf_counter() - begun, time.process_time() - spent
        await api.close()
    finally:
        process.kill()
    return {
        "connected to first rows drawn": (f"{1000 * first:.0f} ms", "<= 500 ms"),
        "connected to all rows drawn": (f"{1000 * whole:.0f} ms", "<= 500 ms"),
        "processor time for that": (f"{1000 * spent:.0f} ms", ""),
    }


async def _detail(app: Any, pilot: Any) -> dict[str, tuple[str, str]]:
    """Open an Application of 2,000 resources, and have one of the cluster's objects change under it."""
    many = tuple(AppResource(kind="ConfigMap", name=f"c{number}", sync="Synced") for number in range(2000))
    app.store.apply(ObjectsHeard("applications", (an_application("a-large", resources=many),), (), NOW))
    app.store.flush()
    await pilot.press("g", "enter")
    await until(lambda: "2000 resources" in screen_text(app), pilot)
    took = []
    for number in range(RUNS):
        one = an_application("a-large", resources=many, images=(f"registry.example/part:{number}",))
        app.store.apply(ObjectsHeard("applications", (one,), (), NOW))
        begun = time.thread_time()
        app.store.flush()
        took.append(1000 * (time.thread_time() - begun))
        await pilot.pause()
    await pilot.press("escape")
    return {"a change under an open one of 2,000 resources": (f"{min(took):.1f} ms", "<= 10 ms")}


async def _changes(app: Any, pilot: Any) -> dict[str, tuple[str, str]]:
    """Change one Application, and count the rows of the table that are drawn for it."""
    drawn: list[Any] = []
    original = RowView.refresh

    def counted(self: Any, *regions: Any, **more: Any) -> Any:
        drawn.extend(regions or ["all"])
        return original(self, *regions, **more)

    RowView.refresh = counted  # type: ignore[method-assign]
    took, rows = [], []
    try:
        for run in range(RUNS):
            body = json.dumps({"type": "MODIFIED", "object": an_object(0, f"{run + 100:040x}")}).encode()
            await pilot.pause()
            drawn.clear()
            begun = time.perf_counter()
            record = decode_watch("applications", body).record
            assert record is not None
            app.store.apply(ObjectsHeard("applications", (record,), (), NOW))
            app.store.flush()
            await pilot.pause()
            took.append(1000 * (time.perf_counter() - begun))
            rows.append(len({getattr(one, "y", one) for one in drawn}))
    finally:
        RowView.refresh = original  # type: ignore[method-assign]
    return {
        "one change, heard to drawn": (f"{statistics.median(took):.1f} ms", ""),
        "rows drawn for one change": (f"{statistics.median(rows):.0f}", "1"),
    }


async def _filter(app: Any, pilot: Any) -> dict[str, tuple[str, str]]:
    table, took = app.screen.table(), []
    for number in range(RUNS):
        begun = time.perf_counter()
        table.set_filter(f"app-{number}7")
        took.append(1000 * (time.perf_counter() - begun))
        await pilot.pause()
    table.set_filter("")
    return {"filter": (f"{statistics.median(took):.1f} ms", "<= 20 ms")}


def _pure(app: Any) -> dict[str, tuple[str, str]]:
    """Measure what a detail costs: a tree of 2,000 objects, a diff, a verdict of windows."""
    many = tuple(AppResource(kind="ConfigMap", name=f"c{number}", sync="Synced") for number in range(2000))
    large = an_application("large", resources=many)
    one = {"kind": "ConfigMap", "data": {f"key-{number}": "value" for number in range(2000)}}
    other = {"kind": "ConfigMap", "data": {f"key-{number}": "value" if number % 50 else "x" for number in range(2000)}}
    return {
        "tree of 2,000 resources": (_best(lambda: tree_of(app.store, large)), "<= 10 ms"),
        "diff of 2,000 lines, 40 changed": (_best(lambda: diff_lines(one, other)), ""),
        "sync windows of one Application": (_best(lambda: state((), large, NOW)), ""),
    }


def _best(work: Any) -> str:
    """Return the shortest processor time: others on the machine do not count."""
    took = []
    for _ in range(RUNS):
        begun = time.thread_time()
        work()
        took.append(1000 * (time.thread_time() - begun))
    return f"{min(took):.1f} ms"


@click.command()
@click.option("--apps", default=500, show_default=True)
def main(apps: int) -> None:
    """Print a table."""
    found = asyncio.run(measured(apps)) | asyncio.run(connected(apps))
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {apps} Applications\n"
    )
    print("| | measured | wanted |\n|---|---|---|")
    for name, (figure, wanted) in found.items():
        print(f"| {name} | {figure} | {wanted} |")


if __name__ == "__main__":
    main()
