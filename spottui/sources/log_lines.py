"""The lines of a log as the kubelet sends them: stamp and text, and which of them were told before."""

from __future__ import annotations

from spottui.records_logs import LogLine, LogSource
from spottui.sources.text import clean

LINE_LIMIT = 16_384
"""Bytes kept of one line; the rest of it is counted as cut."""


class Told:
    """What was told already, so that a stream attached anew repeats nothing.

    The kubelet starts at a whole second, so lines of that second come again: until the last stamp is reached they
    are dropped, and of those with that very stamp as many as were told. Within a stream nothing is dropped: what
    a container writes to two pipes may be stamped slightly out of order.
    """

    def __init__(self) -> None:
        self.stamp = ""
        """The newest one."""
        self._same = 0
        self._skip: int | None = None
        """Lines with the last stamp still to be dropped; None: nothing is repeated any more."""

    def reattach(self) -> None:
        """A new stream begins: it may repeat what was told."""
        self._skip = self._same if self.stamp else None

    def line(self, head: bytes, source: LogSource) -> LogLine | None:
        """Return a line to tell, None for one that was told before."""
        stamp, text = split(head)
        if stamp and self._skip is not None:
            if stamp < self.stamp:
                return None
            if stamp == self.stamp and self._skip > 0:
                self._skip -= 1
                return None
            self._skip = None
        if stamp > self.stamp:
            self.stamp, self._same = stamp, 1
        elif stamp == self.stamp:
            self._same += 1
        return LogLine(stamp, source.pod, source.container, text)


def split(head: bytes) -> tuple[str, str]:
    """Return the kubelet's time stamp, padded so that it sorts as text, and the cleaned rest of a line."""
    text = head.decode("utf-8", "replace")
    stamp, space, rest = text.partition(" ")
    if len(stamp) < 20 or stamp[4] != "-" or stamp[10] != "T" or not stamp.endswith("Z") or not space:
        return "", clean(text, LINE_LIMIT)
    whole, _, part = stamp[:-1].partition(".")
    return f"{whole}.{part:<09}Z" if len(part) < 9 else stamp, clean(rest, LINE_LIMIT)
