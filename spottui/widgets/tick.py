"""A line that is ticked or not, as a box that shows it without colour."""

from __future__ import annotations

from textual.binding import Binding
from textual.content import Content
from textual.events import Click
from textual.reactive import reactive
from textual.widget import Widget


class Tick(Widget, can_focus=True):
    """One line with a box before it; space, enter and the mouse turn it over."""

    DEFAULT_CSS = """
    Tick { height: 1; width: auto; padding: 0 1; }
    Tick:focus { background: $accent; color: $background; text-style: bold; }
    """
    BINDINGS = [Binding("space,enter", "turn", "Turn over", show=False, id="tick.turn")]

    value: reactive[bool] = reactive(False)

    def __init__(self, text: str, value: bool) -> None:
        super().__init__()
        self._text = text
        self.set_reactive(Tick.value, value)

    def render(self) -> Content:
        return Content(f"[{'x' if self.value else ' '}] {self._text}")

    def action_turn(self) -> None:
        """Turn it over."""
        self.value = not self.value

    def on_click(self, event: Click) -> None:
        event.stop()
        self.action_turn()
