"""What an operator is asked for before a command: numbers, names, choices; and the check of what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from spottui.actions.services import Options, Services
from spottui.records import Target


class Noted(str):
    """What a preview adds to the question, with lines that are shown below it."""

    lines: tuple[str, ...]

    def __new__(cls, text: str, lines: Sequence[str]) -> Noted:
        """Return the sentence with its lines."""
        made = super().__new__(cls, text)
        made.lines = tuple(lines)
        return made


@dataclass(frozen=True)
class Pick:
    """One of several values."""

    value: Any
    title: str
    note: str = ""


def _any_text(text: str) -> str:
    """Take every text."""
    return ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing that is asked for; the answer is the option of this name."""

    name: str
    """Name in `Options`."""
    text: str
    """What is asked, a sentence."""
    kind: Literal["number", "text", "choice", "several", "fixed"] = "text"
    """several: any number of `picks`, answered by a tuple of their values; fixed: `value`, nothing is asked."""
    value: str = ""
    """What stands in the line at first."""
    value_of: Callable[[Options], str] | None = None
    """Gives `value` where it depends on what was asked before."""
    picks: tuple[Pick, ...] = ()
    """Of a choice."""
    asked_if: Callable[[Options], bool] | None = None
    """Says by what was asked before whether this is asked at all."""
    least: int = 0
    most: int = 1_000_000
    """Bounds of a number."""
    is_optional: bool = False
    """Nothing typed leaves the option out."""
    check: Callable[[str], str] = _any_text
    """Takes a text and returns what is wrong with it, empty when it is fine."""


Form = Callable[[Services, Target], Awaitable[Sequence[Field]]]


def wrong(field: Field, typed: str) -> str:
    """Return what is wrong with what was typed, as a sentence; empty when it can be taken."""
    text = typed.strip()
    if not text:
        return "" if field.is_optional else "Something must be typed here; esc leaves."
    if field.kind != "number":
        return field.check(text)
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        return f"A whole number from {field.least} to {field.most} is needed here."
    if not field.least <= int(text) <= field.most:
        return f"It must be from {field.least} to {field.most}."
    return ""


def taken(field: Field, typed: str) -> Any:
    """Return the option for what was typed and is not `wrong`; None: nothing was typed."""
    text = typed.strip()
    if not text:
        return None
    return int(text) if field.kind == "number" else text
