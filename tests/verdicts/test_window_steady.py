"""The window opens only after a while, shuts at once, and a planned break has a deadline."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.records_mission import Mission
from spottui.records_robot import Dock, Power, Robot
from spottui.verdicts.window import LinkState, Steady, Window, follow, judge, window
from spottui.verdicts.window_table import Thresholds
from tests.verdicts.make import NOW
from tests.verdicts.robot_make import a_robot, running

LIMITS = Thresholds()
UP = LinkState(True)
INFO = ("Waiting for charge", "info")

# -- standing for a while ----------------------------------------------------------------------------


class Watch:
    """Plays snapshots one after the other, as the store does."""

    def __init__(self) -> None:
        self.now, self.steady = NOW, Steady()
        self.robot: Robot | None = None

    def hear(self, after: float, **fields: Any) -> Window:
        """Let time pass and a new snapshot be heard; return the window then."""
        self.now += after
        self._follow(self.robot)
        self.robot = a_robot(self.now, **fields)
        self._follow(self.robot)
        return self.look()

    def _follow(self, robot: Robot | None) -> None:
        self.steady = follow(self.steady, robot, judge(robot, UP, self.now, LIMITS), LIMITS)

    def look(self, after: float = 0.0) -> Window:
        """Let time pass with nothing heard; return the window then."""
        self.now += after
        return window(judge(self.robot, UP, self.now, LIMITS), self.steady, self.now, LIMITS)


def opened(**fields: Any) -> Watch:
    watch = Watch()
    shown = [watch.hear(1, **fields) for _ in range(12)]
    assert [one.is_open for one in shown] == [False] * 10 + [True, True]
    return watch


BREAK = {"mission": running(INFO)}
AWAY_AT_REST = {"dock": Dock(status="undocked")}


@pytest.mark.parametrize("fields", [{}, BREAK, AWAY_AT_REST])
def test_the_window_opens_once_the_ground_has_stood_for_ten_seconds(fields: dict[str, Any]) -> None:
    opened(**fields)


def test_until_then_it_says_what_it_waits_for() -> None:
    watch = Watch()
    assert watch.hear(1).reasons == ("it must stay so for 10 s: docked, charging, link up",)


def test_one_hold_shuts_at_once_and_the_wait_begins_anew() -> None:
    watch = opened()
    shut = watch.hear(1, power=Power(motors="powering_on"))
    assert (shut.is_open, shut.row) == (False, 2)
    assert [watch.hear(1).is_open for _ in range(12)] == [False] * 10 + [True, True]


def test_a_hold_that_lasts_never_counts_as_standing() -> None:
    watch = Watch()
    for _ in range(15):
        watch.hear(1, mission=Mission(status="paused"))
    assert not watch.steady.is_open and watch.steady.since is None


def test_an_open_window_expires_by_itself_when_nothing_is_heard() -> None:
    watch = opened()
    assert watch.look(5.0).is_open
    expired = watch.look(0.1)
    assert (expired.is_open, expired.reasons) == (False, ("the robot's state is more than 5 s old",))


def test_after_a_silence_the_wait_begins_anew() -> None:
    watch = opened()
    assert not watch.hear(6).is_open
    assert [watch.hear(1).is_open for _ in range(10)] == [False] * 9 + [True]


def test_time_without_snapshots_does_not_count() -> None:
    watch = Watch()
    watch.hear(1)
    assert not watch.look(4.9).is_open
    shown = [watch.hear(after) for after in (0.1, 4.9, 4.9)]
    assert [one.is_open for one in shown] == [False, False, True]


def test_another_ground_must_stand_for_itself() -> None:
    watch = opened()
    moved = watch.hear(1, **AWAY_AT_REST)
    assert (moved.is_open, moved.row) == (False, 5)


def test_log_uploads_come_and_go_without_shutting_the_window() -> None:
    watch = opened()
    busy = watch.hear(1, log_statuses=("syncing",))
    assert (busy.is_open, busy.row, busy.is_link_busy) == (True, 7, True)
    assert watch.hear(1).row == 3


def test_a_planned_break_has_a_deadline() -> None:
    watch = opened(**BREAK)
    first = watch.look()
    assert first.until == pytest.approx(NOW + 1 + LIMITS.break_seconds)
    while watch.now + 1 < NOW + 1 + LIMITS.break_seconds:
        assert watch.hear(1, **BREAK).is_open
    late = watch.hear(1, **BREAK)
    assert (late.is_open, late.reasons) == (False, ("the planned break has been used for 5 min",))
    assert not watch.hear(1, **BREAK).is_open  # and it stays shut


def test_a_break_is_not_made_longer_by_silence() -> None:
    watch = opened(**BREAK)
    until = watch.look().until
    watch.hear(20, **BREAK)
    again = [watch.hear(1, **BREAK) for _ in range(11)][-1]
    assert again.is_open and again.until == until


def test_the_next_break_has_a_deadline_of_its_own() -> None:
    watch = opened(**BREAK)
    watch.hear(1, dock=Dock(status="undocked"), mission=running(("Walking", "info")))
    again = [watch.hear(1, **BREAK) for _ in range(12)]
    assert again[-1].is_open and again[-1].until == pytest.approx(NOW + 14 + LIMITS.break_seconds)


SNAPSHOTS = st.lists(
    st.tuples(
        st.floats(0.2, 7.0),
        st.sampled_from([{}, {}, {}, BREAK, AWAY_AT_REST, {"mission": None}, {"control_actions": ("halt",)}]),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(SNAPSHOTS)
def test_it_is_never_open_unless_the_same_ground_stood_for_ten_seconds_without_a_gap(snapshots: Any) -> None:
    watch, since, ground = Watch(), None, ""
    for after, fields in snapshots:
        shown = watch.hear(after, **fields)
        verdict = judge(watch.robot, UP, watch.now, LIMITS)
        if not verdict.is_open or verdict.ground != ground or after > LIMITS.state_seconds:
            since, ground = (watch.now, verdict.ground) if verdict.is_open else (None, "")
        stood = since is not None and watch.now - since >= LIMITS.steady_seconds
        assert shown.is_open == stood
