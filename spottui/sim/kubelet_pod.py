"""One pod on its node: sandbox, init containers, containers, restarts, and its end.

Level-triggered: `sync` looks at the whole pod and does what is next; what takes time calls back on the story clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spottui.sim.behaviour import Behaviour
from spottui.sim.controllers_pods import PODS
from spottui.sim.kubelet_command import with_command
from spottui.sim.kubelet_container import Container
from spottui.sim.kubelet_exits import Exits
from spottui.sim.kubelet_logs import Life
from spottui.sim.kubelet_probes import Probes
from spottui.sim.kubelet_restarts import Restarts
from spottui.sim.kubelet_sandbox import Sandbox
from spottui.sim.kubelet_start import Starter
from spottui.sim.kubelet_status import is_initialized, phase_of, status_of
from spottui.sim.objects import Object

if TYPE_CHECKING:
    from spottui.sim.kubelet_loop import Kubelet


class PodRun:
    """What the kubelet knows of one pod."""

    def __init__(self, kubelet: Kubelet, pod: Object, *, is_quick: bool) -> None:
        self.kubelet = kubelet
        self.pod = pod
        self.uid: str = pod["metadata"]["uid"]
        self.namespace: str = pod["metadata"]["namespace"]
        self.name: str = pod["metadata"]["name"]
        self.node: str = pod["spec"]["nodeName"]
        self.workload = kubelet.workload_of(pod)
        self.is_quick = is_quick
        """Everything happens at once and without events: for a cluster that has been there for long."""
        spec = pod["spec"]
        self.inits = [Container(one, is_init=True) for one in spec.get("initContainers") or ()]
        self.mains = [Container(one, is_init=False) for one in spec["containers"]]
        self.start_time = ""
        self._held: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self.is_stopping = False
        self.is_over = False
        self.reason = self.message = ""
        self._end_phase = ""
        self.sandbox, self.starter, self.restarts = Sandbox(self), Starter(self), Restarts(self)
        self._probes, self._exits = Probes(self), Exits(self)

    @property
    def containers(self) -> list[Container]:
        """All containers, init containers first."""
        return [*self.inits, *self.mains]

    @property
    def ip(self) -> str:
        """The pod's address; empty before its sandbox is there."""
        return self.sandbox.ip

    # -- time --------------------------------------------------------------------------------------

    def after(self, seconds: float, call: Callable[..., None], *args: Any) -> None:
        """Call back after story seconds, through the work queue; at once for a quick pod."""
        if self.is_quick:
            call(*args)
        else:
            self.later(seconds, call, *args)

    def later(self, seconds: float, call: Callable[..., None], *args: Any) -> None:
        """Call back after story seconds in any case."""
        self.kubelet.clock.call_later(seconds, lambda: self.kubelet.work.add(self._call, call, args))

    def _call(self, call: Callable[..., None], args: tuple[Any, ...]) -> None:
        if self.is_over or self.kubelet.runs.get(self.uid) is not self:
            return
        if self.kubelet.node(self.node).is_up:
            call(*args)
        else:
            self._held.append((call, args))

    def wake(self) -> None:
        """Do what came due while the kubelet was down."""
        held, self._held = self._held, []
        for call, args in held:
            self._call(call, args)
        self.sync()

    # -- what is next ------------------------------------------------------------------------------

    def sync(self) -> None:
        """Do what is next for the pod, and write its status."""
        if self.is_over:
            return
        if not self.start_time:
            self.start_time = self.kubelet.stamp()
            self._watch_deadline()
        if "deletionTimestamp" in self.pod["metadata"]:
            self.stop()
            return
        if not self.is_stopping and self.sandbox.ensure():
            self._start_next()
        self._finish_if_done()
        if not self.is_over:
            self.publish()
        self.is_quick = False

    def _start_next(self) -> None:
        for one in self.inits:
            if not is_initialized(one) and not one.is_running and not one.is_busy:
                if one.exit_code and self.policy == "Never":
                    return
                self.starter.start(one)
                self._skip_if_quick(one)
            if not is_initialized(one):
                return
        for one in self.mains:
            if not one.is_running and not one.is_busy and "terminated" not in one.state:
                self.starter.start(one)

    def _skip_if_quick(self, one: Container) -> None:
        """Let an init container of a quick pod have ended already."""
        lacks = one.life is not None and self.kubelet.lacks(self.node, one.life.behaviour.needs_sensor)
        if self.is_quick and one.is_running and one.life is not None and not one.is_sidecar and not lacks:
            one.life.end(self.kubelet.clock.now())
            one.end(0, "Completed", self.kubelet.stamp())

    @property
    def policy(self) -> str:
        """The pod's restartPolicy."""
        return self.pod["spec"].get("restartPolicy", "Always")

    def _finish_if_done(self) -> None:
        phase = phase_of(self.inits, self.mains, self.policy)
        if phase not in ("Succeeded", "Failed") or self.is_stopping:
            return
        running = [one for one in self.containers if one.is_running]
        if running:  # sidecars go last
            self.is_stopping, self._end_phase = True, phase
            for one in running:
                self._terminate(one, 30.0)
            return
        self.finish(phase)

    def finish(self, phase: str, reason: str = "", message: str = "") -> None:
        """Let the pod have ended; nothing of it runs on."""
        self.sandbox.is_up = False
        self._end_phase, self.reason, self.message = phase, reason, message
        self.publish()
        self.is_over = True

    # -- containers --------------------------------------------------------------------------------

    def behaviour(self, one: Container) -> Behaviour:
        """Return how a container is to behave now."""
        found = self.kubelet.behaviours.of(self.pod, one.spec, self.workload, is_wasm=self.sandbox.is_wasm)
        return with_command(found, one.spec, is_init=one.is_init)

    def started(self, one: Container, does: Behaviour) -> None:
        """Take in that a container runs."""
        names = {"pod": self.name, "container": one.name, "node": self.node}
        life = Life(one.id, does, self.kubelet.clock.now(), names, self.kubelet.timeline.wall_at)
        one.run(life, self.kubelet.stamp())
        self._exits.arm(one)
        self._probes.begin(one)
        if not self.is_quick:
            self.sync()

    def close(self, one: Container, code: int, reason: str, words: tuple[str, ...] = ()) -> None:
        """Take in that a container's process has exited, with its last words."""
        now = self.kubelet.clock.now()
        age = 0.0
        if one.life is not None:
            one.life.end(now, words)
            age = now - one.life.started
        one.end(code, reason, self.kubelet.stamp())
        self.ended(one, age)

    def ended(self, one: Container, age: float) -> None:
        """Take in that a container has ended, `age` seconds after its start."""
        one.is_busy = False
        if self.is_stopping:
            self._after_stop()
            return
        self.restarts.consider(one, age)
        self.sync()

    def end_by_shell(self, one: Container, code: int) -> None:
        """Take in that the shell that is a container's own process was left."""
        if one.is_running:
            self.close(one, code, "Error" if code else "Completed")

    def end_by_signal(self, one: Container) -> None:
        """Take in that somebody killed a container's own process."""
        self.end_by_shell(one, 143)

    def reconsider(self) -> None:
        """Take in changed behaviours, or a sensor that was plugged or unplugged."""
        if self.is_over or self.is_stopping:
            return
        for one in self.containers:
            if one.life is None or not one.is_running:
                continue
            does = self.behaviour(one)
            if does != one.life.behaviour:
                one.life.change(does, self.kubelet.clock.now())
            self._exits.arm(one)
            self._probes.again(one)
        if not self.sandbox.is_up:
            self.sandbox.again()

    # -- the end -----------------------------------------------------------------------------------

    def _watch_deadline(self) -> None:
        seconds = self.pod["spec"].get("activeDeadlineSeconds")
        if seconds is not None:
            self.later(seconds, self._deadline)

    def _deadline(self) -> None:
        said = "Pod was active on the node longer than the specified deadline"
        self.kubelet.recorder.record(self.pod, PODS, "DeadlineExceeded", said, host=self.node)
        self.end_now("Failed", "DeadlineExceeded", said)

    def end_now(self, phase: str, reason: str, message: str) -> None:
        """Kill what runs and let the pod have ended."""
        self.is_stopping = True
        for one in self.containers:
            if one.is_running:
                self.record(one, "Killing", f"Stopping container {one.name}")
                if one.life is not None:
                    one.life.end(self.kubelet.clock.now())
                one.end(137, "Error", self.kubelet.stamp())
        self.finish(phase, reason, message)

    def stop(self) -> None:
        """Begin or hasten the pod's graceful end."""
        grace = float(self.pod["metadata"].get("deletionGracePeriodSeconds") or 0)
        running = [one for one in self.containers if one.is_running]
        if self.is_stopping and grace and running:
            return
        self.is_stopping = True
        for one in running:
            self._terminate(one, grace)
        if not running:
            self._after_stop()

    def _terminate(self, one: Container, grace: float) -> None:
        self.record(one, "Killing", f"Stopping container {one.name}")
        slow = self.behaviour(one).stop_seconds
        self.later(min(slow, grace), self._stopped, one, one.epoch, 137 if slow > grace else 0)

    def _stopped(self, one: Container, epoch: int, code: int) -> None:
        if epoch == one.epoch and one.is_running:
            self.close(one, code, "Error" if code else "Completed")

    def _after_stop(self) -> None:
        if any(one.is_running for one in self.containers):
            self.publish()
            return
        if "deletionTimestamp" in self.pod["metadata"]:
            if any(one.has_run for one in self.mains):
                self.finish("Failed" if any(one.exit_code for one in self.mains) else "Succeeded")
            self.is_over = True
            self.kubelet.gone(self)
        else:
            self.finish(self._end_phase or phase_of(self.inits, self.mains, self.policy))

    # -- telling -----------------------------------------------------------------------------------

    def record(self, one: Container, reason: str, message: str, *, warning: bool = False) -> None:
        """Write an event about a container."""
        if not self.is_quick:
            field = f"spec.{'initContainers' if one.is_init else 'containers'}{{{one.name}}}"
            recorder = self.kubelet.recorder
            recorder.record(self.pod, PODS, reason, message, warning=warning, host=self.node, field=field)

    def publish(self) -> None:
        """Write the pod's status if it changed."""
        state = self.kubelet.node(self.node)
        found = self.kubelet.objects.find(PODS, self.namespace, self.name)
        if found is None or found["metadata"]["uid"] != self.uid or not state.is_up:
            return
        status = status_of(
            found,
            self.inits,
            self.mains,
            phase=self._end_phase or phase_of(self.inits, self.mains, self.policy),
            stamp=self.kubelet.stamp(),
            has_sandbox=self.sandbox.is_up,
            had_sandbox=self.sandbox.was_up,
            addresses=(state.address, self.ip),
            start_time=self.start_time,
            reason=self.reason,
            message=self.message,
        )
        if status != found.get("status"):
            self.pod = self.kubelet.objects.replace(PODS, {**found, "status": status})
