"""The robot's source: connects to a Spot, reads it part by part, and never commands it.

Imports neither gRPC nor the SDK itself: that happens on its pool threads, after the first paint.
"""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from msgspec.structs import replace

from spottui.events import LinkDown, LinkUp, RobotHeard
from spottui.records_robot import Identity, Robot
from spottui.sources import robot_rpcs as rpcs
from spottui.sources.code_pages import give_back
from spottui.sources.robot_calls import Calls
from spottui.sources.robot_connection import DEADLINE, Connection
from spottui.sources.robot_errors import RobotTrouble
from spottui.sources.robot_login import Refusal, RobotPlace
from spottui.sources.robot_read_parts import read_identity
from spottui.sources.robot_schedule import AT_ONCE, backed_off
from spottui.sources.robot_session import Session
from spottui.sources.robot_standing import Standings

SOONEST = 0.5
"""Seconds between two records at the least."""
REFRESHED = 2.0
"""Seconds after which a record goes out that has only newer times: a live part must not look old."""
TOGETHER = 0.5
"""Seconds by which a reading, or a record, may come early to go along with another."""
LINK_SAID = 30.0
"""Seconds between two measured round trips."""
LIBRARIES = ("cygrpc.", "libstdc++.")
"""gRPC's library and what it is built on, 13 MB of code: half of it is for the start only."""


class RobotSource:
    """Reads one robot until cancelled; a lost link, a refused login and a missing part are events and standings."""

    name = "robot"

    def __init__(
        self,
        place: RobotPlace,
        clock: Callable[[], float],
        *,
        pace: float = 1.0,
        deadline: float = DEADLINE,
        soonest: float = SOONEST,
        ticks: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        pause: Callable[[int, Callable[[], float]], float] = backed_off,
    ) -> None:
        """Take where the robot is; nothing is called yet.

        `pace` stretches the periods; `deadline` is that of a usual call; `soonest` is between two records;
        `pause` gives the seconds after so many failures to connect.
        """
        self.place, self._clock, self._pace, self._deadline = place, clock, pace, deadline
        self._ticks, self._jitter, self._pause, self._soonest = ticks, jitter, pause, soonest
        self._robot = Robot(address=str(place))
        self._standings = Standings()
        self._refusal = Refusal()
        self._session: Session | None = None
        self._connection: Connection | None = None
        self._wake: asyncio.Future[None] | None = None
        self._bytes_before = 0, 0
        self._is_over = False
        self._said_at = float("-inf")
        self._is_settled = False

    @property
    def bytes_in(self) -> int:
        """Bytes heard from the robot so far, about."""
        return self._bytes_before[0] + (self._connection.bytes_in if self._connection else 0)

    @property
    def bytes_out(self) -> int:
        """Bytes sent to the robot so far, about."""
        return self._bytes_before[1] + (self._connection.bytes_out if self._connection else 0)

    def reconnect_now(self) -> None:
        """Try at once what would be tried later; a refused password stays refused."""
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def events(self) -> AsyncIterator[RobotHeard | LinkUp | LinkDown]:
        """Yield what is heard of the robot until cancelled."""
        self._is_over = False
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="robot")
        try:
            if self._robot.identity is None:
                self._standings.link_lost(f"Connecting to {self.place}.")
                self._robot = replace(self._robot, access=dict(self._standings.access))
                yield self._record()
            while True:
                async for event in self._connect(pool):
                    yield event
                async for event in self._listen(pool):
                    yield event
        finally:
            self._is_over = True
            self._let_go()
            pool.shutdown(wait=False, cancel_futures=True)

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._bytes_before = self.bytes_in, self.bytes_out
        self._session = self._connection = None

    # -- connecting --------------------------------------------------------------------------------

    async def _connect(self, pool: ThreadPoolExecutor) -> AsyncIterator[RobotHeard | LinkUp | LinkDown]:
        """Try until the robot says who it is: that needs no login."""
        loop = asyncio.get_running_loop()
        failures, said = 0, ""
        while True:
            outcome = await loop.run_in_executor(pool, self._open)
            if not isinstance(outcome, RobotTrouble):
                break
            failures += 1
            if str(outcome) != said:
                said = str(outcome)
                yield LinkDown(self.name, said, self._clock())
                self._standings.link_lost(said)
                self._robot = replace(self._robot, access=dict(self._standings.access))
                yield self._record()
            await self._woken(self._pause(failures, self._jitter))
        if self._is_another(outcome["identity"]):
            self._robot, self._standings = Robot(address=str(self.place)), Standings()
        self._standings.answered("identity", self._clock())
        fields = {**outcome, "access": dict(self._standings.access), "clock_skew": None, "time_sync": "", "login": ""}
        self._robot = replace(self._robot, **fields)
        yield self._link_up()

    def _open(self) -> dict[str, Any] | RobotTrouble:
        """Return the robot's identity over a new connection, which is then kept; on a pool thread."""
        connection: Connection | None = None
        try:
            connection = self._connection = Connection(self.place, self._clock, self._deadline)
            if self._is_over:
                connection.close()
            # The first call also pays for name, TCP and TLS: several round trips of a slow link.
            answer = connection.call("robot-id", rpcs.IDENTITY, timeout=3 * self._deadline)
            return read_identity(answer, connection.skew_guess)
        except RobotTrouble as trouble:
            if connection is not None:
                connection.close()
            return trouble

    def _is_another(self, identity: Identity) -> bool:
        """Tell whether another robot answers than the one whose values we keep."""
        known = self._robot.identity
        return known is not None and known.serial != identity.serial

    def _link_up(self) -> LinkUp:
        assert self._connection is not None
        identity = self._robot.identity
        version = f"Spot {identity.version}" if identity and identity.version else "Spot"
        return LinkUp(self.name, self._connection.round_trip, self._clock(), version)

    # -- listening ---------------------------------------------------------------------------------

    async def _listen(self, pool: ThreadPoolExecutor) -> AsyncIterator[RobotHeard | LinkUp | LinkDown]:
        """Read part after part until the link is lost."""
        assert self._connection is not None
        session = self._session = Session(
            self._connection,
            self._robot,
            self._standings,
            self._refusal,
            clock=self._clock,
            ticks=self._ticks,
            jitter=self._jitter,
            pace=self._pace,
        )
        calls = Calls(pool, asyncio.get_running_loop())
        link_said_at = self._ticks()
        while not session.lost:
            for name in session.schedule.start(self._ticks(), TOGETHER * min(1.0, self._pace)):
                calls.start(name, session.job(name))
            await self._until_something(session, calls)
            for name, outcome in calls.take():
                session.ended(name, outcome)
            if self._ticks() - link_said_at > LINK_SAID and not session.lost:
                link_said_at = self._ticks()
                if not self._is_settled:
                    self._is_settled = True
                    pool.submit(_settle)  # all that is polled has been called once
                yield self._link_up()
            if self._is_due(session):
                self._robot, session.is_news = session.robot, False
                yield self._record()
        self._robot = session.robot
        self._let_go()
        await calls.drained()  # their channels are closed: they end at once
        yield LinkDown(self.name, session.lost, self._clock())
        yield self._record()

    async def _until_something(self, session: Session, calls: Calls) -> None:
        """Wait for answers, the next due job or the next record that is to go out."""
        now = self._ticks()
        times = [self._said_at + (self._soonest if session.is_news else REFRESHED)]
        due = session.schedule.next_at()
        if due is not None and calls.under_way < AT_ONCE:
            times.append(due if due > now else now + 0.2)  # due and held back: what hangs has taken its places
        if await self._woken(min(times) - now, calls):
            session.schedule.hurry(["identity"], self._ticks())

    async def _woken(self, seconds: float, calls: Calls | None = None) -> bool:
        """Wait so long at most, or until calls have ended; true when `reconnect_now` ended the wait."""
        if self._wake is None or self._wake.done():
            self._wake = asyncio.get_running_loop().create_future()
        waits = {self._wake} if calls is None else {self._wake, calls.ended()}
        limit = max(seconds, 0.002) if calls is None else calls.patience(max(seconds, 0.002))
        await asyncio.wait(waits, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        return self._wake.done()

    def _is_due(self, session: Session) -> bool:
        waited = self._ticks() - self._said_at
        return waited >= REFRESHED - TOGETHER or (session.is_news and waited >= self._soonest)

    def _record(self) -> RobotHeard:
        self._said_at = self._ticks()
        return RobotHeard(self._robot, self._clock())


def _settle() -> None:
    """Let go of what only the start needed; on a pool thread."""
    gc.freeze()  # the SDK's classes live as long as we do: collections need not look through them
    give_back(LIBRARIES)
