"""The marks beside state words, with an ASCII set for consoles that lack the others."""

from __future__ import annotations

FANCY = {"good": "●", "warn": "▲", "bad": "✖", "dim": "○", "info": "◆", "": "·", "bar": "▁▂▃▄▅▆▇█"}
PLAIN = {"good": "+", "warn": "!", "bad": "x", "dim": "o", "info": "*", "": ".", "bar": " .:-=+*#"}


def glyph(tone: str, plain: bool) -> str:
    """Return the mark for a tone."""
    return (PLAIN if plain else FANCY).get(tone, "·")


def bar(fraction: float | None, width: int, plain: bool) -> str:
    """Return a bar of `width` cells for 0..1; question marks where the fraction is unknown."""
    if fraction is None:
        return "?" * width
    full = round(max(0.0, min(1.0, fraction)) * width)
    return ("#" * full + "-" * (width - full)) if plain else ("█" * full + "░" * (width - full))


def gib(count: int | None) -> str:
    """Return bytes as GiB or MiB, "?" when unknown."""
    if count is None:
        return "?"
    if count < 1024**3:
        return f"{count / 1024**2:.0f}Mi"
    return f"{count / 1024**3:.1f}Gi"


def cores(count: float | None) -> str:
    """Return cores as kubectl top does: milli-cores below ten, "?" when unknown."""
    if count is None:
        return "?"
    return f"{count * 1000:.0f}m" if count < 10 else f"{count:.1f}"


def percent(part: float | None, whole: float | None) -> str:
    """Return part of whole in percent, "?" when either is unknown."""
    return "?" if part is None or not whole else f"{100 * part / whole:.0f}%"
