"""The audit log on the disk: locked, appended to, mended, and followed by its head file; knows rows, not commands.

Its methods block: they are for a thread. Every reading and writing happens under a lock of the operating system, which
ends with the process that holds it.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from spottui.actions.audit_chain import (
    GAP,
    MEND,
    NUMBER,
    Head,
    Row,
    Verdict,
    chained_row,
    digest,
    encoded,
    hash_of,
    linked,
    row_of,
    verify,
)
from spottui.actions.audit_head import find_head, gap_between, open_head, read_head, write_head
from spottui.actions.audit_lock import hold, is_alive, lock, new_session
from spottui.private_file import append_whole, open_to_append

_BLOCK = 65536

_FLAGS = os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class _End:
    """The end of the file, as the next line has to follow it."""

    head: Head
    before: str
    """What the next line holds as the hash of the line before."""
    cut: tuple[str, ...]
    """Hashes of the lines after the last whole one: they were cut off while they were written."""
    lead: bytes
    """A line break when the last line has none."""


class AuditFile:
    """Appends rows to one log; several spottui processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.session = new_session()
        """Which running spottui wrote a line; others see from a lock on the log whether it still runs."""
        self._held: int | None = None

    @property
    def head_path(self) -> Path:
        """Where the end of the chain is noted."""
        return self.path.with_name(f"{self.path.name}.head")

    def append(self, rows: Sequence[Row], about: Row) -> None:
        """Add rows; all of them are on the disk afterwards, or none.

        Args:
            rows: Without their places in the chain.
            about: What a line about the log itself says beside its action and detail: when, and who found it.

        Raises:
            OSError: They cannot be written.
        """
        with self.opened() as descriptor:
            self.append_to(descriptor, rows, about)

    @contextmanager
    def opened(self) -> Iterator[int]:
        """Give the log, locked for writing; makes it when it is not there.

        Raises:
            OSError: It cannot be made or written, is no plain file, or another spottui does not let go of it.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = self._open()
        try:
            self._hold(os.fstat(descriptor))
            yield descriptor
        finally:
            os.close(descriptor)

    def append_to(self, descriptor: int, rows: Sequence[Row], about: Row) -> None:
        """Add rows to the opened log, as `append` does."""
        size = os.fstat(descriptor).st_size
        end = _end_of(descriptor, size)
        noted = open_head(self.head_path, end.head, is_new=not size)
        try:
            text, head = _text(end, rows, about, gap_between(end.head, read_head(noted)))
            append_whole(descriptor, end.lead + text, size)
            with suppress(OSError):  # the line is on the disk: a head that is behind is no lie
                write_head(noted, head)
        finally:
            os.close(noted)

    def rows(self, most: int | None = None, *, is_locked: bool = False) -> list[Row]:
        """Return the rows of the log, of its last `most` bytes when given; [] when it is not there.

        `is_locked`: the caller is within `opened`.

        Raises:
            OSError: It cannot be read.
        """
        lines, _, _ = self._read(most, is_locked=is_locked)
        return [row for line in lines if (row := row_of(line)) is not None]

    def verify(self) -> Verdict:
        """Look at the whole chain.

        Raises:
            OSError: The log cannot be read.
        """
        lines, head, is_cut = self._read(None)
        return verify(lines, head, is_cut=is_cut)

    def is_alive(self, session: object) -> bool:
        """Tell whether the spottui that wrote a line still runs; on doubt it does not."""
        return session == self.session or is_alive(self.path, session)

    def close(self) -> None:
        """Let go of the log: lines of this session without an end are then those of a program that ended."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    # -- opening -------------------------------------------------------------------------------------

    def _open(self) -> int:
        while True:
            descriptor = open_to_append(self.path, follows_links=True)
            try:
                lock(descriptor, fcntl.LOCK_EX)
                if _is_same(os.fstat(descriptor), self.path):
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)  # it was moved away while we waited

    def _hold(self, status: os.stat_result) -> None:
        """Show others that this session runs, for as long as this process lives or until `close`."""
        if self._held is None or not _is_one(os.fstat(self._held), status):
            self.close()
            self._held = hold(self.path, self.session)

    def _read(self, most: int | None, *, is_locked: bool = False) -> tuple[list[bytes], Head | None, bool]:
        """Return the complete lines, the head file's word, and whether bytes without a line break follow."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | _FLAGS)
        except FileNotFoundError:
            return [], find_head(self.head_path), False
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("it is no plain file")
            if not is_locked:  # a lock of our own would keep us out
                lock(descriptor, fcntl.LOCK_SH)
            size = os.fstat(descriptor).st_size
            start = max(0, size - most) if most is not None else 0
            file.seek(start)
            text = file.read(size - start)
            head = find_head(self.head_path)
        lines = text.split(b"\n")
        last = lines.pop()
        return lines[1:] if start else lines, head, bool(last)


def _text(end: _End, rows: Iterable[Row], about: Row, gap: str) -> tuple[bytes, Head]:
    """Return the lines to write, and the head that they lead to."""
    own: list[Row] = []
    if end.cut:
        detail = "the line before this one was cut off while it was written; it is left as it is"
        own.append({**about, "action": MEND, "outcome": "done", "detail": detail, "cut": [*end.cut]})
    if gap:
        own.append({**about, "action": GAP, "outcome": "failed", "detail": gap})
    head, before, lines = end.head, end.before, list[bytes]()
    for row in (*own, *rows):
        chained = linked(row, head, before)
        lines.append(encoded(chained) + b"\n")
        before = hash_of(chained)
        head = Head(head.count + 1, before)
    return b"".join(lines), head


def _end_of(descriptor: int, size: int) -> _End:
    """Read back from the end to the last line of the chain."""
    start = size
    text = b""
    while start > 0:
        step = min(start, max(_BLOCK, len(text)))
        start -= step
        text = os.pread(descriptor, step, start) + text
        end = _end_in(text, is_all=not start)
        if end is not None:
            return end
    return _End(Head(0, ""), digest(b""), (), b"")


def _end_in(text: bytes, *, is_all: bool) -> _End | None:
    """Return the end when `text`, the last bytes of the file, shows it."""
    lead = b"" if text.endswith(b"\n") else b"\n"
    lines = (text + lead).split(b"\n")[:-1]
    whole = lines if is_all else lines[1:]
    cut: list[str] = []
    for line in reversed(whole):
        row = chained_row(line)
        if row is not None:
            return _End(Head(row[NUMBER], hash_of(row)), hash_of(row), tuple(reversed(cut)), lead)
        if row_of(line) is None:
            cut.append(digest(line))
    # Lines from before the chain are sealed as they are, torn ones as well.
    return _End(Head(0, ""), digest(text + lead if text else b""), (), lead if text else b"") if is_all else None


def _is_same(status: os.stat_result, path: Path) -> bool:
    try:
        return _is_one(status, path.stat())
    except FileNotFoundError:
        return False


def _is_one(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
