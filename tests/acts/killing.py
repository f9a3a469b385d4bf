"""Plays an act again and again in a child process that kills itself, one step later each time; says what the log tells.

Run as a program: it imports everything once and forks, so that a case costs a tenth of a second. The child holds the
whole robot, its HTTP API and the operator; what the API carries out is told to the parent at once, over a pipe, so that
the truth outlives the child. A step is each call to the disk, each request before it leaves, when the API has carried
it out and when its answer is there, and each wait.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spottui import private_file
from spottui.actions import audit_file, audit_head
from spottui.actions.audit import Audit
from spottui.actions.audit_file import AuditFile
from spottui.actions.audit_read import NO_ANSWER, entries_of, read
from spottui.actions.registry import by_id
from spottui.sources.kube_api import KubeApi

from .scenes import SCENES, target_of
from .world import Sent, World, a_world

MOST = 400
"""Steps of an act; more is a fault of this program."""


class Steps:
    """Counts, and kills this very process at one of them."""

    def __init__(self, last: int, tell: int, *, is_coarse: bool) -> None:
        self.count, self.last, self._tell = 0, last, tell
        self.is_coarse = is_coarse
        """Only writes count, to the disk and to the API, and waits: the reads between them change nothing."""
        self.is_counting = False

    def step(self, name: str) -> None:
        """Take one step."""
        if not self.is_counting or (self.is_coarse and name.endswith("GET")):
            return
        self.count += 1
        if self.count == self.last:
            self.say("step", name)
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def is_next_last(self) -> bool:
        """The next step is the one to die at."""
        return self.is_counting and self.count + 1 == self.last

    def say(self, *words: str) -> None:
        """Tell the parent."""
        os.write(self._tell, json.dumps(words).encode() + b"\n")


class Disk:
    """`os` as the audit log sees it: each call that touches the disk is a step, before and after."""

    TOUCHING = ("open", "fchmod", "fsync", "pwrite", "ftruncate", "close")

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(os, name)
        if name not in self.TOUCHING or self._steps.is_coarse:
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._steps.step(f"before {name}")
            result = found(*given, **named)
            self._steps.step(f"after {name}")
            return result

        return call

    def write(self, descriptor: int, text: bytes) -> int:
        """Write; a process that is killed within it may leave a part."""
        if self._steps.is_next_last:
            os.write(descriptor, text[: len(text) // 2])
        self._steps.step("within write")
        written = os.write(descriptor, text)
        self._steps.step("after write")
        return written


class Client:
    """The real client; each request is a step before it leaves and when its answer is there."""

    def __init__(self, api: KubeApi, steps: Steps) -> None:
        self._api, self._steps = api, steps

    async def request(self, method: str, path: str, **how: Any) -> bytes:
        self._steps.step(f"before {method}")
        answer = await self._api.request(method, path, **how)
        self._steps.step(f"answered {method}")
        return answer


@dataclass(frozen=True)
class Case:
    """One kill, and what was left."""

    action: str
    number: int
    step: str
    """Empty: the act came to its end before."""
    carried_out: tuple[tuple[str, str], ...]
    """Method and path of the writes that the API carried out."""
    problems: tuple[str, ...]
    outcome: str
    """"nothing" when the log has no line of it."""


def play(action: str, steps: Steps, folder: Path) -> None:
    """Play an act until its last step; runs in the child."""
    disk = Disk(steps)
    for module in (audit_file, audit_head, private_file):
        module.os = disk  # type: ignore[attr-defined]
    asyncio.run(_play(action, folder, steps))


async def _play(action: str, folder: Path, steps: Steps) -> None:
    async with a_world(folder) as world:
        scene = SCENES[action]
        await scene.prepare(world)
        target = target_of(world, action)
        _listen(world, steps)
        step = world.step

        async def sleep(seconds: float) -> None:
            steps.step("wait")
            await step(seconds)

        world.step = sleep  # type: ignore[method-assign]
        operator = world.operator("admin", lambda api: Client(api, steps))
        steps.is_counting = True
        text = await operator.perform(action, target, scene.options)
        steps.is_counting = False
        steps.say("ended", text)
        os._exit(0)


def _listen(world: World, steps: Steps) -> None:
    """Tell of each write when it was carried out and is not answered yet."""

    def heard(sent: Sent) -> None:
        if sent.is_write and sent.status < 400:
            steps.say("carried out", sent.method, sent.path)
        steps.step(f"carried out {sent.method}")

    world.heard = heard


def cases(action: str, *, is_coarse: bool, every: int = 1) -> list[Case]:
    """Kill an act at each `every`th of its steps, and once let it come to its end."""
    found: list[Case] = []
    for number in range(1, MOST, every):
        case = one(action, number, is_coarse=is_coarse)
        found.append(case)
        if not case.step:
            return found
    raise AssertionError(f"{action} has more than {MOST} steps")


def one(action: str, number: int, *, is_coarse: bool) -> Case:
    """Kill an act at one step."""
    folder = Path(tempfile.mkdtemp())
    try:
        told = _in_child(action, number, folder, is_coarse=is_coarse)
        step = next((words[1] for words in told if words[0] == "step"), "")
        ended = next((words[1] for words in told if words[0] == "ended"), "")
        carried_out = tuple((words[1], words[2]) for words in told if words[0] == "carried out")
        ours = tuple(each for each in carried_out if not each[1].endswith("/events"))
        path = folder / "audit-admin.jsonl"
        if not step and not ended:
            return Case(action, number, "", ours, (f"it neither ended nor was killed: {told}",), "")
        outcome, problems = judge(action, path, ours, was_killed=bool(step))
        return Case(action, number, step, ours, tuple(problems), outcome)
    finally:
        shutil.rmtree(folder)


def _in_child(action: str, number: int, folder: Path, *, is_coarse: bool) -> list[list[str]]:
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.close(read_end)
        try:
            play(action, Steps(number, write_end, is_coarse=is_coarse), folder)
        except BaseException as error:
            os.write(write_end, json.dumps(["fault", f"{type(error).__name__}: {error}"]).encode() + b"\n")
        finally:
            os._exit(3)
    os.close(write_end)
    with open(read_end, "rb") as pipe:
        told = [json.loads(line) for line in pipe]
    os.waitpid(child, 0)
    return told


def judge(
    action: str, path: Path, carried_out: Sequence[tuple[str, str]], *, was_killed: bool
) -> tuple[str, list[str]]:
    """Return the outcome that the log tells after the next start, and whatever of it is not the truth."""
    problems = [f"broken: {one.what}" for one in AuditFile(path).verify().broken]
    before = entries_of(AuditFile(path).rows())
    asked = [(row["request"]["method"], row["request"]["path"]) for row in AuditFile(path).rows() if row.get("request")]
    problems += [f"not written down before it was sent: {each}" for each in carried_out if each not in asked]
    if not before:
        return "nothing", [*problems, *(["nothing in the log, and yet something was sent"] if carried_out else [])]
    problems += _after_the_next_start(path, len(before))
    (command,) = [one for one in read(path) if one.id != "audit"]
    if before[0].command.outcome == "asked":
        if command.outcome != "unknown" or not command.detail.startswith(NO_ANSWER):
            problems.append(f"it has no end, and is called {command.outcome}: {command.detail}")
        if "no write of it had left" in command.detail and carried_out:
            problems.append(f"no write is said to have left, but {carried_out} did")
    elif command.outcome != "done":
        problems.append(f"it ended {command.outcome}: {command.detail}")
    if command.outcome == "done" and by_id(action).writes and not carried_out and not _is_a_stream(action):
        problems.append("it is called done, and nothing was carried out")
    if not was_killed and command.outcome != "done":
        problems.append(f"it was not killed, and ended {command.outcome}: {command.detail}")
    return command.outcome, problems


def _after_the_next_start(path: Path, count: int) -> list[str]:
    """Start again: every command must have its end then, in a whole log."""
    audit = Audit(path, user="ben", host="base", ssh_connection="", context="sim", clock=lambda: 1_790_090_000.0)
    audit.write_ends()
    problems = ["a second start writes more"] if audit.write_ends() else []
    audit.close()
    problems += [f"broken after the next start: {one.what}" for one in AuditFile(path).verify().broken]
    after = entries_of(AuditFile(path).rows())
    ours = [entry for entry in after if not entry.is_about_log]
    problems += [f"no end: {entry.command}" for entry in ours if entry.command.outcome == "asked"]
    if len(ours) != count:
        problems.append(f"{count} commands have become {len(ours)}")
    return problems


def _is_a_stream(action: str) -> bool:
    return action in ("pod.shell", "pod.run", "pod.attach", "pod.port-forward")


def main(arguments: Sequence[str]) -> None:
    """Print one JSON line for each case of the acts that are named.

    --coarse: only steps that write count; --few: only each third of these.
    """
    is_coarse, every = bool({"--coarse", "--few"} & set(arguments)), 3 if "--few" in arguments else 1
    for action in [each for each in arguments if not each.startswith("--")]:
        for case in cases(action, is_coarse=is_coarse, every=every):
            line = [case.action, case.number, case.step, case.carried_out, case.problems, case.outcome]
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
