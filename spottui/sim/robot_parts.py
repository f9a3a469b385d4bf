"""What the embedded robot is made of, and how it came to be as it is when the story begins.

The cluster is laid out hours before the story, and lives through its last minutes in no time: what is broken at the
start has been broken for a while, with the events that tell of it, and every age is plausible.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any

from spottui.sim.api_defaults import fill_defaults
from spottui.sim.argo_controller import ArgoController
from spottui.sim.argo_git import Git
from spottui.sim.behaviour import IMAGES, Behaviour, short_name
from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_loop import Controllers
from spottui.sim.kubelet_loop import Kubelet
from spottui.sim.link import Link
from spottui.sim.objects import Object, Objects, copy_of
from spottui.sim.resources import Resource, resource
from spottui.sim.scale import Crowd
from spottui.sim.scenario import Scenario
from spottui.sim.scenario_acts import Acts
from spottui.sim.scenario_story import Story
from spottui.sim.scenario_world import World
from spottui.sim.spin_operator import SpinOperator
from spottui.sim.spot_model import Spot
from spottui.sim.story_clock import StoryClock
from spottui.sim.wasm_provisioner import INSTALLERS, RuntimeClassManager

EVENTS = resource("events")
AGE = 5 * 3600.0
"""Seconds for which the cluster has been there when the story begins."""
SETTLING = 15.0
"""Story seconds in which everything comes up."""
BEFORE = 100.0
"""Story seconds that are lived through right before the story."""


class RobotParts:
    """All parts, joined; nothing runs yet."""

    def __init__(
        self,
        scenario: Scenario,
        links: Mapping[str, Link],
        seed: int,
        *,
        wall: Callable[[StoryClock], float] = lambda clock: time.time(),
    ) -> None:
        """Make the parts.

        Args:
            wall: Seconds since the epoch. With the same seed and the same times of day the same happens: CronJobs
                go by the wall clock.
        """
        self._scenario = scenario
        self._past = PastClock(wall)
        clock = self.clock = StoryClock(speed=0, wall=self._past.wall)
        self._past.clock = clock
        rng = random.Random(f"robot-{seed}")
        objects = self.objects = Objects(clock.wall, seed=seed)
        self.controllers = Controllers(objects, clock)
        clock.is_busy = lambda: bool(self.controllers.work)
        self.kubelet = Kubelet(objects, clock, rng, _images(scenario), work=self.controllers.work)
        self.spin_operator = SpinOperator(objects, clock, self.controllers.work)
        self.runtime_class_manager = RuntimeClassManager(objects, self.kubelet)
        self.git = Git(clock.wall)
        self.argo = ArgoController(objects, clock, self.git, admit=_admit, seed=seed)
        self.spot = Spot(clock, seed=seed, name=scenario.robot.name, charge=scenario.robot.battery)
        self.world = World(scenario, objects, self.git)
        self.acts = Acts(objects, self.world, self.kubelet, self.git, self.spot, links)
        self.story = Story(clock, scenario.event, scenario.story, self.acts.perform, repeat_after=scenario.repeat_after)

    def work(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Yield what has to run all the time, beside the clock."""
        yield self.controllers.run()
        yield self.argo.run()

    @property
    def _recorders(self) -> list[Recorder]:
        return [*self.controllers.recorders, self.kubelet.recorder, self.spin_operator.recorder]

    async def warm_up(self, crowd: Crowd | None) -> None:
        """Lay everything out, and a crowd of pods where one is wished for; live through what was before the story."""
        for workload in self._scenario.workload:
            if workload.sensor:
                self.kubelet.behaviours.set(workload.namespace, workload.name, needs_sensor=workload.sensor)
            if workload.behaviour:
                self.kubelet.behaviours.set(workload.namespace, workload.name, **workload.behaviour)
        self._settle(True)
        self.world.lay_out()
        if crowd is not None:
            crowd.gather()
        for sensor in self._scenario.robot.unplugged:
            self.acts.set_sensor(sensor, is_plugged=False)
        await self.clock.step(SETTLING)
        self._settle(False)
        self._past.begin_last_minutes()
        for namespace, name in self.objects.keys(EVENTS):  # hours old: a cluster has forgotten them
            self.objects.remove(EVENTS, namespace, name)
        for application in self._scenario.application:
            for commit in application.behind:
                self.acts.perform(commit)
        await self.clock.step(BEFORE - 20)
        self._place_robot()
        for application in self._scenario.application:
            self.acts.refresh(application.name)
        await self.clock.step(20)

    def _settle(self, is_settled: bool) -> None:
        self.kubelet.is_settled = is_settled
        for recorder in self._recorders:
            recorder.is_quiet = is_settled

    def _place_robot(self) -> None:
        robot, spot = self._scenario.robot, self.spot
        spot.place(robot.state)
        spot.charge = robot.battery
        if robot.mission:
            spot.start_mission(robot.mission, repeats=True)

    def begin(self, speed: float) -> None:
        """Let the links be as the scenario has them, and the story begin."""
        self._past.is_over = True
        for name, spec in self._scenario.links.items():
            self.acts.set_link(name, spec)
        self.story.start()
        self.clock.speed = speed


class PastClock:
    """Tells wall-clock times of what happened before the story: hours ago first, then the last minutes."""

    def __init__(self, wall: Callable[[StoryClock], float]) -> None:
        self.is_over = False
        self.clock = StoryClock(speed=0)
        self._wall = wall
        self._started = wall(self.clock)
        self._shift = -AGE

    def begin_last_minutes(self) -> None:
        """From now on the story's time leads up to the present."""
        self._shift = -SETTLING - BEFORE

    def wall(self) -> float:
        """Return seconds since the epoch; never goes back."""
        if self.is_over:
            return self._wall(self.clock)
        return self._started + self._shift + self.clock.now()


def _images(scenario: Scenario) -> dict[str, Behaviour]:
    """Return the behaviours of images; a whole reference begins with what its short name has."""
    images = {**IMAGES, **INSTALLERS}
    for name, changes in sorted(scenario.image.items(), key=lambda one: len(short_name(one[0])) < len(one[0])):
        images[name] = images.get(short_name(name), Behaviour()).with_changes(changes)
    return images


def _admit(kind: Resource, new: Object, old: Object | None) -> Object:
    """Fill in what the API server would."""
    made = copy_of(new)
    fill_defaults(kind, made)
    return made
