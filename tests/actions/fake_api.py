"""An API server in memory, and a clock that only tests move.

Left out: HTTP, admission, defaulting, validation, controllers (a test plays them by `FakeTime.at`), watches,
paging, strategic list merging (a strategic patch is taken as a merge patch), finalizers and grace periods (a
deleted object goes at once unless `keeps_deleted`), field selectors but those of Events, RBAC but reviews.
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable
from typing import Any

from spottui.actions.services import Query
from spottui.errors import Conflict, NotFound, SpottuiError

Json = dict[str, Any]

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class FakeTime:
    """A clock that `sleep` moves; what is due on the way is done on time."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self._due: list[tuple[float, Callable[[], None]]] = []

    def __call__(self) -> float:
        return self.now

    def at(self, seconds: float, do: Callable[[], None]) -> None:
        """Do something `seconds` from now."""
        self._due.append((self.now + seconds, do))

    async def sleep(self, seconds: float) -> None:
        """Move the clock; other tasks run meanwhile."""
        end = self.now + seconds
        for due in sorted((due for due in self._due if due[0] <= end), key=lambda due: due[0]):
            self._due.remove(due)
            self.now = max(self.now, due[0])
            due[1]()
        self.now = end
        await asyncio.sleep(0)


class FakeApi:
    """Objects by path; `sent` has every request that is no GET and no access review."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self.sent: list[tuple[str, str, Any]] = []
        self.reads: list[str] = []
        self.reviews: list[Json] = []
        self.denied: set[str] = set()
        """Verbs that reviews deny; "verb name" denies all names but that one."""
        self.failures: list[tuple[str, str, SpottuiError]] = []
        """(method, part of the path, error): raised once each, in order."""
        self.before: Callable[[str, str], None] = lambda method, path: None
        """Called before each request is carried out, e.g. to change an object between read and write."""
        self.hangs_on = ""
        """A method whose requests are carried out but never answered."""
        self.hanging = asyncio.Event()
        """Set when a request hangs."""
        self.keeps_deleted = False
        self._version = 100

    def put(self, path: str, found: Json) -> Json:
        """Store an object under its path with a new resourceVersion."""
        self._version += 1
        found.setdefault("metadata", {})["resourceVersion"] = str(self._version)
        self.objects[path] = found
        return found

    def change(self, path: str, patch: Json) -> None:
        """Change an object as somebody else would."""
        self.put(path, merged(self.objects[path], patch))

    def drop(self, path: str) -> None:
        """Delete an object as somebody else would."""
        del self.objects[path]

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: Any = None,
        content_type: str = "application/json",
        timeout: float = 10.0,
    ) -> bytes:
        await asyncio.sleep(0)
        if path == REVIEWS:
            return self._review(body)
        self.before(method, path)
        if method == "GET":
            self.reads.append(path)
        else:
            self.sent.append((method, path, copy.deepcopy(body)))
        for failure in self.failures:
            if failure[0] == method and failure[1] in path:
                self.failures.remove(failure)
                raise failure[2]
        answer = self._carry_out(method, path, dict(query), body)
        if method == self.hangs_on:
            self.hanging.set()
            await asyncio.Event().wait()
        return json.dumps(answer).encode()

    def _carry_out(self, method: str, path: str, query: dict[str, str], body: Any) -> Json:
        if method == "POST":
            return self.put(f"{path}/{body['metadata']['name']}", copy.deepcopy(body))
        if method == "GET" and path not in self.objects and path.rpartition("/")[2] in ("pods", "events"):
            return {"items": [one for at, one in self.objects.items() if self._is_listed(at, one, path, query)]}
        if path not in self.objects:
            raise NotFound(f"{path} is not there.")
        if method == "PATCH":
            _check(self.objects[path], body.get("metadata", {}))
            return self.put(path, merged(self.objects[path], body))
        if method == "DELETE":
            _check(self.objects[path], body.get("preconditions", {}))
            return self.objects[path] if self.keeps_deleted else self.objects.pop(path)
        return self.objects[path]

    def _is_listed(self, at: str, one: Json, path: str, query: dict[str, str]) -> bool:
        if at.rpartition("/")[0] != path:
            return False
        labels = one["metadata"].get("labels", {})
        wanted = [pair.split("=") for pair in query.get("labelSelector", "").split(",") if pair]
        if any(labels.get(key) != value for key, value in wanted):
            return False
        uid = query.get("fieldSelector", "").partition("involvedObject.uid=")[2].partition(",")[0]
        return not uid or one.get("involvedObject", {}).get("uid") == uid

    def _review(self, body: Json) -> bytes:
        self.reviews.append(body)
        for failure in self.failures:
            if failure[0] == "POST" and failure[1] in REVIEWS:
                self.failures.remove(failure)
                raise failure[2]
        asked = body["spec"]["resourceAttributes"]
        named = f"{asked['verb']} {asked.get('name', '')}" in self.denied
        allowed = asked["verb"] not in self.denied or named
        reason = "" if allowed else "no role grants it"
        return json.dumps({"status": {"allowed": allowed, "reason": reason}}).encode()


def merged(found: Json, patch: Json) -> Json:
    """Return `found` with a merge patch (RFC 7386) applied."""
    result = dict(found)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            inner = result.get(name)
            result[name] = merged(inner if isinstance(inner, dict) else {}, value)
        else:
            result[name] = value
    return result


def _check(found: Json, wanted: Json) -> None:
    for name in ("uid", "resourceVersion"):
        if wanted.get(name) not in (None, found["metadata"].get(name)):
            raise Conflict("The object has been modified.")
