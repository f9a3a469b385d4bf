"""Files of our own on the disk: for their owner's eyes alone, replaced whole or not at all, locked between processes.

Everything here blocks: it is for a thread.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

OPEN_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""No link is followed, and a pipe that somebody put there does not make us wait."""


class Unfit(Exception):
    """A file that is not what we write; the text says why, without the file's name."""


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for their owner alone; raises OSError."""
    for one in (*reversed(folder.parents), folder):
        if not one.is_dir():
            one.mkdir(mode=0o700, exist_ok=True)


def open_private(path: Path) -> int:
    """Open a file for appending, for its owner alone, with its folders; return the descriptor."""
    make_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):  # /dev/null is everybody's
        os.fchmod(descriptor, 0o600)
    return descriptor


def open_to_append(path: Path, *, follows_links: bool = False) -> int:
    """Open a file of ours for reading and appending, and make it when it is not there; return the descriptor.

    Raises:
        OSError: It cannot be opened or made, or is no plain file.
    """
    flags = OPEN_FLAGS & ~os.O_NOFOLLOW if follows_links else OPEN_FLAGS
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | flags, 0o600)
    try:
        close_to_others(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def close_to_others(descriptor: int) -> None:
    """Take the rights of others to a file of ours away.

    Raises:
        OSError: It is no plain file.
    """
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is no plain file")
    if status.st_mode & 0o077 and status.st_uid == os.geteuid():
        os.fchmod(descriptor, 0o600)


def append_whole(descriptor: int, content: bytes, size: int, *, syncs: bool = True) -> None:
    """Append to a file of `size` bytes, and wait for the disk if it `syncs`; what was taken only in part is taken back.

    Raises:
        OSError: It is not in the file.
    """
    try:
        written = os.write(descriptor, content)
        if written != len(content):
            raise OSError(f"only {written} of {len(content)} bytes were taken; the disk may be full")
        if syncs:
            os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def file_name(context: str, *identity: str) -> str:
    """Return what a cluster's file is called: a word that tells it apart by eye, and a digest that does it for sure."""
    word = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in context)[:40] or "cluster"
    digest = hashlib.sha256("\n".join((context, *identity)).encode()).hexdigest()[:12]
    return f"{word}-{digest}"


@contextmanager
def locked(path: Path, within: float) -> Iterator[None]:
    """Hold the lock file `path`; the operating system ends the lock with the process, whatever ends that.

    Raises:
        BlockingIOError: Another process held it for `within` seconds.
        OSError: It cannot be made.
    """
    make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        deadline = time.monotonic() + within
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)


def read_whole(path: Path, largest: int) -> bytes:
    """Return what a file of ours holds.

    Raises:
        Unfit: It is no plain file, not ours, open to others, or larger than `largest` bytes.
        OSError: It is not there, or cannot be read.
    """
    if path.is_symlink():
        raise Unfit("it is a link")
    descriptor = os.open(path, os.O_RDONLY | OPEN_FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unfit("it is no plain file")
        if status.st_uid != os.geteuid():
            raise Unfit("it belongs to another user")
        if status.st_mode & 0o077:
            raise Unfit(f"others may use it (mode {stat.S_IMODE(status.st_mode):04o})")
        if status.st_size > largest:
            raise Unfit(f"it is larger than {largest // 2**20} MB")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(largest)
    finally:
        os.close(descriptor)


def replace_whole(path: Path, content: bytes) -> None:
    """Write a file anew, mode 0600; its name always leads to a whole file. Hold a lock of its own around this.

    Raises:
        OSError: It cannot be written; the file is then as it was.
    """
    beside = path.with_name(f".{path.name}.new")
    with suppress(FileNotFoundError):
        os.unlink(beside)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            os.fchmod(descriptor, 0o600)
            write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):
            os.unlink(beside)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the new names in a folder survive a loss of power, too; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of `content`, however little the system takes at once; raises OSError."""
    while content:
        content = content[os.write(descriptor, content) :]
