"""Draws the frame of the screen before anything heavy is imported; needs nothing but the standard library.

Half a second of imports on a small computer is long enough to press ctrl-c. What stands here is what the app draws
first, so the eye sees one screen that fills.
"""

from __future__ import annotations

import os
import sys

ENTER = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J"
LEAVE = "\x1b[?1049l\x1b[?25h"
FRAME = (
    "spottui  starting: {doing}",
    "[1 Overview]2 Nodes 3 Workloads 4 Wasm 5 GitOps 6 Links 7 Robot 8 Host 9 Timeline",
    " Needs attention",
)


def enter(doing: str = "reading settings, finding the cluster") -> None:
    """Switch to the alternate screen and draw the frame, cut to the terminal's width."""
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    lines = [line.replace("{doing}", doing)[:columns] for line in FRAME[:rows]]
    _write(ENTER + "\r\n".join(lines))


def leave() -> None:
    """Go back to the shell's screen, when the app that would do it did not start."""
    _write(LEAVE)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
