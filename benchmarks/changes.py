"""Changes pods of a Kubernetes API at a steady rate, as the kubelets of a busy cluster would.

    python -m benchmarks.changes KUBECONFIG --rate 100 --churn 1

Each change is one write of a pod's status: ready and not ready in turn, every tenth one restart more. With --churn so
many pods a second are deleted as well; their owners make new ones. Says each second how many writes it managed.
"""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import click
import yaml

AT_ONCE = 16
"""Writes under way at the same time, at most."""
RESTART_EVERY = 10
PAGE = "500"
LEFT_ALONE = ("kube-system", "argocd")


class Api:
    """As much of a client as writing needs: one server, one token."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster = config["clusters"][0]["cluster"]
        ca = cluster.get("certificate-authority-data")
        self.server = cluster["server"]
        self._context = ssl.create_default_context(
            cadata=base64.b64decode(ca).decode() if ca else None, cafile=cluster.get("certificate-authority")
        )
        self._headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}

    def session(self) -> aiohttp.ClientSession:
        """Return a new session; close it."""
        connector = aiohttp.TCPConnector(ssl=self._context, limit=AT_ONCE)
        return aiohttp.ClientSession(self.server, connector=connector, headers=self._headers)


@dataclass(frozen=True, slots=True)
class Running:
    """A running pod as it was listed."""

    path: str
    ready_at: int
    """Place of its condition Ready."""
    is_ready: bool
    restarts: int


async def running_pods(session: aiohttp.ClientSession) -> list[Running]:
    """Return the running pods that may be touched."""
    found: list[Running] = []
    more = ""
    while True:
        async with session.get("/api/v1/pods", params={"limit": PAGE, "continue": more}) as answer:
            page = await answer.json()
        for pod in page["items"]:
            meta, status = pod["metadata"], pod.get("status", {})
            if meta["namespace"] in LEFT_ALONE or status.get("phase") != "Running":
                continue
            types = [condition["type"] for condition in status.get("conditions", ())]
            if "Ready" in types and status.get("containerStatuses"):
                path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
                first = status["containerStatuses"][0]
                found.append(Running(path, types.index("Ready"), first["ready"], first["restartCount"]))
        more = page["metadata"].get("continue", "")
        if not more:
            return found


def change(pod: Running, number: int) -> list[dict[str, Any]]:
    """Return the JSON patch of one change: each turns the pod's readiness, as what changes nothing is not told."""
    changes: list[dict[str, Any]] = [
        {"op": "replace", "path": f"/status/conditions/{pod.ready_at}/status", "value": str(not pod.is_ready)},
        {"op": "replace", "path": "/status/containerStatuses/0/ready", "value": not pod.is_ready},
    ]
    if number % RESTART_EVERY == 0:
        value = pod.restarts + 1
        changes.append({"op": "replace", "path": "/status/containerStatuses/0/restartCount", "value": value})
    return changes


class Changer:
    """Writes at a rate; what has gone meanwhile is passed over, and the list is read anew at each round."""

    def __init__(self, api: Api, rate: float, churn: float) -> None:
        self._api, self._rate, self._churn = api, rate, churn
        self.written = self.deleted = self.refused = 0

    async def run(self) -> None:
        """Write until cancelled."""
        async with self._api.session() as session, asyncio.TaskGroup() as tasks:
            queue: asyncio.Queue[tuple[str, str, Any]] = asyncio.Queue(1)
            for _ in range(AT_ONCE):
                tasks.create_task(self._write(session, queue))
            begun = time.monotonic()
            count = 0
            while True:
                pods = await running_pods(session)
                if not pods:
                    await asyncio.sleep(1)
                for number, pod in enumerate(pods):
                    await asyncio.sleep(max(0.0, begun + count / self._rate - time.monotonic()))
                    count += 1
                    if self._churn and count % max(1, round(self._rate / self._churn)) == 0:
                        await queue.put(("DELETE", pod.path, None))
                    else:
                        await queue.put(("PATCH", f"{pod.path}/status", change(pod, number)))

    async def _write(self, session: aiohttp.ClientSession, queue: asyncio.Queue[tuple[str, str, Any]]) -> None:
        headers = {"Content-Type": "application/json-patch+json"}
        while True:
            method, path, body = await queue.get()
            params = {"gracePeriodSeconds": "0"} if method == "DELETE" else None
            kind = headers if method == "PATCH" else None
            async with session.request(method, path, json=body, headers=kind, params=params) as answer:
                await answer.read()
            if answer.status >= 300:
                self.refused += 1
            elif method == "DELETE":
                self.deleted += 1
            else:
                self.written += 1


async def keep_saying(changer: Changer) -> None:
    before = 0
    while True:
        await asyncio.sleep(1)
        now = changer.written + changer.deleted
        print(now - before, changer.written, changer.deleted, changer.refused, flush=True)
        before = now


async def write(changer: Changer) -> None:
    loop = asyncio.get_running_loop()
    work = asyncio.gather(changer.run(), keep_saying(changer))
    loop.add_signal_handler(signal.SIGTERM, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return


@contextmanager
def changing(kubeconfig: Path, rate: float, churn: float = 0.0, log: Path | None = None) -> Iterator[None]:
    """Have a process of its own change pods while the block runs."""
    command = [sys.executable, "-m", "benchmarks.changes", str(kubeconfig), "--rate", str(rate), "--churn", str(churn)]
    with (log or Path(os.devnull)).open("w") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        try:
            yield
        finally:
            process.terminate()


def managed(log: Path) -> list[int]:
    """Return how many writes each second saw, from the log of `changing`; a busy machine may fall behind."""
    return [int(line.split()[0]) for line in log.read_text().splitlines() if line[:1].isdigit()]


@click.command()
@click.argument("kubeconfig", type=click.Path(path_type=Path, exists=True))
@click.option("--rate", default=100.0, show_default=True, help="Writes a second.")
@click.option("--churn", default=0.0, show_default=True, help="Of these, pods deleted a second.")
def main(kubeconfig: Path, rate: float, churn: float) -> None:
    """Change pods until told to stop."""
    asyncio.run(write(Changer(Api(kubeconfig), rate, churn)))


if __name__ == "__main__":
    main()
