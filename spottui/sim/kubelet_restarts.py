"""Whether and when a container that has ended is started again, and what kills one for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spottui.sim.kubelet_container import Container, grace_text

if TYPE_CHECKING:
    from spottui.sim.kubelet_pod import PodRun


class Restarts:
    """Starts the ended containers of one pod again, after their back-off."""

    def __init__(self, pod: PodRun) -> None:
        self._pod = pod

    def consider(self, one: Container, age: float) -> None:
        """Start a container that has ended again, or not; `age` is how long it ran."""
        code = one.exit_code if one.exit_code is not None else 128
        policy = "Always" if one.is_sidecar else self._pod.policy
        restarts = policy == "Always" or (policy == "OnFailure" and code != 0)
        if one.is_init and not one.is_sidecar:
            restarts = code != 0 and self._pod.policy != "Never"
        if "waiting" in one.state and not restarts:
            one.state = one.last_state
        if restarts:
            one.is_busy = True
            self._pod.later(1.0, self._restart, one, one.epoch, age)

    def _restart(self, one: Container, epoch: int, age: float) -> None:
        pod = self._pod
        if epoch != one.epoch or pod.is_stopping:
            return
        wait = one.next_back_off(age)
        if not wait:
            pod.starter.start(one)
            pod.publish()
            return
        where = f"{pod.name}_{pod.namespace}({pod.uid})"
        pod.record(one, "BackOff", f"Back-off restarting failed container {one.name} in pod {where}", warning=True)
        said = f"back-off {grace_text(wait)} restarting failed container={one.name} pod={where}"
        one.wait("CrashLoopBackOff", said)
        pod.later(wait, self._start_again, one, one.epoch)
        pod.publish()

    def _start_again(self, one: Container, epoch: int) -> None:
        if epoch == one.epoch and not self._pod.is_stopping:
            self._pod.starter.start(one)
            self._pod.publish()

    def kill(self, one: Container, why: str) -> None:
        """Kill a container that is to be started again."""
        self._pod.record(one, "Killing", why)
        does = self._pod.behaviour(one)
        grace = float(self._pod.pod["spec"].get("terminationGracePeriodSeconds", 30))
        code = 137 if does.stop_seconds > grace else 143
        self._pod.later(min(does.stop_seconds, grace), self._killed, one, one.epoch, code)

    def _killed(self, one: Container, epoch: int, code: int) -> None:
        if epoch == one.epoch and one.is_running:
            self._pod.close(one, code, "Error")
