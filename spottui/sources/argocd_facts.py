"""What only argocd-server tells of an Application: rendered targets, a commit's words, the tree with its health."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import msgspec

from spottui.clock import parse_time
from spottui.errors import Unreachable
from spottui.records_argocd import TreeNode
from spottui.sources.argocd_api import ArgocdApi, application_path, place_query
from spottui.sources.kube_raw_values import UNREADABLE, message, word
from spottui.sources.text import clean

Json = dict[str, Any]
NODES_KEPT = 10000
_NAMED = ("group", "kind", "namespace", "name")


class Commit(msgspec.Struct, frozen=True):
    """A revision's author, time and message; empty where the server does not tell."""

    author: str
    at: float | None
    message: str


async def managed_resources(api: ArgocdApi, namespace: str, name: str, project: str = "") -> list[Json]:
    """Return the differences as the controller last compared them, states decoded; a missing state is None.

    Raises as `ArgocdApi.request`; which resource it is, is cleaned, texts inside the states are not.
    """
    found = await api.get_json(
        application_path(name, "managed-resources"), query=place_query(namespace, project), timeout=30.0
    )
    return [_decoded(row) for row in found.get("items") or () if isinstance(row, dict)]


async def tree(api: ArgocdApi, namespace: str, name: str, project: str = "") -> tuple[TreeNode, ...]:
    """Return the objects of the resource tree, owners and owned; raises as `ArgocdApi.request`."""
    body = await api.request(
        "GET", application_path(name, "resource-tree"), query=place_query(namespace, project), timeout=30.0
    )
    return await asyncio.to_thread(_nodes, body)


class _Parent(msgspec.Struct):
    uid: str = ""


class _Health(msgspec.Struct):
    status: str = ""
    message: str = ""


class _Node(msgspec.Struct, rename="camel"):
    kind: str = ""
    name: str = ""
    namespace: str = ""
    group: str = ""
    uid: str = ""
    parent_refs: list[_Parent] | None = None
    health: _Health | None = None
    created_at: str | None = None


class _Tree(msgspec.Struct):
    nodes: list[_Node] | None = None


def _nodes(body: bytes) -> tuple[TreeNode, ...]:
    try:
        found = msgspec.json.decode(body, type=_Tree).nodes or ()
    except UNREADABLE as error:
        raise Unreachable("argocd-server sent something that is no resource tree.") from error
    return tuple(
        TreeNode(
            kind=word(one.kind),
            name=word(one.name),
            namespace=word(one.namespace),
            group=word(one.group),
            uid=clean(one.uid, 100),
            parents=tuple(clean(each.uid, 100) for each in one.parent_refs or () if each.uid),
            health=word(one.health.status) if one.health else "",
            health_message=message(one.health.message) if one.health else "",
            created_at=parse_time(one.created_at),
        )
        for one in found[:NODES_KEPT]
    )


async def commit(api: ArgocdApi, namespace: str, name: str, sha: str, project: str = "") -> Commit:
    """Return what a commit says; the server reads git for it, so it fails while git is out of reach."""
    path = application_path(name, f"revisions/{quote(sha, safe='')}/metadata")
    found = await api.get_json(path, query=place_query(namespace, project), timeout=30.0)
    return Commit(
        clean(str(found.get("author") or ""), 200),
        parse_time(str(found.get("date") or "")),
        clean(str(found.get("message") or ""), 2000),
    )


def _decoded(row: Json) -> Json:
    states = ("targetState", "liveState", "normalizedLiveState", "predictedLiveState")
    try:
        named = {key: word(str(row.get(key) or "")) for key in _NAMED}
        return row | named | {key: msgspec.json.decode(row.get(key) or "null") for key in states}
    except (msgspec.MsgspecError, RecursionError, TypeError) as error:
        raise Unreachable("argocd-server sent a resource whose state is no JSON.") from error
