"""A live object against what git wants of it, as lines to read: what a sync would not touch is left out; pure.

As an apply does it: a field that git does not name stays as it is, unless the apply before had named it.
"""

from __future__ import annotations

import base64
import binascii
import copy
import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from spottui.verdicts.manifest import LAST_APPLIED, MASK
from spottui.verdicts.yaml_text import yaml_text

Object = dict[str, Any]
CONTEXT = 3
"""Equal lines kept around a change."""
LONGEST = 5000
"""Lines of one side that are compared; the comparison takes time with their square."""
WIDEST = 2000
"""Characters of one line."""
_META = ("managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "deletionTimestamp")
_ANNOTATIONS = (LAST_APPLIED, "deployment.kubernetes.io/revision", "argocd.argoproj.io/refresh")
_MERGE_KEYS = ("name", "containerPort", "port", "mountPath", "devicePath", "key", "ip", "topologyKey", "uid")
"""Fields by one of which the API server tells the entries of a list apart."""
_FIRST = ("apiVersion", "kind", "metadata", "name")
_QUANTITIES = ("limits", "requests", "capacity", "hard", "sizeLimit", "storage")
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
_FACTORS = {
    None: 1000,
    "m": 1,
    **{unit: 1000 ** (power + 1) for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    **{unit: 1000 * 1024**power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
}
"""In thousandths, so that "500m" and "0.5" are the same whole number."""


class Counted(NamedTuple):
    """A diff with its counts."""

    lines: list[str]
    added: int
    removed: int
    left_out: int
    """Fields of the live object that git does not name."""


def diff_lines(live: Mapping[str, Any] | None, target: Mapping[str, Any] | None) -> list[str]:
    """Return the lines: "- " is live, "+ " what git wants, "  " equal; equal stretches are folded with their count."""
    return diff(live, target).lines


def last_applied(live: Mapping[str, Any]) -> Object | None:
    """Return what was applied last, as kubectl's annotation on the live object has it; None where it has none."""
    meta = live.get("metadata")
    notes = meta.get("annotations") if isinstance(meta, Mapping) else None
    text = notes.get(LAST_APPLIED) if isinstance(notes, Mapping) else None
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return cast("Object", found) if isinstance(found, dict) else None


def diff(live: Mapping[str, Any] | None, target: Mapping[str, Any] | None) -> Counted:
    """Return the lines with their counts; None: not there, so it is to be made, or to be pruned."""
    applied = last_applied(live) if live is not None else None
    left, right = _plain(live), _plain(target)
    left_out = 0
    if left is not None and right is not None:
        right = cast("Object", _without_empty(right, left))
        before = _leaves(left)
        left = cast("Object", _narrowed(left, right, _plain(applied) or {}))
        left_out = before - _leaves(left)
    if _is_secret(left) or _is_secret(right):
        _mask(left, right)
    old, new = _yaml(left), _yaml(right)
    lines, added, removed = _compared(old, new)
    return Counted(lines, added, removed, left_out)


# -- what counts ---------------------------------------------------------------------------------------


def _plain(found: Mapping[str, Any] | None) -> Object | None:
    """Return a copy without what the server and controllers write."""
    if found is None:
        return None
    kept = copy.deepcopy(dict(found))
    kept.pop("status", None)
    meta = kept.get("metadata")
    if isinstance(meta, dict):
        for name in _META:
            meta.pop(name, None)
        notes = meta.get("annotations")
        if isinstance(notes, dict):
            for name in _ANNOTATIONS:
                notes.pop(name, None)
            if not notes:
                meta.pop("annotations")
    if kept.get("kind") == "Secret" and isinstance(kept.get("stringData"), dict):
        encoded = {
            key: base64.b64encode(str(value).encode(errors="replace")).decode()
            for key, value in kept.pop("stringData").items()
        }
        kept["data"] = {**(kept.get("data") or {}), **encoded}
    return kept


def _without_empty(target: Any, live: Any) -> Any:
    """Leave out what the target names as empty and the live object does not have: the server drops it."""
    if not isinstance(target, dict):
        return target
    there = live if isinstance(live, dict) else {}
    return {
        key: _without_empty(value, there.get(key))
        for key, value in target.items()
        if key in there or value not in (None, "", {}, [])
    }


def _narrowed(live: Any, target: Any, applied: Any) -> Any:
    """Return of the live value what the target names, and what it no longer names but the last apply did."""
    if isinstance(live, dict) and isinstance(target, dict):
        before = applied if isinstance(applied, dict) else {}
        return {
            key: _of_quantity(key, _narrowed(value, target.get(key, value), before.get(key)), target.get(key))
            for key, value in live.items()
            if key in target or key in before
        }
    if isinstance(live, list) and isinstance(target, list):
        return _narrowed_list(live, target, applied if isinstance(applied, list) else [])
    return live


def _narrowed_list(live: list[Any], target: list[Any], applied: list[Any]) -> list[Any]:
    key = _merge_key(live, target)
    if not key:
        pairs = zip(live, target, strict=False)
        return [_narrowed(one, wanted, None) for one, wanted in pairs] + live[len(target) :]
    wanted = {one[key]: one for one in target}
    before = {one[key]: one for one in applied if isinstance(one, dict) and isinstance(one.get(key), str | int)}
    kept = {one[key]: _narrowed(one, wanted.get(one[key], one), before.get(one[key])) for one in live}
    ordered = [kept[name] for name in wanted if name in kept]
    return ordered + [value for name, value in kept.items() if name not in wanted and name in before]


def _merge_key(*lists: list[Any]) -> str:
    """Return the field that names each entry of all lists, once; empty where there is none."""
    for key in _MERGE_KEYS:
        names = [[one.get(key) if isinstance(one, dict) else None for one in entries] for entries in lists]
        if all(isinstance(name, str | int) for several in names for name in several) and all(
            len(set(several)) == len(several) for several in names
        ):
            return key
    return ""


def _of_quantity(key: str, live: Any, target: Any) -> Any:
    """Write a live quantity as the target writes it, where both are the same amount."""
    if key not in _QUANTITIES or not isinstance(live, dict) or not isinstance(target, dict):
        return target if key in _QUANTITIES and _is_same_amount(live, target) else live
    return {
        name: target.get(name) if _is_same_amount(value, target.get(name)) else value for name, value in live.items()
    }


def _is_same_amount(one: Any, other: Any) -> bool:
    amounts = [_amount(one), _amount(other)]
    return amounts[0] is not None and amounts[0] == amounts[1]


def _amount(value: Any) -> float | None:
    found = _QUANTITY.fullmatch(str(value)) if isinstance(value, str | int | float) else None
    return float(found.group(1)) * _FACTORS[found.group(2)] if found else None


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_leaves(one) for one in value.values()) or 1
    if isinstance(value, list):
        return sum(_leaves(one) for one in value) or 1
    return 1


# -- secrets -------------------------------------------------------------------------------------------


def _is_secret(found: Object | None) -> bool:
    return found is not None and found.get("kind") == "Secret"


def _mask(left: Object | None, right: Object | None) -> None:
    """Put a mask in place of each value; two values that differ have two masks."""
    sides = [side.get("data") if side is not None else None for side in (left, right)]
    old, new = (side if isinstance(side, dict) else {} for side in sides)
    for key in {*old, *new}:
        differs = key in old and key in new and str(old[key]) != str(new[key])
        if key in old:
            old[key] = f"{MASK} ({_size(old[key])}{', live' if differs else ''})"
        if key in new:
            new[key] = f"{MASK} ({_size(new[key])}{', of git' if differs else ''})"
    for side in (left, right):
        if side is not None and "data" in side and not isinstance(side["data"], dict):
            side["data"] = MASK


def _size(value: Any) -> str:
    try:
        return f"{len(base64.b64decode(str(value), validate=True))} bytes"
    except (binascii.Error, ValueError):
        return "masked"


# -- lines ---------------------------------------------------------------------------------------------


def _yaml(found: Object | None) -> list[str]:
    if found is None:
        return []
    return [line[:WIDEST] for line in yaml_text(_ordered(found)).splitlines()]


def _ordered(value: Any) -> Any:
    """Return the value with its fields in one order, what names an entry first: it then begins alike on both sides."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: (str(key) not in _FIRST, str(key)))}
    return [_ordered(one) for one in value] if isinstance(value, list) else value


def _compared(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], int, int]:
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(middle_old), len(middle_new)) > LONGEST:
        said = f"  … too long to compare line by line: {len(middle_old)} lines live, {len(middle_new)} of git"
        return [said], len(middle_new), len(middle_old)
    lines, added, removed = [f"  {line}" for line in old[:start]], 0, 0
    matcher = difflib.SequenceMatcher(None, middle_old, middle_new, autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            lines += [f"  {line}" for line in middle_old[a:b]]
            continue
        lines += [f"- {line}" for line in middle_old[a:b]]
        lines += [f"+ {line}" for line in middle_new[c:d]]
        added, removed = added + d - c, removed + b - a
    lines += [f"  {line}" for line in old[len(old) - end :]] if end else []
    return folded(lines), added, removed


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def folded(lines: Sequence[str]) -> list[str]:
    """Fold what is equal and further than `CONTEXT` lines from a change; nothing is left when all is equal."""
    changed = [place for place, line in enumerate(lines) if not line.startswith("  ")]
    if not changed:
        return []
    near = {place + by for place in changed for by in range(-CONTEXT, CONTEXT + 1)}
    out: list[str] = []
    skipped = 0
    for place, line in enumerate(lines):
        if place in near:
            out += _fold(skipped)
            skipped = 0
            out.append(line)
        else:
            skipped += 1
    return out + _fold(skipped)


def _fold(count: int) -> list[str]:
    if not count:
        return []
    return [f"  … {count} equal {'line' if count == 1 else 'lines'}"]
