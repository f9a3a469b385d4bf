"""Commands, shells and the first process of a real container, through the API server and the kubelet."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spottui.app_shell import shell
from spottui.errors import Refused, SpottuiError
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_exec import PROTOCOLS, STDERR, STDOUT, ExecStream, ExecTarget, exec_stream
from tests.cluster.control_plane import ControlPlane

from .pods import CONTAINER, Namespace, manifest, once

IDLE = "exec sleep 3600"
ASKING = "while read line; do [ $line = stop ] && exit 4; echo you said $line; done"


@pytest.fixture(scope="module")
def running(namespace: Namespace) -> Namespace:
    """Return a namespace with a pod `idle` that runs."""
    namespace.start(manifest("idle", IDLE))
    return namespace


def target(
    namespace: Namespace, *command: str, pod: str = "idle", typed: bool = False, on_terminal: bool = False
) -> ExecTarget:
    return ExecTarget(
        namespace=namespace.name,
        pod=pod,
        container=CONTAINER,
        command=command,
        has_input=typed or on_terminal,
        is_terminal=on_terminal,
    )


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Lend a pseudo-terminal: the operator's end, and the one that a program is given."""
    ends = pty.openpty()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


async def outputs(stream: ExecStream) -> dict[int, bytes]:
    """Return all that comes until the end, by channel."""
    heard = {STDOUT: b"", STDERR: b""}
    async with asyncio.timeout(30):
        async for channel, data in stream.output():
            heard[channel] += data
    return heard


async def test_a_command_says_what_it_has_to_say_and_how_it_ended(api: KubeApi, running: Namespace) -> None:
    script = "echo out; echo err >&2; exit 3"
    async with exec_stream(api, target(running, "sh", "-c", script)) as stream:
        assert await outputs(stream) == {STDOUT: b"out\n", STDERR: b"err\n"}
    assert (stream.protocol, stream.exit_code) == (PROTOCOLS[0], 3)


async def test_a_command_reads_until_its_input_ends(api: KubeApi, running: Namespace) -> None:
    sent = os.urandom(1 << 20)
    async with exec_stream(api, target(running, "cat", typed=True)) as stream:
        reading = asyncio.create_task(outputs(stream))
        for start in range(0, len(sent), 32768):
            await stream.send(sent[start : start + 32768])
        await stream.end_input()
        assert (await reading)[STDOUT] == sent
    assert stream.exit_code == 0


async def test_a_program_sees_the_size_of_the_terminal(api: KubeApi, running: Namespace) -> None:
    async with exec_stream(api, target(running, "sh", on_terminal=True)) as stream:
        await stream.resize(101, 37)
        await stream.send(b"stty size; exit 5\n")
        assert b"37 101" in (await outputs(stream))[STDOUT]
    assert stream.exit_code == 5


async def test_what_the_image_lacks_is_no_exit_of_a_program(api: KubeApi, running: Namespace) -> None:
    async with exec_stream(api, target(running, "bash")) as stream:
        assert (await outputs(stream))[STDOUT] == b""
    assert stream.exit_code is None or "not found" in stream.message
    with pytest.raises(SpottuiError, match=r"has no shell: .*not found.* A debug container brings one"):
        with terminal() as (_, given):
            await shell(api, target(running, "bash", on_terminal=True), keys=given, screen=given)


async def test_a_container_that_does_not_run_is_said(api: KubeApi, running: Namespace) -> None:
    running.create(once(manifest("over", "exit 0")))
    running.wait("over", lambda pod: pod.containers[0].state == "terminated", "it ended")
    with pytest.raises(Refused, match="takes no exec: does this container run"):
        async with exec_stream(api, target(running, "true", pod="over")) as stream:
            await outputs(stream)


async def test_a_shell_takes_the_operator_s_keys_and_gives_the_terminal_back(api: KubeApi, running: Namespace) -> None:
    with terminal() as (operator, given):
        os.write(operator, b"echo $((6 * 7)); exit 6\r")
        said = await asyncio.wait_for(shell(api, target(running, "sh", on_terminal=True), keys=given, screen=given), 30)
        assert said == "The shell in idle/main ended with exit code 6."
        assert b"\r\n42\r\n" in os.read(operator, 65536)


async def test_ctrl_right_bracket_leaves_a_shell_that_runs_on(api: KubeApi, running: Namespace) -> None:
    with terminal() as (operator, given):
        os.write(operator, b"\x1d")
        said = await asyncio.wait_for(shell(api, target(running, "sh", on_terminal=True), keys=given, screen=given), 30)
    assert said == "Left the shell in idle/main."


async def test_one_attaches_to_the_first_process_and_hears_how_it_ends(api: KubeApi, namespace: Namespace) -> None:
    namespace.start(once(manifest("asking", ASKING, stdin=True, tty=True)))
    async with exec_stream(api, target(namespace, pod="asking", on_terminal=True)) as stream:
        await stream.send(b"hello\n")
        await stream.send(b"stop\n")
        assert b"you said hello" in (await outputs(stream))[STDOUT]
    ended = namespace.wait("asking", lambda pod: pod.containers[0].state == "terminated", "its container ended")
    assert ended.containers[0].exit_code == 4


async def test_the_command_line_gives_the_exit_code_on(plane: ControlPlane, running: Namespace, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "spottui", "--kubeconfig", str(plane.kubeconfig()), "-n", running.name]
    words += ["exec", "-i", "idle", "--", "sh", "-c", "cat; echo bad >&2; exit 7"]
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        *words, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(b"through\n"), 40)
    assert (process.returncode, out) == (7, b"through\n")
    assert b"bad\n" in err
