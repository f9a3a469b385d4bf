"""The offer to arm a sync that had better not be sent now: what, which revision, what it waits for, for how long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from spottui.actions.registry import Action
from spottui.clock import calm_age
from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.records_armed import Conditions
from spottui.screens.armed_port import ArmedPort
from spottui.screens.dialog import Question
from spottui.screens.parts import Parts
from spottui.verdicts.go_notation import NANOSECONDS, Unreadable, duration
from spottui.widgets.tick import Tick

LONGEST_HOURS = 168.0
DEPLOYING = tuple(f"application.{word}" for word in ("sync", "sync-options", "sync-prune", "sync-force", "rollback"))
LOOKED_AT = 20
"""Targets of one command that are asked about."""
REASONS = 3
"""Told in one question."""
REVISION = re.compile(r"[\w./@+-]{1,200}")
LATER = (
    "It is sent once, by this program or the next one started here, without asking again and also while writing "
    "is locked. Nothing is sent now."
)


class Arming(NamedTuple):
    """What the operator agreed to."""

    revision: str
    conditions: Conditions
    seconds: float


Answer = Arming | Literal["now"] | None


class ArmScreen(Question[Answer]):
    """Offers to arm; Cancel has the focus, and Enter alone never arms."""

    BINDINGS = [
        Binding("y", "arm", "Arm", id="arm.arm"),
        Binding("s", "now", "Send it now", id="arm.now"),
        Binding("n,escape,q", "leave", "Cancel", id="arm.leave"),
        Binding("down", "app.focus_next", "Next", show=False, id="arm.next"),
        Binding("up", "app.focus_previous", "Before", show=False, id="arm.before"),
    ]

    def __init__(
        self, text: str, reasons: Sequence[str], suggested: Conditions, *, hours: float, unlocks: bool, may_send: bool
    ) -> None:
        """Take the question; `may_send`: it could be sent now all the same."""
        super().__init__()
        self._text, self._reasons, self._suggested = text, tuple(reasons), suggested
        self._unlocks, self._may_send = unlocks, may_send
        wanted, link = suggested, 0.0 if suggested.link_up is None else suggested.link_up
        self._window = Tick("the robot's update window is OPEN", wanted.update_window)
        self._sync = Tick("Argo CD's sync windows allow it", wanted.sync_window)
        self._link = Tick("the link has been up for (s)", wanted.link_up is not None)
        self._charge = Tick("the charge is at least (%)", wanted.charge is not None)
        self._seconds = Input(f"{link:.0f}", id="seconds", compact=True, type="number")
        self._percent = Input(f"{wanted.charge or 40:.0f}", id="percent", compact=True, type="number")
        self._revision = Input("", id="revision", compact=True, placeholder="newest")
        self._expires = Input(f"{hours:g}h", id="expires", compact=True)
        self._wrong = Label("", id="wrong", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog arm"):
            yield Label(self._text, markup=False, classes="dialog--question")
            for reason in self._reasons:
                yield Label(f"Not now: {reason}", markup=False, classes="dialog--note")
            yield Label("Arm it? It is sent when:", markup=False)
            yield self._window
            yield self._sync
            for box, line in ((self._link, self._seconds), (self._charge, self._percent)):
                with Horizontal(classes="arm--row"):
                    yield box
                    yield line
            for word, line in (("revision", self._revision), ("expires in", self._expires)):
                with Horizontal(classes="arm--row"):
                    yield Label(word, markup=False, classes="arm--word")
                    yield line
            yield Label(LATER, markup=False, classes="dialog--note")
            yield self._wrong
            with Horizontal(classes="dialog--buttons"):
                yield Button("n  Cancel", id="no")
                if self._may_send:
                    yield Button("s  Sync now", id="now")
                yield Button("y  Unlock and arm" if self._unlocks else "y  Arm", id="yes")

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    def action_leave(self) -> None:
        """Close; nothing is armed."""
        self.dismiss(None)

    def action_now(self) -> None:
        """Close; the sync is asked about as ever."""
        if self._may_send:
            self.dismiss("now")

    def action_arm(self) -> None:
        """Close with what stands here; what cannot be taken is said."""
        try:
            self.dismiss(self._taken())
        except SpottuiError as error:
            self._wrong.update(str(error))

    def _taken(self) -> Arming:
        revision = self._revision.value.strip()
        if revision and not REVISION.fullmatch(revision):
            raise SpottuiError("The revision is a commit, a branch, a tag or a chart's version; empty is the newest.")
        asked = Conditions(
            link_up=_number(self._seconds, "seconds", 3600) if self._link.value else None,
            update_window=self._window.value,
            sync_window=self._sync.value,
            charge=_number(self._percent, "percent", 100) if self._charge.value else None,
        )
        return Arming("" if revision == "newest" else revision, asked, seconds_of(self._expires.value))

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        {"yes": self.action_arm, "now": self.action_now}.get(event.button.id or "", self.action_leave)()


def _number(line: Input, word: str, most: float) -> float:
    try:
        value = float(line.value)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise SpottuiError(f"A number of {word} from 0 to {most:.0f} is needed here.")
    return value


def seconds_of(text: str) -> float:
    """Return the seconds of "8h", "90m", "1h30m"; a bare number is hours.

    Raises:
        SpottuiError: It is no such time, or not from a minute to a week.
    """
    words = text.strip()
    try:
        seconds = duration(f"{words}h" if words.replace(".", "", 1).isdigit() else words) / NANOSECONDS
    except Unreadable:
        seconds = 0.0
    if not 60 <= seconds <= LONGEST_HOURS * 3600:
        raise SpottuiError(f"It expires in a time such as 8h or 90m, from 1m to {LONGEST_HOURS:.0f}h.")
    return seconds


async def offer_arm(app: App[Any], parts: Parts, action: Action, target: Target) -> str | None:
    """Offer to arm where a sync had better not be sent now.

    Returns the sentence on what was done, empty when the operator left; None: nothing speaks against sending it now,
    or the operator wants to.

    Raises:
        SpottuiError: It could not be armed.
    """
    armed, found = parts.armed, parts.store.applications.get(target.uid)
    if armed is None or found is None or action.id != "application.sync":
        return None
    reasons = armed.why_not_now(target.uid)
    if not reasons:
        return None
    now = parts.clock()
    if (other := armed.open_for(target.uid)) is not None:
        age = calm_age(other.armed_at, now)
        return f"A sync of {found.name} is {_word(other.state)} since {age}; see :armed for what it waits for."
    answer = await _answer(app, parts, armed, target, reasons)
    if answer is None:
        return ""
    if answer == "now":
        return None
    if parts.lock.is_locked:
        parts.lock.unlock()
    made = await armed.arm(
        found,
        revision=answer.revision,
        prune=False,
        conditions=answer.conditions,
        expires_at=parts.clock() + answer.seconds,
    )
    return f"{found.name}: a sync to {made.wanted} is armed for {answer.seconds / 3600:.3g} h; see :armed."


def why_not_now(parts: Parts, action: Action, targets: Sequence[Target]) -> tuple[str, ...]:
    """Return what the question of a command that deploys should say against its being sent now, each a line.

    A sync of one Application is offered to be armed instead, with the same reasons.
    """
    if parts.armed is None or action.id not in DEPLOYING or (action.id == "application.sync" and len(targets) == 1):
        return ()
    told = (reason for target in targets[:LOOKED_AT] for reason in parts.armed.why_not_now(target.uid))
    return tuple(f"Not a good time: {reason}" for reason in list(dict.fromkeys(told))[:REASONS])


async def _answer(app: App[Any], parts: Parts, armed: ArmedPort, target: Target, reasons: Sequence[str]) -> Answer:
    defaults = parts.armed_defaults
    where = f" on {parts.place()}" if parts.place() else ""
    dialog = ArmScreen(
        f"Sync {target} in namespace {target.namespace}{where}: later?",
        reasons,
        armed.suggested(target.uid, link_up=defaults.link_up, charge=defaults.charge or None),
        hours=defaults.hours,
        unlocks=parts.lock.is_locked,
        may_send=not parts.store.is_down,
    )
    return await app.push_screen_wait(dialog)


def _word(state: str) -> str:
    return "armed" if state == "waiting" else state
