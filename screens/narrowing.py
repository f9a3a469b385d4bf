"""A dialog with one list, and a line above it that narrows the list while the cursor moves in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from textual import on
from textual.binding import Binding
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from spottui.screens.dialog import Dialog

Answer = TypeVar("Answer")


class NarrowingScreen(Dialog[Answer | None]):
    """Keeps the focus in the line while the keys of the list still move its highlight; None when left with escape."""

    BINDINGS = [
        Binding("escape", "leave", "Close", id="choice.leave"),
        Binding("down", "step(1)", "Down", show=False, id="choice.down"),
        Binding("up", "step(-1)", "Up", show=False, id="choice.up"),
    ]

    def narrow(self, typed: str) -> None:
        """Show what fits the text in the line."""
        raise NotImplementedError

    def go_on(self) -> None:
        """Answer with what is chosen now, if that will do."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.narrow("")
        line = self.query(Input)
        (line.first() if line else self.query_one(OptionList)).focus()

    def fill(self, options: Sequence[Option]) -> None:
        """Show these options, the first one that can be chosen highlighted."""
        shown = self.query_one(OptionList)
        shown.clear_options()
        shown.add_options(options)
        shown.highlighted = next((place for place, option in enumerate(options) if not option.disabled), None)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.narrow(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.go_on()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        event.option_list.highlighted = event.option_index
        self.go_on()

    def action_step(self, by: int) -> None:
        """Move the highlight while the line keeps the focus."""
        options = self.query_one(OptionList)
        options.action_cursor_down() if by > 0 else options.action_cursor_up()

    def action_leave(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
