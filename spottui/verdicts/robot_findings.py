"""What of the robot deserves attention: faults, battery, mission, profile, and a robot that is not heard.

Knows records only. What a part last said counts while it is live; of a silent robot only the silence is news.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from spottui.records import Finding
from spottui.records_robot import Fault, Robot
from spottui.verdicts.profile_diff import PARTS, Diff, Difference
from spottui.verdicts.robot_faults import advice, fault_tone
from spottui.verdicts.troubles import GRACE
from spottui.verdicts.window_table import is_on_charger

KEY = "7 robot"
LOW_CHARGE, EMPTY_CHARGE = 20.0, 10.0
"""Percent, off the charger."""
HOT = 60.0
"""Degrees Celsius of a battery, about where the robot itself begins to limit."""
LICENCE_DAYS = 14.0
OURS = "spottui"
"""Attribute of the faults that spottui itself reports to the robot."""
_NAMED = 4
"""Names in one finding; the Robot screen has all."""


class RobotView(Struct, frozen=True, kw_only=True):
    """The robot as the findings see it."""

    robot: Robot
    diff: Diff = Diff()


def robot_findings(view: RobotView, now: float) -> Iterator[Finding]:
    """Yield what deserves attention, in no order."""
    robot = view.robot
    yield from _standing(robot, now)
    if _is_live(robot, "state"):
        yield from _faults(robot)
        yield from _battery(robot)
    if _is_live(robot, "keepalive") and robot.control_actions:
        actions = ", ".join(word.replace("_", " ") for word in robot.control_actions)
        yield _finding("control", "bad", "robot", f"acts on a loss of comms: {actions}")
    if _is_live(robot, "dock") and robot.dock is not None:
        if robot.dock.status == "docked" and robot.dock.power == "error":
            yield _finding("dock", "warn", "robot dock", "power error: it is docked and not charged; seat it anew")
    if _is_live(robot, "mission"):
        yield from _mission(robot)
    if _is_live(robot, "licence"):
        yield from _licence(robot, now)
    yield from _differences(robot, view.diff)


def _finding(id: str, severity: str, subject: str, text: str, since: float | None = None) -> Finding:
    return Finding(
        id=f"robot:{id}",
        severity="bad" if severity == "bad" else "warn",
        subject=subject,
        text=text,
        since=since,
        key=KEY,
    )


def _is_live(robot: Robot, part: str) -> bool:
    access = robot.access.get(part)
    return access is not None and access.state == "live"


def _standing(robot: Robot, now: float) -> Iterator[Finding]:
    """Say that the robot is not heard; what a payload's login may not see is no news."""
    state = robot.access.get("state")
    if state is None:
        return
    expired = next((one for one in robot.access.values() if one.state == "expired"), None)
    if expired is not None:
        yield _finding("login", "bad", "robot", f"login: {expired.reason or 'no longer accepted'}")
    elif state.state in ("stale", "failed"):
        if state.heard_at is None or now - state.heard_at >= GRACE:
            why = f": {state.reason}" if state.reason else ""
            yield _finding("silent", "warn", f"robot {robot.address}", f"does not answer{why}", state.heard_at)


def _faults(robot: Robot) -> Iterator[Finding]:
    for fault in robot.faults or ():
        tone = fault_tone(fault)
        if OURS in fault.attributes:
            continue  # our own report of a trouble in the cluster, which has its finding already
        if tone in ("bad", "warn"):
            yield _finding(f"fault:{fault.kind}:{fault.id}", tone, "robot", _fault_text(fault), fault.since)


def _fault_text(fault: Fault) -> str:
    kind = {"behavior": "behaviour fault", "service": "service fault"}.get(fault.kind, "fault")
    said = f": {fault.text}" if fault.text else ""
    return f"{kind} {fault.name.replace('_', ' ')}{said}. {advice(fault)}"


def _battery(robot: Robot) -> Iterator[Finding]:
    for battery in robot.batteries or ():
        if battery.status in ("missing", "unknown"):
            yield _finding("battery", "warn", "robot battery", f"status {battery.status}: is it seated and awake?")
            continue
        if battery.charge is not None and not is_on_charger(robot) and battery.status != "charging":
            if battery.charge < LOW_CHARGE:
                severity, least = ("bad", EMPTY_CHARGE) if battery.charge < EMPTY_CHARGE else ("warn", LOW_CHARGE)
                yield _finding("charge", severity, "robot battery", f"below {least:.0f} %: bring it to its dock")
        if max(battery.temperatures, default=0.0) >= HOT:
            yield _finding("heat", "warn", "robot battery", f"hotter than {HOT:.0f} °C: let it rest")


def _mission(robot: Robot) -> Iterator[Finding]:
    mission = robot.mission
    if mission is None:
        return
    subject = f"mission {mission.name}" if mission.name else "mission"
    if mission.status in ("error", "failure"):
        why = f": {mission.error}" if mission.error else ""
        yield _finding(
            "mission", "bad" if mission.status == "error" else "warn", subject, f"ended in {mission.status}{why}"
        )
    for text in mission.texts:
        if text.severity in ("error", "critical"):
            severity = "bad" if text.severity == "critical" else "warn"
            yield _finding(f"mission:text:{text.text}", severity, subject, text.text)
    for question in mission.questions:
        if not question.for_autonomous_processing:
            options = f" ({', '.join(question.options)})" if question.options else ""
            yield _finding(f"mission:question:{question.id}", "warn", subject, f"asks: {question.text}{options}")


def _licence(robot: Robot, now: float) -> Iterator[Finding]:
    licence = robot.licence
    if licence is None:
        return
    if licence.status not in ("valid", "unknown"):
        yield _finding("licence", "warn", "robot licence", licence.status.replace("_", " "))
    elif licence.not_after is not None and 0 <= licence.not_after - now < LICENCE_DAYS * 86400:
        days = int((licence.not_after - now) // 86400)
        yield _finding("licence", "warn", "robot licence", f"ends in {days} days" if days else "ends today")


def _differences(robot: Robot, diff: Diff) -> Iterator[Finding]:
    """Yield one finding per kind and word: five sensors that are missing are one loss."""
    groups: defaultdict[tuple[str, str], list[Difference]] = defaultdict(list)
    for one in diff.differences:
        if _is_live(robot, PARTS[one.kind]):
            groups[one.kind, one.word].append(one)
    for (kind, word), found in groups.items():
        names = [f"{one.name} ({one.text})" if one.text else one.name for one in found[:_NAMED]]
        if len(found) > _NAMED:
            names.append(f"and {len(found) - _NAMED} more")
        what = {"source": "sensor", "robot": "robot"}.get(kind, kind) + ("s" if len(found) > 1 else "")
        subject = f"robot {found[0].name}" if len(found) == 1 and kind != "robot" else "robot profile"
        severity = "bad" if word == "missing" else "warn"
        yield _finding(f"profile:{kind}:{word}", severity, subject, f"{what} {word}: {', '.join(names)}")
