"""Imports libraries on a thread so that the event loop hardly notices."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

OFTEN = 0.0005
"""Seconds after which a thread that imports lets the others run; Python's own are 0.005, and add up."""

_lock = threading.Lock()
_inside: list[float] = []
"""For each thread within `giving_way`, the interval to go back to; the first one's is Python's own."""


@contextmanager
def giving_way() -> Iterator[None]:
    """Let other threads run far more often while this one imports."""
    with _lock:
        _inside.append(_inside[0] if _inside else sys.getswitchinterval())
        sys.setswitchinterval(OFTEN)
    try:
        yield
    finally:
        with _lock:
            before = _inside.pop()
            if not _inside:
                sys.setswitchinterval(before)


def import_all(names: Iterable[str]) -> None:
    """Import modules, giving way; to be called on a thread of its own."""
    with giving_way():
        for name in names:
            importlib.import_module(name)
