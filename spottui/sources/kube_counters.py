"""What the connections of one API server have cost, and what their replies tell of its clock and of the link."""

from __future__ import annotations

from collections import deque
from email.utils import parsedate_to_datetime

from spottui.clock import elapsed
from spottui.sources.spender import SPENDER

TELLING_SIZE = 8192
"""Bytes of a reply from which on its speed says something of the link."""
TELLING_SECONDS = 5.0
"""Seconds after which also a small part of a reply says that the link is slow."""


class Counters:
    """Counts what goes over the wire, as far as HTTP shows it."""

    def __init__(self) -> None:
        self.requests = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.by_spender: dict[str, tuple[int, int]] = {}
        """Bytes in and out of each source."""
        self.speeds: deque[float] = deque(maxlen=32)
        """Bytes per second of the latest replies that were big enough to tell."""
        self._dated: tuple[float, float] | None = None

    def dated(self, text: str) -> None:
        """Take in the Date of a reply; one that is no date says nothing."""
        try:
            self._dated = parsedate_to_datetime(text).timestamp(), elapsed()
        except (ValueError, OverflowError):
            return

    def server_now(self) -> float | None:
        """Return seconds since the epoch by the server's clock, to a second; None while it has not answered.

        Goes on by a clock that nobody sets, so that a jump of this computer's does not matter.
        """
        return None if self._dated is None else self._dated[0] + elapsed() - self._dated[1]

    def came(self, size: int) -> None:
        """Count bytes of a reply."""
        self.bytes_in += size
        self._spend(size, 0)

    def left(self, size: int) -> None:
        """Count bytes of a request."""
        self.requests += 1
        self.bytes_out += size
        self._spend(0, size)

    def _spend(self, incoming: int, outgoing: int) -> None:
        spender = SPENDER.get()
        before = self.by_spender.get(spender, (0, 0))
        self.by_spender[spender] = (before[0] + incoming, before[1] + outgoing)

    def took(self, size: int, seconds: float) -> None:
        """Note how many bytes came while a reply was read, and how long that took from its head to its end."""
        if size >= TELLING_SIZE or seconds >= TELLING_SECONDS:
            self.speeds.append(size / max(seconds, 0.001))
