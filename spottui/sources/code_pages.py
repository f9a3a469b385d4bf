"""Gives back pages of a library's code that only its start needed; Linux only, elsewhere it does nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

MADV_DONTNEED = 4
"""The pages leave this process, and come back one by one from the file as they are run again."""
MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+\s*(\S*)")


def give_back(libraries: tuple[str, ...], maps: Path = Path("/proc/self/smaps")) -> int:
    """Let go of the code of the libraries whose file names begin so; return the bytes of code that were looked at."""
    found = list(_code_of(libraries, maps))
    if not found:
        return 0
    import ctypes

    madvise = getattr(ctypes.CDLL(None), "madvise", None)
    if madvise is None:
        return 0
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return sum(end - begin for begin, end in found if madvise(begin, end - begin, MADV_DONTNEED) == 0)


def _code_of(libraries: tuple[str, ...], maps: Path) -> Iterator[tuple[int, int]]:
    """Yield the address ranges of the libraries' code; not where a page differs from the file, as it would be lost."""
    found: tuple[int, int] | None = None
    try:
        with maps.open(encoding="utf-8", errors="replace") as lines:  # line by line: the whole would cost a megabyte
            for line in lines:
                if head := MAPPING.match(line):
                    begin, end, rights, path = head.groups()
                    is_code = rights == "r-xp" and path.rpartition("/")[2].startswith(libraries)
                    found = (int(begin, 16), int(end, 16)) if is_code else None
                elif found is not None and line.split() == ["Anonymous:", "0", "kB"]:
                    yield found
    except OSError:
        return
