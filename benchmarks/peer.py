"""Gets k9s, the program that spottui is measured against: from PATH, else built with Go.

python -m benchmarks.peer       builds it, where that is not done yet, and says where it is
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import toolchain

MODULE = Path(__file__).parent / "k9s_module"
VERSION = "v0.50.16"
"""As in the module's go.mod; a test holds it."""


@dataclass(frozen=True, slots=True)
class K9s:
    """Which k9s there is."""

    path: str | None
    said: str
    """For the reader of the figures: which one it was, or why there is none."""


def k9s(tell: Callable[[str], None]) -> K9s:
    """Return k9s; building it takes some ten minutes the first time, and a build that fails is no failure of ours."""
    if (path := shutil.which("k9s")) is not None:
        return K9s(path, f"{path} of PATH, measured in this run")
    tell(f"k9s {VERSION} is being built, unless it was before")
    try:
        return K9s(str(toolchain.built([MODULE]) / "k9s"), f"{VERSION}, measured in this run")
    except toolchain.BuildFailed as failed:
        why = str(failed).splitlines()[0]
        return K9s(None, f"as measured before (2026-08, two idle cores), as it could not be had: {why}")


if __name__ == "__main__":
    found = k9s(lambda text: print(text, file=sys.stderr))
    print(found.path or found.said)
