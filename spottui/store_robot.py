"""The robot's part of the store: its last word, what its profile says of it, and the update window."""

from __future__ import annotations

from msgspec.structs import replace

from spottui.events import ClockSet, LinkDown, LinkUp
from spottui.records_links import Probe
from spottui.records_robot import Robot
from spottui.records_timeline import TimelineEntry
from spottui.store_clock import moved_access
from spottui.verdicts.changes_robot import ROBOT
from spottui.verdicts.changes_words import entry
from spottui.verdicts.profile import Profile
from spottui.verdicts.profile_diff import Diff, compare
from spottui.verdicts.robot_findings import RobotView
from spottui.verdicts.sensors import SensorState, sensor_state
from spottui.verdicts.window import LinkState, Steady, Window, follow, judge, link_state, window
from spottui.verdicts.window_table import Thresholds


class RobotWatch:
    """Keeps what was heard of the robot, and follows the update window from one word to the next."""

    def __init__(self, profile: Profile | None = None, limits: Thresholds | None = None) -> None:
        self.profile, self.limits = profile, limits or Thresholds()
        self.robot: Robot | None = None
        self._link = LinkState(None, "the cluster has not answered yet")
        self._steady = Steady()
        self._accepted: int | None = None
        self._diff: Diff | None = None

    def expect(self, profile: Profile | None) -> None:
        """Take another profile."""
        self.profile, self._diff = profile, None

    def hear(self, robot: Robot, at: float) -> TimelineEntry | None:
        """Take in the robot's word; return what the Timeline should say of the update window, mostly nothing."""
        before = self._steady.is_open
        self._follow(at)  # what the former word had become by now: too old, maybe
        self.robot, self._diff = robot, None
        if robot.mission is None or robot.mission.status != "paused":
            self._accepted = None
        return self._followed(before, at)

    def hear_links(self, kube: LinkUp | LinkDown | None, probes: tuple[Probe, ...], at: float) -> TimelineEntry | None:
        """Take in how the links stand that an update comes through."""
        before = self._steady.is_open
        self._link = link_state(kube, probes)
        return self._followed(before, at)

    def clock_set(self, step: ClockSet) -> None:
        """Keep the robot's word as old as it is."""
        if self.robot is not None:
            access = {part: moved_access(access, step) for part, access in self.robot.access.items()}
            self.robot, self._diff = replace(self.robot, access=access), None

    def accept_pause(self) -> bool:
        """Let this paused mission count as a stopped one until it goes on; the operator said so. False: none is."""
        mission = self.robot.mission if self.robot is not None else None
        if mission is None or mission.status != "paused":
            return False
        self._accepted = -1 if mission.id is None else mission.id
        return True

    @property
    def is_pause_accepted(self) -> bool:
        """Whether the operator accepted the pause of the mission that is loaded now."""
        mission = self.robot.mission if self.robot is not None else None
        return mission is not None and self._accepted == (-1 if mission.id is None else mission.id)

    def window(self, now: float) -> Window:
        """Return the update window; what has grown too old by now shuts it."""
        verdict = judge(self.robot, self._link, now, self.limits, pause_accepted=self.is_pause_accepted)
        return window(verdict, self._steady, now, self.limits)

    @property
    def diff(self) -> Diff:
        """What differs from the profile; nothing where there is none."""
        if self.profile is None or self.robot is None:
            return Diff()
        if self._diff is None:
            self._diff = compare(self.profile, self.robot)
        return self._diff

    @property
    def view(self) -> RobotView | None:
        """The robot as the findings see it; None where none is configured."""
        return None if self.robot is None else RobotView(robot=self.robot, diff=self.diff)

    def sensor(self, name: str) -> SensorState:
        """Return how a sensor stands that a workload declares."""
        return sensor_state(name, self.robot, self.profile)

    def _follow(self, at: float) -> None:
        verdict = judge(self.robot, self._link, at, self.limits, pause_accepted=self.is_pause_accepted)
        self._steady = follow(self._steady, self.robot, verdict, self.limits)

    def _followed(self, was_open: bool, at: float) -> TimelineEntry | None:
        self._follow(at)
        if self._steady.is_open == was_open:
            return None
        now = self.window(at)
        text = f"update window {now.word}: {', '.join(now.reasons)}"
        tone = "good" if now.is_open else "info"
        return entry(f"window@{at}", at, tone, "window", "robot", text, ROBOT)
