"""Probes: asks one target after another, spread out and jittered, and says how each stands."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from spottui.events import ProbesHeard
from spottui.records_links import Probe
from spottui.sources.probe_ask import Ask
from spottui.sources.probe_judge import Answer
from spottui.sources.probe_state import Track
from spottui.sources.probe_targets import Target, Targets
from spottui.sources.spender import SPENDER

PERIOD, PERIOD_LOW = 30.0, 300.0
"""Seconds between two questions to the same target, and in low-data mode; a fifth more or less."""
AGAIN, AGAIN_LOW = 5.0, 20.0
"""Seconds until a target that may be lost, or come back, is asked again."""
BUDGET, BUDGET_LOW = 1000.0, 200.0
"""Bytes per second that all probes together may cost: when they are spent, the next one waits."""
BURST = 60.0
"""Seconds whose bytes may be saved up, so that the first round need not wait."""
GAP = 0.5
"""Seconds between the end of one question and the next at the least."""
FIRST_WITHIN = 8.0
"""Seconds over which new targets are spread."""
LOOK_EVERY, LOOK_SOON = 30.0, 2.0
"""Seconds between two looks at what is to be probed, and while there is nothing yet."""
JITTER = 0.2


class ProbesSource:
    """Keeps one track per target and asks the one that is most overdue: never two at a time.

    `targets` is called on the event loop and returns the work, done in a thread, that finds what to probe: among
    thousands of pods that takes too long to wait for. `low_data` returns why low-data mode is on, empty when it is
    off.
    """

    name = "probes"

    def __init__(
        self,
        targets: Callable[[], Callable[[], Targets]],
        ask: Ask,
        clock: Callable[[], float],
        *,
        low_data: Callable[[], str] = str,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self._targets, self._ask, self._clock = targets, ask, clock
        self._low_data, self._sleep = low_data, sleep
        self._rng = rng or random.Random()
        self._tracks: dict[str, Track] = {}
        self._due: dict[str, float] = {}
        self._probes: dict[str, Probe] = {}
        self._look_at = float("-inf")
        self._left_out = ""
        self._saved, self._saved_at = 0.0, float("-inf")
        """Bytes that may be spent, as of when."""
        self.bytes_in = 0
        self.bytes_out = 0

    @property
    def addresses(self) -> dict[str, str]:
        """The address that each target was reached at last, by its name; those never reached are missing."""
        return {probe.name: probe.peer for probe in self._probes.values() if probe.peer}

    def reconnect_now(self) -> None:
        """Ask every target again soon."""
        now = self._clock()
        for id in self._due:
            self._due[id] = now + self._rng.uniform(0, FIRST_WITHIN)

    async def events(self) -> AsyncIterator[ProbesHeard]:
        """Yield all probes after each question, until cancelled."""
        SPENDER.set(self.name)
        while True:
            if self._is_time_to_look() and self._take_targets(await asyncio.to_thread(self._targets())):
                yield self._heard()
            target = self._next()
            if target is None:
                await self._sleep(self._pause())
                continue
            answer = await self._ask(target)
            self._take(target, answer)
            yield self._heard()
            await self._sleep(max(GAP, self._paid(answer.bytes_in + answer.bytes_out)))

    def _paid(self, cost: int) -> float:
        """Take the cost of a question from what was saved; return the seconds until something is left again."""
        budget, now = BUDGET_LOW if self._low_data() else BUDGET, self._clock()
        since, self._saved_at = max(0.0, now - self._saved_at), now
        self._saved = min(BURST * budget, self._saved + since * budget) - cost
        return max(0.0, -self._saved / budget)

    def _heard(self) -> ProbesHeard:
        return ProbesHeard(tuple(self._probes[id] for id in self._tracks), self._clock(), self._left_out)

    def _is_time_to_look(self) -> bool:
        now = self._clock()
        if 0 <= now - self._look_at < (LOOK_EVERY if self._tracks else LOOK_SOON):
            return False
        self._look_at = now
        return True

    def _take_targets(self, wanted: Targets) -> bool:
        """Bring the tracks up to what is to be probed; say whether that changed."""
        now = self._clock()
        is_news, self._left_out = wanted.left_out != self._left_out, wanted.left_out
        by_id = {target.id: target for target in wanted.targets}
        if list(by_id) == list(self._tracks):
            return is_news
        self._tracks = {id: self._tracks.get(id) or Track(target) for id, target in by_id.items()}
        self._probes = {id: self._probes.get(id) or track.probe() for id, track in self._tracks.items()}
        fresh = [id for id in self._tracks if id not in self._due]
        spread = {id: now + FIRST_WITHIN * place / len(fresh) for place, id in enumerate(fresh)}
        self._due = {id: self._due.get(id, spread.get(id, now)) for id in self._tracks}
        return True

    def _next(self) -> Target | None:
        """Return the target that is most overdue; None when none is due."""
        if not self._due:
            return None
        id, now = min(self._due, key=lambda each: self._due[each]), self._clock()
        is_due = self._due[id] <= now or self._due[id] > now + 2 * PERIOD_LOW  # later than ever: the clock was set back
        return self._tracks[id].target if is_due else None

    def _pause(self) -> float:
        """Return how long to wait for the next target: never long, as `reconnect_now` may make one due."""
        now = self._clock()
        return max(GAP, min(LOOK_SOON, min(self._due.values(), default=now + LOOK_SOON) - now))

    def _take(self, target: Target, answer: Answer) -> None:
        self.bytes_in += answer.bytes_in
        self.bytes_out += answer.bytes_out
        track, now, is_low = self._tracks[target.id], self._clock(), bool(self._low_data())
        track.take(answer, now)
        self._probes[target.id] = track.probe()
        if track.is_changing:
            pause = AGAIN_LOW if is_low else AGAIN
        else:
            pause = PERIOD_LOW if is_low else PERIOD
        self._due[target.id] = now + pause * self._rng.uniform(1 - JITTER, 1 + JITTER)
