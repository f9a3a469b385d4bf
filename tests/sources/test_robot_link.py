"""The robot's source when the robot, the link or the clocks do what they do in a field."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from dataclasses import replace

import pytest
import trustme

from spottui.events import LinkDown, LinkUp, RobotHeard
from spottui.sources.robot import RobotSource
from tests.sources.spot_bench import Bench, Wire, bench

TIME_SYNC = "TimeSyncService/TimeSyncUpdate"


async def heard(robot: Bench, part: str = "state") -> None:
    await robot.until(lambda: robot.state(part) == "live")


def reason(robot: Bench) -> str:
    assert isinstance(robot.link, LinkDown)
    return robot.link.reason


async def test_a_reboot_is_survived_with_the_last_values_and_their_age() -> None:
    async with bench() as robot:
        source = robot.start(pace=0.1)
        await robot.until(lambda: robot.state("state") == "live" and robot.robot.hardware is not None)
        last = robot.robot.access["state"].heard_at
        await robot.server.stop()
        await robot.until(lambda: isinstance(robot.link, LinkDown) and robot.state("state") == "stale")
        assert "booting takes about 2.5 minutes" in reason(robot) and f"127.0.0.1:{robot.place.port}" in reason(robot)
        assert robot.robot.batteries and robot.robot.batteries[0].charge == 81.0
        stale_since = robot.robot.access["state"].heard_at
        assert last is not None and stale_since is not None and stale_since >= last
        robot.spot.reboot()
        robot.spot.accounts.expire()
        await robot.server.start()
        await robot.until(lambda: isinstance(robot.link, LinkUp) and robot.state("state") == "live")
        said = [type(event) for event in robot.events if not isinstance(event, RobotHeard)]
        assert (said[0], said[-1], set(said[1:-1])) == (LinkUp, LinkUp, {LinkDown})
        assert robot.calls("GetRobotHardwareConfiguration") == 1  # large, and the same robot
        assert source.bytes_in > 0


async def test_a_half_open_link_is_found_out_and_left() -> None:
    async with bench() as robot, Wire(robot.place.port) as wire:
        robot.start(replace(robot.place, port=wire.port), pace=0.1, deadline=0.4)
        await heard(robot)
        wire.is_silent = True
        await robot.until(lambda: isinstance(robot.link, LinkDown))
        assert reason(robot).startswith(f"No answer from 127.0.0.1:{wire.port} in time")
        assert robot.state("state") == "stale"
        wire.is_silent = False
        await robot.until(lambda: isinstance(robot.link, LinkUp) and robot.state("state") == "live")
        await robot.stop()


async def test_one_service_that_hangs_is_stale_and_keeps_none_of_the_others_from_being_read() -> None:
    async with bench() as robot:
        source = robot.start(pace=0.1, deadline=0.3)
        for part in ("leases", "estop", "keepalive"):
            await heard(robot, part)
        robot.spot.script.add("bosdyn.api.LeaseService/*", delay=30.0)
        robot.spot.script.add("bosdyn.api.EstopService/*", delay=30.0)
        robot.spot.script.add("bosdyn.api.keepalive.KeepaliveService/*", delay=30.0)
        await robot.until(lambda: robot.state("leases") == robot.state("estop") == "stale")
        assert robot.reason("leases") == "Lease did not answer in time."
        before = robot.calls("GetRobotState")
        await robot.until(lambda: robot.calls("GetRobotState") > before + 5)
        assert robot.state("state") == "live" and isinstance(robot.link, LinkUp)
        assert robot.robot.leases
        robot.spot.script.clear()
        assert source._session is not None
        source._session.schedule.hurry(["leases"], source._session._ticks())
        await robot.until(lambda: robot.state("leases") == "live")


async def test_one_lost_answer_is_not_worth_a_word() -> None:
    async with bench() as robot:
        robot.start(pace=0.1)
        await heard(robot, "dock")
        robot.spot.script.add("bosdyn.api.docking.*", abort="UNAVAILABLE", details="Socket closed", times=1)
        before = robot.calls("GetDockingState")
        await robot.until(lambda: robot.calls("GetDockingState") >= before + 2)
        states = {event.robot.access["dock"].state for event in robot.events if isinstance(event, RobotHeard)}
        assert "stale" not in states


async def test_the_skew_of_the_clocks_is_shown_and_taken_out_of_every_time() -> None:
    async with bench() as robot:
        robot.spot.time.skew = 250.0
        robot.spot.add_fault("old", "since just now", severity="warn")
        robot.start()
        await robot.until(lambda: robot.robot.clock_skew is not None and bool(robot.robot.faults))
        await robot.until(lambda: robot.calls(TIME_SYNC) >= 2)
        await robot.until(lambda: robot.robot.clock_skew is not None)
        assert robot.robot.clock_skew == pytest.approx(250.0, abs=0.3)
        assert robot.robot.time_sync == ""
        assert robot.robot.faults
        fault = robot.robot.faults[0]
        assert fault.since is not None and abs(fault.since - time.time()) < 30


async def test_a_comparison_of_the_clocks_that_fails_is_said_and_made_again() -> None:
    async with bench() as robot:
        robot.spot.time.skew = 2.5
        source = robot.start(pace=0.1)
        await robot.until(lambda: robot.robot.clock_skew is not None and robot.calls(TIME_SYNC) >= 2)
        trouble = robot.spot.script.add("bosdyn.api.TimeSyncService/*", abort="INTERNAL", details="no clock")
        session = source._session
        assert session is not None
        session.schedule.hurry(["time-sync"], session._ticks())
        source.reconnect_now()
        await robot.until(lambda: "no clock" in robot.robot.time_sync)
        robot.spot.time.skew = 40.0  # meanwhile by the stamps of the answers
        await robot.until(lambda: robot.robot.clock_skew == pytest.approx(40.0, abs=0.5))
        robot.spot.script.troubles.remove(trouble)
        await robot.until(lambda: robot.robot.time_sync == "")
        assert robot.robot.clock_skew == pytest.approx(40.0, abs=0.5)


async def test_a_clock_that_was_set_is_found_out_by_the_stamps_of_the_next_answer() -> None:
    async with bench() as robot:
        robot.start(pace=0.1)
        await robot.until(lambda: robot.robot.clock_skew is not None and robot.calls(TIME_SYNC) >= 2)
        robot.spot.time.skew = -3600.0
        before = robot.calls(TIME_SYNC)
        await robot.until(lambda: robot.robot.clock_skew == pytest.approx(-3600.0, abs=0.3))
        await robot.until(lambda: robot.calls(TIME_SYNC) >= before + 2)
        assert robot.robot.clock_skew == pytest.approx(-3600.0, abs=0.3)


async def test_a_robot_without_time_sync_has_its_skew_from_the_answers() -> None:
    async with bench() as robot:
        del robot.spot.directory.entries["time-sync"]
        robot.spot.time.skew = -7.0
        robot.start()
        await robot.until(lambda: robot.robot.clock_skew is not None)
        assert robot.robot.clock_skew == pytest.approx(-7.0, abs=0.3)
        await robot.until(lambda: "no service time-sync" in robot.robot.time_sync)


async def test_another_robot_at_the_same_address_takes_nothing_over_from_the_last_one() -> None:
    async with bench() as robot:
        robot.start(pace=0.1)
        await heard(robot, "metrics")
        await robot.server.stop()
        await robot.until(lambda: isinstance(robot.link, LinkDown))
        robot.spot.identity = replace(robot.spot.identity, serial="spot-BD-2")
        robot.spot.script.add("*", abort="PERMISSION_DENIED")
        robot.spot.script.add("bosdyn.api.RobotIdService/*", delay=0.0)
        robot.spot.script.troubles[1].rpc = "bosdyn.api.RobotStateService/*"
        await robot.server.start()
        await robot.until(lambda: isinstance(robot.link, LinkUp) and robot.state("state") == "forbidden")
        assert robot.robot.identity and robot.robot.identity.serial == "spot-BD-2"
        assert robot.robot.batteries is None


async def test_nobody_at_the_port_is_told_apart_from_a_peer_that_is_no_spot() -> None:
    async with bench() as robot:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        robot.start(replace(robot.place, port=port))
        await robot.until(lambda: robot.link is not None)
        assert "refuses the connection" in reason(robot)
        assert robot.reason("state") == reason(robot) and robot.state("state") == "waiting"


async def test_a_certificate_of_another_authority_is_no_spot(tmp_path: object) -> None:
    async with bench() as robot:
        other = f"{tmp_path}/other.pem"
        trustme.CA().cert_pem.write_to_path(other)
        robot.start(replace(robot.place, ca=other))
        await robot.until(lambda: robot.link is not None)
        assert "is not signed by the robot's CA" in reason(robot)


async def test_a_name_that_does_not_resolve_is_said() -> None:
    async with bench() as robot:
        robot.start(replace(robot.place, host="no-such-robot.invalid"))
        await robot.until(lambda: robot.link is not None, 10.0)
        assert "does not resolve" in reason(robot)


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "grpc_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with bench() as robot:
        robot.start()
        await heard(robot, "wifi")


async def test_a_cancelled_source_lets_go_of_its_threads_at_once_even_in_a_call() -> None:
    async with bench() as robot:
        robot.start(deadline=30.0, pace=0.1)
        await heard(robot)
        trouble = robot.spot.script.add("*", delay=30.0, times=100)
        await robot.until(lambda: trouble.times != 100)
        started = time.monotonic()
        await robot.stop()
        while any(thread.name.startswith("robot") for thread in threading.enumerate()):
            assert time.monotonic() - started < 3.0, "a thread of the robot still waits for its call"
            await asyncio.sleep(0.01)


async def test_a_ca_file_that_is_none_is_named() -> None:
    async with bench() as robot:
        robot.start(replace(robot.place, ca="/nowhere/*.pem"))
        await robot.until(lambda: robot.link is not None)
        assert "/nowhere/*.pem names no file" in reason(robot)
        assert isinstance(robot.source, RobotSource)
