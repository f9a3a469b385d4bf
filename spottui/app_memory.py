"""Has the C library share its memory between threads, as each of ours works for a moment only."""

from __future__ import annotations

import ctypes

_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""
_ARENAS = 2


def share_between_threads() -> None:
    """Keep glibc from giving each thread an arena of its own, which fills with gaps over hours.

    To be called before threads are started; does nothing where the C library is another one.
    """
    try:
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)
    except (OSError, AttributeError, TypeError):
        return
