"""The kinds of value a setting can have: each checks one value and says in words what it wanted.

Knows nothing of files, sections or the environment; `spottui.config` puts those together.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off")


class Secret(str):
    """A text that never prints itself: `str`, `repr` and format strings give "***"."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, format_spec: str) -> str:
        return format("***", format_spec)

    def reveal(self) -> str:
        """Return the text itself, for the one place that sends it."""
        return str.__getitem__(self, slice(None))


class Wrong(ValueError):
    """A value cannot be taken: the text says what was meant, and follows "must be"."""


class Kind(Protocol):
    """One kind of value."""

    def from_toml(self, value: object, base: Path, home: Path) -> Any:
        """Check a TOML value; relative paths are relative to `base`.

        Raises:
            Wrong: The value cannot be taken.
        """
        ...

    def from_text(self, text: str, base: Path, home: Path) -> Any:
        """Check a text from a flag or the environment.

        Raises:
            Wrong: The value cannot be taken.
        """
        ...


@dataclass(frozen=True, slots=True)
class Yes:
    """True or false."""

    def from_toml(self, value: object, base: Path, home: Path) -> bool:
        """Take a TOML boolean only."""
        if isinstance(value, bool):
            return value
        raise Wrong(f"true or false, not {shown(value)}")

    def from_text(self, text: str, base: Path, home: Path) -> bool:
        """Take the usual words for true and false."""
        if text.strip().lower() in TRUE_WORDS:
            return True
        if text.strip().lower() in FALSE_WORDS:
            return False
        raise Wrong(f"true or false, not {shown(text)}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a few."""

    words: Collection[str]

    def from_toml(self, value: object, base: Path, home: Path) -> str:
        """Take one of the words as it is written."""
        if isinstance(value, str) and value in self.words:
            return value
        raise Wrong(f"one of {', '.join(self.words)}, not {shown(value)}")

    def from_text(self, text: str, base: Path, home: Path) -> str:
        """Take one of the words as it is written."""
        return self.from_toml(text, base, home)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a range, both ends included."""

    least: float
    most: float

    def from_toml(self, value: object, base: Path, home: Path) -> float:
        """Take a TOML integer or float."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            if self.least <= value <= self.most:
                return float(value)
        raise Wrong(f"a number from {self.least:g} to {self.most:g}, not {shown(value)}")

    def from_text(self, text: str, base: Path, home: Path) -> float:
        """Take anything that Python reads as a number."""
        try:
            number = float(text)
        except ValueError:
            raise Wrong(f"a number from {self.least:g} to {self.most:g}, not {shown(text)}") from None
        return self.from_toml(number, base, home)


@dataclass(frozen=True, slots=True)
class Words:
    """A text that is not empty."""

    def from_toml(self, value: object, base: Path, home: Path) -> str:
        """Take a TOML string."""
        if isinstance(value, str) and value.strip():
            return value.strip()
        raise Wrong(f"a text that is not empty, not {shown(value)}")

    def from_text(self, text: str, base: Path, home: Path) -> str:
        """Take the text without surrounding blanks."""
        return self.from_toml(text, base, home)


@dataclass(frozen=True, slots=True)
class FilePath:
    """A path; "~" is the home folder."""

    def from_toml(self, value: object, base: Path, home: Path) -> Path:
        """Take a TOML string and make it absolute."""
        if not isinstance(value, str) or not value.strip():
            raise Wrong(f"the path of a file, not {shown(value)}")
        if "\0" in value:
            raise Wrong("the path of a file without NUL characters")
        if value == "~" or value.startswith("~/"):
            return home / value[2:]
        return base / value

    def from_text(self, text: str, base: Path, home: Path) -> Path:
        """Take the text and make it absolute."""
        return self.from_toml(text, base, home)


def shown(value: object) -> str:
    """Return a value as a settings file would write it, cut to a length that fits a line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    elif isinstance(value, dict):
        text = "a section"
    elif isinstance(value, list):
        text = "a list"
    else:
        text = str(value)
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= 60 else text[:57] + "..."
