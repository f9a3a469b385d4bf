"""Server-side apply: what a manager declares is laid over the object, unless another one owns it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from spottui.sim.api_managed import Owner, Path, leaves, owners_of, path_text
from spottui.sim.api_merge_keys import SETS, has_keyed_lists, key_of, merge_keys
from spottui.sim.objects import Object, copy_of
from spottui.sim.status import ApiError


def applied(live: Object | None, config: Object, owner: Owner, *, force: bool) -> Object:
    """Return the object with a manager's declaration in it, and with its owners.

    Args:
        owner: Who applies; its `paths` are filled in here.

    Raises:
        ApiError: 409 when another manager owns a field that would change.
    """
    declared = {path: value for path, value in leaves(config).items() if path[-1] != "." or path[-2].startswith("k:")}
    owner = replace(owner, paths=frozenset(declared))
    if live is None:
        made = copy_of(config)
        made.setdefault("metadata", {})["managedFields"] = [owner.entry()]
        return made
    present = leaves(live)
    owners = owners_of(live)
    others = [one for one in owners if one.identity != owner.identity]
    conflicts = _conflicts(declared, present, others)
    if conflicts and not force:
        raise _refusal(conflicts)
    made = copy_of(live)
    _merge(made, copy_of(config), (), keyed=has_keyed_lists(config.get("apiVersion", "")))
    mine = next((one for one in owners if one.identity == owner.identity), None)
    if mine is not None:
        held = frozenset[Path]().union(*(one.paths for one in others))
        _take_away(made, mine.paths - owner.paths - held, held)
        if mine.paths == owner.paths and leaves(made) == present:
            owner = mine  # nothing changed: not even the time of the entry
    taken = {path for _, path in conflicts}
    kept = [left for one in others if (left := one.without(taken)).paths]
    made["metadata"]["managedFields"] = [one.entry() for one in (*kept, owner)]
    return made


def _conflicts(declared: dict[Path, Any], present: dict[Path, Any], others: list[Owner]) -> list[tuple[Owner, Path]]:
    found = []
    for path, value in declared.items():
        if path in present and present[path] != value:
            found += [(one, path) for one in others if path in one.paths]
    return sorted(found, key=lambda pair: (_named(pair[0]), pair[1]))


def _named(owner: Owner) -> str:
    said = json.dumps(owner.manager)
    if owner.subresource:
        said += f" with subresource {json.dumps(owner.subresource)}"
    return f"{said} using {owner.api_version}" if owner.operation == "Update" else said


def _refusal(conflicts: list[tuple[Owner, Path]]) -> ApiError:
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {_named(owner)}", "field": path_text(path)}
        for owner, path in conflicts
    ]
    if len(conflicts) == 1:
        owner, path = conflicts[0]
        said = f"Apply failed with 1 conflict: conflict with {_named(owner)}: {path_text(path)}"
    else:
        lines: dict[str, list[str]] = {}
        for owner, path in conflicts:
            lines.setdefault(f"conflicts with {_named(owner)}:", []).append(f"- {path_text(path)}")
        text = "\n".join("\n".join((head, *paths)) for head, paths in lines.items())
        said = f"Apply failed with {len(conflicts)} conflicts: {text}"
    return ApiError(409, "Conflict", said, {"causes": causes})


def _merge(target: Object, config: Object, names: Path, *, keyed: bool) -> None:
    for name, value in config.items():
        old = target.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            _merge(old, value, (*names, name), keyed=keyed or name == "metadata")
        elif isinstance(value, list) and isinstance(old, list) and keyed:
            target[name] = _merged_list(old, value, (*names, name))
        else:
            target[name] = value


def _merged_list(old: list[Any], new: list[Any], names: Path) -> list[Any]:
    if names[-1] in SETS:
        return [*old, *(item for item in new if item not in old)]
    keys = merge_keys(names[-1], [*old, *new], names[:-1])
    if not keys:
        return new
    made = list(old)
    for item in new:
        at = next((at for at, other in enumerate(made) if key_of(other, keys) == key_of(item, keys)), None)
        if at is None:
            made.append(item)
        else:
            _merge(made[at], item, names, keyed=True)
    return made


def _take_away(made: Object, paths: frozenset[Path], held: frozenset[Path]) -> None:
    """Remove fields that their only owner no longer declares; items of lists whole, unless others own a part."""
    for path in sorted(paths, key=len, reverse=True):
        above = path[:-1]
        if path[-1] != "." or not any(other[: len(above)] == above for other in held):
            _remove(made, path)


def _remove(at: Any, path: Path) -> None:
    word, below = path[0], path[1:]
    if word.startswith("f:") and isinstance(at, dict) and word[2:] in at:
        if not below:
            del at[word[2:]]
            return
        if below == (".",):
            if not at[word[2:]]:
                del at[word[2:]]
            return
        _remove(at[word[2:]], below)
        if at[word[2:]] == []:
            del at[word[2:]]
    elif word.startswith("k:") and isinstance(at, list):
        named = json.loads(word[2:])
        item = next(
            (one for one in at if all(one.get(key, _default(key)) == value for key, value in named.items())), None
        )
        if item is not None and below == (".",):
            at.remove(item)
        elif item is not None and not (len(below) == 1 and below[0][2:] in named):
            _remove(item, below)
    elif word.startswith("v:") and isinstance(at, list) and json.loads(word[2:]) in at:
        at.remove(json.loads(word[2:]))


def _default(key: str) -> str | None:
    return "TCP" if key == "protocol" else None
