"""Kubernetes' quantities and label selectors, as the controllers, the scheduler and the kubelet compute with them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from spottui.sim.objects import Object

_SUFFIX = {"": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_SUFFIX |= {f"{letter}i": 1024.0**power for power, letter in enumerate("KMGTPE", 1)}
_QUANTITY = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)")


def amount(quantity: Any) -> float:
    """Return a quantity in its base unit (cores, bytes, pieces).

    Raises:
        ValueError: it is none.
    """
    if isinstance(quantity, int | float):
        return float(quantity)
    match = _QUANTITY.fullmatch(str(quantity))
    if not match or match[2] not in _SUFFIX:
        raise ValueError(f"quantities must match the regular expression, not {quantity!r}")
    return float(match[1]) * _SUFFIX[match[2]]


def requests(pod: Object) -> dict[str, float]:
    """Return what a pod asks of its node: its containers together, or its largest init container."""
    spec = pod["spec"]
    total: dict[str, float] = {}
    for container in spec.get("containers", ()):
        _add(total, _asked(container))
    sidecars: dict[str, float] = {}
    peak: dict[str, float] = {}
    for container in spec.get("initContainers") or ():
        asked = _asked(container)
        if container.get("restartPolicy") == "Always":
            _add(sidecars, asked)
            continue
        for name, value in asked.items():
            peak[name] = max(peak.get(name, 0.0), value + sidecars.get(name, 0.0))
    _add(total, sidecars)
    for name, value in peak.items():
        total[name] = max(total.get(name, 0.0), value)
    _add(total, {name: amount(value) for name, value in (spec.get("overhead") or {}).items()})
    return total


def _asked(container: Mapping[str, Any]) -> dict[str, float]:
    resources = container.get("resources") or {}
    asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return {name: amount(value) for name, value in asked.items()}


def _add(total: dict[str, float], more: Mapping[str, float]) -> None:
    for name, value in more.items():
        total[name] = total.get(name, 0.0) + value


def share(value: Any, total: int, *, up: bool) -> int:
    """Return an int-or-percent of a total ("25%")."""
    if isinstance(value, str) and value.endswith("%"):
        exact = int(value[:-1]) * total / 100
        return math.ceil(exact) if up else math.floor(exact)
    return int(value)


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str] | None) -> bool:
    """Return whether a LabelSelector matches; an absent one matches nothing, an empty one everything."""
    if selector is None:
        return False
    has = labels or {}
    if any(has.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(expression_holds(one, has) for one in selector.get("matchExpressions") or ())


def expression_holds(expression: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    """Return whether one requirement of a label selector or a node selector holds."""
    key, operator, wanted = expression["key"], expression["operator"], expression.get("values") or []
    if operator == "In":
        return values.get(key) in wanted
    if operator == "NotIn":
        return values.get(key) not in wanted
    if operator == "Exists":
        return key in values
    if operator == "DoesNotExist":
        return key not in values
    try:
        left, right = int(values[key]), int(wanted[0])
    except (KeyError, ValueError, IndexError):
        return False
    return left > right if operator == "Gt" else left < right


def tolerates(tolerations: Iterable[Mapping[str, Any]], taint: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the toleration that bears a taint, or None."""
    for one in tolerations:
        if one.get("effect") and one["effect"] != taint["effect"]:
            continue
        if one.get("key") and one["key"] != taint["key"]:
            continue
        if one.get("operator", "Equal") == "Exists" or (
            one.get("key") and (one.get("value") or "") == (taint.get("value") or "")
        ):
            return one
    return None
