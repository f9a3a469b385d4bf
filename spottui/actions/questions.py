"""What the operator is asked before a command, and told about many of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spottui.actions.forms import Noted
from spottui.actions.registry import Action, Weight
from spottui.actions.services import Options
from spottui.actions.wording import shown
from spottui.records import Target

NAMED = 3
"""How many targets or failures a sentence names before it only counts."""


@dataclass(frozen=True)
class Question:
    """One question; Cancel has the focus, and Enter alone never confirms."""

    action: Action
    target: Target
    """The (first) target."""
    text: str
    weight: Weight
    """Never NONE: a question that is only about the lock is an ASK."""
    unlocks: bool
    """Yes also unlocks writing."""
    typed: str = ""
    """What must be typed for a yes; empty unless the weight is TYPE_NAME."""
    targets: tuple[Target, ...] = ()
    """All targets, one or many."""
    lines: tuple[str, ...] = ()
    """What belongs to the question and is no sentence, e.g. a comparison; each a line."""


@dataclass(frozen=True)
class Progress:
    """How far one target of many has come."""

    target: Target
    state: Literal["waiting", "running", "done", "unfinished", "failed", "unknown"]
    text: str
    """Its sentence so far; empty while it waits."""
    ended: int
    """How many targets have ended, this one included."""
    total: int

    def __str__(self) -> str:
        """Return one line: "3 of 14 ended; perception: done"."""
        return f"{self.ended} of {self.total} ended; {shown(self.target.name)}: {self.state}"


def question_for_one(
    action: Action, target: Target, options: Options, place: str, *, unlocks_for: float = 0.0, note: str = ""
) -> Question:
    """Return the question for one target.

    `unlocks_for`: seconds that a yes also unlocks writing for, 0: it is unlocked; `note`: what a look found.
    """
    phrase = _at(action.describe(target, options), place)
    typed = shown(target.name) if action.weight is Weight.TYPE_NAME else ""
    note = shown(note)
    text = shown(" ".join(part for part in (_ask(phrase, unlocks_for), action.help, note) if part))
    lines = note.lines if isinstance(note, Noted) else ()
    return Question(action, target, text, _weight(action), unlocks_for > 0, typed, (target,), lines)


def question_for_many(
    action: Action, targets: Sequence[Target], left_out: int, place: str, *, unlocks_for: float = 0.0, note: str = ""
) -> Question:
    """Return the one question for many targets; `left_out` are those that cannot be commanded now."""
    phrase = _at(f"{action.title} {len(targets)} objects: {first_names(targets)}", place)
    typed = f"{action.verb} {len(targets)}" if action.weight is Weight.TYPE_NAME else ""
    rest = f"{left_out} more cannot be commanded now and are left out." if left_out else ""
    text = shown(" ".join(part for part in (_ask(phrase, unlocks_for), action.help, note, rest) if part))
    return Question(action, targets[0], text, _weight(action), unlocks_for > 0, typed, tuple(targets))


def first_names(targets: Sequence[Target]) -> str:
    """Return the first names and how many more there are: "a, b, c and 11 more"."""
    names = ", ".join(target.name for target in targets[:NAMED])
    rest = len(targets) - NAMED
    return f"{names} and {rest} more" if rest > 0 else names


def summary(action: Action, endings: Sequence[Progress]) -> str:
    """Return one sentence on all targets: "12 of 14 restarted; 2 failed: a: why; b: why"."""
    done = sum(ending.state == "done" for ending in endings)
    parts = [f"{done} of {len(endings)} {action.past}"]
    for state, words in (
        ("unfinished", "asked but not finished"),
        ("failed", "failed"),
        ("unknown", "with unknown outcome"),
    ):
        of_state = [ending for ending in endings if ending.state == state]
        if of_state:
            told = "; ".join(f"{ending.target.name}: {_bare(ending)}" for ending in of_state[:NAMED])
            more = f" and {len(of_state) - NAMED} more" if len(of_state) > NAMED else ""
            parts.append(f"{len(of_state)} {words}: {told}{more}")
    return shown("; ".join(parts) + ".")


def _bare(ending: Progress) -> str:
    """Return its sentence without the name that many begin with."""
    return ending.text.removeprefix(f"{ending.target.name}: ").rstrip(".")


def _weight(action: Action) -> Weight:
    return Weight.ASK if action.weight is Weight.NONE else action.weight


def _at(phrase: str, place: str) -> str:
    return f"{phrase} on {place}" if place else phrase


def _ask(phrase: str, unlocks_for: float) -> str:
    """Return the question proper; a locked session gets the same question with the unlocking in it."""
    if not unlocks_for:
        return f"{phrase}?"
    return f"Unlock writing for {unlocks_for / 60:g} min and {phrase[:1].lower()}{phrase[1:]}?"
