"""Signals that come while the program starts: kept until there is somebody who can end it in order."""

from __future__ import annotations

import signal
import sys
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
"""Signals that ask a program to end; ctrl-c and ctrl-\\ of the terminal are keys while the screen is drawn."""
_told: list[int] = []


def listen() -> None:
    """Keep what comes from now on; the second one ends the program at once, as it may hang."""
    for number in ENDING:
        signal.signal(number, _keep)


def status() -> int | None:
    """Return the exit status that a signal asked for; None: nobody asked."""
    return 128 + _told[0] if _told else None


def _keep(number: int, frame: FrameType | None) -> None:
    if _told:
        sys.exit(128 + number)
    _told.append(number)
