"""Reads Argo CD's own objects at argocd-server, by the paths that the Kubernetes API has for them.

So whoever commands through argocd-server looks through it too: the same rights, the same reading code. Everything that
is not a read of theirs goes on to the Kubernetes API.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from spottui.clients import KubeClient, Query, ServerClient
from spottui.errors import Forbidden, NotFound, SpottuiError

_PATH = re.compile(
    r"/apis/argoproj\.io/v1alpha1(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<kind>applications|appprojects|applicationsets)(?:/(?P<name>[^/]+))?"
)
_PLACES = {"applications": "appNamespace", "applicationsets": "appsetNamespace", "appprojects": ""}
_NAMES = {"applications": "applications", "applicationsets": "applicationsets", "appprojects": "projects"}
_ROOT = "/api/v1/"
EMPTY_LIST = 4096
"""Bytes up to which a list is looked into: one of nothing says null, where the Kubernetes API says []."""
PATIENCE = 30.0
"""Seconds for a list, which comes in one piece."""


class _Spec(msgspec.Struct):
    project: str = ""


class _HasProject(msgspec.Struct):
    spec: _Spec


class ArgocdReads:
    """The Kubernetes API, but that Applications, AppProjects and ApplicationSets are read from argocd-server."""

    def __init__(self, api: KubeClient, server: ServerClient) -> None:
        self._api, self._server = api, server
        self._projects: dict[tuple[str, str], str] = {}

    async def request(self, method: str, path: str, *, query: Query = (), timeout: float = 10.0, **how: Any) -> bytes:
        """Send one request where it belongs; `how` as, and raises as, `KubeClient.request`."""
        found = _PATH.fullmatch(path) if method == "GET" else None
        if found is None:
            return await self._api.request(method, path, query=query, timeout=timeout, **how)
        kind, namespace, name = (unquote(found[part] or "") for part in ("kind", "namespace", "name"))
        if not name:
            return await self._list(kind, namespace, query, timeout)
        if kind == "applications":
            return await self._application(namespace, name, timeout)
        place = ((_PLACES[kind], namespace),) if _PLACES[kind] else ()
        return await self._server.request("GET", _path(kind, name), query=place, timeout=timeout)

    async def _application(self, namespace: str, name: str, timeout: float) -> bytes:
        """Read one; only with its project does the server tell "not there" from "not permitted"."""
        place, path = ("appNamespace", namespace), _path("applications", name)
        project = self._projects.get((namespace, name))
        try:
            answer = await self._server.request(
                "GET", path, query=(place, *((("project", project),) if project else ())), timeout=timeout
            )
        except (NotFound, Forbidden) as error:
            if not project:
                raise
            try:  # it may have been moved to another project
                answer = await self._server.request("GET", path, query=(place,), timeout=timeout)
            except SpottuiError:
                raise error from None
        try:
            self._projects[namespace, name] = msgspec.json.decode(answer, type=_HasProject).spec.project
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self._projects.pop((namespace, name), None)  # whoever asked says what is wrong with the answer
        return answer

    async def _list(self, kind: str, namespace: str, query: Query, timeout: float) -> bytes:
        asked = [(_PLACES[kind], namespace)] if namespace and _PLACES[kind] else []
        for name, value in query:
            if name == "fieldSelector" and value.startswith("metadata.name=") and kind == "applications":
                asked.append(("name", value.removeprefix("metadata.name=")))
        answer = await self._server.request("GET", _path(kind), query=asked, timeout=max(timeout, PATIENCE))
        if len(answer) > EMPTY_LIST:
            return answer
        try:
            whole = msgspec.json.decode(answer)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return answer
        if isinstance(whole, dict) and whole.get("items") is None:
            return msgspec.json.encode({**whole, "items": []})
        return answer


def _path(kind: str, name: str = "") -> str:
    path = f"{_ROOT}{_NAMES[kind]}"
    return f"{path}/{quote(name, safe='')}" if name else path
