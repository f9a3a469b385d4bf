"""A cluster with Argo CD in a thread of its own, and the command line of this process that is run against it."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spottui import __main__ as command_line
from spottui.sim.objects import Object
from tests.argo_served import Field, in_the_field
from tests.sim.argo_bench import PROJECTS, REPO, config_map

SPEED = 100.0
"""Story seconds per second: the simulated controller takes its time."""


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be JSON and nothing else."""
        return json.loads(self.out)


class Served:
    """A cluster with Argo CD in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ready: Future[Field] = Future()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True)
        self._thread.start()
        self.site = self._ready.result(20)

    async def _serve(self) -> None:
        async with in_the_field(self.folder, "rest") as site:  # argocd-server is there; nobody need ask it
            git = site.bench.git
            git.commit(REPO, {"nav": [config_map("settings", v="1")]}, "first")
            await site.bench.add("nav")
            await site.bench.start("nav")
            git.commit(REPO, {"nav": [config_map("settings", v="2")]}, "second")
            await site.bench.refresh("nav")
            site.bench.clock.speed = SPEED
            running = asyncio.create_task(site.bench.clock.run())
            self._ready.set_result(site)
            await self._stop.wait()
            running.cancel()

    def do(self, work: Callable[[Field], Any]) -> Any:
        """Do something in the cluster's own thread."""

        async def wrapped() -> Any:
            return work(self.site)

        return asyncio.run_coroutine_threadsafe(wrapped(), self._loop).result(10)

    def until(self, holds: Callable[[Field], object]) -> None:
        """Wait until something holds in the cluster."""

        deadline = time.monotonic() + 10
        while not self.do(holds):
            assert time.monotonic() < deadline, "it never came to that"
            time.sleep(0.005)

    def app(self, name: str = "nav") -> Object:
        return self.do(lambda site: site.bench.app(name))

    def edit(self, change: Callable[[Object], None], name: str = "nav") -> None:
        self.do(lambda site: site.bench.edit(change, name))

    def windows(self, *rows: Object) -> None:
        def change(project: Object) -> None:
            project["spec"]["syncWindows"] = list(rows)

        self.do(lambda site: site.bench.objects.change(PROJECTS, "argocd", "default", change))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture(name="served")
def served_cluster(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path)
    yield one
    one.close()


@pytest.fixture(name="spottui")
def spottui_line(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run the command line in this process against the served cluster."""
    for name in [name for name in os.environ if name.startswith(("SPOTTUI", "XDG", "KUBE", "ARGOCD"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USER", "ana")
    monkeypatch.setattr("spottui.actions.argocd_results._pauses", lambda: itertools.repeat(0.02))
    monkeypatch.setattr("spottui.actions.argocd_refresh._pauses", lambda: itertools.repeat(0.02))
    monkeypatch.setattr("spottui.actions.argocd_terminate.PAUSE", 0.02)

    def run(*words: str, kubeconfig: Path | None = None) -> Said:
        monkeypatch.setattr(sys, "argv", ["spottui", "--kubeconfig", str(kubeconfig or served.site.kubeconfig), *words])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return run


def audit(tmp_path: Path) -> list[Any]:
    path = tmp_path / ".local/state/spottui/audit.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
