"""Does what the story says: each act of a scenario on the part of the embedded robot that it concerns."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from functools import singledispatchmethod
from typing import Any

from spottui.sim.argo_git import Failure, Git
from spottui.sim.behaviour import Behaviour, Behaviours, short_name
from spottui.sim.kubelet_loop import Kubelet
from spottui.sim.link import Link, Shape, shape_of
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import resource
from spottui.sim.scenario import (
    Act,
    Commit,
    DeletePods,
    LinkSpec,
    MoveRobot,
    SetBehaviour,
    SetFault,
    SetImage,
    SetLink,
    SetPressure,
    SetRuntimes,
    SetSensor,
    Sync,
)
from spottui.sim.scenario_world import APPLICATIONS, World
from spottui.sim.spot_model import Spot

LOG = logging.getLogger("spottui.sim.story")
PODS = resource("pods")
GIT_FAILURES: Mapping[str, Failure] = {"up": "", "down": "dns", "half-open": "timeout", "reset": "refused"}
"""How the git servers fail by the mode of the uplink: without any radio not even names resolve."""
REGISTRY_FAILURES = {
    "up": "",
    "down": "no such host",
    "half-open": "i/o timeout",
    "reset": "dial tcp 10.3.0.11:443: connect: connection refused",
}


class Acts:
    """Performs acts."""

    def __init__(
        self, objects: Objects, world: World, kubelet: Kubelet, git: Git, spot: Spot, links: Mapping[str, Link]
    ) -> None:
        self._objects, self._world, self._kubelet = objects, world, kubelet
        self._git, self._spot, self._links = git, spot, links
        links["uplink"].listen(self._uplink_changed)
        links["operator"].listen(self._operator_changed)

    def perform(self, act: Act) -> None:
        """Do one act; one that cannot be done now is a line in the log, as the story goes on."""
        try:
            self._do(act)
        except (LookupError, ValueError) as error:
            LOG.warning("%s could not be done: %s", type(act).__name__, error)

    def set_link(self, name: str, spec: LinkSpec | SetLink) -> None:
        """Change a link."""
        figures = {"latency": spec.latency, "jitter": spec.jitter, "bandwidth": spec.bandwidth}
        self._links[name].set(shape_of(spec.to, **{key: one for key, one in figures.items() if one is not None}))

    def _uplink_changed(self, shape: Shape) -> None:
        """The uplink is no socket of ours: it is what git, the registry and the modem are like."""
        self._git.fail(GIT_FAILURES[shape.mode])
        self._kubelet.images.unreachable = REGISTRY_FAILURES[shape.mode]
        modem = self._spot.modem
        modem.quality, modem.sinr, modem.rsrp = (88.0, 14.2, -84.0) if shape.mode == "up" else (4.0, -6.5, -121.0)
        if shape.mode == "up" and shape.bandwidth:
            modem.quality, modem.sinr, modem.rsrp = 31.0, 3.1, -108.0

    def _operator_changed(self, shape: Shape) -> None:
        """The operator comes by the robot's own radio: it tells why the link is as it is."""
        wifi = self._spot.wifi
        is_slow = shape.mode == "up" and (shape.latency > 0.1 or shape.bandwidth > 0)
        wifi.signal = -93.0 if shape.mode != "up" else -82.0 if is_slow else -58.0
        wifi.rx_bits, wifi.tx_bits = (1e6, 0.5e6) if shape.mode != "up" or is_slow else (65e6, 52e6)

    @singledispatchmethod
    def _do(self, act: Any) -> None:
        raise LookupError(f"there is no act {type(act).__name__}")

    @_do.register
    def _(self, act: SetLink) -> None:
        self.set_link(act.link, act)

    @_do.register
    def _(self, act: MoveRobot) -> None:
        spot = self._spot
        if act.to == "walk":
            if act.mission:
                spot.start_mission(act.mission, repeats=True)
            else:
                spot.walk()
            return
        if spot.mission.status == "running":
            spot.mission.stop()
        {"stand": spot.stand, "sit": spot.sit, "dock": spot.dock, "undock": spot.undock}[act.to]()

    @_do.register
    def _(self, act: SetSensor) -> None:
        self.set_sensor(act.sensor, is_plugged=act.to == "plugged")

    def set_sensor(self, sensor: str, *, is_plugged: bool) -> None:
        """Plug or unplug a sensor, of the robot's or at the CORE I/O."""
        (self._kubelet.plug if is_plugged else self._kubelet.unplug)(sensor)
        with contextlib.suppress(LookupError):
            (self._spot.plug if is_plugged else self._spot.unplug)(sensor)

    @_do.register
    def _(self, act: SetFault) -> None:
        if act.to == "raised":
            self._spot.add_fault(act.fault, act.text, severity=act.severity)
        else:
            self._spot.clear_fault(act.fault)

    @_do.register
    def _(self, act: SetBehaviour) -> None:
        namespace, _, name = act.workload.partition("/")
        self._kubelet.behaviours.set(namespace, name, **act.set)

    @_do.register
    def _(self, act: SetImage) -> None:
        behaviours: Behaviours = self._kubelet.behaviours
        known = behaviours.images.get(act.image) or behaviours.images.get(short_name(act.image)) or Behaviour()
        behaviours.set_image(act.image, known.with_changes(act.set))

    @_do.register
    def _(self, act: Commit) -> None:
        sha = self._world.commit(act)
        LOG.info("%s is at %s: %s", act.application, sha[:7], act.message)
        if self._git.reachable:  # the git server's webhook gets through
            self.refresh(act.application)

    def refresh(self, application: str) -> None:
        """Have Argo CD compare an Application with git now."""
        self._edit_application(application, _ask_refresh)

    @_do.register
    def _(self, act: Sync) -> None:
        operation = {"initiatedBy": {"username": act.by}, "sync": {"syncStrategy": {"hook": {}}}}
        self._edit_application(act.application, lambda one: one.setdefault("operation", operation))

    def _edit_application(self, name: str, edit: Any) -> None:
        self._objects.change(APPLICATIONS, "argocd", name, edit)

    @_do.register
    def _(self, act: SetPressure) -> None:
        self._kubelet.set_pressure(act.node, act.kind, act.to == "on")

    @_do.register
    def _(self, act: SetRuntimes) -> None:
        self._kubelet.set_handlers(act.node, tuple(act.handlers))

    @_do.register
    def _(self, act: DeletePods) -> None:
        namespace, _, name = act.workload.partition("/")
        for pod in self._objects.all(PODS, namespace):
            if (pod["metadata"].get("labels") or {}).get("app.kubernetes.io/name") == name:
                self._objects.delete(PODS, namespace, pod["metadata"]["name"])


def _ask_refresh(application: Object) -> None:
    application["metadata"].setdefault("annotations", {})["argocd.argoproj.io/refresh"] = "normal"
