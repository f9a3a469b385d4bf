"""What a container says: its lines are worked out when somebody reads them, so a silent reader costs nothing.

In a template of `Behaviour.logs` stand, in braces: {n} the number of the line, {ms} a duration, {pct} 0..100,
{count} 1..40, {value} a small decimal, {time} the time of day, {pod}, {container}, {sensor}.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from spottui.sim.behaviour import Behaviour
from spottui.sim.story_clock import StoryClock

RING = 2000
"""Lines kept of one container: the log file is rotated."""
_FIELD = re.compile(r"\{(\w+)\}")
Line = tuple[float, str]
"""When it was said, in story seconds, and the text."""


class Timeline:
    """Turns story seconds into wall-clock seconds, also where the story ran at another speed."""

    def __init__(self, clock: StoryClock) -> None:
        self._clock = clock
        self._marks: list[tuple[float, float, float]] = []
        """Story seconds, wall seconds and the speed from there on."""
        self.note()

    def note(self) -> None:
        """Look whether the speed has changed."""
        speed = self._clock.speed
        if not self._marks or self._marks[-1][2] != speed:
            self._marks.append((self._clock.now(), self._clock.wall(), speed))

    def wall_at(self, story: float) -> float:
        """Return the wall-clock seconds of a moment of the story."""
        self.note()
        at = max(0, bisect_right(self._marks, story, key=lambda mark: mark[0]) - 1)
        since, wall, speed = self._marks[at]
        found = wall + (story - since) / (speed or 1.0)
        if at + 1 < len(self._marks):
            return min(found, self._marks[at + 1][1])
        return found


class Life:
    """One run of a container, from its start to its end."""

    def __init__(
        self,
        id_: str,
        behaviour: Behaviour,
        started: float,
        names: Mapping[str, str],
        wall_at: Callable[[float], float],
    ) -> None:
        self.id = id_
        self._wall_at = wall_at
        self.behaviour = behaviour
        self.started = started
        """Story seconds."""
        self.ended: float | None = None
        self.pulse = asyncio.Event()
        """Set when it ends or begins to behave otherwise; who follows it waits for this."""
        self._names = {**names, "sensor": behaviour.needs_sensor}
        self._seed = zlib.crc32(id_.encode())
        self._said: deque[Line] = deque(maxlen=RING)
        self.grown, self.growing_since = 0.0, started
        """Bytes by which its memory grew under earlier behaviours, and since when it grows as it does now."""
        self._from, self._first = started, 0
        """Since when the present behaviour counts, and the number of its first line."""
        for at, text in enumerate(behaviour.start_logs):
            self.say(started + 0.01 * at, text)

    def say(self, when: float, text: str) -> None:
        """Say a line beside those of the behaviour."""
        self._said.append((when, self._filled(text, -1 - len(self._said), when)))

    def change(self, behaviour: Behaviour, now: float) -> None:
        """Behave otherwise from now on; what was said stays."""
        old = self.behaviour
        self.grown += old.memory_growth * (now - self.growing_since)
        self.growing_since = now
        if old.log_period:
            said = self.lines(now)
            self._first += self._count(now)
            self._said = deque(said, maxlen=RING)
        self.behaviour, self._from = behaviour, now
        self._names["sensor"] = behaviour.needs_sensor
        self.touch()

    def touch(self) -> None:
        """Wake who follows."""
        self.pulse.set()
        self.pulse = asyncio.Event()

    def end(self, now: float, last_words: tuple[str, ...] = ()) -> None:
        """End it."""
        for text in last_words:
            self.say(now, text)
        self.ended = now
        self.touch()

    def lines(self, now: float) -> list[Line]:
        """Return the lines said until now, oldest first, at most `RING`."""
        until = now if self.ended is None else min(now, self.ended)
        count, period = self._count(until), self.behaviour.log_period
        found: list[Line] = list(self._said)
        if count and period:
            for at in range(max(0, count - RING), count):
                when = self._from + (at + 1) * period
                texts = self.behaviour.logs
                number = self._first + at
                found.append((when, self._filled(texts[number % len(texts)], number, when)))
            if self._said:
                found.sort(key=lambda line: line[0])
        return [line for line in found[-RING:] if line[0] <= until]

    def next_after(self, now: float) -> float | None:
        """Return when the next line is due; None when none is foreseen."""
        period = self.behaviour.log_period
        if self.ended is not None or not period or not self.behaviour.logs:
            return None
        return self._from + (self._count(now) + 1) * period

    def _count(self, now: float) -> int:
        """Return how many lines of the present behaviour are said."""
        period = self.behaviour.log_period
        if not period or not self.behaviour.logs:
            return 0
        return max(0, int((now - self._from) / period + 1e-9))

    def _filled(self, template: str, number: int, when: float) -> str:
        if "{" not in template:
            return template
        noise = (number * 2654435761 ^ self._seed) & 0xFFFFFFFF
        values: dict[str, Callable[[], str]] = {
            "n": lambda: str(number + 1),
            "ms": lambda: str(4 + noise % 37),
            "pct": lambda: str(noise // 7 % 101),
            "count": lambda: str(1 + noise // 11 % 40),
            "value": lambda: f"{noise // 13 % 1000 / 100:.2f}",
            "time": lambda: datetime.fromtimestamp(self._wall_at(when), UTC).strftime("%H:%M:%S.%f")[:-3],
        }
        return _FIELD.sub(lambda m: values[m[1]]() if m[1] in values else self._names.get(m[1], m[0]), template)


def nano(seconds: float) -> str:
    """Return a time as the container runtime writes it before a line: nanoseconds."""
    whole = datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{round(seconds % 1 * 1e9) % 1_000_000_000:09d}Z"
