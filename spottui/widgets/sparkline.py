"""A history as one line of glyphs; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
PLAIN = "_.-~=+*#"
"""From low to high, for consoles whose font has no blocks."""


def sparkline(
    values: Sequence[float | None], width: int, *, low: float = 0.0, high: float | None = None, plain: bool = False
) -> str:
    """Return the last `width` values as glyphs, one each, filled up with blanks on the left.

    A value that is not known is a blank. `high` is the value of the full glyph, by default the largest one shown.
    """
    if width <= 0:
        return ""
    shown = [None if value is None or not math.isfinite(value) else value for value in values[-width:]]
    known = [value for value in shown if value is not None]
    top = max(known, default=low) if high is None else high
    glyphs = PLAIN if plain else BLOCKS
    text = "".join(" " if value is None else glyphs[_step(value, low, top, len(glyphs))] for value in shown)
    return text.rjust(width)


def _step(value: float, low: float, high: float, steps: int) -> int:
    """Return which of `steps` glyphs a value has; all that lies outside is at the end next to it."""
    if not high > low:  # also when it is no number
        return 0
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return min(steps - 1, int(share * steps))
