"""Measures what the robot, the links, the probes, the host and the GPU cost beside the cluster's own sources.

    python -m benchmarks.sources --seconds 60

An embedded robot is started; the same process without a screen then feeds a store twice, once from the cluster alone
and once from everything, and says what it used after a warm-up, and how late its event loop was, from the first import
on. The difference is the price. `--undisturbed` (as root) gives the measured process real-time priority, so that what
else runs on the machine neither makes it late nor cools its caches down.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import psutil

WARM_UP = 25.0
BEAT = 0.01
"""Seconds between two looks at how late the event loop is."""


async def feed(source: Any, store: Any) -> None:
    async for event in source.events():
        store.apply(event)
        store.flush()


async def lateness(seconds: float) -> list[float]:
    """Return by how many milliseconds the loop came late, in order of size."""
    late, begun = list[float](), time.monotonic()
    while time.monotonic() - begun < seconds:
        before = time.monotonic()
        await asyncio.sleep(BEAT)
        late.append(1000 * (time.monotonic() - before - BEAT))
    return sorted(late)


async def measured(told: dict[str, Any], everything: bool, seconds: float, folder: Path) -> dict[str, float]:
    from spottui import clock
    from spottui.app_cluster import join_cluster
    from spottui.app_demo import settings_for
    from spottui.app_head_start import AT_MOST
    from spottui.app_robot_source import robot_sources
    from spottui.app_sources import import_sources, own_sources
    from spottui.config import load
    from spottui.store import Store

    settings = load(environ={}, home=folder, folder=folder, flags={}, config_file=None, actions={})
    settings = settings_for(settings, told)
    store = Store()
    joined = await join_cluster(settings, environ={}, home=folder, clock=clock.now)
    gc.freeze()  # as the app does
    tasks = [asyncio.create_task(feed(source, store)) for source in joined.sources]
    starting = asyncio.create_task(lateness(WARM_UP))
    if everything:
        await asyncio.sleep(AT_MOST)  # the app lets the cluster go first
        await import_sources()
        environ = {"HTTPS_PROXY": told["proxy"]}
        joined.others += robot_sources(settings, environ, clock.now)
        own = own_sources(
            settings,
            environ=environ,
            home=folder,
            clock=clock.now,
            store=store,
            joined=lambda: joined,
            with_robot=False,
        )
        tasks += [asyncio.create_task(feed(source, store)) for source in (*joined.others, *own)]
    starting_late = await starting
    used, begun = time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    used, wall = time.process_time() - used, time.monotonic() - begun
    memory = psutil.Process().memory_full_info()
    late = await lateness(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await joined.close()
    return {
        "cpu": 100 * used / wall,
        "rss": memory.rss / 1e6,
        "uss": memory.uss / 1e6,
        "late while starting": starting_late[-1],
        "late p50": statistics.median(late),
        "late p99": late[int(len(late) * 0.99)],
        "late max": late[-1],
    }


def child(told: dict[str, Any], everything: bool, seconds: float, undisturbed: bool) -> dict[str, float]:
    """Measure in a process of its own, so that what one run imported is not there in the other."""
    environ = {**os.environ, "GRPC_VERBOSITY": "NONE", "GRPC_PYTHON_DISABLE_ABSL_INIT_LOG": "1"}
    words = [sys.executable, "-m", "benchmarks.sources", "--child", json.dumps(told), "--seconds", str(seconds)]
    words += ["--everything"] if everything else []
    words += ["--undisturbed"] if undisturbed else []
    return json.loads(subprocess.run(words, env=environ, check=True, capture_output=True, text=True).stdout)


@click.command()
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--child", "told", hidden=True)
@click.option("--everything", is_flag=True, hidden=True)
@click.option("--undisturbed", is_flag=True, help="At real-time priority; needs root.")
def main(seconds: float, told: str | None, everything: bool, undisturbed: bool) -> None:
    """Print a table of the two runs and their difference."""
    if told is not None:
        if undisturbed:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(20))
        with TemporaryDirectory() as folder:
            print(json.dumps(asyncio.run(measured(json.loads(told), everything, seconds, Path(folder)))))
        return
    command = [sys.executable, "-m", "spottui.sim", "--with-parent", "--scenario", "quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as robot:
        assert robot.stdout is not None and robot.stdin is not None
        said = json.loads(robot.stdout.readline())
        alone, all_of_it = (child(said, each, seconds, undisturbed) for each in (False, True))
        robot.stdin.close()
    load = os.getloadavg()[0]
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {load:.1f}, {seconds:.0f} s after a warm-up\n"
    )
    print("| | cluster alone | with robot, links, probes, host, GPU | difference | wanted |")
    print("|---|---|---|---|---|")
    wanted = {"cpu": "<= 1 %", "rss": "<= 25 MB", "late while starting": "<= 5 ms", "late max": "<= 5 ms"}
    units = {"cpu": "%", "rss": "MB", "uss": "MB"}
    for name, before in alone.items():
        after, unit = all_of_it[name], units.get(name, "ms")
        print(f"| {name} | {before:.2f} {unit} | {after:.2f} {unit} | {after - before:+.2f} | {wanted.get(name, '')} |")


if __name__ == "__main__":
    main()
