"""The questions: a yes-or-no with the safe answer focused, and one that wants the target's name typed."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label


class ConfirmScreen(ModalScreen[bool]):
    """Asks one question; escape, `n` and the focused button all mean no, so Enter alone never confirms."""

    BINDINGS = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n,escape,q", "answer(False)", "No", id="confirm.no"),
        Binding("left,right,h,tab,shift+tab", "other", "Other button", show=False, id="confirm.other"),
    ]

    def __init__(self, text: str, *, yes: str = "Yes", notes: Iterable[str] = ()) -> None:
        super().__init__()
        self._text, self._yes, self._notes = text, yes, tuple(notes)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._text, markup=False, classes="dialog--question")
            for note in self._notes:
                yield Label(note, markup=False, classes="dialog--note")
            with Horizontal(classes="dialog--buttons"):
                yield Button("n  Cancel", id="no")
                yield Button(f"y  {self._yes}", id="yes")

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    def action_answer(self, yes: bool) -> None:
        """Close with this answer."""
        self.dismiss(yes)

    def action_other(self) -> None:
        """Move the focus to the other button."""
        self.query_one("#yes" if self.query_one("#no").has_focus else "#no").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")


class TypeNameScreen(ModalScreen[bool]):
    """Asks for the target's name; anything else than exactly it, confirmed by Enter, changes nothing."""

    BINDINGS = [Binding("escape", "cancel", "Cancel", id="type-name.cancel")]

    def __init__(self, text: str, name: str, *, notes: Iterable[str] = ()) -> None:
        super().__init__()
        self._text, self._name, self._notes = text, name, tuple(notes)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog-danger"):
            yield Label(self._text, markup=False, classes="dialog--question")
            for note in self._notes:
                yield Label(note, markup=False, classes="dialog--note")
            yield Label(f"Type {self._name} and press enter; esc cancels.", markup=False)
            yield Input(placeholder=self._name)

    def action_cancel(self) -> None:
        """Close with no."""
        self.dismiss(False)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self._name:
            self.dismiss(True)
        else:
            event.input.value = ""
            event.input.placeholder = f"not the name: {self._name}"
