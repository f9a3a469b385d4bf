"""kill -9 between any two steps of any act: after the next start the log tells the truth, and is whole."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spottui.actions.audit_chain import GAP
from spottui.actions.audit_file import AuditFile
from spottui.actions.audit_read import read

from .scenes import SCENES, all_acts
from .world import Sent, World, a_world

ROOT = Path(__file__).parent.parent.parent


def killed(*arguments: str) -> list[dict[str, Any]]:
    """Play acts in children that are killed at each step."""
    command = [sys.executable, "-m", "tests.acts.killing", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert ended.returncode == 0, ended.stderr
    names = ("action", "number", "step", "carried_out", "problems", "outcome")
    return [dict(zip(names, json.loads(line), strict=True)) for line in ended.stdout.splitlines()]


def assert_true(cases: list[dict[str, Any]]) -> None:
    """Every kill left the truth, and the kills went all through the act."""
    lies = [f"{case['action']} killed {case['step']}: {case['problems']}" for case in cases if case["problems"]]
    assert lies == []
    assert cases[-1]["step"] == "" and cases[-1]["outcome"] == "done"
    assert {"nothing", "unknown", "done"} <= {case["outcome"] for case in cases}


def test_every_act_has_a_scene() -> None:
    assert set(SCENES) == set(all_acts())


def test_a_delete_that_is_killed_on_its_way_is_told_truly() -> None:
    assert_true(killed("--few", "workload.delete"))


@pytest.mark.slow
@pytest.mark.parametrize("action", all_acts())
def test_any_act_that_is_killed_at_any_step_is_told_truly(action: str) -> None:
    cases = killed("--coarse", action)
    assert_true(cases)
    assert any(case["step"] == "within write" for case in cases)


async def spottui(world: World, *arguments: str) -> asyncio.subprocess.Process:
    """Start the real program against the robot, its files below the robot's folder."""
    environ = {**os.environ, "XDG_STATE_HOME": str(world.folder), "XDG_CONFIG_HOME": str(world.folder), "USER": "ana"}
    command = [sys.executable, "-m", "spottui", *arguments, "--kubeconfig", str(world.kubeconfig("admin", "robot"))]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ, stdout=pipe, stderr=pipe)


COMMANDS = {
    "workload.restart": ("restart", "deploy/cam"),
    "application.sync": ("sync", "nav"),
    "application.refresh": ("refresh", "nav"),
    "application.rollback": ("rollback", "nav"),
}


@pytest.mark.slow
@pytest.mark.parametrize("action", COMMANDS)
async def test_the_real_program_killed_while_the_server_works_is_told_truly_by_the_next_one(
    tmp_path: Path, action: str
) -> None:
    path = tmp_path / "spottui" / "audit.jsonl"
    async with a_world(tmp_path) as world:
        await SCENES[action].prepare(world)
        child = await spottui(world, *COMMANDS[action], "--wait", "0")

        def kill(sent: Sent) -> None:
            if sent.method == "PATCH":
                child.kill()

        world.heard = kill
        assert await child.wait() == -9
        (before,) = read(path)
        assert (before.outcome, before.action) == ("unknown", action)
        assert [row["outcome"] for row in AuditFile(path).rows()] == ["asked", "asked"]
        world.heard = lambda sent: None
        second = await spottui(world, "restart", "deploy/planner", "--wait", "0")
        _, errors = await second.communicate()
        assert second.returncode == 0, errors
        rows = AuditFile(path).rows()
        assert [row["outcome"] for row in rows[:5]] == ["asked", "asked", "unknown", "asked", "asked"]
        assert "may or may not have been done" in rows[2]["detail"] and rows[2]["id"] == rows[0]["id"]
        assert AuditFile(path).verify().is_whole and GAP not in {row["action"] for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize("action", ["workload.restart", "application.delete"])
def test_an_act_that_is_killed_at_any_call_to_the_disk_or_the_api_is_told_truly(action: str) -> None:
    assert_true(killed(action))
