"""The commands that run: how far each is, what it said, and the way to stop one that can be stopped."""

from __future__ import annotations

from collections.abc import Callable

from textual import work
from textual.binding import Binding

from spottui import clock
from spottui.actions.running import Running, RunningCommands
from spottui.screens.choice import Choice, ChoiceScreen
from spottui.screens.confirm import ConfirmScreen
from spottui.screens.text import TextScreen
from spottui.widgets.tones import Line, cut

SHOWN_AFTER = 1.0
"""Seconds until a running command is in the header: most have ended by then."""
HEADER_CELLS = 44
LONG_LINES = 14
"""Sentences shown of a long command."""
TONES = {"done": "good", "failed": "bad", "unknown": "warn"}


def running_text(running: RunningCommands, now: float) -> str:
    """Return what the header says of running commands; empty when none runs for long."""
    shown = [one for one in running.now if now - one.since >= SHOWN_AFTER or one.action.is_long]
    if not shown:
        return ""
    # What can be stopped is what an operator waits for most.
    first = max(shown, key=lambda one: one.action.is_long)
    said = first.text or str(first.target)
    count = "" if len(shown) == 1 else f"{len(shown)} run: "
    return cut(f"{count}{first.action.verb} {said}", HEADER_CELLS)


def leaving_text(running: RunningCommands) -> str:
    """Return the question before spottui is left, with what that means for what runs."""
    if not running.now:
        return "Leave spottui?"
    count = len(running.now)
    still = "1 command of yours still runs" if count == 1 else f"{count} commands of yours still run"
    return f"Leave spottui? {still}: what was sent is done all the same, the rest is not."


def running_lines(running: RunningCommands, now: float) -> list[Line]:
    """Return the list: what runs with what it said last, then what ended last."""
    lines: list[Line] = []
    for one in running.now:
        lines += _running(one, now)
    if not running.now:
        lines.append((("No command runs now.", "dim"),))
    if running.ended:
        lines += [(), (("Ended last", "title"),)]
    for one in running.ended:
        ago = clock.age(one.ended_at, now)
        lines += [
            ((f"{one.outcome:<8}", TONES.get(one.outcome, "dim")), (_name(one), "title"), (f"  {ago} ago", "dim")),
            ((f"  {one.text}", ""),),
        ]
    return lines


def _running(one: Running, now: float) -> list[Line]:
    told = "  told to stop, it ends what it began" if one.is_stopped else ""
    lines: list[Line] = [
        (("runs    ", "info"), (_name(one), "title"), (f"  for {clock.age(one.since, now)}", "dim"), (told, "warn"))
    ]
    count = LONG_LINES if one.action.is_long else 1
    return [*lines, *(((f"  {text}", ""),) for text in list(one.lines)[-count:])]


def _name(one: Running) -> str:
    where = f" in {one.target.namespace}" if one.target.namespace else ""
    return f"{one.action.title} {one.target}{where}"


class RunningScreen(TextScreen):
    """Lists what runs; leaving it leaves the commands running."""

    KEYS = (
        *(("esc", "key"), (" leaves them running  ", ""), ("x", "key"), (" stop a drain  ", "")),
        *(("j k", "key"), (" scroll", "")),
    )
    BINDINGS = [Binding("x", "stop", "Stop one", id="running.stop")]

    def __init__(self, running: RunningCommands, now: Callable[[], float]) -> None:
        super().__init__("Running commands", lambda: running_lines(running, now()))
        self._commands = running

    @work(group="stop")
    async def action_stop(self) -> None:
        """Ask, then tell one command to end midway."""
        able = [one for one in self._commands.now if one.can_be_stopped]
        if not able:
            self.notify("Nothing that runs now can be stopped midway.", markup=False)
            return
        one = able[0]
        if len(able) > 1:
            choices = [Choice(str(index), _name(each)) for index, each in enumerate(able)]
            chosen = await self.app.push_screen_wait(ChoiceScreen("Stop which?", choices, typed=False))
            if chosen is None:
                return
            one = able[int(chosen.id)]
        text = f"Stop: {_name(one)}? What was done stays done; it says what is left."
        if await self.app.push_screen_wait(ConfirmScreen(text, yes="Stop it")):
            one.stop()
            self.refresh_text()
