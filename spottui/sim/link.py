"""Links that can be made bad: the states that a link can be in, and what each does to bytes.

All times here are real seconds, not the story's: who waits for a slow link sits in front of a real clock.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

Mode = Literal["up", "down", "half-open", "reset"]
MODES: tuple[str, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a link does to what goes through it."""

    mode: Mode = "up"
    """down: nothing passes, nothing answers, as out of radio range; what was sent arrives when it is up again.
    half-open: connections are accepted and never answered, those that were open never again. reset: refused by RST."""
    latency: float = 0.0
    """Seconds each way."""
    jitter: float = 0.0
    """Up to so many seconds more, each way by its own random numbers."""
    bandwidth: float = 0.0
    """Bytes per second each way, shared by all connections; 0 is unlimited."""


UP = Shape()
SLOW = Shape(latency=0.3, jitter=0.15, bandwidth=24_000)
"""A mobile link at the edge of its cell."""


def shape_of(word: str, **changes: float) -> Shape:
    """Return the shape of a word ("up", "slow", "down", "half-open", "reset") with other figures where given.

    Raises:
        ValueError: The word or a figure cannot be used; the text is a sentence.
    """
    if word not in (*MODES, "slow"):
        raise ValueError(f'A link can be up, slow, {", ".join(MODES[1:])}, not "{word}".')
    for name, value in changes.items():
        if not 0 <= value <= 1e9:
            raise ValueError(f"The {name} of a link must be 0 or more, not {value:g}.")
    return replace(SLOW if word == "slow" else Shape(mode=word), **changes)  # type: ignore[arg-type]


class Lane:
    """One direction of a link: what enters leaves it later."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._free_at = 0.0
        self.bytes = 0

    def due(self, size: int, shape: Shape, now: float) -> float:
        """Take so many bytes in at `now`; return when they come out."""
        self.bytes += size
        start = max(now, self._free_at) if shape.bandwidth else now
        self._free_at = start + (size / shape.bandwidth if shape.bandwidth else 0.0)
        return self._free_at + shape.latency + (self._rng.uniform(0, shape.jitter) if shape.jitter else 0.0)


class Link:
    """A link by name, its shape, and who wants to know when that changes."""

    def __init__(self, name: str, *, seed: int = 0) -> None:
        self.name = name
        self.shape = UP
        self.inward = Lane(random.Random(f"link-{name}-{seed}-in"))
        self.outward = Lane(random.Random(f"link-{name}-{seed}-out"))
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._listeners: list[Callable[[Shape], None]] = []

    @property
    def is_up(self) -> bool:
        """Say whether anything gets through, fast or slow."""
        return self.shape.mode == "up"

    def set(self, shape: Shape) -> None:
        """Change the link; open connections feel it at once."""
        self.shape = shape
        if self.is_up:
            self._is_open.set()
        else:
            self._is_open.clear()
        for listener in tuple(self._listeners):
            listener(shape)

    def listen(self, listener: Callable[[Shape], None]) -> None:
        """Call `listener` at every change, from now on."""
        self._listeners.append(listener)

    async def until_open(self) -> None:
        """Wait until the link lets something through."""
        await self._is_open.wait()

    def state(self) -> dict[str, object]:
        """Return the link as the control address tells it."""
        shape = self.shape
        return {
            "mode": shape.mode,
            "latency": shape.latency,
            "jitter": shape.jitter,
            "bandwidth": shape.bandwidth,
            "bytes_in": self.inward.bytes,
            "bytes_out": self.outward.bytes,
        }
