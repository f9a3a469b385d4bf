"""A screen that sends commands down the one road: asks for options, puts the question, says how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.screen import Screen
from textual.widgets import Input

from spottui.actions.questions import Progress, Question
from spottui.actions.registry import Action, Weight, fitting, for_kind
from spottui.actions.services import Unfinished
from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.screens.arm import offer_arm, why_not_now
from spottui.screens.ask import ask_for
from spottui.screens.confirm import ConfirmScreen, TypeNameScreen
from spottui.screens.many import ManyProgress, ManyScreen
from spottui.screens.parts import Parts
from spottui.screens.running import RunningScreen


class CommandingScreen(Screen[None]):
    """What a main screen needs to command; knows nothing of rows and tables."""

    def __init__(self, parts: Parts, name: str) -> None:
        super().__init__(name=name)
        self.parts = parts

    def aim(self, action: Action, targets: Sequence[Target]) -> tuple[Action, Sequence[Target]]:
        """Return the action and targets that are really meant, e.g. the Deployment behind a pod."""
        return action, targets

    def show_changes(self) -> None:
        """Draw what is new."""
        raise NotImplementedError

    def show_header(self) -> None:
        """Draw the header line if it changed."""
        raise NotImplementedError

    async def perform(self, action: Action, targets: Sequence[Target], **options: Any) -> None:
        """Aim, then send the command down the one road there is, and say how it ended."""
        if not targets:
            self.say(f"Nothing to {action.title.lower()} here.")
            return
        try:
            action, targets = self.aim(fitting(action, targets[0].kind), targets)
            odd = next((target for target in targets if target.kind not in action.kinds), None)
            if odd is not None:
                menu = " The menu (m) has what can be done with it." if for_kind(odd.kind) else ""
                self.say(f"{action.title} is for {_list(action.kinds)}, not for a {odd.kind} ({odd.name}).{menu}")
                return
            if await self.offer_arm(action, targets):
                return
            chosen = await self._options(action, targets, options)
            if chosen is None:
                return
            said = await self._send(action, targets, chosen)
        except SpottuiError as error:
            self.say(str(error), error=True)
        else:
            self.say(said, warning=isinstance(said, Unfinished))
        self.show_changes()

    async def offer_arm(self, action: Action, targets: Sequence[Target]) -> bool:
        """Offer to arm a sync that had better not be sent now; return whether that was all."""
        if len(targets) != 1:
            return False
        said = await offer_arm(self.app, self.parts, action, targets[0])
        if said:
            self.say(said)
        if said is not None:
            self.show_changes()
        return said is not None

    async def _options(
        self, action: Action, targets: Sequence[Target], options: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Ask for what the action needs and is not given; None: the operator left, or cannot be asked now."""
        if len(targets) > 1 and not action.many:
            self.say(f"{action.title} is done one at a time: take the marks away (esc).", warning=True)
            return None
        if action.form is None:
            return options
        fields = await self.parts.runner.fields(action, targets[0])
        if any(field.name not in options for field in fields) and not self._may_ask(action):
            return None
        return await ask_for(self.app, fields, options)

    async def _send(self, action: Action, targets: Sequence[Target], options: dict[str, Any]) -> str:
        runner = self.parts.runner
        if len(targets) == 1:
            return await runner.perform(action, targets[0], self.confirm, options, say=self.say)
        view = ManyProgress(action, targets)

        def heard(one: Progress) -> None:
            view.hear(one)
            self.show_progress(action, one)
            if one.state == "running" and one.ended == 0:
                self._show_many(view)

        return await runner.perform_many(action, targets, self.confirm, options, progress=heard)

    def _show_many(self, view: ManyProgress) -> None:
        """Open the one view of a command on many targets, once, unless the operator went on meanwhile."""
        if view.action.shows_many and not view.is_shown and self.app.screen is self:
            view.is_shown = True
            self.app.push_screen(ManyScreen(view))

    def show_progress(self, action: Action, one: Progress) -> None:
        """Show how far a command on many targets has come, in the header until all have ended."""
        is_over = one.ended == one.total
        self.parts.progress = (
            "" if is_over else f"{action.title} {one.ended}/{one.total}: {one.target.name} {one.state}"
        )
        self.show_header()

    async def confirm(self, question: Question) -> bool:
        """Put the question; Cancel has the focus, the worst acts want the name typed."""
        action = question.action
        if not self._may_ask(action):
            return False
        notes = why_not_now(self.parts, action, question.targets)
        if question.weight is Weight.TYPE_NAME:
            screen = TypeNameScreen(question.text, question.typed, notes=notes, lines=question.lines)
        else:
            yes = f"Unlock and {action.title.lower()}" if question.unlocks else action.title
            screen = ConfirmScreen(question.text, yes=yes, notes=notes, lines=question.lines)
        if not await self.app.push_screen_wait(screen):
            return False
        self.say(f"{action.title} {question.target.name}…" if len(question.targets) == 1 else f"{action.title}…")
        if action.is_long:
            self.app.push_screen(RunningScreen(self.parts.runner.running, self.parts.clock))
        return True

    def _may_ask(self, action: Action) -> bool:
        """Whether a dialog may open: not once the operator went on, as it would take keys meant for elsewhere."""
        if self.app.screen is self and not isinstance(self.focused, Input):
            return True
        self.say(f"{action.title} was not asked, as you went on meanwhile. Press its key again.", warning=True)
        return False

    def say(self, text: str, *, error: bool = False, warning: bool = False) -> None:
        """Show one sentence for a while; what matters stays on the Timeline and in the audit log."""
        severity = "error" if error else "warning" if warning else "information"
        self.notify(text, severity=severity, timeout=15 if error or warning else 6, markup=False)


def _list(kinds: Sequence[str]) -> str:
    return ", ".join(kinds[:-1]) + (" and " if kinds[1:] else "") + kinds[-1] + "s"
