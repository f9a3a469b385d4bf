"""Reads each part of a robot by its calls; returns fields of `spottui.records_robot.Robot`.

Blocking: used from the source's pool threads, no part twice at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spottui.records_robot import SensorSource, Service
from spottui.sources import robot_read_parts as parts
from spottui.sources import robot_rpcs as rpcs
from spottui.sources.robot_connection import Connection
from spottui.sources.robot_errors import LINK_KINDS, RobotTrouble
from spottui.sources.robot_read_mission import Nodes, read_mission, read_mission_id, read_nodes
from spottui.sources.robot_read_state import Fields, read_state
from spottui.sources.robot_wifi import fetch_wifi

LARGE = 10.0
"""Seconds for the answers that may be large: the tree of a mission, the hardware with its URDF."""
SENSOR_TYPES = {
    "bosdyn.api.ImageService": ("image", rpcs.IMAGE_SOURCES),
    "bosdyn.api.PointCloudService": ("point-cloud", rpcs.POINT_CLOUD_SOURCES),
    "bosdyn.api.DataAcquisitionService": ("data", rpcs.DATA_SOURCES),
}
ILL = "ill"
"""Key beside the fields: what of a part did not answer, as a sentence."""


class Reader:
    """Reads one robot over one connection; remembers what need not be read again."""

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection, self._clock = connection, clock
        self.skew: float | None = None
        """The robot's clock minus ours, as it is used for all times; set by the source."""
        self._services: tuple[Service, ...] = ()
        self._mission_name = ""
        self._mission_nodes: Nodes = {}
        self._mission_known: int | None = None
        self._docks_known: Fields | None = None
        self.reads: dict[str, Callable[[], Fields]] = {
            "state": self._state,
            "dock": self._dock,
            "mission": self._mission,
            "leases": lambda: parts.read_leases(self._call("lease", rpcs.LEASES)),
            "estop": lambda: parts.read_estop(self._call("estop", rpcs.ESTOP)),
            "payloads": lambda: parts.read_payloads(self._call("payload", rpcs.PAYLOADS)),
            "services": self._directory,
            "identity": lambda: parts.read_identity(self._call("robot-id", rpcs.IDENTITY), self._any_skew()),
            "licence": lambda: parts.read_licence(self._call("license", rpcs.LICENCE), self._any_skew()),
            "metrics": lambda: parts.read_metrics(self._call("robot-state", rpcs.METRICS)),
            "keepalive": lambda: parts.read_keepalive(self._call("keepalive", rpcs.KEEPALIVE)),
            "sensors": self._sensors,
            "hardware": lambda: parts.read_hardware(self._call("robot-state", rpcs.HARDWARE, timeout=LARGE)),
            "fans": lambda: parts.read_fans(self._call("power", rpcs.FANS)),
            "logs": lambda: parts.read_logs(self._call("log-status", rpcs.LOGS)),
            "auto-return": lambda: parts.read_auto_return(self._call("auto-return", rpcs.AUTO_RETURN)),
            "wifi": self._wifi,
        }
        """Part of `spottui.records_robot.ROBOT_PARTS` -> how it is read; each may raise `RobotTrouble`."""

    def _call(self, service: str, rpc: Any, fields: Fields | None = None, **named: Any) -> Any:
        return self._connection.call(service, rpc, fields, **named)

    def _any_skew(self) -> float | None:
        return self._connection.skew_guess if self.skew is None else self.skew

    def _state(self) -> Fields:
        answer = self._call("robot-state", rpcs.STATE)
        return read_state(answer.robot_state, self._any_skew(), self._clock())

    def _dock(self) -> Fields:
        fields = parts.read_dock(self._call("docking", rpcs.DOCK))
        if self._docks_known is None:
            try:
                self._docks_known = parts.read_docks_known(self._call("docking", rpcs.DOCKS_KNOWN))
            except RobotTrouble as trouble:
                if trouble.kind in LINK_KINDS:
                    return fields
                self._docks_known = {}
        return fields | self._docks_known

    def _mission(self) -> Fields:
        state = self._call("robot-mission", rpcs.MISSION, {"history_past_ticks": 1}).state
        loaded = read_mission_id(state)
        if loaded != self._mission_known:
            self._mission_name, self._mission_nodes, self._mission_known = "", {}, None
            if loaded is not None:
                self._learn_mission(loaded)
        return {"mission": read_mission(state, self._mission_name, self._mission_nodes)}

    def _learn_mission(self, loaded: int) -> None:
        try:
            try:
                answer = self._call("robot-mission", rpcs.MISSION_INFO_CHUNKS, timeout=LARGE)
            except RobotTrouble as trouble:
                if trouble.kind != "outdated":
                    raise
                answer = self._call("robot-mission", rpcs.MISSION_INFO, timeout=LARGE)
        except RobotTrouble as trouble:
            if trouble.kind not in LINK_KINDS:
                self._mission_known = loaded  # its names stay unknown; asking at each poll would not help
            return
        self._mission_name, self._mission_nodes = read_nodes(answer.mission_info)
        self._mission_known = loaded

    def _directory(self) -> Fields:
        entries = self._call("directory", rpcs.SERVICES).service_entries
        fields = parts.read_services(entries, self._any_skew())
        self._services = fields["services"]
        self._connection.authorities = {each.name: each.authority for each in entries}
        return fields

    def _sensors(self) -> Fields:
        found: list[SensorSource] = []
        ill: list[str] = []
        alive: dict[str, bool] = {}
        offering = [service for service in self._services if service.type in SENSOR_TYPES]
        for service in offering:
            kind, rpc = SENSOR_TYPES[service.type]
            try:
                found += parts.read_sensors(kind, service.name, self._call(service.name, rpc))
            except RobotTrouble as trouble:
                if trouble.kind in LINK_KINDS and len(offering) == 1:
                    raise
                ill.append(str(trouble))
        if any(service.type == "bosdyn.api.PointCloudService" for service in offering):
            alive = self._clouds()
        sensors = [_with_data(each, alive) for each in found]
        return {"sensors": tuple(sensors), ILL: " ".join(ill)}

    def _clouds(self) -> dict[str, bool]:
        """Return which lidars really send; nothing where graph-nav may not be asked."""
        try:
            return parts.read_clouds(self._call("graph-nav-service", rpcs.LOCALIZATION))
        except RobotTrouble:
            return {}

    def _wifi(self) -> Fields:
        connection = self._connection
        skew = self._any_skew()
        if connection.token is None or skew is None:
            raise RobotTrouble("silent", "The robot's Wi-Fi signal waits for the comparison of the clocks.")
        heard = fetch_wifi(connection.place, connection.certificates, connection.token, self._clock() + skew)
        return {"wifi": (heard,)}


def _with_data(source: SensorSource, alive: dict[str, bool]) -> SensorSource:
    if source.kind != "point-cloud" or source.service not in alive:
        return source
    return SensorSource(kind=source.kind, service=source.service, name=source.name, has_data=alive[source.service])
