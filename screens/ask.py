"""Asks for what a command needs beside its target: one typed value or one of several, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Label

from spottui.actions.forms import Field, taken, wrong
from spottui.screens.choice import Choice, ChoiceScreen
from spottui.screens.dialog import Dialog
from spottui.screens.several import NARROWED_FROM, SeveralScreen


class AskScreen(Dialog[str | None]):
    """Asks for one typed value; what cannot be taken is said and stays to be mended, None when left with escape."""

    BINDINGS = [Binding("escape", "leave", "Cancel", id="ask.leave")]

    def __init__(self, field: Field, value: str) -> None:
        super().__init__()
        self._field, self._value = field, value

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._field.text, markup=False, classes="dialog--question")
            yield Input(value=self._value, select_on_focus=False)
            yield Label(
                "enter takes it, esc leaves; nothing is sent before you are asked again", classes="dialog--note"
            )
            yield Label("", markup=False, id="wrong")

    def on_mount(self) -> None:
        line = self.query_one(Input)
        line.focus()
        line.cursor_position = len(self._value)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#wrong", Label).update("")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        why = wrong(self._field, event.value)
        if why:
            self.query_one("#wrong", Label).update(why)
        else:
            self.dismiss(event.value)

    def action_leave(self) -> None:
        """Close without a value."""
        self.dismiss(None)


async def ask_for(app: App[Any], fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Ask for each field that is not given yet; return all options, None when the operator left."""
    answers = dict(given)
    for field in fields:
        if field.name in answers or (field.asked_if is not None and not field.asked_if(answers)):
            continue
        if field.kind == "fixed":
            answers[field.name] = field.value
            continue
        if field.kind == "several":
            marked = await app.push_screen_wait(SeveralScreen(field))
            if marked is None:
                return None
            answers[field.name] = tuple(field.picks[index].value for index in marked)
            continue
        if field.kind == "choice":
            choices = [Choice(str(index), pick.title, (), pick.note) for index, pick in enumerate(field.picks)]
            screen = ChoiceScreen(field.text, choices, typed=len(choices) >= NARROWED_FROM)
            chosen = await app.push_screen_wait(screen)
            if chosen is None:
                return None
            answers[field.name] = field.picks[int(chosen.id)].value
            continue
        value = field.value_of(answers) if field.value_of else field.value
        typed = await app.push_screen_wait(AskScreen(field, value))
        if typed is None:
            return None
        answer = taken(field, typed)
        if answer is not None:
            answers[field.name] = answer
    return answers
