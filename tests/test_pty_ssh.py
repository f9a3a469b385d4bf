"""spottui on a pseudo-terminal that comes over SSH: its answers are measured, and are never taken for keys."""

from __future__ import annotations

import os
import sys
import termios
import time
import tty
from pathlib import Path

import pytest

from tests.pty_screen import PtyScreen

ROOT = Path(__file__).parent.parent
QUERY, ANSWER = b"\x1b[6n", "\x1b[24;80R"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of an operator who came over SSH and has no cluster."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "USER": "ana",
        "PYTHONPATH": str(ROOT),
        "SSH_CONNECTION": "192.0.2.40 51022 192.0.2.3 22",
    }


def asked(screen: PtyScreen, times: int = 1) -> bool:
    return screen.raw.count(QUERY) >= times


def test_the_round_trip_is_shown_and_no_piece_of_an_answer_is_a_key(environ: dict[str, str], tmp_path: Path) -> None:
    with PtyScreen([sys.executable, "-m", "spottui"], environ, tmp_path, columns=100, rows=40) as screen:
        screen.until_text("READ-ONLY")
        screen.until(lambda: asked(screen), "the question")
        screen.press("6")
        screen.until_text("[6 Links]")
        for piece in ("\x1b", "[24", ";8", "0R"):  # "2", "4" and "8" are keys that go to other screens
            screen.press(piece)
            time.sleep(0.02)  # one packet after the other, as over a thin link
        screen.until_text("terminal", "written", " ms ")
        assert "[6 Links]" in screen.text
        screen.press("8")
        screen.until_text("[8 Host]")
        screen.press("q")
        screen.until_text("Leave spottui?")
        screen.press("y")
        assert screen.until_end() == 0
        assert screen.termios_now == screen.termios_before


def test_leaving_waits_for_an_answer_that_is_owed(environ: dict[str, str], tmp_path: Path) -> None:
    with PtyScreen([sys.executable, "-m", "spottui"], environ, tmp_path) as screen:
        screen.until_text("READ-ONLY")
        screen.until(lambda: asked(screen), "the question")
        screen.press("q")
        screen.until_text("Leave spottui?")
        screen.press("y")
        screen.until(lambda: screen.mode(2004) is False, "the way out")
        time.sleep(0.3)  # the answer comes late
        screen.press(ANSWER)
        assert screen.until_end() == 0
        tty.setraw(screen._slave, termios.TCSANOW)  # shows what waits for a whole line too
        os.set_blocking(screen._slave, False)
        with pytest.raises(BlockingIOError):  # nothing is left for the shell to read
            os.read(screen._slave, 100)
