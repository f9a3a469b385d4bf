"""What was written lately, for watches that start from an older version; knows no rules of writing."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from spottui.sim.resources import Resource
from spottui.sim.status import expired

HISTORY = 20_000
"""Changes kept for watches that start from an older version; older ones answer 410."""


@dataclass(slots=True, eq=False)
class Stored:
    """One object and its JSON, encoded at most once."""

    object: dict[str, Any]
    _json: bytes | None = None

    @property
    def json(self) -> bytes:
        """The object as JSON."""
        if self._json is None:
            self._json = msgspec.json.encode(self.object)
        return self._json


@dataclass(slots=True, frozen=True, eq=False)
class Change:
    """One write, as a watch tells it."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    resource: Resource
    version: int
    stored: Stored
    """For DELETED the last state, with the version of the deletion."""
    before: Stored | None

    @property
    def object(self) -> dict[str, Any]:
        """The object after the change."""
        return self.stored.object


class History:
    """The latest changes of all kinds, in the order of their versions."""

    def __init__(self, most: int) -> None:
        self._changes: deque[Change] = deque(maxlen=most)
        self._forgotten = 0
        """Changes up to this version are no longer told."""

    def add(self, change: Change) -> None:
        """Take in the latest change; the oldest one goes when there is no room for it."""
        if len(self._changes) == self._changes.maxlen:
            self._forgotten = self._changes[0].version
        self._changes.append(change)

    def since(self, kind: Resource, version: int) -> list[Change]:
        """Return what changed of one kind after a version.

        Raises:
            ApiError: 410 when that is forgotten.
        """
        if version < self._forgotten:
            raise expired(f"too old resource version: {version} ({self._forgotten + 1})")
        start = bisect_right(self._changes, version, key=lambda change: change.version)
        return [self._changes[at] for at in range(start, len(self._changes)) if self._changes[at].resource == kind]

    def forget(self, version: int) -> None:
        """Tell nothing any more of what was up to a version."""
        self._forgotten = version
        self._changes.clear()
