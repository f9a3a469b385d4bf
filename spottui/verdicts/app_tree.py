"""What an Application consists of: its resources, what those own, and the health of each; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from spottui.records import Access, Application, Meta, Pod, SyncResource, Workload
from spottui.records_argocd import AppResource
from spottui.records_lists import Claim, ConfigMap, Ingress, NetworkPolicy, Secret, Service, Volume
from spottui.verdicts.app_health import WITHOUT_HEALTH, Health, health_of
from spottui.verdicts.app_snapshot import KNOWN

DEPTH = 8
"""Owners followed at most: what a broken cluster says may be a circle."""
_BY_TYPE: dict[type, str] = {
    Pod: "Pod",
    Claim: "PersistentVolumeClaim",
    ConfigMap: "ConfigMap",
    Ingress: "Ingress",
    NetworkPolicy: "NetworkPolicy",
    Secret: "Secret",
    Service: "Service",
    Volume: "PersistentVolume",
    Application: "Application",
}
_GROUPS = {
    "Application": "argoproj.io",
    "CronJob": "batch",
    "DaemonSet": "apps",
    "Deployment": "apps",
    "Ingress": "networking.k8s.io",
    "Job": "batch",
    "NetworkPolicy": "networking.k8s.io",
    "ReplicaSet": "apps",
    "StatefulSet": "apps",
}
"""Group of a kind that has live records here; the core group where it is not named."""
Key = tuple[str, str, str, str]
"""Group, kind, namespace, name."""


class TreeRow(Struct, frozen=True, kw_only=True):
    """One object of the tree."""

    key: str
    """Group, kind, namespace and name, joined: the same for as long as the object is in the tree."""
    depth: int
    group: str
    kind: str
    namespace: str
    name: str
    uid: str = ""
    """Empty: no live record of it is known here."""
    sync: str = ""
    """Empty: git does not have it, an owner made it; or it is a hook."""
    health: Health = Health("?")
    by: str = "spottui"
    """Who judged the health: "Argo CD" or "spottui"."""
    is_pruned: bool = False
    hook: str = ""
    """PreSync, Sync, PostSync, SyncFail; "hook" when only that it is one is known."""
    result: str = ""
    """What the last operation said of it."""
    result_word: str = ""
    created_at: float | None = None
    left_out: int = 0
    """Old ReplicaSets without pods that are not shown below it."""


class Live:
    """The live objects that are known, found by name and by owner."""

    def __init__(self, things: Iterable[Meta], standing: Callable[[str], Access | None]) -> None:
        """`standing` tells how we stand with a kind; None for one that is never read here."""
        self.standing = standing
        self._by_key: dict[Key, Meta] = {}
        self._children: Mapping[str, list[Pod | Workload]] = defaultdict(list)
        for thing in things:
            kind = kind_of(thing)
            self._by_key[(_GROUPS.get(kind, ""), kind, thing.namespace, thing.name)] = thing
            if isinstance(thing, Pod | Workload) and thing.owner is not None:
                self._children[thing.owner.uid].append(thing)

    def find(self, key: Key) -> Meta | None:
        """Return the object; without a namespace it may be in none or, if that is telling, in any."""
        return self._by_key.get(key)

    def children(self, uid: str) -> list[Pod | Workload]:
        """Return what an object controls, by name."""
        return sorted(self._children.get(uid, ()), key=lambda thing: thing.name)


def kind_of(thing: Meta) -> str:
    """Return the Kubernetes kind of a record."""
    return thing.kind if isinstance(thing, Workload) else _BY_TYPE.get(type(thing), type(thing).__name__)


def tree(app: Application, live: Live) -> list[TreeRow]:
    """Return the objects of an Application, each with what it owns right below it."""
    results = {_key(one): one for one in (app.operation.resources if app.operation else ())}
    rows: list[TreeRow] = []
    managed = {_key(one) for one in app.resources}
    for one in app.resources:
        rows += _with_children(_managed_row(app, one, live, results.get(_key(one))), live, managed)
    for key, result in results.items():
        if key not in managed and result.hook_type:
            rows.append(_hook_row(result, live))
    return rows


def _key(one: AppResource | SyncResource) -> Key:
    return (one.group, one.kind, one.namespace, one.name)


def row_key(one: AppResource) -> str:
    """Return the key of a resource's row."""
    return "/".join(_key(one))


def _managed_row(app: Application, one: AppResource, live: Live, result: SyncResource | None) -> TreeRow:
    key = _key(one)
    found = live.find(key) or live.find((one.group, one.kind, app.destination_namespace, one.name))
    health, by = _health(one, found, live)
    hook = result.hook_type if result is not None and result.hook_type else "hook" if one.is_hook else ""
    return TreeRow(
        key=row_key(one),
        depth=0,
        group=one.group,
        kind=one.kind,
        namespace=one.namespace,
        name=one.name,
        uid=found.uid if found is not None else "",
        sync=one.sync if app.sync in KNOWN or not one.sync else "Unknown",
        health=health,
        by=by,
        is_pruned=one.is_pruned and app.sync in KNOWN,
        hook=hook,
        created_at=found.created_at if found is not None else None,
        result=result.message if result is not None else "",
        result_word=_result_word(result),
    )


def _health(one: AppResource, found: Meta | None, live: Live) -> tuple[Health, str]:
    """Return Argo CD's own word where it gives one, else what the live object shows."""
    if one.health:
        return Health(one.health, one.health_message), "Argo CD"
    if isinstance(found, Application):
        return Health(found.health or "?", found.health_message), "Argo CD"
    if found is not None:
        health = health_of(found)
        if health is not None:
            return health, "spottui"
        if one.kind in WITHOUT_HEALTH or one.kind == "PersistentVolume":
            return Health("", "Argo CD judges no such kind"), "spottui"
        return Health("?", f"Argo CD judges a {one.kind} by a rule that is not known here"), "spottui"
    access = live.standing(one.kind)
    if access is None:
        if one.kind in WITHOUT_HEALTH and ("." not in one.group or one.group.endswith(".k8s.io")):
            return Health("", "Argo CD judges no such kind"), "spottui"
        return Health("?", f"spottui does not read a {one.kind}; argocd-server knows its health"), "spottui"
    if access.state == "live":
        return Health("Missing", "it is not in the cluster"), "spottui"
    return Health("?", access.reason or {"waiting": "not read yet"}.get(access.state, access.state)), "spottui"


def _hook_row(result: SyncResource, live: Live) -> TreeRow:
    """Return a row for a hook that only the operation speaks of."""
    key = _key(result)
    found = live.find(key)
    health = health_of(found) if found is not None else None
    return TreeRow(
        key="/".join(("hook", *key)),
        depth=0,
        group=result.group,
        kind=result.kind,
        namespace=result.namespace,
        name=result.name,
        uid=found.uid if found is not None else "",
        health=health or Health("", "a hook; Argo CD may have deleted it since"),
        hook=result.hook_type,
        created_at=found.created_at if found is not None else None,
        result=result.message if result is not None else "",
        result_word=_result_word(result),
    )


def _result_word(result: SyncResource | None) -> str:
    return "" if result is None else result.hook_phase or result.status


def _with_children(row: TreeRow, live: Live, managed: set[Key]) -> list[TreeRow]:
    rows, left_out = _below(row, live, managed)
    if left_out:
        row = replace(row, left_out=left_out)
    return [row, *rows]


def _below(row: TreeRow, live: Live, managed: set[Key]) -> tuple[list[TreeRow], int]:
    rows: list[TreeRow] = []
    left_out = 0
    for thing in live.children(row.uid) if row.uid and row.depth < DEPTH else ():
        kind = kind_of(thing)
        key = (_GROUPS.get(kind, ""), kind, thing.namespace, thing.name)
        if key in managed:
            continue  # it has a row of its own
        if (
            isinstance(thing, Workload)
            and thing.kind == "ReplicaSet"
            and not thing.desired
            and not live.children(thing.uid)
        ):
            left_out += 1
            continue
        child = TreeRow(
            key=f"{row.key} > {thing.uid}",
            depth=row.depth + 1,
            group=key[0],
            kind=kind,
            namespace=thing.namespace,
            name=thing.name,
            uid=thing.uid,
            health=health_of(thing) or Health("?", f"Argo CD judges a {kind} by a rule that is not known here"),
            created_at=thing.created_at,
        )
        rows += _with_children(child, live, managed)
    return rows, left_out


def counts(rows: Sequence[TreeRow]) -> dict[str, int]:
    """Return how many objects git has ("all"), by "sync WORD" and "health WORD", and how many are "pruned"."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.depth == 0 and not row.hook:
            found["all"] += 1
            found[f"sync {row.sync or 'Unknown'}"] += 1
            found["pruned"] += row.is_pruned
            found[f"health {row.health.word}"] += 1
    return dict(found)


def trouble_rows(rows: Sequence[TreeRow]) -> Iterator[TreeRow]:
    """Yield the objects that are not well, in their order."""
    for row in rows:
        if row.sync == "OutOfSync" or row.health.word in ("Degraded", "Missing", "Progressing"):
            yield row
