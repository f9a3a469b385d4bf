"""A small blocking client for the Kubernetes API, for arranging tests; knows nothing of spottui."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"

Json = dict[str, Any]


class ApiRefused(RuntimeError):
    """What the server answered instead of doing as asked."""

    def __init__(self, method: str, path: str, status: int, body: Json) -> None:
        self.status = status
        """HTTP status code."""
        self.body = body
        """The `Status` object; `{"message": text}` when the answer was no JSON."""
        self.message: str = body.get("message") or ""
        self.reason: str = body.get("reason") or ""
        super().__init__(f"{method} {path}: {status} {self.reason}: {self.message}")


@dataclass(frozen=True, slots=True)
class Login:
    """Where the server is and as whom to speak to it."""

    port: int
    authority: Path
    token: str


class ApiClient:
    """Speaks JSON with one API server as one user; each thread keeps one connection of its own."""

    def __init__(self, login: Login, timeout: float = 30) -> None:
        self._login = login
        self._timeout = timeout
        self._tls = ssl.create_default_context(cafile=str(login.authority))
        self._per_thread = threading.local()

    def get(self, path: str, **query: object) -> Json:
        """Return the object or list at `path`, such as `/api/v1/pods`; `query` as in the API's own words."""
        return self.request("GET", path, query=query)

    def exists(self, path: str) -> bool:
        """Say whether there is something at `path`."""
        try:
            self.get(path)
        except ApiRefused as refused:
            if refused.status == 404:
                return False
            raise
        return True

    def post(self, path: str, body: Json, **query: object) -> Json:
        """Create an object in the collection at `path`."""
        return self.request("POST", path, body, query=query)

    def put(self, path: str, body: Json, **query: object) -> Json:
        """Replace the object at `path`."""
        return self.request("PUT", path, body, query=query)

    def patch(self, path: str, body: object, content_type: str = MERGE, **query: object) -> Json:
        """Patch the object at `path`; a merge patch unless another type is named."""
        return self.request("PATCH", path, body, content_type, query)

    def delete(self, path: str, **query: object) -> Json:
        """Delete the object at `path`."""
        return self.request("DELETE", path, query=query)

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        content_type: str = "application/json",
        query: dict[str, object] | None = None,
    ) -> Json:
        """Send one request and return the answer's JSON; plain text comes as `{"message": text}`.

        Raises:
            ApiRefused: The answer was not 2xx.
            OSError, http.client.HTTPException: The server could not be reached.
        """
        status, data = self._send(method, _with_query(path, query), body, content_type)
        try:
            answer = json.loads(data) if data else {}
        except ValueError:
            answer = {"message": data.decode(errors="replace")}
        if not 200 <= status < 300:
            raise ApiRefused(method, path, status, answer)
        return answer

    def watch(self, path: str, timeout: float = 10, **query: object) -> Iterator[Json]:
        """Yield the events of a watch until the server ends it; close the generator to end it earlier.

        Args:
            timeout: Seconds without a byte after which `TimeoutError` is raised.
        """
        connection = http.client.HTTPSConnection("127.0.0.1", self._login.port, timeout=timeout, context=self._tls)
        try:
            connection.request("GET", _with_query(path, {"watch": "true", **query}), headers=self._headers())
            response = connection.getresponse()
            if response.status != 200:
                body = json.loads(response.read())
                raise ApiRefused("WATCH", path, response.status, body)
            for line in response:
                yield json.loads(line)
        finally:
            connection.close()

    def close(self) -> None:
        """Close this thread's connection."""
        connection: http.client.HTTPSConnection | None = getattr(self._per_thread, "connection", None)
        if connection is not None:
            connection.close()
            self._per_thread.connection = None

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._login.token}", "Accept": "application/json"}

    def _send(self, method: str, target: str, body: object, content_type: str) -> tuple[int, bytes]:
        headers = self._headers()
        payload = None
        if body is not None:
            payload = json.dumps(body).encode()
            headers["Content-Type"] = content_type
        kept: http.client.HTTPSConnection | None = getattr(self._per_thread, "connection", None)
        if kept is not None:
            try:
                return _exchange(kept, method, target, payload, headers)
            except (ConnectionError, ssl.SSLError, http.client.HTTPException):
                # A kept connection dies with a restarted server, so a fresh one has the last word. Should the
                # server have done it already, the second answer is a conflict, which a test will see.
                self.close()
        fresh = http.client.HTTPSConnection("127.0.0.1", self._login.port, timeout=self._timeout, context=self._tls)
        self._per_thread.connection = fresh
        try:
            return _exchange(fresh, method, target, payload, headers)
        except (OSError, http.client.HTTPException):
            self.close()
            raise


def _exchange(
    connection: http.client.HTTPSConnection,
    method: str,
    target: str,
    payload: bytes | None,
    headers: dict[str, str],
) -> tuple[int, bytes]:
    connection.request(method, target, payload, headers)
    response = connection.getresponse()
    return response.status, response.read()


def _with_query(path: str, query: dict[str, object] | None) -> str:
    if not query:
        return path
    words = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
    return f"{path}?{urlencode(words)}"
