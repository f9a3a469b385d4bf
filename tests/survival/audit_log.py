"""What the API server itself heard: its audit log, read as requests counted and watches that are open."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: None
    userGroups: ["system:masters"]
  - level: Metadata
"""
"""Requests of all but the tests' own admin and the server itself."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as the server received it."""

    user: str
    verb: str
    path: str
    is_list: bool
    """It asked for all there is."""


@dataclass(slots=True)
class AuditLog:
    """Reads the log as it grows; `forget` when the server was killed, which ended all streams without a line."""

    file: Path
    requests: list[Heard] = field(default_factory=list)
    """All requests, oldest first."""
    _open: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Audit id -> user and what is streamed."""
    _offset: int = 0

    def read(self) -> None:
        """Take in what was written since."""
        with self.file.open("rb") as file:
            file.seek(self._offset)
            whole, end, _ = file.read().rpartition(b"\n")
        self._offset += len(whole) + len(end)
        for line in whole.splitlines():
            self._take(json.loads(line))

    def forget(self) -> None:
        """Forget the streams that are open: the server was killed."""
        self.read()
        self._open.clear()

    def count(self, user: str, since: int = 0) -> int:
        """Return how many requests of a user were heard, from the one with index `since` on."""
        self.read()
        return sum(each.user == user for each in self.requests[since:])

    def mark(self) -> int:
        """Return the index that the next request will have."""
        self.read()
        return len(self.requests)

    def streams(self, user: str) -> Counter[str]:
        """Return how many streams of each sort a user has open now."""
        self.read()
        return Counter(what for who, what in self._open.values() if who == user)

    def _take(self, line: dict[str, Any]) -> None:
        stage, url = line["stage"], urlsplit(line["requestURI"])
        user, query = line["user"].get("username", ""), parse_qs(url.query)
        is_long = "watch" in query or "follow" in query
        if stage == "RequestReceived":
            is_list = line["verb"] == "list" or "sendInitialEvents" in query
            self.requests.append(Heard(user, line["verb"], url.path, is_list))
        elif stage == "ResponseStarted" and is_long:
            selector = "".join(query.get("fieldSelector", ()))
            self._open[line["auditID"]] = (user, f"{url.path} {selector}".strip())
        elif stage in ("ResponseComplete", "Panic"):
            self._open.pop(line["auditID"], None)
