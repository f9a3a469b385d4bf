"""What the robot is at and who commands it: dock, mission, leases, E-Stops, keepalive, licence, maps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from spottui.sim.spot_interceptor import CALL, write_header
from spottui.sim.spot_leases import RESOURCES
from spottui.sim.spot_mission import ROOT_ID, Question
from spottui.sim.spot_protos import proto, span, stamp
from spottui.sim.spot_services_access import Servicer

DOCKED = {"docked": 1, "docking": 2, "undocked": 3, "undocking": 4}
DOCK_POWER = {"unknown": 0, "connected": 1, "error": 2, "detecting": 3}
SPOT_DOCK = 3
DOCK_IDS = (520, 549)
MISSION = {"failure": 1, "running": 2, "success": 3, "paused": 4, "error": 5, "none": 6, "stopped": 7}
LEVELS = {"unknown": 0, "info": 1, "warn": 2, "error": 3, "critical": 4}
STOP_LEVELS = {"cut": 1, "settle_then_cut": 2, "none": 4}
LICENCES = {"valid": 1, "expired": 2, "not_yet_valid": 3, "malformed": 4, "serial_mismatch": 5, "no_license": 6}
CONTROL = {"auto_return": 1, "motors_off": 2, "robot_off": 3, "halt": 4, "immediate_motors_off": 5}
RUNNING, SUCCESS, FAILURE, ERROR = 2, 3, 1, 4
CHUNK_BYTES = 4096
CHECKED_IN_AGO = 0.3
"""Seconds since the last check-in of an endpoint that works."""


class DockingService(Servicer):
    """Where the robot stands to its dock."""

    def GetDockingState(self, ask: Any, answer: Any) -> None:
        """Tell docked or not, and whether the dock gives power."""
        body, told = self.spot.body, answer.dock_state
        told.status, told.power_status = DOCKED[body.dock_status], DOCK_POWER[body.dock_power]
        if body.dock_status != "undocked":
            told.dock_type, told.dock_id = SPOT_DOCK, body.dock_id

    def GetDockingConfig(self, ask: Any, answer: Any) -> None:
        """Tell which numbers docks may have."""
        told = answer.dock_configs.add()
        told.id_start, told.id_end = DOCK_IDS
        told.type = SPOT_DOCK


class MissionService(Servicer):
    """The mission, read only: what would load, start or stop it is not served."""

    def GetState(self, ask: Any, answer: Any) -> None:
        """Tell status, words, questions and the nodes of the last tick."""
        mission, told = self.spot.mission, answer.state
        told.status, told.error = MISSION[mission.status], mission.error
        told.tick_counter, told.mission_id = mission.ticks, mission.id
        for text in mission.texts:
            said = told.active_mission_text.add()
            said.text, said.severity, said.node_id = text.text, LEVELS[text.level], text.node
        for question in mission.questions:
            if question.answer is None:
                _write_question(told.questions.add(), question)
                continue
            answered = told.answered_questions.add()
            _write_question(answered.question, question)
            answered.accepted_answer_code = question.answer
        if mission.ticks >= 0:
            self._write_tick(told.history.add())

    def _write_tick(self, tick: Any) -> None:
        mission = self.spot.mission
        tick.tick_counter = mission.ticks
        stamp(tick.tick_start_timestamp, self.spot.robot_now())
        root = tick.node_states.add()
        root.id = ROOT_ID
        ends = {"success": SUCCESS, "failure": FAILURE, "error": ERROR}
        root.result, root.error = ends.get(mission.status, RUNNING), mission.error
        for place in range(0 if mission.at is None else mission.at + 1):
            node = tick.node_states.add()
            node.id = mission.node_of(place)
            node.result = RUNNING if place == mission.at else SUCCESS

    def GetInfo(self, ask: Any, answer: Any) -> None:
        """Tell the names of the mission's nodes."""
        mission = self.spot.mission
        if mission.id < 0:
            return
        told = answer.mission_info
        told.id, told.root.id, told.root.name = mission.id, ROOT_ID, mission.name
        for place, step in enumerate(mission.steps):
            child = told.root.children.add()
            child.id, child.name = mission.node_of(place), step.name

    async def GetInfoAsChunks(self, ask: Any) -> AsyncIterator[Any]:
        """Tell the same in pieces."""
        answer = proto("mission.mission").GetInfoResponse()
        self.GetInfo(ask, answer)
        write_header(answer.header, ask, CALL.get().received, self.spot.robot_now())
        data = answer.SerializeToString()
        for start in range(0, len(data), CHUNK_BYTES):
            yield proto("data_chunk").DataChunk(total_size=len(data), data=data[start : start + CHUNK_BYTES])


def _write_question(told: Any, question: Question) -> None:
    told.id, told.text, told.source = question.id, question.text, question.source
    told.severity, told.for_autonomous_processing = LEVELS[question.level], question.for_programs
    for code, text in enumerate(question.options):
        option = told.options.add()
        option.text, option.answer_code = text, code


class LeaseService(Servicer):
    """Who may command what; taking one is not served."""

    def ListLeases(self, ask: Any, answer: Any) -> None:
        """List the holders; with the leases themselves where full information was asked for."""
        for resource, holder in self.spot.leases.holders.items():
            told = answer.resources.add()
            told.resource, told.is_stale = resource, holder.is_stale
            told.lease_owner.client_name, told.lease_owner.user_name = holder.client, holder.user
            told.lease.resource, told.lease.epoch = resource, self.spot.leases.epoch
            told.lease.sequence.append(holder.sequence)
            if holder.client:
                told.lease.client_names.append(holder.client)
        if ask.include_full_lease_info:
            self._write_tree(answer.resource_tree, "body")

    def _write_tree(self, told: Any, resource: str) -> None:
        told.resource = resource
        for below in RESOURCES.get(resource, ()):
            self._write_tree(told.sub_resources.add(), below)


class EstopService(Servicer):
    """The software E-Stop; registering and checking in are not served."""

    def GetEstopSystemStatus(self, ask: Any, answer: Any) -> None:
        """Tell the level, and how long ago each endpoint checked in."""
        body, told = self.spot.body, answer.status
        told.stop_level = STOP_LEVELS[body.estop_level]
        told.stop_level_details = "; ".join(estop.text for estop in body.estops if estop.is_pressed)
        for endpoint in body.endpoints:
            status = told.endpoints.add()
            _write_endpoint(status.endpoint, endpoint)
            silent = endpoint.silent_since
            ago = CHECKED_IN_AGO if silent is None else self.spot.clock.now() - silent + CHECKED_IN_AGO
            status.stop_level = STOP_LEVELS["none" if ago <= endpoint.timeout else "settle_then_cut"]
            span(status.time_since_valid_response, ago)

    def GetEstopConfig(self, ask: Any, answer: Any) -> None:
        """Tell which endpoints there are."""
        answer.request.CopyFrom(ask)
        answer.active_config.unique_id = self.spot.leases.epoch
        for endpoint in self.spot.body.endpoints:
            _write_endpoint(answer.active_config.endpoints.add(), endpoint)


def _write_endpoint(told: Any, endpoint: Any) -> None:
    told.role, told.name, told.unique_id = endpoint.role, endpoint.name, endpoint.unique_id
    span(told.timeout, endpoint.timeout)


class KeepaliveService(Servicer):
    """What the robot does when a client is no longer heard."""

    def GetStatus(self, ask: Any, answer: Any) -> None:
        """Tell the policies, and what is being done because of them."""
        for policy in self.spot.policies:
            told = answer.status.add()
            told.policy_id, told.client_name, told.policy.name = policy.id, policy.client, policy.name
            stamp(told.last_checkin, self.spot.robot_now() - (policy.after if self.spot.control_actions else 0.5))
            for action in policy.actions:
                made = told.policy.actions.add()
                getattr(made, action).SetInParent()
                span(made.after, policy.after)
        answer.active_control_actions.extend(CONTROL[action] for action in self.spot.control_actions)


class AutoReturnService(Servicer):
    """Walking back by itself; configuring it is not served."""

    def GetConfiguration(self, ask: Any, answer: Any) -> None:
        """Tell whether it is on."""
        answer.enabled = self.spot.auto_return
        if self.spot.auto_return:
            answer.request.params.max_displacement = 40.0


class LicenseService(Servicer):
    """What the robot is licensed for."""

    def GetLicenseInfo(self, ask: Any, answer: Any) -> None:
        """Tell the licence."""
        licence, told = self.spot.licence, answer.license
        told.status = LICENCES[licence.status]
        if licence.status == "no_license":
            return
        told.id, told.robot_serial = licence.id, self.spot.identity.serial
        stamp(told.not_valid_before, licence.not_before)
        stamp(told.not_valid_after, licence.not_after)
        told.licensed_features.extend(licence.features)

    def GetFeatureEnabled(self, ask: Any, answer: Any) -> None:
        """Tell for each feature whether it is licensed."""
        is_valid = self.spot.licence.status == "valid"
        for code in ask.feature_codes:
            answer.feature_enabled[code] = is_valid and code in self.spot.licence.features


class GraphNavService(Servicer):
    """Where the robot believes to be; maps and navigation are not served."""

    def GetLocalizationState(self, ask: Any, answer: Any) -> None:
        """Tell the waypoint, and which point clouds it gets."""
        place = self.spot.mission.at or 0
        answer.localization.waypoint_id = f"waypoint-{place:02d}"
        stamp(answer.localization.timestamp, self.spot.robot_now())
        for sensor in self.spot.sensors.by_name.values():
            if not any(source.kind == "point-cloud" for source in sensor.sources):
                continue
            told = answer.remote_cloud_status.add()
            entry = self.spot.directory.entries.get(sensor.service)
            told.service_name, told.exists_in_directory = sensor.service, entry is not None
            answers = entry is not None and self.spot.directory.answers(entry)
            told.has_data = answers and sensor.is_plugged and sensor.has_data
