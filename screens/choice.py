"""One list to choose from, with a line to narrow it: the palette (`:`), the action menu (`m`), namespaces (`n`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from spottui.screens.narrowing import NarrowingScreen


class Choice(NamedTuple):
    """One line of the list."""

    id: str
    title: str
    words: tuple[str, ...] = ()
    """Short names that match in full before anything else: "po", "dp", "q"."""
    note: str = ""
    """Dimmed, to the right: the key, or why it is not allowed."""
    takes_argument: bool = False
    """What is typed behind the word goes along: `:sync perception`."""
    disabled: bool = False


class Chosen(NamedTuple):
    """What was chosen, and what was typed behind its word."""

    id: str
    argument: str


def matching(choices: Sequence[Choice], typed: str) -> list[tuple[Choice, str]]:
    """Return the choices that fit what was typed, the best first, each with its argument."""
    typed = typed.strip().lstrip(":").strip()
    if not typed:
        return [(choice, "") for choice in choices]
    word, _, rest = typed.partition(" ")
    ranked: list[tuple[int, int, Choice, str]] = []
    for place, choice in enumerate(choices):
        title = choice.title.casefold()
        exact = word.casefold() in choice.words
        if _begins_with(choice, typed.casefold()):
            ranked.append((-1, place, choice, ""))
        elif exact and (choice.takes_argument or not rest):
            ranked.append((0, place, choice, rest.strip()))
        elif any(known.startswith(typed.casefold()) for known in choice.words):
            ranked.append((1, place, choice, ""))
        elif title.startswith(typed.casefold()):
            ranked.append((2, place, choice, ""))
        elif all(part in title for part in typed.casefold().split()):
            ranked.append((3, place, choice, ""))
    ranked.sort(key=lambda entry: entry[:2])
    return [(choice, argument) for _, _, choice, argument in ranked]


def _begins_with(choice: Choice, typed: str) -> bool:
    """Whether two words or more were typed that a command's own name begins with: "sync with" is no sync of "with"."""
    first, _, rest = typed.partition(" ")
    whole = f"{first}-{rest.split(' ')[0]}"
    fits = "-".join(typed.split())
    return bool(rest) and any(f"{known}-".startswith(f"{whole}-") and known.startswith(fits) for known in choice.words)


class ChoiceScreen(NarrowingScreen[Chosen]):
    """Lets one of the choices be picked by typing or by the cursor."""

    def __init__(self, title: str, choices: Sequence[Choice], *, typed: bool = True) -> None:
        super().__init__()
        self._title, self._choices, self._typed = title, tuple(choices), typed
        self._shown: list[tuple[Choice, str]] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog choice"):
            yield Label(self._title, markup=False, classes="dialog--question")
            if self._typed:
                yield Input(placeholder="type to narrow, enter runs, esc closes")
            yield OptionList()

    def narrow(self, typed: str) -> None:
        self._shown = matching(self._choices, typed)
        width = max((len(choice.title) for choice, _ in self._shown), default=0) + 2
        self.fill([_option(choice, width) for choice, _ in self._shown])

    def go_on(self) -> None:
        """Answer with the highlighted choice; enter may arrive before the change that it follows was handled."""
        if self._typed and self._shown != matching(self._choices, typed := self.query_one(Input).value):
            self.narrow(typed)
        place = self.query_one(OptionList).highlighted
        if place is None:
            return
        choice, argument = self._shown[place]
        if not choice.disabled:
            self.dismiss(Chosen(choice.id, argument))


def _option(choice: Choice, width: int) -> Option:
    text = Text(choice.title.ljust(width))
    text.append(choice.note, style="dim")
    return Option(text, disabled=choice.disabled)
