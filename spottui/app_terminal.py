"""The terminal over SSH: Textual's own driver, with what is written counted and the terminal's answers taken out."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Mapping
from typing import Any

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from spottui.sources.ssh import TerminalMeter

READ = 4096
LAST_ANSWER = 1.0
"""Seconds that leaving waits for an answer that is owed: it would come to the shell."""


def comes_over_ssh(environ: Mapping[str, str]) -> bool:
    """Whether this terminal is at the other end of an SSH connection."""
    return bool(environ.get("SSH_CONNECTION", "").strip())


def driver_over_ssh(environ: Mapping[str, str]) -> type[Driver] | None:
    """Return the driver that measures where the terminal comes over SSH; None: Textual's own choice."""
    return MeasuringDriver if comes_over_ssh(environ) and os.name == "posix" else None


class MeasuringDriver(LinuxDriver):
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

    def run_input_thread(self) -> None:
        """Read the terminal as Textual does, but for the answers that are not the operator's keys."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            try:
                while not self.exit_event.is_set():
                    data = ""
                    if selector.select(0.1):
                        data = decode(os.read(self.fileno, READ))
                        if not data:  # nobody is there any more: a hang-up is on its way
                            self.exit_event.wait(0.1)
                    self._take(parser, self._meter.sift(data) if data else self._meter.tick())
            finally:
                try:
                    for _ in parser.feed(""):
                        pass
                except (EOFError, ParseError):
                    pass

    def _take(self, parser: XTermParser, data: str) -> None:
        """Pass on what was typed; nothing typed lets a lone escape become the key."""
        if data:
            for message in parser.feed(data):
                self.process_message(message)
        for message in parser.tick():
            self.process_message(message)
