"""A long text over the screen that is searched by a line at its foot and saved to a file: logs, YAML, a diff."""

from __future__ import annotations

from textual.widgets import Input

from spottui.screens.dialog import Dialog
from spottui.screens.parts import Parts
from spottui.widgets.log_view import LogView


class SearchedScreen(Dialog[None]):
    """What the screens around a `LogView` share; which keys do it is theirs."""

    def __init__(self, parts: Parts, view: LogView) -> None:
        super().__init__()
        self.parts, self.view = parts, view
        self._ask = Input(id="filter")
        self._ask.display = False

    def open_line(self, text: str, hint: str) -> None:
        """Open the line with this text in it."""
        self._ask.placeholder, self._ask.value = hint, text
        self._ask.display = True
        self._ask.focus()

    def close_line(self) -> None:
        """Hide the line; the text has the keys again."""
        self._ask.display = False
        self.view.focus()

    def take_back(self) -> bool:
        """Take back one thing, the open line or else the search; return whether there was one."""
        if self._ask.display:
            self.close_line()
        elif self.view.needle:
            self.view.find("")
        else:
            return False
        return True

    def search(self, text: str, where: str, *, back: bool = False) -> None:
        """Go to the first match, or say that there is none in `where`: "this text"."""
        if not self.view.find(text, back=back):
            self.notify(f"{text}: not in {where}.", markup=False)

    def save(self, what: str, name: str, text: str) -> None:
        """Write a text to a file whose name begins with `name`; a failure names `what`: "This log"."""
        try:
            path = self.parts.save(name, text)
        except OSError as error:
            self.notify(f"{what} cannot be saved: {error}.", severity="error", markup=False)
        else:
            self.notify(f"Saved to {path}.", markup=False)

    def action_next(self, back: bool) -> None:
        """Go to the next match downwards, or upwards."""
        if self.view.needle and not self.view.find(self.view.needle, back=back, again=True):
            self.notify(f"{self.view.needle}: no more {'above' if back else 'below'}.", markup=False)
