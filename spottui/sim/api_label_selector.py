"""Label selectors in their structured form: matchLabels and matchExpressions."""

from __future__ import annotations

from typing import Any


def matches(selector: dict[str, Any] | None, labels: dict[str, str]) -> bool:
    """Say whether labels are selected: nothing by none, everything by an empty one."""
    if selector is None:
        return False
    if any(labels.get(name) != value for name, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_fits(one, labels) for one in selector.get("matchExpressions") or ())


def _fits(one: dict[str, Any], labels: dict[str, str]) -> bool:
    name, operator, values = one.get("key", ""), one.get("operator"), one.get("values") or ()
    if operator == "In":
        return labels.get(name) in values
    if operator == "NotIn":
        return labels.get(name) not in values
    if operator == "Exists":
        return name in labels
    return operator == "DoesNotExist" and name not in labels


_WORDS = {"In": "in", "NotIn": "notin"}


def selector_text(selector: dict[str, Any] | None) -> str:
    """Return a selector as kubectl writes it: "app=web,tier in (a,b)"."""
    if not selector:
        return ""
    parts = [(name, f"{name}={value}") for name, value in (selector.get("matchLabels") or {}).items()]
    for one in selector.get("matchExpressions") or ():
        name, operator = one.get("key", ""), one.get("operator", "")
        if operator in _WORDS:
            parts.append((name, f"{name} {_WORDS[operator]} ({','.join(sorted(one.get('values') or ()))})"))
        else:
            parts.append((name, name if operator == "Exists" else f"!{name}"))
    return ",".join(text for _, text in sorted(parts, key=lambda part: part[0]))
