"""An API server in memory, and a clock that only tests move.

Left out: HTTP, admission, defaulting, validation, controllers (a test plays them by `FakeTime.at`), watches,
paging, finalizers and grace periods (a deleted object goes at once unless `keeps_deleted`), field selectors but
involvedObject.uid, spec.nodeName and metadata.name, RBAC but reviews. A strategic patch merges lists of named objects
by their names, whatever the type says, and knows `$patch: replace`. Disruption budgets are what `budgets` says.
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable
from typing import Any

from spottui.clients import Query
from spottui.errors import Conflict, NotFound, Refused, SpottuiError, TryLater

Json = dict[str, Any]

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


LISTED = ("pods", "events", "replicasets", "controllerrevisions", "nodes", "applications", "jobs")
REJECTED = "The server rejected our request due to an error in our request."
"""What a real API server says (422) of a JSON patch whose test fails."""
STRATEGIC = "application/strategic-merge-patch+json"


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
        self.budgets: dict[str, list[str]] = {}
        """Name of a pod -> what refuses its next evictions, in order."""
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
        answer = self._carry_out(method, path, dict(query), body, content_type)
        if method == self.hangs_on:
            self.hanging.set()
            await asyncio.Event().wait()
        return json.dumps(answer).encode()

    def _carry_out(self, method: str, path: str, query: dict[str, str], body: Any, content_type: str) -> Json:
        owner, _, sub = path.rpartition("/")
        if owner in self.objects and sub in ("scale", "eviction", "ephemeralcontainers"):
            return self._subresource(method, owner, sub, body)
        if method == "POST":
            made = copy.deepcopy(body)
            made["metadata"].setdefault("uid", f"u-{body['metadata']['name']}")
            return self.put(f"{path}/{body['metadata']['name']}", made)
        if method == "GET" and path not in self.objects and sub in LISTED:
            return {"items": [one for at, one in self.objects.items() if self._is_listed(at, one, path, query)]}
        if path not in self.objects:
            raise NotFound(f"{path} is not there.")
        if method == "PATCH" and isinstance(body, list):
            return self.put(path, json_patched(self.objects[path], body))
        if method == "PATCH":
            _check(self.objects[path], body.get("metadata", {}))
            lay = strategic if content_type == STRATEGIC else merged
            return self.put(path, lay(self.objects[path], body))
        if method == "DELETE":
            _check(self.objects[path], body.get("preconditions", {}))
            return self.objects[path] if self.keeps_deleted else self.objects.pop(path)
        return self.objects[path]

    def _subresource(self, method: str, path: str, sub: str, body: Any) -> Json:
        found = self.objects[path]
        if sub == "eviction":
            return self._evict(path, found, body)
        if method == "PATCH":
            _check(found, body.get("metadata", {}))
            change = body["spec"] if sub == "ephemeralcontainers" else {"replicas": body["spec"]["replicas"]}
            found = self.put(path, strategic(found, {"spec": change}))
        if sub == "ephemeralcontainers":
            return found
        meta = {name: found["metadata"].get(name) for name in ("name", "namespace", "uid", "resourceVersion")}
        return {"kind": "Scale", "metadata": meta, "spec": {"replicas": found["spec"].get("replicas", 1)}}

    def _evict(self, path: str, found: Json, body: Any) -> Json:
        _check(found, body["deleteOptions"].get("preconditions", {}))
        refused = self.budgets.get(found["metadata"]["name"])
        if refused:
            raise TryLater(refused.pop(0))
        if not self.keeps_deleted:
            del self.objects[path]
        return {"kind": "Status", "status": "Success"}

    def _is_listed(self, at: str, one: Json, path: str, query: dict[str, str]) -> bool:
        kept_in = at.rpartition("/")[0]
        start, _, resource = path.rpartition("/")
        is_everywhere = kept_in.startswith(f"{start}/namespaces/") and kept_in.endswith(f"/{resource}")
        if kept_in != path and not is_everywhere:
            return False
        for field, value in (pair.split("=") for pair in query.get("fieldSelector", "").split(",") if pair):
            if field == "spec.nodeName" and one["spec"].get("nodeName") != value:
                return False
            if field == "metadata.name" and one["metadata"]["name"] != value:
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


def json_patched(found: Json, operations: list[Json]) -> Json:
    """Return `found` with a JSON patch (RFC 6902) of objects applied; a `test` that fails changes nothing."""
    result = copy.deepcopy(found)
    for each in operations:
        *above, name = each["path"].strip("/").split("/")
        place: Any = result
        for step in above:
            place = place.get(step)
            if not isinstance(place, dict):
                raise Refused(REJECTED)
        if each["op"] == "test":
            if place.get(name) != each["value"]:
                raise Refused(REJECTED)
        elif each["op"] == "add" or (each["op"] == "replace" and name in place):
            place[name] = each["value"]
        elif each["op"] == "remove" and name in place:
            del place[name]
        else:
            raise Refused(REJECTED)
    return result


def strategic(found: Json, patch: Json) -> Json:
    """Return `found` with a strategic merge patch applied: named rows of lists are merged, not replaced."""
    if patch.get("$patch") == "replace":
        return {name: value for name, value in patch.items() if name != "$patch"}
    result = dict(found)
    for name, value in patch.items():
        inner = result.get(name)
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = strategic(inner if isinstance(inner, dict) else {}, value)
        elif isinstance(value, list) and value and all(isinstance(row, dict) and "name" in row for row in value):
            rows = {row["name"]: row for row in inner or ()}
            rows.update({row["name"]: strategic(rows.get(row["name"], {}), row) for row in value})
            result[name] = list(rows.values())
        else:
            result[name] = value
    return result


def _check(found: Json, wanted: Json) -> None:
    for name in ("uid", "resourceVersion"):
        if wanted.get(name) not in (None, found["metadata"].get(name)):
            raise Conflict("The object has been modified.")
