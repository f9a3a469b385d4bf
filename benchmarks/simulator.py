"""Measures the embedded robot: start to ready, memory, a list of many pods, changes by the second.

    python -m benchmarks.simulator --pods 5000 --changes 500

Every figure is taken from outside, over TLS and through the link's proxy, as spottui would feel it.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import click
import msgspec

SECONDS = 10.0
"""For which the changes are counted."""


@contextmanager
def robot(*arguments: str) -> Iterator[tuple[int, float, Any]]:
    """Start an embedded robot; give its process id, the seconds until it was ready, and what it said."""
    command = [sys.executable, "-m", "spottui.sim", "--with-parent", *arguments]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None and process.stdin is not None
        line = process.stdout.readline()
        ready = time.perf_counter() - begun
        try:
            yield process.pid, ready, json.loads(line)
        finally:
            process.stdin.close()


class Page(msgspec.Struct):
    """A page of a list; its objects are left as they came."""

    items: list[msgspec.Raw]
    metadata: dict[str, Any]


def memory(pid: int) -> float:
    """Return the resident memory in MB; Linux only."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return float("nan")


def cpu(pid: int) -> float:
    """Return the seconds of processor time that a process has used; Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def access(told: Any) -> tuple[str, dict[str, Any]]:
    """Return the server, and what each request needs."""
    config = json.loads(Path(told["kubeconfig"]).read_text())
    headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}", "Accept-Encoding": "gzip"}
    context = ssl.create_default_context(cafile=told["ca"])
    return config["clusters"][0]["cluster"]["server"], {"headers": headers, "ssl": context}


async def list_pods(told: Any) -> tuple[float, int]:
    """List all pods in pages of 500, as spottui does; return the seconds and how many there were."""
    server, how = access(told)
    found, more = 0, ""
    begun = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        while True:
            params = {"limit": "500", **({"continue": more} if more else {})}
            async with session.get(f"{server}/api/v1/pods", params=params, **how) as answer:
                page = msgspec.json.decode(await answer.read(), type=Page)
            found += len(page.items)
            more = page.metadata.get("continue", "")
            if not more:
                return time.perf_counter() - begun, found


async def watch_pods(told: Any, seconds: float) -> float:
    """Watch all pods for a while; return how many changes came in a second."""
    server, how = access(told)
    count = 0
    async with aiohttp.ClientSession(read_bufsize=2**20) as session:
        async with session.get(f"{server}/api/v1/pods", params={"limit": "1"}, **how) as answer:
            version = (await answer.json())["metadata"]["resourceVersion"]
        params = {"watch": "1", "resourceVersion": version}
        begun = time.perf_counter()
        async with session.get(f"{server}/api/v1/pods", params=params, **how) as answer:
            while time.perf_counter() - begun < seconds:
                await asyncio.wait_for(answer.content.readline(), 10)
                count += 1
    return count / (time.perf_counter() - begun)


@click.command()
@click.option("--pods", default=5000, show_default=True)
@click.option("--changes", default=500.0, show_default=True, help="A second.")
@click.option("--runs", default=3, show_default=True)
def main(pods: int, changes: float, runs: int) -> None:
    """Measure and print a table."""
    starts, used, sizes = [], [], []
    for _ in range(runs):
        with robot() as (pid, ready, _told):
            starts.append(ready)
            used.append(cpu(pid))
            sizes.append(memory(pid))
    with robot("--pods", str(pods), "--changes", str(changes)) as (pid, ready, told):
        before = cpu(pid)
        lists = [asyncio.run(list_pods(told)) for _ in range(runs)]
        listing, before = (cpu(pid) - before) / runs, cpu(pid)
        rate = asyncio.run(watch_pods(told, SECONDS))
        busy = (cpu(pid) - before) / SECONDS
        rows = [
            ("start to ready, default scenario", f"{statistics.median(starts):.2f} s", "<= 1.5 s"),
            ("processor time of that start", f"{statistics.median(used):.2f} s", ""),
            ("memory, default scenario", f"{statistics.median(sizes):.0f} MB", "<= 120 MB"),
            (f"list of {lists[0][1]} pods", f"{statistics.median(one for one, _ in lists):.2f} s", "<= 1 s"),
            ("processor time of the robot for that list", f"{listing:.2f} s", ""),
            (f"changes heard, of {changes:.0f} a second", f"{rate:.0f} a second", f">= {changes * 0.95:.0f}"),
            (f"processor while {changes:.0f} changes a second", f"{busy * 100:.0f} %", ""),
            (f"start to ready with {pods} pods", f"{ready:.2f} s", ""),
            (f"memory with {pods} pods", f"{memory(pid):.0f} MB", ""),
        ]
    load = os.getloadavg()[0]
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {load:.1f}, {runs} runs (medians)\n")
    print("| | measured | wanted |\n|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
