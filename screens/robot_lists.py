"""What is on the robot, as lines: the profile's differences, payloads, services, sensors, versions, licence."""

from __future__ import annotations

from spottui import clock
from spottui.records_robot import Payload, Robot, Service
from spottui.screens.robot_values import Look, Section, joined, listed, mark, words
from spottui.verdicts.profile_diff import Diff, is_alive, payload_trouble
from spottui.widgets.tones import Line

WORD_TONES = {"missing": "bad", "not alive": "bad", "unexpected": "info"}
METRICS = 12
LICENCE_TONES = {"valid": "good", "unknown": "dim"}


def list_sections(robot: Robot, diff: Diff | None, look: Look) -> list[Section]:
    """Return what is on the robot; `diff` is None where no profile is set."""
    return [
        Section("Profile", "", _profile(diff, look)),
        Section("Payloads", "payloads", _payloads(robot)),
        Section("Services", "services", _services(robot, look)),
        Section("Sensors", "sensors", _sensors(robot, look)),
        Section("Identity", "identity", _identity(robot)),
        Section("Licence", "licence", _licence(robot, look)),
        Section("Hardware", "hardware", [((one, ""),) for one in robot.hardware or ()]),
        Section("Fans", "fans", _fans(robot)),
        Section("Logs", "logs", _logs(robot)),
        Section("Metrics", "metrics", _metrics(robot)),
    ]


def _profile(diff: Diff | None, look: Look) -> list[Line]:
    if diff is None:
        return [(("none set: robot.profile names the file that says what should be here", "dim"),)]
    lines: list[Line] = []
    for one in diff.differences:
        kind = "sensor" if one.kind == "source" else one.kind
        tone = WORD_TONES.get(one.word, "warn")
        text = f"  {kind} {one.name}" + (f"  {one.text}" if one.text else "")
        lines.append((mark(tone, one.word, look), (text, "")))
    for part, why in diff.unknown:
        lines.append(((f"? {part} cannot be compared: {why}", "dim"),))
    return lines or [(mark("good", "all is as expected", look),)]


def _payloads(robot: Robot) -> list[Line]:
    if robot.payloads is None:
        return []
    if not robot.payloads:
        return [(("none", "dim"),)]
    rows = [
        (
            one.name or one.guid,
            one.version or "-",
            payload_trouble(one) or ("in use" if not one.is_noncompute else "no computer"),
            one.address or "-",
            "?" if one.mass is None else f"{one.mass:.1f} kg",
        )
        for one in robot.payloads
    ]
    return listed(rows, lambda index: _payload_tone(robot.payloads or (), index))


def _payload_tone(payloads: tuple[Payload, ...], index: int) -> str:
    return "warn" if payload_trouble(payloads[index]) else ""


def _services(robot: Robot, look: Look) -> list[Line]:
    if robot.services is None:
        return []
    names = {one.guid: one.name or one.guid for one in robot.payloads or ()}
    shown = [one for one in robot.services if one.payload or not is_alive(one, robot)]
    rows = [
        (
            one.name,
            one.type.removeprefix("bosdyn.api."),
            _life(one, robot, look),
            names.get(one.payload, one.payload) or "robot",
        )
        for one in shown
    ]
    own = len(robot.services) - len(shown)
    lines = listed(rows, lambda index: "" if is_alive(shown[index], robot) else "bad")
    return [*lines, ((f"{own} of the robot itself, alive", "dim"),)]


def _life(service: Service, robot: Robot, look: Look) -> str:
    if not is_alive(service, robot):
        return f"NOT ALIVE, heartbeat {clock.calm_age(service.heard_at, look.now)} ago"
    return "alive" if service.liveness_timeout else "no heartbeat asked"


def _sensors(robot: Robot, look: Look) -> list[Line]:
    if robot.sensors is None:
        return []
    groups: dict[tuple[str, str], list[str]] = {}
    lines: list[Line] = []
    for one in robot.sensors:
        if one.has_data is False:
            lines.append((mark("bad", "no data", look), (f"  {one.name}  ({one.kind} of {one.service})", "")))
        else:
            groups.setdefault((one.service, one.kind), []).append(one.name)
    for (service, kind), names in groups.items():
        lines.append(((f"{kind} of {service}: ", "dim"), (", ".join(names), "")))
    return lines or [(("none", "dim"),)]


def _identity(robot: Robot) -> list[Line]:
    one = robot.identity
    if one is None:
        return []
    first = joined({"name": one.nickname or "?", "serial": one.serial or "?", "computer": one.computer_serial or "?"})
    second = joined({"software": one.version or "?", "api": one.api_version or "?", "build": one.build or "?"})
    installed = "" if one.installed_at is None else f"   installed {clock.rfc3339(one.installed_at)[:10]}"
    arm = {True: "   arm fitted", False: "   no arm"}.get(robot.has_arm, "") if robot.has_arm is not None else ""
    third = f"{robot.address}   {one.species or '?'}{arm}" + (f"   as {robot.login}" if robot.login else "")
    return [((first, ""),), ((second + installed, ""),), ((third, ""),)]


def _licence(robot: Robot, look: Look) -> list[Line]:
    one = robot.licence
    if one is None:
        return []
    until = "" if one.not_after is None else f"   until {clock.rfc3339(one.not_after)[:10]}"
    named = f"   {one.id}" if one.id else ""
    lines: list[Line] = [(mark(LICENCE_TONES.get(one.status, "bad"), words(one.status), look), (until + named, ""))]
    return [*lines, *([((", ".join(one.features), "dim"),)] if one.features else [])]


def _fans(robot: Robot) -> list[Line]:
    if not robot.fans:
        return []
    return [(("   ".join(f"{name} {value:.0f} Hz" for name, value in robot.fans.items()), ""),)]


def _logs(robot: Robot) -> list[Line]:
    if robot.log_statuses is None:
        return []
    return [((", ".join(words(one) for one in robot.log_statuses) or "none active", ""),)]


def _metrics(robot: Robot) -> list[Line]:
    if robot.metrics is None:
        return []
    rows = [(one.label, f"{one.value} {one.units}".strip()) for one in robot.metrics[:METRICS]]
    more = len(robot.metrics) - METRICS
    return [*listed(rows), *([((f"and {more} more", "dim"),)] if more > 0 else [])]
