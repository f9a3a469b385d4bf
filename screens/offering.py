"""A screen that offers commands on what is under its cursor: by their keys, in the palette, in the menu."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work
from textual.binding import Binding

from spottui.actions.registry import ACTIONS, Action, by_id
from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.screens import palette
from spottui.screens.choice import ChoiceScreen, Chosen
from spottui.screens.commanding import CommandingScreen

WITH_KEY = {action.key: action for action in reversed(ACTIONS) if action.key}
"""One action per key, the first of those that share it; `aim` finds the one that fits the row."""


class OfferingScreen(CommandingScreen):
    """Knows which commands fit what is meant, and how one of them is chosen."""

    BINDINGS = [
        Binding("colon", "palette", "command", id="spottui.palette"),
        Binding("m", "menu", "menu", id="spottui.menu"),
        *(Binding(action.key, f"perform('{action.id}')", action.title, id=action.id) for action in WITH_KEY.values()),
    ]

    def targets(self) -> Sequence[Target]:
        """Return what a command would be aimed at now: the marked rows, else the row under the cursor."""
        return ()

    def actions(self) -> Sequence[Action]:
        """Return the actions that make sense for the row under the cursor."""
        targets = self.targets()
        return [action for action in ACTIONS if targets and targets[0].kind in action.kinds]

    def action_palette(self) -> None:
        """Choose a command by typing."""
        self._offer_palette(tuple(self.targets()))  # fixed at the key press: rows and cursor may move while one types

    @work(group="palette")
    async def _offer_palette(self, targets: Sequence[Target]) -> None:
        choices = palette.choices(self.actions(), targets, self.parts.permits)
        chosen = await self.app.push_screen_wait(ChoiceScreen("Command", choices))
        if chosen is not None:
            await self._run_chosen(chosen, targets)

    def action_menu(self) -> None:
        """Choose among everything that can be done with this row."""
        targets = tuple(self.targets())
        if targets and self.actions():
            self._offer_menu(targets)
        else:
            self.say("There is nothing to do here." if targets else "Nothing is selected here.")

    @work(group="menu")
    async def _offer_menu(self, targets: Sequence[Target]) -> None:
        choices = palette.action_choices(self.actions(), targets, self.parts.permits)
        title = str(targets[0]) if len(targets) == 1 else f"{len(targets)} marked"
        chosen = await self.app.push_screen_wait(ChoiceScreen(title, choices, typed=False))
        if chosen is not None:
            await self._run_chosen(chosen, targets)

    async def _run_chosen(self, chosen: Chosen, targets: Sequence[Target]) -> None:
        action = by_id(chosen.id) if any(one.id == chosen.id for one in ACTIONS) else None
        if action is None:
            await self.app.run_action(chosen.id, default_namespace=self)
            return
        if chosen.argument:
            try:
                action, target = palette.named(self.parts.store, action, chosen.argument)
            except SpottuiError as error:
                self.say(str(error), error=True)
                return
            targets = (target,)
        await self.perform(action, targets)

    def action_perform(self, action_id: str) -> None:
        """Run one action on what is marked or under the cursor now: at the key press, not when its turn comes."""
        self._perform_soon(by_id(action_id), tuple(self.targets()))

    @work(group="command")
    async def _perform_soon(self, action: Action, targets: Sequence[Target]) -> None:
        await self.perform(action, targets)
