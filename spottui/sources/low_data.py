"""Low-data mode: on when asked for, or by itself while transfers are slower than a threshold; pure."""

from __future__ import annotations

from collections.abc import Iterable

SLOW_IN_A_ROW = 2
"""Transfers under the threshold, one after another, until the mode is on by itself."""
FAST_FACTOR = 2.0
"""A transfer this many times faster than the threshold ends it."""
LOOK_AGAIN, LOOK_AGAIN_MOST = 900.0, 7200.0
"""Seconds after which it is tried without, as little is transferred that could show a better link; then longer."""


class LowData:
    """Decides from the speed of our own transfers; nothing is sent to measure.

    `below`: bytes per second; 0 leaves the mode to who asks for it.
    """

    def __init__(self, asked: bool = False, below: float = 0.0) -> None:
        self._asked, self._below = asked, below
        self._slow: list[float] = []
        self._since: float | None = None
        self._look_again = LOOK_AGAIN
        self._speed = 0.0

    @property
    def reason(self) -> str:
        """Why the mode is on; empty when it is off."""
        if self._asked:
            return "asked for"
        return f"the link is slow: {self._speed / 1000:.1f} kB/s" if self._since is not None else ""

    def measured(self, speeds: Iterable[float], at: float) -> None:
        """Take in how fast transfers were, in bytes per second, the oldest first; also without any, with time."""
        if self._asked or not self._below:
            return
        for speed in speeds:
            self._measured(speed, at)
        if self._since is not None and not 0 <= at - self._since < self._look_again:
            self._since = None
            self._slow.clear()
            self._look_again = min(LOOK_AGAIN_MOST, self._look_again * 2)

    def _measured(self, speed: float, at: float) -> None:
        if speed >= self._below:
            self._slow.clear()
            if self._since is not None and speed >= FAST_FACTOR * self._below:
                self._since, self._look_again = None, LOOK_AGAIN
            return
        self._slow.append(speed)
        if len(self._slow) >= SLOW_IN_A_ROW:
            self._speed = sum(self._slow[-SLOW_IN_A_ROW:]) / SLOW_IN_A_ROW
            self._since = at
