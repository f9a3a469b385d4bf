"""The update window as one line of text."""

from __future__ import annotations

from spottui.verdicts.window import Window
from spottui.widgets.tones import Line, Span


def window_line(window: Window, now: float) -> Line:
    """Return OPEN with what speaks for it, or HOLD with the first reason and how many more there are."""
    if not window.is_known:
        return (("HOLD", "dim"), (f" unknown: {window.reasons[0]}", "dim"))
    if window.is_open:
        return (window_span(window), (f" ({', '.join(window.reasons)}{_left(window, now)})", ""))
    more = len(window.reasons) - 1
    return (window_span(window), (f": {window.reasons[0]}", ""), (f"  (+{more} more)" if more else "", "dim"))


def window_span(window: Window) -> Span:
    """Return the word alone, coloured."""
    return (window.word, "good" if window.is_open else "warn" if window.is_known else "dim")


def _left(window: Window, now: float) -> str:
    """Return how long a planned break may still be used, in whole minutes, so that the line stays quiet."""
    if window.until is None:
        return ""
    minutes = int((window.until - now) // 60)
    return f", {minutes} min left" if minutes else ", less than a minute left"
