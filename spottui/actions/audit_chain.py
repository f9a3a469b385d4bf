"""The chain of the audit log: each line holds the hash of the line before; knows lines, not files.

What the chain shows: a line that was changed, taken out, put in, copied or moved, and, with the head file beside the
log, lines that are missing at its end. What it cannot show: a log and a head file that were both made anew, or both
set back to an older copy, by somebody who may write them. No key is in it: whoever commands can also forge.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
"""One line of the log as JSON."""

NUMBER, BEFORE = "n", "prev"
"""Fields of a chained line: its number from 1, and the hash of the line before.

Line 1 holds the SHA-256 of all bytes that were in the file before it: lines of an older spottui, or none.
"""
MEND, GAP = "audit.mend", "audit.gap"
"""Actions of lines about the log itself: a line before was cut off; lines before are missing."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain as the head file has it."""

    count: int
    """Number of the last line; 0 before the first."""
    hash: str
    """Of the last line; empty before the first."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One place where the chain does not hold."""

    line: int
    """Line of the file, from 1; one past the last for what is missing at the end."""
    what: str


@dataclass(slots=True)
class Verdict:
    """What a look at the whole chain found."""

    lines: int = 0
    """Lines of the file."""
    chained: int = 0
    before_chain: int = 0
    """Lines of a spottui that knew no chain; the first chained line seals them."""
    broken: list[Broken] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is no break, but should be known."""

    @property
    def is_whole(self) -> bool:
        """Nothing was changed or taken away, as far as that can be seen."""
        return not self.broken


def encoded(row: Mapping[str, Any]) -> bytes:
    """Return a row as it stands in the file, without its line break."""
    return json.dumps(row, separators=(",", ":")).encode()


def hash_of(row: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a row's canonical JSON: sorted names, no spaces, ASCII; 64 hexadecimal digits."""
    return digest(json.dumps(row, sort_keys=True, separators=(",", ":")).encode())


def digest(text: bytes) -> str:
    """Return the SHA-256 of bytes, 64 hexadecimal digits."""
    return hashlib.sha256(text).hexdigest()


def row_of(line: bytes) -> Row | None:
    """Return a line as JSON; None for what is no JSON object."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def chained_row(line: bytes) -> Row | None:
    """Return a line as JSON when it says that it is in the chain."""
    row = row_of(line)
    if row is None or type(row.get(NUMBER)) is not int or not isinstance(row.get(BEFORE), str):
        return None
    return row


def linked(row: Row, after: Head, before: str) -> Row:
    """Return a row with its place in the chain: after `after`, whose hash (or what stands for it) is `before`."""
    return {NUMBER: after.count + 1, **row, BEFORE: before}


def verify(lines: Iterable[bytes], head: Head | None, *, is_cut: bool = False) -> Verdict:
    """Look at the whole chain.

    Args:
        lines: All lines of the file, without their line breaks but complete ones only.
        head: What the head file says; None when it is missing or no head.
        is_cut: Bytes without a line break follow the last line.
    """
    walk = _Walk(head)
    for line in lines:
        walk.take(line)
    walk.end()
    if is_cut and walk.verdict.is_whole:
        walk.verdict.notes.append("The last line was cut off while it was written; the next command mends that.")
    return walk.verdict


class _Walk:
    """Goes along the chain line by line."""

    def __init__(self, head: Head | None) -> None:
        self.verdict = Verdict()
        self._head = head
        self._last: Head | None = None
        self._sealed = hashlib.sha256()
        self._cut: list[tuple[int, str]] = []
        """Lines that are no JSON, and their hashes, until a line of the chain tells of them."""
        self._at_head: str | None = None

    def take(self, line: bytes) -> None:
        self.verdict.lines += 1
        row = chained_row(line)
        if row is not None:
            self._chained(line, row)
        elif self._last is None:
            self.verdict.before_chain += 1
            self._sealed.update(line + b"\n")
        elif row_of(line) is None:
            self._cut.append((self.verdict.lines, digest(line)))
        else:
            self._break("is no line of the chain: something else wrote it")

    def end(self) -> None:
        self._check_cut(())
        head, last = self._head, self._last
        after = self.verdict.lines + 1
        if last is None:
            if head is not None and head.count:
                self._break(f"{_lines(head.count)} missing: all that the head file knows of", after)
            return
        if head is None:
            self._break("the head file is missing or unreadable: what is missing at the end cannot be seen", after)
        elif head.count > last.count:
            self._break(f"{_lines(head.count - last.count)} missing at the end", after)
        elif head.count == last.count and head.hash != last.hash:
            self._break("was changed after it was written: the head file has another hash of it")
        elif head.count < last.count:
            self._behind(head, last)

    def _behind(self, head: Head, last: Head) -> None:
        if head.count and self._at_head != head.hash:
            self._break(f"the head file's line {head.count} is another one", self.verdict.lines + 1)
            return
        text = f"The head file is {last.count - head.count} behind: spottui was killed before it could note the last."
        self.verdict.notes.append(text)

    def _chained(self, line: bytes, row: Row) -> None:
        self.verdict.chained += 1
        self._check_cut(row.get("cut") or ())
        self._check_place(row)
        if encoded(row) != line:
            self._break("was changed after it was written: spottui writes it otherwise")
        if row.get("action") == GAP:
            self._break(str(row.get("detail")))
        self._last = Head(row[NUMBER], hash_of(row))
        if self._head is not None and self._head.count == row[NUMBER]:
            self._at_head = self._last.hash

    def _check_place(self, row: Row) -> None:
        number, last = row[NUMBER], self._last
        expected = 1 if last is None else last.count + 1
        if number > expected:
            self._break(f"{_lines(number - expected)} missing before it")
        elif number < expected:
            self._break(f"is number {number} of the chain where {expected} belongs: copied, or moved")
        elif last is None and row[BEFORE] != self._sealed.hexdigest():
            self._break("what stood before it was changed: lines from before the chain are not as it sealed them")
        elif last is not None and row[BEFORE] != last.hash:
            self._break("does not follow the line before it: one of the two was changed after it was written")

    def _check_cut(self, known: Iterable[Any]) -> None:
        told = set(known) if isinstance(known, list) else set[Any]()
        for number, found in self._cut:
            if found not in told:
                self._break("is no line of the log, and none that was cut off while it was written", number)
        self._cut.clear()

    def _break(self, what: str, line: int = 0) -> None:
        self.verdict.broken.append(Broken(line or self.verdict.lines, what))


def _lines(count: int) -> str:
    return "1 line is" if count == 1 else f"{count} lines are"
