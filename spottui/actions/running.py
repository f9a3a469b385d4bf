"""The commands that run now and those that just ended: what their operator may look at, leave and come back to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from spottui.actions.action import Action
from spottui.records import Target

KEPT_LINES = 200
"""Sentences kept of one command."""
KEPT_ENDED = 8
"""Commands kept after their end."""


@dataclass(eq=False)
class Running:
    """One command on one target, from the moment it is sent."""

    action: Action
    target: Target
    since: float
    """Seconds since the epoch."""
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    """What it said so far, the last one is how far it is."""
    ended_at: float | None = None
    outcome: str = ""
    """"done", "failed" or "unknown" when it has ended."""
    is_stopped: bool = False
    """The operator asked it to end midway."""

    @property
    def text(self) -> str:
        """The last sentence, empty while it has said nothing."""
        return self.lines[-1] if self.lines else ""

    @property
    def can_be_stopped(self) -> bool:
        """It runs, looks at `Services.is_stopped`, and was not told yet."""
        return self.action.can_stop and self.ended_at is None and not self.is_stopped

    def hear(self, text: str) -> None:
        """Take in how far it is."""
        if text != self.text:
            self.lines.append(text)

    def stop(self) -> None:
        """Ask it to end midway; it says itself what is left then."""
        self.is_stopped = True


class RunningCommands:
    """Every command of this session that runs, oldest first, and the last ones that ended."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._now: list[Running] = []
        self._ended: deque[Running] = deque(maxlen=KEPT_ENDED)

    @property
    def now(self) -> tuple[Running, ...]:
        """Those that run."""
        return tuple(self._now)

    @property
    def ended(self) -> tuple[Running, ...]:
        """Those that ended last, the newest first."""
        return tuple(self._ended)

    def begin(self, action: Action, target: Target) -> Running:
        """Take in a command that is about to be sent."""
        one = Running(action, target, self._clock())
        self._now.append(one)
        return one

    def end(self, one: Running, outcome: str, text: str) -> None:
        """Take in how it ended."""
        one.hear(text)
        one.outcome, one.ended_at = outcome, self._clock()
        self._now.remove(one)
        self._ended.appendleft(one)
