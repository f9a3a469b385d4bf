"""One row of the message tables: what is said, what it means, what to do, and who says it."""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct


class Row(Struct, frozen=True):
    """A message by its pattern; named groups of it may be used in both sentences."""

    code: str
    pattern: str
    cause: str
    advice: str
    source: str

    def search(self, text: str) -> re.Match[str] | None:
        """Look for the message in a text."""
        return _compiled(self.pattern).search(text)


def row(code: str, pattern: str, cause: str, advice: str, source: str) -> Row:
    """Return a row; "." in the pattern takes in line ends."""
    return Row(code, pattern, cause, advice, source)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # When it is first looked for: all of them together are a hundredth of a second of every start.
    return re.compile(pattern, re.S)
