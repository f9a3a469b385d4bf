"""What an Application consists of: its resources, what those own, and the health of each; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from spottui.records import Access, Meta, Pod, Workload
from spottui.records_argocd import Application, AppResource, SyncResource
from spottui.records_lists import Claim, ConfigMap, Ingress, NetworkPolicy, Secret, Service, Volume
from spottui.verdicts.app_health import WITHOUT_HEALTH, Health, health_of
from spottui.verdicts.app_snapshot import KNOWN
from spottui.verdicts.owners import DEPTH

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
NOT_JUDGED = Health("", "Argo CD judges no such kind")
Key = tuple[str, str, str, str]
"""Group, kind, namespace, name."""


class TreeRow(Struct, frozen=True, kw_only=True, gc=False):
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


MadeOf = tuple[Meta | None, tuple[AppResource, SyncResource | None, bool, str]]
KnownRows = dict[Key, tuple[MadeOf, TreeRow]]
"""Rows of an Application's own resources, and what each was made of."""
_NEW: tuple[Any, None] = (None, None)


class Live:
    """The live objects that are known, found by name and by owner."""

    def __init__(
        self, things: Iterable[Meta], standing: Callable[[str], Access | None], kinds: Set[str] | None = None
    ) -> None:
        """`standing` tells how we stand with a kind; None for one that is never read here.

        `kinds` are those that are looked for by name; None: all.
        """
        self._standing_of, self._standings = standing, dict[str, Access | None]()
        self._words: dict[str, str] = {}
        self._by_key: dict[Key, Meta] = {}
        self._children: dict[str, list[Pod | Workload]] = {}
        for thing in things:
            kind = kind_of(thing)
            if kinds is None or kind in kinds:
                self._by_key[(_GROUPS.get(kind, ""), kind, thing.namespace, thing.name)] = thing
            if isinstance(thing, Pod | Workload) and thing.owner is not None:
                self._children.setdefault(thing.owner.uid, []).append(thing)

    def standing(self, kind: str) -> Access | None:
        """Return how we stand with a kind; None for one that is never read here."""
        if kind not in self._standings:
            self._standings[kind] = self._standing_of(kind)
        return self._standings[kind]

    def word(self, kind: str) -> str:
        """Return how we stand with a kind and why, for comparison only."""
        if kind not in self._words:
            access = self.standing(kind)
            self._words[kind] = "" if access is None else f"{access.state} {access.reason}"
        return self._words[kind]

    def find(self, key: Key, namespace: str = "") -> Meta | None:
        """Return the object; what names no namespace may be in that of the Application."""
        found = self._by_key.get(key)
        if found is None and namespace and namespace != key[2]:
            return self._by_key.get((key[0], key[1], namespace, key[3]))
        return found

    def children(self, uid: str) -> list[Pod | Workload]:
        """Return what an object controls, by name."""
        found = self._children.get(uid)
        return sorted(found, key=lambda thing: thing.name) if found else []


def kind_of(thing: Meta) -> str:
    """Return the Kubernetes kind of a record."""
    return thing.kind if isinstance(thing, Workload) else _BY_TYPE.get(type(thing), type(thing).__name__)


def tree(app: Application, live: Live, known: KnownRows | None = None) -> list[TreeRow]:
    """Return the objects of an Application, each with what it owns right below it.

    Args:
        known: What the last call for the same Application put there; rows that nothing changed for are taken from it,
            as the same objects.
    """
    results = {_key(one): one for one in (app.operation.resources if app.operation else ())}
    rows: list[TreeRow] = []
    keys = [_key(one) for one in app.resources]
    managed = set(keys)
    is_known = app.sync in KNOWN
    before: KnownRows = known if known is not None else {}
    for key, one in zip(keys, app.resources, strict=True):
        found, result = live.find(key, app.destination_namespace), results.get(key)
        made_of, row = before.get(key, _NEW)
        given = (one, result, is_known, live.word(one.kind) if found is None else "")
        if row is None or made_of[0] is not found or made_of[1] != given:
            row = _managed_row(key, one, found, live, result, is_known)
            before[key] = (found, given), row
        rows += _with_children(row, live, managed) if found is not None else (row,)
    for key, result in results.items():
        if key not in managed and result.hook_type:
            rows.append(_hook_row(result, live))
    for key in before.keys() - managed:
        del before[key]
    return rows


def _key(one: AppResource | SyncResource) -> Key:
    return (one.group, one.kind, one.namespace, one.name)


def row_key(one: AppResource) -> str:
    """Return the key of a resource's row."""
    return "/".join(_key(one))


def _managed_row(
    key: Key, one: AppResource, found: Meta | None, live: Live, result: SyncResource | None, is_known: bool
) -> TreeRow:
    health, by = _health(one, found, live)
    hook = result.hook_type if result is not None and result.hook_type else "hook" if one.is_hook else ""
    return TreeRow(
        key="/".join(key),
        depth=0,
        group=one.group,
        kind=one.kind,
        namespace=one.namespace,
        name=one.name,
        uid=found.uid if found is not None else "",
        sync=one.sync if is_known or not one.sync else "Unknown",
        health=health,
        by=by,
        is_pruned=one.is_pruned and is_known,
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
            return NOT_JUDGED, "spottui"
        return Health("?", f"Argo CD judges a {one.kind} by a rule that is not known here"), "spottui"
    access = live.standing(one.kind)
    if access is None:
        if one.kind in WITHOUT_HEALTH and ("." not in one.group or one.group.endswith(".k8s.io")):
            return NOT_JUDGED, "spottui"
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
    alike = Counter((row.sync, row.is_pruned, row.health.word) for row in rows if row.depth == 0 and not row.hook)
    found: dict[str, int] = defaultdict(int)
    for (sync, is_pruned, health), count in alike.items():
        found["all"] += count
        found[f"sync {sync or 'Unknown'}"] += count
        found["pruned"] += count if is_pruned else 0
        found[f"health {health}"] += count
    return dict(found)
