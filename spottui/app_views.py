"""Writes what a screen shows to a file of the operator's own."""

from __future__ import annotations

import time
from pathlib import Path

from spottui.crash import open_private


def save_view(folder: Path, name: str, text: str, now: float) -> Path:
    """Write `text` below `folder`/views, named by screen and time; return the path.

    Raises:
        OSError: It cannot be written.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    path = folder / "views" / f"{name}-{stamp}.txt"
    with open(open_private(path), "a", encoding="utf-8", errors="replace") as file:
        file.write(text.rstrip("\n") + "\n")
    return path
