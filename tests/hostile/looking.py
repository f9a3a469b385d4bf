"""Looks at every screen of an app that is fed with nasty texts, and says what of it a terminal should never get."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .corpus import cells, unsafe

READ = re.compile(r"(?<!\])(?:INJECTED|INJ\b)")
"""A word of the corpus without the brackets before it: its markup was read, or its escape obeyed."""
ROW_KEYS = ("enter", "d", "y", "e", "l", "p", "h", "D", "R", "m", "n", "o")
"""What opens something about the row under the cursor, on one screen or another."""
TURNS = {"l": ("w", "J", "t", "G", "o", "escape"), "y": ("w", "z", "G"), "d": ("G",), "enter": ("G", "tab")}
"""What is pressed inside what was opened."""


def faults(app: Any) -> list[str]:
    """Return what is wrong with the screen as it is drawn now."""
    width, found = app.size.width, []
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        text = strip.text
        if bad := unsafe(text):
            found.append(f"line {y} has {bad}: {text!r}")
        if strip.cell_length != width or cells(text) != width:
            found.append(f"line {y} is {strip.cell_length} or {cells(text)} cells of {width}: {text!r}")
        if "PagerScreen" not in type(app.screen).__name__ and READ.search(text):
            found.append(f"line {y} was obeyed: {text!r}")
    return found


class Looker:
    """Presses keys and looks after each."""

    def __init__(self, pilot: Any) -> None:
        self.pilot, self.app = pilot, pilot.app
        self.depth = len(self.app.screen_stack)
        self.found: list[str] = []
        self.seen: set[str] = set()
        """Names of the screens that were looked at."""

    async def press(self, *keys: str, wait: float = 0.0) -> None:
        """Press keys, one after the other; look after each."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause(wait or None)
            self.look(key)

    def look(self, after: str) -> None:
        """Note what is wrong now."""
        name = type(self.app.screen).__name__
        self.seen.add(name)
        self.found += [f"{name} after {after}: {one}" for one in faults(self.app)]
        assert self.app._exception is None, f"{name} after {after}: {self.app._exception!r}"

    async def back_to(self, depth: int) -> None:
        """Press escape until nothing is open over the main screen."""
        for _ in range(8):
            if len(self.app.screen_stack) <= depth:
                return
            await self.press("escape")
        raise AssertionError(f"escape does not leave {self.app.screen}")

    async def row(self, keys: Sequence[str] = ROW_KEYS) -> None:
        """Open everything about the row under the cursor."""
        depth = len(self.app.screen_stack)
        for key in keys:
            await self.press(key, wait=0.06)
            if len(self.app.screen_stack) > depth:
                await self.press(*TURNS.get(key, ()))
            await self.back_to(depth)

    async def screen(self, key: str, *, tables: int, rows: int, keys: Sequence[str] = ROW_KEYS) -> None:
        """Go to a screen; look at its tables and at some rows of each."""
        await self.press(key)
        for _ in range(tables):
            for _ in range(rows):
                await self.row(keys)
                await self.press("j")
            await self.press("w", "right", "w", "tab")
        await self.press("question_mark")
        await self.back_to(self.depth)
        await self.press("colon")
        await self.back_to(self.depth)
