"""The story happens when its time comes, at any speed, step by step, over and over, and by hand."""

from __future__ import annotations

import asyncio

import pytest

from spottui.sim.scenario import Act, Beat, Event, SetLink
from spottui.sim.scenario_story import Story
from spottui.sim.story_clock import StoryClock

DOWN, UP = SetLink(link="uplink", to="down"), SetLink(link="uplink", to="up")
EVENTS = {"lost": Event(says="the uplink is lost", do=[DOWN]), "back": Event(do=[UP])}


def a_story(
    clock: StoryClock, *beats: tuple[float, str], repeat_after: float = 0.0
) -> tuple[Story, list[tuple[float, Act]]]:
    done: list[tuple[float, Act]] = []
    told = [Beat(at=at, event=event) for at, event in beats]
    story = Story(clock, EVENTS, told, lambda act: done.append((clock.now(), act)), repeat_after=repeat_after)
    return story, done


async def test_beats_come_in_the_order_of_their_time_when_the_clock_is_stepped() -> None:
    clock = StoryClock(speed=0)
    story, done = a_story(clock, (20, "back"), (0, "lost"), (10, "lost"))
    story.start()
    assert done == [(0, DOWN)]
    await clock.step(9.9)
    assert len(done) == 1
    assert story.next_at == 10
    await clock.step(30)
    assert done == [(0, DOWN), (10, DOWN), (20, UP)]
    assert story.next_at is None and story.coming == []
    assert [text for _, text in story.said] == ["the uplink is lost", "the uplink is lost", "back"]


async def test_it_starts_over_where_the_scenario_says_so() -> None:
    clock = StoryClock(speed=0)
    story, done = a_story(clock, (10, "lost"), (20, "back"), repeat_after=30)
    story.start()
    await clock.step(100)
    assert [at for at, _ in done] == [10, 20, 40, 50, 70, 80, 100]


async def test_a_fast_clock_gets_to_the_end_of_an_hour_at_once() -> None:
    clock = StoryClock(speed=1000)
    story, done = a_story(clock, (300, "lost"))
    runner = asyncio.create_task(clock.run())
    story.start()
    await asyncio.wait_for(clock.sleep(301), 5)
    runner.cancel()
    assert done[0][0] >= 300


async def test_an_event_by_hand_happens_now_and_an_unknown_one_is_a_sentence() -> None:
    clock = StoryClock(speed=0)
    story, done = a_story(clock)
    story.start()
    assert story.happen("lost") == "the uplink is lost"
    assert done == [(0, DOWN)]
    with pytest.raises(LookupError, match='no event "bak"; did you mean "back"'):
        story.happen("bak")
