"""All services that the robot serves, made when they are first asked for."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

import grpc

from spottui.sim.spot_model import Spot
from spottui.sim.spot_protos import message_class, proto

SERVED = {
    "AuthService": ("auth_service", "access"),
    "RobotIdService": ("robot_id_service", "access"),
    "DirectoryService": ("directory_service", "access"),
    "DirectoryRegistrationService": ("directory_registration_service", "access"),
    "TimeSyncService": ("time_sync_service", "access"),
    "PayloadService": ("payload_service", "access"),
    "PayloadRegistrationService": ("payload_registration_service", "access"),
    "RobotStateService": ("robot_state_service", "state"),
    "RobotStateStreamingService": ("robot_state_service", "state"),
    "FaultService": ("fault_service", "state"),
    "metrics_logging.MetricsLoggingRobotService": ("metrics_logging.metrics_logging_robot_service", "state"),
    "PowerService": ("power_service", "state"),
    "log_status.LogStatusService": ("log_status.log_status_service", "state"),
    "docking.DockingService": ("docking.docking_service", "work"),
    "mission.MissionService": ("mission.mission_service", "work"),
    "LeaseService": ("lease_service", "work"),
    "EstopService": ("estop_service", "work"),
    "keepalive.KeepaliveService": ("keepalive.keepalive_service", "work"),
    "auto_return.AutoReturnService": ("auto_return.auto_return_service", "work"),
    "LicenseService": ("license_service", "work"),
    "graph_nav.GraphNavService": ("graph_nav.graph_nav_service", "work"),
    "ImageService": ("image_service", "sensors"),
    "PointCloudService": ("point_cloud_service", "sensors"),
    "DataAcquisitionService": ("data_acquisition_service", "sensors"),
    "DataAcquisitionPluginService": ("data_acquisition_plugin_service", "sensors"),
}
"""Type without "bosdyn.api." -> module of its proto, and which of our modules has its servicer."""


class Services(grpc.GenericRpcHandler):
    """Finds what answers a call; a service's messages are loaded by its first call."""

    def __init__(self, spot: Spot) -> None:
        self._spot = spot
        self._found: dict[str, Any] = {}

    def service(self, handler_call_details: Any) -> Any:
        """Return what answers an rpc; None: it is not served."""
        rpc = handler_call_details.method
        if rpc not in self._found:
            self._found[rpc] = self._make(*rpc.lstrip("/").split("/", 1))
        return self._found[rpc]

    def _make(self, service: str, name: str) -> Any:
        short = service.removeprefix("bosdyn.api.")
        if short not in SERVED:
            return None
        messages, module = SERVED[short]
        last = short.rpartition(".")[2]
        described = proto(messages).DESCRIPTOR.services_by_name[last].methods_by_name.get(name)
        servicer = getattr(import_module(f"spottui.sim.spot_services_{module}"), last)(self._spot)
        method = getattr(servicer, name, None)
        if described is None or method is None:
            return None
        read = message_class(described.input_type).FromString
        answer_class = message_class(described.output_type)
        if inspect.isasyncgenfunction(method):
            return grpc.unary_stream_rpc_method_handler(_streamed(method), read, answer_class.SerializeToString)
        return grpc.unary_unary_rpc_method_handler(_filled(method, answer_class), read, answer_class.SerializeToString)


def _filled(method: Callable[[Any, Any], None], answer_class: Any) -> Callable[[Any, Any], Awaitable[Any]]:
    async def answer(request: Any, _context: Any) -> Any:
        made = answer_class()
        method(request, made)
        return made

    return answer


def _streamed(method: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    async def answer(request: Any, _context: Any) -> Any:
        async for part in method(request):
            yield part

    return answer
