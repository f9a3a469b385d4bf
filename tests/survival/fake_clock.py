"""A clock that a test sets while the programs run: libfaketime, which leaves the monotonic clock as it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib")


class NoFakeTime(RuntimeError):
    """Says that libfaketime is not on this machine."""


class FakeClock:
    """Sets the time of day of the programs that are started with `environ`; whole seconds from ours."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._library = next(
            (found for folder in LIBRARIES for found in Path(folder).glob("**/faketime/libfaketimeMT.so.1")), None
        )
        if self._library is None:
            raise NoFakeTime("needs libfaketime (Debian: apt-get install libfaketime)")
        self.offset = 0
        self.step(0)

    @property
    def environ(self) -> Mapping[str, str]:
        """What makes a program see this clock."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def now(self) -> float:
        """Return the programs' time of day, in seconds since the epoch."""
        return time.time() + self.offset

    def step(self, seconds: int) -> None:
        """Set the clock forward, or back with a negative number."""
        self.offset += seconds
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{self.offset:+d}s\n")
        fresh.replace(self._file)
