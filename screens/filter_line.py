"""The line under a table that narrows its rows while one types."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.timer import Timer
from textual.widgets import Input

FILTER_HINT = "word  !word  a.*b  -l label=value    enter keeps, esc clears"
NARROW_AFTER = 0.015
"""Seconds from the last key to the narrowed rows: letters that come together are one filter."""


class FilterLine(Input):
    """Hidden until it is opened; has rows narrowed once no more letters follow at once; `enter` is left to others."""

    def __init__(self, narrow: Callable[[str], None], *, id: str) -> None:
        super().__init__(id=id, placeholder=FILTER_HINT)
        self.display = False
        self._narrow = narrow
        self._narrowing: Timer | None = None

    def open(self, text: str) -> None:
        """Show it with the filter that is in force."""
        self.display = True
        self.value = text
        self.focus()

    def close(self) -> None:
        """Hide it; what was typed last and not said yet is dropped."""
        self.display = False

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if not self.display:
            return
        if self._narrowing is not None:
            self._narrowing.stop()
        self._narrowing = self.set_timer(NARROW_AFTER, self._narrow_now)

    def _narrow_now(self) -> None:
        self._narrowing = None
        if self.display:
            self._narrow(self.value)
