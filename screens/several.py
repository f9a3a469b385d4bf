"""One list of which any number may be marked, with a line to narrow it where it is long."""

from __future__ import annotations

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from spottui.actions.forms import Field

NARROWED_FROM = 8
"""Picks from which on a line to narrow them is offered."""
SHOWN = 100
"""Picks on the list at a time: more would make each key slow, and nobody scrolls that far."""
NONE_MARKED = "Nothing is marked: space marks; esc leaves."


class SeveralScreen(ModalScreen[tuple[int, ...] | None]):
    """Lets picks be marked; returns the places of those that are, None when left with escape."""

    BINDINGS = [
        Binding("escape", "leave", "Cancel", id="ask.several-leave"),
        Binding("space", "mark", "Mark", id="ask.several-mark"),
        Binding("down", "step(1)", "Down", show=False, id="ask.several-down"),
        Binding("up", "step(-1)", "Up", show=False, id="ask.several-up"),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field
        self._marked: set[int] = set()
        self._shown: list[int] = []
        self._hidden = 0
        self._texts = [f"{pick.title} {pick.note}".casefold() for pick in field.picks]
        self._width = max((len(pick.title) for pick in field.picks), default=0) + 2

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog choice"):
            yield Label(self._field.text, markup=False, classes="dialog--question")
            if len(self._field.picks) >= NARROWED_FROM:
                yield _Narrow(placeholder="type to narrow, space marks, enter goes on, esc closes")
            yield OptionList()
            yield Label("", markup=False, id="count", classes="dialog--note")
            yield Label("", markup=False, id="wrong")

    def on_mount(self) -> None:
        self._narrow("")
        narrow = self.query(_Narrow)
        (narrow.first() if narrow else self.query_one(OptionList)).focus()

    def _narrow(self, typed: str) -> None:
        words = typed.casefold().split()
        found = [index for index, text in enumerate(self._texts) if all(word in text for word in words)]
        self._shown = found[:SHOWN]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(self._line(index)) for index in self._shown)
        options.highlighted = 0 if self._shown else None
        self._count(len(found) - len(self._shown))

    def _count(self, hidden: int) -> None:
        more = f"{hidden} more are not shown: type to narrow. " if hidden else ""
        marked = f"{len(self._marked)} of {len(self._field.picks)} marked." if self._marked else ""
        self.query_one("#count", Label).update(f"{more}{marked}")
        self._hidden = hidden

    def _line(self, index: int) -> Text:
        pick = self._field.picks[index]
        text = Text(f"[{'x' if index in self._marked else ' '}] {pick.title.ljust(self._width)}")
        text.append(pick.note, style="dim")
        return text

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._go_on()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._go_on()

    def _go_on(self) -> None:
        if not self._marked and not self._field.is_optional:
            self.query_one("#wrong", Label).update(NONE_MARKED)
            return
        self.dismiss(tuple(sorted(self._marked)))

    def action_mark(self) -> None:
        """Mark the pick under the cursor, or take the mark away; then step on."""
        options = self.query_one(OptionList)
        at = options.highlighted
        if at is None:
            return
        self._marked ^= {self._shown[at]}
        options.replace_option_prompt_at_index(at, self._line(self._shown[at]))
        self.query_one("#wrong", Label).update("")
        self._count(self._hidden)
        if at + 1 < len(self._shown):
            options.highlighted = at + 1

    def action_step(self, by: int) -> None:
        """Move the highlight while the line keeps the focus."""
        options = self.query_one(OptionList)
        options.action_cursor_down() if by > 0 else options.action_cursor_up()

    def action_leave(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


class _Narrow(Input):
    """A line in which space marks, as no kind and no name has one."""

    BINDINGS = [Binding("space", "screen.mark", "Mark", show=False, id="ask.several-mark-narrowed")]

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key != "space" and super().check_consume_key(key, character)

    async def _on_key(self, event: Key) -> None:
        if event.key == "space":
            event.prevent_default()  # else Input's own, which types it, is called too
