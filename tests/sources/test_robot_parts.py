"""The small parts of the robot's source: credentials, schedule, calm numbers, standings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.records_robot import Battery, EStopEndpoint, Power, Robot, RobotWifi
from spottui.sources.robot_calm import calm_signal, calmed, joined_wifi, settled
from spottui.sources.robot_errors import RobotTrouble
from spottui.sources.robot_login import (
    LOCKED_OUT,
    Credentials,
    Refusal,
    RobotPlace,
    read_certificates,
    read_credentials,
)
from spottui.sources.robot_schedule import AT_ONCE, PERIODS, SUSPECTS, Schedule, backed_off
from spottui.sources.robot_session import Session
from spottui.sources.robot_standing import Standings


def half() -> float:
    return 0.5


# -- credentials -----------------------------------------------------------------------------------


def test_a_secret_is_in_no_text_of_what_holds_it() -> None:
    place = RobotPlace("h", username="operator", password="s3cret")
    credentials = read_credentials(place)
    for said in (repr(place), str(place), repr(credentials), str(credentials)):
        assert "s3cret" not in said
    assert (credentials.secret, str(credentials)) == ("s3cret", "user operator")


def test_a_password_comes_from_the_first_line_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"two words\r\nrest\n")
    assert read_credentials(RobotPlace("h", username="o", password_file=file)).secret == "two words"


def test_payload_credentials_are_a_guid_and_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "payload"
    file.write_text("ABC-1\n secret \n")
    assert read_credentials(RobotPlace("h", payload_credentials=file)) == Credentials("abc-1", "secret", True)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (RobotPlace("h"), "no login"),
        (RobotPlace("h", username="o"), "no password for the robot's user o"),
        (RobotPlace("h", username="o", password_file=Path("/nowhere")), "/nowhere cannot be read"),
        (RobotPlace("h", payload_credentials=Path("/nowhere")), "/nowhere cannot be read"),
    ],
)
def test_what_is_missing_for_a_login_is_named(place: RobotPlace, said: str) -> None:
    with pytest.raises(RobotTrouble, match=said) as caught:
        read_credentials(place)
    assert caught.value.kind == "no-login"


@pytest.mark.parametrize("content", [b"", b"one\n", b"one\n\n", b"\xff\xfe"])
def test_a_file_that_holds_no_payload_credentials_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "payload"
    file.write_bytes(content)
    with pytest.raises(RobotTrouble, match=str(file)):
        read_credentials(RobotPlace("h", payload_credentials=file))


def test_several_certificates_are_found_by_a_glob(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.pem").write_bytes(b"-----BEGIN CERTIFICATE-----" + name.encode())
    found = read_certificates(RobotPlace("h", ca=f"{tmp_path}/*.pem"))
    assert found.count(b"BEGIN") == 2
    assert read_certificates(RobotPlace("h")).startswith(b"-----BEGIN CERTIFICATE-----")


def test_an_ipv6_address_is_written_with_brackets() -> None:
    assert (str(RobotPlace("fe80::1")), str(RobotPlace("spot", 50443))) == ("[fe80::1]:443", "spot:50443")


# -- refused logins --------------------------------------------------------------------------------

OPERATOR = Credentials("operator", "one")


def test_refused_credentials_are_held_back_until_they_change() -> None:
    refusal = Refusal()
    refusal.hold(OPERATOR, 0.0)
    refusal.note(OPERATOR, RobotTrouble("wrong-login", "no"), 0.0)
    with pytest.raises(RobotTrouble, match="no"):
        refusal.hold(Credentials("operator", "one"), 1e9)
    refusal.hold(Credentials("operator", "two"), 1.0)


def test_after_a_lockout_no_credentials_pass_for_more_than_a_minute() -> None:
    refusal = Refusal()
    refusal.note(OPERATOR, RobotTrouble("locked-out", "locked"), 100.0)
    for credentials in (OPERATOR, Credentials("admin", "x")):
        with pytest.raises(RobotTrouble, match="locked"):
            refusal.hold(credentials, 100.0 + LOCKED_OUT - 0.1)
    refusal.hold(OPERATOR, 100.0 + LOCKED_OUT)


def test_a_silent_robot_has_refused_nothing() -> None:
    refusal = Refusal()
    refusal.note(OPERATOR, RobotTrouble("silent", "x"), 0.0)
    refusal.hold(OPERATOR, 0.0)


# -- schedule --------------------------------------------------------------------------------------


def test_a_job_is_never_started_twice_and_comes_again_after_its_period() -> None:
    schedule = Schedule(half)
    schedule.hurry(["state"], 0.0)
    assert schedule.start(0.0) == ["state"]
    schedule.hurry(["state"], 1.0)
    assert schedule.start(5.0) == []
    schedule.answered("state", 5.0)
    assert (schedule.start(5.9), schedule.start(6.0)) == ([], ["state"])


def test_others_go_along_early_but_never_alone_and_never_by_more_than_a_quarter() -> None:
    schedule = Schedule(half)
    schedule.hurry(["state", "dock", "leases"], 0.0)
    schedule.start(0.0)
    schedule.answered("state", 0.0)
    schedule.answered("dock", 0.0)
    schedule.failed("leases", 0.0, 1.4)
    assert schedule.start(0.9, 0.5) == [], "nothing is due yet"
    assert schedule.start(1.0, 0.5) == ["state"], "the dock's turn is a whole second away"
    schedule.answered("state", 1.0)
    assert schedule.start(1.4, 0.5) == ["leases"], "the state comes early by a quarter of its second at most"
    schedule.answered("leases", 1.4)
    schedule.bring_forward("keepalive", 1.8)
    assert schedule.start(1.8, 0.5) == ["state", "dock", "keepalive"]


def test_the_important_ones_go_first_and_only_so_many_at_once() -> None:
    schedule = Schedule(half)
    schedule.hurry(PERIODS, 0.0)
    started = schedule.start(0.0)
    assert started == ["login", "services", "time-sync", "state"] and len(started) == AT_ONCE
    schedule.answered("state", 0.0)
    assert schedule.start(0.0) == ["dock"]


def test_what_hangs_takes_two_places_and_no_more() -> None:
    schedule = Schedule(half)
    names = ["leases", "estop", "keepalive", "logs"]
    schedule.hurry(names, 0.0)
    schedule.start(0.0)
    for name in names:
        schedule.failed(name, 0.0)
    schedule.hurry(["state", "dock"], 0.0)
    started = schedule.start(100.0)
    assert len([name for name in started if name in names]) == SUSPECTS
    assert {"state", "dock"} <= set(started)


def test_failures_back_off_from_one_second_to_thirty() -> None:
    assert [backed_off(failures, half) for failures in (1, 2, 3, 4, 5, 6, 60)] == [1, 2, 4, 8, 16, 30, 30]


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_a_pause_is_never_longer_than_thirty_three_seconds(failures: int, chance: float) -> None:
    assert 0.9 <= backed_off(failures, lambda: chance) <= 33.0


def test_a_stopped_job_is_due_at_no_time_until_it_is_hurried() -> None:
    schedule = Schedule(half)
    schedule.hurry(["dock"], 0.0)
    schedule.start(0.0)
    schedule.ended("dock")
    assert "dock" in schedule.stopped() and schedule.next_at() is None
    schedule.hurry(["dock"], 7.0)
    assert schedule.next_at() == 7.0


def test_the_pace_stretches_what_is_polled_and_not_the_login() -> None:
    schedule = Schedule(half, pace=10.0)
    schedule.hurry(["state", "login"], 0.0)
    schedule.start(0.0)
    schedule.answered("state", 0.0)
    schedule.answered("login", 0.0)
    assert schedule.next_at() == 10.0
    assert schedule.start(3599.0) == ["state"]


# -- session ---------------------------------------------------------------------------------------


class LoggedOut:
    """Stands for a connection whose robot has forgotten the token; calls nothing."""

    def __init__(self) -> None:
        self.token: str | None = "old"
        self.calls, self.deadline, self.skew_guess, self.place = 0, 3.0, None, "a robot"


def test_a_refusal_of_the_token_before_forbids_nothing() -> None:
    connection: Any = LoggedOut()
    session = Session(
        connection, Robot(address="h"), Standings(), Refusal(), clock=lambda: 0.0, ticks=lambda: 100.0, jitter=half
    )
    for name in ("state", "dock"):
        session.job(name)
    session.ended("dock", RobotTrouble("logged-out", "x"))
    assert connection.token is None, "a new token is asked for"
    for name in ("login", "leases"):
        session.job(name)
    # All of them ended together, and the login is looked at first.
    session.ended("login", ("new", OPERATOR))
    for late in ("state", "leases"):
        session.ended(late, RobotTrouble("logged-out", "x"))
    assert connection.token == "new"
    assert {name: access.state for name, access in session.robot.access.items() if access.state == "forbidden"} == {}
    session.job("state")
    session.ended("state", RobotTrouble("logged-out", "x"))
    assert session.robot.access["state"].state == "forbidden", "this one was asked with the new token"


# -- calm ------------------------------------------------------------------------------------------


def test_a_number_that_trembles_stays_as_it_was() -> None:
    assert settled(81.0, 81.4, 0.5) == 81.0
    assert settled(81.0, 81.56, 0.5) == 81.6
    assert (settled(None, 81.44, 0.5), settled(81.0, None, 0.5)) == (81.4, None)


@given(st.lists(st.floats(-0.2, 0.2), min_size=1, max_size=40), st.floats(-100, 100))
def test_trembling_of_less_than_a_step_changes_at_most_once(noise: list[float], around: float) -> None:
    value: float | None = None
    seen = set()
    for each in noise:
        value = settled(value, around + each, 0.5)
        seen.add(value)
    assert len(seen) == 1


def battery(**fields: Any) -> Battery:
    return Battery(identifier="b", **fields)


def test_a_resting_battery_is_the_same_battery_and_a_turned_current_is_not() -> None:
    before = Robot(
        address="x", batteries=(battery(charge=81.0, current=-0.1, voltage=52.0, temperatures=(21.0, 22.0)),)
    )
    rests = calmed(
        {"batteries": (battery(charge=80.8, current=-0.3, voltage=51.9, temperatures=(21.4, 22.9)),)}, before
    )
    assert rests["batteries"] == before.batteries
    charges = calmed({"batteries": (battery(charge=80.8, current=0.2, voltage=51.9),)}, before)
    assert charges["batteries"][0].current == 0.2


def test_another_battery_takes_nothing_over() -> None:
    before = Robot(address="x", batteries=(Battery(identifier="old", charge=81.0),))
    assert calmed({"batteries": (Battery(identifier="new", charge=80.9),)}, before)["batteries"][0].charge == 80.9


def test_words_and_unknowns_of_a_calm_power_are_the_new_ones() -> None:
    before = Robot(address="x", power=Power(motors="on", charge=50.0, runtime=600.0))
    now = calmed({"power": Power(motors="off", charge=50.2, runtime=None)}, before)["power"]
    assert (now.motors, now.charge, now.runtime) == ("off", 50.0, None)


def test_the_seconds_since_an_estop_answered_do_not_redraw() -> None:
    before = Robot(address="x", estop_endpoints=(EStopEndpoint(role="r", name="t", answered_ago=0.0),))
    fields = {"estop_endpoints": (EStopEndpoint(role="r", name="t", answered_ago=0.4),)}
    assert calmed(fields, before)["estop_endpoints"] == before.estop_endpoints


def test_the_signal_goes_with_the_radio_of_the_state() -> None:
    signal = calm_signal(RobotWifi(signal=-58.0), RobotWifi(signal=-59.0, retries=4))
    radio = joined_wifi((RobotWifi(mode="client", essid="field"),), signal)
    assert radio == (RobotWifi(mode="client", essid="field", signal=-58.0, retries=4),)
    assert joined_wifi((), signal)[0].signal == -58.0


# -- standings -------------------------------------------------------------------------------------


def test_silence_forbidden_and_missing_are_three_different_standings() -> None:
    standings = Standings()
    standings.answered("dock", 5.0)
    for part, kind in (("dock", "silent"), ("estop", "forbidden"), ("fans", "outdated"), ("logs", "silent")):
        standings.failed(part, RobotTrouble(kind, "why"))  # type: ignore[arg-type]
    states = {part: (standings.access[part].state, standings.access[part].heard_at) for part in standings.access}
    assert states["dock"] == ("stale", 5.0)
    assert states["estop"] == ("forbidden", None)
    assert states["fans"] == ("absent", None)
    assert states["logs"] == ("waiting", None)


def test_a_lost_link_leaves_what_is_forbidden_and_the_ages() -> None:
    standings = Standings()
    standings.answered("state", 5.0)
    standings.failed("estop", RobotTrouble("forbidden", "no"))
    standings.link_lost("gone")
    assert (standings.access["state"].state, standings.access["state"].heard_at) == ("stale", 5.0)
    assert standings.access["estop"].state == "forbidden"
    assert standings.access["fans"].reason == "gone"


def test_a_newer_time_is_no_news() -> None:
    standings = Standings()
    standings.answered("state", 5.0)
    standings.is_news = False
    standings.answered("state", 6.0)
    assert not standings.is_news and standings.access["state"].heard_at == 6.0
