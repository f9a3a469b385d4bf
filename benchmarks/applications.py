"""Measures GitOps with many Applications: decode and draw, one change, the filter, memory, a tree of 2,000 objects.

    python -m benchmarks.applications --apps 500

The program runs without a terminal, as the tests run it; the Applications are one page of JSON, each of about 10 kB.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from spottui.events import ListEnded, ObjectsHeard
from spottui.records_argocd import AppResource
from spottui.screens.gitops_tree import tree_of
from spottui.sources.kube_objects import decode_list, decode_watch
from spottui.verdicts.app_diff import diff_lines
from spottui.verdicts.sync_windows import state
from spottui.widgets.row_view import RowView
from tests.screens.app_case import NOW, an_application, everything_listed, make_app, screen_text, until

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
        found |= _pure(app)
    return found


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
        "tree of 2,000 resources": (_best(lambda: tree_of(app.store, large)), ""),
        "diff of 2,000 lines, 40 changed": (_best(lambda: diff_lines(one, other)), ""),
        "sync windows of one Application": (_best(lambda: state((), large, NOW)), ""),
    }


def _best(work: Any) -> str:
    took = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - begun))
    return f"{min(took):.1f} ms"


@click.command()
@click.option("--apps", default=500, show_default=True)
def main(apps: int) -> None:
    """Print a table."""
    found = asyncio.run(measured(apps))
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {apps} Applications\n"
    )
    print("| | measured | wanted |\n|---|---|---|")
    for name, (figure, wanted) in found.items():
        print(f"| {name} | {figure} | {wanted} |")


if __name__ == "__main__":
    main()
