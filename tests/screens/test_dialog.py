"""Keys that come as a dialog opens: a question takes none that was typed before it was drawn, and nothing fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App
from textual.events import Key
from textual.screen import ModalScreen

from spottui.actions.forms import Field
from spottui.records_armed import Conditions
from spottui.screens.arm import ArmScreen
from spottui.screens.ask import AskScreen
from spottui.screens.choice import Choice, ChoiceScreen
from spottui.screens.confirm import ConfirmScreen, TypeNameScreen
from spottui.screens.text import TextScreen
from tests.screens.app_case import screen_text, until

EARLY = "came before this question was drawn"
NOTHING = "no answer"
TURNS = (0, 1, 2, 3, 4, 6, 8, 12, 20)
"""Turns of the event loop between the opening and the key."""


def an_offer() -> ArmScreen:
    return ArmScreen("Sync nav: later?", ["no link"], Conditions(), hours=8, unlocks=False, may_send=True)


QUESTIONS: dict[str, Callable[[], ModalScreen[Any]]] = {
    "y": lambda: ConfirmScreen("Restart nav?"),
    "n": lambda: ConfirmScreen("Restart nav?"),
    "s": an_offer,
    "escape": lambda: TypeNameScreen("Delete nav?", "nav"),
}
OTHERS: list[Callable[[], ModalScreen[Any]]] = [
    lambda: ChoiceScreen("Command", [Choice("a", "A")]),
    lambda: AskScreen(Field(name="replicas", text="How many?"), "1"),
    lambda: TextScreen("Help", lambda: [(("a line", ""),)]),
]


class Asking(App[None]):
    """Opens one dialog and keeps its answer."""

    def __init__(self, made: Callable[[], ModalScreen[Any]]) -> None:
        super().__init__()
        self._made, self.answer = made, NOTHING

    def ask(self) -> None:
        self.run_worker(self._ask())

    async def _ask(self) -> None:
        self.answer = await self.push_screen_wait(self._made())


async def opened(app: Asking, turns: int) -> Any:
    """Open the dialog, as far as so many turns of the event loop bring it."""
    app.answer = NOTHING
    app._notifications.clear()
    app.ask()
    for _ in range(100):
        if isinstance(app.screen, ModalScreen):
            break
        await asyncio.sleep(0)
    assert isinstance(app.screen, ModalScreen)
    for _ in range(turns):
        await asyncio.sleep(0)
    return app.screen


def is_told(app: Asking) -> bool:
    return any(EARLY in one.message for one in app._notifications)


def typed(key: str) -> Key:
    return Key(key, key if len(key) == 1 else None)


@pytest.mark.parametrize("key", QUESTIONS)
async def test_a_key_before_a_question_is_drawn_is_no_answer_is_told_and_a_later_one_counts(key: str) -> None:
    app = Asking(QUESTIONS[key])
    async with app.run_test() as pilot:
        for turns in TURNS:
            question, early = await opened(app, turns), typed(key)
            app.post_message(early)
            await until(lambda question=question: question.is_drawn, pilot)
            await pilot.pause()
            assert early.time > question._drawn_at or app.answer == NOTHING
            if app.answer == NOTHING:
                await until(lambda: is_told(app), pilot)
                await pilot.press(key)
            await until(lambda: app.answer != NOTHING, pilot)


async def test_a_key_that_was_typed_before_and_comes_after_the_drawing_is_no_answer() -> None:
    """The terminal's reader and the event loop are not one thread: a busy machine takes a key in late."""
    app = Asking(QUESTIONS["y"])
    async with app.run_test() as pilot:
        late, question = typed("y"), await opened(app, 0)
        await until(lambda: question.is_drawn, pilot)
        app.post_message(late)
        await until(lambda: is_told(app), pilot)
        assert app.answer == NOTHING and app.screen is question
        await pilot.press("y")
        await until(lambda: app.answer is True, pilot)


async def test_a_question_is_drawn_when_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    app, shown = Asking(QUESTIONS["y"]), []
    display = app._display
    async with app.run_test() as pilot:

        def displayed(screen: Any, renderable: Any) -> None:
            display(screen, renderable)
            if screen is app.screen and isinstance(screen, ConfirmScreen):
                shown.append((screen.is_drawn, "Restart nav?" in screen_text(app)))

        monkeypatch.setattr(app, "_display", displayed)
        question = await opened(app, 0)
        await until(lambda: question.is_drawn, pilot)
        assert (True, True) in shown and all(says == is_there for says, is_there in shown)


async def test_a_name_that_was_typed_before_the_question_was_drawn_deletes_nothing() -> None:
    app = Asking(QUESTIONS["escape"])
    async with app.run_test() as pilot:
        for turns in TURNS:
            question, keys = await opened(app, turns), [typed(key) for key in (*"nav", "enter")]
            for key in keys:
                app.post_message(key)
            await until(lambda question=question: question.is_drawn, pilot)
            await pilot.pause()
            assert keys[-1].time > question._drawn_at or app.answer == NOTHING
            if app.answer == NOTHING:
                await pilot.press("escape")
            await until(lambda: app.answer != NOTHING, pilot)


@pytest.mark.parametrize("made", OTHERS)
async def test_a_dialog_that_is_left_as_it_opens_does_not_fail(made: Callable[[], ModalScreen[Any]]) -> None:
    app = Asking(made)
    async with app.run_test() as pilot:
        for turns in TURNS:
            dialog = await opened(app, turns)
            app.post_message(typed("escape"))
            await until(lambda dialog=dialog: dialog.is_mounted, pilot)
            await pilot.pause()
            if app.answer == NOTHING:
                await pilot.press("escape")
            await until(lambda: app.answer is None, pilot)
