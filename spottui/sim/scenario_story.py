"""Tells the story: calls each event when its time comes on the story's clock, and those asked for by hand."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from spottui.sim.scenario import Act, Beat, Event, did_you_mean
from spottui.sim.story_clock import StoryClock

LOG = logging.getLogger("spottui.sim.story")


class Story:
    """The beats of one scenario on the clock; over and over where the scenario says so."""

    def __init__(
        self,
        clock: StoryClock,
        events: Mapping[str, Event],
        beats: Sequence[Beat],
        perform: Callable[[Act], None],
        *,
        repeat_after: float = 0.0,
    ) -> None:
        self._clock, self._events, self._perform = clock, events, perform
        self._beats = sorted(beats, key=lambda beat: beat.at)
        self._repeat_after = repeat_after
        self._origin = self._begun = 0.0
        self._next = 0
        self.said: list[tuple[float, str]] = []
        """Seconds since the story's start, and text, of the last events, oldest first."""

    def start(self) -> None:
        """Begin the story now; beats at 0 happen before this returns."""
        self._origin = self._begun = self._clock.now()
        self._next = 0
        self._tell()

    @property
    def elapsed(self) -> float:
        """Story seconds since the start."""
        return self._clock.now() - self._origin

    def _tell(self) -> None:
        """Let happen what is due, and wait for the next beat."""
        while (due := self.next_at) is not None and due <= self._clock.now():
            if self._next == len(self._beats):
                LOG.info("the story starts over")
                self._begun, self._next = due, 0
                continue
            beat = self._beats[self._next]
            self._next += 1
            self.happen(beat.event)
        if due is not None:
            self._clock.call_later(due - self._clock.now(), self._tell)

    @property
    def next_at(self) -> float | None:
        """The story time of the next beat, or of the start over; None when nothing more comes."""
        if self._next < len(self._beats):
            return self._begun + self._beats[self._next].at
        return self._begun + self._repeat_after if self._repeat_after else None

    @property
    def coming(self) -> list[dict[str, object]]:
        """The beats that are still to come in this round."""
        return [{"at": self._begun - self._origin + beat.at, "event": beat.event} for beat in self._beats[self._next :]]

    def happen(self, name: str) -> str:
        """Let one event happen now; return what it says of itself.

        Raises:
            LookupError: There is no such event; the text is a sentence.
        """
        event = self._events.get(name)
        if event is None:
            raise LookupError(f'This scenario has no event "{name}"{did_you_mean(name, self._events)}')
        LOG.info("%.1f s: %s%s", self.elapsed, name, f": {event.says}" if event.says else "")
        for act in event.do:
            self._perform(act)
        self.said = [*self.said[-19:], (round(self.elapsed, 3), event.says or name)]
        return event.says or name
