"""A whole embedded robot behind its real HTTP API, on a clock that only waiting acts move, with users made to measure.

It has something of every kind that an act is for. Left out of the real thing: what the simulator leaves out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from spottui.actions.audit import Audit
from spottui.actions.lock import WriteLock
from spottui.actions.objects import RESOURCES
from spottui.actions.permits import Permits
from spottui.actions.questions import Question
from spottui.actions.registry import by_id
from spottui.actions.runner import Runner
from spottui.actions.services import Services
from spottui.clients import KubeClient
from spottui.records import Target
from spottui.sim.api_access import Rule
from spottui.sim.api_server import ApiServer
from spottui.sim.kubelet_routes import kubelet_routes
from spottui.sim.link import Link
from spottui.sim.objects import Object
from spottui.sim.resources import resource
from spottui.sim.robot_parts import RobotParts
from spottui.sim.scenario_check import parse
from spottui.sources.kube_api import KubeApi
from spottui.sources.kubeconfig import find_cluster

NOON = 1_790_078_400.0
ROBOT = "robot"
"""The namespace of everything but the Applications."""

SCENARIO = """
title = "Everything"
seed = 3

[robot]
name = "spot-09"
serial = "spot-BD-1"
battery = 90.0
state = "docked"

[[node]]
name = "core-io"
cpu = 8
handlers = ["runc"]

[[runtime_class]]
name = "wasmedge"
handler = "wasmedge"
shim = "wasmedge-v1"

[[application]]
name = "nav"
repository = "https://git.example/nav.git"
message = "nav 1"

[[application.behind]]
application = "nav"
message = "nav 2"
change = [{ workload = "robot/planner", image = "registry.example/planner:2" }]

[[workload]]
namespace = "robot"
name = "planner"
application = "nav"
image = "registry.example/planner:1"

[[workload]]
namespace = "robot"
name = "cam"
image = "registry.example/cam:1"

[[workload]]
namespace = "robot"
name = "store"
kind = "StatefulSet"
image = "registry.example/store:1"

[[workload]]
namespace = "robot"
name = "exporter"
kind = "DaemonSet"
image = "registry.example/exporter:1"

[[workload]]
namespace = "robot"
name = "report"
kind = "CronJob"
image = "registry.example/report:1"
schedule = "*/2 * * * *"
behaviour = { finish_after = 4.0 }
"""


@dataclass(frozen=True)
class Sent:
    """One request as the server saw it."""

    user: str
    method: str
    path: str
    status: int

    @property
    def is_write(self) -> bool:
        """It would change something: reviews do not."""
        return self.method != "GET" and "/selfsubject" not in self.path

    @property
    def is_refused(self) -> bool:
        """The server said that the user may not."""
        return self.status == 403


@dataclass
class World:
    """The robot, its API's address, and what was sent to it."""

    parts: RobotParts
    server: ApiServer
    folder: Path
    tasks: list[asyncio.Task[None]]
    port: int = 0
    sent: list[Sent] = field(default_factory=list)
    heard: Callable[[Sent], None] = lambda sent: None
    """Told of each request that was carried out, before it is answered."""

    def user(self, name: str, rules: Sequence[Rule]) -> None:
        """Make a user, or give one other rights."""
        authorizer = self.server.authorizer
        authorizer.tokens[name] = f"token-of-{name}"
        authorizer.rules[name] = [*rules]

    def forbid_reviews(self) -> None:
        """Let nobody ask what he may do."""
        authorizer = self.server.authorizer
        authorizer.everybody = [rule for rule in authorizer.everybody if "nonResourceURLs" in rule]

    def kubeconfig(self, user: str, namespace: str = "") -> Path:
        """Write a kubeconfig for a user, with a namespace in its context when one is given."""
        place = {"cluster": "sim", "user": user} | ({"namespace": namespace} if namespace else {})
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "sim",
            "clusters": [{"name": "sim", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}],
            "contexts": [{"name": "sim", "context": place}],
            "users": [{"name": user, "user": {"token": self.server.authorizer.tokens[user]}}],
        }
        path = self.folder / f"kubeconfig-{user}"
        path.write_text(json.dumps(config))
        return path

    def client(self, user: str, namespace: str = "") -> KubeApi:
        """Return the program's own client for a user."""
        path = self.kubeconfig(user, namespace)
        return KubeApi(find_cluster(flag=path, environ={}, home=self.folder, context=None, namespace=None))

    def operator(self, user: str, around: Callable[[KubeApi], KubeClient] = lambda api: api) -> Operator:
        """Return one who commands as this user; `around` is put around the client."""
        return Operator(self, user, self.client(user), around)

    def objects(self, kind: str) -> list[Object]:
        """Return all objects of a kind."""
        group, _, plural = RESOURCES[kind]
        return [*self.parts.objects.all(resource(plural, group))]

    def target(self, kind: str, start: str = "") -> Target:
        """Return the youngest living object of a kind whose name starts like this."""
        found = [one for one in self.objects(kind) if one["metadata"]["name"].startswith(start)]
        living = [one for one in found if "deletionTimestamp" not in one["metadata"]]
        meta = max(living, key=lambda one: int(one["metadata"]["resourceVersion"]))["metadata"]
        return Target(kind=kind, namespace=meta.get("namespace", ""), name=meta["name"], uid=meta["uid"])

    async def change(self, target: Target, change: Mapping[str, Any]) -> None:
        """Change an object as the administrator."""
        group, version, plural = RESOURCES[target.kind]
        root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        path = f"{root}/namespaces/{target.namespace}/{plural}/{target.name}"
        headers = {
            "Authorization": f"Bearer {self.server.authorizer.tokens['admin']}",
            "Content-Type": "application/merge-patch+json",
        }
        async with aiohttp.ClientSession(f"http://127.0.0.1:{self.port}") as http:
            async with http.patch(path, data=json.dumps(change), headers=headers) as answer:
                assert answer.status == 200, await answer.text()

    def stop_argo(self) -> None:
        """Let Argo CD's controller be gone."""
        self.tasks[1].cancel()

    async def step(self, seconds: float) -> None:
        """Let the story go on."""
        await self.parts.clock.step(seconds)

    def wall(self) -> float:
        """Return the time of day on the robot."""
        return self.parts.clock.wall()

    @web.middleware
    async def record(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Remember a request and its status."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        user = next((name for name, one in self.server.authorizer.tokens.items() if one == token), "?")
        answer = await handler(request)
        sent = Sent(user, request.method, request.path, answer.status)
        self.sent.append(sent)
        self.heard(sent)
        return answer


@dataclass
class Operator:
    """One user with the real client, the real Runner and a real audit log, who says yes to each question."""

    world: World
    user: str
    client: KubeApi
    around: Callable[[KubeApi], KubeClient] = lambda api: api
    questions: list[Question] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        wall, self.api = self.world.wall, self.around(self.client)
        who = {"user": self.user, "host": "base", "ssh_connection": "", "context": "sim"}
        self.audit = Audit(self.world.folder / f"audit-{self.user}.jsonl", clock=wall, **who)
        self.services = Services(
            self.api,
            wall,
            self.world.step,
            f"spottui:{self.user}@base",
            "sim",
            self.told.append,
            terminal=self._terminal,
            forward=self._forward,
            show=lambda target, found: self.told.append(str(target)),
            save=lambda name, text: self.told.append(name) or f"/x/{name}",
            cluster_clock=wall,
        )
        self.permits = Permits(self.api, wall)
        lock = WriteLock(True, wall)
        self.runner = Runner(self.services, self.permits, self.audit, lock, wall, lambda _: None)

    async def perform(self, action: str, target: Target, options: Mapping[str, Any]) -> str:
        """Run one action."""
        return await self.runner.perform(by_id(action), target, self._yes, options)

    async def close(self) -> None:
        """End the client."""
        await self.client.close()
        self.audit.close()

    async def _yes(self, question: Question) -> bool:
        self.questions.append(question)
        return True

    async def _terminal(self, target: Target, container: str, command: Sequence[str]) -> str:
        """Open the stream that a terminal would run over, and leave at once: no pty here."""
        word = "exec" if command else "attach"
        path = f"/api/v1/namespaces/{target.namespace}/pods/{target.name}/{word}"
        query = [("container", container), ("stdin", "true"), ("stdout", "true")]
        query += [("command", one) for one in command]
        async with self.api_socket(path, query):
            return f"The shell in {target.name} ended."

    async def _forward(self, target: Target, remote: int, local: int) -> int:
        path = f"/api/v1/namespaces/{target.namespace}/pods/{target.name}/portforward"
        async with self.api_socket(path, [("ports", str(remote))]):
            return 40000

    @asynccontextmanager
    async def api_socket(self, path: str, query: Sequence[tuple[str, str]]) -> AsyncIterator[None]:
        """Open a WebSocket to the API."""
        token = self.world.server.authorizer.tokens[self.user]
        headers = {"Authorization": f"Bearer {token}"}
        protocols = ("v5.channel.k8s.io", "v4.channel.k8s.io")
        async with aiohttp.ClientSession(f"http://127.0.0.1:{self.world.port}", headers=headers) as http:
            async with http.ws_connect(path, params=[*query], protocols=protocols):
                yield


@asynccontextmanager
async def a_world(folder: Path) -> AsyncIterator[World]:
    """Serve a robot for the time of a test."""
    links = {name: Link(name, seed=3) for name in ("operator", "uplink")}
    parts = RobotParts(parse(SCENARIO, "everything"), links, 3, wall=lambda clock: NOON + clock.now())
    tasks = [asyncio.get_running_loop().create_task(work) for work in parts.work()]
    await parts.warm_up(None)
    parts.begin(0)
    server = ApiServer(parts.objects, parts.clock)
    server.add_routes(kubelet_routes(parts.kubelet))
    world = World(parts, server, folder, tasks)
    server.app.middlewares.insert(0, world.record)
    runner = web.AppRunner(server.app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    world.port = runner.addresses[0][1]
    try:
        yield world
    finally:
        await runner.cleanup()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
