"""One row of the message tables: what is said, what it means, what to do, and who says it."""

from __future__ import annotations

import re

from msgspec import Struct


class Row(Struct, frozen=True):
    """A message by its pattern; named groups of it may be used in both sentences."""

    code: str
    pattern: re.Pattern[str]
    cause: str
    advice: str
    source: str


def row(code: str, pattern: str, cause: str, advice: str, source: str) -> Row:
    """Return a row; "." in the pattern takes in line ends."""
    return Row(code, re.compile(pattern, re.S), cause, advice, source)
