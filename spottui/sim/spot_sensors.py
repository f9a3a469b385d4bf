"""What senses on the robot: its own cameras, and what its payloads bring; each can be unplugged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spottui.sim.spot_directory import Directory, Payload

CORE_IO = "c0de0000-0001-4a5b-9c1d-5b0f7a3c2e11"
SPOT_CAM = "c0de0000-0002-4a5b-9c1d-5b0f7a3c2e12"
EAP = "c0de0000-0003-4a5b-9c1d-5b0f7a3c2e13"
CORE_IO_SECRET = "core-io-secret-of-the-story"

SourceKind = Literal["image", "depth", "point-cloud", "data"]


@dataclass(frozen=True)
class Source:
    """One thing that can be asked for data."""

    name: str
    kind: SourceKind
    columns: int = 0
    rows: int = 0


@dataclass
class Sensor:
    """One device with its sources."""

    name: str
    service: str
    """Name of the service in the directory that offers the sources."""
    sources: tuple[Source, ...]
    payload: str = ""
    """GUID of its payload; empty: it is built into the robot."""
    service_type: str = ""
    """Without "bosdyn.api."; empty: the service is the robot's own and stays without it."""
    is_plugged: bool = True
    has_data: bool = True


def _body_camera(side: str) -> Sensor:
    return Sensor(
        side,
        "image",
        (
            Source(f"{side}_fisheye_image", "image", 640, 480),
            Source(f"{side}_depth", "depth", 424, 240),
            Source(f"{side}_depth_in_visual_frame", "depth", 640, 480),
        ),
    )


def default_sensors() -> list[Sensor]:
    """Return what a robot for inspection carries."""
    return [
        *(_body_camera(side) for side in ("back", "frontleft", "frontright", "left", "right")),
        Sensor(
            "spot-cam",
            "spot-cam-image",
            (Source("pano", "image", 4608, 2304), Source("ptz", "image", 1920, 1080), Source("ir", "image", 640, 512)),
            SPOT_CAM,
            "ImageService",
        ),
        Sensor(
            "lidar",
            "velodyne-point-cloud",
            (Source("velodyne-point-cloud", "point-cloud"),),
            EAP,
            "PointCloudService",
        ),
        Sensor("modem", "signals-coreio-modem", (Source("modem", "data"),), CORE_IO, "DataAcquisitionPluginService"),
    ]


def default_payloads() -> list[Payload]:
    """Return the back of a robot for inspection: CORE I/O, Spot CAM and the lidar of the autonomy kit."""
    return [
        Payload(
            CORE_IO,
            "Spot CORE I/O",
            CORE_IO_SECRET,
            "Compute payload with modem",
            "CIO-2107",
            ("CORE",),
            (5, 1, 4),
            "192.168.50.5",
            2.4,
            30.0,
            1000,
            is_authorized=True,
            is_enabled=True,
        ),
        Payload(
            SPOT_CAM,
            "Spot CAM+ IR",
            "",
            "Pan-tilt-zoom, panorama and thermal camera",
            "SCP-0441",
            ("CAM",),
            (5, 1, 4),
            "192.168.50.6",
            2.2,
            30.0,
            1000,
            is_authorized=True,
            is_enabled=True,
        ),
        Payload(
            EAP,
            "Spot EAP 2",
            "",
            "Lidar for autonomy",
            "EAP-1180",
            ("EAP",),
            (5, 1, 0),
            "",
            1.7,
            is_authorized=True,
            is_enabled=True,
            is_noncompute=True,
        ),
    ]


class Sensors:
    """All sensors; keeps the directory in step with what is plugged in."""

    def __init__(self, directory: Directory, sensors: list[Sensor]) -> None:
        self._directory = directory
        self.by_name = {sensor.name: sensor for sensor in sensors}
        for sensor in sensors:
            self._announce(sensor)

    def _announce(self, sensor: Sensor) -> None:
        if sensor.service_type:
            self._directory.host_service(sensor.service, sensor.service_type, sensor.payload)

    def find(self, name: str) -> Sensor:
        """Return a sensor by its own name, that of its service, or that of one of its sources.

        Raises:
            KeyError: there is none.
        """
        for sensor in self.by_name.values():
            if name in (sensor.name, sensor.service if sensor.service_type else "", *(s.name for s in sensor.sources)):
                return sensor
        raise KeyError(f"There is no sensor {name!r}; there are {', '.join(sorted(self.by_name))}.")

    def unplug(self, sensor: Sensor) -> None:
        """Take a sensor off: its sources are gone, and its service too when a payload hosted it."""
        sensor.is_plugged = False
        if sensor.service_type:
            self._directory.remove(sensor.service)

    def plug(self, sensor: Sensor) -> None:
        """Put a sensor back."""
        sensor.is_plugged = True
        self._announce(sensor)

    def sources(self, service: str, *kinds: SourceKind) -> list[Source]:
        """Return what a service offers now."""
        return [
            source
            for sensor in self.by_name.values()
            if sensor.is_plugged and sensor.service == service
            for source in sensor.sources
            if source.kind in kinds
        ]

    def services(self, *kinds: SourceKind) -> list[str]:
        """Return the names of the services that offer such sources now."""
        plugged = [sensor for sensor in self.by_name.values() if sensor.is_plugged]
        return list(dict.fromkeys(s.service for s in plugged if any(source.kind in kinds for source in s.sources)))
