"""Fills in of an Application's tree what only argocd-server knows: health by Lua rules, what custom kinds own; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from spottui.records_argocd import TreeNode
from spottui.verdicts.app_health import Health
from spottui.verdicts.app_tree import DEPTH, NOT_JUDGED, Key, TreeRow

BY = "argocd-server"


class Served:
    """The tree as argocd-server told it, found by name and by owner."""

    def __init__(self, nodes: Sequence[TreeNode]) -> None:
        self.nodes = nodes
        self._by_key: dict[Key, TreeNode] = {(one.group, one.kind, one.namespace, one.name): one for one in nodes}
        self._below: dict[str, list[TreeNode]] = {}
        for one in nodes:
            for uid in one.parents:
                self._below.setdefault(uid, []).append(one)

    def fill(self, rows: Iterable[TreeRow]) -> list[TreeRow]:
        """Return the rows, those of unknown health with that of argocd-server and what it says they own."""
        given = list(rows)
        shown = {row.uid for row in given if row.uid} | {_key(row) for row in given if row.depth == 0}
        filled: list[TreeRow] = []
        for row in given:
            node = self._by_key.get(_key(row)) if row.health.word == "?" else None
            if node is None:
                filled.append(row)
                continue
            filled.append(
                replace(row, health=_health(node), by=BY, uid=row.uid or node.uid, created_at=_made(row, node))
            )
            if not row.uid:  # with a live record, what it owns is known here
                filled += self._children(filled[-1], node, shown)
        return filled

    def _children(self, row: TreeRow, node: TreeNode, shown: set[str | Key]) -> list[TreeRow]:
        rows: list[TreeRow] = []
        if not node.uid or row.depth >= DEPTH:
            return rows
        for one in sorted(self._below.get(node.uid, ()), key=lambda each: (each.kind, each.name)):
            key = (one.group, one.kind, one.namespace, one.name)
            if one.uid in shown or key in shown:
                continue
            shown.add(one.uid)  # two owners, or a circle
            child = TreeRow(
                key=f"{row.key} > {one.uid}",
                depth=row.depth + 1,
                group=one.group,
                kind=one.kind,
                namespace=one.namespace,
                name=one.name,
                uid=one.uid,
                health=_health(one),
                by=BY,
                created_at=one.created_at,
            )
            rows += [child, *self._children(child, one, shown)]
        return rows


def _key(row: TreeRow) -> Key:
    return (row.group, row.kind, row.namespace, row.name)


def _health(node: TreeNode) -> Health:
    return Health(node.health, node.health_message) if node.health else NOT_JUDGED


def _made(row: TreeRow, node: TreeNode) -> float | None:
    return row.created_at if row.created_at is not None else node.created_at
