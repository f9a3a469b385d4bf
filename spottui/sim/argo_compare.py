"""Compares what git wants with what is there.

An object is out of sync when applying its manifest would change it; what a manifest does not name is not compared.
Left out of the real one: normalising of quantities ("0.5" is not "500m" here), jq paths and field managers in
ignoreDifferences, resource customizations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spottui.sim.argo_health import is_hook
from spottui.sim.argo_manifest import HOOK, Place, annotation, group_of, kind_of, place_of, prepared, tracked_by
from spottui.sim.argo_merge import applied
from spottui.sim.objects import Object, Objects, copy_of


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
