"""A disk that does not take the audit line, at any of an act's lines: the request that it is about is not sent."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from spottui import private_file
from spottui.actions.audit_file import AuditFile
from spottui.errors import SpottuiError

from .scenes import SCENES, all_acts, by_id, target_of
from .world import World, a_world

FEW = ["workload.restart", "node.drain"]
MANY = [pytest.param(action, marks=() if action in FEW else pytest.mark.slow) for action in all_acts()]
STREAMS = ("pod.shell", "pod.run", "pod.attach", "pod.port-forward", "workload.duplicate", "secret.reveal")
"""Acts that are one line before and one after: what they do is no write to the API."""


class FullDisk:
    """`os` as the audit log sees it, on a disk that takes a part of the `last` write and nothing afterwards."""

    def __init__(self, last: int) -> None:
        self._left = last

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def write(self, descriptor: int, text: bytes) -> int:
        self._left -= 1
        if self._left > 0:
            return os.write(descriptor, text)
        if self._left == 0:
            return os.write(descriptor, text[:25])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def tried(world: World, action: str) -> str:
    """Try an act as the administrator; return what went wrong."""
    operator = world.operator("admin")
    try:
        await operator.perform(action, target_of(world, action), SCENES[action].options)
    except SpottuiError as error:
        return str(error)
    finally:
        await operator.close()
    return ""


def writes(world: World) -> list[str]:
    """Return the writes that were sent, and the streams that were opened."""
    streams = ("/exec", "/attach", "/portforward")
    return [
        f"{sent.method} {sent.path}"
        for sent in world.sent
        if (sent.is_write or sent.path.endswith(streams)) and not sent.path.endswith("/events")
    ]


@pytest.mark.parametrize("action", MANY)
async def test_an_act_that_cannot_be_written_down_is_not_sent(
    action: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(tmp_path) as world:
        await SCENES[action].prepare(world)
        world.sent.clear()
        monkeypatch.setattr(private_file, "os", FullDisk(1))
        said = await tried(world, action)
        assert said.endswith("the disk may be full. So nothing was sent.")
        assert writes(world) == []
        log = AuditFile(tmp_path / "audit-admin.jsonl")
        monkeypatch.undo()
        assert log.rows() == [] and log.verify().is_whole


@pytest.mark.parametrize("action", [each for each in MANY if each.values[0] not in STREAMS])
async def test_a_request_that_cannot_be_written_down_is_not_sent(
    action: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up between "asked" and each of the act's requests in turn."""
    number = 2
    while True:
        folder = tmp_path / str(number)
        folder.mkdir()
        async with a_world(folder) as world:
            await SCENES[action].prepare(world)
            world.sent.clear()
            monkeypatch.setattr(private_file, "os", FullDisk(number))
            said = await tried(world, action)
            monkeypatch.undo()
            sent = writes(world)
            rows = AuditFile(folder / "audit-admin.jsonl").rows()
            assert AuditFile(folder / "audit-admin.jsonl").verify().is_whole
            assert sum(bool(row["request"]) for row in rows) >= len(sent), "something was sent that is not in the log"
            if len(sent) == len([row for row in rows if row["request"]]) and "nothing was sent" not in said:
                assert number > 2 or not by_id(action).writes
                return  # from here on only the end is not written down
            assert len(sent) == number - 2
        number += 1


def test_every_act_is_tried() -> None:
    assert {each.values[0] for each in MANY} == set(SCENES)
