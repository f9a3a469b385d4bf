"""Which robot is read, who we are to it, and what the one-shot commands say of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui import settings_robot
from spottui.app_robot_source import robot_place, robot_sources
from spottui.config import load
from spottui.errors import BadConfig
from spottui.oneshot.doctor_robot import checks, is_open
from spottui.oneshot.status_robot import ask_robot, robot_lines
from spottui.records_robot import Robot
from spottui.settings import Settings
from spottui.settings_robot import split_address
from spottui.settings_text import effective
from tests.sources.spot_bench import bench


def settings(tmp_path: Path, text: str = "", environ: dict[str, str] | None = None, **flags: str) -> Settings:
    file = tmp_path / "config.toml"
    file.write_text(text)
    named = {name.replace("__", "."): value for name, value in flags.items()}
    return load(environ=environ or {}, home=tmp_path, folder=tmp_path, flags=named, config_file=file)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("192.168.80.3", "192.168.80.3", None),
        ("spot-07:50443", "spot-07", 50443),
        ("fe80::1", "fe80::1", None),
        ("[fe80::1]:8443", "fe80::1", 8443),
        ("[fe80::1]", "fe80::1", None),
    ],
)
def test_an_address_may_carry_its_port(address: str, host: str, port: int | None) -> None:
    assert split_address(address) == (host, port)


@pytest.mark.parametrize("address", ["", " ", ":443", "spot:0", "spot:65536", "spot:x", "[::1]x", "[]:443"])
def test_what_is_no_address_is_refused_with_an_example(tmp_path: Path, address: str) -> None:
    with pytest.raises(BadConfig, match=r"robot\.address: must be an address like 192\.168\.80\.3"):
        settings(tmp_path, f'[robot]\naddress = "{address}"\n')


@given(st.text(max_size=12))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        host, port = split_address(text)
    except ValueError:
        return
    assert host and (port is None or 1 <= port <= 65535)


def test_without_an_address_there_is_no_robot(tmp_path: Path) -> None:
    assert robot_place(settings(tmp_path), {}) is None
    assert robot_sources(settings(tmp_path), {}, lambda: 0.0) == []


def test_a_computer_on_a_robots_back_finds_it_by_the_credentials_of_its_payload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "payload_guid_and_secret"
    monkeypatch.setattr(settings_robot, "OWN_CREDENTIALS", own)
    assert robot_place(settings(tmp_path), {}) is None
    own.write_text("guid\nsecret\n")
    known = settings(tmp_path)
    place = robot_place(known, {})
    assert place is not None
    assert (place.host, place.port, place.payload_credentials) == ("192.168.50.3", 443, own)
    assert known.origins["robot.address"] == "default on a robot's back"
    other = robot_place(settings(tmp_path, robot__address="10.0.0.3"), {})
    assert other is not None and other.host == "10.0.0.3"


def test_the_variables_of_the_sdk_count_and_the_password_is_in_no_setting(tmp_path: Path) -> None:
    environ = {"BOSDYN_CLIENT_USERNAME": "operator", "BOSDYN_CLIENT_PASSWORD": "s3cret"}
    known = settings(tmp_path, '[robot]\naddress = "10.0.0.3"\nport = 8443\nca = "ca/*.pem"\n', environ)
    place = robot_place(known, environ)
    assert place is not None
    assert (place.username, place.password, place.port) == ("operator", "s3cret", 8443)
    assert place.ca == str(tmp_path / "ca" / "*.pem")
    shown = effective(known)
    assert "s3cret" not in shown and "environment BOSDYN_CLIENT_USERNAME" in shown
    assert "s3cret" not in repr(known) + repr(place)


def test_our_own_variable_beats_the_one_of_the_sdk(tmp_path: Path) -> None:
    environ = {"BOSDYN_CLIENT_USERNAME": "one", "SPOTTUI_ROBOT_USERNAME": "two"}
    assert settings(tmp_path, environ=environ).robot.username == "two"


def test_a_password_in_the_settings_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"robot\.password: there is no such key; did you mean robot\.password_file"):
        settings(tmp_path, '[robot]\npassword = "s3cret"\n')


async def test_the_doctor_says_what_the_robot_lets_us_read() -> None:
    async with bench() as robot:
        robot.spot.script.add("bosdyn.api.EstopService/*", abort="PERMISSION_DENIED")
        said = [str(check) async for check in checks(robot.place)]
    assert said[0].startswith(f"ok    robot: spot-07 at {robot.place}, Spot 5.1.4")
    assert "ok    robot login: user user" in said
    assert "ok    robot clock: the robot's and ours agree" in said
    assert any(line.startswith("ok    robot parts: state, dock, mission") for line in said)
    assert any(line.startswith("warn  robot estop: Not permitted") for line in said)


def test_a_secret_that_others_can_read_is_known(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret")
    file.chmod(0o640)
    assert is_open(file)
    file.chmod(0o600)
    assert not is_open(file) and not is_open(tmp_path / "nowhere")


async def test_the_doctor_says_why_the_robot_does_not_let_us_in() -> None:
    async with bench(password="wrong") as robot:
        found = [check async for check in checks(robot.place)]
        assert (found[-1].state, found[-1].name, found[-1].exit_status) == ("fail", "robot login", 4)
        assert robot.calls("GetAuthToken") == 1
        nobody = [check async for check in checks(replace(robot.place, ca="/nowhere"))]
        assert (nobody[0].state, nobody[0].name) == ("fail", "robot")


async def test_status_has_the_robot_as_data_and_as_a_line() -> None:
    async with bench() as robot:
        robot.spot.add_fault("overheated", "left hip is hot", severity="warn")
        said = await ask_robot(robot.place)
    assert said is not None
    assert (said["name"], said["charge_percent"], said["dock"], said["problem"]) == ("spot-07", [81.0], "docked", "")
    lines = robot_lines(said)
    assert (
        lines[0] == f"Robot spot-07, Spot 5.1.4 at {robot.place}: battery 81 %, motors off, dock docked, mission none"
    )
    assert lines[1] == "  warn system fault overheated: left hip is hot"


async def test_status_has_what_findings_judge_by_and_keeps_what_did_not_answer_apart() -> None:
    heard: list[Robot] = []
    async with bench() as robot:
        said = await ask_robot(robot.place, heard.append)
    assert said is not None and said["unread"] == {} and said["problem"] == ""
    assert heard[0].sensors and heard[0].payloads and heard[0].access["sensors"].state == "live"


async def test_status_says_in_its_line_why_there_is_no_robot() -> None:
    async with bench() as robot:
        await robot.server.stop()
        said = await ask_robot(robot.place)
    assert said is not None and "refuses the connection" in robot_lines(said)[0]
    assert await ask_robot(None) is None and robot_lines(None) == []
