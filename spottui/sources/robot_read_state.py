"""Decodes RobotState (robot_state.proto) into records: battery, power, faults, E-Stop, radios; calls nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from spottui.records_robot import Battery, EStop, Fault, Power, RobotWifi, Severity
from spottui.sources import robot_words as words
from spottui.sources.robot_words import word_for
from spottui.sources.text import clean

Fields = dict[str, Any]
"""Fields of `spottui.records_robot.Robot`."""

TEXT = 500
"""Characters kept of one sentence of the robot."""
FAULTS_KEPT = 200


def read_state(state: Any, skew: float | None, at: float) -> Fields:
    """Return what a RobotState says.

    `skew` is the robot's clock minus ours, None while it is unknown: then onsets are worked out from the durations
    that the faults carry. `at` is our clock when the answer came.
    """
    return {
        "batteries": tuple(_battery(each) for each in state.battery_states),
        "power": _power(state.power_state) if state.HasField("power_state") else None,
        "faults": read_faults(state, skew, at),
        "estops": tuple(_estop(each) for each in state.estop_states),
        "behavior": word_for(words.BEHAVIOR, state.behavior_state.state),
        "has_arm": state.HasField("manipulator_state"),
        "motor_temperatures": {
            text(each.name): float(each.temperature) for each in state.system_state.motor_temperatures
        },
        "wifi": tuple(_wifi(each.wifi_state) for each in state.comms_states if each.HasField("wifi_state")),
    }


def text(value: str, limit: int = TEXT) -> str:
    """Return a text of the robot, cleaned and cut."""
    return clean(value, limit)


def wrapped(message: Any, field: str) -> float | None:
    """Return the number in a DoubleValue; None when it is not there: its own value would be 0 then."""
    return float(getattr(message, field).value) if message.HasField(field) else None


def duration(message: Any, field: str) -> float | None:
    """Return the seconds of a Duration; None when it is not there."""
    if not message.HasField(field):
        return None
    value = getattr(message, field)
    return value.seconds + value.nanos / 1e9


def moment(message: Any, field: str, skew: float | None) -> float | None:
    """Return a Timestamp of the robot's clock by our clock; None when it is not there or the skew is unknown."""
    if skew is None or not message.HasField(field):
        return None
    value = getattr(message, field)
    if not value.seconds:
        return None
    return round(value.seconds + value.nanos / 1e9 - skew, 1)


def _battery(state: Any) -> Battery:
    return Battery(
        identifier=text(state.identifier, 80),
        charge=wrapped(state, "charge_percentage"),
        runtime=duration(state, "estimated_runtime"),
        current=wrapped(state, "current"),
        voltage=wrapped(state, "voltage"),
        temperatures=tuple(state.temperatures),
        lost_messages=wrapped(state, "communications_loss_percent"),
        status=word_for(words.BATTERY, state.status),
    )


def _power(state: Any) -> Power:
    return Power(
        motors=word_for(words.MOTORS, state.motor_power_state),
        motor_error=text(state.motor_power_error_message),
        shore=word_for(words.ON_OFF, state.shore_power_state),
        robot=word_for(words.ON_OFF, state.robot_power_state),
        payload_ports=word_for(words.ON_OFF, state.payload_ports_power_state),
        wifi_radio=word_for(words.ON_OFF, state.wifi_radio_power_state),
        charge=wrapped(state, "locomotion_charge_percentage"),
        runtime=duration(state, "locomotion_estimated_runtime"),
    )


def _estop(state: Any) -> EStop:
    return EStop(
        name=text(state.name, 80),
        type=word_for(words.ESTOP_TYPE, state.type),
        state=word_for(words.ESTOP_STATE, state.state),
        description=text(state.state_description),
    )


def _wifi(state: Any) -> RobotWifi:
    return RobotWifi(mode=word_for(words.WIFI_MODE, state.current_mode), essid=text(state.essid, 80))


def read_faults(state: Any, skew: float | None, at: float) -> tuple[Fault, ...]:
    """Return the faults of a RobotState, active ones first, the worst and newest first."""
    found = [
        *_system(state.system_fault_state.faults, True, skew, at),
        *(_behavior(each, skew) for each in state.behavior_fault_state.faults),
        *_service(state.service_fault_state.faults, True, skew, at),
        *_system(state.system_fault_state.historical_faults, False, skew, at),
        *_service(state.service_fault_state.historical_faults, False, skew, at),
    ]
    found.sort(key=_urgency)
    return tuple(found[:FAULTS_KEPT])


def _urgency(fault: Fault) -> tuple[bool, int, float]:
    order = {"critical": 0, "warn": 1, "unknown": 2, "info": 3}
    return not fault.is_active, order.get(fault.severity, 2), -(fault.since or 0.0)


def _severity(number: int) -> Severity:
    return cast("Severity", words.SEVERITY.get(number, "unknown"))


def _since(fault: Any, skew: float | None, at: float) -> float | None:
    """Return the onset by our clock; from the duration, to the whole second, where the clocks are not compared."""
    known = moment(fault, "onset_timestamp", skew)
    if known is not None:
        return known
    lasted = duration(fault, "duration")
    return None if lasted is None else float(round(at - lasted))


def _system(faults: Iterable[Any], is_active: bool, skew: float | None, at: float) -> Iterable[Fault]:
    for fault in faults:
        numbers = [f"code {fault.code}"] if fault.code else []
        numbers += [f"dtc {text(fault.dtc, 40)}"] if fault.dtc else []
        yield Fault(
            kind="system",
            id=text(fault.uuid, 80) or f"{text(fault.name, 120)}/{fault.code}",
            name=text(fault.name, 120),
            severity=_severity(fault.severity),
            text=text(fault.error_message),
            attributes=tuple(text(each, 80) for each in fault.attributes),
            since=_since(fault, skew, at),
            code=", ".join(numbers),
            is_active=is_active,
        )


def _behavior(fault: Any, skew: float | None) -> Fault:
    # The API gives these no severity; the robot will not move while one is there.
    return Fault(
        kind="behavior",
        id=str(fault.behavior_fault_id),
        name=word_for(words.BEHAVIOR_CAUSE, fault.cause),
        severity="critical",
        since=moment(fault, "onset_timestamp", skew),
        code=word_for(words.CLEARABLE, fault.status),
    )


def _service(faults: Iterable[Any], is_active: bool, skew: float | None, at: float) -> Iterable[Fault]:
    for fault in faults:
        name, service = text(fault.fault_id.fault_name, 120), text(fault.fault_id.service_name, 120)
        payload = text(fault.fault_id.payload_guid, 80).lower()
        yield Fault(
            kind="service",
            id="/".join((service, payload, name)),
            name=name,
            severity=_severity(fault.severity),
            text=text(fault.error_message),
            attributes=tuple(text(each, 80) for each in fault.attributes),
            since=_since(fault, skew, at),
            service=service,
            payload=payload,
            is_active=is_active,
        )
