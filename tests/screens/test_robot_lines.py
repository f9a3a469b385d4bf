"""Screen 7: every part of the robot in words, each standing another sight, and calm where there is no robot."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from spottui.events import (
    RobotHeard,
)
from spottui.records import Access
from spottui.records_mission import Mission
from spottui.records_robot import (
    Dock,
    EStop,
    EStopEndpoint,
    Fault,
    Identity,
    Lease,
    Licence,
    Metric,
    Payload,
    Power,
    Robot,
    RobotWifi,
)
from spottui.screens.robot_lines import now_sections
from spottui.screens.robot_lists import list_sections
from spottui.screens.robot_values import Look, drawn
from spottui.store import Store
from spottui.verdicts.profile import parse_profile
from spottui.verdicts.profile_diff import compare
from spottui.widgets.tones import Line
from tests.screens.app_case import (
    NOW,
)
from tests.verdicts.robot_make import EAP, FRONT, IMAGE, VELODYNE, a_battery, a_robot, live, question, running

PROFILE = '[[payloads]]\nname = "Spot CAM+"\n[[sources]]\nkind = "image"\nname = "thermal"\n'


def lines_of(
    robot: Robot, now: float = NOW, *, profile: str = "", plain: bool = False, lost: bool = False
) -> list[Line]:
    store = Store()
    store.apply(RobotHeard(robot, NOW))
    look = Look(now=now, plain=plain, is_lost=lost)
    diff = compare(parse_profile(profile, "p"), robot) if profile else None
    return drawn([*now_sections(robot, store.watch.window(now), look), *list_sections(robot, diff, look)], robot, look)


def text_of(lines: list[Line]) -> str:
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def said(robot: Robot, **how: Any) -> str:
    return text_of(lines_of(robot, **how))


def tones_of(robot: Robot, word: str, **how: Any) -> set[str]:
    """Return the tones of the spans that hold a word."""
    return {tone for line in lines_of(robot, **how) for text, tone in line if word in text}


# -- every part in words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["81 %  ● charging  75m left   +4.2 A   56.1 V   29-31 °C"]),
        ({"batteries": (a_battery(None, "missing", temperatures=()),)}, ["? %  ▲ missing", "? °C"]),
        ({"batteries": (a_battery(lost_messages=12.0),)}, ["12 % of its messages are lost"]),
        ({}, ["● motors off (safe to approach)   not ready", "shore off   robot on   payload ports ?   wifi ?"]),
        ({"power": Power(motors="error", motor_error="hip jammed")}, ["✖ motors error", "hip jammed"]),
        ({"power": Power(motors="on"), "motor_temperatures": {"fl.hx": 61.0}}, ["hottest motor fl.hx 61 °C"]),
        ({}, ["● docked   power connected   dock 520   spot dock"]),
        ({"dock": Dock(status="docked", power="error"), "docks_known": 2}, ["power error", "2 docks known"]),
        ({"dock": Dock(status="unknown(9)")}, ["▲ unknown(9)"]),
        ({"mission": running(("Waiting", "info"))}, ["◆ running   round   step Dock", "◆ info  Waiting"]),
        ({"mission": running(asks=(question("Left?"),))}, ["▲ asks  Left?   (left, right)"]),
        ({"mission": running(asks=(question("Left?", autonomous=True),))}, ["asks a program: Left?"]),
        ({"mission": Mission(status="error", error="lost its way")}, ["✖ error", "lost its way"]),
        ({}, ["Faults    ● none"]),
        ({"leases": (Lease(resource="body"),)}, ["● nobody drives"]),
        (
            {
                "leases": (
                    Lease(resource="body", client="tablet", user="ana"),
                    Lease(resource="arm", client="x", is_stale=True),
                )
            },
            ["◆ tablet drives", "tablet (ana): body", "x: arm  stale: no longer renewed"],
        ),
        ({"leases": ()}, ["nobody says who holds the body"]),
        ({"estops": (), "estop_endpoints": ()}, ["nobody registered an E-Stop"]),
        (
            {
                "estops": (EStop(name="e1", type="hardware", state="estopped"), EStop(name="e2", state="not_estopped")),
                "estop_level": "cut",
                "estop_endpoints": (EStopEndpoint(role="PDB", name="tablet", stop_level="cut", answered_ago=3.4),),
            },
            [
                "▲ stop level cut",
                "▲ PRESSED  e1  (hardware)",
                "● released  e2",
                "endpoint tablet: cut, answered 3 s ago",
            ],
        ),
        ({}, ["Keepalive ● no action"]),
        ({"policies": ("p by tablet",), "auto_return": True}, ["policy p by tablet", "auto-return on"]),
        (
            {"wifi": (RobotWifi(mode="client", essid="yard", signal=-61.0, rx_bits=2e6, tx_bits=1e6, retries=3),)},
            ['wifi client   "yard"   -61 dBm   in 2.0 out 1.0 Mbit/s   retries 3 failed ?'],
        ),
        ({"clock_skew": 2.5, "time_sync": "it stopped", "calls": 9}, ["+2.5 s   time sync: it stopped   9 calls read"]),
        ({}, ["CORE I/O  4.0.1  in use", "EAP 2     1.2.0  in use"]),
        ({"payloads": (Payload(guid="3", name="Arm", is_authorized=True),)}, ["Arm  -  disabled"]),
        ({"payloads": (replace(EAP, is_authorized=False),)}, ["EAP 2  1.2.0  unauthorised"]),
        ({"payloads": ()}, ["Payloads  none"]),
        ({}, ["velodyne-point-cloud  PointCloudService  alive  EAP 2", "1 of the robot itself, alive"]),
        ({"services": (IMAGE, replace(VELODYNE, heard_at=NOW - 100))}, ["NOT ALIVE, heartbeat 1m ago"]),
        ({}, ["image of image: frontleft_fisheye_image"]),
        ({"sensors": (replace(FRONT, has_data=False),)}, ["✖ no data  frontleft_fisheye_image  (image of image)"]),
        (
            {"identity": Identity(nickname="r7", serial="s", version="5.1.4", installed_at=NOW), "login": "user ana"},
            [
                "name r7   serial s   computer ?",
                "software 5.1.4   api ?   build ?   installed 2027-01-15",
                "as user ana",
            ],
        ),
        (
            {"licence": Licence(status="expired", id="L", not_after=NOW, features=("autowalk",))},
            ["✖ expired   until 2027-01-15   L", "autowalk"],
        ),
        ({"metrics": (Metric("distance", "12.4", "km"),), "fans": {"f1": 80.0}}, ["distance  12.4 km", "f1 80 Hz"]),
        ({"log_statuses": ("syncing",), "hardware": ("arm",)}, ["Logs      syncing", "Hardware  arm"]),
    ],
)
def test_each_part_is_told_in_words(fields: dict[str, Any], words: list[str]) -> None:
    text = said(a_robot(**fields))
    assert [word for word in words if word not in text] == [], text


def test_a_fault_has_age_severity_and_advice_and_what_is_over_comes_last() -> None:
    faults = (
        Fault(
            kind="system", id="1", name="battery_hot", severity="critical", text="Hot", code="code 7", since=NOW - 130
        ),
        Fault(kind="behavior", id="2", name="fall", severity="critical", code="clearable", since=NOW - 20),
        Fault(kind="service", id="3", name="liveness", service="gas", severity="warn"),
        *(Fault(kind="system", id=f"o{number}", name=f"old{number}", is_active=False) for number in range(7)),
    )
    text = said(a_robot(faults=faults))
    assert "✖ system critical 2m  battery hot (code 7)  Hot" in text
    assert "✖ behaviour 20s  fall (clearable)\n            → The robot fell" in text
    assert "▲ service warn ?  liveness\n            → Look at gas" in text
    assert "over: old4" in text and "old5" not in text and "over: 2 more" in text


def test_a_keepalive_action_is_red() -> None:
    robot = a_robot(control_actions=("motors_off",))
    assert tones_of(robot, "ACTING ON A LOSS OF COMMS: motors off") == {"bad"}


def test_each_reason_of_a_hold_has_its_line() -> None:
    text = said(
        a_robot(power=Power(motors="powering_on"), dock=Dock(status="undocking"), mission=Mission(status="paused"))
    )
    assert "Window    ▲ HOLD  the runtime that is left is not known" not in text
    assert "HOLD  the robot is undocking\n" in text
    for reason in ("motors are powering on", "the mission is paused", "the cluster has not answered yet"):
        assert f"\n                  {reason}\n" in text


def test_the_profiles_difference_is_told_word_by_word() -> None:
    text = said(a_robot(payloads=None, access={**live(), "payloads": Access("forbidden", "", None)}), profile=PROFILE)
    assert "✖ missing  sensor thermal" in text
    assert "? payloads cannot be compared: not permitted" in text
    assert "✖ missing  payload Spot CAM+" in said(a_robot(), profile=PROFILE)
    assert "● all is as expected" in said(
        a_robot(), profile='[[payloads]]\nname = "CORE I/O"\n[[payloads]]\nname="EAP 2"'
    )
    assert "none set: robot.profile names the file" in said(a_robot())


def test_the_plain_glyphs_are_ascii() -> None:
    fault = Fault(kind="system", id="1", name="x", severity="warn", since=NOW)
    text = said(a_robot(faults=(fault,), mission=running(("x", "warn"))), plain=True, profile=PROFILE)
    assert text.replace("°", "").isascii()


# -- standings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("access", "words"),
    [
        (Access("waiting", "", None), "waiting for the first answer"),
        (Access("forbidden", "this payload may not", None), "not permitted: this payload may not"),
        (Access("absent", "no licence service", None), "not fitted: no licence service"),
        (Access("expired", "token", None), "login expired: token"),
        (Access("failed", "a bug", None), "cannot be read: a bug"),
        (Access("live", "", NOW), "?"),
    ],
)
def test_each_way_not_to_know_a_part_is_another_sight(access: Access, words: str) -> None:
    robot = a_robot(licence=None, access={**live(), "licence": access})
    assert f"Licence   {words}\n" in said(robot)


def test_old_values_stay_dimmed_with_their_age() -> None:
    robot = a_robot(access={**live(), "dock": Access("stale", "no link", NOW - 125)})
    assert "● docked   power connected   dock 520   spot dock  (heard 2m ago)" in said(robot)
    assert tones_of(robot, "docked") == {"dim"} and "good" not in tones_of(robot, "connected")
    assert tones_of(robot, "charging") == {"good"}  # the state itself is live


def test_a_state_that_is_no_longer_heard_is_old_whatever_its_source_says() -> None:
    assert "charging" in said(a_robot(), now=NOW + 15) and "heard" not in said(a_robot(), now=NOW + 15).split("Dock")[0]
    assert "(heard 20s ago)" in said(a_robot(), now=NOW + 20)


def test_all_is_old_when_nobody_reads_the_robot() -> None:
    good = {text for line in lines_of(a_robot(), lost=True) for text, tone in line if tone == "good"}
    assert good == set()


def test_a_robot_of_which_nothing_was_heard_is_all_waiting() -> None:
    text = said(Robot(address="192.168.80.3"))
    assert text.count("waiting for the first answer") >= 12
    assert "0 %" not in text
