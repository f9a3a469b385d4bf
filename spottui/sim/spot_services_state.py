"""What the robot says of itself: state, metrics, hardware, faults, fans and logs."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Any

from spottui.sim.spot_interceptor import CALL
from spottui.sim.spot_power import AMBIENT, LEGS, MOTOR_NAMES
from spottui.sim.spot_protos import proto, span, stamp
from spottui.sim.spot_services_access import Servicer
from spottui.sim.spot_state_message import SEVERITY_NUMBERS, write_state

_OK = 1
STREAM_SECONDS = 0.05
METRIC_SECONDS = 60.0
"""Story seconds between two snapshots of the metrics."""
LOG_WORDS = {
    "received": 1,
    "in_progress": 2,
    "syncing": 3,
    "stopping": 4,
    "done": 100,
    "failed": 101,
    "terminated": 102,
}
LINKS = ("body", *(f"{leg}.{part}" for leg in LEGS for part in ("hip", "uleg", "lleg")))


class RobotStateService(Servicer):
    """State, metrics and hardware."""

    def GetRobotState(self, ask: Any, answer: Any) -> None:
        """Tell everything that is read every second."""
        write_state(self.spot, answer.robot_state)

    def GetRobotMetrics(self, ask: Any, answer: Any) -> None:
        """Tell what adds up over the robot's life."""
        stamp(answer.robot_metrics.timestamp, self.spot.robot_now())
        write_metrics(self, answer.robot_metrics.metrics)

    def GetRobotHardwareConfiguration(self, ask: Any, answer: Any) -> None:
        """Tell what the robot is built of, with a URDF."""
        hardware = answer.hardware_configuration
        hardware.can_power_command_request_off_robot = hardware.can_power_command_request_cycle_robot = True
        hardware.can_power_command_request_payload_ports = hardware.can_power_command_request_wifi_radio = True
        for link in LINKS:
            told = hardware.skeleton.links.add()
            told.name, told.obj_model.file_name = link, f"{link}.obj"
        hardware.skeleton.urdf = urdf()


class RobotStateStreamingService(Servicer):
    """Joints, many times a second; neither battery nor faults."""

    async def GetRobotStateStream(self, ask: Any) -> AsyncIterator[Any]:
        """Stream joint states until the client goes."""
        make = proto("robot_state").RobotStateStreamResponse
        while True:
            told = make()
            stamp(told.joint_states.acquisition_timestamp, self.spot.robot_now())
            swing = 0.25 if self.spot.body.behavior == "stepping" else 0.0
            phase = self.spot.clock.now() * 2 * math.pi
            told.joint_states.position.extend(
                0.8 + swing * math.sin(phase + place) for place in range(len(MOTOR_NAMES))
            )
            yield told
            await asyncio.sleep(STREAM_SECONDS)


class FaultService(Servicer):
    """Faults that services and payloads raise."""

    def TriggerServiceFault(self, ask: Any, answer: Any) -> None:
        """Raise one; an active one stays as it was."""
        asked = ask.fault
        added = self.spot.faults.add_service(
            asked.fault_id.fault_name,
            service=asked.fault_id.service_name,
            payload=self._payload(asked.fault_id),
            text=asked.error_message,
            severity=SEVERITY_NUMBERS.get(asked.severity, "unknown"),
            attributes=tuple(asked.attributes),
        )
        answer.status = _OK if added else 2

    def ClearServiceFault(self, ask: Any, answer: Any) -> None:
        """Clear one, or all of a service or a payload."""
        faults, id = self.spot.faults, ask.fault_id
        if ask.clear_all_service_faults:
            done = faults.clear_of_service(id.service_name)
        elif ask.clear_all_payload_faults:
            done = faults.clear_of_payload(self._payload(id))
        else:
            done = faults.clear_service(id.fault_name, service=id.service_name, payload=self._payload(id))
        answer.status = _OK if done else 2

    def _payload(self, id: Any) -> str:
        token = CALL.get().token
        return id.payload_guid or (token.payload_guid if token else "")


class MetricsLoggingRobotService(Servicer):
    """The same metrics, by name and as a row of snapshots."""

    def GetMetrics(self, ask: Any, answer: Any) -> None:
        """Tell the metrics that were asked for; all when none was."""
        every = proto("robot_state").RobotMetrics()
        write_metrics(self, every.metrics)
        found = {parameter.label: parameter for parameter in every.metrics}
        answer.parameters.extend(found[key] for key in ask.keys or found if key in found)
        answer.missing_keys.extend(key for key in ask.keys if key not in found)

    def GetStoreSequenceRange(self, ask: Any, answer: Any) -> None:
        """Tell which snapshots there are."""
        answer.first_sequence_number = 1
        answer.last_sequence_number = self._last()

    def GetAbsoluteMetricSnapshot(self, ask: Any, answer: Any) -> None:
        """Give snapshots; those that are not there are left out."""
        for number in ask.sequence_numbers:
            if not 1 <= number <= self._last():
                continue
            told = proto("metrics_logging.absolute_metrics").AbsoluteMetricsSnapshot(sequence_number=number)
            told.robot_serial_number, told.robot_species = self.spot.identity.serial, self.spot.identity.species
            end = self.spot.robot_now() - (self._last() - number) * METRIC_SECONDS
            stamp(told.timestamp_start, end - METRIC_SECONDS)
            stamp(told.timestamp_end, end)
            write_metrics(self, told.parameters)
            answer.snapshots.add().data = told.SerializeToString()

    def _last(self) -> int:
        return 1 + int(self.spot.clock.now() / METRIC_SECONDS)


class PowerService(Servicer):
    """Of the power service only what is read."""

    def GetFanInformation(self, ask: Any, answer: Any) -> None:
        """Tell how fast the fans turn."""
        warm = sum(self.spot.power.pack_temperatures) / len(self.spot.power.pack_temperatures) - AMBIENT
        for name, share in (("fan_front", 1.0), ("fan_rear", 0.94)):
            answer.fan_information[name].frequency = round(share * (42.0 + 2.5 * warm), 1)


class LogStatusService(Servicer):
    """Logs that are being written or brought home."""

    def GetActiveLogStatuses(self, ask: Any, answer: Any) -> None:
        """List those that are not over."""
        answer.status = _OK
        for id, log in self.spot.logs.items():
            if LOG_WORDS[log.status] < 100:
                self._write(answer.log_statuses.add(), id)

    def GetLogStatus(self, ask: Any, answer: Any) -> None:
        """Tell of one log."""
        answer.status = _OK if ask.id in self.spot.logs else 2
        if ask.id in self.spot.logs:
            self._write(answer.log_status, ask.id)

    def _write(self, told: Any, id: str) -> None:
        log = self.spot.logs[id]
        told.id, told.status, told.type = id, LOG_WORDS[log.status], 4
        stamp(told.start_time, log.started + self.spot.time.skew)
        span(told.run_time, self.spot.clock.wall() - log.started)


def write_metrics(of: Servicer, told: Any) -> None:
    """Add the robot's metrics to a list of parameters; the labels are the story's, the real ones are not documented."""
    power = of.spot.power
    for label, units, kind, value in (
        ("distance", "m", "float_value", round(power.walked * 0.9, 1)),
        ("gait cycles", "", "int_value", int(power.walked * 1.6)),
        ("electric power", "Wh", "float_value", round(power.used_watt_hours, 1)),
        ("battery charge", "percent", "float_value", round(power.charge, 1)),
        ("is docked", "", "bool_value", of.spot.body.is_docked),
        ("software", "", "string_value", ".".join(map(str, of.spot.identity.release))),
    ):
        parameter = told.add()
        parameter.label, parameter.units = label, units
        setattr(parameter, kind, value)
    for label, seconds in (("time moving", power.walked), ("uptime", of.spot.clock.now() - of.spot.booted)):
        parameter = told.add()
        parameter.label = label
        span(parameter.duration, seconds)


def urdf() -> str:
    """Return a description of a body with four legs; its measures are the story's own."""
    parts = ['<?xml version="1.0"?>', '<robot name="spot">']
    for link in LINKS:
        parts.append(
            f'  <link name="{link}"><visual><geometry><mesh filename="{link}.obj"/></geometry></visual>'
            f'<inertial><mass value="1.0"/><inertia ixx="0.01" ixy="0" ixz="0" iyy="0.01" iyz="0" izz="0.01"/>'
            f"</inertial></link>"
        )
    for place, leg in enumerate(LEGS):
        front, left = (1 if place < 2 else -1), (1 if place % 2 == 0 else -1)
        for joint, parent, child in (("hx", "body", "hip"), ("hy", "hip", "uleg"), ("kn", "uleg", "lleg")):
            above = parent if parent == "body" else f"{leg}.{parent}"
            parts.append(
                f'  <joint name="{leg}.{joint}" type="revolute"><parent link="{above}"/><child link="{leg}.{child}"/>'
                f'<origin xyz="{0.3 * front} {0.06 * left} 0"/><axis xyz="0 1 0"/>'
                f'<limit lower="-2.7" upper="2.7" effort="115" velocity="10"/></joint>'
            )
    return "\n".join([*parts, "</robot>"])
