"""Durations and patterns in the notation of Go's libraries, read exactly as Argo CD reads them."""

from __future__ import annotations

import re
from functools import lru_cache

NANOSECONDS = 1_000_000_000
"""In a second."""
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": NANOSECONDS,
    "m": 60 * NANOSECONDS,
    "h": 3600 * NANOSECONDS,
}
_PART = re.compile(r"([0-9]*)(\.([0-9]*))?([^.0-9]*)")
_LONE = re.compile(r"\?|\[![^]]+\]", re.DOTALL)
_AFFIXES = re.compile(r"([^*?\[{\\]+)\*+([^*?\[{\\]+)", re.DOTALL)
_LONGEST = (1 << 63) - 1


class Unreadable(ValueError):
    """A text in none of the notations; says so in the words of the library."""


def duration(text: str) -> int:
    """Return the nanoseconds of a Go duration like "1h30m" or "1.5h".

    Raises:
        Unreadable: It is none; days ("1d") are none.
    """
    rest = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if rest == "0":
        return 0
    if not rest:
        raise Unreadable(f'invalid duration "{text}"')
    total = 0
    while rest:
        part = _PART.match(rest)
        assert part is not None, "everything in it may be empty"
        whole, fraction, unit = part[1], part[3] or "", part[4]
        if not whole and not fraction:
            raise Unreadable(f'invalid duration "{text}"')
        if not unit:
            raise Unreadable(f'missing unit in duration "{text}"')
        if unit not in _UNITS:
            raise Unreadable(f'unknown unit "{unit}" in duration "{text}"')
        total += int(whole or 0) * _UNITS[unit] + int(int(fraction or 0) * (_UNITS[unit] / 10 ** len(fraction)))
        if total > _LONGEST:
            raise Unreadable(f'invalid duration "{text}"')
        rest = rest[part.end() :]
    return -total if text.startswith("-") else total


def fits(pattern: str, text: str) -> bool:
    """Tell whether a pattern (`*`, `?`, `[abc]`, `[a-c]`, `[!a]`, `{this,that}`, `\\` before a plain one) fits a text.

    A pattern that cannot be read fits nothing, as in Argo CD. Alternatives that are empty or have stars of their own,
    "{,a*}", are read as anyone would; Argo CD's library (gobwas/glob 0.2.3) is wrong about some of them.
    """
    try:
        if not text and _LONE.fullmatch(pattern):
            return True  # the library's own: a pattern of one character fits no character, too
        affixes = _AFFIXES.fullmatch(pattern)
        if affixes:
            return text.startswith(affixes[1]) and text.endswith(affixes[2])  # the library's own: they may overlap
        return _compiled(pattern).fullmatch(text) is not None
    except Unreadable:
        return False


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_Reader(pattern).expression(), re.DOTALL)


class _Reader:
    """Turns one pattern into a regular expression."""

    def __init__(self, pattern: str) -> None:
        self._text, self._at = pattern, 0

    def expression(self) -> str:
        """Return the regular expression of the whole pattern."""
        made, depth = "", 0
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if character == "{":
                made, depth = made + "(?:", depth + 1
            elif character == "," and depth:
                made += "|"
            elif character == "}" and depth:
                made, depth = made + ")", depth - 1
            else:
                made += self._one(character)
        if depth:
            raise Unreadable(f"a brace is left open in {self._text!r}")
        return made

    def _one(self, character: str) -> str:
        if character == "*":
            return ".*"
        if character == "?":
            return "."
        if character == "[":
            return self._range()
        if character == "\\":
            escaped = self._text[self._at : self._at + 1]
            self._at += 1
            return re.escape(escaped)
        return re.escape(character)

    def _range(self) -> str:
        is_not = self._text[self._at : self._at + 1] == "!"
        self._at += is_not
        begin = "[^" if is_not else "["
        if self._text[self._at + 1 : self._at + 2] == "-":
            low, high, close = (self._text[self._at + offset : self._at + offset + 1] for offset in (0, 2, 3))
            self._at += 4
            if not high or close != "]" or high < low:
                raise Unreadable(f"bad range in {self._text!r}")
            return f"{begin}{_quoted(low)}-{_quoted(high)}]"
        members = ""
        while self._at < len(self._text) and self._text[self._at] != "]":
            self._at += self._text[self._at] == "\\"
            members += self._text[self._at : self._at + 1]
            self._at += 1
        if self._at >= len(self._text) or not members:
            raise Unreadable(f"bad range in {self._text!r}")
        self._at += 1
        return begin + "".join(_quoted(member) for member in members) + "]"


def _quoted(character: str) -> str:
    return f"\\{character}" if character in r"\]^-[&~|" else character
