"""Who wants to hear of which change in the store, and when they are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable


class Topics:
    """Collects which topics changed, and tells their subscribers at each flush."""

    def __init__(self) -> None:
        self._dirty: set[str] = set()
        self._callbacks: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)

    def subscribe(self, topic: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each flush that changed `topic`; return the undo."""
        self._callbacks[topic].append(callback)
        return lambda: self._callbacks[topic].remove(callback)

    def flush(self) -> None:
        """Tell subscribers what changed since the last flush; the app calls this at most 5 times a second."""
        dirty, self._dirty = self._dirty, set()
        told: set[Callable[[], None]] = set()
        for topic in dirty:
            for callback in tuple(self._callbacks[topic]):
                if callback not in told:  # one redraw for a screen that subscribes to several topics
                    told.add(callback)
                    callback()
