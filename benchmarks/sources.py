"""Measures what the robot, the links, the probes, the host and the GPU cost beside the cluster's own sources.

    python -m benchmarks.sources --seconds 60

An embedded robot is started; the same process without a screen then feeds a store twice, once from the cluster alone
and once from everything, and says what it used after a warm-up. The difference is the price.
"""

from __future__ import annotations

import asyncio
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


async def measured(told: dict[str, Any], everything: bool, seconds: float, folder: Path) -> dict[str, float]:
    from spottui import clock
    from spottui.app_cluster import join_cluster
    from spottui.app_demo import settings_for
    from spottui.app_robot_source import robot_sources
    from spottui.app_sources import own_sources
    from spottui.config import load
    from spottui.store import Store

    settings = load(environ={}, home=folder, folder=folder, flags={}, config_file=None, actions={})
    settings = settings_for(settings, told)
    store = Store()
    joined = await join_cluster(settings, environ={}, home=folder, clock=clock.now)
    sources = list(joined.sources)
    if everything:
        environ = {"HTTPS_PROXY": told["proxy"]}
        joined.others += robot_sources(settings, environ, clock.now)
        sources += joined.others
        sources += own_sources(
            settings,
            environ=environ,
            home=folder,
            clock=clock.now,
            store=store,
            joined=lambda: joined,
            with_robot=False,
        )
    tasks = [asyncio.create_task(feed(source, store)) for source in sources]
    await asyncio.sleep(WARM_UP)
    process, late = psutil.Process(), list[float]()
    used, begun = time.process_time(), time.monotonic()
    while time.monotonic() - begun < seconds:
        before = time.monotonic()
        await asyncio.sleep(BEAT)
        late.append(time.monotonic() - before - BEAT)
    wall = time.monotonic() - begun
    memory = process.memory_full_info()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await joined.close()
    late.sort()
    return {
        "cpu": 100 * (time.process_time() - used) / wall,
        "rss": memory.rss / 1e6,
        "uss": memory.uss / 1e6,
        "late p50": 1000 * statistics.median(late),
        "late p99": 1000 * late[int(len(late) * 0.99)],
        "late max": 1000 * late[-1],
    }


def child(told: dict[str, Any], everything: bool, seconds: float) -> dict[str, float]:
    """Measure in a process of its own, so that what one run imported is not there in the other."""
    environ = {**os.environ, "GRPC_VERBOSITY": "NONE", "GRPC_PYTHON_DISABLE_ABSL_INIT_LOG": "1"}
    words = [sys.executable, "-m", "benchmarks.sources", "--child", json.dumps(told), "--seconds", str(seconds)]
    words += ["--everything"] if everything else []
    return json.loads(subprocess.run(words, env=environ, check=True, capture_output=True, text=True).stdout)


@click.command()
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--child", "told", hidden=True)
@click.option("--everything", is_flag=True, hidden=True)
def main(seconds: float, told: str | None, everything: bool) -> None:
    """Print a table of the two runs and their difference."""
    if told is not None:
        with TemporaryDirectory() as folder:
            print(json.dumps(asyncio.run(measured(json.loads(told), everything, seconds, Path(folder)))))
        return
    command = [sys.executable, "-m", "spottui.sim", "--with-parent", "--scenario", "quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as robot:
        assert robot.stdout is not None and robot.stdin is not None
        said = json.loads(robot.stdout.readline())
        alone, all_of_it = child(said, False, seconds), child(said, True, seconds)
        robot.stdin.close()
    load = os.getloadavg()[0]
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {load:.1f}, {seconds:.0f} s after a warm-up\n"
    )
    print("| | cluster alone | with robot, links, probes, host, GPU | difference | wanted |")
    print("|---|---|---|---|---|")
    wanted = {"cpu": "<= 1 %", "rss": "<= 25 MB", "late max": "<= 5 ms"}
    units = {"cpu": "%", "rss": "MB", "uss": "MB"}
    for name, before in alone.items():
        after, unit = all_of_it[name], units.get(name, "ms")
        print(f"| {name} | {before:.2f} {unit} | {after:.2f} {unit} | {after - before:+.2f} | {wanted.get(name, '')} |")


if __name__ == "__main__":
    main()
