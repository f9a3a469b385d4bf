"""Compares what git wants with what is there, and says what applying it would make of it.

An apply is kubectl's: three-way, between the live object, the manifest and the manifest that was applied last. An
object is out of sync when applying its manifest would change it; what a manifest does not name is not compared.
Left out of the real one: normalising of quantities ("0.5" is not "500m" here), jq paths and field managers in
ignoreDifferences, resource customizations.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spottui.sim.api_merge_keys import key_of, merge_keys
from spottui.sim.argo_health import is_hook
from spottui.sim.objects import Object, Objects, copy_of
from spottui.sim.resources import BY_KIND, Resource

TRACKING = "argocd.argoproj.io/tracking-id"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
WAVE = "argocd.argoproj.io/sync-wave"
OPTIONS = "argocd.argoproj.io/sync-options"
COMPARE_OPTIONS = "argocd.argoproj.io/compare-options"
HOOK = "argocd.argoproj.io/hook"

Place = tuple[str, str, str, str]
"""Group, kind, namespace (empty for cluster-scoped kinds), name."""
_NOT_THE_MANIFESTS = ("creationTimestamp", "resourceVersion", "uid", "generation", "managedFields", "selfLink")


def group_of(one: Object) -> str:
    """Return the API group of an object; empty for the core group."""
    return one["apiVersion"].rpartition("/")[0]


def kind_of(one: Object) -> Resource | None:
    """Return the kind of an object; None when the cluster does not know it."""
    return BY_KIND.get((group_of(one), one["kind"]))


def place_of(one: Object) -> Place:
    """Return where an object lies."""
    meta = one["metadata"]
    return group_of(one), one["kind"], meta.get("namespace", ""), meta.get("name", "")


def annotation(one: Object, name: str) -> str:
    """Return an annotation; empty when there is none."""
    return (one["metadata"].get("annotations") or {}).get(name, "")


def has_option(one: Object | None, option: str, name: str = OPTIONS) -> bool:
    """Tell whether an annotation lists an option, e.g. "Prune=false"."""
    return one is not None and option in (each.strip() for each in annotation(one, name).split(","))


def wave_of(one: Object) -> int:
    """Return the sync wave of an object; 0 when it has none that can be read."""
    try:
        return int(annotation(one, WAVE) or 0)
    except ValueError:
        return 0


def tracking_id(app: str, one: Object, namespace: str) -> str:
    """Return the tracking id that an Application's object gets; `namespace` is the destination's."""
    where = one["metadata"].get("namespace") or namespace
    return f"{app}:{group_of(one)}/{one['kind']}:{where}/{one['metadata']['name']}"


def tracked_by(one: Object) -> str:
    """Return the Application that an object belongs to; empty for one whose id was copied from another object."""
    app, _, rest = annotation(one, TRACKING).partition(":")
    kind, _, where = rest.partition(":")
    namespace, _, name = where.partition("/")
    meta = one["metadata"]
    if kind != f"{group_of(one)}/{one['kind']}" or name != meta["name"]:
        return ""
    return app if meta.get("namespace", namespace) == namespace else ""


def prepared(app: str, manifest: Object, namespace: str) -> Object:
    """Return a manifest as it is applied: with its namespace and tracking id, without what is the server's."""
    made = copy_of(manifest)
    kind = kind_of(made)
    meta = made.setdefault("metadata", {})
    if kind is None or kind.namespaced:
        meta.setdefault("namespace", namespace)
    else:
        meta.pop("namespace", None)
    for name in _NOT_THE_MANIFESTS:
        meta.pop(name, None)
    made.pop("status", None)
    if meta.get("name"):
        meta["annotations"] = {**(meta.get("annotations") or {}), TRACKING: tracking_id(app, made, namespace)}
    if made["kind"] == "Secret" and "stringData" in made:
        plain = made.pop("stringData")
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in plain.items()}
        made["data"] = {**made.get("data", {}), **encoded}
    return made


def applied(live: Object, target: Object) -> Object:
    """Return a live object after an apply of a manifest; not a copy in its unchanged parts."""
    said = annotation(live, LAST_APPLIED)
    try:
        last = json.loads(said) if said else {}
    except ValueError:
        last = {}
    return _merged(live, target, last, ())


def with_last_applied(made: Object, target: Object) -> Object:
    """Return an object that remembers the manifest it was made from."""
    text = json.dumps(target, sort_keys=True, separators=(",", ":")) + "\n"
    meta = {**made["metadata"], "annotations": {**made["metadata"].get("annotations", {}), LAST_APPLIED: text}}
    return {**made, "metadata": meta}


def _merged(live: Any, target: Any, last: Any, path: tuple[str, ...]) -> Any:
    if isinstance(target, dict):
        live = live if isinstance(live, dict) else {}
        last = last if isinstance(last, dict) else {}
        made = {key: value for key, value in live.items() if key in target or key not in last}
        for key, wanted in target.items():
            if wanted is None:
                made.pop(key, None)
            else:
                made[key] = _merged(live.get(key), wanted, last.get(key), (*path, key))
        return made
    if isinstance(target, list) and isinstance(live, list):
        return _merged_list(live, target, last if isinstance(last, list) else [], path)
    return target


def _merged_list(live: list[Any], target: list[Any], last: list[Any], path: tuple[str, ...]) -> list[Any]:
    keys = merge_keys(path[-1] if path else "", [*live, *target], path[:-1])
    if not keys or not (_are_told_apart(live, keys) and _are_told_apart(target, keys)):
        if len(live) != len(target):
            return target
        return [_merged(old, new, None, path) for old, new in zip(live, target, strict=True)]
    wanted = {repr(key_of(each, keys)): each for each in target}
    before = {repr(key_of(each, keys)): each for each in last}
    made = []
    for old in live:
        key = repr(key_of(old, keys))
        if key in wanted:
            made.append(_merged(old, wanted.pop(key), before.get(key), path))
        elif key not in before:
            made.append(old)
    return made + list(wanted.values())


def _are_told_apart(items: list[Any], keys: tuple[str, ...]) -> bool:
    found = {repr(key_of(each, keys)) for each in items if isinstance(each, dict)}
    return len(found) == len(items)


@dataclass(slots=True)
class Pair:
    """What git wants and what is there, of one object; at least one of both."""

    target: Object | None
    live: Object | None
    differs: bool

    @property
    def object(self) -> Object:
        """The manifest, else the live object."""
        found = self.target or self.live
        assert found is not None
        return found

    @property
    def is_extra(self) -> bool:
        """Git does not want it (any more)."""
        return self.target is None


@dataclass(slots=True)
class Difference:
    """The comparison of one Application."""

    pairs: list[Pair] = field(default_factory=list)
    hooks: list[Object] = field(default_factory=list)
    """Manifests that are hooks."""
    repeated: list[str] = field(default_factory=list)
    """Texts of RepeatedResourceWarning."""
    shared: list[str] = field(default_factory=list)
    """Texts of SharedResourceWarning."""

    def keep_ignored(self, ignored: list[Any]) -> None:
        """Let a sync leave alone what ignoreDifferences names: RespectIgnoreDifferences."""
        for pair in self.pairs:
            if pair.target is not None and pair.live is not None:
                pair.target = _with_ignored_kept(pair.target, pair.live, ignored)


def compare(
    objects: Objects, app: Object, instance: str, manifests: Iterable[Object], tracked: Iterable[Object]
) -> Difference:
    """Compare the manifests of an Application with the cluster.

    Args:
        instance: The Application's name as tracking ids have it.
        tracked: The live objects that carry its tracking id.
    """
    found = Difference()
    wanted: dict[Place, Object] = {}
    counts: dict[Place, int] = {}
    namespace = (app["spec"].get("destination") or {}).get("namespace", "")
    for manifest in manifests:
        made = prepared(instance, manifest, namespace)
        if is_hook(made) and annotation(made, HOOK) != "Skip":
            found.hooks.append(made)
            continue
        place = place_of(made)
        counts[place] = counts.get(place, 0) + 1
        wanted[place] = made
    for place, count in counts.items():
        if count > 1:
            name = "/".join(part for part in (place[0] or "", *place[1:]))
            found.repeated.append(f"Resource {name} appeared {count} times among application resources.")
    ignored = app["spec"].get("ignoreDifferences") or []
    for target in wanted.values():
        found.pairs.append(_pair(objects, instance, target, ignored, found.shared, app))
    found.pairs += [Pair(None, live, True) for live in tracked if place_of(live) not in wanted]
    return found


def _pair(objects: Objects, instance: str, target: Object, ignored: list[Any], shared: list[str], app: Object) -> Pair:
    kind = kind_of(target)
    _, _, namespace, name = place_of(target)
    live = objects.find(kind, namespace, name) if kind else None
    if live is None:
        return Pair(target, None, True)
    other = tracked_by(live)
    if other and other != instance:
        where = app["metadata"]["namespace"]
        shared.append(f"{target['kind']}/{name} is part of applications {where}/{instance} and {other}")
    return Pair(target, live, differs(live, target, ignored))


def differs(live: Object, target: Object, ignored: list[Any]) -> bool:
    """Tell whether applying a manifest would change the live object, apart from what is to be ignored."""
    made = applied(live, target)
    if made == live:
        return False
    pointers = _ignored_pointers(target, ignored)
    if not pointers:
        return True
    made, before = copy_of(made), copy_of(live)
    for pointer in pointers:
        _forget(made, pointer)
        _forget(before, pointer)
    return made != before


def _with_ignored_kept(target: Object, live: Object, ignored: list[Any]) -> Object:
    """Return a manifest in which what is to be ignored is as it is live."""
    made = copy_of(target)
    for pointer in _ignored_pointers(target, ignored):
        value = _look(live, pointer)
        if value is None:
            _forget(made, pointer)
        elif isinstance(parent := _look(made, pointer[:-1]), dict):
            parent[pointer[-1]] = value
    return made


def _ignored_pointers(target: Object, ignored: list[Any]) -> list[list[str]]:
    pointers = []
    for rule in ignored:
        fits = rule.get("kind") == target["kind"] and rule.get("group", "") == group_of(target)
        fits = fits and rule.get("name", "") in ("", target["metadata"]["name"])
        if fits:
            for pointer in rule.get("jsonPointers", ()):
                words = pointer.strip("/").split("/")
                pointers.append([word.replace("~1", "/").replace("~0", "~") for word in words])
    return pointers


def _look(at: Any, pointer: list[str]) -> Any:
    for word in pointer:
        if isinstance(at, list) and word.isdecimal() and int(word) < len(at):
            at = at[int(word)]
        elif isinstance(at, dict):
            at = at.get(word)
        else:
            return None
    return at


def _forget(one: Object, pointer: list[str]) -> None:
    parent = _look(one, pointer[:-1])
    if isinstance(parent, dict):
        parent.pop(pointer[-1], None)
    elif isinstance(parent, list) and pointer[-1].isdecimal() and int(pointer[-1]) < len(parent):
        del parent[int(pointer[-1])]
