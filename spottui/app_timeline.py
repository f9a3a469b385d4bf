"""Keeps the Timeline on the disk while the program runs: read once at the start, then written in batches."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from spottui import clock as ages
from spottui.app_timeline_file import Read, TimelineFile, remove_old
from spottui.errors import SpottuiError
from spottui.records_timeline import TimelineEntry, Tone
from spottui.settings_folders import state_folder
from spottui.store_timeline import Timeline
from spottui.verdicts.changes_words import entry

LOG = logging.getLogger("spottui.app")

WRITE_EVERY = 5.0
"""Seconds between two batches: a card in a robot does not like to be written to for every line."""
COUNTS_EVERY = 60
"""Batches between two that also write the lines which only count on."""
WAITING = 4000
"""Lines kept for a disk that is full; the oldest go."""
LAST_WITHIN = 2.0
"""Seconds that leaving the program waits for the last batch."""


class TimelineKeeper:
    """Carries the lines of the Timeline to the disk and, at the start, back."""

    def __init__(
        self,
        timeline: Timeline,
        file: TimelineFile,
        clock: Callable[[], float],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._timeline, self._file, self._clock, self._pause = timeline, file, clock, pause
        self._waiting: deque[TimelineEntry] = deque(maxlen=WAITING)
        self._problem = ""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="timeline")

    async def run(self) -> None:
        """Read what an earlier spottui kept, then write until cancelled; the last lines go out then."""
        loop = asyncio.get_running_loop()
        try:
            self._remember(await loop.run_in_executor(self._pool, self._read))
            batches = 0
            while True:
                await self._pause(WRITE_EVERY)
                batches += 1
                await self._write(counted=batches % COUNTS_EVERY == 0)
        finally:
            ended = entry(f"spottui-ended@{self._clock()}", self._clock(), "", "spottui", "spottui", "spottui ended")
            self._timeline.note(ended)
            try:
                async with asyncio.timeout(LAST_WITHIN):
                    await self._write(counted=True)
            except TimeoutError:
                LOG.warning("the last lines of the Timeline were not written in time")
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self) -> Read | SpottuiError:
        try:
            found = self._file.read()
            remove_old(self._file.path.parent, self._clock())
        except SpottuiError as error:
            return error
        return found

    def _remember(self, found: Read | SpottuiError) -> None:
        if isinstance(found, SpottuiError):
            self._trouble(str(found))
            return
        if found.dropped:
            text = f"{found.dropped} lines of {self._file.path} could not be read and were left out"
            self._note("broken", "warn", text)
        if found.entries:
            last = found.entries[-1]
            self._timeline.remember(found.entries)
            away = ages.age(last.until or last.at, self._clock())
            is_end = last.uid.startswith("spottui-ended@")
            text = (
                f"spottui started; nothing was watched for {away}"
                if is_end
                else f"spottui started; last line {away} ago"
            )
            self._note("started", "info", text)

    def _note(self, key: str, tone: Tone, text: str) -> None:
        now = self._clock()
        self._timeline.note(entry(f"spottui-{key}@{now}", now, tone, "spottui", "spottui", text))

    async def _write(self, *, counted: bool) -> None:
        self._waiting.extend(self._timeline.take(counted=counted))
        if not self._waiting:
            return
        batch = list(self._waiting)
        loop = asyncio.get_running_loop()
        trouble = await loop.run_in_executor(self._pool, self._append, batch)
        if trouble:
            self._trouble(trouble)
            return
        for _ in batch:
            self._waiting.popleft()
        if self._problem:
            self._problem = ""
            self._note("kept", "good", "the Timeline is kept on the disk again")

    def _append(self, batch: list[TimelineEntry]) -> str:
        try:
            self._file.append(batch)
        except SpottuiError as error:
            return str(error)
        return ""

    def _trouble(self, why: str) -> None:
        """Say once that the disk does not take the lines; what is on the screen stays there."""
        if not self._problem:
            self._note("lost", "warn", f"the Timeline is not kept: {why}")
        self._problem = why


async def keep_timeline(
    timeline: Timeline, place: Any, *, environ: Mapping[str, str], home: Path, clock: Callable[[], float]
) -> None:
    """Keep the Timeline of the cluster at `place` (a `ClusterPlace`) in the state folder until cancelled."""
    file = TimelineFile(state_folder(environ, home), str(place), place.server, clock)
    await TimelineKeeper(timeline, file, clock).run()
