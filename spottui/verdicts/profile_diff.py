"""The robot held against its profile: missing, unexpected, unauthorised, disabled, not alive, wrong version.

Knows records only.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Literal

from msgspec import Struct

from spottui.records_robot import Payload, Robot, SensorSource, Service
from spottui.verdicts.profile import (
    ExpectedPayload,
    ExpectedService,
    ExpectedSource,
    Profile,
    version_fits,
)

Word = Literal["missing", "unexpected", "unauthorised", "disabled", "not alive", "wrong version"]
PARTS = {"payload": "payloads", "service": "services", "source": "sensors", "robot": "identity"}
"""Kind of a difference -> the part of `Robot.access` that it was read from."""


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that is not as the profile says."""

    kind: Literal["payload", "service", "source", "robot"]
    name: str
    word: Word
    text: str = ""
    """What is meant, where the word is not enough."""


class Diff(Struct, frozen=True, kw_only=True):
    """All that differs, and what could not be compared."""

    differences: tuple[Difference, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    """Part of the robot and why it is not known."""


def compare(profile: Profile, robot: Robot) -> Diff:
    """Return what differs; a part that was never heard is unknown, not missing.

    Of a kind that the profile does not mention nothing is unexpected.
    """
    found: list[Difference] = []
    unknown: list[tuple[str, str]] = []
    if profile.serial or profile.software:
        if robot.identity is None:
            unknown.append(("identity", why_not(robot, "identity")))
        else:
            found += _robot(profile, robot)
    for part, said, differences in (
        ("payloads", robot.payloads, _payloads),
        ("services", robot.services, _services),
        ("sensors", robot.sensors, _sources),
    ):
        if said is None:
            unknown.append((part, why_not(robot, part)))
        else:
            found += differences(profile, robot)
    kept = [one for one in found if one.word != "unexpected" or not _is_ignored(profile, one.name)]
    return Diff(differences=tuple(kept), unknown=tuple(unknown))


def why_not(robot: Robot, part: str) -> str:
    """Return why a part of the robot is not known."""
    access = robot.access.get(part)
    if access is None or access.state == "waiting":
        return "not heard yet"
    words = {"forbidden": "not permitted", "absent": "not fitted", "live": "not said"}
    return words.get(access.state) or access.reason or access.state


def _is_ignored(profile: Profile, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in profile.ignore)


def _robot(profile: Profile, robot: Robot) -> Iterator[Difference]:
    identity = robot.identity
    assert identity is not None
    if profile.serial and identity.serial != profile.serial:
        text = f"this is {identity.serial or '?'}, the profile is for {profile.serial}"
        yield Difference(kind="robot", name=identity.nickname or robot.address, word="unexpected", text=text)
    if not version_fits(identity.version, profile.software):
        text = f"software {identity.version or '?'}, expected {profile.software}"
        yield Difference(kind="robot", name=identity.nickname or robot.address, word="wrong version", text=text)


def find_payload(wanted: ExpectedPayload, robot: Robot) -> Payload | None:
    """Return the payload that is meant."""
    for payload in robot.payloads or ():
        if payload.guid == wanted.guid if wanted.guid else payload.name == wanted.name:
            return payload
    return None


def _payloads(profile: Profile, robot: Robot) -> Iterator[Difference]:
    seen: set[str] = set()
    for wanted in profile.payloads:
        payload = find_payload(wanted, robot)
        if payload is None:
            yield Difference(kind="payload", name=wanted.name or wanted.guid, word="missing")
            continue
        seen.add(payload.guid)
        if (word := payload_trouble(payload)) is not None:
            yield Difference(kind="payload", name=payload.name or payload.guid, word=word)
        if not version_fits(payload.version, wanted.version):
            text = f"{payload.version or '?'}, expected {wanted.version}"
            yield Difference(kind="payload", name=payload.name or payload.guid, word="wrong version", text=text)
    for payload in (robot.payloads or ()) if profile.payloads else ():
        if payload.guid not in seen:
            yield Difference(kind="payload", name=payload.name or payload.guid, word="unexpected")


def payload_trouble(payload: Payload) -> Literal["unauthorised", "disabled"] | None:
    """Return why the robot does not use a payload."""
    if not payload.is_authorized:
        return "unauthorised"
    return None if payload.is_enabled else "disabled"


def is_alive(service: Service, robot: Robot) -> bool:
    """Whether a service sent its heartbeat in time, by when the directory was heard."""
    if not service.liveness_timeout or service.heard_at is None:
        return True
    access = robot.access.get("services")
    if access is None or access.heard_at is None:
        return True
    return access.heard_at - service.heard_at <= service.liveness_timeout


def find_service(wanted: ExpectedService, robot: Robot) -> Service | None:
    """Return the service that is meant."""
    for service in robot.services or ():
        if service.name == wanted.name and wanted.type in ("", service.type):
            return service
    return None


def _services(profile: Profile, robot: Robot) -> Iterator[Difference]:
    for wanted in profile.services:
        service = find_service(wanted, robot)
        if service is None:
            others = [one.type for one in robot.services or () if one.name == wanted.name]
            text = f"a service of this name is there, of type {others[0]}" if others else ""
            yield Difference(kind="service", name=wanted.name, word="missing", text=text)
        elif not is_alive(service, robot):
            text = f"no heartbeat for more than {service.liveness_timeout or 0:.0f} s"
            yield Difference(kind="service", name=wanted.name, word="not alive", text=text)
    names = {wanted.name for wanted in profile.services}
    for service in (robot.services or ()) if profile.services else ():
        if service.payload and service.name not in names:  # the robot's own come and go with its release
            yield Difference(kind="service", name=service.name, word="unexpected")


def find_source(wanted: ExpectedSource, robot: Robot) -> SensorSource | None:
    """Return the source that is meant."""
    for source in robot.sensors or ():
        if (source.kind, source.name) == (wanted.kind, wanted.name) and wanted.service in ("", source.service):
            return source
    return None


def _sources(profile: Profile, robot: Robot) -> Iterator[Difference]:
    seen: set[SensorSource] = set()
    for wanted in profile.sources:
        source = find_source(wanted, robot)
        if source is None:
            text = f"from {wanted.service}" if wanted.service else ""
            yield Difference(kind="source", name=wanted.name, word="missing", text=text)
            continue
        seen.add(source)
        if source.has_data is False:
            yield Difference(kind="source", name=wanted.name, word="not alive", text="it gives no data")
    fitted = {service.name for service in robot.services or () if service.payload}
    mentioned = {wanted.kind for wanted in profile.sources}
    for source in robot.sensors or ():
        if source.kind in mentioned and source not in seen and source.service in fitted:
            yield Difference(kind="source", name=source.name, word="unexpected", text=f"from {source.service}")
