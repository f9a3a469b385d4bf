"""What all dialogs share: when they begin to take keys."""

from __future__ import annotations

from typing import TypeVar

from textual.events import Key
from textual.message import Message
from textual.screen import ModalScreen

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """Takes its keys once its widgets are there: closed before that, it would fail as it fills them."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.is_mounted and super().check_action(action, parameters)


class Question(Dialog[Answer]):
    """Takes only answers that were typed after it was drawn: keys come in bursts, and a late question amid others.

    Its text has the class `dialog--question`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._drawn_at: float | None = None
        """On the clock of Textual's messages; None until it was drawn."""
        self._is_early = False

    @property
    def is_drawn(self) -> bool:
        """Whether it can have been read."""
        return self._drawn_at is not None

    def _compositor_refresh(self) -> None:
        """Note the moment before the text goes to the terminal: whoever answers what stands there comes after it."""
        if self._drawn_at is None and any(
            one.has_class("dialog--question") for one in self._compositor.visible_widgets
        ):
            self._drawn_at = Message().time
            if self._is_early:
                self._tell()
        super()._compositor_refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not yet: a key that was on its way to the screen below must not answer what opened meanwhile."""
        if not self.is_drawn:
            self._is_early = True
            return False
        return super().check_action(action, parameters)

    def on_key(self, event: Key) -> None:
        """Keep keys that were typed before it was drawn from the answers, also those that come through after."""
        if self._drawn_at is None:
            self._is_early = True
            event.stop()
        elif event.time < self._drawn_at:
            event.stop()
            self._tell()

    def _tell(self) -> None:
        text = "A key came before this question was drawn, and was not taken as its answer."
        self.notify(text, severity="warning", markup=False)
