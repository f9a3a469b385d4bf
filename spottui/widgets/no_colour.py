"""Takes every colour out of what is drawn, for NO_COLOR: what stood out by its background alone is reversed."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

STANDS_OUT = 0.12
"""Difference in brightness (0..1) between a text's background and its widget's; panels differ by less."""


class NoColour(LineFilter):
    """Leaves bold, underlined and reversed, and no colour, not even the terminal's own by name."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without colours."""
        shade = background.brightness
        return [
            Segment(text, None if style is None else _without_colour(style, shade), control)
            for text, style, control in segments
        ]


@lru_cache(4096)
def _without_colour(style: Style, shade: float) -> Style:
    plain = style.without_color
    if style.reverse or style.bgcolor is None or style.bgcolor.is_default:
        return plain
    own = Color.from_rich_color(style.bgcolor).brightness
    return plain + Style(reverse=True) if abs(own - shade) > STANDS_OUT else plain
