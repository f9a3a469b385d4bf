"""A simulated Spot over its real protocol, a source that reads it, and a link between them that can go silent."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme

from spottui.events import LinkDown, LinkUp, RobotHeard
from spottui.records_robot import Robot
from spottui.sim.spot_model import Spot
from spottui.sim.spot_server import SpotServer, serve
from spottui.sim.story_clock import StoryClock
from spottui.sources.robot import RobotSource
from spottui.sources.robot_login import RobotPlace

CA = trustme.CA()


@dataclass
class Bench:
    """One robot, and what its source has said so far."""

    spot: Spot
    server: SpotServer
    place: RobotPlace
    events: list[RobotHeard | LinkUp | LinkDown] = field(default_factory=list)
    source: RobotSource | None = None
    _task: asyncio.Task[None] | None = None

    @property
    def robot(self) -> Robot:
        """The last record; an empty one before the first."""
        heard = [event.robot for event in self.events if isinstance(event, RobotHeard)]
        return heard[-1] if heard else Robot(address="")

    @property
    def link(self) -> LinkUp | LinkDown | None:
        """The last word on the link."""
        return next((event for event in reversed(self.events) if not isinstance(event, RobotHeard)), None)

    def state(self, part: str) -> str:
        """How we stand with a part; empty before the first record."""
        access = self.robot.access.get(part)
        return access.state if access else ""

    def reason(self, part: str) -> str:
        """Why we stand so with a part."""
        return self.robot.access[part].reason

    def calls(self, name: str) -> int:
        """How often the robot heard a call, by the end of its name."""
        return sum(count for rpc, count in self.spot.calls.items() if rpc.endswith(name))

    def start(self, place: RobotPlace | None = None, **options: Any) -> RobotSource:
        """Start reading; the pauses between tries to connect are short."""
        named: dict[str, Any] = {"pause": lambda _failures, _jitter: 0.05, "soonest": 0.05} | options
        self.source = RobotSource(place or self.place, time.time, **named)
        self._task = asyncio.create_task(self._collect(self.source))
        return self.source

    async def _collect(self, source: RobotSource) -> None:
        async for event in source.events():
            self.events.append(event)

    async def stop(self) -> None:
        """Cancel the source and wait until it has let go."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def until(self, condition: Callable[[], Any], within: float = 8.0) -> None:
        """Wait until something holds; fail with what the source said when it does not."""
        end = time.monotonic() + within
        while not condition():
            if self._task is not None and self._task.done():
                self._task.result()
            assert time.monotonic() < end, f"it never came: {self.link}, {dict(self.robot.access)}"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def bench(*, user: str = "user", password: str = "spot-user", **spot: Any) -> AsyncIterator[Bench]:
    """Serve a robot; the place is that of a user who may read everything."""
    robot = Spot(StoryClock(), **spot)
    server = await serve(robot, ca=CA)
    with tempfile.TemporaryDirectory() as folder:
        ca = Path(folder) / "ca.pem"
        CA.cert_pem.write_to_path(str(ca))
        place = RobotPlace("127.0.0.1", server.port, ca=str(ca), username=user, password=password)
        found = Bench(robot, server, place)
        try:
            yield found
        finally:
            await found.stop()
            await server.stop()


class Wire:
    """A TCP forwarder that can go silent without closing anything: a link that is half open."""

    def __init__(self, port: int) -> None:
        self._to, self.port = port, 0
        self.is_silent = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, back = await asyncio.open_connection("127.0.0.1", self._to)
        for source, target in ((reader, back), (onward, writer)):
            task = asyncio.create_task(self._carry(source, target))
            self._tasks.add(task)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if not self.is_silent:
                    target.write(data)
                    await target.drain()
        target.close()
