"""Hides what looks like a secret in an object before it is shown or written down; a Secret itself is never read."""

from __future__ import annotations

import re
from typing import Any, cast

from spottui.verdicts.telling import is_telling

HIDDEN = "<hidden>"

_SECRET_IN_TEXT = re.compile(
    r"(?i)((?:pass(?:word|wd|phrase)?|secret|token|credentials?|api[_-]?key|access[_-]?key)s?[=: ]+)(\S+)|(://[^/\s:@]+:)([^@\s/]+)(?=@)"
)


class Mask:
    """Hides values; equal ones look equal, so that a comparison still shows what changed.

    The first hidden value is "<hidden>", others that differ are "<hidden 2>" and so on.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, value: Any) -> Any:
        """Return a copy of a JSON value: environment variables with a telling name, and passwords in texts, hidden."""
        if isinstance(value, dict):
            return self._object(cast("dict[str, Any]", value))
        if isinstance(value, list):
            return [self.of(one) for one in cast("list[Any]", value)]
        return self._text(value) if isinstance(value, str) else value

    def _object(self, found: dict[str, Any]) -> dict[str, Any]:
        name, value = found.get("name"), found.get("value")
        if isinstance(name, str) and isinstance(value, str) and value and is_telling(name):
            return {**{key: self.of(one) for key, one in found.items()}, "value": self._hidden(value)}
        return {key: self.of(one) for key, one in found.items()}

    def _text(self, text: str) -> str:
        return _SECRET_IN_TEXT.sub(self._replaced, text)

    def _replaced(self, found: re.Match[str]) -> str:
        lead, secret = (found[1], found[2]) if found[1] else (found[3], found[4])
        return f"{lead}{self._hidden(secret)}"

    def _hidden(self, value: str) -> str:
        count = len(self._known) + 1
        return self._known.setdefault(value, HIDDEN if count == 1 else f"<hidden {count}>")


def masked(value: Any) -> Any:
    """Return a copy of a JSON value with what looks like a secret hidden."""
    return Mask().of(value)
