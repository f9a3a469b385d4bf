"""Kubernetes objects as the acts read them: where they live, and that they are the ones aimed at."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast
from urllib.parse import quote

from spottui.actions.services import Services
from spottui.clients import KubeClient
from spottui.errors import Conflict, NotFound, Refused, SpottuiError, Unreachable
from spottui.records import Target
from spottui.safe_text import clean

Object = dict[str, Any]

RESOURCES: dict[str, tuple[str, str, str]] = {
    "Pod": ("", "v1", "pods"),
    "Deployment": ("apps", "v1", "deployments"),
    "StatefulSet": ("apps", "v1", "statefulsets"),
    "DaemonSet": ("apps", "v1", "daemonsets"),
    "ReplicaSet": ("apps", "v1", "replicasets"),
    "ControllerRevision": ("apps", "v1", "controllerrevisions"),
    "Job": ("batch", "v1", "jobs"),
    "CronJob": ("batch", "v1", "cronjobs"),
    "Node": ("", "v1", "nodes"),
    "Application": ("argoproj.io", "v1alpha1", "applications"),
    "AppProject": ("argoproj.io", "v1alpha1", "appprojects"),
    "ApplicationSet": ("argoproj.io", "v1alpha1", "applicationsets"),
    "Service": ("", "v1", "services"),
    "ConfigMap": ("", "v1", "configmaps"),
    "Secret": ("", "v1", "secrets"),
    "PersistentVolumeClaim": ("", "v1", "persistentvolumeclaims"),
    "PersistentVolume": ("", "v1", "persistentvolumes"),
    "NetworkPolicy": ("networking.k8s.io", "v1", "networkpolicies"),
    "Ingress": ("networking.k8s.io", "v1", "ingresses"),
    "Event": ("", "v1", "events"),
    "Namespace": ("", "v1", "namespaces"),
}
"""Kind -> group, version, plural resource; every kind that an action names must be here."""

PASSING = (Unreachable, Refused)
"""Errors of a read-back that may pass (the link drops, the server restarts); the command goes on without us."""

CONFLICTS = 5
"""How often a write that met a newer object is tried on a fresh read."""


def collection(kind: str, namespace: str) -> str:
    """Return the path of a kind's collection in a namespace."""
    group, version, resource = RESOURCES[kind]
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    return f"{root}/namespaces/{segment(namespace)}/{resource}" if namespace else f"{root}/{resource}"


def path_of(target: Target) -> str:
    """Return the path of the target.

    Raises:
        SpottuiError: Its name can be none: what an Application lists is whatever somebody wrote.
    """
    return f"{collection(target.kind, target.namespace)}/{segment(target.name)}"


def segment(name: str) -> str:
    """Return a name as one piece of a path: it can lead nowhere else, and never to a whole collection.

    Raises:
        SpottuiError: No object can be called so.
    """
    if name in ("", ".", "..") or "/" in name or "%" in name:
        raise SpottuiError(f'"{said(name, 60)}" is no name that an object can have, so nothing was sent.')
    return quote(name, safe=":")


def api_version(kind: str) -> str:
    """Return "apps/v1" as an object reference wants it."""
    group, version, _ = RESOURCES[kind]
    return f"{group}/{version}" if group else version


async def read(api: KubeClient, path: str, query: tuple[tuple[str, str], ...] = ()) -> Object:
    """Return one JSON object."""
    return parsed(await api.request("GET", path, query=query), path)


def parsed(answer: bytes, path: str) -> Object:
    """Return an answer as a JSON object; a captive portal's page, for one, is none.

    Raises:
        Unreachable: It is no JSON object.
    """
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise Unreachable(f"The answer for {path} is no JSON: is this the API server?") from error
    if not isinstance(value, dict):
        raise Unreachable(f"The answer for {path} is no JSON object: is this the API server?")
    return cast("Object", value)


async def fetch(services: Services, target: Target) -> Object:
    """Return the target as it is now.

    Raises:
        NotFound: It is gone, or another object has its name by now.
    """
    found = await read(services.api, path_of(target))
    if uid_of(found) != target.uid:
        raise _another_one(target)
    return found


async def patch(
    services: Services, target: Target, change: Object | list[Object], content_type: str, subresource: str = ""
) -> Object:
    """Send a patch that carries the target's UID, and return the object as the server has it then.

    Raises:
        NotFound: Another object has its name by now; the server changed nothing.
    """
    path = f"{path_of(target)}/{subresource}" if subresource else path_of(target)
    try:
        answer = await services.api.request("PATCH", path, body=change, content_type=content_type)
    except Refused as error:
        if "metadata.uid" in str(error):  # "field is immutable": it takes our UID for a wish to change it
            raise _another_one(target) from error
        raise
    return parsed(answer, path)


def _another_one(target: Target) -> NotFound:
    return NotFound(
        f"{target} in {target.namespace} is another one now: it was deleted and made anew "
        "after it was chosen. Nothing was changed."
    )


async def guarded(attempt: Callable[[], Awaitable[Object]], target: Target) -> Object:
    """Run a read-and-write `attempt` again while the object changes in between; give up after a few times."""
    for _ in range(CONFLICTS - 1):
        try:
            return await attempt()
        except Conflict:
            continue
    try:
        return await attempt()
    except Conflict as error:
        raise Conflict(
            f"{target} changed under each of {CONFLICTS} attempts; nothing was done. Try again. ({error})"
        ) from error


def stamped(found: Object, **fields: Any) -> Object:
    """Return the metadata for a patch of `found`: its UID and version as preconditions, and `fields`."""
    meta = metadata(found)
    return {"uid": meta.get("uid"), "resourceVersion": meta.get("resourceVersion"), **fields}


def metadata(found: Object) -> Object:
    """Return an object's metadata."""
    return part(found, "metadata")


def uid_of(found: Object) -> str:
    """Return an object's UID."""
    return str(metadata(found).get("uid", ""))


def is_older(found: Object, than: Object) -> bool:
    """Whether `found` was read before `than` was written: a server that keeps copies (argocd-server) may lag."""
    versions = [str(metadata(each).get("resourceVersion") or "") for each in (found, than)]
    return all(each.isascii() and each.isdigit() for each in versions) and int(versions[0]) < int(versions[1])


def part(found: Mapping[str, Any], *names: str) -> Object:
    """Return the object below `names`; absent and null are empty ones, as the API leaves those out."""
    for name in names:
        inner = found.get(name)
        found = cast("Object", inner) if isinstance(inner, dict) else {}
    return cast("Object", found)


def rows(found: Mapping[str, Any], name: str) -> list[Object]:
    """Return the list of objects under `name`, empty when absent."""
    value = found.get(name)
    return [cast("Object", row) for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def number(found: Object, name: str, default: int = 0) -> int:
    """Return a count, `default` when absent (the API leaves zeros out)."""
    value = found.get(name)
    return value if isinstance(value, int) else default


def condition(found: Object, kind: str) -> Object:
    """Return the condition of a type from status.conditions, empty when there is none."""
    for row in rows(part(found, "status"), "conditions"):
        if row.get("type") == kind:
            return row
    return {}


def controller(found: Object) -> Object:
    """Return the controlling owner reference, empty when nothing controls the object."""
    for row in rows(metadata(found), "ownerReferences"):
        if row.get("controller") is True:
            return row
    return {}


def said(text: object, length: int = 300) -> str:
    """Return an outside text fit for a sentence: one line, no control characters, no final stop."""
    line = " ".join(clean(str(text or ""), 4 * length, keep_newlines=True).split())
    return clean(line, length).rstrip(".")
