"""The robot's source against a simulated Spot: what is read, and who may read it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from spottui.events import LinkDown, LinkUp, RobotHeard
from spottui.records_robot import ROBOT_PARTS
from spottui.sources.robot import RobotSource
from spottui.sources.robot_allowed import ALLOWED
from tests.sources.spot_bench import Bench, bench

LOGIN = "AuthService/GetAuthToken"
STATE = "RobotStateService/GetRobotState"
CORE = "c0de0000-0001-4a5b-9c1d-5b0f7a3c2e11"


async def heard(robot: Bench, part: str = "state") -> None:
    await robot.until(lambda: robot.state(part) == "live")


async def test_everything_that_a_robot_has_is_read_and_nothing_but_reading_calls_is_made() -> None:
    async with bench() as robot:
        robot.start(pace=0.1)
        await robot.until(lambda: all(robot.state(part) == "live" for part in ROBOT_PARTS))
        known = robot.robot
        assert known.identity and known.identity.nickname == "spot-07"
        assert known.batteries and known.batteries[0].charge == 81.0
        assert known.dock and (known.dock.status, known.dock.power) == ("docked", "connected")
        assert known.mission and known.mission.status == "none"
        assert known.licence and known.licence.status == "valid"
        assert known.login == "user user"
        assert known.payloads and known.leases and known.services and known.metrics and known.fans
        assert {sensor.kind for sensor in known.sensors or ()} == {"image", "point-cloud", "data"}
        assert all(sensor.has_data for sensor in known.sensors or () if sensor.kind == "point-cloud")
        assert known.wifi and known.wifi[0].signal == -58.0
        assert isinstance(robot.link, LinkUp) and robot.link.server == "Spot 5.1.4"
        made = {rpc for rpc in robot.spot.calls if not rpc.startswith("GET /v1/data-buffer/")}
        assert made and made <= ALLOWED


async def test_a_robot_that_rests_is_drawn_for_its_times_only_every_two_seconds() -> None:
    async with bench() as robot:
        robot.start(pace=0.1)
        await robot.until(lambda: all(robot.state(part) == "live" for part in ROBOT_PARTS))
        await robot.until(lambda: robot.robot.time_sync == "" and robot.robot.clock_skew is not None)
        count = len(robot.events)
        before = robot.calls(STATE)
        await robot.until(lambda: robot.calls(STATE) > before + 12)
        assert len([event for event in robot.events[count:] if isinstance(event, RobotHeard)]) <= 2


async def test_a_change_is_heard_within_the_second() -> None:
    async with bench() as robot:
        robot.start(pace=0.2)
        await heard(robot)
        robot.spot.add_fault("vision_fault", "camera is dark", severity="warn")
        await robot.until(lambda: any(fault.name == "vision_fault" for fault in robot.robot.faults or ()), 2.0)


async def test_a_payload_logs_in_with_its_own_credentials_and_sees_what_it_may_not_read(tmp_path: Path) -> None:
    async with bench() as robot:
        file = tmp_path / "payload"
        file.write_text(f"{CORE.upper()}\n{robot.spot.directory.payloads[CORE].secret}\n")
        robot.start(replace(robot.place, username=None, password=None, payload_credentials=file), pace=0.1)
        await heard(robot)
        await robot.until(lambda: robot.state("dock") == "forbidden" and robot.state("licence") == "forbidden")
        assert robot.robot.login == f"payload {CORE}"
        assert robot.reason("dock").startswith("Not permitted: this login may not use docking")
        assert robot.calls(LOGIN) == 0
        asked = robot.calls("GetDockingState")
        before = robot.calls(STATE)
        await robot.until(lambda: robot.calls(STATE) >= before + 3)
        assert robot.calls("GetDockingState") == asked == 1  # not asked again until something changes


async def test_a_payload_that_is_not_authorized_says_where_to_authorize_it(tmp_path: Path) -> None:
    async with bench() as robot:
        file = tmp_path / "payload"
        file.write_text(f"{CORE}\n{robot.spot.directory.payloads[CORE].secret}\n")
        robot.spot.authorize(CORE, False)
        robot.start(replace(robot.place, username=None, password=None, payload_credentials=file))
        await robot.until(lambda: robot.state("state") == "expired")
        assert "admin console" in robot.reason("state")
        assert robot.state("identity") == "live" and isinstance(robot.link, LinkUp)


async def test_a_wrong_password_is_sent_once_and_again_only_when_it_has_changed(tmp_path: Path) -> None:
    async with bench() as robot:
        file = tmp_path / "password"
        file.write_text("not this\n")
        source = robot.start(replace(robot.place, password=None, password_file=file))
        await robot.until(lambda: robot.state("state") == "expired")
        assert "refused the password of user user" in robot.reason("state")
        session = source._session
        assert session is not None
        for _ in range(3):  # the looks at the file that else come every five seconds
            before = robot.calls(LOGIN)
            session.schedule.hurry(["login"], session._ticks())
            source.reconnect_now()
            await robot.until(lambda: not session.schedule._jobs["login"].is_running)
            assert robot.calls(LOGIN) == before == 1
        file.write_text("spot-user\n")
        session.schedule.hurry(["login"], session._ticks())
        source.reconnect_now()
        await heard(robot)
        assert robot.calls(LOGIN) == 2


async def test_a_refused_password_stays_refused_over_a_reboot() -> None:
    async with bench(password="wrong") as robot:
        source = robot.start()
        await robot.until(lambda: robot.state("state") == "expired")
        await robot.server.stop()

        def is_down() -> bool:
            source.reconnect_now()  # else the next look at a robot that lets nobody in is seconds away
            return isinstance(robot.link, LinkDown)

        await robot.until(is_down)
        await robot.server.start()
        await robot.until(lambda: isinstance(robot.link, LinkUp))
        await robot.until(lambda: robot.state("identity") == "live")
        assert robot.calls(LOGIN) == 1


async def test_a_lockout_is_respected_and_said() -> None:
    async with bench() as robot:
        for _ in range(6):
            robot.spot.accounts.log_in("user", "guess")
        source = robot.start()
        await robot.until(lambda: robot.state("state") == "expired")
        assert "locked" in robot.reason("state")
        session = source._session
        assert session is not None
        session.schedule.hurry(["login"], session._ticks())
        source.reconnect_now()
        await robot.until(lambda: not session.schedule._jobs["login"].is_running)
        assert robot.calls(LOGIN) == 1
        assert 60 < source._refusal.locked_until - session._ticks() < 90


async def test_without_any_login_the_robot_is_known_and_the_reason_is_said() -> None:
    async with bench() as robot:
        robot.start(replace(robot.place, username=None, password=None))
        await robot.until(lambda: robot.state("state") == "expired")
        assert robot.reason("state").startswith("There is no login for the robot: set [robot] username")
        assert robot.robot.identity and robot.robot.identity.serial == "spot-BD-21450007"
        assert robot.calls(LOGIN) == 0


async def test_a_token_that_expired_is_replaced_without_a_word() -> None:
    async with bench() as robot:
        source = robot.start(pace=0.1)
        await heard(robot)
        session = source._session
        assert session is not None
        session._logged_in_at -= 3600
        robot.spot.accounts.expire()
        await robot.until(lambda: robot.calls(LOGIN) == 2)
        before = robot.calls("GetRobotState")
        await robot.until(lambda: robot.calls("GetRobotState") > before + 3)
        assert robot.state("state") == "live" and isinstance(robot.link, LinkUp)


async def test_a_token_is_renewed_by_itself_and_without_the_password() -> None:
    async with bench() as robot:
        source = robot.start(pace=0.1)
        await heard(robot)
        session = source._session
        assert session is not None
        first = session.connection.token
        robot.spot.accounts.by_name["user"].password = "changed meanwhile"
        session.schedule.hurry(["login"], session._ticks())
        source.reconnect_now()
        await robot.until(lambda: robot.calls(LOGIN) == 2)
        await robot.until(lambda: session.connection.token != first)
        assert robot.state("state") == "live"


async def test_the_proxy_of_a_real_robot_refuses_a_token_in_its_own_way_with_the_same_end() -> None:
    async with bench() as robot:
        source = robot.start(pace=0.1)
        await heard(robot)
        session = source._session
        assert session is not None
        session._logged_in_at -= 3600
        robot.spot.script.refuses_as_proxy = True
        robot.spot.accounts.expire()
        await robot.until(lambda: robot.calls(LOGIN) == 2 and robot.state("state") == "live")


async def test_a_service_that_is_not_there_is_not_fitted_until_the_directory_names_it() -> None:
    async with bench() as robot:
        entry = robot.spot.directory.entries.pop("docking")
        robot.start(pace=0.1)
        await robot.until(lambda: robot.state("dock") == "absent")
        assert robot.reason("dock") == "Not fitted: this robot has no service docking."
        robot.spot.directory.entries["docking"] = entry
        await heard(robot, "dock")


async def test_a_part_that_became_forbidden_keeps_its_last_value() -> None:
    async with bench() as robot:
        robot.start(pace=0.1)
        await heard(robot, "dock")
        robot.spot.script.add("bosdyn.api.docking.*", abort="PERMISSION_DENIED")
        await robot.until(lambda: robot.state("dock") == "forbidden")
        assert robot.robot.dock and robot.robot.dock.status == "docked"
        assert robot.robot.access["dock"].heard_at is not None


async def test_an_old_robot_without_a_call_is_said_and_not_asked_again() -> None:
    async with bench() as robot:
        robot.spot.script.add("bosdyn.api.PowerService/*", abort="UNIMPLEMENTED")
        robot.start()
        await robot.until(lambda: robot.state("fans") == "absent")
        assert "older" in robot.reason("fans")


async def test_a_service_whose_computer_is_gone_is_named_and_the_rest_is_read() -> None:
    async with bench() as robot:
        robot.spot.script.add("bosdyn.api.PointCloudService/*", abort="UNAVAILABLE", details="502")
        robot.start()
        await heard(robot, "sensors")
        assert "velodyne-point-cloud is registered, but its computer does not answer" in robot.reason("sensors").lower()
        assert {sensor.kind for sensor in robot.robot.sensors or ()} == {"image", "data"}


async def test_what_a_newer_robot_says_in_unknown_numbers_is_shown_as_such() -> None:
    async with bench() as robot:
        what = {
            "robot_state.power_state.motor_power_state": 17,
            "robot_state.battery_states.status": 9,
            "robot_state.battery_states.charge_percentage": None,
            "robot_state.power_state.locomotion_charge_percentage": None,
        }
        robot.spot.script.add("bosdyn.api.RobotStateService/GetRobotState", changes=what)
        robot.start()
        await heard(robot)
        known = robot.robot
        assert known.power and (known.power.motors, known.power.charge) == ("unknown(17)", None)
        assert known.batteries and (known.batteries[0].status, known.batteries[0].charge) == ("unknown(9)", None)


async def test_a_mission_is_read_with_its_name_and_its_step() -> None:
    async with bench() as robot:
        robot.spot.start_mission("Boiler round")
        robot.start(pace=0.1)
        await robot.until(lambda: robot.robot.mission is not None and robot.robot.mission.status == "running")
        mission = robot.robot.mission
        assert mission and mission.name and mission.step
        assert robot.calls("MissionService/GetInfoAsChunks") == 1


async def test_the_source_counts_what_reading_costs() -> None:
    async with bench() as robot:
        source = robot.start()
        await heard(robot)
        assert isinstance(source, RobotSource)
        assert source.bytes_in > 500 and source.bytes_out > 500
        assert robot.robot.calls > 3
