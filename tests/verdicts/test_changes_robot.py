"""The robot on the Timeline: dock, battery, mission, faults, E-Stop, lease, boot; what is not known is no change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.records import Access
from spottui.records_mission import Mission, MissionQuestion
from spottui.records_robot import Battery, Dock, EStop, Fault, Identity, Lease, Power, Robot
from spottui.verdicts.changes_robot import ROBOT, carried, robot_entries
from tests.verdicts.make import NOW


def a_robot(**fields: Any) -> Robot:
    return Robot(address="spot", **fields)


def told(before: Robot, after: Robot) -> list[tuple[str, str]]:
    lines = robot_entries(before, after, NOW)
    assert all(line.target == ROBOT and line.what == "robot" for line in lines)
    return [(line.tone, line.text) for line in lines]


def with_mission(status: str, id: int = 3, **more: Any) -> Robot:
    return a_robot(mission=Mission(status=status, id=id, name="round", **more))


def body(client: str, epoch: str = "e1") -> Robot:
    names = ("body", "arm")
    return a_robot(leases=tuple(Lease(resource=name, client=client, epoch=epoch) for name in names))


FAULT = Fault(kind="system", id="f1", name="battery_overheat", severity="critical", text="too hot")

STEPS: list[tuple[Robot, Robot, list[tuple[str, str]]]] = [
    (
        a_robot(dock=Dock(status="docking")),
        a_robot(dock=Dock(status="docked", id=520)),
        [("good", "docked on dock 520")],
    ),
    (a_robot(dock=Dock(status="docked")), a_robot(dock=Dock(status="undocking")), []),
    (a_robot(dock=Dock(status="undocking")), a_robot(dock=Dock(status="undocked")), [("info", "undocked")]),
    (
        a_robot(dock=Dock(status="docking")),
        a_robot(dock=Dock(status="undocked")),
        [("warn", "docking ended without the dock")],
    ),
    (
        a_robot(batteries=(Battery(charge=40.0, status="discharging"),)),
        a_robot(batteries=(Battery(charge=40.0, status="charging"),)),
        [("good", "charging, 40 %")],
    ),
    (a_robot(power=Power(charge=20.4)), a_robot(power=Power(charge=19.8)), [("warn", "battery low: 20 %")]),
    (a_robot(power=Power(charge=30.0)), a_robot(power=Power(charge=8.0)), [("bad", "battery very low: 8 %")]),
    (a_robot(power=Power(charge=19.0)), a_robot(power=Power(charge=18.0)), []),
    (a_robot(power=Power(motors="powering_on")), a_robot(power=Power(motors="on")), [("info", "motors on")]),
    (with_mission("none"), with_mission("running"), [("info", "mission round started")]),
    (with_mission("running"), with_mission("paused", step="Dock"), [("warn", "mission round paused at Dock")]),
    (with_mission("paused"), with_mission("running"), [("info", "mission round goes on")]),
    (with_mission("paused"), with_mission("running", id=4), [("info", "mission round started")]),
    (with_mission("running"), with_mission("success"), [("good", "mission round ended well")]),
    (with_mission("running"), with_mission("failure", error="stuck"), [("bad", "mission round failed: stuck")]),
    (with_mission("running"), with_mission("none"), [("warn", "mission round was taken away while it was running")]),
    (
        with_mission("running"),
        with_mission("running", questions=(MissionQuestion(id=1, text="go on?"),)),
        [("warn", "mission round asks: go on?")],
    ),
    (a_robot(faults=()), a_robot(faults=(FAULT,)), [("bad", "system fault battery_overheat: too hot")]),
    (a_robot(faults=(FAULT,)), a_robot(faults=()), [("good", "system fault battery_overheat is over")]),
    (
        a_robot(estops=(EStop(name="gui", type="software", state="not_estopped"),)),
        a_robot(estops=(EStop(name="gui", type="software", state="estopped"),)),
        [("bad", "E-Stop gui (software) pressed")],
    ),
    (
        a_robot(estops=(EStop(name="gui", state="estopped"),)),
        a_robot(estops=(EStop(name="gui", state="not_estopped"),)),
        [("good", "E-Stop gui released")],
    ),
    (body(""), body("tablet"), [("info", "lease taken by tablet: body, arm")]),
    (body("tablet"), body("autowalk"), [("info", "lease taken by autowalk, from tablet: body, arm")]),
    (body("tablet"), body(""), [("info", "lease given back by tablet: body, arm")]),
    (body("t", "e1"), body("t", "e2"), [("warn", "rebooted, or its software was started anew")]),
    (a_robot(control_actions=()), a_robot(control_actions=("sit",)), [("bad", "acts on a loss of comms: sit")]),
    (
        a_robot(identity=Identity(serial="a", version="5.0.1")),
        a_robot(identity=Identity(serial="a", version="5.1.4")),
        [("info", "software 5.0.1 -> 5.1.4")],
    ),
    (
        a_robot(identity=Identity(serial="a"), dock=Dock(status="docked")),
        a_robot(identity=Identity(serial="b"), dock=Dock(status="undocked")),
        [("bad", "another robot answers: b, was a")],
    ),
]


@pytest.mark.parametrize(("before", "after", "said"), STEPS)
def test_a_step_of_the_robot_is_said(before: Robot, after: Robot, said: list[tuple[str, str]]) -> None:
    assert told(before, after) == said
    assert told(after, after) == []


def test_the_first_word_and_what_is_not_known_are_no_change() -> None:
    full = a_robot(dock=Dock(status="docked"), faults=(FAULT,), power=Power(charge=5.0))
    assert robot_entries(None, full, NOW) == ()
    assert told(full, a_robot()) == told(a_robot(), full) == []


def test_many_faults_at_once_are_counted() -> None:
    faults = tuple(Fault(kind="system", id=str(number), name="f") for number in range(20))
    assert told(a_robot(faults=()), a_robot(faults=faults))[-1] == ("warn", "12 more faults came or went")


def test_a_part_that_was_silent_says_for_how_long_its_change_was_not_seen() -> None:
    def at(status: str, heard: float) -> Robot:
        return a_robot(dock=Dock(status=status), access={"dock": Access("live", "", heard)})

    (line,) = robot_entries(at("docked", NOW - 60), at("undocked", NOW), NOW)
    assert line.unseen == 60
    (line,) = robot_entries(at("docked", NOW - 2), at("undocked", NOW), NOW)
    assert line.unseen is None


def test_a_word_that_is_not_known_for_a_while_is_compared_with_the_one_before() -> None:
    docked, silent = a_robot(dock=Dock(status="docked")), a_robot(dock=Dock(status="unknown"))
    known = carried(carried(docked, silent), a_robot())
    assert told(docked, silent) == [] and told(known, a_robot(dock=Dock(status="undocked"))) == [("info", "undocked")]


_words = st.sampled_from(["docked", "undocked", "docking", "unknown", "running", "paused", "none", "failure", "on", ""])
_numbers = st.none() | st.floats(-5, 120)
robots = st.builds(
    Robot,
    address=st.just("a"),
    access=st.dictionaries(
        st.sampled_from(["dock", "state"]), st.builds(Access, st.just("live"), st.just(""), _numbers)
    ),
    identity=st.none() | st.builds(Identity, serial=st.sampled_from(["", "a", "b"]), version=_words),
    dock=st.none() | st.builds(Dock, status=_words, id=st.none() | st.integers()),
    power=st.none() | st.builds(Power, motors=_words, charge=_numbers),
    batteries=st.none() | st.lists(st.builds(Battery, charge=_numbers, status=_words), max_size=2).map(tuple),
    mission=st.none() | st.builds(Mission, status=_words, id=st.none() | st.integers(0, 2), name=st.text(max_size=4)),
    faults=st.none()
    | st.lists(st.builds(Fault, kind=st.just("system"), id=_words, name=_words, is_active=st.booleans())).map(tuple),
    estops=st.none() | st.lists(st.builds(EStop, name=_words, state=st.sampled_from(["estopped", "x"]))).map(tuple),
    leases=st.none() | st.lists(st.builds(Lease, resource=_words, client=_words, epoch=_words), max_size=3).map(tuple),
    control_actions=st.none() | st.lists(_words, max_size=2).map(tuple),
)


@settings(max_examples=40)
@given(robots, robots)
def test_any_two_words_of_a_robot_can_be_compared(before: Robot, after: Robot) -> None:
    for line in robot_entries(before, carried(before, after), NOW):
        assert line.text and "\n" not in line.text
    carried(after, before)


@settings(max_examples=40)
@given(robots)
def test_the_same_word_twice_is_no_change(robot: Robot) -> None:
    unique = {name: {one.name: one for one in robot.estops or ()} for name in ("estops",)}
    if len(unique["estops"]) == len(robot.estops or ()) and _has_unique_leases(robot):
        assert robot_entries(robot, robot, NOW) == ()


def _has_unique_leases(robot: Robot) -> bool:
    return len({one.resource for one in robot.leases or ()}) == len(robot.leases or ())
