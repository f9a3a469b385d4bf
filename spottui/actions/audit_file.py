"""The audit log on the disk: locked, appended to, mended, and followed by its head file; knows rows, not commands.

Its methods block: they are for a thread. Every reading and writing happens under a lock of the operating system, which
ends with the process that holds it.
"""

from __future__ import annotations

import fcntl
import json
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
from spottui.actions.audit_lock import hold, is_alive, lock, new_session

_BLOCK = 65536
_HEAD_SIZE = 128
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
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError("it is no plain file")
            if status.st_mode & 0o077 and status.st_uid == os.geteuid():
                os.fchmod(descriptor, 0o600)
            self._hold(status)
            yield descriptor
        finally:
            os.close(descriptor)

    def append_to(self, descriptor: int, rows: Sequence[Row], about: Row) -> None:
        """Add rows to the opened log, as `append` does."""
        size = os.fstat(descriptor).st_size
        end = _end_of(descriptor, size)
        noted = self._open_head(end, is_new=not size)
        try:
            found = _read_head(noted)
            text, head = _text(end, rows, about, gap_between(end.head, found))
            _write(descriptor, end.lead + text, size)
            with suppress(OSError):  # the line is on the disk: a head that is behind is no lie
                _write_head(noted, head)
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
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _FLAGS, 0o600)
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

    def _open_head(self, end: _End, *, is_new: bool) -> int:
        """Open the head file for reading and writing; make it when no line was chained yet."""
        makes = os.O_CREAT if not end.head.count else 0
        try:
            descriptor = os.open(self.head_path, os.O_RDWR | makes | _FLAGS, 0o600)
        except FileNotFoundError:  # somebody took it away: the lines to come say so
            descriptor = os.open(self.head_path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o600)
            makes = 0
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError("its head file is no plain file")
            if status.st_mode & 0o077 and status.st_uid == os.geteuid():
                os.fchmod(descriptor, 0o600)
            if makes and not status.st_size:  # before the first line, so that a kill between the two is no gap
                _write_head(descriptor, Head(0, ""))
                os.fsync(descriptor)
                is_new = True
            if is_new:
                _sync_folder(self.path.parent)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _read(self, most: int | None, *, is_locked: bool = False) -> tuple[list[bytes], Head | None, bool]:
        """Return the complete lines, the head file's word, and whether bytes without a line break follow."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | _FLAGS)
        except FileNotFoundError:
            return [], self._head(), False
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("it is no plain file")
            if not is_locked:  # a lock of our own would keep us out
                lock(descriptor, fcntl.LOCK_SH)
            size = os.fstat(descriptor).st_size
            start = max(0, size - most) if most is not None else 0
            file.seek(start)
            text = file.read(size - start)
            head = self._head()
        lines = text.split(b"\n")
        last = lines.pop()
        return lines[1:] if start else lines, head, bool(last)

    def _head(self) -> Head | None:
        try:
            descriptor = os.open(self.head_path, os.O_RDONLY | _FLAGS)
        except OSError:
            return None
        try:
            return _read_head(descriptor)
        finally:
            os.close(descriptor)


def gap_between(end: Head, noted: Head | None) -> str:
    """Return what is wrong when the log does not end as its head file says; empty when it may have been so."""
    if noted is None:
        return "its head file was taken away: what is missing before this line cannot be seen" if end.count else ""
    if noted.count > end.count:
        missing = noted.count - end.count
        return f"{missing} line{'' if missing == 1 else 's'} of the log {'is' if missing == 1 else 'are'} missing here"
    if noted.count == end.count and noted.hash != end.hash:
        return "the line before this one was changed after it was written"
    return ""


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


def _write(descriptor: int, text: bytes, size: int) -> None:
    """Append, and wait until the disk has it; takes back what was written when not all of it was.

    Raises:
        OSError: It is not in the file.
    """
    try:
        written = os.write(descriptor, text)
        if written != len(text):
            raise OSError(f"only {written} of {len(text)} bytes were taken; the disk may be full")
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def _write_head(descriptor: int, head: Head) -> None:
    """Note the end of the chain in place: the same bytes of one block each time, so a full disk takes it."""
    text = json.dumps({"count": head.count, "hash": head.hash}, separators=(",", ":"))
    os.pwrite(descriptor, text.ljust(_HEAD_SIZE - 1).encode() + b"\n", 0)


def _read_head(descriptor: int) -> Head | None:
    try:
        row = row_of(os.pread(descriptor, 4 * _HEAD_SIZE, 0))
    except OSError:
        return None
    if row is None or type(row.get("count")) is not int or not isinstance(row.get("hash"), str):
        return None
    return Head(row["count"], row["hash"])


def _is_same(status: os.stat_result, path: Path) -> bool:
    try:
        return _is_one(status, path.stat())
    except FileNotFoundError:
        return False


def _is_one(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def _sync_folder(folder: Path) -> None:
    """Make a new file's name survive a loss of power, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
