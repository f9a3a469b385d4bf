"""Short ways to make a robot for tests: well, docked and on the charger unless told otherwise."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from spottui.records import Access
from spottui.records_mission import Mission, MissionQuestion, MissionText
from spottui.records_robot import (
    ROBOT_PARTS,
    Battery,
    Dock,
    Fault,
    Identity,
    Lease,
    Payload,
    Power,
    Robot,
    SensorSource,
    Service,
)
from tests.verdicts.make import NOW

CORE, LIDAR = "11111111-0000-0000-0000-000000000001", "22222222-0000-0000-0000-000000000002"

CORE_IO = Payload(guid=CORE, name="CORE I/O", version="4.0.1", is_authorized=True, is_enabled=True)
EAP = Payload(guid=LIDAR, name="EAP 2", version="1.2.0", is_authorized=True, is_enabled=True)
IMAGE = Service(name="image", type="bosdyn.api.ImageService")
VELODYNE = Service(
    name="velodyne-point-cloud",
    type="bosdyn.api.PointCloudService",
    payload=LIDAR,
    heard_at=NOW - 5,
    liveness_timeout=75.0,
)
FRONT = SensorSource(kind="image", service="image", name="frontleft_fisheye_image")
CLOUD = SensorSource(kind="point-cloud", service="velodyne-point-cloud", name="velodyne-point-cloud")


def live(at: float = NOW, **others: Access) -> dict[str, Access]:
    """Return every part as heard at `at`, but the named ones; "auto_return" stands for "auto-return"."""
    named = {name.replace("_", "-"): access for name, access in others.items()}
    return {**dict.fromkeys(ROBOT_PARTS, Access("live", "", at)), **named}


def a_battery(charge: float | None = 81.0, status: str = "charging", **more: Any) -> Battery:
    known: dict[str, Any] = {"current": 4.2, "voltage": 56.1, "runtime": 4500.0, "temperatures": (29.0, 31.0)}
    return Battery(identifier="B-1", charge=charge, status=status, **{**known, **more})


def running(*texts: tuple[str, str], asks: tuple[MissionQuestion, ...] = ()) -> Mission:
    said = tuple(MissionText(text, severity) for text, severity in texts)
    return Mission(status="running", id=7, name="round", step="Dock", texts=said, questions=asks)


def a_robot(at: float = NOW, **fields: Any) -> Robot:
    """Return a robot that rests on its dock with a lidar on its back, heard at `at`."""
    known: dict[str, Any] = {
        "address": "192.168.80.3",
        "access": live(at),
        "identity": Identity(serial="spot-BD-1", nickname="spot-07", version="5.1.4"),
        "batteries": (a_battery(),),
        "power": Power(motors="off", shore="off", robot="on", charge=81.0, runtime=4500.0),
        "faults": (),
        "behavior": "not_ready",
        "dock": Dock(status="docked", type="spot_dock", id=520, power="connected"),
        "mission": Mission(status="none"),
        "leases": (Lease(resource="body"),),
        "control_actions": (),
        "payloads": (CORE_IO, EAP),
        "services": (IMAGE, replace(VELODYNE, heard_at=at - 5)),
        "sensors": (FRONT, CLOUD),
        "log_statuses": (),
    }
    return Robot(**{**known, **fields})


def question(text: str = "Which way?", *, autonomous: bool = False) -> MissionQuestion:
    return MissionQuestion(id=1, text=text, options=("left", "right"), for_autonomous_processing=autonomous)


def fault(kind: Any, severity: Any = "critical", **more: Any) -> tuple[Fault, ...]:
    return (Fault(kind=kind, id="1", name="x", severity=severity, **more),)
