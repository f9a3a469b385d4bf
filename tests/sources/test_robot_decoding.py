"""What becomes of the robot's messages: real protos in, records out."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.sources import robot_read_parts as parts
from spottui.sources import robot_words as words
from spottui.sources.robot_read_mission import read_mission, read_nodes
from spottui.sources.robot_read_state import read_faults, read_state
from spottui.sources.robot_words import word_for


def api(module: str) -> Any:
    """Return a module of bosdyn-api; its messages are made at run time, so types know nothing of them."""
    return importlib.import_module(f"bosdyn.api.{module}")


data_acquisition_pb2, directory_pb2, estop_pb2 = api("data_acquisition_pb2"), api("directory_pb2"), api("estop_pb2")
image_pb2, lease_pb2, license_pb2 = api("image_pb2"), api("lease_pb2"), api("license_pb2")
payload_pb2, power_pb2, robot_id_pb2 = api("payload_pb2"), api("power_pb2"), api("robot_id_pb2")
robot_state_pb2, docking_pb2, mission_pb2 = (
    api("robot_state_pb2"),
    api("docking.docking_pb2"),
    api("mission.mission_pb2"),
)
keepalive_pb2, log_status_pb2 = api("keepalive.keepalive_pb2"), api("log_status.log_status_pb2")

NOW = 1_795_507_918.0
SKEW = 2.5


def state(**fields: Any) -> Any:
    return robot_state_pb2.RobotState(**fields)


def test_what_is_unset_is_unknown_and_never_zero() -> None:
    fields = read_state(state(battery_states=[{}], power_state={}), SKEW, NOW)
    battery, power = fields["batteries"][0], fields["power"]
    assert (battery.charge, battery.runtime, battery.current, battery.voltage) == (None, None, None, None)
    assert (battery.lost_messages, battery.temperatures, battery.status) == (None, (), "unknown")
    assert (power.charge, power.runtime, power.motors) == (None, None, "unknown")
    assert fields["wifi"] == () and fields["has_arm"] is False


def test_a_state_without_a_power_state_has_no_power() -> None:
    assert read_state(state(), None, NOW)["power"] is None


def test_zero_that_was_said_is_zero() -> None:
    fields = read_state(state(battery_states=[{"charge_percentage": {"value": 0.0}}]), SKEW, NOW)
    assert fields["batteries"][0].charge == 0.0


def test_words_are_ours_and_not_the_deprecated_names_of_the_api() -> None:
    power = {"motor_power_state": 2, "shore_power_state": 1, "robot_power_state": 1, "wifi_radio_power_state": 2}
    read = read_state(state(power_state=power), SKEW, NOW)["power"]
    assert (read.motors, read.shore, read.robot, read.wifi_radio) == ("on", "on", "on", "off")


TABLES = {
    "MOTORS": robot_state_pb2.PowerState.MotorPowerState,
    "BATTERY": robot_state_pb2.BatteryState.Status,
    "SEVERITY": robot_state_pb2.SystemFault.Severity,
    "BEHAVIOR_CAUSE": robot_state_pb2.BehaviorFault.Cause,
    "CLEARABLE": robot_state_pb2.BehaviorFault.Status,
    "ESTOP_TYPE": robot_state_pb2.EStopState.Type,
    "ESTOP_STATE": robot_state_pb2.EStopState.State,
    "STOP_LEVEL": estop_pb2.EstopStopLevel,
    "BEHAVIOR": robot_state_pb2.BehaviorState.State,
    "WIFI_MODE": robot_state_pb2.WiFiState.Mode,
    "DOCK_STATUS": docking_pb2.DockState.DockedStatus,
    "DOCK_POWER": docking_pb2.DockState.LinkStatus,
    "MISSION": mission_pb2.State.Status,
    "LICENCE": license_pb2.LicenseInfo.Status,
    "CONTROL_ACTION": keepalive_pb2.GetStatusResponse.PolicyControlAction,
    "LOG_STATUS": log_status_pb2.LogStatus.Status,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_number_of_the_installed_api_has_a_word_that_its_own_name_ends_with(name: str) -> None:
    table = getattr(words, name)
    for key, number in TABLES[name].items():
        if "DEPRECATED" in key or "SHORE" in key:
            continue
        assert number in table, f"{key} = {number} has no word"
        assert key.lower().endswith(table[number]) or table[number] in key.lower(), (key, table[number])


@given(st.integers(-(2**31), 2**31 - 1))
def test_a_number_of_a_newer_robot_is_shown_as_unknown(number: int) -> None:
    assert word_for(words.BATTERY, number) in {*words.BATTERY.values(), f"unknown({number})"}


def stamp(at: float) -> dict[str, int]:
    return {"seconds": int(at), "nanos": int(at % 1 * 1e9)}


def test_a_fault_begins_by_our_clock_and_active_ones_come_first() -> None:
    system = {
        "faults": [{"name": "overheated", "severity": 2, "uuid": "u1", "code": 7, "onset_timestamp": stamp(NOW - 60)}],
        "historical_faults": [{"name": "old", "severity": 3, "uuid": "u2", "onset_timestamp": stamp(NOW - 600)}],
    }
    behavior = {"faults": [{"behavior_fault_id": 4, "cause": 1, "status": 1}]}
    service = {"faults": [{"fault_id": {"fault_name": "f", "service_name": "s", "payload_guid": "AB"}, "severity": 1}]}
    read = read_faults(
        state(system_fault_state=system, behavior_fault_state=behavior, service_fault_state=service), SKEW, NOW
    )
    assert [(fault.kind, fault.severity, fault.is_active) for fault in read] == [
        ("behavior", "critical", True),
        ("system", "warn", True),
        ("service", "info", True),
        ("system", "critical", False),
    ]
    assert read[1].since == NOW - 60 - SKEW and read[1].code == "code 7"
    assert (read[0].name, read[0].code, read[0].id) == ("fall", "clearable", "4")
    assert (read[2].id, read[2].payload) == ("s/ab/f", "ab")


def test_without_the_skew_a_fault_begins_where_its_duration_says() -> None:
    faults = [{"name": "x", "onset_timestamp": stamp(5), "duration": {"seconds": 30}}, {"name": "y"}]
    read = read_faults(state(system_fault_state={"faults": faults}), None, NOW)
    assert {fault.name: fault.since for fault in read} == {"x": NOW - 30, "y": None}


def test_hostile_texts_are_cleaned_and_cut() -> None:
    fault = {"name": "a\x1b[31mb", "error_message": "x" * 5000, "attributes": ["\u202eevil"]}
    read = read_faults(state(system_fault_state={"faults": [fault]}), SKEW, NOW)[0]
    assert (read.name, read.attributes) == ("ab", ("evil",))
    assert len(read.text) == 500


def test_a_dock_that_is_none_has_no_number() -> None:
    answer = docking_pb2.GetDockingStateResponse(dock_state={"status": 3})
    assert parts.read_dock(answer)["dock"].id is None
    ranges = docking_pb2.GetDockingConfigResponse(dock_configs=[{"id_start": 520, "id_end": 549}])
    assert parts.read_docks_known(ranges) == {"docks_known": 30}


def test_leases_payloads_and_services_are_read_in_a_steady_order() -> None:
    leases = lease_pb2.ListLeasesResponse(resources=[{"resource": "mobility"}, {"resource": "body", "is_stale": True}])
    assert [lease.resource for lease in parts.read_leases(leases)["leases"]] == ["body", "mobility"]
    payload = {"GUID": "AB-C", "version": {"major_version": 5, "minor_version": 1}, "is_enabled": True}
    read = parts.read_payloads(payload_pb2.ListPayloadsResponse(payloads=[payload]))["payloads"][0]
    assert (read.guid, read.version, read.mass, read.is_enabled) == ("ab-c", "5.1.0", None, True)
    entries = directory_pb2.ListServiceEntriesResponse(
        service_entries=[{"name": "b", "last_update": stamp(NOW)}, {"name": "a", "liveness_timeout_secs": 75.0}]
    ).service_entries
    services = parts.read_services(entries, SKEW)["services"]
    assert [(each.name, each.heard_at, each.liveness_timeout) for each in services] == [
        ("a", None, 75.0),
        ("b", NOW - SKEW, None),
    ]


def test_estop_licence_identity_fans_and_keepalive_are_read() -> None:
    status = {"stop_level": 4, "endpoints": [{"endpoint": {"role": "PDB_rooted", "name": "t"}, "stop_level": 3}]}
    read = parts.read_estop(estop_pb2.GetEstopSystemStatusResponse(status=status))
    assert read["estop_level"] == "none" and read["estop_endpoints"][0].stop_level == "unknown(3)"
    assert read["estop_endpoints"][0].answered_ago is None
    licence = license_pb2.GetLicenseInfoResponse(license={"status": 2, "not_valid_after": stamp(NOW)})
    assert parts.read_licence(licence, 0.0)["licence"].not_after == NOW
    robot = robot_id_pb2.RobotIdResponse(robot_id={"serial_number": "s", "version": "V3"})
    assert parts.read_identity(robot, None)["identity"].version == "V3"
    fans = power_pb2.GetFanInformationResponse(fan_information={"rear": {"frequency": 50.0}})
    assert parts.read_fans(fans) == {"fans": {"rear": 50.0}}
    keepalive = keepalive_pb2.GetStatusResponse(
        status=[{"policy": {"name": "lost"}, "client_name": "tablet"}], active_control_actions=[2]
    )
    assert parts.read_keepalive(keepalive) == {"policies": ("lost by tablet",), "control_actions": ("motors_off",)}


def test_metrics_of_any_kind_are_words() -> None:
    values: list[dict[str, Any]] = [
        {"float_value": 12.3456},
        {"bool_value": True},
        {"duration": {"seconds": 90}},
        {"string_value": "x\ny"},
        {"uint_value": 7},
        {},
    ]
    metrics = robot_state_pb2.RobotMetricsResponse(
        robot_metrics={"metrics": [{"label": "m", **each} for each in values]}
    )
    read = [metric.value for metric in parts.read_metrics(metrics)["metrics"]]
    assert read == ["12.35", "yes", "90 s", "x ⏎ y", "7", "?"]


def test_the_sources_of_sensors_carry_their_service() -> None:
    images = image_pb2.ListImageSourcesResponse(image_sources=[{"name": "frontleft_fisheye_image"}])
    assert parts.read_sensors("image", "image", images)[0].name == "frontleft_fisheye_image"
    capabilities = {"data_sources": [{"name": "modem", "service_name": "signals"}, {"name": "bare"}]}
    data = data_acquisition_pb2.GetServiceInfoResponse(capabilities=capabilities)
    assert [each.service for each in parts.read_sensors("data", "data-acquisition", data)] == [
        "signals",
        "data-acquisition",
    ]


def tree() -> Any:
    leaf = {"id": 3, "name": "walk to boiler"}
    return mission_pb2.MissionInfo(
        id=9, root={"id": 1, "name": "Boiler round", "children": [{"id": 2, "name": "sequence", "children": [leaf]}]}
    )


def test_the_step_of_a_mission_is_its_deepest_running_node() -> None:
    name, nodes = read_nodes(tree())
    history = [{"node_states": [{"id": 1, "result": 2}, {"id": 3, "result": 2}, {"id": 2, "result": 2}, {"id": 8}]}]
    running = mission_pb2.State(status=2, mission_id=9, history=history)
    mission = read_mission(running, name, nodes)
    assert (mission.status, mission.id, mission.name, mission.step) == ("running", 9, "Boiler round", "walk to boiler")


def test_no_mission_is_none_and_no_step_is_invented() -> None:
    mission = read_mission(mission_pb2.State(status=6, mission_id=-1, tick_counter=-1), "", {})
    assert (mission.status, mission.id, mission.step) == ("none", None, "")


def test_questions_and_texts_of_a_mission_keep_their_severity() -> None:
    question = {
        "id": 4,
        "text": "Door?",
        "options": [{"text": "open"}],
        "severity": 3,
        "for_autonomous_processing": True,
    }
    texts = [{"text": "waiting for charge", "severity": 1}]
    mission = read_mission(mission_pb2.State(questions=[question], active_mission_text=texts), "", {})
    assert (mission.questions[0].severity, mission.questions[0].options) == ("error", ("open",))
    assert mission.questions[0].for_autonomous_processing
    assert (mission.texts[0].text, mission.texts[0].severity) == ("waiting for charge", "info")


def test_the_signal_of_the_wifi_is_read_from_the_data_buffer() -> None:
    station = {"rx_signal_avg_dbm": -58, "rx_bits_per_second": "65000000", "tx_retries": "412"}
    read = parts.read_wifi_stats({"messages": [{"message": {"devices": [{"associations": [station]}]}}]})
    assert read is not None
    assert (read.signal, read.rx_bits, read.retries, read.failed) == (-58.0, 65e6, 412, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["messages", "message", "devices", "associations", "rx_signal_dbm", "tx_failed"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_any_json_of_the_data_buffer_is_a_signal_or_none(body: Any) -> None:
    read = parts.read_wifi_stats(body)
    assert read is None or read.mode == "unknown"


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_any_message_that_parses_is_a_state(data: bytes) -> None:
    message = robot_state_pb2.RobotState()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return
    read_state(message, SKEW, NOW)
