"""Lines of container logs, and where they are from; text is cleaned by the source."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal["line", "gap"]


class LogSource(Struct, frozen=True, kw_only=True):
    """One container of one pod whose log is read."""

    namespace: str
    pod: str
    pod_uid: str
    container: str
    restarts: int = 0
    """Restarts that the pod's status counts now: tells a restarted container from a cut stream."""
    is_over: bool = False
    """It ended and will not be started again."""
    how_ended: str = ""
    """In words, for the mark at its end: "exit code 3"."""

    @property
    def key(self) -> tuple[str, str]:
        """What makes two of them the same log."""
        return self.pod_uid, self.container


class LogLine(Struct, frozen=True):
    """One line, or the mark of a gap."""

    stamp: str
    """As the kubelet wrote it, RFC 3339 with nanoseconds, UTC; sorts as text; empty when it wrote none."""
    pod: str
    container: str
    text: str
    kind: Kind = "line"
    """gap: nothing was lost or something may have been; `text` says which."""


class LogRange(Struct, frozen=True):
    """How much of a log is asked for at the start."""

    title: str
    tail: int | None = None
    """Last lines of each container."""
    since: int | None = None
    """Seconds back."""
    head: bool = False
    """The first megabyte, and then nothing new."""


RANGES = (
    LogRange("tail", tail=1000),
    LogRange("head", head=True),
    LogRange("1m", since=60),
    LogRange("5m", since=300),
    LogRange("15m", since=900),
    LogRange("30m", since=1800),
    LogRange("1h", since=3600),
)
"""Behind the keys 0 to 6, as in k9s."""
