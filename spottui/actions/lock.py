"""The lock on writing: spottui starts read-only unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable

UNLOCKED_FOR = 900.0
"""Seconds that writing stays open after an operator unlocked it."""


class WriteLock:
    """Says whether commands may write now; an unlocking ends by itself."""

    def __init__(self, starts_unlocked: bool, clock: Callable[[], float], unlocked_for: float = UNLOCKED_FOR) -> None:
        self.unlocked_for = unlocked_for
        """Seconds of an unlocking that names none."""
        self._clock = clock
        self._stays_open = starts_unlocked
        self._since = 0.0
        self._until: float | None = None

    @property
    def is_locked(self) -> bool:
        """Writing is refused now."""
        return not self._stays_open and self.until is None

    @property
    def until(self) -> float | None:
        """When writing locks by itself; None: it is locked, or open without an end."""
        # A clock that was set back must not keep writing open for longer than was agreed to.
        if self._until is not None and not self._since <= self._clock() < self._until:
            self._until = None
        return self._until

    def unlock(self, seconds: float | None = None) -> None:
        """Open writing for `seconds` from now; an unlocking without an end stays as it is."""
        self._since = self._clock()
        length = self.unlocked_for if seconds is None else seconds
        self._until = None if self._stays_open else self._since + length

    def lock(self) -> None:
        """Refuse writing from now on, also when spottui was started unlocked."""
        self._stays_open, self._until = False, None
