"""Where in a TOML text each key stands; for sentences about what is wrong with it.

Reads text that `tomllib` has taken already, so it checks nothing.
"""

from __future__ import annotations

import re

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*(\.)?""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'\'\'(?:[^\']|\'(?!\'\'))*\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.S
)
_PLAIN = re.compile(r"[^,\]}#\n]*")


def lines_of(text: str) -> dict[Path, int]:
    """Return the line of every table, key and array element by its path: ("story", 2, "at") -> 40."""
    return _Scan(text).lines


def nearest_line(lines: dict[Path, int], path: Path) -> int:
    """Return the line of a path, or of what holds it; 1 when nothing is known."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scan:
    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text, self._at = text, 0
        self._counts: dict[Path, int] = {}
        self._read()

    def _read(self) -> None:
        table: Path = ()
        while self._skip_blank():
            if self._take("[["):
                table = self._head(is_array=True)
            elif self._take("["):
                table = self._head(is_array=False)
            else:
                self._entry(table)

    def _head(self, *, is_array: bool) -> Path:
        line = self._line()
        path: Path = ()
        words = self._words()
        for place, word in enumerate(words):
            path = (*path, word)
            is_last = place == len(words) - 1
            if is_array and is_last:
                self._counts[path] = self._counts.get(path, 0) + 1
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
            self.lines.setdefault(path, line)
        self._take("]]" if is_array else "]")
        return path

    def _entry(self, table: Path) -> None:
        line = self._line()
        before = self._at
        path = table
        for word in self._words():
            path = (*path, word)
            self.lines.setdefault(path, line)
        self._skip_blank()
        self._take("=")
        self._value(path)
        if self._at == before:
            self._at += 1  # nothing that TOML knows: never stand still

    def _value(self, path: Path) -> None:
        self._skip_blank()
        if string := _STRING.match(self._text, self._at):
            self._at = string.end()
        elif self._take("["):
            self._elements(path)
        elif self._take("{"):
            self._inline(path)
        else:
            self._at = _PLAIN.match(self._text, self._at).end()  # type: ignore[union-attr]

    def _elements(self, path: Path) -> None:
        place = 0
        while self._skip_blank() and not self._take("]"):
            before = self._at
            self.lines[(*path, place)] = self._line()
            self._value((*path, place))
            self._skip_blank()
            self._take(",")
            place += 1
            if self._at == before:
                return

    def _inline(self, path: Path) -> None:
        while self._skip_blank() and not self._take("}"):
            before = self._at
            self._entry(path)
            self._skip_blank()
            self._take(",")
            if self._at == before:
                return

    def _words(self) -> list[str]:
        words: list[str] = []
        while key := _KEY.match(self._text, self._at):
            self._at = key.end()
            word = key[1]
            words.append(word[1:-1] if word[0] in "\"'" else word)
            if not key[2]:
                break
        return words

    def _take(self, token: str) -> bool:
        if self._text.startswith(token, self._at):
            self._at += len(token)
            return True
        return False

    def _skip_blank(self) -> bool:
        self._at = _BLANK.match(self._text, self._at).end()  # type: ignore[union-attr]
        return self._at < len(self._text)

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1
