"""The tree of one Application as a table: what it manages, what those own, sync and health of each."""

from __future__ import annotations

from collections.abc import Iterator

from spottui import clock
from spottui.records import Access, Meta
from spottui.records_argocd import Application
from spottui.screens.gitops_words import HEALTH_TONES, RESULT_TONES, SYNC_TONES
from spottui.screens.glyphs import glyph
from spottui.store import Store
from spottui.store_kinds import WORKLOAD_KINDS
from spottui.verdicts.app_tree import KnownRows, Live, TreeRow, counts, tree
from spottui.widgets.live_table import LiveTable
from spottui.widgets.row_index import Cell, Column
from spottui.widgets.tones import Line

ON_DEMAND = {
    "Service": "services",
    "ConfigMap": "configmaps",
    "Secret": "secrets",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "PersistentVolume": "persistentvolumes",
    "NetworkPolicy": "networkpolicies",
    "Ingress": "ingresses",
}
"""Kinds that are read only while somebody looks: kind -> its name in the store's lists."""
ALWAYS = {
    "Application": "applications",
    "CronJob": "cronjobs",
    "DaemonSet": "daemonsets",
    "Deployment": "deployments",
    "Job": "jobs",
    "Namespace": "namespaces",
    "Pod": "pods",
    "ReplicaSet": "replicasets",
    "RuntimeClass": "runtimeclasses",
    "StatefulSet": "statefulsets",
}
TOPICS = (
    "applications",
    "appprojects",
    "applicationsets",
    "pods",
    *WORKLOAD_KINDS,
    *ON_DEMAND.values(),
    "links",
    "access",
)


def lists_of(app: Application) -> list[str]:
    """Return the lists that have to be read for an Application's tree."""
    return sorted({ON_DEMAND[one.kind] for one in app.resources if one.kind in ON_DEMAND})


def tree_of(store: Store, app: Application, known: KnownRows | None = None) -> list[TreeRow]:
    """Return the tree with what the store knows now; `known` as for `app_tree.tree`."""
    kinds = {one.kind for one in app.resources}
    return tree(app, Live(_things(store, app), lambda kind: _standing(store, kind), kinds), known)


def _things(store: Store, app: Application) -> Iterator[Meta]:
    yield from store.pods.values()
    for kind in WORKLOAD_KINDS:
        yield from store.workloads(kind).values()
    yield from store.applications.values()
    for name in lists_of(app):
        yield from store.lists.objects(name).values()


def _standing(store: Store, kind: str) -> Access | None:
    if kind in ("Namespace", "RuntimeClass"):
        return None  # being there is all that could be said, and their groups are not read here
    name = ALWAYS.get(kind) or ON_DEMAND.get(kind)
    return store.standing(name) if name else None


def tree_table(plain: bool, flash: bool) -> LiveTable[TreeRow]:
    """Return the empty table."""
    branch = "`-" if plain else "└ "

    def name(row: TreeRow, _: float) -> str:
        lead = "" if not row.depth else f"{'  ' * (row.depth - 1)}{branch}"
        return f"{lead}{row.kind}/{row.name}"

    def sync(row: TreeRow, _: float) -> Cell:
        if row.hook and not row.sync:
            return Cell(f"hook {row.hook if row.hook != 'hook' else ''}".rstrip(), "dim")
        if not row.sync:
            return Cell("", "dim")
        if row.is_pruned:
            return Cell(f"{glyph('warn', plain)} to prune", "warn")
        tone = SYNC_TONES.get(row.sync, "dim")
        return Cell(f"{glyph(tone, plain)} {row.sync}", tone)

    def health(row: TreeRow, _: float) -> Cell:
        word = row.health.word
        tone = HEALTH_TONES.get(word, "dim")
        return Cell("-" if not word else word if word == "?" else f"{glyph(tone, plain)} {word}", tone)

    def result(row: TreeRow, _: float) -> Cell:
        return Cell(row.result_word or "-", RESULT_TONES.get(row.result_word, "dim"))

    return LiveTable(
        [
            Column("name", "RESOURCE", name, sort=lambda row: f"{row.kind}/{row.name}", min_width=24, max_width=70),
            Column("sync", "SYNC", sync, sort=lambda row: row.sync, width=13),
            Column("health", "HEALTH", health, sort=lambda row: row.health.word, width=13),
            Column("result", "LAST SYNC", result, sort=lambda row: row.result_word, width=11, priority=2),
            Column(
                "age",
                "AGE",
                lambda row, now: clock.calm_age(row.created_at, now) if row.created_at is not None else "-",
                sort=lambda row: row.created_at,
                width=5,
                priority=1,
                align="right",
                ages=True,
            ),
            Column("namespace", "NAMESPACE", lambda row, _: row.namespace or "-", width=14, priority=3),
            Column("why", "WHY", lambda row, _: row.health.why or row.result, min_width=16, priority=4),
        ],
        key=lambda row: row.key,
        text=lambda row: f"{row.kind} {row.name} {row.namespace} {row.sync} {row.health.word}",
        flash=flash,
        plain=plain,
        id="tree",
        empty="It manages nothing, as far as Argo CD has said yet.",
    )


def row_lines(row: TreeRow) -> list[Line]:
    """Return what there is to say of the row under the cursor."""
    lines: list[Line] = []
    if row.health.why:
        tone = HEALTH_TONES.get(row.health.word, "dim")
        lines.append(((f"{row.health.word or 'no health'}: ", tone), (row.health.why, ""), (f"  (by {row.by})", "dim")))
    if row.result:
        lines.append((("last sync: ", "dim"), (row.result, RESULT_TONES.get(row.result_word, ""))))
    if row.left_out:
        old = "ReplicaSet" if row.left_out == 1 else "ReplicaSets"
        lines.append(((f"Not shown: {row.left_out} old {old} without pods.", "dim"),))
    return lines


def summary(rows: list[TreeRow]) -> str:
    """Return the counts of the resources in git."""
    found = counts(rows)
    parts = [f"{found.get('all', 0)} resources"]
    for key, word in (("sync OutOfSync", "out of sync"), ("pruned", "to prune"), ("sync Unknown", "not compared")):
        if found.get(key):
            parts.append(f"{found[key]} {word}")
    for key in ("Degraded", "Missing", "Progressing", "?"):
        if count := found.get(f"health {key}"):
            parts.append(f"{count} {'health ?' if key == '?' else key.lower()}")
    return ", ".join(parts)
