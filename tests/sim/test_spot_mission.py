"""Missions of the simulated Spot: how they drive it, wait, pause and end."""

from __future__ import annotations

import pytest

from spottui.sim.spot_mission import Step
from spottui.sim.spot_model import Spot
from spottui.sim.story_clock import StoryClock


@pytest.fixture
def clock() -> StoryClock:
    return StoryClock(speed=0)


@pytest.fixture
def spot(clock: StoryClock) -> Spot:
    return Spot(clock)


async def at(clock: StoryClock, spot: Spot, seconds: float) -> None:
    await clock.step(seconds)
    spot.settle()


async def test_a_mission_drives_the_robot_through_its_steps_and_waits_for_charge(clock: StoryClock, spot: Spot) -> None:
    spot.charge = 30.0
    steps = [Step("Go", "walk", 60), Step("Look", "look", 10), Step("Home", "dock"), Step("Rest", "charge", until=45)]
    spot.mission.load("Round", steps)
    assert (spot.mission.status, spot.mission.ticks) == ("none", -1)
    spot.mission.start()
    await at(clock, spot, 50)
    assert spot.body.behavior == "stepping" and spot.mission.at == 0 and spot.mission.ticks == 250
    await at(clock, spot, 30)
    assert spot.mission.at == 2 and spot.body.dock_status == "docking"
    await at(clock, spot, 90)
    assert spot.mission.status == "running" and spot.mission.at == 3 and spot.is_docked
    assert "charge" in spot.mission.texts[0].text and spot.mission.texts[0].level == "info"
    assert spot.leases.holders["body"].client  # a mission goes on: nobody else may have the body
    await at(clock, spot, 3600)
    assert spot.mission.status == "success" and spot.charge > 45
    assert not spot.leases.holders["body"].client


async def test_a_pause_stands_still_and_repeats_its_step(clock: StoryClock, spot: Spot) -> None:
    spot.start_mission()
    await clock.step(20)
    spot.mission.pause()
    ticks = spot.mission.ticks
    await at(clock, spot, 500)
    assert (spot.mission.status, spot.mission.at, spot.mission.ticks) == ("paused", 0, ticks)
    assert spot.body.behavior == "standing"
    spot.mission.resume()
    await clock.step(10)
    assert spot.mission.status == "running" and spot.body.behavior == "stepping"
    spot.mission.fail("No way to pump hall", as_error=True)
    assert (spot.mission.status, spot.mission.error) == ("error", "No way to pump hall")
    await clock.step(500)
    assert spot.mission.status == "error"


async def test_a_service_fault_that_impairs_navigation_ends_the_mission(clock: StoryClock, spot: Spot) -> None:
    spot.start_mission()
    await at(clock, spot, 30)
    spot.add_fault("gps_lost", service="gps", attributes=("gps",))
    spot.settle()
    assert spot.mission.status == "running"
    spot.add_fault("map_lost", service="gps", attributes=("impair_navigation",))
    spot.settle()
    assert spot.mission.status == "failure" and spot.body.behavior == "standing"


async def test_a_round_that_repeats_begins_again(clock: StoryClock, spot: Spot) -> None:
    spot.mission.load("Round", [Step("A", "walk", 30), Step("B", "look", 10)], repeats=True)
    spot.mission.start()
    seen = []
    for _ in range(19):
        seen.append(spot.mission.at)
        await clock.step(4.5)
    assert [place for place, before in zip(seen, [None, *seen], strict=False) if place != before] == [0, 1, 0, 1, 0]
    assert spot.mission.status == "running"
