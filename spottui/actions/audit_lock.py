"""Locks on the audit log: one writer at a time, and which spottui still runs; all end with their process."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path

LOCK_WITHIN = 5.0
"""Seconds that a writer waits for another spottui's."""
_FLOCK = "hhqqi4x"
"""struct flock of Linux on 64 bits."""
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK


def lock(descriptor: int, how: int) -> None:
    """Lock the whole log until the descriptor is closed; `how` is LOCK_EX or LOCK_SH.

    Raises:
        OSError: Another spottui does not let go of it.
    """
    deadline = time.monotonic() + LOCK_WITHIN
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OSError("another spottui holds it and does not let go") from None
            time.sleep(0.01)
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
            return  # a disk without locks: mostly there is one writer


def new_session() -> str:
    """Return a name for this run of spottui: its process id and 15 random hexadecimal digits."""
    return f"{os.getpid()}-{uuid.uuid4().hex[:15]}"


def hold(path: Path, session: str) -> int:
    """Lock one byte far behind the end of the log, "this session runs"; return the descriptor that holds it."""
    descriptor = os.open(path, _FLAGS)
    if sys.platform == "linux":
        with suppress(OSError):  # a disk without locks: an end that was called unknown is put right by the true one
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _byte_of(session, fcntl.F_RDLCK))
    return descriptor


def is_alive(path: Path, session: object) -> bool:
    """Tell whether the spottui that wrote a line still runs; on doubt it does not."""
    if not isinstance(session, str) or not session:
        return False
    with suppress(OSError, ValueError, OverflowError):
        if sys.platform != "linux":  # other systems have no lock that a look at it does not lose
            os.kill(int(session.partition("-")[0]), 0)
            return True
        descriptor = os.open(path, _FLAGS)
        try:
            found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _byte_of(session, fcntl.F_WRLCK))
        finally:
            os.close(descriptor)
        return struct.unpack(_FLOCK, found)[0] != fcntl.F_UNLCK
    return False


def _byte_of(session: str, how: int) -> bytes:
    place = int(session.rpartition("-")[2], 16) % (1 << 60) | 1 << 61
    return struct.pack(_FLOCK, how, os.SEEK_SET, place, 1, 0)
