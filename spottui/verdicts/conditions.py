"""How one of an object's status.conditions is found."""

from __future__ import annotations

from collections.abc import Iterable

from spottui.records import Condition


def condition(conditions: Iterable[Condition], kind: str) -> Condition | None:
    """Return the condition of a type; None when there is none."""
    return next((one for one in conditions if one.type == kind), None)


def is_true(conditions: Iterable[Condition], kind: str) -> bool:
    """Whether the condition of a type is there and "True"."""
    return any(one.type == kind and one.status == "True" for one in conditions)
