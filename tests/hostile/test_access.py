"""Shells, attached processes, commands, forwarded ports: raw bytes are the process's, each line of ours is safe.

What a process writes goes to the operator's terminal, or into his pipe, as it is: that is what he asked for. Held here
is that nothing of it, and nothing that a server says of it, comes into a line of ours, and that our own screen is
drawn right after it.
"""

from __future__ import annotations

import asyncio
import json
import os
import pty
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyte
import pytest
from aiohttp import web

from spottui.actions.access import command_form, container_form, describe_shell, port_form
from spottui.app_shell import RESTORE, join, shell
from spottui.errors import NotFound, Refused, SpottuiError
from spottui.records import Target
from spottui.screens.forwards import forward_lines, forwards_part
from spottui.screens.parts import Forwarded
from spottui.sources.kube_exec import STDERR, STDOUT, ExecTarget, exec_stream
from spottui.sources.port_forward import PROTOCOLS, ForwardTarget, PortForward
from tests.sources.test_kube_exec import Server
from tests.sources.test_port_forward import ask

from .corpus import CORPUS, ESCAPES, NAMES, texts_of, unsafe
from .sampling import sampled

END = b"end of what came"
SUCCESS = b'\x03{"status":"Success"}'
TARGET = ExecTarget(namespace="n", pod="p", container="c", command=("sh",))


class Refusing:
    """The API, which opens no stream and says why."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def websocket(self, *given: Any, **named: Any) -> Any:
        raise self._error


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Give an operator's end and the end that a program has, as a terminal."""
    operator, given = pty.openpty()
    tty.setraw(operator)
    try:
        yield operator, given
    finally:
        os.close(operator)
        os.close(given)


async def what_a_terminal_gets(target: ExecTarget, *said: bytes, typed: bytes = b"") -> tuple[bytes, str, bytes]:
    """Run a shell whose server says this; return what came to the terminal, the sentence, and the keys left over."""

    async def serve(socket: web.WebSocketResponse) -> None:
        for one in said:
            await socket.send_bytes(one)

    heard, came = bytearray(), asyncio.Event()

    def hear(operator: int) -> None:
        heard.extend(os.read(operator, 65536))
        if heard.endswith(END):
            came.set()

    with terminal() as (operator, given):
        loop = asyncio.get_running_loop()
        loop.add_reader(operator, hear, operator)
        async with Server(serve).api() as api:
            os.write(operator, typed)
            try:
                sentence = await asyncio.wait_for(shell(api, target, keys=given, screen=given), 10)
            except SpottuiError as error:
                sentence = str(error)
        os.write(given, END)
        async with asyncio.timeout(5):
            await came.wait()
        loop.remove_reader(operator)
        os.set_blocking(given, False)
        try:
            left = os.read(given, 100)
        except BlockingIOError:
            left = b""
    return bytes(heard).removesuffix(END), sentence, left


@pytest.mark.parametrize("name", sampled(NAMES))
async def test_our_own_lines_around_a_shell_name_it_safely(name: str) -> None:
    """The names of containers are read for the moment; a server may call them anything."""
    called = CORPUS[name][:200] or "c"  # a longer one is no line of HTTP any more
    target = ExecTarget(namespace="n", pod=called, container=called, command=("sh",))
    raw, sentence, _ = await what_a_terminal_gets(target, SUCCESS)
    ours = raw.removesuffix(RESTORE)
    assert b"ctrl-] comes back" in ours and b"\x1b" not in ours
    assert not unsafe(ours.decode(), breaks="\r\n")
    assert not unsafe(sentence, breaks="\n") and sentence


@pytest.mark.parametrize("name", sampled(ESCAPES))
async def test_our_screen_is_drawn_right_whatever_a_process_left_the_terminal_in(name: str) -> None:
    """Letters stay letters, all lines scroll, long lines wrap; without RESTORE half of these fail."""
    raw, _, _ = await what_a_terminal_gets(TARGET, b"\x01" + ESCAPES[name].encode(), SUCCESS)
    assert ESCAPES[name].encode() in raw, "the operator asked for the process's own bytes"
    screen = pyte.Screen(20, 4)
    stream = pyte.Stream(screen)
    stream.use_utf8 = False  # else pyte, unlike a terminal, keeps letters as they are in a set of lines
    stream.feed(raw.decode("utf-8"))
    stream.feed("\x1b[2J\x1b[1;1Hlqqk\r\nxyz\r\n\x1b[4;1Hlast" + "-" * 16 + "\x1b[1;1H\x1b[?25l")
    assert [line.rstrip() for line in screen.display] == ["lqqk", "xyz", "", "last" + "-" * 16]
    assert screen.margins is None or (screen.margins.top, screen.margins.bottom) == (0, 3)
    assert not {1000 << 5, 1003 << 5, 2004 << 5} & screen.mode, "mouse and pasting are asked for by who wants them"


async def test_keys_meant_for_a_shell_and_answers_to_it_are_no_keys_of_ours() -> None:
    """A process asks the terminal where its cursor is, and ends: the answer would be typed into our screen."""
    _, _, left = await what_a_terminal_gets(TARGET, b"\x01\x1b[6n", SUCCESS, typed=b"\x1b[1;1RDy\r")
    assert not left


ENDS = [
    lambda text: json.dumps({"status": "Failure", "message": text, "reason": text}).encode(),
    lambda text: json.dumps({"status": "Failure", "reason": text}).encode(),
    lambda text: b"no JSON: " + text.encode(),
    lambda text: b"\xff\xfe\x9b31m" + text.encode("utf-16"),
]


@pytest.mark.parametrize("name", sampled(NAMES))
async def test_how_a_process_ended_is_said_safely(name: str) -> None:
    for make in ENDS:
        body = make(CORPUS[name])

        async def serve(socket: web.WebSocketResponse, body: bytes = body) -> None:
            await socket.send_bytes(b"\x03" + body)

        async with Server(serve).api() as api, exec_stream(api, TARGET) as stream:
            assert [one async for one in stream.output()] == []
        assert stream.message and not unsafe(stream.message)


async def test_what_a_command_writes_comes_through_a_pipe_byte_for_byte() -> None:
    """Output is output and errors are errors: nothing is cleaned, and nothing of ours is added."""
    out = "".join(CORPUS.values()).encode() + bytes(range(256))
    err = bytes(reversed(range(256)))

    async def serve(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"\x01" + out)
        await socket.send_bytes(b"\x02" + err)
        await socket.send_bytes(SUCCESS)

    pipes = [os.pipe(), os.pipe()]
    target = ExecTarget(namespace="n", pod="p", container="c", command=("x",), has_input=False, is_terminal=False)
    async with Server(serve).api() as api, exec_stream(api, target) as stream:
        await join(stream, keys=None, screen=pipes[0][1], errors=pipes[1][1], is_terminal=False)
    assert (STDOUT, STDERR) == (1, 2)
    for (read, write), expected in zip(pipes, (out, err), strict=True):
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            assert pipe.read() == expected


@pytest.mark.parametrize("name", sampled(NAMES))
async def test_why_a_forwarded_port_failed_is_said_safely(name: str) -> None:
    text = CORPUS[name]

    async def refuse(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"\x00\x90\x1f")
        await socket.send_bytes(b"\x01\x90\x1f")
        await socket.send_bytes(b"\x01" + text.encode() + b"\xff\x9b")

    async with Server(refuse, PROTOCOLS).api() as api:
        forward = PortForward(api, lambda: ForwardTarget("n", "p"), 8080)
        await forward.open()
        await ask(forward.local_port, b"x")
        await forward.close()
    assert forward.problem and not unsafe(forward.problem)
    shown = [Forwarded(forward.local_port, 8080, "pod/p", 0, forward.problem)]
    for _, one in texts_of([forward_lines(shown), forwards_part(shown)]):
        assert not unsafe(one)


@pytest.mark.parametrize("name", sampled(NAMES))
async def test_a_refused_connection_is_said_safely(name: str) -> None:
    """What the API server says to an upgrade, and what a transport says of it."""
    for error in (
        Refused(CORPUS[name]),
        NotFound(CORPUS[name]),
        SpottuiError(CORPUS[name]),
        RuntimeError(CORPUS[name]),
    ):
        forward = PortForward(Refusing(error), lambda: ForwardTarget("n", "p"), 8080)
        await forward.open()
        await ask(forward.local_port, b"x")
        await forward.close()
        assert not unsafe(forward.problem, breaks="\n")
        if isinstance(error, SpottuiError):
            with pytest.raises(SpottuiError) as caught:
                async with exec_stream(Refusing(error), TARGET):
                    pass
            assert not unsafe(str(caught.value), breaks="\n")


def test_the_forms_of_these_acts_are_among_those_of_all() -> None:
    """Their picks are containers' names as the server has them: `test_acts` plays each with nasty ones."""
    from spottui.actions.registry import by_id

    assert by_id("pod.shell").form is container_form and by_id("pod.run").form is command_form
    assert by_id("pod.port-forward").form is port_form and by_id("pod.shell").describe is describe_shell
    target = Target(kind="Pod", namespace="n", name="p", uid="u")
    assert describe_shell(target, {"command": ("ls",), "container": "c"}) == "Run ls in pod/p/c in namespace n"
