"""Two programs and dead ones: whatever moment a process is killed at, an armed sync is never sent twice."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spottui.armed_file import ArmedFile
from spottui.records_armed import ArmedSync
from tests.armed_case import Program


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with Program(tmp_path) as one:
        one.hear_all()
        yield one


def after_crash(folder: Path, program: Program) -> Program:
    """Start another spottui on the same disk and the same cluster, at the same time."""
    other = Program(folder, time=program.time)
    other.hear_all()
    return other


async def test_two_programs_never_release_the_same_one(program: Program, tmp_path: Path) -> None:
    await program.arm()
    others = [after_crash(tmp_path, program) for _ in range(3)]
    await asyncio.gather(program.armed.look(), *(other.armed.look() for other in others))
    for other in others:
        await other.armed.look()
        other.__exit__()
    assert len(program.argo.operations) == 1


def killed_at(number: int) -> Any:
    """Return a step that ends this process at the given count."""
    left = [number]

    def step(name: str) -> None:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    return step


def child(folder: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Arm and release in a process of its own that is killed at its step `number`; tell whether it was."""
    pid = os.fork()
    if pid == 0:
        try:
            asyncio.run(_arm_and_release(folder, killed_at(number), monkeypatch))
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return os.WIFSIGNALED(status)


async def _arm_and_release(folder: Path, step: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = ArmedFile._replace

    def watched(self: ArmedFile, kept: Any) -> None:
        step("before the disk")
        replace(self, kept)
        step("after the disk")

    monkeypatch.setattr(ArmedFile, "_replace", watched)
    with Program(folder, step) as program:
        program.hear_all()
        await program.arm()
        await program.armed.look()


def test_killed_between_any_two_steps_it_is_never_sent_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[tuple[str, int]] = set()
    for number in range(100):
        folder = tmp_path / str(number)
        folder.mkdir()
        was_killed = child(folder, number, monkeypatch)
        seen.add(asyncio.run(_come_back(folder)))
        if not was_killed:
            break
    else:
        pytest.fail("the child never came to its end")
    assert number >= 8, "the steps are there"
    assert seen == {("", 0), ("done", 1), ("unknown", 0)}


async def _come_back(folder: Path) -> tuple[str, int]:
    """Start anew after the kill, look until nothing changes; return the state and how often it was sent."""
    with Program(folder) as program:
        program.hear_all()
        sent_before = len(program.argo.operations)
        kept: list[ArmedSync] = list(ArmedFile(folder, "c-1", program.time).read().entries)
        for _ in range(5):
            await program.armed.look()
            program.time.now += 60
        if not kept:
            assert program.argo.operations == [], "what was never armed is never sent"
            return "", 0
        if kept[0].sent_at is not None:
            assert len(program.argo.operations) == sent_before, "once it may have left it is not sent again"
        assert program.one.state in ("done", "unknown")
        if sent_before:
            assert program.one.state == "done", "the Application tells what became of it"
        return program.one.state, len(program.argo.operations)
