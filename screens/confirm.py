"""The questions: a yes-or-no with the safe answer focused, and one that wants the target's name typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from spottui.screens.dialog import Question
from spottui.widgets.lines import Lines


class _Question(Question[bool]):
    """A question with notes, and a comparison below it that its keys scroll."""

    def __init__(self, text: str, notes: Iterable[str], lines: Sequence[str]) -> None:
        super().__init__()
        self._text, self._notes = text, tuple(notes)
        self._below = _Below(lines) if lines else None

    def asked(self) -> ComposeResult:
        """Yield what is asked, and what stands below it."""
        yield Label(self._text, markup=False, classes="dialog--question")
        for note in self._notes:
            yield Label(note, markup=False, classes="dialog--note")
        if self._below is not None:
            yield self._below

    def action_scroll_lines(self, pages: int) -> None:
        """Scroll what stands below the question by half its height."""
        if self._below is not None:
            self._below.action_scroll_pages(pages / 2)


class ConfirmScreen(_Question):
    """Asks one question; escape, `n` and the focused button all mean no, so Enter alone never confirms."""

    BINDINGS = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n,escape,q", "answer(False)", "No", id="confirm.no"),
        Binding("left,right,h,tab,shift+tab", "other", "Other button", show=False, id="confirm.other"),
        Binding("up,k,pageup", "scroll_lines(-1)", "Up", show=False, id="confirm.up"),
        Binding("down,j,pagedown", "scroll_lines(1)", "Down", show=False, id="confirm.down"),
    ]

    def __init__(self, text: str, *, yes: str = "Yes", notes: Iterable[str] = (), lines: Sequence[str] = ()) -> None:
        super().__init__(text, notes, lines)
        self._yes = yes

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield from self.asked()
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


class TypeNameScreen(_Question):
    """Asks for the target's name; anything else than exactly it, confirmed by Enter, changes nothing."""

    BINDINGS = [
        Binding("escape", "cancel", "Cancel", id="type-name.cancel"),
        Binding("up,pageup", "scroll_lines(-1)", "Up", show=False, id="type-name.up"),
        Binding("down,pagedown", "scroll_lines(1)", "Down", show=False, id="type-name.down"),
    ]

    def __init__(self, text: str, name: str, *, notes: Iterable[str] = (), lines: Sequence[str] = ()) -> None:
        super().__init__(text, notes, lines)
        self._name = name

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog-danger"):
            yield from self.asked()
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


class _Below(Lines, can_focus=False):
    """A comparison below a question: as high as it is long, up to a third of the screen; its dialog scrolls it."""

    def __init__(self, lines: Sequence[str]) -> None:
        tones = {"+": "good", "-": "bad", "@": "info"}
        super().__init__([((line, tones.get(line[:1], "")),) for line in lines], folds=True)
        self._count = len(lines)

    def on_mount(self) -> None:
        # A dialog that is as high as its content does not heed a child's max-height.
        self.styles.height = min(self._count, max(3, self.app.size.height // 3))
