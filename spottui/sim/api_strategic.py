"""Strategic merge patch: what kubectl sends to label, annotate, set image, restart, scale and cordon."""

from __future__ import annotations

from typing import Any

from spottui.sim.api_merge_keys import SETS, key_of, merge_keys
from spottui.sim.status import ApiError

_ORDER, _DELETE = "$setElementOrder/", "$deleteFromPrimitiveList/"
_DIRECTIVES = ("$patch", "$retainKeys")


def strategic_merge(target: Any, patch: Any, path: tuple[str, ...] = ()) -> Any:
    """Return a document with a strategic merge patch laid over it.

    Raises:
        ApiError: 500 for an item without its merge key, as the real server has it.
    """
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {name: value for name, value in patch.items() if name != "$patch"}
    if patch.get("$patch") == "delete":
        return {}
    made = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in patch:
        made = {name: value for name, value in made.items() if name in _list(patch["$retainKeys"])}
    for name, value in patch.items():
        if name in _DIRECTIVES or name.startswith(_ORDER):
            continue
        if name.startswith(_DELETE):
            field = name.removeprefix(_DELETE)
            made[field] = [item for item in _list(made.get(field)) if item not in _list(value)]
        elif value is None:
            made.pop(name, None)
        elif isinstance(value, list):
            order = patch.get(_ORDER + name)
            made[name] = _merge_lists(name, _list(made.get(name)), value, path, order)
        else:
            made[name] = strategic_merge(made.get(name), value, (*path, name))
    return made


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _merge_lists(name: str, old: list[Any], new: list[Any], path: tuple[str, ...], order: Any) -> list[Any]:
    if name in SETS:
        return _ordered(
            [*old, *(item for item in new if item not in old)], order if isinstance(order, list) else new, old, ()
        )
    keys = _patch_keys(merge_keys(name, [*old, *new], path))
    if not keys:
        return new
    if any(isinstance(item, dict) and item.get("$patch") == "replace" for item in new):
        return [item for item in new if not _directive(item)]
    made = list(old)
    for item in new:
        _merge_item(made, item, keys, (*path, name))
    order = order if isinstance(order, list) else [item for item in new if not _directive(item)]
    return _ordered(made, order, old, keys)


def _patch_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the one field by which a patch names an item: the first; the protocol of a port does not count."""
    return keys[:1]


def _merge_item(made: list[Any], item: Any, keys: tuple[str, ...], path: tuple[str, ...]) -> None:
    if not isinstance(item, dict) or keys[0] not in item:
        raise ApiError(500, "", f"map: {_go_map(item)} does not contain declared merge key: {keys[0]}")
    at = next((at for at, other in enumerate(made) if key_of(other, keys) == key_of(item, keys)), None)
    if item.get("$patch") == "delete":
        if at is not None:
            del made[at]
    elif at is None:
        made.append(strategic_merge({}, item, path))
    else:
        made[at] = strategic_merge(made[at], item, path)


def _go_map(item: Any) -> str:
    """Return an item as Go prints a map."""
    if not isinstance(item, dict):
        return str(item)
    return "map[" + " ".join(f"{name}:{_go_map(value)}" for name, value in sorted(item.items())) + "]"


def _directive(item: Any) -> bool:
    return isinstance(item, dict) and "$patch" in item


def _ordered(items: list[Any], order: list[Any], old: list[Any], keys: tuple[str, ...]) -> list[Any]:
    """Return merged items as Kubernetes orders them: those of the patch by its order, woven into the others."""

    def named(item: Any) -> Any:
        return key_of(item, keys) if keys else item

    wanted, was = [named(item) for item in order], [named(item) for item in old]
    theirs = sorted((item for item in items if named(item) in wanted), key=lambda item: wanted.index(named(item)))
    others = [item for item in items if named(item) not in wanted]
    made: list[Any] = []
    while others and theirs:
        left, right = named(others[0]), named(theirs[0])
        is_before = left in was and right in was and was.index(left) < was.index(right)
        made.append(others.pop(0) if is_before else theirs.pop(0))
    return [*made, *others, *theirs]
