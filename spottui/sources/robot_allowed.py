"""The only calls that spottui may make to a robot, by their full rpc names: reading, and logging in.

`spottui.sources.robot_channel` holds every call against this list before a byte leaves.
"""

from __future__ import annotations

from spottui.errors import Refused

ALLOWED = frozenset(
    {
        "bosdyn.api.AuthService/GetAuthToken",
        "bosdyn.api.PayloadRegistrationService/GetPayloadAuthToken",
        "bosdyn.api.RobotIdService/GetRobotId",
        "bosdyn.api.DirectoryService/ListServiceEntries",
        "bosdyn.api.DirectoryService/GetServiceEntry",
        "bosdyn.api.TimeSyncService/TimeSyncUpdate",
        "bosdyn.api.RobotStateService/GetRobotState",
        "bosdyn.api.RobotStateService/GetRobotMetrics",
        "bosdyn.api.RobotStateService/GetRobotHardwareConfiguration",
        "bosdyn.api.docking.DockingService/GetDockingState",
        "bosdyn.api.docking.DockingService/GetDockingConfig",
        "bosdyn.api.mission.MissionService/GetState",
        "bosdyn.api.mission.MissionService/GetInfo",
        "bosdyn.api.mission.MissionService/GetInfoAsChunks",
        "bosdyn.api.LeaseService/ListLeases",
        "bosdyn.api.EstopService/GetEstopSystemStatus",
        "bosdyn.api.EstopService/GetEstopConfig",
        "bosdyn.api.PayloadService/ListPayloads",
        "bosdyn.api.LicenseService/GetLicenseInfo",
        "bosdyn.api.keepalive.KeepaliveService/GetStatus",
        "bosdyn.api.metrics_logging.MetricsLoggingRobotService/GetMetrics",
        "bosdyn.api.log_status.LogStatusService/GetActiveLogStatuses",
        "bosdyn.api.auto_return.AutoReturnService/GetConfiguration",
        "bosdyn.api.ImageService/ListImageSources",
        "bosdyn.api.PointCloudService/ListPointCloudSources",
        "bosdyn.api.DataAcquisitionService/GetServiceInfo",
        "bosdyn.api.DataAcquisitionService/GetLiveData",
        "bosdyn.api.PowerService/GetFanInformation",
        "bosdyn.api.graph_nav.GraphNavService/GetLocalizationState",
    }
)


class CallRefused(Refused):
    """A call that is not on the list of reading calls; it was not sent."""

    def __init__(self, method: str | bytes) -> None:
        super().__init__(f"spottui only reads from the robot: the call {full_name(method)} was refused and not sent.")


def full_name(method: str | bytes) -> str:
    """Return the full rpc name of a method as gRPC writes it ("/package.Service/Method")."""
    text = method.decode("utf-8", "replace") if isinstance(method, bytes) else method
    return text.removeprefix("/")


def check(method: str | bytes) -> None:
    """Let a reading call pass.

    Raises:
        CallRefused: The call is none of `ALLOWED`.
    """
    if full_name(method) not in ALLOWED:
        raise CallRefused(method)
