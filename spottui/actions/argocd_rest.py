"""The second road of acts on Applications, through argocd-server's REST: what it takes, and what it cannot do.

An act reads the Application first, over the same road, and hands it in: REST has no precondition of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from spottui.actions.objects import Object, metadata, parsed, part, rows, uid_of
from spottui.clients import ServerClient
from spottui.errors import NotFound, OutcomeUnknown, Refused, SpottuiError, Unreachable
from spottui.records import Target

KUBERNETES_INSTEAD = 'With [argocd] acts = "kubernetes" it goes through the Kubernetes API.'
NEEDS_GIT = (
    "argocd-server looks a revision up in git before it syncs; through the Kubernetes API a revision "
    'that was fetched before needs no git ([argocd] acts = "kubernetes").'
)
CHECKS_GIT = (
    "argocd-server looks into git before it takes a change of the spec; the Kubernetes API does not "
    '([argocd] acts = "kubernetes").'
)
CLEAR = "clear"
_CANNOT: Mapping[str, str] = {
    CLEAR: f"argocd-server cannot take an operation away that hangs in its end. {KUBERNETES_INSTEAD}",
}
ANSWERS_WITHIN = 60.0
"""Seconds for a sync: the server waits for git, whose own deadline is 15 s, and for its repo-server."""
COMPARES_WITHIN = 100.0
"""Seconds for a refresh: the server answers when it is done."""


def cannot(act: str) -> str:
    """Return why an act does not go through argocd-server, a sentence; empty when it does."""
    return _CANNOT.get(act, "")


class RestRoad:
    """Sends acts on Applications to argocd-server."""

    def __init__(self, api: ServerClient) -> None:
        self._api = api

    async def start(self, target: Target, app: Object, request: Object, user: str, row: int | None = None) -> Object:
        """Start an operation and return the Application with it.

        Args:
            app: As just read.
            request: An operation's `sync` and `retry`.
            user: Who asks; the server writes its own login down, so it is told as an info.
            row: Id of a row of the history to roll back to, 0 is one; None: a sync.

        Raises:
            SpottuiError: As `ServerClient.request`; Conflict when another operation came in between.
        """
        sync, place = part(request, "sync"), _place(target, app)
        if row is not None:
            what, body = "rollback", {"id": row, "prune": sync.get("prune") is True, **place}
        else:
            what, body = "sync", _sync_body(sync, part(request, "retry")) | place
            body["infos"] = [{"name": "Reason", "value": f"asked by {user}"}]
        try:
            return await self._send("POST", target, app, what, body=body, timeout=ANSWERS_WITHIN)
        except Refused as error:
            if "resolving repo revision" not in str(error):
                raise
            raise Refused(f"{error} {NEEDS_GIT}") from error

    async def refresh(self, target: Target, app: Object, how: str) -> Object:
        """Refresh, "normal" or "hard", and return the Application as it was compared.

        Raises:
            SpottuiError: As `ServerClient.request`; OutcomeUnknown when it was asked and no answer came.
        """
        query = (*_query(target, app), ("refresh", how))
        try:
            return await self._send("GET", target, app, "", query=query, timeout=COMPARES_WITHIN)
        except Unreachable as error:
            raise OutcomeUnknown(f"It is not known whether {target.name} was refreshed: {error}") from error

    async def terminate(self, target: Target, app: Object) -> None:
        """End the operation in progress."""
        await self._send("DELETE", target, app, "operation", query=_query(target, app))

    async def change(self, target: Target, app: Object, change: Object) -> Object:
        """Merge-patch the spec or the annotations, and return the Application.

        Raises:
            SpottuiError: As `ServerClient.request`; or the change has parts that the server drops without a word.
        """
        if dropped := sorted({"operation", "status"} & change.keys()):
            raise SpottuiError(f"argocd-server drops a change of {' and '.join(dropped)}. Nothing was sent.")
        body = {"name": target.name, "patch": json.dumps(change), "patchType": "merge", **_place(target, app)}
        try:
            return await self._send("PATCH", target, app, "", body=body, timeout=ANSWERS_WITHIN)
        except Refused as error:
            if "is invalid" not in str(error) and "validating the repo" not in str(error):
                raise
            raise Refused(f"{error} {CHECKS_GIT}") from error

    async def delete(self, target: Target, app: Object, policy: str) -> None:
        """Delete the Application; `policy` is "foreground" or "background", empty keeps what it deployed."""
        query = [*_query(target, app), ("cascade", "true" if policy else "false")]
        if policy:
            query.append(("propagationPolicy", policy))
        await self._send("DELETE", target, app, "", query=query)

    async def _send(
        self,
        method: str,
        target: Target,
        app: Object,
        rest: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        timeout: float = 10.0,
    ) -> Object:
        if uid_of(app) != target.uid:
            raise NotFound(f"{target} in {target.namespace} is another one now. Nothing was changed.")
        path = f"/api/v1/applications/{quote(target.name, safe='')}{f'/{rest}' if rest else ''}"
        answer = await self._api.request(method, path, query=query, body=body, timeout=timeout)
        return parsed(answer or b"{}", path)


async def global_projects(api: ServerClient, project: str) -> list[Object]:
    """Return the global projects whose windows count for a project, as the server works them out.

    Raises:
        SpottuiError: As `ServerClient.request`.
    """
    path = f"/api/v1/projects/{quote(project, safe='')}/detailed"
    return rows(parsed(await api.request("GET", path), path), "globalProjects")


def _sync_body(sync: Object, retry: Object) -> Object:
    """Return an operation's `sync` in REST's own names."""
    body = {name: sync[name] for name in ("revision", "prune", "dryRun", "resources") if sync.get(name)}
    if sync.get("syncStrategy"):
        body["strategy"] = sync["syncStrategy"]
    if revisions := sync.get("revisions"):  # each is for the source at its position, from 1
        body |= {"revisions": revisions, "sourcePositions": list(range(1, len(revisions) + 1))}
    if retry:
        body["retryStrategy"] = retry
    return {**body, "syncOptions": {"items": list(sync.get("syncOptions") or ())}}


def project_of(app: Object) -> str:
    """Return the name of an Application's project."""
    return str(part(app, "spec").get("project") or "default")


def _place(target: Target, app: Object) -> Object:
    return {"appNamespace": target.namespace, "project": project_of(app)}


def _query(target: Target, app: Object) -> tuple[tuple[str, str], ...]:
    """Return where it is; without the project the server would say "forbidden" of what is not there."""
    return (("appNamespace", target.namespace), ("project", project_of(app)))


def rbac_name(app: Object) -> str:
    """Return what Argo CD's own RBAC calls an Application: "project/name", elsewhere "project/namespace/name"."""
    meta = metadata(app)
    namespace, home = meta.get("namespace"), part(app, "status").get("controllerNamespace")
    middle = f"/{namespace}" if home and namespace != home else ""
    return f"{project_of(app)}{middle}/{meta.get('name')}"
