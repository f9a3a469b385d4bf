"""What the simulated Spot tells the unmodified SDK client of its state."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.sim.spot_mission import Step
from spottui.sim.spot_protos import proto
from spottui.sim.spot_sensors import SPOT_CAM
from tests.sim.spot_peer import Peer, state

pytest.importorskip("bosdyn.client")

from bosdyn.client import exceptions
from bosdyn.client.data_acquisition import UnknownCaptureTypeError

pytestmark = pytest.mark.usefixtures("no_trouble")
T = 3.0


def test_a_robot_on_its_dock_charges_with_its_motors_off(robot: Any) -> None:
    heard, told = state(robot), proto("robot_state")
    battery, power = heard.battery_states[0], heard.power_state
    assert battery.status == told.BatteryState.STATUS_CHARGING
    assert battery.current.value > 0 and 35 < battery.voltage.value <= 58.8
    assert not battery.HasField("estimated_runtime")
    assert all(15 < temperature < 45 for temperature in battery.temperatures)
    assert power.motor_power_state == told.PowerState.MOTOR_POWER_STATE_OFF
    assert heard.behavior_state.state == told.BehaviorState.STATE_NOT_READY
    assert {estop.state for estop in heard.estop_states} == {told.EStopState.STATE_NOT_ESTOPPED}
    assert heard.comms_states[0].wifi_state.essid == "plant-field"
    assert not heard.HasField("manipulator_state")


def test_undocking_walking_and_docking_are_seen_step_by_step(peer: Peer, robot: Any) -> None:
    docking, leases = robot.ensure_client("docking"), robot.ensure_client("lease")

    def seen() -> tuple[int, int, int, int]:
        dock, heard = docking.get_docking_state(timeout=T), state(robot)
        return (
            dock.status,
            dock.power_status,
            heard.power_state.motor_power_state,
            heard.behavior_state.state,
        )

    assert seen() == (1, 1, 1, 1)
    peer.on_loop(peer.spot.walk)
    assert seen() == (1, 1, 3, 1)
    peer.step(5)
    assert seen() == (4, 0, 2, 4)
    peer.step(7 + 4)
    assert seen() == (3, 0, 2, 4)
    body = next(lease for lease in leases.list_leases(timeout=T) if lease.resource == "body")
    assert body.lease_owner.client_name.startswith("tablet") and not body.is_stale
    assert state(robot).battery_states[0].current.value < 0
    peer.on_loop(peer.spot.dock)
    assert seen()[0] == 2
    peer.step(18.5)
    assert seen()[:3] == (1, 3, 2)
    peer.step(3)
    assert seen()[:3] == (1, 3, 4)
    peer.step(2 + 5.5)
    assert seen() == (1, 1, 1, 1)
    body = next(lease for lease in leases.list_leases(timeout=T) if lease.resource == "body")
    assert not body.lease_owner.client_name


def test_a_mission_is_told_with_its_step_its_words_and_its_question(peer: Peer, robot: Any) -> None:
    client = robot.ensure_client("robot-mission")
    id = peer.on_loop(lambda: peer.spot.start_mission("Round 4"))
    peer.on_loop(lambda: peer.spot.mission.ask("The door is shut. Go on?", ("Wait", "Skip"), level="error"))
    heard, info = client.get_state(timeout=T), client.get_info()
    assert (heard.status, heard.mission_id, info.id, info.root.name) == (2, id, id, "Round 4")
    names = {child.id: child.name for child in info.root.children}
    running = max(node.id for node in heard.history[0].node_states if node.result == 2)
    assert names[running] == "Go to boiler house"
    assert "boiler" in heard.active_mission_text[0].text and heard.active_mission_text[0].severity == 1
    assert [option.text for option in heard.questions[0].options] == ["Wait", "Skip"]
    peer.on_loop(lambda: peer.spot.mission.answer(heard.questions[0].id, 1))
    assert client.get_state(timeout=T).answered_questions[0].accepted_answer_code == 1
    peer.on_loop(peer.spot.mission.pause)
    assert client.get_state(timeout=T).status == 4
    peer.on_loop(peer.spot.mission.unload)
    assert client.get_state(timeout=T).tick_counter == -1
    peer.on_loop(lambda: peer.spot.place("docked"))


def test_unplugging_a_body_camera_takes_its_sources_and_raises_a_fault_for_vision(peer: Peer, robot: Any) -> None:
    client = robot.ensure_client("image")
    peer.on_loop(lambda: peer.spot.unplug("frontleft"))
    assert not [source.name for source in client.list_image_sources(timeout=T) if "frontleft" in source.name]
    faults = state(robot).system_fault_state
    assert faults.faults[0].name == "frontleft_missing" and faults.aggregated["vision"] == 2
    peer.on_loop(lambda: peer.spot.plug("frontleft"))
    assert [source.name for source in client.list_image_sources(timeout=T) if "frontleft" in source.name]
    faults = state(robot).system_fault_state
    assert not faults.faults and faults.historical_faults[0].name == "frontleft_missing"


def test_the_cameras_of_a_payload_are_told_by_its_own_authority(peer: Peer, robot: Any) -> None:
    robot.sync_with_directory()
    client = robot.ensure_client("spot-cam-image")
    assert {source.name for source in client.list_image_sources(timeout=T)} == {"pano", "ptz", "ir"}
    peer.on_loop(lambda: peer.spot.detach(SPOT_CAM))
    with pytest.raises(exceptions.ServiceUnavailableError):
        client.list_image_sources(timeout=T)
    peer.on_loop(lambda: peer.spot.attach(SPOT_CAM))
    peer.on_loop(lambda: peer.spot.unplug("spot-cam"))
    with pytest.raises(exceptions.NotFoundError):
        client.list_image_sources(timeout=T)
    assert "spot-cam-image" not in {entry.name for entry in robot.ensure_client("directory").list(timeout=T)}
    peer.on_loop(lambda: peer.spot.plug("spot-cam"))
    assert client.list_image_sources(timeout=T)


def test_a_lidar_without_data_is_told_by_the_maps(peer: Peer, robot: Any) -> None:
    lidar = robot.ensure_client("velodyne-point-cloud")
    assert [source.name for source in lidar.list_point_cloud_sources(timeout=T)] == ["velodyne-point-cloud"]
    maps = robot.ensure_client("graph-nav-service")
    peer.on_loop(lambda: peer.spot.blind("lidar"))
    cloud = maps.get_localization_state(timeout=T).remote_cloud_status[0]
    assert cloud.exists_in_directory and not cloud.has_data
    peer.on_loop(lambda: peer.spot.blind("lidar", False))


def test_the_steps_of_a_long_mission_come_in_several_chunks(peer: Peer, robot: Any) -> None:
    client = robot.ensure_client("robot-mission")
    steps = [Step(f"Inspect gauge {place} in the long hall of the old boiler house") for place in range(300)]
    peer.on_loop(lambda: peer.spot.mission.load("Long round", steps))
    info = client.get_info()
    assert [child.name for child in info.root.children] == [step.name for step in steps]
    peer.on_loop(peer.spot.mission.unload)


def test_a_loss_of_comms_is_told_with_the_policy_behind_it(peer: Peer, robot: Any) -> None:
    client = robot.ensure_client("keepalive")
    peer.on_loop(lambda: peer.spot.lose_comms("auto_return", "motors_off"))
    heard = client.get_status(timeout=T)
    assert list(heard.active_control_actions) == [1, 2]
    assert heard.status[0].policy.actions[0].WhichOneof("action") == "auto_return"
    peer.on_loop(peer.spot.regain_comms)
    assert not client.get_status(timeout=T).active_control_actions


def test_logs_that_are_brought_home_are_listed_until_they_are_done(peer: Peer, robot: Any) -> None:
    client = robot.ensure_client("log-status")
    id = peer.on_loop(lambda: peer.spot.start_log("syncing"))
    assert [(log.id, log.status) for log in client.get_active_log_statuses(timeout=T).log_statuses] == [(id, 3)]
    peer.on_loop(lambda: setattr(peer.spot.logs[id], "status", "done"))
    assert not client.get_active_log_statuses(timeout=T).log_statuses
    assert client.get_log_status(id, timeout=T).log_status.status == 100


def test_the_modem_is_told_as_live_data_too(peer: Peer, robot: Any) -> None:
    messages = proto("data_acquisition")
    client = robot.ensure_client("data-acquisition")
    ask = messages.LiveDataRequest(data_captures=[messages.DataCapture(name="modem")])
    assert client.get_live_data(ask).live_data[0].signals["RSRP"].signal_data.data.double == -84
    ask.data_captures[0].name = "nose"
    with pytest.raises(UnknownCaptureTypeError):
        client.get_live_data(ask)


def test_an_emergency_stop_is_told_by_both_services(peer: Peer, robot: Any) -> None:
    peer.on_loop(lambda: peer.spot.body.press_estop("software_estop", "pressed on the tablet"))
    status = robot.ensure_client("estop").get_status(timeout=T)
    assert (status.stop_level, status.stop_level_details) == (1, "pressed on the tablet")
    pressed = [estop.name for estop in state(robot).estop_states if estop.state == 1]
    assert pressed == ["software_estop"]
    peer.on_loop(lambda: peer.spot.body.release_estop("software_estop"))
