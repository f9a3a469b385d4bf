"""The three standard streams, made safe to use however we were started; needs nothing but the standard library."""

from __future__ import annotations

import codecs
import errno
import io
import os
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import TextIO

CANNOT_WRITE = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG}
"""What writing an answer ends with when the disk is full or the terminal is gone."""
_ESCAPED = "spottui-escaped"
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""The last line of defence: a path or a word of the command line is shown as it was given."""


def prepare() -> None:
    """Put nothing-at-all in the place of closed streams, and let no character stop an answer.

    A descriptor that is free would be taken by the next file that is opened, which would then get what is printed.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest that is free: this one
    if sys.stdin is None:
        sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)
    if sys.stdout is None:
        sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", closefd=False)
    codecs.register_error(_ESCAPED, _escaped)
    sys.stdout = sys.__stdout__ = _plain(sys.stdout)
    sys.stderr = sys.__stderr__ = _plain(sys.stderr)


def give_back_locale(environ: MutableMapping[str, str], began_with: Path = Path("/proc/self/environ")) -> None:
    """Undo the LC_CTYPE that Python puts in for a C locale: it says nothing of what the terminal can show."""
    if environ.get("LC_CTYPE") not in ("C.UTF-8", "C.utf8", "UTF-8"):
        return
    try:
        entries = began_with.read_bytes().split(b"\0")
    except OSError:
        return
    given = next((entry[9:] for entry in entries if entry.startswith(b"LC_CTYPE=")), None)
    if given is None:
        del environ["LC_CTYPE"]
    else:  # a locale that this computer does not have is taken for C as well
        environ["LC_CTYPE"] = os.fsdecode(given)


class PlainText(io.TextIOWrapper):
    """Writes text without what a terminal obeys; who draws a screen, or passes on what a process wrote, uses bytes."""

    def write(self, s: str) -> int:
        """Write the text; returns how long it was."""
        super().write(_OBEYED.sub("", s))
        return len(s)


def _plain(stream: TextIO) -> TextIO:
    if type(stream) is not io.TextIOWrapper:
        return stream  # a test's own
    buffering = stream.line_buffering
    stream.flush()
    encoding = stream.encoding
    return PlainText(stream.detach(), encoding=encoding, errors=_ESCAPED, line_buffering=buffering)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    r"""Write what the locale has no character for as JSON does: \u4e2d, and two of them beyond the first 65,536."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[at : at + 2] for at in range(0, len(units), 2))
    return "".join(f"\\u{int.from_bytes(pair, 'big'):04x}" for pair in pairs), error.end


def let_go() -> None:
    """Keep Python's own last flush from turning a hang-up or a closed pipe into another exit status."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
