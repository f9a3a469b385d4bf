"""Objects as lines of YAML, and how such a line is painted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from textual.screen import Screen

from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.screens.pager import PagerScreen
from spottui.screens.parts import Parts
from spottui.verdicts.manifest import readable
from spottui.verdicts.yaml_text import yaml_text
from spottui.widgets.tones import Line

_KEY = re.compile(r"^(?P<indent>[ -]*)(?P<key>[^\s:#][^:]*?)(?P<colon>:)(?P<rest> .*|)$")
LINE_LIMIT = 20_000
"""Characters of one line."""


def yaml_lines(found: Mapping[str, Any]) -> Sequence[str]:
    """Return an object as lines of YAML, keys in the order of the server."""
    return [line[:LINE_LIMIT] for line in yaml_text(dict(found)).splitlines()]


async def show_yaml(screen: Screen[Any], parts: Parts, target: Target) -> None:
    """Read the object and show it over `screen`, unless the operator went on meanwhile; a failure is said there."""
    try:
        found = await parts.fetch(target)
    except SpottuiError as error:
        screen.notify(str(error), severity="error", timeout=15, markup=False)
        return
    if screen.app.screen is screen:
        screen.app.push_screen(yaml_screen(parts, target, found))


def yaml_screen(parts: Parts, target: Target, found: Mapping[str, Any]) -> PagerScreen:
    """Return the screen that shows an object; `z` unfolds managedFields, what a Secret holds stays masked."""
    is_unfolded = False

    def lines() -> Sequence[str]:
        return yaml_lines(readable(found, all_fields=is_unfolded))

    def turned() -> Sequence[str]:
        nonlocal is_unfolded
        is_unfolded = not is_unfolded
        return lines()

    where = f" in {target.namespace}" if target.namespace else ""
    return PagerScreen(
        parts,
        f"YAML of {target}{where}",
        lines(),
        name=f"{target.kind.lower()}-{target.name}"[:80],
        paint=paint_yaml,
        turned=turned,
        turn_word="managedFields",
    )


def secret_screen(parts: Parts, target: Target, found: Mapping[str, Any]) -> PagerScreen:
    """Return the screen that shows a Secret with its values decoded: for who was permitted and asked for it."""
    title = f"{target} in {target.namespace}, its values revealed"
    never = "What a Secret holds is written to no file. c copies it."
    lines = yaml_lines(readable(found, reveal=True))
    return PagerScreen(parts, title, lines, name="secret", paint=paint_yaml, never_saved=never)


def paint_yaml(text: str) -> Line:
    """Return a line of YAML with its key set apart."""
    found = _KEY.match(text)
    if found is None:
        return ((text, ""),)
    return ((found["indent"], "dim"), (found["key"], "accent"), (":", "dim"), (found["rest"], ""))
