"""Applies a manifest as kubectl does: three-way, between the live object, the manifest and the one applied last."""

from __future__ import annotations

import json
from typing import Any

from spottui.sim.api_merge_keys import key_of, merge_keys
from spottui.sim.argo_manifest import annotation
from spottui.sim.objects import Object

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


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
