"""One finding of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spottui.errors import SpottuiError


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and what to do about it."""

    state: Literal["ok", "warn", "fail"]
    name: str
    text: str
    advice: str = ""
    """A sentence; empty when there is nothing to do."""
    exit_status: int = 1
    """What the doctor returns when this fails."""

    def __str__(self) -> str:
        """Return the line as it is printed."""
        line = f"{self.state:<4}  {self.name}: {self.text}"
        return f"{line}\n      -> {self.advice}" if self.advice else line

    @classmethod
    def of_error(cls, name: str, error: SpottuiError) -> Check:
        """Return a failure with the error's own text, which says what to do."""
        return cls("fail", name, str(error).replace("\n", "\n      "), exit_status=error.exit_status)
