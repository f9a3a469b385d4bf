"""The Timeline of one cluster on the disk: a day of JSON lines, bounded, shared by several spottui processes.

Its methods block: they are for a thread. Every reading and writing happens under a lock of the operating system,
which ends with the process that holds it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from spottui.actions.masking import masked
from spottui.errors import SpottuiError
from spottui.private_file import OPEN_FLAGS, append_whole, file_name, locked, open_to_append, replace_whole
from spottui.records_timeline import TimelineEntry
from spottui.sources.text import clean

LARGEST = 2 * 1024 * 1024
"""Bytes of the file after which its older half goes; thousands of lines."""
KEPT_FOR = 86400.0
"""Seconds that a line is kept."""
LOCK_WITHIN = 2.0
"""Seconds that a writer waits for another spottui's."""
AHEAD = 300.0
"""Seconds that a line may be in the future: a clock that was set back must not put lines after everything to come."""
SAME_WITHIN = 3.0
"""Seconds between two lines of two processes that saw the same happening."""
_BLOCK = 65536


class Read(Struct, frozen=True, kw_only=True):
    """What the file held."""

    entries: tuple[TimelineEntry, ...] = ()
    """By time, none older than a day."""
    dropped: int = 0
    """Lines that could not be understood."""


class TimelineFile:
    """Appends to, reads and trims the file of one cluster's Timeline."""

    def __init__(self, folder: Path, context: str, server: str, clock: Callable[[], float]) -> None:
        """Take the folder, and which cluster it is: the kubeconfig's context and the API server's address."""
        self._clock = clock
        self.path = folder / f"timeline-{file_name(context, server)}.jsonl"

    def read(self) -> Read:
        """Return what is kept, and trim the file where lines are older than a day.

        Raises:
            SpottuiError: It cannot be read.
        """
        try:
            with self._locked():
                text = self._text()
                found, dropped, is_old = self._decoded(text)
                if is_old or dropped or len(text) > LARGEST:
                    with suppress(OSError):  # a full disk can still be read
                        self._replace(found)
        except OSError as error:
            raise self._unusable("read", error) from error
        return Read(entries=tuple(_merged(found)), dropped=dropped)

    def append(self, entries: Iterable[TimelineEntry]) -> None:
        """Add lines; all of them are in the file afterwards, or none.

        Raises:
            SpottuiError: They cannot be written: the disk is full, or the folder is not ours.
        """
        text = b"".join(_line(entry) for entry in entries)
        if not text:
            return
        try:
            with self._locked():
                if self._append(text) > LARGEST:
                    self._replace(self._decoded(self._text())[0])
        except OSError as error:
            raise self._unusable("written", error) from error

    # -- the disk ------------------------------------------------------------------------------------

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self.path.with_suffix(".lock"), LOCK_WITHIN)

    def _text(self) -> bytes:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | OPEN_FLAGS)
        except FileNotFoundError:
            return b""
        with open(descriptor, "rb") as file:
            size = os.fstat(descriptor).st_size
            if size <= 2 * LARGEST:
                return file.read(2 * LARGEST)
            file.seek(size - 2 * LARGEST)
            return file.read(2 * LARGEST).partition(b"\n")[2]

    def _append(self, text: bytes) -> int:
        """Return the size of the file afterwards."""
        descriptor = open_to_append(self.path)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                text = b"\n" + text  # power was lost in the middle of the last line
            append_whole(descriptor, text, size, syncs=False)
            return size + len(text)
        finally:
            os.close(descriptor)

    def _decoded(self, text: bytes) -> tuple[list[TimelineEntry], int, bool]:
        """Return the lines of the last day, the last of each uid, how many are broken, and whether some are too old."""
        now, dropped, is_old = self._clock(), 0, False
        found: dict[str, TimelineEntry] = {}
        for line in text.splitlines():
            if not line.strip():
                continue
            try:
                entry = _DECODER.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                dropped += 1
                continue
            if not now - KEPT_FOR < (entry.until or entry.at) < now + AHEAD or entry.at > now + AHEAD:
                is_old = True
                continue
            found[entry.uid] = _cleaned(entry)
        return sorted(found.values(), key=lambda entry: entry.at), dropped, is_old

    def _replace(self, entries: Sequence[TimelineEntry]) -> None:
        """Write the file anew, the newest lines of half its largest size; the name always leads to a whole file."""
        lines: list[bytes] = []
        size = 0
        for entry in reversed(entries):
            line = _line(entry)
            size += len(line)
            if size > LARGEST // 2:
                break
            lines.append(line)
        replace_whole(self.path, b"".join(reversed(lines)))

    def _unusable(self, how: str, error: OSError) -> SpottuiError:
        if isinstance(error, BlockingIOError):
            return SpottuiError(f"The Timeline's file {self.path} is held by another spottui that does not let go.")
        return SpottuiError(f"The Timeline's file {self.path} cannot be {how}: {error.strerror or error}.")


def remove_old(folder: Path, now: float) -> None:
    """Delete the Timelines of clusters that nobody looked at for more than a day; what cannot be is left."""
    for path in folder.glob("timeline-*.jsonl"):
        with suppress(OSError):
            if now - path.stat().st_mtime > KEPT_FOR:
                path.unlink()


_DECODER = msgspec.json.Decoder(TimelineEntry)


def _line(entry: TimelineEntry) -> bytes:
    """Return an entry as one line; what looks like a password in a server's message does not get to the disk."""
    kept = replace(entry, text=masked(entry.text), is_earlier=False)
    return msgspec.json.encode(kept) + b"\n"  # JSON has no line break within a line


def _cleaned(entry: TimelineEntry) -> TimelineEntry:
    """Return an entry as if it came from outside: the file may have been written to by anything."""
    target = entry.target
    if target is not None:
        words = {name: clean(getattr(target, name)) for name in ("kind", "namespace", "name", "uid")}
        target = replace(target, **words)
    words = {"subject": clean(entry.subject), "text": clean(entry.text), "what": clean(entry.what, 20)}
    return replace(entry, target=target, **words)


def _merged(entries: Sequence[TimelineEntry]) -> Iterator[TimelineEntry]:
    """Leave out what two processes heard at about the same time: "link lost" of both is one."""
    last: dict[tuple[str, str, str], float] = {}
    for entry in entries:
        said = (entry.what, entry.subject, entry.text)
        if said not in last or entry.at - last[said] > SAME_WITHIN:
            yield entry
        last[said] = entry.at
