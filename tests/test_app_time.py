"""Sleep, standing still and a clock that is set are told apart by two clocks; nobody's data grow younger by them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from spottui.app_time import EVERY, Clocks, TimeWatch
from spottui.events import ClockSet, LinkDown, LinkUp, ListEnded, StoodStill
from spottui.store import Store

NOW = 1_790_000_000.0


@dataclass
class Story:
    """Two clocks and what each second does to them: how much passes, and by how much the clock is set beside."""

    seconds: list[tuple[float, float]]
    wall: float = NOW
    elapsed: float = 500.0
    heard: list[ClockSet | StoodStill] = field(default_factory=list)
    reconnects: int = 0

    async def sleep(self, seconds: float) -> None:
        assert seconds == EVERY
        if not self.seconds:
            raise asyncio.CancelledError
        passed, step = self.seconds.pop(0)
        self.elapsed += passed
        self.wall += passed + step

    def reconnect(self) -> None:
        self.reconnects += 1


async def story(seconds: Iterable[tuple[float, float]]) -> Story:
    told = Story(list(seconds))
    clocks = Clocks(lambda: told.wall, lambda: told.elapsed)
    watch = asyncio.create_task(TimeWatch(told.heard.append, told.reconnect, clocks, told.sleep).run())
    await asyncio.wait({watch}, timeout=5)
    assert watch.cancelled()
    return told


async def test_a_clock_that_is_kept_in_step_and_a_busy_computer_are_not_worth_a_word() -> None:
    told = await story([(1.0, 0.0), (1.0, 0.5), (1.0, -1.5), (4.0, 0.0), (1.0, 0.0)])
    assert (told.heard, told.reconnects) == ([], 0)


async def test_a_clock_that_is_set_is_said_and_nothing_is_tried_again_for_it() -> None:
    told = await story([(1.0, 0.0), (1.0, 3600.0), (1.0, 0.0), (1.0, -3600.0)])
    assert [round(each.by) for each in told.heard if isinstance(each, ClockSet)] == [3600, -3600]
    assert told.reconnects == 0


async def test_after_sleep_all_is_tried_again_at_once_and_the_clock_was_not_set() -> None:
    told = await story([(1.0, 0.0), (601.0, 0.0), (1.0, 0.0)])
    assert told.heard == [StoodStill(601.0, NOW + 602)] and told.reconnects == 1


def lost_store() -> Store:
    """Return a store whose link was lost after the pods were heard at `NOW`."""
    store = Store()
    store.apply(LinkUp("kube", 0.01, NOW))
    store.apply(ListEnded("pods", frozenset(), NOW))
    store.apply(LinkDown("kube", "no route", NOW + 14))
    return store


def test_lost_data_are_as_old_as_before_when_the_clock_is_set() -> None:
    for by in (3600.0, -3600.0, -3 * 86400.0):
        store = lost_store()
        store.apply(ClockSet(by, NOW + 30 + by, 1.0))
        assert store.heard_at == NOW + by
        store.apply(LinkUp("kube", 0.01, NOW + 40 + by))
        last = list(store.timeline)[-1]
        assert last.text == "link is back after 40s"


def test_what_was_heard_by_the_clock_as_it_is_now_stays_as_it_is() -> None:
    store = lost_store()
    store.apply(LinkUp("kube", 0.01, NOW + 3630.5))  # between the step and its being noticed
    store.apply(ClockSet(3600.0, NOW + 3631, 1.0))
    assert store.heard_at == NOW + 3630.5


def test_the_timeline_says_that_the_clock_was_set_and_that_the_program_stood_still() -> None:
    store = Store()
    store.apply(ClockSet(-3600.0, NOW, 1.0))
    store.apply(StoodStill(601.0, NOW + 5))
    assert [entry.text for entry in list(store.timeline)] == [
        "this computer's clock was set back by 60m",
        "spottui stood still for 10m: asleep or stopped, and nothing was watched",
    ]
