"""The head file beside the audit log: where the chain ends, so that lines missing at its end are seen."""

from __future__ import annotations

import json
import os
from pathlib import Path

from spottui.actions.audit_chain import Head, row_of
from spottui.private_file import close_to_others, sync_folder

_SIZE = 128
_FLAGS = os.O_CLOEXEC | os.O_NONBLOCK


def open_head(path: Path, end: Head, *, is_new: bool) -> int:
    """Open the head file for reading and writing; make it when no line was chained yet. Return the descriptor.

    Args:
        end: The end of the log as it is.
        is_new: The log was just made.

    Raises:
        OSError: It cannot be opened, made or written, or is no plain file.
    """
    makes = os.O_CREAT if not end.count else 0
    try:
        descriptor = os.open(path, os.O_RDWR | makes | _FLAGS, 0o600)
    except FileNotFoundError:  # somebody took it away: the lines to come say so
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o600)
        makes = 0
    try:
        close_to_others(descriptor)
        if makes and not os.fstat(descriptor).st_size:  # before the first line: a kill between the two is no gap
            write_head(descriptor, Head(0, ""))
            os.fsync(descriptor)
            is_new = True
        if is_new:
            sync_folder(path.parent)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def find_head(path: Path) -> Head | None:
    """Return what the head file says; None when it is not there or says nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | _FLAGS)
    except OSError:
        return None
    try:
        return read_head(descriptor)
    finally:
        os.close(descriptor)


def read_head(descriptor: int) -> Head | None:
    """Return what the opened head file says; None when it says nothing."""
    try:
        row = row_of(os.pread(descriptor, 4 * _SIZE, 0))
    except OSError:
        return None
    if row is None or type(row.get("count")) is not int or not isinstance(row.get("hash"), str):
        return None
    return Head(row["count"], row["hash"])


def write_head(descriptor: int, head: Head) -> None:
    """Note the end of the chain in place: the same bytes of one block each time, so a full disk takes it."""
    text = json.dumps({"count": head.count, "hash": head.hash}, separators=(",", ":"))
    os.pwrite(descriptor, text.ljust(_SIZE - 1).encode() + b"\n", 0)


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
