"""The robot in a few words, for the header and the Overview."""

from __future__ import annotations

from spottui import clock
from spottui.records_robot import Robot
from spottui.screens.glyphs import glyph
from spottui.screens.robot_values import SILENT
from spottui.verdicts.robot_faults import fault_tone
from spottui.verdicts.window_table import is_on_charger
from spottui.widgets.tones import Line, Span


def robot_line(robot: Robot, now: float, plain: bool) -> Line:
    """Return where the robot is and its charge: "docked ⚡81 %"; dimmed with its age when it is silent."""
    age = silence(robot, now)
    if age:
        said = "".join(text for text, _ in (place(robot, plain), charge(robot, plain)))
        return ((f"{said}, heard {age} ago" if age != "?" else "robot not heard yet", "dim"),)
    return (place(robot, plain), charge(robot, plain))


def silence(robot: Robot, now: float) -> str:
    """Return how long the robot's state was not heard, when that is long; "?" before it was heard at all."""
    access = robot.access.get("state")
    if access is None or access.heard_at is None:
        return "?"
    return clock.calm_age(access.heard_at, now) if now - access.heard_at > SILENT else ""


def place(robot: Robot, plain: bool) -> Span:
    """Return where the robot stands to its dock; red when it acts on a loss of comms."""
    if robot.control_actions:
        return (f"{glyph('bad', plain)} {robot.control_actions[0].replace('_', ' ')} ", "bad")
    status = robot.dock.status if robot.dock is not None else "unknown"
    return (f"{'dock ?' if status.startswith('unknown') else status} ", "")


def charge(robot: Robot, plain: bool) -> Span:
    """Return the lowest charge of the batteries, marked where they are charged."""
    known = [one.charge for one in robot.batteries or () if one.charge is not None]
    if not known:
        return ("? %", "dim")
    is_charging = is_on_charger(robot) or any(one.status == "charging" for one in robot.batteries or ())
    low = min(known)
    tone = "" if is_charging or low >= 20 else "warn" if low >= 10 else "bad"
    return (f"{('+' if plain else '⚡') if is_charging else ''}{low:.0f} %", tone)


def robot_summary(robot: Robot, now: float, plain: bool) -> Line:
    """Return the Overview's line: place, charge, faults, motors, mission; what is cut at 80 cells is the step."""
    spans: list[Span] = [*robot_line(robot, now, plain)]
    if silence(robot, now):
        return tuple(spans)
    faults = [one for one in robot.faults or () if one.is_active and fault_tone(one) in ("bad", "warn")]
    if faults:
        tone = "bad" if any(fault_tone(one) == "bad" for one in faults) else "warn"
        spans.append((f"  {glyph(tone, plain)} {len(faults)} fault{'s' if len(faults) > 1 else ''}", tone))
    if robot.power is not None:
        spans.append((f"  motors {robot.power.motors.replace('_', ' ')}", ""))
    if robot.mission is not None and robot.mission.status != "none":
        step = f", {robot.mission.step}" if robot.mission.step and robot.mission.status == "running" else ""
        spans.append((f"  mission {robot.mission.status}{step}", ""))
    return tuple(spans)
