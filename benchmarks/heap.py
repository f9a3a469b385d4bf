"""Says where resident memory lies: what the C library and Python have given out, and the gaps that they keep."""

from __future__ import annotations

import ctypes
import os
import re
import sys
import tempfile


class _Mallinfo2(ctypes.Structure):
    """struct mallinfo2 of glibc's malloc.h; bytes, over all arenas."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


def heap() -> dict[str, int]:
    """Return bytes of the C library's heap by use; empty where it cannot tell (glibc before 2.33, another library).

    `used` and `free` are of its arenas, `mapped` are large pieces with pages of their own. Python's small objects lie
    in none of them, see `python_arenas`.
    """
    try:
        ask = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return {}
    ask.restype = _Mallinfo2
    told = ask()
    return {"used": told.uordblks, "free": told.fordblks, "mapped": told.hblkhd}


def python_arenas() -> dict[str, int]:
    """Return the bytes of Python's own arenas, and how much of them is given out; on a thread that holds the GIL.

    Python tells them only on standard error, which is a file of ours meanwhile.
    """
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            sys._debugmallocstats()
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        file.seek(0)
        said = file.read().decode()
    found: dict[str, int] = {}
    for name, pattern in (
        ("arenas", r"(\d+) arenas \* (\d+) bytes"),
        ("given", r"# bytes in allocated blocks\s+=\s+([\d,]+)"),
    ):
        match = re.search(pattern, said)
        if match:
            numbers = [int(number.replace(",", "")) for number in match.groups()]
            found[name] = numbers[0] * numbers[1] if len(numbers) > 1 else numbers[0]
    return found
