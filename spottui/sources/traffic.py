"""What our own sources cost the link, and whether it is thin enough for low-data mode; reads counters only."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from spottui.events import TrafficHeard
from spottui.records_links import Traffic
from spottui.sources.low_data import LowData

PERIOD = 5.0
MINUTE = 60.0
"""Seconds that a rate is taken over."""
HISTORY = 60
"""Readings kept per source: five minutes."""

BytesBySource = Mapping[str, tuple[int, int]]
"""Name of a source -> bytes in and out since it began."""


class TrafficSource:
    """Reads the counters every `period` seconds, and tells `switch` how low-data mode stands.

    `counters` gives bytes per source, `speeds` the bytes per second of the transfers since it was last called.
    """

    name = "traffic"

    def __init__(
        self,
        counters: Callable[[], BytesBySource],
        clock: Callable[[], float],
        *,
        low_data: LowData,
        speeds: Callable[[], list[float]] = list,
        switch: Callable[[str], None] = lambda reason: None,
        period: float = PERIOD,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._counters, self._clock, self._period, self._sleep = counters, clock, period, sleep
        self._low_data, self._speeds, self._switch = low_data, speeds, switch
        self._readings: dict[str, deque[tuple[float, int, int]]] = {}
        self._history: dict[str, deque[float | None]] = {}

    async def events(self) -> AsyncIterator[TrafficHeard]:
        """Yield the rates until cancelled."""
        while True:
            now = self._clock()
            self._low_data.measured(self._speeds(), now)
            self._switch(self._low_data.reason)
            yield TrafficHeard(self.read(now), now, self._low_data.reason)
            await self._sleep(self._period)

    def read(self, now: float) -> tuple[Traffic, ...]:
        """Return each source's rates, the dearest first."""
        rows = [self._row(source, now, *counts) for source, counts in self._counters().items()]
        return tuple(sorted(rows, key=lambda row: (-(row.bytes_in + row.bytes_out), row.source)))

    def _row(self, source: str, now: float, total_in: int, total_out: int) -> Traffic:
        readings = self._readings.setdefault(source, deque())
        if readings and (readings[-1][0] > now or readings[-1][1] > total_in or readings[-1][2] > total_out):
            readings.clear()  # the clock was set, or a source began anew
        history = self._history.setdefault(source, deque(maxlen=HISTORY))
        if readings and now > readings[-1][0]:
            before = readings[-1]
            history.append((total_in - before[1] + total_out - before[2]) / (now - before[0]))
        readings.append((now, total_in, total_out))
        while len(readings) > 2 and readings[1][0] <= now - MINUTE:
            readings.popleft()
        first_at, first_in, first_out = readings[0]
        seconds = max(now - first_at, self._period)
        return Traffic(
            source,
            (total_in - first_in) / seconds,
            (total_out - first_out) / seconds,
            total_in,
            total_out,
            tuple(history),
        )
