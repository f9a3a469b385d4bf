"""Columns that many tables have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spottui import clock
from spottui.widgets.row_index import Column


def age_column(
    made_at: Callable[[Any], float | None] = lambda row: row.created_at, *, width: int = 6, priority: int = 1
) -> Column[Any]:
    """Return the AGE column, as kubectl prints it."""
    return Column(
        "age",
        "AGE",
        lambda row, now: clock.calm_age(made_at(row), now),
        sort=made_at,
        width=width,
        priority=priority,
        align="right",
        ages=True,
    )
