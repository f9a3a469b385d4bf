"""What the containers of one pod wrote before they ended, fetched when its details are opened, and only then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from spottui.records import Pod
from spottui.screens.parts import Parts
from spottui.widgets.tones import Line

CONTAINERS = 4
"""Containers asked for at most."""


def last_lines_of(parts: Parts, row: object, run: Callable[..., Any]) -> Callable[[], Sequence[Line]]:
    """Begin to fetch by `run` (a screen's run_worker); return what gives the lines, none while they are on the way."""
    found: list[Line] = []
    names = [one.name for one in row.containers if one.restarts or one.exit_code] if isinstance(row, Pod) else []

    async def fetch(pod: Pod) -> None:
        for name in names[:CONTAINERS]:
            if said := await parts.last_words(pod, name):
                found.extend([(), ((f"Last lines of {name} before it ended", "title"),)])
                found.extend(((f"  {line}", ""),) for line in said)

    if isinstance(row, Pod) and names:
        run(fetch(row), group="last-lines")
    return lambda: found
