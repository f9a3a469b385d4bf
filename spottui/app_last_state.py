"""Shows the last known state at the start, and keeps it on the disk while the program runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from spottui import clock as ages
from spottui.app_last_state_file import Broken, LastStateFile, unpacked
from spottui.app_place import place_of
from spottui.errors import SpottuiError
from spottui.events import ObjectsRecalled, UsageRecalled
from spottui.settings import Settings
from spottui.settings_folders import cache_folder
from spottui.sources.kube_identity import identity
from spottui.store import Store
from spottui.store_last_state import RECORDS, Page, kept_heard_at, page, seen
from spottui.verdicts.changes_words import entry

LOG = logging.getLogger("spottui.app")

WRITE_EVERY = 30.0
"""Seconds between two writings at the least: a card in a robot does not like to be written to for every change."""
STILL_EVERY = 600.0
"""Seconds between two writings when nothing changed but the time of the last word."""
LAST_WITHIN = 2.0
"""Seconds that leaving the program waits for the last writing."""

Recalled = ObjectsRecalled | UsageRecalled
Tell = Callable[[Recalled], None]


class LastStates:
    """The last state of the cluster that we look at: read ahead of everything else, then kept."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        home: Path,
        clock: Callable[[], float],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings, self._environ, self._home, self._clock, self._pause = settings, environ, home, clock, pause
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="last-state")
        self.place = ""
        """The context whose last state is shown; empty: none is."""
        self._identity: str | None = None
        """Of the cluster whose last state was read."""
        self._read: Future[list[Recalled]] | None = None
        self._problem = ""
        self._said = ""
        self._is_changed = False

    # -- the start -----------------------------------------------------------------------------------

    def open(self) -> Page | None:
        """Return the page of the last state, and begin to read the rest of it in a thread; blocks, but not for long."""
        try:
            place = place_of(self._settings, self._environ, self._home)
            self._identity = identity(place)
        except SpottuiError:
            return None  # the search for the cluster says so in its own time
        return self._open(str(place), self._identity) if self._identity is not None else None

    def _open(self, context: str, who: str) -> Page | None:
        try:
            found = self._file(context, who).read()
        except Broken as error:
            self._problem = str(error)
            return None
        if found is None:
            return None
        self.place = context
        self._read = self._pool.submit(lambda: list(unpacked(found)))
        return found.page

    def _file(self, context: str, who: str) -> LastStateFile:
        return LastStateFile(cache_folder(self._environ, self._home), context, who)

    async def recall(self, store: Store, hear: Tell) -> None:
        """Tell the store what was read, in pieces that do not hold up the screen."""
        if self._read is not None:
            reading, self._read = asyncio.wrap_future(self._read), None
            try:
                for event in await reading:
                    hear(event)
                    await asyncio.sleep(0)
            except SpottuiError as error:
                self._problem = str(error)
            except (LookupError, ValueError, TypeError):  # whole, but not what a source would have made
                LOG.exception("the last state cannot be taken in")
                store.forget_recalled()
                self._problem = "The last state was dropped: its records do not fit together."
        if self._problem:
            self._say(store, self._problem)
            self._problem = ""

    # -- while the program runs ----------------------------------------------------------------------

    async def keep(self, store: Store, place: Any, hear: Tell) -> None:
        """Keep the state of the cluster at `place` (a `ClusterPlace`) until cancelled; the last one is written then."""
        loop = asyncio.get_running_loop()
        try:
            who = await loop.run_in_executor(self._pool, identity, place)
        except SpottuiError as error:
            LOG.warning("the last state is not kept: %s", error)
            return
        if who != self._identity:
            store.forget_recalled()
            self._identity = who
            if who is not None and await loop.run_in_executor(self._pool, self._open, str(place), who) is not None:
                await self.recall(store, hear)
        if who is None:
            LOG.info("the last state of %s is not kept: nothing proves which cluster answers there", place)
            return
        await self._write_on(store, self._file(str(place), who), str(place))

    async def _write_on(self, store: Store, file: LastStateFile, context: str) -> None:
        undo = [store.subscribe(kind, self._changed) for kind in (*RECORDS, "access")]
        known_at = kept_heard_at(store)
        written_at = self._clock()
        try:
            while True:
                await self._pause(WRITE_EVERY)
                is_due = self._is_changed or self._clock() - written_at >= STILL_EVERY
                if is_due and (heard_at := kept_heard_at(store)) != known_at:
                    await self._write(store, file, context)
                    known_at, written_at = heard_at, self._clock()
        finally:
            for each in undo:
                each()
            if kept_heard_at(store) != known_at:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LAST_WITHIN):
                        await self._write(store, file, context)
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _changed(self) -> None:
        self._is_changed = True

    async def _write(self, store: Store, file: LastStateFile, context: str) -> None:
        self._is_changed = False
        copy, now = seen(store), self._clock()
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._pool, lambda: file.write(page(copy, context, now), copy))
        except (SpottuiError, ValueError) as error:  # ValueError: a text that is none; the next state may do without
            self._say(store, f"the last state is not kept: {error}")
        else:
            self._said = ""

    def _say(self, store: Store, text: str) -> None:
        """Say once on the Timeline, and in the log."""
        if text != self._said:
            self._said = text
            LOG.warning("%s", text)
            now = self._clock()
            store.timeline.note(entry(f"last-state@{now}", now, "warn", "spottui", "spottui", text))


def page_lines(found: Page, now: float, plain: bool) -> tuple[str, str, list[str]]:
    """Return the page as text: the line of the place, the findings' title, and the lines below it."""
    age = ages.age(found.heard_at, now)
    mark = {"bad": "x" if plain else "✖", "warn": "!" if plain else "▲"}
    lines = [
        f"{mark.get(one.severity, ' ')} {one.subject[:32]:<32}  {ages.calm_age(one.since, now):>4}  {one.text}"
        for one in found.findings
    ]
    lines += ["" if lines else "Nothing needed attention.", *(f"{label:<10}{text}" for label, text in found.summary)]
    return f"{found.place}  heard {age} ago, connecting", f" Needs attention  {found.finding_count}", lines
