"""The rows of the update window's table, each over one snapshot of the robot; pure, knows records only.

The table is in docs/update-window.md. What something needed is not known shuts the window as row 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from spottui.records import Access
from spottui.records_robot import Robot

DOCKED, BREAK, IDLE = "docked", "planned break", "idle"
"""The grounds on which the window opens: rows 3, 4 and 5."""
LOG_SECONDS = 75.0
"""Log status is asked for every 30 s and decides nothing but "link busy": two answers may be missed."""
CLOCK_STEP = 1.0
"""Seconds by which a word may come from the future before our clock is taken to have been set back."""

_LAST_WORD = ("live", "stale")
"""Standings of a part that was heard; how old it may be is ours to say."""
RESTING = frozenset({"none", "success", "stopped"})
_NAMES = {
    "state": "the robot's state",
    "dock": "docking",
    "mission": "the mission's state",
    "leases": "the list of leases",
    "keepalive": "keepalive",
    "logs": "log status",
}
_NOT_KNOWN = {part: f"{name} is not known" for part, name in _NAMES.items()}
_BLANKS: Mapping[str, tuple[str, ...]] = {
    "state": ("power", "batteries", "faults"),
    "dock": ("dock",),
    "mission": ("mission",),
    "leases": ("leases",),
    "keepalive": ("control_actions",),
    "logs": ("log_statuses",),
}
"""Part -> fields of `Robot` that it fills and that the table needs."""

Hold = tuple[int, str]
"""Row of the table, or 0 where something needed is not known or no row allows; and why, in words."""


class Thresholds(Struct, frozen=True, kw_only=True):
    """What the table is held against; settings [window]."""

    docked_charge: float = 20.0
    """Percent, at the dock while it gives no power."""
    idle_charge: float = 50.0
    """Percent, away from the dock."""
    rollback_seconds: float = 900.0
    """Runtime that must be left off the charger, so that a bad update can be taken back; 0 asks for none."""
    state_seconds: float = 5.0
    """Greatest age of the robot's state."""
    other_seconds: float = 15.0
    """Greatest age of dock, mission, leases and keepalive."""
    steady_seconds: float = 10.0
    """How long the same ground must have stood before the window opens."""
    break_seconds: float = 300.0
    """How long a planned break at the dock may be used."""


def fresh_only(robot: Robot, now: float, limits: Thresholds) -> tuple[Robot, Mapping[str, str]]:
    """Return the robot without what is too old to count, and for each part that is missing why."""
    blank: dict[str, None] = {}
    why = dict(_NOT_KNOWN)
    for part, fields in _BLANKS.items():
        limit = limits.state_seconds if part == "state" else LOG_SECONDS if part == "logs" else limits.other_seconds
        access = robot.access.get(part)
        if access is not None and access.state in _LAST_WORD and access.heard_at is not None:
            if -CLOCK_STEP <= now - access.heard_at <= limit:
                continue
        blank.update(dict.fromkeys(fields))
        why[part] = _why_old(access, _NAMES[part], now, limit)
    seen = replace(robot, **blank) if blank else robot
    return (replace(seen, behavior="unknown") if "power" in blank else seen), why


def _why_old(access: Access | None, name: str, now: float, limit: float) -> str:
    if access is None or access.state == "waiting":
        return f"{name} was not heard yet"
    if access.state == "forbidden":
        return f"{name}: not permitted to read"
    if access.state == "absent":
        return f"{name}: not fitted"
    if access.state not in _LAST_WORD:
        return f"{name} cannot be read: {access.reason or access.state}"
    if access.heard_at is None:
        return f"{name} was not heard yet"
    if access.heard_at > now:
        return f"{name} is dated in the future: our clock was set back"
    return f"{name} is more than {limit:.0f} s old"


def holds(robot: Robot, why: Mapping[str, str], limits: Thresholds, pause_accepted: bool) -> Iterator[Hold]:
    yield from _fault_holds(robot, why)
    yield from _control_holds(robot, why)
    yield from _battery_holds(robot, why, limits)
    yield from _motion_holds(robot, why)
    yield from _mission_holds(robot, why, pause_accepted)


def _fault_holds(robot: Robot, why: Mapping[str, str]) -> Iterator[Hold]:
    if robot.faults is None:
        yield 0, why["state"]
        return
    for fault in robot.faults:
        if not fault.is_active:
            continue
        if fault.kind == "behavior":
            yield 1, f"behaviour fault: {fault.name}"
        elif fault.kind == "system" and fault.severity == "critical":
            yield 1, f"critical fault: {fault.name}"
        elif fault.kind == "system" and fault.severity == "unknown":
            yield 0, f"fault {fault.name} does not say how severe it is"


def _control_holds(robot: Robot, why: Mapping[str, str]) -> Iterator[Hold]:
    keepalive = robot.access.get("keepalive")
    if keepalive is not None and keepalive.state == "absent":
        return  # without the service no policy can act
    if robot.control_actions is None:
        yield 0, why["keepalive"]
    elif robot.control_actions:
        yield 1, f"the robot acts on a loss of comms: {', '.join(robot.control_actions)}"


def is_on_charger(robot: Robot) -> bool:
    """Whether the dock is known to give power; a full battery at the dock no longer says "charging"."""
    return robot.dock is not None and robot.dock.status == "docked" and robot.dock.power == "connected"


def _battery_holds(robot: Robot, why: Mapping[str, str], limits: Thresholds) -> Iterator[Hold]:
    if robot.batteries is None:
        yield 0, why["state"]
        return
    if not robot.batteries:
        yield 1, "the robot names no battery"
    for battery in robot.batteries:
        if battery.status not in ("charging", "discharging"):
            yield 1, f"battery: {battery.status}"
    if is_on_charger(robot):
        return
    is_docked = robot.dock is not None and robot.dock.status == "docked"
    least = limits.docked_charge if is_docked else limits.idle_charge
    place = "" if is_docked else " away from the dock"
    for battery in robot.batteries:
        if battery.charge is None:
            yield 0, "the battery's charge is not known"
        elif not battery.charge >= least:
            yield 1, f"the charge is below {least:.0f} %{place}"
    if limits.rollback_seconds > 0:
        runtime = robot.power.runtime if robot.power else None
        if runtime is None:
            yield 0, "the runtime that is left is not known"
        elif not runtime >= limits.rollback_seconds:
            yield 1, f"less than {limits.rollback_seconds / 60:.0f} min of runtime are left for a rollback"


def _motion_holds(robot: Robot, why: Mapping[str, str]) -> Iterator[Hold]:
    dock = robot.dock
    if dock is None:
        yield 0, why["dock"]
    elif dock.status in ("docking", "undocking"):
        yield 2, f"the robot is {dock.status}"
    elif dock.status not in ("docked", "undocked"):
        yield 0, f"dock: {dock.status}"
    if robot.power is None:
        yield 0, why["state"]
        return
    motors = robot.power.motors
    if motors in ("powering_on", "powering_off"):
        yield 2, f"motors are {motors.replace('_', ' ')}"
    elif motors == "error":
        yield 2, "motor error" + (f": {robot.power.motor_error}" if robot.power.motor_error else "")
    elif motors not in ("on", "off"):
        yield 0, f"motors: {motors}"
    if robot.behavior in ("transition", "stepping"):
        yield 2, f"the robot moves ({robot.behavior})"
    elif robot.behavior not in ("not_ready", "standing"):
        yield 0, f"behaviour: {robot.behavior}"


def _mission_holds(robot: Robot, why: Mapping[str, str], pause_accepted: bool) -> Iterator[Hold]:
    mission, dock = robot.mission, robot.dock
    if mission is None:
        yield 0, why["mission"]
    elif mission.status == "running" and dock is not None and dock.status != "docked":
        yield 6, "a mission runs away from the dock"
    elif mission.status == "paused" and not pause_accepted:
        yield 6, "the mission is paused"
    elif mission.status not in (*RESTING, "failure", "running", "paused", "error"):
        yield 0, f"mission: {mission.status}"
    is_docked = dock is not None and dock.status == "docked"
    if robot.leases is None and not is_docked:
        yield 0, why["leases"]
    driver = driver_of(robot)
    if driver and robot.power is not None and robot.power.motors == "on":
        yield 6, f"{driver} drives"


def driver_of(robot: Robot) -> str | None:
    """Return the client that holds the body; empty: nobody, None: not known."""
    for lease in robot.leases or ():
        if lease.resource == "body":
            return "" if lease.is_stale else lease.client
    return None


def ground(robot: Robot, pause_accepted: bool) -> tuple[str, int, tuple[str, ...]]:
    """Return on what ground the window may open, its row, and what speaks for it; no ground: what is missing."""
    assert robot.power is not None and robot.dock is not None and robot.mission is not None
    if robot.power.motors != "off":
        return "", 0, ("the motors are on",)
    status = robot.mission.status
    is_resting = status in RESTING or (status == "paused" and pause_accepted)
    if robot.dock.status == "docked":
        return _docked_ground(robot, is_resting or status == "failure")
    if not is_resting:
        return "", 0, (f"the mission ended in {status} away from the dock",)
    driver = driver_of(robot)
    if driver is None:
        return "", 0, ("nobody says who holds the body",)
    if driver:
        return "", 0, (f"{driver} holds the body",)
    return IDLE, 5, ("idle", "motors off")


def _docked_ground(robot: Robot, is_resting: bool) -> tuple[str, int, tuple[str, ...]]:
    assert robot.dock is not None and robot.mission is not None
    mission = robot.mission
    if mission.status == "running":
        if not mission.texts:
            return "", 0, ("a mission runs at the dock and does not say what it waits for",)
        if loud := [one for one in mission.texts if one.severity != "info"]:
            return "", 0, tuple(f"the mission says ({one.severity}): {one.text}" for one in loud)
        if asked := [one for one in mission.questions if not one.for_autonomous_processing]:
            return "", 0, tuple(f"the mission asks: {one.text}" for one in asked)
        return BREAK, 4, ("planned break at the dock",)
    if not is_resting:
        return "", 0, ("mission error" + (f": {mission.error}" if mission.error else ""),)
    if not is_on_charger(robot):
        return "", 0, (f"the dock gives no power ({robot.dock.power})",)
    is_charging = any(battery.status == "charging" or (battery.current or 0) > 0 for battery in robot.batteries or ())
    return DOCKED, 3, ("docked", "charging" if is_charging else "on the charger")
