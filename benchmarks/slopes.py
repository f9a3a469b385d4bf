"""Says whether a row of samples grows: by the slope of Theil and Sen, which no spike moves."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 600
"""Samples that are compared pair by pair; of more, evenly chosen ones."""


@dataclass(frozen=True, slots=True)
class Slope:
    """How a row of samples goes on, in its unit a second."""

    middle: float
    low: float
    high: float
    """Low and high: the 95 % interval, as if the samples were independent."""


def slope(at: Sequence[float], values: Sequence[float]) -> Slope:
    """Return the median of the slopes between every two samples.

    Raises:
        ValueError: There are fewer than three samples.
    """
    if len(values) < 3:
        raise ValueError(f"A slope needs three samples or more, not {len(values)}.")
    step = max(1, math.ceil(len(values) / MOST))
    points = list(zip(at, values, strict=True))[::step]
    slopes = sorted(
        (later - before) / (then - first)
        for number, (first, before) in enumerate(points)
        for then, later in points[number + 1 :]
        if then > first
    )
    count = len(points)
    wide = 1.96 * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)  # of Kendall's S
    low = max(0, round((len(slopes) - wide) / 2))
    high = min(len(slopes) - 1, round((len(slopes) + wide) / 2))
    return Slope(statistics.median(slopes), slopes[low], slopes[high])


@dataclass(frozen=True, slots=True)
class Bound:
    """How much something may grow."""

    unit: str
    an_hour: float
    """Share of its own size, for memory and objects; else a number."""
    is_share: bool = True


BOUNDS = {
    "rss": Bound("MB", 0.02),
    "pss": Bound("MB", 0.02),
    "blocks": Bound("", 0.02),
    "tasks": Bound("", 0.5, is_share=False),
    "threads": Bound("", 0.5, is_share=False),
    "fds": Bound("", 0.5, is_share=False),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one figure."""

    name: str
    first: float
    last: float
    """Medians of the first and the last fifth after the warm-up."""
    slope: Slope
    is_flat: bool

    @property
    def an_hour(self) -> float:
        """How much it grew in an hour."""
        return self.slope.middle * 3600


def judged(name: str, at: Sequence[float], values: Sequence[float]) -> Outcome:
    """Return whether a figure grew more than its bound allows."""
    found = slope(at, values)
    fifth = max(1, len(values) // 5)
    bound = BOUNDS[name]
    middle = statistics.median(values)
    allowed = bound.an_hour * (middle if bound.is_share else 1.0)
    return Outcome(
        name,
        statistics.median(values[:fifth]),
        statistics.median(values[-fifth:]),
        found,
        found.middle * 3600 <= allowed,
    )
