"""One list of which any number may be marked, with a line to narrow it where it is long."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.events import Key
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from spottui.actions.forms import Field
from spottui.screens.narrowing import NarrowingScreen

NARROWED_FROM = 8
"""Picks from which on a line to narrow them is offered."""
SHOWN = 100
"""Picks on the list at a time: more would make each key slow, and nobody scrolls that far."""
NONE_MARKED = "Nothing is marked: space marks; esc leaves."


class SeveralScreen(NarrowingScreen[tuple[int, ...]]):
    """Lets picks be marked; returns the places of those that are."""

    BINDINGS = [
        Binding("space", "mark", "Mark", id="ask.several-mark"),
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

    def narrow(self, typed: str) -> None:
        words = typed.casefold().split()
        found = [index for index, text in enumerate(self._texts) if all(word in text for word in words)]
        self._shown = found[:SHOWN]
        self.fill([Option(self._line(index)) for index in self._shown])
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

    def go_on(self) -> None:
        """Answer with what is marked, once something is or nothing need be."""
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


class _Narrow(Input):
    """A line in which space marks, as no kind and no name has one."""

    BINDINGS = [Binding("space", "screen.mark", "Mark", show=False, id="ask.several-mark-narrowed")]

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key != "space" and super().check_consume_key(key, character)

    async def _on_key(self, event: Key) -> None:
        if event.key == "space":
            event.prevent_default()  # else Input's own, which types it, is called too
