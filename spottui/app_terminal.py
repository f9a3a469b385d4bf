"""The terminal: Textual's own driver, made to outlive what terminals, shells and operators do to it."""

from __future__ import annotations

import asyncio
import os
import re
import select
import selectors
import signal
import sys
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping
from queue import Full
from typing import Any

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from spottui import first_paint
from spottui.app_charset import as_charset
from spottui.sources.ssh import TerminalMeter

READ = 4096
LAST_ANSWER = 1.0
"""Seconds that leaving waits for an answer that is owed: it would come to the shell."""
LAST_WRITE = 2.0
"""Seconds that leaving waits for a terminal that takes nothing."""
HANG_UP = 128 + signal.SIGHUP
"""The exit status when the terminal is gone, whether or not anybody sent the signal."""
_NEVER = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What no sequence of ours has in it: a terminal must not be handed it, wherever it came from."""
_POINTER = re.compile(r"\x1b\]22;[a-z-]*\x07")
"""The shape of the mouse's pointer: bytes for nothing on a thin link, and letters on an old console."""
ENTER = "\x1b[?1049h"
_ASKS = re.compile(r"\x1b\[\?\d+\$p")
"""Questions about modes; a terminal that does not know intermediate characters prints their last letter."""


def comes_over_ssh(environ: Mapping[str, str]) -> bool:
    """Whether this terminal is at the other end of an SSH connection."""
    return bool(environ.get("SSH_CONNECTION", "").strip())


def driver_class(environ: Mapping[str, str]) -> type[Driver] | None:
    """Return the driver for this terminal, which measures where it comes over SSH; None: Textual's own choice."""
    if os.name != "posix":
        return None
    return MeasuringDriver if comes_over_ssh(environ) else TerminalDriver


def can_be_brought_back() -> bool:
    """Whether somebody who controls jobs started us; a stopped process in an orphaned group would stay stopped."""
    parent = os.getppid()
    try:
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != os.getpgrp()
    except OSError:
        return False


class Output:
    """Standard output as Textual's writing thread wants it; once the terminal is gone, writing is no error."""

    def __init__(self, descriptor: int, charset: str, gone: Callable[[], None], idle: Callable[[], None]) -> None:
        self._descriptor, self._charset, self._gone, self._idle = descriptor, charset, gone, idle
        self._held: list[str] = []
        self.is_gone = False

    def write(self, text: str) -> None:
        """Take in what is written at the next flush."""
        self._held.append(text)

    def flush(self) -> None:
        """Write what was taken in."""
        data = memoryview(as_charset("".join(self._held), self._charset))
        self._held.clear()
        try:
            while data and not self.is_gone:
                try:
                    data = data[os.write(self._descriptor, data) :]
                except BlockingIOError:  # whoever shares the terminal made it so
                    select.select([], [self._descriptor], [], 1.0)
        except OSError:
            self.is_gone = True
            self._gone()
        self._idle()

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return os.isatty(self._descriptor)


class TerminalDriver(LinuxDriver):
    """Draws on standard output, in the terminal's own characters, and notices when the terminal is gone."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_stopped = False
        """The terminal was given back to the shell, which may continue us."""
        self._is_behind = False
        """The terminal did not take all that was written."""
        self._leaves_by: float | None = None
        descriptor = sys.__stdout__.fileno() if sys.__stdout__ else 1
        self._file: Any = Output(descriptor, app.charset, self._terminal_gone, self._caught_up)
        self._asks_for_modes = app.term != "linux"

    def _terminal_gone(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._app.exit, None, HANG_UP)

    # -- stopping and going on ---------------------------------------------------------------------

    def start_application_mode(self) -> None:
        self._loop = asyncio.get_running_loop()
        super().start_application_mode()
        # As callbacks of the loop, not between any two steps of it: a write that was cut into would wait for itself.
        self._loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)
        self._loop.add_signal_handler(signal.SIGCONT, self._sigcont_application)

    def _sigtstp_application(self, *_: Any) -> None:
        if not self._auto_restart or not can_be_brought_back():
            return  # a shell in a container has the terminal, or nobody would ever continue us
        self.suspend_application_mode()
        self._must_signal_resume = self._is_stopped = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: Any) -> None:
        if not self._auto_restart or self._app._exit:
            return  # who hangs up sends SIGHUP and SIGCONT: there is nobody to draw for any more
        before = self.attrs_before
        if not self._is_stopped:  # by SIGSTOP: the shell may have had the terminal meanwhile, and it is not as it was
            self.suspend_application_mode()
        self._writer_thread = None
        self.resume_application_mode()
        if self._writer_thread is None:
            self._is_stopped = True
            return  # continued in the background: the terminal is not ours
        if not self._is_stopped and before is not None:
            self.attrs_before = before
        self._is_stopped = False
        self._draw_anew()

    # -- writing -----------------------------------------------------------------------------------

    def write(self, data: str) -> None:
        """Have it written; a terminal that takes nothing, behind a lost link, must not hold up the rest of us."""
        if data == ENTER and first_paint.hand_over():
            return
        if not self._asks_for_modes:
            data = _ASKS.sub("", data)
        self._put(_NEVER.sub("", _POINTER.sub("", data)))

    def _put(self, data: str | None) -> None:
        if (thread := self._writer_thread) is None:
            return
        patience = 0.0 if self._leaves_by is None else max(0.0, self._leaves_by - time.monotonic())
        try:
            thread._queue.put(data, block=patience > 0, timeout=patience)
        except Full:
            self._is_behind = True

    def _caught_up(self) -> None:
        if self._is_behind and self._loop is not None:
            self._is_behind = False
            self._loop.call_soon_threadsafe(self._draw_anew)

    def _draw_anew(self) -> None:
        self._app.refresh(layout=True)

    def stop_application_mode(self) -> None:
        self._leaves_by = time.monotonic() + LAST_WRITE
        super().stop_application_mode()

    def close(self) -> None:
        if (thread := self._writer_thread) is not None and self._leaves_by is not None:
            self._put(None)
            thread.join(max(0.0, self._leaves_by - time.monotonic()))
        self._writer_thread = self._leaves_by = None

    # -- reading -----------------------------------------------------------------------------------

    def run_input_thread(self) -> None:
        """Read the terminal as Textual does, but take any bytes, and notice its end."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            try:
                while not self.exit_event.is_set():
                    read = self._read() if selector.select(0.1) else None
                    if read == b"":
                        self._terminal_gone()
                        self.exit_event.wait()
                        break
                    self._take(parser, self._sifted(decode(read)) if read else self._held())
            finally:
                try:
                    for _ in parser.feed(""):
                        pass
                except (EOFError, ParseError):
                    pass

    def _read(self) -> bytes:
        """Return what was typed; nothing where nobody is there any more."""
        try:
            return os.read(self.fileno, READ)
        except OSError:
            return b""

    def _sifted(self, data: str) -> str:
        """Return what of the data are the operator's keys."""
        return data

    def _held(self) -> str:
        """Return what was held back and turned out to be keys."""
        return ""

    def _take(self, parser: XTermParser, data: str) -> None:
        """Pass on what was typed; nothing typed lets a lone escape become the key."""
        if data:
            for message in parser.feed(data):
                self.process_message(message)
        for message in parser.tick():
            self.process_message(message)


class MeasuringDriver(TerminalDriver):
    """Hands what is read through the app's `terminal_meter`, and tells it what is written."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._meter: TerminalMeter = app.terminal_meter

    def start_application_mode(self) -> None:
        super().start_application_mode()
        if self.input_tty:
            self._meter.write = self.write

    def write(self, data: str) -> None:
        self._meter.bytes_out += len(data) if data.isascii() else len(data.encode("utf-8", "replace"))
        super().write(data)

    def disable_input(self) -> None:
        self._meter.write = None
        self._meter.let_come(LAST_ANSWER)
        super().disable_input()

    def _sifted(self, data: str) -> str:
        return self._meter.sift(data)

    def _held(self) -> str:
        return self._meter.tick()
