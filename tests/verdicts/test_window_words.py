"""Every hold has its row and its reason in words; thresholds and the link are what was set."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from spottui.events import LinkDown, LinkUp
from spottui.records_links import Probe
from spottui.records_mission import Mission
from spottui.records_robot import Dock, Lease, Power
from spottui.verdicts.window import LinkState, Steady, judge, link_state, window
from spottui.verdicts.window_table import Thresholds
from tests.verdicts.make import NOW
from tests.verdicts.robot_make import a_battery, a_robot, fault, question, running

LIMITS = Thresholds()
UP = LinkState(True)
INFO = ("Waiting for charge", "info")

# -- words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "row", "said"),
    [
        ({"faults": fault("behavior")}, 1, "behaviour fault: x"),
        ({"control_actions": ("auto_return",)}, 1, "the robot acts on a loss of comms: auto_return"),
        ({"dock": Dock(status="undocking")}, 2, "the robot is undocking"),
        ({"power": Power(motors="error", motor_error="hip")}, 2, "motor error: hip"),
        ({"mission": Mission(status="paused")}, 6, "the mission is paused"),
        ({"mission": running(("Stuck", "error"))}, 0, "the mission says (error): Stuck"),
        ({"mission": running(INFO, asks=(question("Left?"),))}, 0, "the mission asks: Left?"),
        ({"dock": Dock(status="docked", power="detecting")}, 0, "the dock gives no power (detecting)"),
        ({"power": Power(motors="on")}, 0, "the motors are on"),
    ],
)
def test_each_hold_has_its_row_and_its_reason(fields: dict[str, Any], row: int, said: str) -> None:
    verdict = judge(a_robot(**fields), UP, NOW, LIMITS)
    assert (verdict.is_open, verdict.row, verdict.reasons[0]) == (False, row, said)


def test_a_driver_on_an_undocked_robot_is_named() -> None:
    lease = (Lease(resource="body", client="tablet"),)
    robot = a_robot(dock=Dock(status="undocked"), leases=lease, power=Power(motors="on", runtime=5000.0))
    assert judge(robot, UP, NOW, LIMITS).reasons == ("tablet drives",)


def test_what_is_known_to_be_wrong_comes_before_what_is_not_known() -> None:
    robot = a_robot(mission=None, control_actions=("halt",))
    assert judge(robot, LinkState(None, "no link yet"), NOW, LIMITS).reasons == (
        "the robot acts on a loss of comms: halt",
        "the mission's state is not known",
        "no link yet",
    )


def test_no_robot_is_a_calm_hold() -> None:
    verdict = judge(None, UP, NOW, LIMITS)
    shown = window(verdict, Steady(), NOW, LIMITS)
    assert (shown.word, shown.is_known, shown.reasons) == ("HOLD", False, ("no robot is configured",))


def test_thresholds_come_from_the_settings() -> None:
    robot = a_robot(
        dock=Dock(status="undocked"),
        batteries=(a_battery(60.0, "discharging"),),
        power=Power(motors="off", runtime=1000.0),
    )
    assert judge(robot, UP, NOW, LIMITS).is_open
    assert not judge(robot, UP, NOW, Thresholds(idle_charge=70)).is_open
    assert not judge(robot, UP, NOW, Thresholds(rollback_seconds=1200)).is_open
    unsaid = replace(robot, power=Power(motors="off"))
    assert not judge(unsaid, UP, NOW, LIMITS).is_open
    assert judge(unsaid, UP, NOW, Thresholds(rollback_seconds=0)).is_open


def test_not_a_number_is_no_charge() -> None:
    robot = a_robot(dock=Dock(status="undocked"), batteries=(a_battery(float("nan"), "discharging"),))
    assert not judge(robot, UP, NOW, LIMITS).is_open


# -- the link ----------------------------------------------------------------------------------------


def a_probe(**fields: Any) -> Probe:
    known: dict[str, Any] = {"id": "git x", "kind": "git", "name": "git.example", "url": "https://git.example/x"}
    return Probe(**{**known, "state": "good", "answered_at": NOW, **fields})


@pytest.mark.parametrize(
    ("kube", "probe", "is_up"),
    [
        (None, None, None),
        (LinkDown("kube", "no route", NOW), None, False),
        (LinkUp("kube", 0.1, NOW), None, True),
        (LinkUp("kube", 0.1, NOW), a_probe(), True),
        (LinkUp("kube", 0.1, NOW), a_probe(state="slow"), True),
        (LinkUp("kube", 0.1, NOW), a_probe(state="down", reason="no route"), False),
        (LinkUp("kube", 0.1, NOW), a_probe(state="portal", kind="registry"), False),
        (LinkUp("kube", 0.1, NOW), a_probe(state="unknown"), None),
        (LinkUp("kube", 0.1, NOW), a_probe(state="down", answered_at=None), True),
        (LinkUp("kube", 0.1, NOW), a_probe(state="down", kind="own"), True),
    ],
)
def test_the_link_is_the_cluster_and_what_updates_come_from(kube: Any, probe: Probe | None, is_up: bool | None) -> None:
    found = link_state(kube, (probe,) if probe else ())
    assert found.is_up is is_up
    assert bool(found.reason) == (is_up is not True)
