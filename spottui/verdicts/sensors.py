"""Whether a sensor that a workload declares is on the robot; knows records only.

A workload says what it needs by the annotation spottui.dev/needs-sensor; docs/annotations.md describes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from spottui.records import Pod
from spottui.records_robot import Payload, Robot, SensorSource, Service
from spottui.verdicts.profile import Profile
from spottui.verdicts.profile_diff import (
    find_payload,
    find_service,
    find_source,
    is_alive,
    payload_trouble,
    why_not,
)
from spottui.verdicts.troubles import OPEN, Trouble

NEEDS_SENSOR = "spottui.dev/needs-sensor"
PARTS = ("sensors", "services", "payloads")
"""Parts of the robot in which a sensor may be named."""

_MAY_WAIT = (
    *("CrashLoopBackOff", "Error", "ExitCode:", "Signal:", "Init:", "not ready", "keeps restarting"),
    *("RunContainerError", "CreateContainerError", "StartError", "ContainerCannotRun"),
)
"""How the words of troubles begin that a sensor which is not there can cause."""
_SURE = frozenset({"OOM", "OFFLINE", "WRONG_ARCH", "CONFIG_MISSING", "CONFIG_KEY_MISSING", "NODE_GONE"})
"""Verdicts that no sensor explains: memory, registries, missing configuration."""

SensorOf = Callable[[str], "SensorState"]
"""From the name of a sensor to how it stands."""


class SensorState(Struct, frozen=True):
    """How one sensor stands."""

    state: Literal["present", "ill", "absent", "unknown"]
    """ill: it is there and does not work."""
    reason: str = ""
    """Ill: in which way. Unknown: why. Absent: by how old a word, when it is an old one."""


def needed_sensors(pod: Pod) -> tuple[str, ...]:
    """Return the sensors that a pod declares, in its order; names are parted by commas."""
    names = (name.strip() for name in pod.annotations.get(NEEDS_SENSOR, "").split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def with_sensors(trouble: Trouble, pod: Pod, sensor_of: SensorOf) -> Trouble:
    """Return a pod's trouble with the sensor that it waits for as its cause, where it declares one.

    A restart brings no sensor back, so it is not offered then. What else is known of the cause stays behind.
    """
    if not trouble.word.startswith(_MAY_WAIT) or trouble.code in _SURE or trouble.code[:6] == "IMAGE_":
        return trouble
    sensors = [(name, sensor_of(name)) for name in needed_sensors(pod)]
    waits = [f"waits for sensor {name}: {_lack(one)}" for name, one in sensors if one.state in ("absent", "ill")]
    if waits:
        cause = ", ".join(waits) + (f" ({trouble.cause.rstrip('.')})" if trouble.cause else "") + "."
        lacking = ", ".join(name for name, one in sensors if one.state in ("absent", "ill"))
        advice = f"Look at {lacking} on 7 Robot: is it plugged in? The pod comes up by itself then."
        return replace(trouble, cause=cause, key=OPEN, advice=advice, code="SENSOR")
    unknown = [
        f"needs sensor {name}, not known whether it is there: {one.reason}"
        for name, one in sensors
        if one.state == "unknown"
    ]
    if unknown:
        cause = "; ".join(part.rstrip(".") for part in (trouble.cause, *unknown) if part)
        return replace(trouble, cause=f"{cause}.")
    return trouble


def _lack(sensor: SensorState) -> str:
    if sensor.state == "ill":
        return sensor.reason
    return f"not present {sensor.reason}".rstrip()


def sensor_state(name: str, robot: Robot | None, profile: Profile | None = None) -> SensorState:
    """Return how a sensor stands; `name` is what the profile calls it, or the name that the robot has for it.

    The robot's payloads, services and sources count; letters are compared without regard to case. Where the
    profile puts several things under one name, all of them must be there.
    """
    if robot is None:
        return SensorState("unknown", "no robot is configured")
    things = [*_expected(name.casefold(), robot, profile), *_named(name.casefold(), robot)]
    if troubles := [trouble for trouble in things if trouble]:
        return SensorState("ill", troubles[0])
    if things and None not in things:
        return SensorState("present")
    for part, said in (("sensors", robot.sensors), ("services", robot.services), ("payloads", robot.payloads)):
        if said is None:
            return SensorState("unknown", f"the robot's {part}: {why_not(robot, part)}")
    is_live = all(robot.access[part].state == "live" for part in PARTS if part in robot.access)
    return SensorState("absent", "" if is_live else "when the robot was last heard")


def _expected(wanted: str, robot: Robot, profile: Profile | None) -> Iterator[str | None]:
    """Yield for each thing that the profile has under this name what is wrong with it; None: it is not there."""
    if profile is None:
        return
    for payload in profile.payloads:
        if payload.sensor.casefold() == wanted:
            yield _payload_trouble(find_payload(payload, robot))
    for service in profile.services:
        if service.sensor.casefold() == wanted:
            yield _service_trouble(find_service(service, robot), robot)
    for source in profile.sources:
        if source.sensor.casefold() == wanted:
            yield _source_trouble(find_source(source, robot))


def _named(wanted: str, robot: Robot) -> Iterator[str | None]:
    """Yield for each thing that the robot itself has under this name what is wrong with it."""
    for payload in robot.payloads or ():
        if wanted in (payload.name.casefold(), payload.guid):
            yield _payload_trouble(payload)
    for service in robot.services or ():
        if wanted == service.name.casefold():
            yield _service_trouble(service, robot)
    for source in robot.sensors or ():
        if wanted == source.name.casefold():
            yield _source_trouble(source)


def _payload_trouble(payload: Payload | None) -> str | None:
    if payload is None:
        return None
    word = payload_trouble(payload)
    return f"payload {payload.name or payload.guid} is {word}" if word else ""


def _service_trouble(service: Service | None, robot: Robot) -> str | None:
    if service is None:
        return None
    return "" if is_alive(service, robot) else f"service {service.name} is not alive"


def _source_trouble(source: SensorSource | None) -> str | None:
    if source is None:
        return None
    return f"{source.name} gives no data" if source.has_data is False else ""
