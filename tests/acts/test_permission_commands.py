"""The commands without a screen for every kind of token: a sentence with its exit status, nothing that is refused."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from .rights import TOKENS
from .world import World, a_world

ROOT = Path(__file__).parent.parent.parent
READS = {"status": (), "apps": (), "diff": ("nav",), "history": ("nav",), "doctor": ()}
ACTS = {
    "restart": ("deploy/cam", "--wait", "0"),
    "exec": ("POD", "--", "ls"),
    "sync": ("nav", "--wait", "0"),
    "refresh": ("nav", "--wait", "0"),
    "rollback": ("nav", "--wait", "0"),
    "terminate": ("nav",),
}


class Said(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


async def spottui(world: World, token: str, *words: str) -> Said:
    """Run the real program as a user whose context names the namespace robot."""
    cut = words.index("--") if "--" in words else len(words)
    pod = world.target("Pod", "cam").name
    words = tuple(pod if word == "POD" else word for word in words)
    kubeconfig = ("--kubeconfig", str(world.kubeconfig(token, "robot")))
    command = [sys.executable, "-m", "spottui", *words[:cut], *kubeconfig, *words[cut:]]
    files = {"HOME": str(world.folder), "XDG_STATE_HOME": str(world.folder), "XDG_CONFIG_HOME": str(world.folder)}
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env={**os.environ, **files, "USER": "ana"}, stdout=pipe, stderr=pipe
    )
    out, err = await asyncio.wait_for(child.communicate(), 60)
    return Said(child.returncode or 0, out.decode(), err.decode())


@pytest.mark.slow
@pytest.mark.parametrize("token", ["nobody", "one-namespace", "all"])
async def test_every_command_says_which_verb_is_missing_and_sends_nothing_that_is_refused(
    token: str, tmp_path: Path
) -> None:
    async with a_world(tmp_path) as world:
        world.user(token, TOKENS[token])
        for command, words in {**READS, **ACTS}.items():
            world.sent.clear()
            said = await spottui(world, token, command, *words)
            assert "Traceback" not in said.err and said.status in (0, 1, 4), f"{command}: {said}"
            assert [sent for sent in world.sent if sent.is_write] == [], f"{command} sent something"
            if command in ACTS:
                assert said.status in (1, 4) and ("may not" in said.err or "cannot" in said.err), f"{command}: {said}"
            elif said.status:
                assert "cannot list resource" in said.err, f"{command}: {said}"


@pytest.mark.slow
async def test_who_sees_one_namespace_only_is_told_so(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        world.user("user", TOKENS["one-namespace"])
        status = await spottui(world, "user", "status")
        assert "Pods: 4 (4 Running)" in status.out and "Only namespace robot is seen" in status.out
        apps = await spottui(world, "user", "apps")
        assert "There are no Applications here.\nOnly namespace robot was looked at: " in apps.out
        sync = await spottui(world, "user", "sync", "nav")
        assert sync.status == 1 and "There is no Application nav. Only namespace robot was looked at: " in sync.err
        doctor = await spottui(world, "user", "doctor")
        assert "read pods: list, watch; in namespace robot only" in doctor.out
