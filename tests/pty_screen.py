"""A program on a real pseudo-terminal, its screen read by a terminal emulator as an operator would read it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyte

PATIENCE = 30.0
"""Seconds that any wait may take; a busy machine needs some, a passing test does not."""
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[(?:[<>=][0-9;]*[a-zA-Z]|\?[0-9;]*\$p|[0-9;?]*[ !\"'][a-zA-Z])")
_CUT = re.compile(rb"\x1b(?:\[[^a-zA-Z~@]*|\][^\x07\x1b]*|P[^\x1b]*)?\Z")


class PtyScreen:
    """Starts a program on a pty of its own session, presses keys, reads its screen and its end."""

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        folder: Path,
        *,
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self.folder = folder
        """Where the program was started."""
        self.raw = b""
        """Every byte the program wrote."""
        self._held = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._master, self._slave = pty.openpty()  # the slave stays open: its termios outlive the program
        self._set_size(columns, rows)
        self.termios_before = termios.tcgetattr(self._slave)
        self.process = subprocess.Popen(
            command,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=dict(environ),
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def __enter__(self) -> PtyScreen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.hang_up()
        self.let_go()

    # -- reading -----------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The screen as lines of text, without trailing blanks."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def cursor_line(self) -> str:
        """The line that is drawn in reverse over its most part, as the row under a table's cursor is; else empty."""
        for number, line in enumerate(self._screen.display):
            cells = self._screen.buffer[number]
            reverse = sum(cells[column].reverse for column in range(self._screen.columns))
            if 2 * reverse > self._screen.columns:
                return line.rstrip()
        return ""

    def mode(self, number: int) -> bool | None:
        """Return whether a DEC private mode was left set or reset; None when the program never touched it."""
        found = re.findall(rb"\x1b\[\?(?:[0-9]+;)*%d(?:;[0-9]+)*([hl])" % number, self.raw)
        return None if not found else found[-1] == b"h"

    @property
    def termios_now(self) -> list[Any]:
        """The terminal's line settings now."""
        return termios.tcgetattr(self._slave)

    def until(self, condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Read until the condition holds.

        Raises:
            AssertionError: It did not in time, or the program ended before; shows the screen.
        """
        deadline = time.monotonic() + patience
        while not condition():
            left = deadline - time.monotonic()
            has_ended = self.process.poll() is not None
            if not self.read(min(max(left, 0), 0.25)) and (left <= 0 or has_ended):
                if condition():
                    return
                state = f"ended with {self.process.returncode}" if has_ended else "still runs"
                raise AssertionError(f"never saw {what}; the program {state}; the screen:\n{self.text}")

    def until_text(self, *texts: str, patience: float = PATIENCE) -> None:
        """Read until each of the texts is on the screen."""
        self.until(lambda: all(text in self.text for text in texts), " and ".join(texts), patience)

    def until_gone(self, text: str) -> None:
        """Read until a text is no longer on the screen."""
        self.until(lambda: text not in self.text, f"the end of {text}")

    def until_change(self, since: int) -> None:
        """Read until more was written than the first `since` bytes."""
        self.until(lambda: len(self.raw) > since, "any repaint")

    def until_end(self, patience: float = PATIENCE) -> int:
        """Read until the program ended; return its exit status, minus the signal when one killed it."""
        self.until(lambda: self.process.poll() is not None, "the end", patience)
        while self.read(0):
            pass
        return self.process.wait()

    def read(self, patience: float = 0.0) -> bool:
        """Take in what the program wrote within `patience` seconds; say whether there was anything."""
        if self._master < 0:
            time.sleep(min(patience, 0.01))  # hung up: nothing to select on, only the process to wait for
            return False
        if not select.select([self._master], [], [], patience)[0]:
            return False
        try:
            heard = os.read(self._master, 65536)
        except OSError:
            return False
        self.raw += heard
        held = _UNKNOWN_TO_PYTE.sub(b"", self._held + heard)
        cut = _CUT.search(held)
        whole = len(held) if cut is None else cut.start()
        self._held = held[whole:]
        self._stream.feed(held[:whole])
        return bool(heard)

    # -- acting ------------------------------------------------------------------------------------

    def press(self, keys: str) -> None:
        """Send keys as a terminal would."""
        os.write(self._master, keys.encode())

    def send(self, data: bytes) -> None:
        """Send bytes that no keyboard of this encoding sends."""
        os.write(self._master, data)

    def forget(self) -> None:
        """Empty the screen that is read here: only what is drawn from now on counts."""
        self._screen.reset()

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal; the program hears of it by SIGWINCH."""
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal, as a lost SSH link does."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def let_go(self) -> None:
        """Close the program's end of the terminal, which is held open here too."""
        if self._slave >= 0:
            os.close(self._slave)
            self._slave = -1

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
