"""Gives the operator's terminal to a process in a container, and takes it back when that ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.safe_text import clean
from spottui.sources.kube_exec import STDERR, ExecStream, ExecTarget, exec_stream

LEAVE = b"\x1d"
"""ctrl-]: leaves at once, whatever the process does; as telnet and virsh have it."""
PIECE = 4096
RESTORE = (
    b"\x18\x1b\\"  # ends a sequence that was left open: it would swallow what we write
    b"\x0f\x1b(B\x1b)B"  # letters are letters again, not lines
    b"\x1b[?6l\x1b7\x1b[r\x1b8"  # the whole screen scrolls; the cursor stays
    b"\x1b[4l\x1b[20l\x1b[?5l\x1b[?7h\x1b[?1l\x1b>\x1b[0m\x1b[?25h"
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l"
)
"""Takes back what a process may leave a terminal in, which would have our own screen garbled."""


class Left(Exception):
    """The operator pressed ctrl-]."""


@contextmanager
def raw_terminal(descriptor: int) -> Iterator[None]:
    """Pass on every key as it is, and give the terminal back as it was."""
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor, termios.TCSANOW)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


async def join(stream: ExecStream, *, keys: int | None, screen: int, errors: int, is_terminal: bool) -> None:
    """Carry bytes between a stream and file descriptors until the process ends; `keys` None: nothing is typed.

    Raises:
        Left: ctrl-] was pressed on a terminal.
        Unreachable: The connection ended first.
    """
    loop = asyncio.get_running_loop()
    typed: asyncio.Queue[bytes | None] = asyncio.Queue()
    left = loop.create_future()

    def readable() -> bool:
        """Take in what there is; tell whether there may be more."""
        assert keys is not None
        try:
            data = os.read(keys, PIECE)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if is_terminal and LEAVE in data:
            if not left.done():
                left.set_result(None)
            return True
        if not data:
            loop.remove_reader(keys)
        typed.put_nowait(data or None)
        return bool(data)

    def resized() -> None:
        with contextlib.suppress(OSError):
            columns, rows = os.get_terminal_size(screen)
            sizing.append(loop.create_task(stream.resize(columns, rows)))
            del sizing[:-4]

    sizing: list[asyncio.Task[None]] = []
    with ThreadPoolExecutor(1, thread_name_prefix="terminal") as pool, _watching(loop, keys, readable):
        if is_terminal:
            loop.add_signal_handler(signal.SIGWINCH, resized)
            resized()
        pumps = [asyncio.create_task(_send(stream, typed)), asyncio.create_task(_draw(stream, pool, screen, errors))]
        try:
            await asyncio.wait({pumps[1], left}, return_when=asyncio.FIRST_COMPLETED)
            if not pumps[1].done():
                raise Left
            await pumps[1]
        finally:
            if is_terminal:
                loop.remove_signal_handler(signal.SIGWINCH)
            for task in (*pumps, *sizing):
                task.cancel()
            await asyncio.gather(*pumps, *sizing, return_exceptions=True)


@contextmanager
def _watching(loop: asyncio.AbstractEventLoop, keys: int | None, readable: Callable[[], bool]) -> Iterator[None]:
    """Hear of keys; a file cannot be waited for, and is read piece by piece."""
    if keys is None:
        yield
        return
    try:
        loop.add_reader(keys, readable)
    except PermissionError:  # what epoll says of a regular file
        reading = loop.create_task(_read_file(readable))
        try:
            yield
        finally:
            reading.cancel()
        return
    try:
        yield
    finally:
        loop.remove_reader(keys)


async def _read_file(readable: Callable[[], bool]) -> None:
    has_more = True
    while has_more:
        has_more = readable()
        await asyncio.sleep(0)


async def _send(stream: ExecStream, typed: asyncio.Queue[bytes | None]) -> None:
    while (data := await typed.get()) is not None:
        await stream.send(data)
    await stream.end_input()


async def _draw(stream: ExecStream, pool: ThreadPoolExecutor, screen: int, errors: int) -> None:
    loop = asyncio.get_running_loop()
    async for channel, data in stream.output():
        # On a thread: a terminal at the end of a thin link takes its time, and watches must go on meanwhile.
        await loop.run_in_executor(pool, _write, errors if channel == STDERR else screen, data)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


async def shell(api: Any, target: ExecTarget, *, keys: int = 0, screen: int = 1) -> str:
    """Run a shell, or attach, on the operator's terminal; return one sentence on how it ended.

    Raises:
        SpottuiError: It could not be started, or the connection broke.
    """
    where = clean(f"{target.pod}/{target.container}")
    verb = "attached to" if not target.command else "shell in"
    _write(screen, f"\r\n{verb} {where}: ctrl-] comes back to spottui at any time\r\n".encode())
    try:
        async with exec_stream(api, target) as stream:
            with raw_terminal(keys):
                try:
                    await join(stream, keys=keys, screen=screen, errors=screen, is_terminal=True)
                finally:
                    _write(screen, RESTORE)
                    # What was typed for it, and what the terminal answers to it, is no key of ours.
                    with contextlib.suppress(termios.error):
                        termios.tcflush(keys, termios.TCIFLUSH)
    except Left:
        return f"Left the {'shell' if target.command else 'attached process'} in {where}."
    if stream.exit_code is None or (stream.exit_code in (126, 127) and "not found" in stream.message):
        raise SpottuiError(f"{where} has no shell: {stream.message} A debug container brings one (menu, m).")
    return f"The shell in {where} ended with exit code {stream.exit_code}."


class TerminalPort:
    """Suspends the app while a process has the terminal; what an act is given to reach it."""

    def __init__(self, app: Any, api: Callable[[], Any]) -> None:
        self._app, self._api = app, api
        self.is_away = False
        """Somebody else has the terminal: the app must not write to it."""

    async def __call__(self, target: Target, container: str, command: Sequence[str]) -> str:
        """Run a command of a container (none: attach) on the operator's terminal; see `shell`.

        Raises:
            SpottuiError: There is no terminal to give away, or it failed.
        """
        where = ExecTarget(namespace=target.namespace, pod=target.name, container=container, command=tuple(command))
        if self.is_away:
            raise SpottuiError("Another process has the terminal.")
        driver = self._app._driver
        if driver is None or not driver.can_suspend:
            raise SpottuiError("This terminal cannot be given to a shell; use: spottui exec -it POD -- sh")
        with self._app.suspend():
            self.is_away = True
            try:
                return await shell(self._api(), where)
            finally:
                self.is_away = False
