"""How long something is watched, by a clock that may be set meanwhile."""

from __future__ import annotations

from collections.abc import Callable

LONGEST_STEP = 60.0
"""Seconds between two looks that can be true: a pause, and a read that waits for its deadline twice."""
A_STEP = 1.0
"""Seconds that a step counts for over which the clock was set."""


class Elapsed:
    """Seconds that went by since it was made; a clock that jumps neither ends a watch nor makes it last for ever."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last, self._seconds = clock(), 0.0

    def __call__(self) -> float:
        """Return the seconds; call it once for each look."""
        now = self._clock()
        step, self._last = now - self._last, now
        self._seconds += step if 0 <= step <= LONGEST_STEP else A_STEP
        return self._seconds
