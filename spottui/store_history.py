"""The last values of what is drawn as a curve: bounded, oldest first, unknown is None."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

LENGTH = 240
"""Values kept of each curve; at the host's two seconds that is eight minutes."""
CURVES = 400
"""Curves kept; the one that was written longest ago goes first."""


class Histories:
    """Curves by name: "host.cpu", "node.spot-core.cpu", ..."""

    def __init__(self) -> None:
        self._curves: dict[str, deque[float | None]] = {}

    def add(self, name: str, value: float | None) -> None:
        """Note the newest value of a curve."""
        curve = self._curves.pop(name, None) or deque(maxlen=LENGTH)
        curve.append(value)
        self._curves[name] = curve  # at the end: written last
        if len(self._curves) > CURVES:
            del self._curves[next(iter(self._curves))]

    def of(self, name: str) -> Sequence[float | None]:
        """Return a curve's values, oldest first; empty when there is none."""
        return self._curves.get(name, ())
