"""The state of the simulated Spot as the story's time goes by, without any wire."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.sim.spot_directory import Payload
from spottui.sim.spot_faults import aggregated
from spottui.sim.spot_model import Spot
from spottui.sim.spot_power import Power
from spottui.sim.spot_protos import proto, read_time, span, stamp
from spottui.sim.spot_sensors import CORE_IO
from spottui.sim.spot_state_message import write_state
from spottui.sim.story_clock import StoryClock


@pytest.fixture
def clock() -> StoryClock:
    return StoryClock(speed=0)


@pytest.fixture
def spot(clock: StoryClock) -> Spot:
    return Spot(clock)


async def at(clock: StoryClock, spot: Spot, seconds: float) -> None:
    await clock.step(seconds)
    spot.settle()


# -- battery ---------------------------------------------------------------------------------------


async def test_walking_empties_a_full_battery_in_about_ninety_minutes(clock: StoryClock, spot: Spot) -> None:
    spot.charge = 100.0
    spot.place("walking")
    await at(clock, spot, 45 * 60)
    assert spot.charge == pytest.approx(50, abs=3)
    assert spot.power.current < -5 and 48 < spot.power.voltage < 54
    assert spot.power.runtime == pytest.approx(45 * 60, rel=0.1)
    assert max(spot.power.motor_temperatures.values()) > 45
    assert max(spot.power.pack_temperatures) > 26


async def test_the_dock_fills_the_battery_ever_slower_and_then_nothing_flows(clock: StoryClock, spot: Spot) -> None:
    spot.charge = 20.0
    await at(clock, spot, 1800)
    first = spot.charge - 20
    assert first > 30 and spot.power.current > 7
    spot.charge = 92.0
    await at(clock, spot, 600)
    assert 0.4 <= spot.power.current < 4
    await at(clock, spot, 4 * 3600)
    assert spot.charge == 100.0 and spot.power.status == "discharging" and -0.1 < spot.power.current <= 0


@given(st.floats(0, 100), st.floats(0, 8_000), st.sampled_from(["resting", "standing", "walking"]), st.booleans())
def test_charge_voltage_and_temperatures_stay_within_what_a_pack_can_have(
    charge: float, seconds: float, activity: str, is_charging: bool
) -> None:
    power = Power(random.Random(1), charge=charge, is_charging=is_charging)
    power.activity = activity  # type: ignore[assignment]
    power.settle(seconds)
    assert 0 <= power.charge <= 100 and 35 <= power.voltage <= 58.8
    assert all(15 < temperature < 60 for temperature in power.pack_temperatures)
    assert (power.current > 0) == (is_charging and not power.is_full)


async def test_a_low_battery_raises_a_fault_and_an_empty_one_makes_it_sit_down(clock: StoryClock, spot: Spot) -> None:
    spot.charge = 13.0
    spot.place("walking")
    await at(clock, spot, 120)
    assert spot.faults.system["battery_low"].severity == "warn"
    spot.charge = 3.0
    spot.settle()
    assert spot.faults.system["battery_empty"].severity == "critical" and "battery_low" not in spot.faults.system
    await at(clock, spot, 10)
    assert spot.power.motors == "off" and spot.body.dock_status == "undocked"
    spot.place("docked")
    spot.settle()
    assert not spot.faults.system


# -- body ------------------------------------------------------------------------------------------


async def test_a_new_act_ends_the_one_under_way(clock: StoryClock, spot: Spot) -> None:
    spot.place("walking")
    spot.dock()
    await clock.step(5)
    assert spot.body.dock_status == "docking"
    spot.stand()
    await clock.step(60)
    assert (spot.body.dock_status, spot.body.behavior, spot.power.motors) == ("undocked", "standing", "on")


async def test_a_robot_that_is_called_back_before_it_left_the_dock_stays(clock: StoryClock, spot: Spot) -> None:
    spot.walk()
    await clock.step(2)
    spot.dock()
    await clock.step(60)
    assert spot.is_docked and spot.body.dock_power == "connected"


async def test_a_broken_dock_gives_no_power(clock: StoryClock, spot: Spot) -> None:
    spot.body.break_dock()
    assert (spot.body.dock_power, spot.power.is_charging) == ("error", False)
    spot.body.mend_dock()
    assert (spot.body.dock_power, spot.power.is_charging) == ("connected", True)


async def test_an_emergency_stop_cuts_the_motors_and_keeps_them_off(clock: StoryClock, spot: Spot) -> None:
    spot.place("walking")
    spot.body.press_estop("hardware_estop")
    assert (spot.power.motors, spot.body.estop_level) == ("off", "cut")
    spot.walk()
    await clock.step(30)
    assert spot.power.motors == "off"
    spot.body.release_estop("hardware_estop")
    spot.walk()
    await clock.step(30)
    assert (spot.power.motors, spot.body.behavior) == ("on", "stepping")


async def test_an_endpoint_that_no_longer_checks_in_stops_the_robot(clock: StoryClock, spot: Spot) -> None:
    spot.place("standing")
    spot.body.silence_endpoint()
    await clock.step(8)
    assert spot.power.motors == "on"
    await clock.step(2)
    assert (spot.power.motors, spot.body.estop_level) == ("off", "settle_then_cut")
    spot.body.hear_endpoint()
    assert (spot.power.motors, spot.body.estop_level) == ("off", "none")


async def test_motors_that_fail_say_why_until_they_are_mended(spot: Spot) -> None:
    spot.place("standing")
    spot.body.fail_motors("a motor is too hot")
    told = proto("robot_state").RobotState()
    write_state(spot, told)
    assert told.power_state.motor_power_error_message == "a motor is too hot"
    assert told.power_state.motor_power_state == told.power_state.MOTOR_POWER_STATE_ERROR
    spot.body.fail_motors("")
    assert spot.power.motors == "off"


async def test_a_fallen_robot_does_not_get_up_before_its_fault_is_cleared(clock: StoryClock, spot: Spot) -> None:
    spot.start_mission()
    await clock.step(30)
    spot.fall()
    spot.walk()
    await clock.step(30)
    assert (spot.power.motors, spot.mission.status) == ("off", "failure")
    spot.faults.clear_behavior(next(iter(spot.faults.behavior)))
    spot.walk()
    await clock.step(30)
    assert spot.power.motors == "on"


async def test_a_charger_by_cable_keeps_the_motors_off(clock: StoryClock, spot: Spot) -> None:
    spot.place("sitting")
    spot.body.plug_shore()
    spot.walk()
    await clock.step(20)
    assert spot.power.motors == "off" and spot.power.status == "charging"


async def test_the_tablet_holds_the_body_until_the_robot_rests(clock: StoryClock, spot: Spot) -> None:
    holders = spot.leases.holders
    spot.walk()
    await at(clock, spot, 30)
    assert holders["body"].client and holders["gripper"].client == holders["body"].client
    spot.leases.go_stale()
    assert holders["body"].is_stale
    spot.sit()
    await at(clock, spot, 10)
    assert not holders["body"].client and not holders["arm"].is_stale


# -- faults, services, payloads --------------------------------------------------------------------


async def test_a_cleared_system_fault_is_remembered_for_ten_minutes(clock: StoryClock, spot: Spot) -> None:
    spot.add_fault("imu_drift", "IMU drifts", attributes=("imu",))
    assert spot.clear_fault("imu_drift") and not spot.clear_fault("imu_drift")
    await clock.step(599)
    assert [fault.name for fault in spot.faults.past_system] == ["imu_drift"]
    await clock.step(2)
    assert not spot.faults.past_system


async def test_only_fifty_service_faults_of_the_past_are_remembered(spot: Spot) -> None:
    for place in range(60):
        spot.add_fault(f"f{place}", service="agent")
        spot.clear_fault(f"f{place}", service="agent")
    assert len(spot.faults.past_services) == 50


async def test_a_silent_service_of_a_payload_gets_its_fault_after_its_timeout(clock: StoryClock, spot: Spot) -> None:
    name = "velodyne-point-cloud"
    entry = spot.directory.entries[name]
    await at(clock, spot, 1000)
    assert spot.directory.is_alive(entry) and spot.directory.silent_for(entry) < 30
    spot.silence(name)
    await at(clock, spot, 40)
    assert not spot.faults.service
    await at(clock, spot, 40)
    assert [fault.service for fault in spot.faults.service.values()] == [name]
    assert not spot.directory.answers(entry)
    spot.revive(name)
    spot.settle()
    assert not spot.faults.service


async def test_a_silent_payload_takes_its_services_along(clock: StoryClock, spot: Spot) -> None:
    spot.silence(CORE_IO)
    await at(clock, spot, 100)
    assert {(fault.service, fault.payload) for fault in spot.faults.service.values()} == {
        ("", CORE_IO),
        ("signals-coreio-modem", CORE_IO),
    }
    spot.revive(CORE_IO)
    spot.settle()
    assert not spot.faults.service


def test_an_unknown_sensor_is_refused_with_the_names_that_there_are(spot: Spot) -> None:
    with pytest.raises(KeyError, match=r"no sensor 'nose'; there are back, frontleft"):
        spot.unplug("nose")


def test_a_sensor_is_found_by_its_source_and_by_its_service(spot: Spot) -> None:
    assert spot.sensors.find("frontleft_depth").name == "frontleft"
    assert spot.sensors.find("spot-cam-image").name == "spot-cam"


def test_the_worst_severity_of_each_attribute_is_told() -> None:
    told = aggregated([(("robot", "vision"), "warn"), (("vision",), "critical"), (("robot",), "info")])
    assert told == {"robot": "warn", "vision": "critical"}


# -- the whole -------------------------------------------------------------------------------------


async def test_two_robots_of_one_seed_are_the_same_and_clients_do_not_change_the_story() -> None:
    told = []
    for calls in (0, 7):
        clock = StoryClock(speed=0, wall=lambda: 1_700_000_000.0)
        spot = Spot(clock, seed=5)
        for _ in range(calls):
            spot.accounts.issue_for("user")
            spot.client_rng.random()
        spot.start_mission()
        spot.add_fault("imu_drift")
        await clock.step(300)
        spot.settle()
        state = proto("robot_state").RobotState()
        write_state(spot, state)
        told.append((state.SerializeToString(deterministic=True), spot.mission.id))
    assert told[0] == told[1]


def test_a_state_carries_robot_time_and_the_age_of_a_fault(spot: Spot) -> None:
    spot.add_fault("imu_drift", "IMU drifts", severity="critical")
    spot.faults.system["imu_drift"].onset -= 90
    state = proto("robot_state").RobotState()
    write_state(spot, state)
    fault = state.system_fault_state.faults[0]
    assert read_time(fault.duration) == pytest.approx(90, abs=1)
    assert read_time(state.power_state.timestamp) - time.time() == pytest.approx(2.5, abs=0.5)
    assert read_time(state.power_state.timestamp) - read_time(fault.onset_timestamp) == pytest.approx(90, abs=1)


def test_a_missing_battery_leaves_its_values_unset(spot: Spot) -> None:
    spot.power.battery_status = "missing"
    state = proto("robot_state").RobotState()
    write_state(spot, state)
    battery = state.battery_states[0]
    assert battery.status == 1 and not battery.HasField("charge_percentage") and not battery.HasField("current")
    assert not state.power_state.HasField("locomotion_charge_percentage")


def test_a_payload_without_a_guid_gets_one_and_guids_are_kept_in_lower_case(spot: Spot) -> None:
    made = spot.directory.mount(Payload("", "sniffer"))
    assert spot.directory.payload(made.guid.upper()) is made and made.secret


@given(st.floats(-1e6, 1e6))
def test_a_duration_has_one_sign_and_comes_back(seconds: float) -> None:
    told = proto("time_sync").TimeSyncEstimate().clock_skew
    span(told, seconds)
    assert told.seconds * told.nanos >= 0
    assert read_time(told) == pytest.approx(seconds, abs=1e-6)


@given(st.floats(0, 4e9))
def test_a_time_stamp_comes_back(seconds: float) -> None:
    told = proto("robot_state").PowerState().timestamp
    stamp(told, seconds)
    assert 0 <= told.nanos < 1e9 and read_time(told) == pytest.approx(seconds, abs=1e-5)
