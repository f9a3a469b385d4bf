"""Draws the frame of the screen before anything heavy is imported; needs nothing but the standard library.

Half a second of imports on a small computer is long enough to press ctrl-c. What stands here is what the app draws
first, so the eye sees one screen that fills.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

ENTER = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J"
LEAVE = "\x1b[?1049l\x1b[?25h"
FRAME = (
    "spottui  starting: {doing}",
    "[1 Overview]2 Nodes 3 Workloads 4 Wasm 5 GitOps 6 Links 7 Robot 8 Host 9 Timeline",
    " Needs attention",
)
_entered: list[bool] = []


def enter(doing: str = "reading settings, finding the cluster") -> None:
    """Switch to the alternate screen and draw the frame, cut to the terminal's width."""
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    lines = [line.replace("{doing}", doing)[:columns] for line in FRAME[:rows]]
    _write(ENTER + "\r\n".join(lines))
    _entered[:] = [True]


def show(place: str, title: str, lines: Sequence[str], *, plain: bool) -> None:
    """Draw the last known state in the frame, dimmed and cut to the terminal; `plain`: it shows ASCII only."""
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    whole = [cut(place, columns), cut(FRAME[1], columns), cut(title, columns)]
    whole += [f"\x1b[2m{cut(line, columns)}\x1b[22m" for line in lines]
    _write("\x1b[H\x1b[2J" + "\r\n".join(whole[:rows]), "ascii" if plain else "utf-8")


def cut(text: str, columns: int) -> str:
    """Return what of a text fits into so many cells."""
    if text.isascii():
        return text[:columns]
    from unicodedata import category, east_asian_width

    used = 0
    for place, letter in enumerate(text):
        used += 0 if category(letter) in ("Mn", "Me", "Cf") else 2 if east_asian_width(letter) in "WF" else 1
        if used > columns:
            return text[:place]
    return text


def leave() -> None:
    """Go back to the shell's screen, when the app that would do it did not start."""
    _entered.clear()
    _write(LEAVE)


def hand_over() -> bool:
    """Return whether the terminal is on the alternate screen already, and leave leaving it to whoever asks.

    A second entry would save the cursor of the frame in place of the shell's, and clear the frame.
    """
    was_entered = bool(_entered)
    _entered.clear()
    return was_entered


def _write(text: str, encoding: str = "ascii") -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode(encoding, "replace"))
    sys.stdout.buffer.flush()
