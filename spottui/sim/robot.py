"""The embedded robot: joins a Kubernetes API, its controllers and kubelet, an Argo CD, a Spot, links and a story."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
from collections.abc import Coroutine
from typing import Any

import trustme
from msgspec import Struct

from spottui.sim.api_server import ApiServer
from spottui.sim.control import Control
from spottui.sim.internet import Internet
from spottui.sim.kubelet_routes import kubelet_routes
from spottui.sim.link import Link
from spottui.sim.robot_doors import HOST, Doors
from spottui.sim.robot_parts import RobotParts
from spottui.sim.run_files import RunFiles, kubeconfig
from spottui.sim.scale import Crowd
from spottui.sim.scenario import Scenario
from spottui.sim.scenario_manifests import registries_of
from spottui.sim.spot_accounts import Account
from spottui.sim.spot_server import SpotServer, serve

LOG = logging.getLogger("spottui.sim")


class Wishes(Struct, frozen=True):
    """What the command line asks for beside the scenario."""

    seed: int | None = None
    speed: float = 1.0
    pods: int = 0
    changes: float = 0.0
    """To those pods, a second."""
    api_port: int = 0
    robot_port: int = 0
    control_port: int = 0


class EmbeddedRobot:
    """One robot; everything in it lives on one event loop."""

    def __init__(self, scenario: Scenario, files: RunFiles, wishes: Wishes) -> None:
        self.scenario, self._files, self._wishes = scenario, files, wishes
        seed = scenario.seed if wishes.seed is None else wishes.seed
        self.links = {name: Link(name, seed=seed) for name in ("operator", "uplink")}
        self.parts = RobotParts(scenario, self.links, seed)
        self.clock, self.story = self.parts.clock, self.parts.story
        self._ca = trustme.CA(organization_name="spottui embedded robot")
        self._doors = Doors(self._ca)
        self._crowd = Crowd(self.parts.objects, wishes.pods) if wishes.pods else None
        self._spot_server: SpotServer | None = None
        self._internet: Internet | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked_to_stop = asyncio.Event()

    # -- life --------------------------------------------------------------------------------------

    async def start(self) -> dict[str, Any]:
        """Start everything; return what `python -m spottui.sim` says when it is ready.

        Raises:
            CannotListen: A port is taken, or there is no loopback.
        """
        wishes = self._wishes
        api = ApiServer(self.parts.objects, self.clock)
        api.add_routes(kubelet_routes(self.parts.kubelet))
        for work in self.parts.work():
            self._run(work)
        await self.parts.warm_up(self._crowd)
        operator = self.links["operator"]
        inside = await self._doors.serve(api.app, with_tls=True)
        api_port = self._doors.publish(operator, inside, wishes.api_port, "--api-port")
        self._spot_server = await serve(self.parts.spot, ca=self._ca)
        robot_port = self._doors.publish(operator, self._spot_server.port, wishes.robot_port, "--robot-port")
        web_port = self._doors.publish(operator, self._spot_server.web_port, 0, "")
        self._internet = Internet(self._ca, self.parts.git, registries_of(self.scenario))
        proxy_port = self._doors.publish(self.links["uplink"], await self._internet.open(), 0, "")
        token = secrets.token_urlsafe(24)
        control_port = await self._doors.serve(Control(self, token).app(), wishes.control_port)
        self.parts.begin(wishes.speed)
        self._run(self.clock.run())
        if self._crowd is not None and wishes.changes:
            self._run(self._crowd.stir(wishes.changes))
        ca = self._ca.cert_pem.bytes()
        config = kubeconfig(self.scenario.robot.name, f"https://{HOST}:{api_port}", ca, api.authorizer.tokens)
        return {
            "kubeconfig": str(self._files.write("kubeconfig", config)),
            "robot": {"address": HOST, "port": robot_port, "web_port": web_port},
            "proxy": f"http://{HOST}:{proxy_port}",
            "ca": str(self._files.write("ca.pem", ca)),
            "credentials": self._credentials(),
            "control": {"url": f"http://{HOST}:{control_port}", "token": token},
            "scenario": self.scenario.title,
            "pid": os.getpid(),
            "note": str(self._files.note or ""),
        }

    def _credentials(self) -> dict[str, str]:
        """Write the robot's password and a payload's credentials where programs look for such; return all."""
        account: Account = self.parts.spot.accounts.by_name["user"]
        payload = next(one for one in self.parts.spot.directory.payloads.values() if one.secret)
        return {
            "username": account.name,
            "password": account.password,
            "password_file": str(self._files.write("password", f"{account.password}\n")),
            "payload_guid": payload.guid,
            "payload_secret": payload.secret,
            "payload_file": str(self._files.write("payload", f"{payload.guid}\n{payload.secret}\n")),
        }

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            LOG.error("a part of the embedded robot stopped", exc_info=error)

    def ask_to_stop(self) -> None:
        """Let `until_stopped` return."""
        self._asked_to_stop.set()

    async def until_stopped(self) -> None:
        """Wait until somebody asks for the end."""
        await self._asked_to_stop.wait()

    async def stop(self) -> None:
        """End everything; may be called whatever of it was started."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._doors.close()
        if self._internet is not None:
            self._internet.close()
        if self._spot_server is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2.0):
                    await self._spot_server.stop()

    # -- for the control address -------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return everything worth knowing."""
        spot = self.parts.spot
        spot.settle()
        return {
            "scenario": self.scenario.title,
            "at": round(self.story.elapsed, 3),
            "speed": self.clock.speed,
            "links": {name: link.state() for name, link in self.links.items()},
            "robot": {
                "charge": round(spot.charge, 1),
                "behavior": spot.body.behavior,
                "dock": spot.body.dock_status,
                "mission": spot.mission.status,
            },
            "events": {name: event.says for name, event in self.scenario.event.items()},
            "said": self.story.said,
            "coming": self.story.coming,
        }
