"""The simulated Argo CD behind a real HTTP API, and one who commands it through the real client and the real Runner.

Time stands still but where an act waits: then the story goes on by as much, so that nothing here waits in earnest.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from spottui.actions.audit import Audit
from spottui.actions.lock import WriteLock
from spottui.actions.permits import Permits
from spottui.actions.questions import Question
from spottui.actions.registry import by_id
from spottui.actions.runner import Runner
from spottui.actions.services import Services
from spottui.records import Target
from spottui.sim.api_server import ApiServer
from spottui.sources.argocd_api import ArgocdApi
from spottui.sources.argocd_reads import ArgocdReads
from spottui.sources.kube_api import KubeApi
from spottui.sources.kubeconfig import find_cluster
from tests.argo_gateway import Gateway
from tests.sim.argo_bench import Bench, running
from tests.sources.argocd_server import TOKEN

TOKENS = {user: f"token-of-{user}" for user in ("admin", "operator", "viewer")}


@dataclass
class Field:
    """A cluster with Argo CD, and an operator who says yes."""

    bench: Bench
    api: KubeApi
    kubeconfig: Path
    folder: Path
    server: Gateway | None = None
    """argocd-server, when acts go through it."""
    argocd: ArgocdApi | None = None
    questions: list[Question] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        wall = self.bench.wall
        who = {"user": "ana", "host": "base", "ssh_connection": "", "context": "sim"}
        self.audit = Audit(self.folder / "audit.jsonl", clock=wall, **who)
        api = self.api if self.argocd is None else ArgocdReads(self.api, self.argocd)
        self.services = Services(
            api,
            wall,
            self.bench.step,
            "spottui:ana@base",
            "sim",
            self.told.append,
            cluster_clock=wall,
            argocd=self.argocd,
        )
        permits, lock = Permits(self.api, wall, argocd=self.argocd), WriteLock(True, wall)
        self.runner = Runner(self.services, permits, self.audit, lock, wall, lambda _: None)

    def target(self, name: str = "nav") -> Target:
        uid = self.bench.app(name)["metadata"]["uid"]
        return Target(kind="Application", namespace="argocd", name=name, uid=uid)

    async def perform(self, action: str, name: str = "nav", **options: Any) -> str:
        return await self.runner.perform(by_id(f"application.{action}"), self.target(name), self._yes, options)

    async def _yes(self, question: Question) -> bool:
        self.questions.append(question)
        return True


def write_kubeconfig(path: Path, port: int, user: str = "admin") -> Path:
    """Write a kubeconfig for a served API."""
    cluster = {"name": "sim", "cluster": {"server": f"http://127.0.0.1:{port}"}}
    context = {"name": "sim", "context": {"cluster": "sim", "user": user}}
    login = {"name": user, "user": {"token": TOKENS[user]}}
    config = {"apiVersion": "v1", "kind": "Config", "current-context": "sim"}
    path.write_text(json.dumps({**config, "clusters": [cluster], "contexts": [context], "users": [login]}))
    return path


@asynccontextmanager
async def through_argocd_server(bench: Bench) -> AsyncIterator[tuple[Gateway, ArgocdApi]]:
    """Serve argocd-server in front of a bench."""
    gateway = Gateway(bench)
    await gateway.start()
    client = ArgocdApi(f"http://127.0.0.1:{gateway.port}", lambda: TOKEN, environ={})
    try:
        yield gateway, client
    finally:
        await client.close()
        await gateway.stop()


@asynccontextmanager
async def in_the_field(folder: Path, road: str = "kubernetes") -> AsyncIterator[Field]:
    """Serve a cluster with Argo CD for the time of a test; acts take the road "kubernetes" or "rest"."""
    async with running() as bench, AsyncExitStack() as stack:
        server = ApiServer(bench.objects, bench.clock, dict(TOKENS))
        runner = web.AppRunner(server.app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        path = write_kubeconfig(folder / "kubeconfig", runner.addresses[0][1])
        place = find_cluster(flag=path, environ={}, home=folder, context=None, namespace=None)
        server = await stack.enter_async_context(through_argocd_server(bench)) if road == "rest" else (None, None)
        one = Field(bench, KubeApi(place), path, folder, *server)
        try:
            yield one
        finally:
            await one.api.close()
            one.audit.close()
            await runner.cleanup()
