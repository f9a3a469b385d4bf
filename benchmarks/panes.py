"""Measures how long each screen takes from its key until it is drawn, with many pods known.

    python -m benchmarks.panes --pods 5000

The program runs without a terminal, as the tests run it; a tenth of the pods is broken in some way.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import click

from spottui.events import UsageHeard
from spottui.records import Usage
from tests.screens.app_case import (
    NOW,
    a_deployment,
    a_node,
    a_pod,
    an_application,
    everything_listed,
    heard,
    make_app,
    until,
)

RUNS = 5


async def measured(pods: int) -> dict[str, float]:
    app = make_app(Path(tempfile.mkdtemp()))
    found: dict[str, float] = {}
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: app.joined is not None, pilot)
        many = [a_pod(f"pod-{number}", well=number % 10 != 0, namespace=f"ns-{number % 40}") for number in range(pods)]
        owners = [a_deployment(f"app-{number}") for number in range(pods // 10)]
        apps = [an_application(f"app-{number}") for number in range(50)]
        for event in (
            *everything_listed(),
            heard("nodes", a_node()),
            heard("deployments", *owners),
            heard("pods", *many),
            heard("applications", *apps),
            UsageHeard({"spot-core": Usage(2.0, 4 << 30, NOW, "x")}, {}, NOW),
        ):
            app.store.apply(event)
        app.store.flush()
        await pilot.pause()
        for name, keys, back in (
            *((f"screen {key}", key, "1" if key != "1" else "3") for key in "123456789"),
            ("details of a pod", "enter", "escape"),
        ):
            took = []
            if keys == "enter":
                await pilot.press("3")
            for _ in range(RUNS):
                begun = time.perf_counter()
                await pilot.press(keys)
                took.append(1000 * (time.perf_counter() - begun))
                await pilot.press(back)
            found[name] = statistics.median(took)
    return found


@click.command()
@click.option("--pods", default=5000, show_default=True)
def main(pods: int) -> None:
    """Print a table."""
    found = asyncio.run(measured(pods))
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {pods} pods\n")
    print("| | from key to drawn, median | wanted |\n|---|---|---|")
    for name, milliseconds in found.items():
        print(f"| {name} | {milliseconds:.0f} ms | <= 100 ms |")


if __name__ == "__main__":
    main()
