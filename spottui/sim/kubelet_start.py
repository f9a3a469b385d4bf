"""The start of a container: its image, its configuration, its creation; and what is said when one of them fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spottui.sim.behaviour import Behaviour
from spottui.sim.kubelet_container import Container, go_duration
from spottui.sim.kubelet_images import FIRST_BACK_OFF, LONGEST_BACK_OFF
from spottui.sim.resources import resource

if TYPE_CHECKING:
    from spottui.sim.kubelet_pod import PodRun

CONFIG_MAPS, SECRETS = resource("configmaps"), resource("secrets")
SYNC = 12.0
"""Story seconds until the kubelet looks again at a pod that it could not start."""
PULLED = 'Container image "{image}" already present on machine and can be accessed by the pod'


class Starter:
    """Starts the containers of one pod."""

    def __init__(self, pod: PodRun) -> None:
        self._pod = pod

    def start(self, one: Container) -> None:
        """Begin to start a container: with its image."""
        one.is_busy = True
        images, node = self._pod.kubelet.images, self._pod.node
        policy, has = one.spec.get("imagePullPolicy", "IfNotPresent"), images.has(node, one.image)
        if self._pod.is_quick:
            images.add(node, one.image, self._pod.behaviour(one).image_size)
            has, policy = True, "IfNotPresent"
        if has and policy != "Always":
            self._pod.record(one, "Pulled", PULLED.format(image=one.image))
            self._configure(one)
        elif policy == "Never":
            said = f'Container image "{one.image}" is not present with pull policy of Never'
            one.wait("ErrImageNeverPull", said)
            self._pod.record(one, "ErrImageNeverPull", said, warning=True)
            self._pod.record(one, "Failed", "Error: ErrImageNeverPull", warning=True)
            self._later(SYNC, one)
        else:
            self._pull(one, has)

    def _pull(self, one: Container, has: bool) -> None:
        does = self._pod.behaviour(one)
        self._pod.record(one, "Pulling", f'Pulling image "{one.image}"')
        why = self._pod.kubelet.images.failure(one.image, does)
        seconds = 0.4 if why or has else does.pull_seconds * self._pod.kubelet.rng.uniform(0.85, 1.2)
        self._pod.after(seconds, self._pulled, one, one.epoch, seconds, self._pod.kubelet.clock.now())

    def _pulled(self, one: Container, epoch: int, seconds: float, since: float) -> None:
        if epoch != one.epoch or self._pod.is_stopping:
            return
        images, does = self._pod.kubelet.images, self._pod.behaviour(one)
        why = images.failure(one.image, does)
        if why:
            self._pod.record(one, "Failed", f'Failed to pull image "{one.image}": {why}', warning=True)
            self._pod.record(one, "Failed", "Error: ErrImagePull", warning=True)
            one.wait("ErrImagePull", why)
            self._pod.after(1.0, self._back_off, one, epoch, why)
            self._pod.publish()
            return
        one.pull_back_off = 0.0
        images.add(self._pod.node, one.image, does.image_size)
        took = go_duration(seconds)
        said = f'Successfully pulled image "{one.image}" in {took} ({took} including waiting). '
        self._pod.record(one, "Pulled", said + f"Image size: {does.image_size} bytes.")
        self._configure(one)

    def _back_off(self, one: Container, epoch: int, why: str) -> None:
        if epoch != one.epoch or self._pod.is_stopping:
            return
        one.pull_back_off = min(LONGEST_BACK_OFF, one.pull_back_off * 2) if one.pull_back_off else FIRST_BACK_OFF
        said = f'Back-off pulling image "{one.image}"'
        self._pod.record(one, "BackOff", said)
        self._pod.record(one, "Failed", "Error: ImagePullBackOff", warning=True)
        one.wait("ImagePullBackOff", f"{said}: ErrImagePull: {why}")
        self._later(one.pull_back_off, one)
        self._pod.publish()

    def _later(self, seconds: float, one: Container) -> None:
        self._pod.after(seconds, self._retry, one, one.epoch)

    def _retry(self, one: Container, epoch: int) -> None:
        if epoch == one.epoch and not self._pod.is_stopping:
            self.start(one)
            self._pod.publish()

    def _configure(self, one: Container) -> None:
        """Look whether what its environment names is there, then create it."""
        missing = self._missing(one)
        if missing:
            self._pod.record(one, "Failed", f"Error: {missing}", warning=True)
            one.wait("CreateContainerConfigError", missing)
            self._later(SYNC, one)
            self._pod.publish()
            return
        self._pod.after(self._pod.behaviour(one).start, self._create, one, one.epoch)

    def _missing(self, one: Container) -> str:
        objects, namespace = self._pod.kubelet.objects, self._pod.namespace
        for source in one.spec.get("envFrom") or ():
            for field, kind in (("configMapRef", CONFIG_MAPS), ("secretRef", SECRETS)):
                wanted = source.get(field)
                if wanted and not wanted.get("optional") and objects.find(kind, namespace, wanted["name"]) is None:
                    return f'{kind.kind.lower()} "{wanted["name"]}" not found'
        for variable in one.spec.get("env") or ():
            source = variable.get("valueFrom") or {}
            for field, kind in (("configMapKeyRef", CONFIG_MAPS), ("secretKeyRef", SECRETS)):
                wanted = source.get(field)
                if not wanted or wanted.get("optional"):
                    continue
                found = objects.find(kind, namespace, wanted["name"])
                if found is None:
                    return f'{kind.kind.lower()} "{wanted["name"]}" not found'
                if wanted["key"] not in {**(found.get("data") or {}), **(found.get("binaryData") or {})}:
                    word = "ConfigMap" if kind is CONFIG_MAPS else "Secret"
                    return f"couldn't find key {wanted['key']} in {word} {namespace}/{wanted['name']}"
        return ""

    def _create(self, one: Container, epoch: int) -> None:
        if epoch != one.epoch or self._pod.is_stopping:
            return
        kubelet = self._pod.kubelet
        does = self._pod.behaviour(one)
        one.id = f"{kubelet.rng.getrandbits(256):064x}"
        one.restarts += bool(one.lives or one.last_state)
        self._pod.record(one, "Created", "Container created")
        if does.start_error:
            self._cannot_start(one, does)
            return
        self._pod.record(one, "Started", "Container started")
        self._pod.started(one, does)

    def _cannot_start(self, one: Container, does: Behaviour) -> None:
        said = f"failed to create containerd task: failed to create shim task: {does.start_error}"
        self._pod.record(one, "Failed", f"Error: {said}", warning=True)
        stamp = self._pod.kubelet.stamp()
        one.end(128, "StartError", stamp, said)
        one.state["terminated"]["startedAt"] = "1970-01-01T00:00:00Z"
        one.last_state = one.state
        one.state = {}
        one.wait("RunContainerError", said)
        self._pod.ended(one, 0.0)
