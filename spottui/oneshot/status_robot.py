"""The robot's part of `spottui status`: one login, a few readings, as plain data and as lines of text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from spottui import clock

if TYPE_CHECKING:
    from spottui.records_robot import Robot
    from spottui.sources.robot_login import RobotPlace

ASKED = ("state", "dock", "mission", "leases")
FOR_FINDINGS = ("payloads", "sensors")
"""Read too where somebody judges by them: what the profile expects, and what workloads wait for."""


async def ask_robot(place: RobotPlace | None, hear: Callable[[Robot], None] | None = None) -> dict[str, Any] | None:
    """Return what the robot says of itself; None where no robot is set. A failure is said in "problem".

    `hear` gets the record too, with how each part stands that was asked for; on another thread.
    """
    if place is None:
        return None
    with ThreadPoolExecutor(1, thread_name_prefix="robot") as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, _ask, place, hear)


def _ask(place: RobotPlace, hear: Callable[[Robot], None] | None) -> dict[str, Any]:
    from msgspec.structs import replace

    from spottui.records import Access
    from spottui.records_robot import Robot
    from spottui.sources.robot_connection import Connection
    from spottui.sources.robot_errors import LINK_KINDS, RobotTrouble
    from spottui.sources.robot_login import fetch_token, read_credentials
    from spottui.sources.robot_reader import ILL, Reader

    robot = Robot(address=str(place))
    problem, unread, connection = "", {}, None
    access: dict[str, Access] = {}
    try:
        connection = Connection(place, clock.now)
        reader = Reader(connection, clock.now)
        robot = replace(robot, **reader.reads["identity"]())
        connection.token = fetch_token(connection, read_credentials(place))
        robot = replace(robot, **reader.reads["services"]())
        access["services"] = Access("live", "", clock.now())
        for part in (*ASKED, *(FOR_FINDINGS if hear is not None else ())):
            try:
                fields = reader.reads[part]()
                unread |= {part: ill} if (ill := fields.pop(ILL, "")) else {}
                robot = replace(robot, **fields)
                access[part] = Access("live", ill, clock.now())
            except RobotTrouble as trouble:
                if trouble.kind in LINK_KINDS and trouble.kind != "silent":
                    raise
                unread[part] = str(trouble)
                access[part] = Access("forbidden" if trouble.kind == "forbidden" else "failed", str(trouble))
    except RobotTrouble as trouble:
        problem = str(trouble)
        access["state"] = Access("stale", problem)
    finally:
        if connection is not None:
            connection.close()
    if hear is not None:
        hear(replace(robot, access=access))
    return _said(robot) | {"unread": unread, "problem": problem}


def _said(robot: Robot) -> dict[str, Any]:
    """Return a record as data; what was not read is None."""
    identity, dock, mission = robot.identity, robot.dock, robot.mission
    driver = next((lease.client for lease in robot.leases or () if lease.resource == "body" and not lease.is_stale), "")
    return {
        "address": robot.address,
        "name": (identity.nickname or identity.serial) if identity else None,
        "version": identity.version if identity else None,
        "charge_percent": [battery.charge for battery in robot.batteries] if robot.batteries is not None else None,
        "battery": [battery.status for battery in robot.batteries] if robot.batteries is not None else None,
        "motors": robot.power.motors if robot.power else None,
        "dock": dock.status if dock else None,
        "dock_power": dock.power if dock else None,
        "mission": mission.status if mission else None,
        "mission_step": mission.step if mission else None,
        "driver": driver if robot.leases is not None else None,
        "faults": None if robot.faults is None else [_fault(each) for each in robot.faults if each.is_active],
        "estopped": None if robot.estops is None else [each.name for each in robot.estops if each.state == "estopped"],
    }


def _fault(fault: Any) -> dict[str, str]:
    return {"kind": fault.kind, "name": fault.name, "severity": fault.severity, "text": fault.text}


def robot_lines(said: dict[str, Any] | None) -> list[str]:
    """Return the robot's lines of the page of text; none where no robot is set."""
    if said is None:
        return []
    if said["name"] is None:
        return [f"Robot {said['address']}: {said['problem']}"]
    parts = [f"battery {_charges(said)}", f"motors {_known(said['motors'])}", f"dock {_known(said['dock'])}"]
    parts += [f"mission {_known(said['mission'])}"] + ([f"driven by {said['driver']}"] if said["driver"] else [])
    lines = [f"Robot {said['name']}, Spot {said['version']} at {said['address']}: {', '.join(parts)}"]
    lines += [
        f"  {each['severity']} {each['kind']} fault {each['name']}: {each['text']}" for each in said["faults"] or ()
    ]
    lines += [f"  E-Stop: {name}" for name in said["estopped"] or ()]
    lines += [f"  {reason}" for reason in (said["problem"], *said["unread"].values()) if reason]
    return lines


def _charges(said: dict[str, Any]) -> str:
    charges = said["charge_percent"]
    if not charges:
        return "?"
    return " ".join("?" if charge is None else f"{charge:.0f} %" for charge in charges)


def _known(word: str | None) -> str:
    return word or "?"
