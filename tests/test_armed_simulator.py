"""`spottui sync --when-idle` and the embedded robot: it walks, the link goes, it docks, the link is back: one sync."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spottui import clock
from spottui.config import load
from spottui.errors import BadConfig, NotFound
from spottui.oneshot.armed import Wish, sync_when_idle, wish_of
from spottui.settings import Settings
from spottui.sim.argo_projects import APPLICATIONS
from spottui.sim.link import shape_of
from spottui.sim.robot import EmbeddedRobot
from tests.sim.test_embedded_robot import a_robot

SCENARIO = """
title = "One app behind"
description = "A robot walks; one Application is behind git."
seed = 3

[robot]
name = "spot-01"
battery = 70.0
state = "walking"
mission = "round"

[[node]]
name = "core"

[[application]]
name = "inspection"
repository = "https://git.field.example/robots/inspection.git"
message = "inspection 1.0.0"

[[application.behind]]
application = "inspection"
message = "inspection 1.0.1"
change = [{ workload = "inspection/reader", image = "registry.field.example/inspection/reader:1.0.1" }]

[[workload]]
namespace = "inspection"
name = "reader"
application = "inspection"
image = "registry.field.example/inspection/reader:1.0.0"
"""
ENVIRON = {"USER": "ana", "BOSDYN_CLIENT_USERNAME": "user"}
PATIENCE = 20.0


def scenario(folder: Path) -> str:
    """Write the scenario; return its path."""
    path = folder / "scenario.toml"
    path.write_text(SCENARIO)
    return str(path)


class Shifted:
    """The real clock, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


async def end(work: asyncio.Task[Any]) -> None:
    """Cancel what still runs, and fail rather than wait for ever for its end."""
    work.cancel()
    await asyncio.wait({work}, timeout=PATIENCE)
    assert work.done(), "the work goes on though it was cancelled"


async def until(holds: Callable[[], object], work: asyncio.Task[Any], said: list[str]) -> None:
    """Wait until `holds`; fail with what was said when it does not in time, or when the work is over."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert not work.done() and time.monotonic() < deadline, "\n".join(said)
        await asyncio.sleep(0.02)


def settings_for(told: Any, home: Path) -> Settings:
    flags = {
        "cluster.kubeconfig": told["kubeconfig"],
        "robot.address": f"{told['robot']['address']}:{told['robot']['port']}",
        "robot.ca": told["ca"],
        "window.steady_seconds": "5",
        "robot.password_file": told["credentials"]["password_file"],
    }
    return load(environ=ENVIRON, home=home, folder=home, flags=flags, actions={})


def ours(robot: EmbeddedRobot, name: str) -> list[dict[str, Any]]:
    """Return the syncs in an Application's history that we asked for."""
    app = robot.parts.objects.get(APPLICATIONS, "argocd", name)
    history = app["status"].get("history", [])
    return [row for row in history if row.get("initiatedBy", {}).get("username", "").startswith("spottui:ana@")]


async def test_what_is_armed_while_the_robot_walks_runs_once_when_it_has_docked_and_the_link_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shifted, said = Shifted(), []
    monkeypatch.setattr(clock, "now", shifted)
    async with a_robot(tmp_path, scenario(tmp_path)) as (robot, told), contextlib.AsyncExitStack() as ends:
        settings = settings_for(told, tmp_path)
        wish = Wish(app="inspection", link_up=0.5)
        work = asyncio.create_task(sync_when_idle(settings, ENVIRON, tmp_path, wish, said.append))
        ends.push_async_callback(end, work)
        await until(lambda: "a mission runs away from the dock" in "".join(said[-1:]), work, said)
        robot.links["operator"].set(shape_of("reset"))
        await until(lambda: "no link to the cluster" in said[-1], work, said)
        robot.parts.spot.mission.stop()
        robot.parts.spot.dock()
        async with asyncio.timeout(PATIENCE):
            await robot.clock.step(120)
        assert robot.state()["robot"]["dock"] == "docked"
        assert ours(robot, "inspection") == []
        robot.links["operator"].set(shape_of("up"))
        await until(lambda: "it must stay so for 5 s" in said[-1], work, said)
        shifted.ahead += 3  # more would make what is read seldom too old
        assert "synced to" in await asyncio.wait_for(work, PATIENCE)
        assert len(ours(robot, "inspection")) == 1


async def test_an_application_that_is_not_there_is_not_waited_for(tmp_path: Path) -> None:
    async with a_robot(tmp_path, scenario(tmp_path)) as (_, told):
        settings = load(
            environ=ENVIRON,
            home=tmp_path,
            folder=tmp_path,
            flags={"cluster.kubeconfig": told["kubeconfig"]},
            actions={},
        )
        with pytest.raises(NotFound, match="Did you mean inspection"):
            await sync_when_idle(settings, ENVIRON, tmp_path, Wish(app="inspektion"), lambda _: None)


def test_what_the_command_line_leaves_out_is_as_the_settings_have_it(tmp_path: Path) -> None:
    flags = {"armed.min_charge": "35", "armed.expires_hours": "2"}
    settings = load(environ={}, home=tmp_path, folder=tmp_path, flags=flags, actions={})
    left_out = wish_of(settings, "cam", None, False, None, None, None)
    assert left_out == Wish(app="cam", expires=7200, link_up=30, charge=35)
    said = wish_of(settings, "cam", "v1", True, "90m", 40, "0s")
    assert said == Wish(app="cam", revision="v1", prune=True, expires=5400, link_up=0, charge=40)


@pytest.mark.parametrize(
    ("expires", "link_up"), [("soon", None), ("10s", None), ("200h", None), (None, "2h"), (None, "")]
)
def test_a_time_that_cannot_be_meant_is_said(tmp_path: Path, expires: str | None, link_up: str | None) -> None:
    settings = load(environ={}, home=tmp_path, folder=tmp_path, actions={})
    bounds = "from 1m to 168h" if expires else "up to 1h"
    with pytest.raises(BadConfig, match=f"a time such as 90s, 30m or 8h, {bounds}, is meant"):
        wish_of(settings, "cam", None, False, expires, None, link_up)
