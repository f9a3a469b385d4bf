"""A served Spot on a thread of its own, as the SDK's blocking clients need it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import trustme

from spottui.sim.spot_model import Spot
from spottui.sim.spot_protos import proto
from spottui.sim.spot_server import SpotServer, serve
from spottui.sim.story_clock import StoryClock

T = TypeVar("T")
DEADLINE = 5.0


class Peer:
    """One robot that is being served; `on_loop` is the only way to touch it from a test."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.ca_path = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(str(self.ca_path))
        self.clock = StoryClock()
        self.spot = Spot(self.clock)
        self.server: SpotServer
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._run = self.on_loop(lambda: self._loop.create_task(self.clock.run()))
        self.server = self.wait(serve(self.spot, ca=self.ca))

    def stop(self) -> None:
        self.wait(self.server.stop())
        self.wait(self._end_story())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE)
        self._loop.close()

    async def _end_story(self) -> None:
        self._run.cancel()
        await asyncio.wait([self._run])

    def wait(self, work: Any) -> Any:
        """Run a coroutine on the robot's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE)

    def on_loop(self, act: Callable[[], T]) -> T:
        """Call something on the robot's loop."""

        async def call() -> T:
            return act()

        return self.wait(call())

    def step(self, seconds: float) -> None:
        """Move the story on."""
        self.wait(self.clock.step(seconds))


@contextmanager
def served(folder: Path) -> Iterator[Peer]:
    """Serve a robot."""
    peer = Peer(folder)
    peer.start()
    try:
        yield peer
    finally:
        peer.stop()


@contextmanager
def connected(peer: Peer, user: str = "user", password: str = "spot-user") -> Iterator[Any]:
    """Yield the unmodified SDK's robot; logged in unless `user` is empty."""
    from bosdyn.client import create_standard_sdk
    from bosdyn.client.metrics_logging import MetricsLoggingClient
    from bosdyn.client.robot_state import RobotStateStreamingClient
    from bosdyn.mission.client import MissionClient

    more = [MissionClient, RobotStateStreamingClient, MetricsLoggingClient]
    sdk = create_standard_sdk("spot-test", service_clients=more, cert_resource_glob=str(peer.ca_path))
    robot = sdk.create_robot("127.0.0.1")
    robot.update_secure_channel_port(peer.server.port)
    try:
        if user:
            robot.authenticate(user, password, timeout=DEADLINE)
        yield robot
    finally:
        sdk.clear_robots()
        robot.shutdown()


def until(condition: Callable[[], T | bool | None], deadline: float = DEADLINE) -> Any:
    """Wait until something holds; return it."""
    end = time.monotonic() + deadline
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError("it did not come true in time")
        time.sleep(0.02)
    return found


def state(robot: Any) -> Any:
    """Return the robot's state, asked by the SDK's client."""
    return robot.ensure_client("robot-state").get_robot_state(timeout=DEADLINE)


def a_fault(name: str = "spottui.workload_down.gauge", text: str = "gauge-reader is down") -> Any:
    """Return a service fault as a payload reports it."""
    id = proto("service_fault").ServiceFaultId(fault_name=name, service_name="spottui-agent")
    return proto("service_fault").ServiceFault(fault_id=id, error_message=text, attributes=["spottui"], severity=2)
