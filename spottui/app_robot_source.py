"""Which robot is read and who we are to it, from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from spottui.config import robot_password
from spottui.errors import BadConfig
from spottui.settings import Settings
from spottui.settings_robot import split_address

if TYPE_CHECKING:
    from spottui.sources.robot import RobotSource
    from spottui.sources.robot_login import RobotPlace


def robot_place(settings: Settings, environ: Mapping[str, str]) -> RobotPlace | None:
    """Return where the robot is and how to log in; None: there is none.

    Raises:
        BadConfig: The address cannot be split.
    """
    said = settings.robot
    if said.address is None:
        return None
    from spottui.sources.robot_login import RobotPlace

    try:
        host, port = split_address(said.address)
    except ValueError:
        raise BadConfig(f"robot.address: {said.address} is no address.") from None
    password = robot_password(environ)
    return RobotPlace(
        host,
        port or int(said.port),
        ca=str(said.ca) if said.ca else None,
        username=said.username,
        password=password.reveal() if password else None,
        password_file=said.password_file,
        payload_credentials=said.payload_credentials,
    )


def robot_sources(settings: Settings, environ: Mapping[str, str], clock: Callable[[], float]) -> list[RobotSource]:
    """Return the robot's source; none where no robot is known."""
    place = robot_place(settings, environ)
    if place is None:
        return []
    from spottui.sources.robot import RobotSource

    return [RobotSource(place, clock, pace=settings.robot.poll_seconds)]
