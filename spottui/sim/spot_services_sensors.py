"""Which data the robot and its payloads offer: images, point clouds, data; the data itself is not served."""

from __future__ import annotations

from typing import Any

from spottui.sim.spot_interceptor import CALL
from spottui.sim.spot_protos import stamp
from spottui.sim.spot_sensors import Source
from spottui.sim.spot_services_access import Servicer

VISUAL, DEPTH = 1, 2
MODEM_SIGNALS = ("Signal Quality", "SINR", "RSRP", "RSRQ")


class ByAuthority(Servicer):
    """A kind of service that the robot and several payloads have: the name of the host tells which is meant."""

    kind = ""
    """Full type."""
    own = ""
    """Name of the robot's own service; taken when the client named no host."""

    def service(self) -> str:
        """Return the name of the service that the client asks."""
        entry = self.spot.directory.at(CALL.get().authority, self.kind)
        return entry.name if entry else self.own


class ImageService(ByAuthority):
    """Lists cameras."""

    kind = "bosdyn.api.ImageService"
    own = "image"

    def ListImageSources(self, ask: Any, answer: Any) -> None:
        """List the cameras of the service that was asked."""
        for source in self.spot.sensors.sources(self.service(), "image", "depth"):
            write_image_source(answer.image_sources.add(), source)


class PointCloudService(ByAuthority):
    """Lists lidars."""

    kind = "bosdyn.api.PointCloudService"
    own = "velodyne-point-cloud"

    def ListPointCloudSources(self, ask: Any, answer: Any) -> None:
        """List the lidars of the service that was asked."""
        for source in self.spot.sensors.sources(self.service(), "point-cloud"):
            told = answer.point_cloud_sources.add()
            told.name, told.frame_name_sensor = source.name, "sensor"
            if self.spot.sensors.find(source.name).has_data:
                stamp(told.acquisition_time, self.spot.robot_now() - 0.1)


class DataAcquisitionService(Servicer):
    """Lists what can be captured, and tells live values."""

    def GetServiceInfo(self, ask: Any, answer: Any) -> None:
        """List the sources of all services."""
        sensors = self.spot.sensors
        for service in sensors.services("data"):
            write_data_sources(self, answer.capabilities, service)
        for service in sensors.services("image", "depth"):
            told = answer.capabilities.image_sources.add()
            told.service_name = service
            for source in sensors.sources(service, "image", "depth"):
                told.image_source_names.append(source.name)
                write_image_source(told.image_sources.add(), source)

    def GetLiveData(self, ask: Any, answer: Any) -> None:
        """Tell the live values of captures; only the modem has some."""
        write_live_data(self, ask, answer)


class DataAcquisitionPluginService(ByAuthority):
    """The same for the one source of a payload."""

    kind = "bosdyn.api.DataAcquisitionPluginService"
    own = "signals-coreio-modem"

    def GetServiceInfo(self, ask: Any, answer: Any) -> None:
        """List the sources of the plugin that was asked."""
        write_data_sources(self, answer.capabilities, self.service())

    def GetLiveData(self, ask: Any, answer: Any) -> None:
        """Tell its live values."""
        write_live_data(self, ask, answer)


def write_image_source(told: Any, source: Source) -> None:
    """Fill in one camera."""
    told.name, told.cols, told.rows = source.name, source.columns, source.rows
    told.image_type = VISUAL if source.kind == "image" else DEPTH
    if source.kind == "depth":
        told.depth_scale = 1000.0
    intrinsics = told.pinhole.intrinsics
    intrinsics.focal_length.x = intrinsics.focal_length.y = source.columns * 0.52
    intrinsics.principal_point.x, intrinsics.principal_point.y = source.columns / 2, source.rows / 2


def write_data_sources(of: Servicer, told: Any, service: str) -> None:
    """Add the data sources of one service."""
    for source in of.spot.sensors.sources(service, "data"):
        made = told.data_sources.add()
        made.name, made.channel_name, made.service_name = source.name, source.name, service
        made.description = f"Signals of the {source.name}"
        made.has_live_data = True


def write_live_data(of: Servicer, ask: Any, answer: Any) -> None:
    """Add the live values of each capture that was asked for."""
    modem = of.spot.modem
    known = {
        source.name
        for service in of.spot.sensors.services("data")
        for source in of.spot.sensors.sources(service, "data")
    }
    values = (modem.quality, modem.sinr, modem.rsrp, modem.rsrq)
    for capture in ask.data_captures:
        told = answer.live_data.add()
        told.name, told.status = capture.name, 1 if capture.name in known else 2
        if capture.name not in known or not modem.is_there:
            continue
        for name, value in zip(MODEM_SIGNALS, values, strict=True):
            signal = told.signals[name].signal_data
            signal.data.double = value
            stamp(signal.timestamp, of.spot.robot_now())
