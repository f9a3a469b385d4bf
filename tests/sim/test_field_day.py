"""The scenario that people see first: what is wrong at its start, what happens when, and that the offered keys help."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from spottui.sim.link import Link
from spottui.sim.objects import Object
from spottui.sim.resources import resource
from spottui.sim.robot_parts import RobotParts
from spottui.sim.scenario_check import load
from spottui.sim.story_clock import StoryClock

PODS, DEPLOYMENTS = resource("pods"), resource("deployments", "apps")
NODES, EVENTS = resource("nodes"), resource("events")
APPLICATIONS = resource("applications", "argoproj.io")


class Day:
    """The field day, moved on by hand."""

    def __init__(self, seed: int = 7, wall: Callable[[StoryClock], float] = lambda clock: time.time()) -> None:
        self.links = {name: Link(name, seed=seed) for name in ("operator", "uplink")}
        self.parts = RobotParts(load("field-day"), self.links, seed, wall=wall)
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        self._tasks = [asyncio.get_running_loop().create_task(work) for work in self.parts.work()]
        await self.parts.warm_up(None)
        self.parts.begin(0)

    async def until(self, at: float) -> None:
        """Move the story on to a time of its own."""
        while (left := at - self.parts.story.elapsed) > 1e-6:
            await self.parts.clock.step(min(left, 5))

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def pod(self, namespace: str, start: str) -> Object:
        """Return the youngest pod whose name starts like this."""
        found = [one for one in self.parts.objects.all(PODS, namespace) if one["metadata"]["name"].startswith(start)]
        return max(found, key=lambda one: int(one["metadata"]["resourceVersion"]))

    def state(self, namespace: str, start: str) -> str:
        """Return how the pod's last container is: "running", or why it is not."""
        status = self.pod(namespace, start)["status"]
        ((word, more),) = status["containerStatuses"][-1]["state"].items()
        return more.get("reason", word)

    def app(self, name: str) -> tuple[str, str]:
        """Return an Application's sync and health."""
        status = self.parts.objects.get(APPLICATIONS, "argocd", name)["status"]
        return status["sync"]["status"], status["health"]["status"]

    def phase(self, name: str) -> str:
        """Return how an Application's last operation is."""
        return self.parts.objects.get(APPLICATIONS, "argocd", name)["status"]["operationState"]["phase"]

    def restart(self, namespace: str, name: str) -> None:
        """Do what `kubectl rollout restart` does."""

        def mark(one: Object) -> None:
            meta = one["spec"]["template"].setdefault("metadata", {})
            meta.setdefault("annotations", {})["kubectl.kubernetes.io/restartedAt"] = str(self.parts.clock.now())

        self.parts.objects.change(DEPLOYMENTS, namespace, name, mark)

    def sync(self, name: str) -> None:
        """Ask Argo CD for a sync."""
        operation = {"initiatedBy": {"username": "ana"}, "sync": {"syncStrategy": {"hook": {}}}}
        self.parts.objects.change(APPLICATIONS, "argocd", name, lambda one: one.__setitem__("operation", operation))

    def story(self) -> list[Any]:
        """Return what can be compared between two days: objects without what is made of the wall clock."""
        return sorted(
            (pod["metadata"]["namespace"], pod["metadata"]["name"], pod["metadata"]["uid"], pod["status"]["phase"])
            for pod in self.parts.objects.all(PODS)
        )


@contextlib.asynccontextmanager
async def a_day(seed: int = 7, wall: Callable[[StoryClock], float] = lambda clock: time.time()) -> AsyncIterator[Day]:
    day = Day(seed, wall)
    await day.begin()
    try:
        yield day
    finally:
        await day.end()


@pytest.fixture
async def day() -> AsyncIterator[Day]:
    async with a_day() as day:
        yield day


async def test_three_things_are_wrong_at_the_start_and_nothing_else(day: Day) -> None:
    unwell = {
        pod["metadata"]["name"].rsplit("-", 2)[0]
        for pod in day.parts.objects.all(PODS)
        if pod["status"]["phase"] not in ("Running", "Succeeded")
        and pod["metadata"]["ownerReferences"][0]["kind"] != "Job"  # one may be due at this very second
    }
    assert unwell == {"obstacle-filter", "thermal-reader"}
    waiting = day.pod("inspection", "thermal-reader")["status"]["initContainerStatuses"]
    assert waiting[0]["name"] == "wait-for-thermal-usb" and "running" in waiting[0]["state"]
    told = [one["message"] for one in day.parts.objects.all(EVENTS) if "obstacle" in one["involvedObject"]["name"]]
    assert any('no runtime for "wasmedge" is configured' in text for text in told)
    names = [one["metadata"]["name"] for one in day.parts.objects.all(APPLICATIONS)]
    assert len(names) == 7
    assert [name for name in names if day.app(name)[0] != "Synced"] == ["inspection"]
    assert day.parts.spot.body.behavior == "stepping" and day.parts.spot.mission.status == "running"


async def test_the_gauge_reader_runs_out_of_memory_within_a_minute_and_a_restart_helps_for_a_while(day: Day) -> None:
    await day.until(55)
    last = day.pod("inspection", "gauge-reader")["status"]["containerStatuses"][0]["lastState"]
    assert last["terminated"]["reason"] == "OOMKilled"
    day.restart("inspection", "gauge-reader")
    await day.until(70)
    restarted = day.pod("inspection", "gauge-reader")["status"]
    assert restarted["containerStatuses"][0]["restartCount"] == 0
    assert {"type": "Ready", "status": "True"}.items() <= next(
        one.items() for one in restarted["conditions"] if one["type"] == "Ready"
    )
    await day.until(110)
    assert day.pod("inspection", "gauge-reader")["status"]["containerStatuses"][0]["restartCount"] > 0


async def test_a_sync_brings_the_version_without_the_leak(day: Day) -> None:
    await day.until(55)
    day.sync("inspection")
    await day.until(75)
    assert day.pod("inspection", "gauge-reader")["spec"]["containers"][0]["image"].endswith(":1.8.1")
    await day.until(200)
    assert day.state("inspection", "gauge-reader") == "running"
    assert day.pod("inspection", "gauge-reader")["status"]["containerStatuses"][0]["restartCount"] == 0
    assert day.app("inspection")[0] == "Synced"


async def test_the_camera_is_unplugged_and_its_pod_waits_for_it_until_it_is_back(day: Day) -> None:
    await day.until(45)
    crashed = day.pod("perception", "cam-front")["status"]["containerStatuses"][0]
    assert crashed["restartCount"] or "waiting" in crashed["state"]
    day.restart("perception", "cam-front")
    await day.until(80)
    waits = day.pod("perception", "cam-front")["status"]
    assert waits["initContainerStatuses"][0]["state"].keys() == {"running"}
    assert any("frontleft" in name for name in day.parts.spot.faults.system)
    day.parts.story.happen("camera-plugged")
    await day.until(90)
    assert day.state("perception", "cam-front") == "running"


async def test_the_robot_docks_and_charges_after_a_minute_and_a_half(day: Day) -> None:
    await day.until(84)
    assert not day.parts.spot.is_docked
    charge = day.parts.spot.charge
    await day.until(140)
    assert day.parts.spot.is_docked and day.parts.spot.body.dock_power == "connected"
    assert day.parts.spot.charge >= charge - 5


async def test_a_commit_makes_navigation_out_of_sync_and_a_sync_deploys_it(day: Day) -> None:
    await day.until(149)
    assert day.app("navigation")[0] == "Synced"
    await day.until(165)
    assert day.app("navigation")[0] == "OutOfSync"
    day.sync("navigation")
    await day.until(190)
    assert day.app("navigation") == ("Synced", "Healthy")
    assert day.pod("navigation", "planner")["spec"]["containers"][0]["image"].endswith(":3.2.0")


async def test_the_filter_runs_once_the_node_has_its_runtime(day: Day) -> None:
    await day.until(179)
    assert day.state("wasm", "obstacle-filter") != "running"
    await day.until(230)
    assert day.state("wasm", "obstacle-filter") == "running"


async def test_the_link_drops_in_the_middle_of_a_sync_and_the_sync_ends_well_after_its_return(day: Day) -> None:
    await day.until(210)
    assert day.links["operator"].shape.latency > 0
    await day.until(241)
    assert not day.links["operator"].is_up and not day.links["uplink"].is_up
    assert day.phase("fleet") == "Running"
    await day.until(265)
    assert day.state("fleet", "uploader") in ("ErrImagePull", "ImagePullBackOff")
    assert day.phase("fleet") == "Running"
    await day.until(355)
    assert day.links["operator"].is_up and day.links["uplink"].is_up
    assert day.phase("fleet") == "Succeeded"
    assert day.app("fleet") == ("Synced", "Healthy")
    assert day.pod("fleet", "mission-bridge")["spec"]["containers"][0]["image"].endswith(":0.9.5")


async def test_the_disk_fills_and_is_freed(day: Day) -> None:
    def pressure() -> str:
        node = day.parts.objects.get(NODES, "", "core-io")
        return next(one["status"] for one in node["status"]["conditions"] if one["type"] == "DiskPressure")

    await day.until(359)
    assert pressure() == "False"
    await day.until(375)
    assert pressure() == "True"
    await day.until(394)
    assert any(pod["status"].get("reason") == "Evicted" for pod in day.parts.objects.all(PODS))
    await day.until(700)  # five minutes longer than it lasts: the kubelet's eviction-pressure-transition-period
    assert pressure() == "False"


async def test_it_goes_quiet_at_its_end_with_everything_mended_running(day: Day) -> None:
    for name in ("inspection", "navigation"):
        day.sync(name)
    day.parts.story.happen("thermal-plugged")
    await day.until(160)
    day.sync("navigation")
    await day.until(900)
    assert day.parts.story.next_at is None
    states = {name: day.app(name) for name in ("perception", "navigation", "inspection", "fleet", "filters")}
    assert set(states.values()) == {("Synced", "Healthy")}, states


async def test_the_same_seed_tells_the_same_day_and_another_one_another() -> None:
    days = []
    for seed in (7, 7, 8):
        async with a_day(seed, lambda clock: 1_800_000_000 + clock.now()) as day:
            await day.until(120)
            days.append(day.story())
    assert days[0] == days[1] != days[2]
