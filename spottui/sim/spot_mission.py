"""The robot's mission: a list of steps that drive its body, with words, questions, pauses and an end."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from spottui.sim.story_clock import StoryClock

Status = Literal["none", "running", "success", "failure", "paused", "error", "stopped"]
Level = Literal["unknown", "info", "warn", "error", "critical"]
StepKind = Literal["walk", "look", "dock", "charge", "wait"]

TICKS_PER_SECOND = 5.0
LOOK_AGAIN = 2.0
"""Story seconds between two looks at whether a step is over."""
ROOT_ID = 1


class Drives(Protocol):
    """What a mission needs of the robot's body."""

    @property
    def is_docked(self) -> bool: ...
    @property
    def charge(self) -> float: ...
    def walk(self) -> None: ...
    def stand(self) -> None: ...
    def dock(self) -> None: ...


@dataclass(frozen=True)
class Step:
    """One node of the mission."""

    name: str
    kind: StepKind = "walk"
    seconds: float = 40.0
    """How long it takes; for "charge" the least time."""
    until: float = 90.0
    """For "charge": percent to wait for."""


ROUND = (
    Step("Go to boiler house", "walk", 45),
    Step("Read gauge B1", "look", 12),
    Step("Go to pump hall", "walk", 60),
    Step("Thermal image of pump 3", "look", 15),
    Step("Return to dock", "dock", 0),
    Step("Wait on dock", "charge", 30, until=85.0),
)
"""The round that a fresh robot has: two inspections, then the dock."""


@dataclass(frozen=True)
class Text:
    """What the mission says of itself."""

    text: str
    level: Level
    node: int = 0


@dataclass
class Question:
    """What the mission asks people, or programs."""

    id: int
    text: str
    options: tuple[str, ...]
    """Their answer codes are their places."""
    source: str = "Autowalk"
    level: Level = "warn"
    for_programs: bool = False
    answer: int | None = None


class Mission:
    """At most one mission at a time."""

    def __init__(self, clock: StoryClock, rng: random.Random, body: Drives) -> None:
        self._clock = clock
        self._rng = rng
        self._body = body
        self._cancel: Callable[[], None] = lambda: None
        self._ticks = 0.0
        self._ticking_since: float | None = None
        self._questions = 0
        self.id = -1
        self.name = ""
        self.steps: tuple[Step, ...] = ()
        self.repeats = False
        self.status: Status = "none"
        self.error = ""
        self.at: int | None = None
        """Place of the running step; None: none runs."""
        self.texts: list[Text] = []
        self.questions: list[Question] = []

    @property
    def ticks(self) -> int:
        """How often the tree was ticked; -1: it has not started."""
        if self.status == "none" or (self._ticks == 0 and self._ticking_since is None):
            return -1
        since = 0.0 if self._ticking_since is None else self._clock.now() - self._ticking_since
        return int(self._ticks + since * TICKS_PER_SECOND)

    def node_of(self, place: int) -> int:
        """Return the id of a step's node."""
        return ROOT_ID + 1 + place

    def load(self, name: str = "Boiler round", steps: Sequence[Step] = ROUND, *, repeats: bool = False) -> int:
        """Load a mission without starting it; return its id."""
        self._end("none")
        self.id, self.name, self.steps, self.repeats = self._rng.randrange(1, 10**9), name, tuple(steps), repeats
        self._ticks = 0.0
        self.questions.clear()
        return self.id

    def unload(self) -> None:
        """Have no mission."""
        self._end("none")
        self.id, self.name, self.steps, self._ticks = -1, "", (), 0.0
        self.questions.clear()

    def start(self) -> None:
        """Run from the first step."""
        if not self.steps:
            self.load()
        self.error = ""
        self.status, self._ticking_since = "running", self._clock.now()
        self._enter(0)

    def pause(self) -> None:
        """Stand still; the step begins again on `resume`."""
        if self.status == "running":
            place = self.at
            self._end("paused")
            self.at = place
            self._body.stand()

    def resume(self) -> None:
        """Go on after a pause."""
        if self.status == "paused":
            self.status, self._ticking_since = "running", self._clock.now()
            self._enter(self.at or 0)

    def stop(self) -> None:
        """End it by hand."""
        self._end("stopped")

    def finish(self) -> None:
        """End it well."""
        self._end("success")

    def fail(self, error: str = "", *, as_error: bool = False) -> None:
        """End it badly: as a failure of the robot's task, or as an error of the mission itself."""
        self._end("error" if as_error else "failure")
        self.error = error

    def say(self, text: str, level: Level = "info") -> None:
        """Add to what the mission says of itself."""
        self.texts.append(Text(text, level, self.node_of(self.at or 0)))

    def ask(
        self,
        text: str,
        options: Sequence[str] = ("Retry", "Skip"),
        *,
        level: Level = "warn",
        for_programs: bool = False,
    ) -> int:
        """Ask a question; return its id."""
        self._questions += 1
        self.questions.append(Question(self._questions, text, tuple(options), level=level, for_programs=for_programs))
        return self._questions

    def answer(self, id: int, code: int) -> Literal["ok", "unknown", "bad_code", "answered"]:
        """Answer a question by the place of an option."""
        question = next((question for question in self.questions if question.id == id), None)
        if question is None:
            return "unknown"
        if question.answer is not None:
            return "answered"
        if not 0 <= code < len(question.options):
            return "bad_code"
        question.answer = code
        return "ok"

    # -- steps -------------------------------------------------------------------------------------

    def _enter(self, place: int) -> None:
        self._cancel()
        self.texts.clear()
        if place >= len(self.steps) and not self.repeats:
            self._end("success")
            return
        self.at = place % len(self.steps)
        step = self.steps[self.at]
        match step.kind:
            case "walk":
                self._body.walk()
                self.say(f"Navigating: {step.name}")
            case "look":
                self._body.stand()
                self.say(f"Acquiring data: {step.name}")
            case "dock":
                self._body.dock()
                self.say("Docking")
            case "charge":
                self._body.dock()
                self.say(f"Waiting for charge: {step.until:.0f} % needed")
            case "wait":
                self.say(f"Waiting: {step.name}")
        self._cancel = self._clock.call_later(max(step.seconds, LOOK_AGAIN), self._look)

    def _look(self) -> None:
        place = self.at or 0
        step = self.steps[place]
        waits = step.kind in ("dock", "charge") and not self._body.is_docked
        if waits or (step.kind == "charge" and self._body.charge < step.until):
            self._cancel = self._clock.call_later(LOOK_AGAIN, self._look)
            return
        self._enter(place + 1)

    def _end(self, status: Status) -> None:
        self._cancel()
        if self._ticking_since is not None:
            self._ticks += (self._clock.now() - self._ticking_since) * TICKS_PER_SECOND
            self._ticking_since = None
        self.status, self.at = status, None
        self.texts.clear()
