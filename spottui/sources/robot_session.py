"""One session with a robot: what is asked next, and what the answers make of the record. Runs no call itself.

Used on the event loop; `job` returns what a pool thread is to run.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from spottui.records_robot import Robot, RobotWifi
from spottui.sources.robot_calm import calm_signal, calm_skew, calmed, joined_wifi
from spottui.sources.robot_connection import Connection
from spottui.sources.robot_errors import LINK_KINDS, LOGIN_KINDS, RobotTrouble, sentence
from spottui.sources.robot_login import Credentials, Refusal, fetch_token, read_credentials, renew_token
from spottui.sources.robot_read_state import Fields
from spottui.sources.robot_reader import ILL, Reader
from spottui.sources.robot_schedule import PERIODS, Schedule
from spottui.sources.robot_standing import STOPPING, Standings
from spottui.sources.robot_time import TimeSync

LOOK_AGAIN = 5.0
"""Seconds between two looks whether refused credentials have changed."""
UNAUTHORIZED = 15.0
"""Seconds between two tries of a payload that waits to be authorized."""
FRESH = 30.0
"""Seconds after a login in which a refused token means the service, not the token."""
LOST_AFTER = 3
"""Calls in a row without an answer after which the link counts as lost; one fewer where the refusal is plain."""
PLAIN_KINDS = frozenset({"closed", "unrouted", "unreachable", "unresolved", "untrusted"})
STEP = 0.5
"""Seconds between the compared clocks and the stamps of an answer from which on the comparison is old."""
DOUBTED = 60.0
"""Seconds for which a comparison is believed that was made because of such a step."""
WIFI_PAUSE = 60.0
REFUSED = 30.0
"""Seconds until a part is asked again that nothing else would wake."""
LOGGED_OUT_PERIOD = 10.0
"""Seconds between two looks whether the robot is there, while nothing else may be read."""

Outcome = Any
"""Fields, a token with its Credentials, a skew, or `RobotTrouble`: what a job gave."""


class Session:
    """Reads one robot over one connection until the link is lost."""

    def __init__(
        self,
        connection: Connection,
        robot: Robot,
        standings: Standings,
        refusal: Refusal,
        *,
        clock: Callable[[], float],
        ticks: Callable[[], float],
        jitter: Callable[[], float] = random.random,
        pace: float = 1.0,
    ) -> None:
        """`ticks` is a monotonic clock; the identity was just heard, and is in `robot`."""
        self.connection, self.robot, self.standings = connection, robot, standings
        self._refusal, self._clock, self._ticks = refusal, clock, ticks
        self.schedule = Schedule(jitter, pace)
        self.schedule.hurry(["login"], ticks())
        self.schedule.answered("identity", ticks())
        self.lost = ""
        """Why the link is lost; empty while it is there."""
        self.is_news = True
        """Something is to be shown that was not yet."""
        self._reader = Reader(connection, clock)
        self._time_sync = TimeSync(clock)
        self._logged_in_at = float("-inf")
        self._doubted_at = float("-inf")
        self._unanswered, self._answered_at = 0, ticks()
        self._known_services: frozenset[tuple[str, str, str]] | None = None
        self._signal: RobotWifi | None = None
        self._radios: tuple[RobotWifi, ...] = ()
        self._asked_with: dict[str, str | None] = {}
        """Job -> the token that there was when it was started."""

    # -- what to run -------------------------------------------------------------------------------

    def job(self, name: str) -> Callable[[], Outcome]:
        """Return what a pool thread is to run; it raises nothing but bugs."""
        self._asked_with[name] = self.connection.token
        if name == "login":
            return partial(self._attempt, "login", self._log_in)
        if name == "time-sync":
            return partial(self._attempt, "time-sync", lambda: self._time_sync.compare(self.connection))
        return partial(self._attempt, name, self._reader.reads[name])

    def _attempt(self, name: str, work: Callable[[], Outcome]) -> Outcome:
        try:
            return work()
        except RobotTrouble as trouble:
            return trouble
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
            # A newer robot may send what no decoder here foresees: one part is lost, not the robot.
            said = sentence("unreadable", place="", service=name, details=type(error).__name__)
            return RobotTrouble("unreadable", said)

    def _log_in(self) -> tuple[str, Credentials]:
        credentials = read_credentials(self.connection.place)
        self._refusal.hold(credentials, self._ticks())
        token = self.connection.token
        try:
            if token is not None and not credentials.is_payload:
                try:
                    return renew_token(self.connection, token), credentials
                except RobotTrouble as trouble:
                    if trouble.kind in LINK_KINDS:
                        raise
            return fetch_token(self.connection, credentials), credentials
        except RobotTrouble as trouble:
            self._refusal.note(credentials, trouble, self._ticks())
            raise

    # -- what came of it ---------------------------------------------------------------------------

    def ended(self, name: str, outcome: Outcome) -> None:
        """Take in what a job gave."""
        now = self._ticks()
        if isinstance(outcome, RobotTrouble):
            self._count(name, outcome, now)
            self._failed(name, outcome, now)
        else:
            self._unanswered, self._answered_at = 0, now
            if name == "login":
                self._logged_in(outcome, now)
            elif name == "time-sync":
                self._compared(outcome)
                self.schedule.answered(name, now)
            else:
                self._heard(name, outcome, now)
        self.robot = replace(self.robot, access=dict(self.standings.access), calls=self.connection.calls)
        self.is_news = self.is_news or self.standings.is_news
        self.standings.is_news = False

    def _count(self, name: str, trouble: RobotTrouble, now: float) -> None:
        if name == "wifi":
            return
        if trouble.kind not in LINK_KINDS:
            self._unanswered, self._answered_at = 0, now
            return
        if trouble.kind == "silent" and now - self._answered_at < self.connection.deadline:
            return  # while this one hung, another was answered: it is the service, not the link
        self._unanswered += 1
        if self._unanswered >= LOST_AFTER - (trouble.kind in PLAIN_KINDS):
            place = str(self.connection.place)
            self.lost = sentence("silent", place=place) if trouble.kind == "silent" else str(trouble)
            self.standings.link_lost(self.lost)

    def _failed(self, name: str, trouble: RobotTrouble, now: float) -> None:
        if name == "login":
            self._login_failed(trouble, now)
        elif name == "time-sync":
            self._not_compared(trouble, now)
        elif trouble.kind == "logged-out" and self._asked_with.get(name) != self.connection.token:
            self.schedule.failed(name, now)  # asked before the login that holds now
        elif trouble.kind == "logged-out" and now - self._logged_in_at > FRESH:
            self.schedule.failed(name, now)
            self._log_in_again(now)
        elif trouble.kind == "logged-out":
            said = f"Not permitted: the robot does not take this login for {name}."
            self.standings.failed(name, RobotTrouble("forbidden", said))
            self.schedule.failed(name, now, REFUSED)
        elif trouble.kind in STOPPING:
            self.standings.failed(name, trouble)
            if name == "services":  # without it nothing else is found
                self.schedule.failed(name, now, REFUSED)
                self.standings.held_up(trouble)
            else:
                self.schedule.ended(name)
        else:
            failures = self.schedule.failed(name, now, WIFI_PAUSE if name == "wifi" else None)
            if failures > 1 or trouble.kind not in LINK_KINDS:  # one lost answer is not worth a word
                self.standings.failed(name, trouble)

    def _log_in_again(self, now: float) -> None:
        """Ask for a new token with the credentials: the robot forgot the one we have."""
        self.connection.token = None
        if "login" not in self.schedule.stopped():
            self.schedule.hurry(["login"], now)

    def _logged_in(self, outcome: tuple[str, Credentials], now: float) -> None:
        token, credentials = outcome
        is_new = self.connection.token is None
        self.connection.token, self._logged_in_at = token, now
        self._refusal.forget()
        self.schedule.answered("login", now)
        if is_new:
            self._known_services = None
            self.schedule.hurry(["services"], now)
        if self.robot.login != str(credentials):
            self._set(login=str(credentials))

    def _login_failed(self, trouble: RobotTrouble, now: float) -> None:
        pause = LOOK_AGAIN if trouble.kind in LOGIN_KINDS else None
        if trouble.kind == "payload-unauthorized":
            pause = UNAUTHORIZED
        self.schedule.failed("login", now, pause)
        if trouble.kind in LINK_KINDS:
            return  # tried again soon; a token that is there stays good for hours
        if self.connection.token is None:
            self.standings.login_failed(trouble)
            self.schedule.stop(name for name in PERIODS if name not in ("login", "identity"))
            self.schedule.bring_forward("identity", now + LOGGED_OUT_PERIOD)
            if self.robot.login:
                self._set(login="")

    def _heard(self, name: str, fields: Fields, now: float) -> None:
        fields = dict(fields)
        self.standings.answered(name, self._clock(), fields.pop(ILL, ""))
        if name == "services":
            self._directory_heard(fields, now)
        elif name == "state":
            self._radios = fields["wifi"]
            self._guess_skew()
        elif name == "wifi":
            self._signal = calm_signal(self._signal, fields["wifi"][0])
        if "wifi" in fields:
            fields["wifi"] = joined_wifi(self._radios, self._signal)
        self._set(**calmed(fields, self.robot))
        self.schedule.answered(name, now, self._period(name))

    def _directory_heard(self, fields: Fields, now: float) -> None:
        """Read again what was not there or not permitted, when the directory has changed."""
        services = frozenset((each.name, each.type, each.authority) for each in fields["services"])
        if services == self._known_services:
            return
        is_first, self._known_services = self._known_services is None, services
        names = [name for name in self.schedule.stopped() if name != "login"]
        if is_first and self.robot.hardware is not None and "hardware" in names:
            names.remove("hardware")  # large, and the same for as long as this robot lives
            self.standings.still("hardware")
        self.schedule.hurry([*names, "sensors"], now)

    def _period(self, name: str) -> float | None:
        """Return a shorter period where things move."""
        robot = self.robot
        if name == "identity" and self.connection.token is None:
            return LOGGED_OUT_PERIOD
        if name == "mission" and robot.mission is not None and robot.mission.status == "running":
            return 1.0
        if name == "dock" and robot.dock is not None and robot.dock.status in ("docking", "undocking"):
            return 1.0
        return None

    # -- clocks ------------------------------------------------------------------------------------

    def _compared(self, skew: float) -> None:
        self._reader.skew = calm_skew(self._reader.skew, skew)
        self._set(clock_skew=self._reader.skew, time_sync="")

    def _not_compared(self, trouble: RobotTrouble, now: float) -> None:
        """Go on with the last answer's stamps: a comparison from before an outage may be wrong by now."""
        if trouble.kind in STOPPING:
            self.schedule.ended("time-sync")
        elif trouble.kind == "logged-out":
            self.schedule.failed("time-sync", now)
        elif self.schedule.failed("time-sync", now) == 1 and trouble.kind in LINK_KINDS:
            return
        self._forget_skew()
        self._set(time_sync=str(trouble))

    def _guess_skew(self) -> None:
        guess, used = self.connection.skew_guess, self._reader.skew
        if guess is None:
            return
        doubt = (self.connection.round_trip or 0.0) / 2
        now = self._ticks()
        if used is not None and abs(guess - used) > doubt + STEP and now - self._doubted_at > DOUBTED:
            self._doubted_at = now
            self._forget_skew()  # one of the clocks was set: the service would go on from its old samples
            self.schedule.hurry(["time-sync"], now)
            used = None
        if used is None:
            self._set(clock_skew=calm_skew(self.robot.clock_skew, guess, doubt))

    def _forget_skew(self) -> None:
        self._reader.skew = None
        self._time_sync = TimeSync(self._clock)

    def _set(self, **fields: Any) -> None:
        """Put fields into the record; news unless only time stamps differ."""
        before, self.robot = self.robot, replace(self.robot, **fields)
        self.is_news = self.is_news or any(
            _without_times(name, value) != _without_times(name, getattr(before, name)) for name, value in fields.items()
        )


def _without_times(name: str, value: Any) -> Any:
    """Return a field as it is compared: a service's heartbeat is no news."""
    if name == "services" and value is not None:
        return [(each.name, each.type, each.authority, each.liveness_timeout, each.payload) for each in value]
    return value
