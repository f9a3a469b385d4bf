"""What of the robot deserves attention, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.records import Access, Finding
from spottui.records_mission import Mission, MissionQuestion
from spottui.records_robot import Battery, Dock, Fault, Licence, Power, Robot
from spottui.verdicts.profile import parse_profile
from spottui.verdicts.profile_diff import compare
from spottui.verdicts.robot_faults import advice, fault_tone
from spottui.verdicts.robot_findings import RobotView, robot_findings
from tests.verdicts.make import NOW
from tests.verdicts.robot_make import a_battery, a_robot, live, question, running

SYSTEM = Fault(kind="system", id="s", name="battery_hot", severity="critical", attributes=("battery",), since=NOW - 60)
SERVICE = Fault(kind="service", id="v", name="liveness", service="velodyne", severity="warn", text="no heartbeat")
BEHAVIOR = Fault(kind="behavior", id="b", name="fall", severity="critical", code="clearable")
AWAY = Dock(status="undocked")


def found(robot: Robot, profile: str = "") -> list[Finding]:
    diff = compare(parse_profile(profile, "p"), robot) if profile else None
    view = RobotView(robot=robot) if diff is None else RobotView(robot=robot, diff=diff)
    return list(robot_findings(view, NOW))


def said(robot: Robot, profile: str = "") -> list[str]:
    return [f"{one.severity} {one.subject}: {one.text}" for one in found(robot, profile)]


def test_a_robot_that_is_well_says_nothing() -> None:
    assert said(a_robot()) == []


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"faults": (SYSTEM,)},
            "bad robot: fault battery hot. It will shut down soon: bring it to its dock now, or change the battery.",
        ),
        (
            {"faults": (SERVICE,)},
            "warn robot: service fault liveness: no heartbeat. "
            "Look at velodyne: its pod or program, and the payload's power and network.",
        ),
        (
            {"faults": (BEHAVIOR,)},
            "bad robot: behaviour fault fall. "
            "The robot fell: look at it from a distance, then clear the fault on the tablet and right it.",
        ),
        ({"control_actions": ("motors_off",)}, "bad robot: acts on a loss of comms: motors off"),
        ({"batteries": (a_battery(status="missing"),)}, "warn robot battery: status missing: is it seated and awake?"),
        (
            {"dock": AWAY, "batteries": (a_battery(19.0, "discharging"),)},
            "warn robot battery: below 20 %: bring it to its dock",
        ),
        (
            {"dock": AWAY, "batteries": (a_battery(9.0, "discharging"),)},
            "bad robot battery: below 10 %: bring it to its dock",
        ),
        ({"batteries": (a_battery(temperatures=(30.0, 61.0)),)}, "warn robot battery: hotter than 60 °C: let it rest"),
        (
            {"dock": Dock(status="docked", power="error")},
            "warn robot dock: power error: it is docked and not charged; seat it anew",
        ),
        ({"mission": Mission(status="error", name="round", error="lost")}, "bad mission round: ended in error: lost"),
        ({"mission": Mission(status="failure")}, "warn mission: ended in failure"),
        ({"mission": running(("Stuck", "error"))}, "warn mission round: Stuck"),
        ({"mission": running(("Rescue me", "critical"))}, "bad mission round: Rescue me"),
        ({"mission": running(asks=(question(),))}, "warn mission round: asks: Which way? (left, right)"),
        ({"licence": Licence(status="expired")}, "warn robot licence: expired"),
        ({"licence": Licence(status="valid", not_after=NOW + 3.5 * 86400)}, "warn robot licence: ends in 3 days"),
    ],
)
def test_each_trouble_is_one_finding_with_its_cause(fields: dict[str, Any], text: str) -> None:
    assert said(a_robot(**fields)) == [text]


@pytest.mark.parametrize(
    "fields",
    [
        {"faults": (Fault(kind="system", id="i", name="x", severity="info"),)},
        {"faults": (Fault(kind="system", id="o", name="x", severity="critical", is_active=False),)},
        {"faults": (Fault(kind="service", id="o", name="x", severity="warn", attributes=("spottui",)),)},
        {"batteries": (a_battery(5.0),)},  # it is charged
        {"batteries": (a_battery(5.0, "discharging"),)},  # full batteries say so at the dock
        {"mission": running(("Waiting for charge", "info"), ("Slipped", "warn"))},
        {"mission": running(asks=(MissionQuestion(id=1, text="x", for_autonomous_processing=True),))},
        {"licence": Licence(status="valid", not_after=NOW + 90 * 86400)},
    ],
)
def test_what_is_usual_is_silent(fields: dict[str, Any]) -> None:
    assert said(a_robot(**fields)) == []


# -- silence -----------------------------------------------------------------------------------------


def test_of_a_silent_robot_only_the_silence_is_news() -> None:
    gone = {part: Access("stale", "no route to host", NOW - 600) for part in live()}
    robot = a_robot(access=gone, faults=(SYSTEM,), control_actions=("halt",), mission=Mission(status="error"))
    (finding,) = found(robot, 'serial = "another"\n')
    assert (finding.subject, finding.text) == ("robot 192.168.80.3", "does not answer: no route to host")
    assert finding.since == NOW - 600


def test_a_short_silence_is_no_news() -> None:
    assert said(a_robot(access={**live(), "state": Access("stale", "", NOW - 10)})) == []


def test_a_login_that_ended_is_told_once() -> None:
    expired = {part: Access("expired", "the token is no longer taken", NOW) for part in live()}
    assert said(a_robot(access=expired)) == ["bad robot: login: the token is no longer taken"]


@pytest.mark.parametrize("state", ["forbidden", "absent", "waiting"])
def test_what_a_payloads_login_may_not_see_is_no_news(state: Any) -> None:
    parts = {part: Access(state, "", None) for part in live()}
    assert said(Robot(address="r", access=parts)) == []


def test_a_robot_of_which_nothing_is_known_says_nothing() -> None:
    assert said(Robot(address="r")) == []
    assert said(Robot(address="r", access=live(), batteries=(Battery(),), power=Power())) == [
        "warn robot battery: status unknown: is it seated and awake?"
    ]


# -- the profile -------------------------------------------------------------------------------------


def test_each_word_of_the_difference_is_a_finding_and_many_are_one() -> None:
    profile = "".join(f'[[sources]]\nkind = "image"\nname = "cam{number}"\n' for number in range(6))
    profile += '[[payloads]]\nname = "CORE I/O"\nversion = "9"\n[[services]]\nname = "velodyne-point-cloud"\n'
    assert said(a_robot(), profile) == [
        "warn robot CORE I/O: payload wrong version: CORE I/O (4.0.1, expected 9)",
        "warn robot EAP 2: payload unexpected: EAP 2",
        "bad robot profile: sensors missing: cam0, cam1, cam2, cam3, and 2 more",
    ]


def test_differences_of_a_part_that_is_not_live_are_no_news() -> None:
    access = {**live(), "payloads": Access("stale", "", NOW - 100)}
    assert said(a_robot(payloads=(), access=access), '[[payloads]]\nname = "x"\n') == []


def test_ids_are_unique_and_stay() -> None:
    robot = a_robot(faults=(SYSTEM, SERVICE, BEHAVIOR), control_actions=("halt",), mission=running(("x", "error")))
    ids = [one.id for one in found(robot)]
    assert len(set(ids)) == len(ids) == 5
    assert ids == [one.id for one in found(robot)]


# -- faults ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "tone", "begins"),
    [
        (BEHAVIOR, "bad", "The robot fell"),
        (Fault(kind="behavior", id="1", name="unknown(9)", code="clearable"), "bad", "Clear it on the tablet"),
        (Fault(kind="behavior", id="1", name="hardware", code="unclearable"), "bad", "It cannot be cleared"),
        (SYSTEM, "bad", "It will shut down soon"),
        (
            Fault(kind="system", id="1", name="x", severity="warn", attributes=("vision",)),
            "warn",
            "Look at the cameras",
        ),
        (
            Fault(kind="service", id="1", name="x", severity="warn", attributes=("impair_navigation",)),
            "bad",
            "Autonomous navigation stays stopped",
        ),
        (Fault(kind="system", id="1", name="x", severity="unknown"), "warn", "The admin console"),
        (Fault(kind="service", id="1", name="x", severity="info"), "info", "Look at the payload"),
        (Fault(kind="system", id="1", name="x", severity="critical", is_active=False), "dim", "It is over."),
    ],
)
def test_each_fault_has_a_tone_and_advice(fault: Fault, tone: str, begins: str) -> None:
    assert fault_tone(fault) == tone
    assert advice(fault).startswith(begins) and advice(fault).endswith(".")
