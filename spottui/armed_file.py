"""The armed syncs of one cluster on the disk: read and changed under a lock, replaced whole, never half written.

Its methods block: they are for a thread. Several spottui processes may share the file; who releases holds a lock of
the operating system that ends with the process, so that no crash and no reboot leaves it held.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from spottui.errors import SpottuiError
from spottui.private_file import locked, make_folder, replace_whole
from spottui.records_armed import ArmedSync
from spottui.safe_text import clean

VERSION = 1
KEPT_ENDED = 30
"""Ended ones that were looked at and are kept; the others are kept without a limit."""
LOCK_WITHIN = 5.0
"""Seconds that a change waits for another spottui's change."""

_SHOWN = ("id", "namespace", "name", "uid", "revision", "result", "armed_by", "owner", "last_error_class")
"""What is shown of an entry; the others are only compared."""

Entries = tuple[ArmedSync, ...]


class _Document(Struct, frozen=True, kw_only=True):
    version: int
    cluster: str
    entries: tuple[ArmedSync, ...] = ()


class _Version(Struct, frozen=True):
    version: int


class Kept(Struct, frozen=True, kw_only=True):
    """What the file says."""

    entries: Entries = ()
    problem: str = ""
    """A sentence: what was wrong with the file; empty when nothing was."""


class Claim:
    """The right to release, held until `let_go` or the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def let_go(self) -> None:
        """Let another spottui release."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class ArmedFile:
    """The file of one cluster's armed syncs."""

    def __init__(self, folder: Path, cluster: str, clock: Callable[[], float]) -> None:
        """Take the folder and the cluster: the UID of its namespace kube-system."""
        self.cluster, self._clock = cluster, clock
        self.path = folder / f"armed-{_file_word(cluster)}.json"

    def read(self) -> Kept:
        """Return what is kept; a file that cannot be understood is set aside and said.

        Raises:
            SpottuiError: It cannot be read, or a newer spottui wrote it.
        """
        with self._changing():
            return self._load()

    def change(self, edit: Callable[[Entries], Iterable[ArmedSync]]) -> Kept:
        """Replace the entries by what `edit` makes of them; on the disk when this returns.

        Raises:
            SpottuiError: It cannot be written; or what `edit` raises. The file is then as it was.
        """
        with self._changing():
            before = self._load()
            after = tuple(edit(before.entries))
            kept = Kept(entries=_trimmed(after), problem=before.problem)
            if after != before.entries:
                self._replace(kept)
            return kept

    def claim(self) -> Claim | None:
        """Return the right to release, or None while another spottui has it.

        Raises:
            SpottuiError: The lock cannot be made.
        """
        descriptor = self._open_lock("release")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return Claim(descriptor)

    # -- the disk ------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with ExitStack() as held:
            try:
                held.enter_context(locked(Path(f"{self.path}.lock"), LOCK_WITHIN))
            except BlockingIOError:
                raise SpottuiError(
                    f"The armed syncs in {self.path} are held by another spottui that does not let go."
                ) from None
            except OSError as error:
                raise self._unusable("locked", error) from error
            yield

    def _open_lock(self, word: str) -> int:
        try:
            make_folder(self.path.parent)
            return os.open(f"{self.path}.{word}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unusable("locked", error) from error

    def _load(self) -> Kept:
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return Kept()
        except OSError as error:
            raise self._unusable("read", error) from error
        try:
            version = msgspec.json.decode(text, type=_Version).version
            if version > VERSION:
                raise SpottuiError(
                    f"{self.path} was written by a newer spottui (format {version}): armed syncs are left to that one."
                )
            document = msgspec.json.decode(text, type=_Document)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._set_aside("it cannot be understood")
        if document.cluster != self.cluster:
            return self._set_aside("it is of another cluster")
        return Kept(entries=tuple(map(_cleaned, document.entries)))

    def _set_aside(self, why: str) -> Kept:
        aside = self.path.with_name(f"{self.path.name}.broken-{int(self._clock())}")
        try:
            os.replace(self.path, aside)
        except OSError as error:
            raise self._unusable("read", error) from error
        return Kept(problem=f"The armed syncs were set aside as {aside}: {why}. Nothing in it is armed any more.")

    def _replace(self, kept: Kept) -> None:
        document = _Document(version=VERSION, cluster=self.cluster, entries=kept.entries)
        try:
            replace_whole(self.path, msgspec.json.format(msgspec.json.encode(document)))
        except OSError as error:
            raise self._unusable("written", error) from error

    def _unusable(self, how: Literal["read", "written", "locked"], error: OSError) -> SpottuiError:
        return SpottuiError(f"The armed syncs in {self.path} cannot be {how}: {error.strerror or error}.")


def remembered(folder: Path, server: str, context: str) -> Entries:
    """Return what is armed for a cluster that has not said yet who it is, by its address; for showing only."""
    found: list[ArmedSync] = []
    for path in sorted(folder.glob("armed-*.json")):
        with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            document = msgspec.json.decode(path.read_bytes(), type=_Document)
            found += [_cleaned(one) for one in document.entries if (one.server, one.context) == (server, context)]
    return tuple(found)


def _cleaned(entry: ArmedSync) -> ArmedSync:
    """Return an entry that may be shown: other hands than ours reach the file."""
    words = {name: clean(getattr(entry, name)) for name in _SHOWN}
    return msgspec.structs.replace(entry, **words)


def _trimmed(entries: Entries) -> Entries:
    """Leave out the oldest of those that are over and were looked at."""
    over = [one for one in entries if not one.is_open and not one.has_news]
    dropped = {one.id for one in sorted(over, key=lambda one: one.ended_at or 0.0)[: max(0, len(over) - KEPT_ENDED)]}
    return tuple(one for one in entries if one.id not in dropped)


def _file_word(cluster: str) -> str:
    """Return a cluster's name as part of a file's: as it is when it is a UID, else a digest."""
    is_plain = 0 < len(cluster) <= 64 and all(letter.isalnum() or letter == "-" for letter in cluster)
    return cluster if is_plain and cluster.isascii() else hashlib.sha256(cluster.encode()).hexdigest()[:32]
