"""What the doctor asks the robot: does it answer, does it let us in, what may be read, do the clocks agree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from spottui import clock
from spottui.oneshot.checks import Check

if TYPE_CHECKING:
    from spottui.sources.robot_login import RobotPlace

SKEW = 30.0
"""Seconds between the clocks from which on it is worth a word: times shown have it taken out."""
ASKED = ("state", "dock", "mission", "leases", "estop", "payloads", "licence", "keepalive", "sensors")
"""Parts that the screens live on; each is read once."""


async def checks(place: RobotPlace) -> AsyncIterator[Check]:
    """Yield the checks of the robot; makes reading calls only, and one login."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="robot") as pool:
        for check in await loop.run_in_executor(pool, _examine, place):
            yield check
    for path in (place.password_file, place.payload_credentials):
        if path is not None and is_open(path):
            yield Check("warn", "robot secret", f"{path} can be read by others", f"chmod 600 {path}")


def is_open(path: Path) -> bool:
    """Tell whether others than its owner may read a file; false when it is not there."""
    try:
        return bool(path.stat().st_mode & 0o077)
    except OSError:
        return False


def _examine(place: RobotPlace) -> list[Check]:
    from spottui.sources.robot_connection import Connection
    from spottui.sources.robot_errors import RobotTrouble
    from spottui.sources.robot_login import fetch_token, read_credentials
    from spottui.sources.robot_reader import Reader

    try:
        connection = Connection(place, clock.now)
    except RobotTrouble as trouble:
        return [Check.of_error("robot", trouble)]
    found: list[Check] = []
    try:
        reader = Reader(connection, clock.now)
        identity = reader.reads["identity"]()["identity"]
        name = identity.nickname or identity.serial
        milliseconds = (connection.round_trip or 0.0) * 1000
        found.append(
            Check("ok", "robot", f"{name} at {place}, Spot {identity.version}, first answer {milliseconds:.0f} ms")
        )
        credentials = read_credentials(place)
        connection.token = fetch_token(connection, credentials)
        reader.reads["services"]()
        found += [Check("ok", "robot login", str(credentials)), _clocks(connection.skew_guess)]
        found += _parts(reader)
    except RobotTrouble as trouble:
        found.append(Check.of_error("robot login" if found else "robot", trouble))
    finally:
        connection.close()
    return found


def _clocks(skew: float | None) -> Check:
    if skew is None:
        return Check("warn", "robot clock", "the robot does not tell its time")
    if abs(skew) > SKEW:
        where = "ahead of" if skew > 0 else "behind"
        return Check(
            "warn", "robot clock", f"{abs(skew):.0f} s {where} ours", "Set this computer's clock (timedatectl)."
        )
    return Check("ok", "robot clock", "the robot's and ours agree")


def _parts(reader: object) -> list[Check]:
    from spottui.sources.robot_errors import RobotTrouble
    from spottui.sources.robot_reader import Reader

    assert isinstance(reader, Reader)
    found: list[Check] = []
    read: list[str] = []
    for part in ASKED:
        try:
            reader.reads[part]()
        except RobotTrouble as trouble:
            found.append(Check("ok" if trouble.kind == "absent" else "warn", f"robot {part}", str(trouble)))
        else:
            read.append(part)
    if read:
        found.insert(0, Check("ok", "robot parts", ", ".join(read)))
    return found
