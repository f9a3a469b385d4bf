"""Measures following a log: 10,000 lines a second from a real HTTP server into the view, and a full ring's memory.

    python -m benchmarks.logs --lines 10000 --seconds 10

The server is a process of its own; the screen is drawn without a terminal. While lines come, a key is pressed ten
times a second, and how late the event loop takes it is told.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import click
import psutil
from aiohttp import web
from textual.app import App, ComposeResult

from spottui.records_logs import RANGES, LogLine, LogSource
from spottui.sources.kube_lines import LineStream
from spottui.sources.logs import LogFeed
from spottui.widgets.log_buffer import LIMIT
from spottui.widgets.log_view import LogView

TEXT = 'level=info msg="frame taken" camera=frontleft seq={number} exposure=12ms gain=4 temperature=41'
DRAW_EVERY = 0.1


def serve(lines_a_second: int) -> None:
    """Serve a log that goes on for ever; says its port first."""

    async def log(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        number, begun = 0, time.monotonic()
        while True:
            due = int((time.monotonic() - begun) * lines_a_second)
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
            piece = [f"{stamp}.{at % 10**9:09d}Z {TEXT.format(number=at)}\n" for at in range(number, due)]
            number = due
            try:
                await answer.write("".join(piece).encode())
            except ConnectionError:
                return answer
            await asyncio.sleep(0.02)

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", log)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()

    asyncio.run(main())


class Api:
    """Opens the log; the part of KubeApi that a feed needs."""

    def __init__(self, port: int) -> None:
        self._port = port

    @asynccontextmanager
    async def stream(self, path: str, query: Any = (), **_: Any) -> AsyncIterator[LineStream]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self._port}{path}", timeout=aiohttp.ClientTimeout(total=None)) as answer,
        ):
            yield LineStream(answer, lambda _: None, lambda error: error)


class OneLog(App[None]):
    """The log view alone."""

    def compose(self) -> ComposeResult:
        self.view = LogView()
        yield self.view


async def measured(port: int, seconds: float) -> dict[str, float]:
    app, process = OneLog(), psutil.Process()
    async with app.run_test(size=(120, 40)) as pilot:
        before = process.memory_info().rss
        source = LogSource(namespace="n", pod="p", pod_uid="u", container="c")
        feed = LogFeed(Api(port), time.time, [source], RANGES[0])
        due = 0.0

        async def read() -> None:
            nonlocal due
            async for batch in feed.batches():
                app.view.add(batch)
                if time.monotonic() >= due:
                    app.view.show()
                    due = time.monotonic() + DRAW_EVERY

        reading = asyncio.create_task(read())
        await asyncio.sleep(1)
        late: list[float] = []
        used, begun, first = time.process_time(), time.monotonic(), app.view.buffer.end
        while time.monotonic() - begun < seconds:
            asked = time.monotonic()
            await asyncio.sleep(DRAW_EVERY)
            late.append(time.monotonic() - asked - DRAW_EVERY)
        wall = time.monotonic() - begun
        result = {
            "lines": (app.view.buffer.end - first) / wall,
            "cpu": 100 * (time.process_time() - used) / wall,
            "late p95": 1000 * statistics.quantiles(late, n=20)[-1],
            "late max": 1000 * max(late),
        }
        app.view.focus()
        await pilot.pause()
        keys = []
        for _ in range(11):
            app.view.follows = True
            asked = time.monotonic()
            app.simulate_key("k")
            while app.view.follows:  # noqa: ASYNC110 (nothing tells when the view stands still)
                await asyncio.sleep(0.001)
            keys.append(1000 * (time.monotonic() - asked))
            await asyncio.sleep(0.1)
        result["key"], result["key max"] = statistics.median(keys), max(keys)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await feed.close()
        app.view.add(LogLine("", "p", "c", TEXT.format(number=number)) for number in range(2 * LIMIT // 200))
        result["ring"] = (process.memory_info().rss - before) / 1e6
        return result


@click.command()
@click.option("--lines", default=10_000, show_default=True)
@click.option("--seconds", default=10.0, show_default=True)
@click.option("--serve", "serves", is_flag=True, hidden=True)
def main(lines: int, seconds: float, serves: bool) -> None:
    """Print a table."""
    if serves:
        serve(lines)
        return
    command = [sys.executable, "-m", "benchmarks.logs", "--serve", "--lines", str(lines)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = asyncio.run(measured(int(server.stdout.readline()), seconds))
        server.terminate()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| | measured | wanted |\n|---|---|---|")
    print(f"| lines a second taken, of {lines} | {found['lines']:.0f} |  |")
    print(f"| processor | {found['cpu']:.1f} % of a core | <= 30 % |")
    print(f"| event loop late, p95 / worst | {found['late p95']:.1f} / {found['late max']:.1f} ms |  |")
    print(f"| a key, until it is obeyed, median / worst of 11 | {found['key']:.0f} / {found['key max']:.0f} ms |  |")
    print(f"| memory with a full ring of {LIMIT >> 20} MB | +{found['ring']:.1f} MB | <= +20 MB |")


if __name__ == "__main__":
    main()
