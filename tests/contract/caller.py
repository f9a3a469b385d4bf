"""Asks one API server, simulated or real, and keeps what it answered in a form that can be compared."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from .plain import plain

Json = dict[str, Any]

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class Caller:
    """Speaks with a server as several users; `said` holds every exchange, made comparable."""

    def __init__(
        self,
        port: int,
        tokens: dict[str, str],
        tls: ssl.SSLContext | None,
        compact: Callable[[], None],
    ) -> None:
        self._tokens = tokens
        if tls is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        else:
            self._connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=tls)
        self.compact = compact
        """Makes the server forget all that was before."""
        self.namespace = ""
        self.said: list[Json] = []

    def begin(self, namespace: str) -> None:
        """Begin a case in a namespace of its own; nothing of this is kept."""
        self.namespace = namespace
        self.post("/api/v1/namespaces", {"metadata": {"name": namespace}})
        self.said = []

    def path(self, plural: str, name: str = "", group: str = "") -> str:
        """Return the path of a kind, or of one object, in the case's namespace; `group` with its version."""
        root = f"/apis/{group}" if group else "/api/v1"
        return f"{root}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    def get(self, path: str, **how: Any) -> Json:
        """Read."""
        return self.ask("GET", path, **how)

    def post(self, path: str, body: Any, **how: Any) -> Json:
        """Create."""
        return self.ask("POST", path, body, **how)

    def put(self, path: str, body: Any, **how: Any) -> Json:
        """Replace."""
        return self.ask("PUT", path, body, **how)

    def patch(self, path: str, body: Any, media: str = MERGE, **how: Any) -> Json:
        """Patch; a merge patch unless another type is named."""
        return self.ask("PATCH", path, body, media=media, **how)

    def delete(self, path: str, body: Any = None, **how: Any) -> Json:
        """Delete."""
        return self.ask("DELETE", path, body, **how)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str = "admin",
        accept: str = "application/json",
        media: str = "application/json",
        **query: object,
    ) -> Json:
        """Send one request, keep it and its answer, and return the answer as it came."""
        target = _target(path, query)
        payload = body if isinstance(body, str | None) else json.dumps(body)
        self._connection.request(method, target, payload, self._headers(user, accept, media))
        response = self._connection.getresponse()
        data = response.read()
        try:
            answer = json.loads(data)
        except ValueError:
            answer = {"text": data.decode(errors="replace")}
        self._keep(method, path, query, response.status, answer)
        return answer

    def watch(self, path: str, lines: int, *, user: str = "admin", accept: str = "", **query: object) -> list[Json]:
        """Read so many lines of a watch, or all until its end for 0, and let go of it."""
        target = _target(path, {"watch": "1", **query})
        self._connection.request("GET", target, headers=self._headers(user, accept or "application/json", ""))
        response = self._connection.getresponse()
        found: list[Json] = []
        while not lines or len(found) < lines:
            line = response.readline()
            if not line.strip():
                break
            found.append(json.loads(line))
        if lines:
            self._connection.close()
        else:
            response.read()
        self._keep("WATCH", path, query, response.status, found)
        return found

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _headers(self, user: str, accept: str, media: str) -> dict[str, str]:
        headers = {"Accept": accept, "User-Agent": "contract/1"}
        if media:
            headers["Content-Type"] = media
        if user:
            headers["Authorization"] = f"Bearer {self._tokens.get(user, user)}"
        return headers

    def _keep(self, method: str, path: str, query: dict[str, object], status: int, answer: Any) -> None:
        words = {name: plain(str(value), name if str(value).isdecimal() else "") for name, value in query.items()}
        words |= {"continue": "<token>"} if "continue" in words else {}
        asked = f"{method} {path}" + (f" {words}" if words else "")
        self.said.append({"asked": asked, "status": status, "answer": plain(answer)})


def _target(path: str, query: dict[str, object]) -> str:
    return f"{path}?{urlencode(query, doseq=True)}" if query else path
