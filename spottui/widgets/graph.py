"""Curves drawn with the dots of Braille letters, two values and four steps to a cell, or with ASCII."""

from __future__ import annotations

from collections.abc import Sequence

DOTS = ((0x40, 0x44, 0x46, 0x47), (0x80, 0xA0, 0xB0, 0xB8))
"""Braille dots of a column filled 1..4 high from the bottom: left column, right column."""
STEPS = 4


def graph(
    values: Sequence[float | None], width: int, height: int, *, plain: bool, top: float | None = None
) -> list[str]:
    """Return `height` rows of `width` cells with the newest value at the right; what is unknown stays empty.

    Args:
        values: Oldest first.
        width: In cells; a cell holds two values, in ASCII one.
        height: In rows.
        plain: ASCII only.
        top: The value at the upper edge; None takes the largest one shown.
    """
    if width < 1 or height < 1:
        return []
    per_cell, steps = (1, 2) if plain else (2, STEPS)
    shown = list(values)[-width * per_cell :]
    shown = [None] * (width * per_cell - len(shown)) + shown
    highest = top if top is not None else max((one for one in shown if one is not None), default=0.0)
    levels = [_level(one, highest, height * steps) for one in shown]
    rows = []
    for row in range(height - 1, -1, -1):
        filled = [max(0, min(steps, level - row * steps)) for level in levels]
        if plain:
            rows.append("".join(" .#"[one] for one in filled))
        else:
            rows.append("".join(_cell(left, right) for left, right in zip(filled[::2], filled[1::2], strict=True)))
    return rows


def _level(value: float | None, top: float, steps: int) -> int:
    """Return how many dots high a value is; what is known and not zero has at least one."""
    if value is None or value <= 0 or top <= 0:
        return 0
    return max(1, round(min(float(steps), value / top * steps)))  # by a top near zero it may be infinite


def _cell(left: int, right: int) -> str:
    code = (DOTS[0][left - 1] if left else 0) | (DOTS[1][right - 1] if right else 0)
    return chr(0x2800 + code) if code else " "
