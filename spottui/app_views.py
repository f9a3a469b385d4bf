"""Writes what a screen shows to a file of the operator's own."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from spottui.private_file import open_private


def saver(folder: Path, clock: Callable[[], float], ending: str = ".txt") -> Callable[[str, str], str]:
    """Return what writes a text under a name below `folder`/views and returns the path; raises as `save_view`."""
    return lambda name, text: str(save_view(folder, name, text, clock(), ending))


def save_view(folder: Path, name: str, text: str, now: float, ending: str = ".txt") -> Path:
    """Write `text` below `folder`/views, named by screen and time; return the path.

    Raises:
        OSError: It cannot be written.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    path = folder / "views" / f"{name}-{stamp}{ending}"
    with open(open_private(path), "a", encoding="utf-8", errors="replace") as file:
        file.write(text.rstrip("\n") + "\n")
    return path
