"""Writes the robot's state into the message that clients read every second."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from spottui.sim.spot_facts import Wifi
from spottui.sim.spot_faults import SEVERITIES, ServiceFault, Severity, SystemFault, aggregated
from spottui.sim.spot_model import Spot
from spottui.sim.spot_protos import span, stamp

SEVERITY_NUMBERS: dict[int, Severity] = dict(enumerate(SEVERITIES))
MOTORS = {"off": 1, "on": 2, "powering_on": 3, "powering_off": 4, "error": 5}
BATTERY = {"unknown": 0, "missing": 1, "charging": 2, "discharging": 3, "booting": 4}
BEHAVIORS = {"not_ready": 1, "transition": 2, "standing": 3, "stepping": 4}
CAUSES = {"unknown": 0, "fall": 1, "hardware": 2, "lease_timeout": 3, "command_failure": 4}
WIFI_MODES = {"unknown": 0, "access_point": 1, "client": 2}


def write_state(spot: Spot, told: Any) -> None:
    """Fill in a RobotState; kinematics, feet and terrain are left out."""
    now = spot.robot_now()
    _write_power(spot, told.power_state, now)
    _write_battery(spot, told.battery_states.add(), now)
    _write_wifi(spot.wifi, told.comms_states.add(), now)
    _write_system_faults(spot, told.system_fault_state, now)
    _write_behavior_faults(spot, told.behavior_fault_state)
    _write_service_faults(spot, told.service_fault_state, now)
    for estop in spot.body.estops:
        stop = told.estop_states.add()
        stamp(stop.timestamp, now)
        stop.name, stop.state_description = estop.name, estop.text
        stop.type = 1 if estop.type == "hardware" else 2
        stop.state = 1 if estop.is_pressed else 2
    told.behavior_state.state = BEHAVIORS[spot.body.behavior]
    for name, temperature in spot.power.motor_temperatures.items():
        motor = told.system_state.motor_temperatures.add()
        motor.name, motor.temperature = name, round(temperature, 1)
    if spot.has_arm:
        told.manipulator_state.stow_state = 1


def _write_power(spot: Spot, told: Any, now: float) -> None:
    power = spot.power
    stamp(told.timestamp, now)
    told.motor_power_state = MOTORS[power.motors]
    told.motor_power_error_message = power.motor_error
    told.shore_power_state = 1 if power.shore else 2
    told.robot_power_state = 1
    told.payload_ports_power_state = 1 if power.payload_ports else 2
    told.wifi_radio_power_state = 1 if power.wifi_radio else 2
    if power.status in ("charging", "discharging"):
        told.locomotion_charge_percentage.value = round(power.locomotion_charge, 1)
        if power.runtime is not None:
            span(told.locomotion_estimated_runtime, power.runtime * power.locomotion_charge / max(power.charge, 1.0))


def _write_battery(spot: Spot, told: Any, now: float) -> None:
    power = spot.power
    stamp(told.timestamp, now)
    told.status = BATTERY[power.status]
    if power.status == "missing":
        return
    told.identifier = power.identifier
    told.communications_loss_percent.value = power.lost_messages
    if power.status not in ("charging", "discharging"):
        return
    told.charge_percentage.value = round(power.charge, 1)
    told.current.value, told.voltage.value = round(power.current, 2), round(power.voltage, 2)
    told.temperatures.extend(round(temperature, 1) for temperature in power.pack_temperatures)
    if power.runtime is not None:
        span(told.estimated_runtime, power.runtime)


def _write_wifi(wifi: Wifi, told: Any, now: float) -> None:
    stamp(told.timestamp, now)
    told.wifi_state.current_mode, told.wifi_state.essid = WIFI_MODES[wifi.mode], wifi.essid


def _write_system_faults(spot: Spot, told: Any, now: float) -> None:
    skew = spot.time.skew
    active = list(spot.faults.system.values())
    for fault in active:
        _write_system_fault(told.faults.add(), fault, skew, now - skew - fault.onset)
    for fault in spot.faults.past_system:
        _write_system_fault(told.historical_faults.add(), fault, skew, fault.lasted)
    _write_worst(told.aggregated, active)


def _write_system_fault(told: Any, fault: SystemFault, skew: float, lasted: float) -> None:
    told.name, told.error_message, told.code, told.dtc = fault.name, fault.text, fault.code, fault.dtc
    told.uuid = fault.uuid
    told.attributes.extend(fault.attributes)
    told.severity = SEVERITIES.index(fault.severity)
    stamp(told.onset_timestamp, fault.onset + skew)
    span(told.duration, max(0.0, lasted))


def _write_behavior_faults(spot: Spot, told: Any) -> None:
    for fault in spot.faults.behavior.values():
        made = told.faults.add()
        made.behavior_fault_id, made.cause = fault.id, CAUSES[fault.cause]
        made.status = 1 if fault.is_clearable else 2
        stamp(made.onset_timestamp, fault.onset + spot.time.skew)


def _write_service_faults(spot: Spot, told: Any, now: float) -> None:
    skew = spot.time.skew
    active = list(spot.faults.service.values())
    for fault in active:
        _write_service_fault(told.faults.add(), fault, skew, now - skew - fault.onset)
    for fault in spot.faults.past_services:
        _write_service_fault(told.historical_faults.add(), fault, skew, fault.lasted or 0.0)
    _write_worst(told.aggregated, active)


def _write_service_fault(told: Any, fault: ServiceFault, skew: float, lasted: float) -> None:
    told.fault_id.fault_name, told.fault_id.service_name = fault.name, fault.service
    told.fault_id.payload_guid = fault.payload
    told.error_message = fault.text
    told.attributes.extend(fault.attributes)
    told.severity = SEVERITIES.index(fault.severity)
    stamp(told.onset_timestamp, fault.onset + skew)
    span(told.duration, max(0.0, lasted))


def _write_worst(told: Any, faults: Iterable[SystemFault | ServiceFault]) -> None:
    for attribute, severity in aggregated([(fault.attributes, fault.severity) for fault in faults]).items():
        told[attribute] = SEVERITIES.index(severity)
