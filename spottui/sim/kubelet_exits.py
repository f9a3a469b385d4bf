"""When and how a container ends by itself: done, crashed, out of memory, or without its sensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spottui.sim.kubelet_container import Container
from spottui.sim.kubelet_usage import oom_after

if TYPE_CHECKING:
    from spottui.sim.kubelet_pod import PodRun

SENSOR_PATIENCE = 2.0
"""Seconds until a container gives up a sensor that is not there."""


class Exits:
    """Times the exits of one pod's containers; one timer each, set anew when something changes."""

    def __init__(self, pod: PodRun) -> None:
        self._pod = pod

    def arm(self, one: Container) -> None:
        """Set the timer of the next thing that ends a container by itself."""
        life = one.life
        if life is None:
            return
        does, age = life.behaviour, self._pod.kubelet.clock.now() - life.started
        ends: list[tuple[float, int, str]] = []
        lacks = self._pod.kubelet.lacks(self._pod.node, does.needs_sensor)
        if one.is_init and does.needs_sensor:
            ends += [] if lacks else [(max(age, does.finish_after or 0.0) + 0.3, 0, "done")]
        else:
            if lacks:
                ends.append((max(age + 0.2, SENSOR_PATIENCE), does.exit_code, "sensor"))
            if does.crash_after is not None:
                ends.append((does.crash_after, does.exit_code, "crash"))
            if does.finish_after is not None:
                ends.append((does.finish_after, 0, "done"))
        memory = oom_after(one)
        if memory is not None:
            ends.append((memory, 137, "oom"))
        one.epoch_exit += 1
        if ends:
            when, code, why = min(ends)
            self._pod.later(max(0.0, when - age), self._exit, one, one.epoch, one.epoch_exit, code, why)

    def _exit(self, one: Container, epoch: int, epoch_exit: int, code: int, why: str) -> None:
        if epoch != one.epoch or epoch_exit != one.epoch_exit or one.life is None or not one.is_running:
            return
        does = one.life.behaviour
        words = does.crash_logs if code else ()
        if why == "sensor":
            device = f"/dev/sensors/{does.needs_sensor}"
            said = f'level=error msg="sensor {does.needs_sensor} is missing: no frames on {device}"'
            words = (*words, said)
        reason = "OOMKilled" if why == "oom" else ("Error" if code else "Completed")
        self._pod.close(one, code, reason, () if why == "oom" else words)
