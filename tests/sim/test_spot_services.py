"""Every service of the simulated Spot, asked by the unmodified SDK client over TLS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sim.spot_peer import Peer

pytestmark = pytest.mark.usefixtures("no_trouble")
T = 3.0


READS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "bosdyn.api.RobotStateService/GetRobotState": ("robot-state", lambda c: c.get_robot_state(timeout=T)),
    "bosdyn.api.RobotStateService/GetRobotMetrics": ("robot-state", lambda c: c.get_robot_metrics(timeout=T).metrics),
    "bosdyn.api.RobotStateService/GetRobotHardwareConfiguration": (
        "robot-state",
        lambda c: c.get_robot_hardware_configuration(timeout=T).skeleton.urdf,
    ),
    "bosdyn.api.RobotStateStreamingService/GetRobotStateStream": (
        "robot-state-streaming",
        lambda c: next(c.get_robot_state_stream()).joint_states.position,
    ),
    "bosdyn.api.DirectoryService/ListServiceEntries": ("directory", lambda c: c.list(timeout=T)),
    "bosdyn.api.DirectoryService/GetServiceEntry": ("directory", lambda c: c.get_entry("lease", timeout=T)),
    "bosdyn.api.docking.DockingService/GetDockingState": ("docking", lambda c: c.get_docking_state(timeout=T).status),
    "bosdyn.api.docking.DockingService/GetDockingConfig": ("docking", lambda c: c.get_docking_config(timeout=T)),
    "bosdyn.api.mission.MissionService/GetState": ("robot-mission", lambda c: c.get_state(timeout=T).status),
    "bosdyn.api.mission.MissionService/GetInfoAsChunks": ("robot-mission", lambda c: c.get_info() is None),
    "bosdyn.api.mission.MissionService/GetInfo": (
        "robot-mission",
        lambda c: c.get_info_async(timeout=T).result() is None,
    ),
    "bosdyn.api.LeaseService/ListLeases": (
        "lease",
        lambda c: c.list_leases_full(include_full_lease_info=True, timeout=T).resource_tree.sub_resources,
    ),
    "bosdyn.api.EstopService/GetEstopSystemStatus": ("estop", lambda c: c.get_status(timeout=T).stop_level == 4),
    "bosdyn.api.EstopService/GetEstopConfig": ("estop", lambda c: c.get_config(timeout=T).endpoints),
    "bosdyn.api.LicenseService/GetLicenseInfo": ("license", lambda c: c.get_license_info(timeout=T).status == 1),
    "bosdyn.api.LicenseService/GetFeatureEnabled": (
        "license",
        lambda c: c.get_feature_enabled(["autonomy"], timeout=T)["autonomy"],
    ),
    "bosdyn.api.ImageService/ListImageSources": ("image", lambda c: c.list_image_sources(timeout=T)),
    "bosdyn.api.DataAcquisitionService/GetServiceInfo": (
        "data-acquisition",
        lambda c: c.get_service_info(timeout=T).data_sources,
    ),
    "bosdyn.api.keepalive.KeepaliveService/GetStatus": ("keepalive", lambda c: c.get_status(timeout=T)),
    "bosdyn.api.PowerService/GetFanInformation": ("power", lambda c: c.get_fan_info(timeout=T)),
    "bosdyn.api.metrics_logging.MetricsLoggingRobotService/GetMetrics": (
        "metrics-logging",
        lambda c: c.get_metrics(["distance"], timeout=T).parameters,
    ),
    "bosdyn.api.metrics_logging.MetricsLoggingRobotService/GetAbsoluteMetricSnapshot": (
        "metrics-logging",
        lambda c: c.get_absolute_metric_snapshot([1], timeout=T),
    ),
    "bosdyn.api.metrics_logging.MetricsLoggingRobotService/GetStoreSequenceRange": (
        "metrics-logging",
        lambda c: c.get_store_sequence_range(timeout=T),
    ),
    "bosdyn.api.log_status.LogStatusService/GetActiveLogStatuses": (
        "log-status",
        lambda c: c.get_active_log_statuses(timeout=T),
    ),
    "bosdyn.api.auto_return.AutoReturnService/GetConfiguration": (
        "auto-return",
        lambda c: c.get_configuration(timeout=T),
    ),
    "bosdyn.api.graph_nav.GraphNavService/GetLocalizationState": (
        "graph-nav-service",
        lambda c: c.get_localization_state(timeout=T).remote_cloud_status,
    ),
    "bosdyn.api.PayloadService/ListPayloads": ("payload", lambda c: c.list_payloads(timeout=T)),
    "bosdyn.api.RobotIdService/GetRobotId": ("robot-id", lambda c: c.get_id(timeout=T).nickname == "spot-07"),
    "bosdyn.api.TimeSyncService/TimeSyncUpdate": (
        "time-sync",
        lambda c: c.get_time_sync_update(None, None, timeout=T).clock_identifier,
    ),
}


@pytest.mark.parametrize("rpc", READS)
def test_each_reading_call_of_the_contract_is_answered_and_counted_once(peer: Peer, robot: Any, rpc: str) -> None:
    service, ask = READS[rpc]
    client = robot.ensure_client(service)
    before = peer.spot.calls[rpc]
    assert ask(client)
    assert peer.spot.calls[rpc] == before + 1


def test_each_service_type_of_the_directory_but_the_refusing_one_is_served(peer: Peer) -> None:
    from spottui.sim.spot_services import SERVED

    listed = {entry.type.removeprefix("bosdyn.api.") for entry in peer.spot.directory.entries.values()}
    assert listed - set(SERVED) == {"RobotCommandService"}
