"""The order of probes: one at a time, spread out, within their budget, seldom in low-data mode."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any

import pytest

from spottui.events import ProbesHeard
from spottui.sources import probes as module
from spottui.sources.probe_judge import Answer
from spottui.sources.probe_targets import Target, Targets
from spottui.sources.probes import ProbesSource


class World:
    """Time that only passes when the source sleeps or a question takes some; answers what a test puts in."""

    def __init__(self, *names: str, cost: int = 100, takes: float = 0.1) -> None:
        self.now = 1000.0
        self.targets = Targets(tuple(Target(name, "own", name, f"tcp://{name}:1", "tcp", name, 1) for name in names))
        self.cost, self.takes = cost, takes
        self.verdicts: dict[str, str] = {}
        self.asked: list[tuple[float, str]] = []
        self.running = 0
        self.has_waited = asyncio.Event()
        """Ten seconds have passed."""
        self.low_data = ""

    async def ask(self, target: Target) -> Answer:
        assert self.running == 0, "two questions at a time"
        self.running += 1
        self.asked.append((self.now, target.name))
        await asyncio.sleep(0)
        self.now += self.takes
        self.running -= 1
        verdict: Any = self.verdicts.get(target.name, "good")
        return Answer(verdict=verdict, round_trip=self.takes, bytes_in=self.cost, peer="10.0.0.1")

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        if self.now > 1010:
            self.has_waited.set()
        await asyncio.sleep(0)

    def source(self) -> ProbesSource:
        return ProbesSource(
            lambda: lambda: self.targets,
            self.ask,
            lambda: self.now,
            low_data=lambda: self.low_data,
            sleep=self.sleep,
            rng=random.Random(7),
        )

    async def run(self, source: ProbesSource, seconds: float) -> ProbesHeard:
        """Let the source work for some of its own seconds; return the last event."""
        end, events, last = self.now + seconds, source.events(), None
        async with asyncio.timeout(10):
            while self.now < end or last is None:
                last = await anext(events)
        await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]
        return last

    def times(self, name: str) -> list[float]:
        return [at for at, asked in self.asked if asked == name]


async def test_targets_are_asked_one_at_a_time_about_every_thirty_seconds() -> None:
    world = World("a", "b", "c")
    heard = await world.run(world.source(), 3000)
    assert [probe.state for probe in heard.probes] == ["good"] * 3
    for name in "abc":
        gaps = [later - before for before, later in itertools.pairwise(world.times(name))]
        assert 60 < len(gaps) < 140
        assert 0.8 * 30 <= min(gaps) and max(gaps) < 1.2 * 30 + 3
        assert len({round(gap, 3) for gap in gaps}) > 10, "jittered"


async def test_all_probes_are_there_at_once_and_the_first_are_spread() -> None:
    world = World("a", "b", "c", "d")
    events = world.source().events()
    first = await anext(events)
    assert [probe.state for probe in first.probes] == ["unknown"] * 4 and world.asked == []
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]
    await world.run(world.source(), 20)
    starts = [at for at, _ in world.asked[:4]]
    assert all(later - before >= module.GAP for before, later in itertools.pairwise(starts))
    assert starts[-1] - starts[0] <= module.FIRST_WITHIN


@pytest.mark.parametrize(("low_data", "budget"), [("", module.BUDGET), ("asked for", module.BUDGET_LOW)])
async def test_together_they_keep_to_their_budget(low_data: str, budget: float) -> None:
    world = World(*(f"t{n}" for n in range(24)), cost=5000)
    world.low_data = low_data
    source = world.source()
    began = world.now
    await world.run(source, 4000)
    assert source.bytes_in <= budget * (world.now - began + module.BURST) + world.cost
    assert {name for _, name in world.asked} == {f"t{n}" for n in range(24)}, "nobody starves"


async def test_low_data_mode_makes_them_seldom() -> None:
    world = World("a")
    world.low_data = "asked for"
    await world.run(world.source(), 6000)
    gaps = [later - before for before, later in itertools.pairwise(world.times("a"))]
    assert 0.8 * 300 <= min(gaps)


async def test_a_target_that_may_be_lost_is_asked_again_soon_and_one_that_is_lost_calmly() -> None:
    world = World("a")
    source = world.source()
    await world.run(source, 40)
    world.verdicts["a"] = "none"
    count = len(world.asked)
    heard = await world.run(source, 200)
    assert heard.probes[0].state == "down"
    later = [at for at, _ in world.asked[count:]]
    assert later[1] - later[0] < 7 and later[2] - later[1] > 20
    world.verdicts["a"] = "good"
    count = len(world.asked)
    heard = await world.run(source, 60)
    assert heard.probes[0].state == "good"
    back = [at for at, _ in world.asked[count:]]
    assert back[1] - back[0] < 7 and back[2] - back[1] < 7


async def test_targets_come_and_go_and_keep_their_history() -> None:
    world = World("a", "b")
    source = world.source()
    await world.run(source, 100)
    world.targets = Targets((world.targets.targets[1], *World("c").targets.targets), "Not probed: d.")
    heard = await world.run(source, 100)
    assert [probe.name for probe in heard.probes] == ["b", "c"] and heard.left_out == "Not probed: d."
    assert len(heard.probes[0].history) > len(heard.probes[1].history) > 0
    assert source.addresses == {"b": "10.0.0.1", "c": "10.0.0.1"}
    count = len(world.times("a"))
    await world.run(source, 100)
    assert len(world.times("a")) == count


async def test_without_targets_it_waits_and_looks_again() -> None:
    world = World()
    source = world.source()
    looking = asyncio.create_task(anext(source.events()))  # pyright: ignore[reportArgumentType]
    await world.has_waited.wait()
    assert not looking.done() and world.asked == []
    world.targets = World("a").targets
    async with asyncio.timeout(5):
        heard = await looking
    assert [probe.name for probe in heard.probes] == ["a"]


async def test_reconnect_now_asks_everybody_soon() -> None:
    world = World("a", "b")
    world.low_data = "asked for"
    source = world.source()
    await world.run(source, 60)
    count = len(world.asked)
    source.reconnect_now()
    began = world.now
    await world.run(source, 30)
    assert {name for at, name in world.asked[count:] if at < began + 15} == {"a", "b"}


async def test_reconnect_now_is_heard_while_the_source_waits() -> None:
    world = World("a")
    world.low_data = "asked for"
    source = world.source()
    naps: list[float] = []

    async def sleep(seconds: float) -> None:
        naps.append(seconds)
        world.now += seconds
        await asyncio.sleep(0)

    source._sleep = sleep
    await world.run(source, 500)
    assert max(naps) <= 5


async def test_a_clock_that_is_set_back_by_an_hour_does_not_stop_the_probes_for_it() -> None:
    world = World("a")
    source = world.source()
    await world.run(source, 60)
    world.now -= 3600
    before = len(world.times("a"))
    await world.run(source, 70)
    assert len(world.times("a")) >= before + 2
