"""Who owns which field of an object: metadata.managedFields, kept by field paths."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spottui.sim.api_merge_keys import SETS, has_keyed_lists, merge_keys
from spottui.sim.objects import Object

Path = tuple[str, ...]
"""Of a field, as FieldsV1 writes it: ("f:spec", "f:containers", 'k:{"name":"a"}', "f:image")."""

_SYSTEM = {
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
    "generateName",
}
_MAPS = {"labels", "annotations"}
_WHOLE = {
    "selector",
    "nodeSelector",
    "fieldRef",
    "resourceFieldRef",
    "configMapKeyRef",
    "secretKeyRef",
    "secretRef",
    "nodeAffinity",
}
"""Structures that have one owner."""


@dataclass(frozen=True, slots=True)
class Owner:
    """One entry of managedFields."""

    manager: str
    operation: str
    """"Apply" or "Update"."""
    api_version: str
    subresource: str
    time: str
    paths: frozenset[Path]

    @property
    def identity(self) -> tuple[str, str, str]:
        """Return what makes two entries one."""
        return self.manager, self.operation, self.subresource

    def without(self, paths: Iterable[Path]) -> Owner:
        """Return this entry without some fields."""
        return replace(self, paths=self.paths - frozenset(paths))

    def entry(self) -> dict[str, Any]:
        """Return the entry as it is stored."""
        said = {
            "manager": self.manager,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "time": self.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": _nested(self.paths),
        }
        return {**said, "subresource": self.subresource} if self.subresource else said


def owners_of(one: Object) -> list[Owner]:
    """Return the entries of an object."""
    return [
        Owner(
            entry.get("manager", ""),
            entry.get("operation", ""),
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
            entry.get("time", ""),
            frozenset(_paths(entry.get("fieldsV1") or {})),
        )
        for entry in one["metadata"].get("managedFields") or ()
    ]


def _nested(paths: frozenset[Path]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for path in sorted(paths):
        at = made
        for word in path:
            at = at.setdefault(word, {})
    return made


def _paths(nested: Mapping[str, Any], above: Path = ()) -> Iterable[Path]:
    for word, below in nested.items():
        if below:
            yield from _paths(below, (*above, word))
        else:
            yield (*above, word)


def leaves(one: Object) -> dict[Path, Any]:
    """Return every field of an object that can be owned, with its value."""
    found: dict[Path, Any] = {}
    keyed = has_keyed_lists(one.get("apiVersion", ""))
    for name, value in one.items():
        if name == "metadata":
            kept = {field: part for field, part in value.items() if field not in _SYSTEM}
            _collect(kept, ("f:metadata",), ("metadata",), found, keyed=True)
        elif name not in ("apiVersion", "kind"):
            _collect(value, (f"f:{name}",), (name,), found, keyed=keyed)
    return found


def _collect(value: Any, path: Path, names: Path, found: dict[Path, Any], *, keyed: bool) -> None:
    if isinstance(value, dict) and value and names[-1] not in _WHOLE:
        if names[-1] in _MAPS:
            found[(*path, ".")] = None
        for name, part in value.items():
            _collect(part, (*path, f"f:{name}"), (*names, name), found, keyed=keyed)
    elif isinstance(value, list) and value and keyed:
        _collect_list(value, path, names, found)
    elif not (isinstance(value, dict) and names == ("metadata",)):
        found[path] = value


def _collect_list(value: list[Any], path: Path, names: Path, found: dict[Path, Any]) -> None:
    if names[-1] in SETS:
        found.update({(*path, f"v:{json.dumps(item)}"): item for item in value})
        return
    keys = merge_keys(names[-1], value, names[:-1])
    if not keys:
        found[path] = value
        return
    for item in value:
        named = {key: item.get(key, "TCP" if key == "protocol" else None) for key in keys}
        word = f"k:{json.dumps(named, separators=(',', ':'))}"
        found[(*path, word, ".")] = None
        for name, part in item.items():
            _collect(part, (*path, word, f"f:{name}"), (*names, name), found, keyed=True)


def updated(before: Object | None, after: Object, owner: Owner) -> list[Owner]:
    """Return the owners after an update: who changed a field owns it, alone."""
    old, new = leaves(before) if before else {}, leaves(after)
    changed = {path for path, value in new.items() if path not in old or old[path] != value}
    gone = old.keys() - new.keys()
    known = owners_of(before) if before else []
    if not any(other.identity == owner.identity for other in known):
        known.append(owner)
    kept: list[Owner] = []
    for other in known:  # each keeps its place: an update that changes nothing must leave the list as it is
        if other.identity != owner.identity:
            kept.append(other.without(changed | gone))
        elif changed:
            paths = (other.paths - gone) | changed
            kept.append(replace(other, paths=paths, time=owner.time, api_version=owner.api_version))
        else:
            kept.append(other.without(gone))
    return [one for one in kept if one.paths]


def path_text(path: Path) -> str:
    """Return a field as conflicts name it: `.spec.containers[name="a"].image`."""
    said = ""
    for word in path:
        if word.startswith("f:"):
            said += f".{word[2:]}"
        elif word.startswith("k:"):
            pairs = json.loads(word[2:]).items()
            said += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in pairs) + "]"
        elif word.startswith("v:"):
            said += f"[={word[2:]}]"
    return said
