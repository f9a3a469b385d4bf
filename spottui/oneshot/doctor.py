"""`spottui doctor`: checks what spottui needs, one line each, with what to do about what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from spottui.app_place import place_of
from spottui.app_robot_source import robot_place
from spottui.errors import SpottuiError
from spottui.oneshot import doctor_argocd, doctor_cluster, doctor_here, doctor_robot
from spottui.oneshot.checks import Check
from spottui.oneshot.connection import connected
from spottui.settings import Settings

Say = Callable[[str], None]


async def examine(settings: Settings, environ: Mapping[str, str], home: Path, say: Say) -> int:
    """Say each check as soon as it is known; return the exit status: 0 unless something fails."""
    failed: list[int] = []

    def tell(check: Check) -> None:
        say(str(check))
        if check.state == "fail":
            failed.append(check.exit_status)

    for check in doctor_here.checks(settings, environ):
        tell(check)
    robot = robot_place(settings, environ)
    if robot is not None:
        async for check in doctor_robot.checks(robot):
            tell(check)
    async for check in doctor_argocd.checks(settings, environ, home):
        tell(check)
    try:
        place = place_of(settings, environ, home)
    except SpottuiError as error:
        tell(Check.of_error("kubeconfig", error))
        return max(failed)
    tell(doctor_cluster.kubeconfig(place))
    try:
        async with connected(place) as connection:
            async for check in doctor_cluster.checks(connection, settings.cluster.namespace):
                tell(check)
    except SpottuiError as error:
        tell(Check.of_error("server", error))
    return max(failed, default=0)
