"""A full text over the screen: help, details of a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from spottui.screens.dialog import Dialog
from spottui.widgets.lines import Lines
from spottui.widgets.one_line import OneLine, Part
from spottui.widgets.tones import Line


class TextScreen(Dialog[None]):
    """Shows lines that scroll; `again` makes them anew when `refresh_text` is called."""

    KEYS: ClassVar[Line] = (("esc", "key"), (" back  ", ""), ("j k", "key"), (" scroll", ""))
    """The key bar."""
    BINDINGS = [
        Binding("escape,q,enter,question_mark,d", "leave", "Close", id="text.leave"),
    ]

    def __init__(self, title: str, again: Callable[[], Sequence[Line]]) -> None:
        super().__init__()
        self._title, self._again = title, again
        self._body = Lines(folds=True)

    def compose(self) -> ComposeResult:
        yield OneLine(id="text-title")
        yield self._body
        yield OneLine(id="text-keys")

    def on_mount(self) -> None:
        self.query_one("#text-title", OneLine).show([Part(((self._title, "title"),))])
        self.query_one("#text-keys", OneLine).show([Part(self.KEYS)])
        self.refresh_text()
        self._body.focus()

    def refresh_text(self) -> None:
        """Make the text anew from what is known now; only changed lines are drawn."""
        self._body.show(self._again())

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)
