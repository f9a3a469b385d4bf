"""The reading calls, each once: its service, its messages and where those are."""

from __future__ import annotations

from spottui.sources.robot_connection import Rpc

STATE = Rpc(
    "bosdyn.api.RobotStateService", "GetRobotState", "robot_state_pb2", "RobotStateRequest", "RobotStateResponse"
)
METRICS = Rpc(
    "bosdyn.api.RobotStateService", "GetRobotMetrics", "robot_state_pb2", "RobotMetricsRequest", "RobotMetricsResponse"
)
HARDWARE = Rpc(
    "bosdyn.api.RobotStateService",
    "GetRobotHardwareConfiguration",
    "robot_state_pb2",
    "RobotHardwareConfigurationRequest",
    "RobotHardwareConfigurationResponse",
)
DOCK = Rpc(
    "bosdyn.api.docking.DockingService",
    "GetDockingState",
    "docking.docking_pb2",
    "GetDockingStateRequest",
    "GetDockingStateResponse",
)
DOCKS_KNOWN = Rpc(
    "bosdyn.api.docking.DockingService",
    "GetDockingConfig",
    "docking.docking_pb2",
    "GetDockingConfigRequest",
    "GetDockingConfigResponse",
)
MISSION = Rpc(
    "bosdyn.api.mission.MissionService", "GetState", "mission.mission_pb2", "GetStateRequest", "GetStateResponse"
)
MISSION_INFO = Rpc(
    "bosdyn.api.mission.MissionService", "GetInfo", "mission.mission_pb2", "GetInfoRequest", "GetInfoResponse"
)
MISSION_INFO_CHUNKS = Rpc(
    "bosdyn.api.mission.MissionService",
    "GetInfoAsChunks",
    "mission.mission_pb2",
    "GetInfoRequest",
    "DataChunk",
    assembled="GetInfoResponse",
)
LEASES = Rpc("bosdyn.api.LeaseService", "ListLeases", "lease_pb2", "ListLeasesRequest", "ListLeasesResponse")
ESTOP = Rpc(
    "bosdyn.api.EstopService",
    "GetEstopSystemStatus",
    "estop_pb2",
    "GetEstopSystemStatusRequest",
    "GetEstopSystemStatusResponse",
)
PAYLOADS = Rpc(
    "bosdyn.api.PayloadService", "ListPayloads", "payload_pb2", "ListPayloadsRequest", "ListPayloadsResponse"
)
SERVICES = Rpc(
    "bosdyn.api.DirectoryService",
    "ListServiceEntries",
    "directory_pb2",
    "ListServiceEntriesRequest",
    "ListServiceEntriesResponse",
)
IDENTITY = Rpc("bosdyn.api.RobotIdService", "GetRobotId", "robot_id_pb2", "RobotIdRequest", "RobotIdResponse")
LICENCE = Rpc(
    "bosdyn.api.LicenseService", "GetLicenseInfo", "license_pb2", "GetLicenseInfoRequest", "GetLicenseInfoResponse"
)
KEEPALIVE = Rpc(
    "bosdyn.api.keepalive.KeepaliveService",
    "GetStatus",
    "keepalive.keepalive_pb2",
    "GetStatusRequest",
    "GetStatusResponse",
)
FANS = Rpc(
    "bosdyn.api.PowerService",
    "GetFanInformation",
    "power_pb2",
    "GetFanInformationRequest",
    "GetFanInformationResponse",
)
LOGS = Rpc(
    "bosdyn.api.log_status.LogStatusService",
    "GetActiveLogStatuses",
    "log_status.log_status_pb2",
    "GetActiveLogStatusesRequest",
    "GetActiveLogStatusesResponse",
)
AUTO_RETURN = Rpc(
    "bosdyn.api.auto_return.AutoReturnService",
    "GetConfiguration",
    "auto_return.auto_return_pb2",
    "GetConfigurationRequest",
    "GetConfigurationResponse",
)
IMAGE_SOURCES = Rpc(
    "bosdyn.api.ImageService", "ListImageSources", "image_pb2", "ListImageSourcesRequest", "ListImageSourcesResponse"
)
POINT_CLOUD_SOURCES = Rpc(
    "bosdyn.api.PointCloudService",
    "ListPointCloudSources",
    "point_cloud_pb2",
    "ListPointCloudSourcesRequest",
    "ListPointCloudSourcesResponse",
)
DATA_SOURCES = Rpc(
    "bosdyn.api.DataAcquisitionService",
    "GetServiceInfo",
    "data_acquisition_pb2",
    "GetServiceInfoRequest",
    "GetServiceInfoResponse",
)
LOCALIZATION = Rpc(
    "bosdyn.api.graph_nav.GraphNavService",
    "GetLocalizationState",
    "graph_nav.graph_nav_pb2",
    "GetLocalizationStateRequest",
    "GetLocalizationStateResponse",
)
