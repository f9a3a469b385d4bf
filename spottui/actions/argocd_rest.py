"""The two roads of acts on Applications: through the Kubernetes API, and through argocd-server's REST."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from spottui.actions.objects import Object, parsed, uid_of
from spottui.errors import NotFound, Refused
from spottui.records import Target

ACTS = ("sync", "refresh", "rollback", "terminate", "patch", "delete")
SHA_OFFLINE = "sync-fetched"
"""Sync or roll back to a revision that Argo CD has fetched, while git is out of reach."""
_REST_CANNOT: Mapping[str, str] = {
    SHA_OFFLINE: "argocd-server asks git first, so without it this works only through the Kubernetes API.",
    "force-clear": "argocd-server cannot take back an operation that hangs; the Kubernetes API can.",
}
_KUBERNETES_CANNOT: Mapping[str, str] = {
    "revision-metadata": "Only argocd-server tells a commit's author and message.",
    "manifests": "Only argocd-server renders the manifests of another revision.",
    "resource-actions": "Only argocd-server runs the actions of a resource.",
}
KUBERNETES = "kubernetes"
REST = "argocd-server"


class RestApi(Protocol):
    """argocd-server, one request at a time; errors as `spottui.actions.services.Api`."""

    async def request(
        self, method: str, path: str, *, query: Sequence[tuple[str, str]] = (), body: Any = None, timeout: float = 10.0
    ) -> bytes:
        """Send one request and return the body of the answer."""
        ...


class ArgoRoad(Protocol):
    """One road to Argo CD; each act returns the Application, or an empty object where the road tells nothing."""

    name: str

    def cannot(self, act: str) -> str:
        """Return why this road cannot do an act; empty when it can."""
        ...

    async def sync(self, target: Target, project: str, request: Object) -> Object:
        """Start a sync; `request` is an operation's `sync`, with "infos" beside it."""
        ...

    async def refresh(self, target: Target, project: str, how: str) -> Object:
        """Refresh, "normal" or "hard"."""
        ...

    async def rollback(self, target: Target, project: str, history_id: int, *, prune: bool = False) -> Object:
        """Go back to a row of the history."""
        ...

    async def terminate(self, target: Target, project: str) -> Object:
        """End the operation in progress."""
        ...

    async def patch(self, target: Target, project: str, change: Object) -> Object:
        """Merge-patch the spec or the metadata."""
        ...

    async def delete(self, target: Target, project: str, *, cascade: bool, policy: str = "") -> Object:
        """Delete the Application."""
        ...


def kubernetes_cannot(act: str) -> str:
    """Return why the Kubernetes API cannot do an act; empty when it can."""
    return _KUBERNETES_CANNOT.get(act, "")


class RestRoad:
    """Acts through argocd-server; each looks first whether the Application is still the one that was chosen."""

    name = REST

    def __init__(self, api: RestApi) -> None:
        self._api = api

    def cannot(self, act: str) -> str:
        """Return why this road cannot do an act; empty when it can."""
        return _REST_CANNOT.get(act, "")

    async def sync(self, target: Target, project: str, request: Object) -> Object:
        """Start a sync."""
        body = dict(request)
        if "syncStrategy" in body:  # REST has its own name for it
            body["strategy"] = body.pop("syncStrategy")
        if isinstance(options := body.get("syncOptions"), list):
            body["syncOptions"] = {"items": options}
        await self._check(target, project)
        return await self._send("POST", target, project, "sync", body=body | _place(target, project), timeout=60.0)

    async def refresh(self, target: Target, project: str, how: str) -> Object:
        """Refresh; argocd-server answers when it is done."""
        await self._check(target, project)
        query = (*_query(target, project), ("refresh", how))
        answer = await self._api.request("GET", _path(target), query=query, timeout=100.0)
        return parsed(answer, _path(target))

    async def rollback(self, target: Target, project: str, history_id: int, *, prune: bool = False) -> Object:
        """Go back to a row of the history; 0 is a real id."""
        await self._check(target, project)
        body = {"id": history_id, "prune": prune, **_place(target, project)}
        return await self._send("POST", target, project, "rollback", body=body, timeout=60.0)

    async def terminate(self, target: Target, project: str) -> Object:
        """End the operation in progress."""
        await self._check(target, project)
        return await self._send("DELETE", target, project, "operation", query=_query(target, project))

    async def patch(self, target: Target, project: str, change: Object) -> Object:
        """Merge-patch the spec or the metadata.

        Raises:
            Refused: The change has parts that argocd-server drops without a word.
        """
        if dropped := sorted({"operation", "status"} & change.keys()):
            raise Refused(f"argocd-server drops a change of {' and '.join(dropped)}. Nothing was sent.")
        await self._check(target, project)
        body = {"name": target.name, "patch": json.dumps(change), "patchType": "merge", **_place(target, project)}
        return await self._send("PATCH", target, project, "", body=body)

    async def delete(self, target: Target, project: str, *, cascade: bool, policy: str = "") -> Object:
        """Delete the Application; without `cascade` its resources stay, and `policy` must be empty."""
        await self._check(target, project)
        query = [*_query(target, project), ("cascade", "true" if cascade else "false")]
        if policy:
            query.append(("propagationPolicy", policy))
        return await self._send("DELETE", target, project, "", query=query)

    async def _check(self, target: Target, project: str) -> None:
        """Refuse when another Application has the name now: REST has no precondition for that."""
        answer = await self._api.request("GET", _path(target), query=_query(target, project))
        if uid_of(parsed(answer, _path(target))) != target.uid:
            raise NotFound(f"{target} in {target.namespace} is another one now. Nothing was changed.")

    async def _send(
        self,
        method: str,
        target: Target,
        project: str,
        rest: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Object | None = None,
        timeout: float = 10.0,
    ) -> Object:
        path = f"{_path(target)}/{rest}" if rest else _path(target)
        answer = await self._api.request(method, path, query=query, body=body, timeout=timeout)
        return parsed(answer or b"{}", path)


def _path(target: Target) -> str:
    return f"/api/v1/applications/{quote(target.name, safe='')}"


def _place(target: Target, project: str) -> Object:
    return {"appNamespace": target.namespace, "project": project}


def _query(target: Target, project: str) -> tuple[tuple[str, str], ...]:
    return (("appNamespace", target.namespace), ("project", project))
