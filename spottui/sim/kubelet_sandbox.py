"""A pod's sandbox: volumes, runtime handler and address; and what is said when it cannot be made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spottui.sim.controllers_pods import PODS, RUNTIME_CLASSES
from spottui.sim.resources import resource

if TYPE_CHECKING:
    from spottui.sim.kubelet_pod import PodRun

CONFIG_MAPS, SECRETS, CLAIMS = resource("configmaps"), resource("secrets"), resource("persistentvolumeclaims")
ENGINES = {"spin", "slight", "wws", "lunatic", "wasmtime", "wasmedge", "wasmer", "wamr", "wasm"}
FIRST_MOUNT_RETRY, LONGEST_MOUNT_RETRY = 0.5, 122.0


class Sandbox:
    """The sandbox of one pod."""

    def __init__(self, pod: PodRun) -> None:
        self._pod = pod
        self.is_up = self.was_up = False
        self.ip = ""
        self._is_waiting = False
        self._mount_retry = FIRST_MOUNT_RETRY
        self.handler = self._handler_of(pod)
        self.is_wasm = bool(ENGINES & set(re.split(r"[-_./]", self.handler.lower())))

    @staticmethod
    def _handler_of(pod: PodRun) -> str:
        """Return the runtime handler that the pod's RuntimeClass names; empty is the default one."""
        name = pod.pod["spec"].get("runtimeClassName")
        found = pod.kubelet.objects.find(RUNTIME_CLASSES, "", name) if name else None
        return found["handler"] if found else (name or "")

    def ensure(self) -> bool:
        """Make the sandbox unless something hinders; return whether it is there."""
        if self.is_up or self._is_waiting:
            return self.is_up
        mount = self._mount_trouble()
        if mount:
            self._say("FailedMount", mount)
            self._wait(self._mount_retry)
            self._mount_retry = min(LONGEST_MOUNT_RETRY, self._mount_retry * 2)
            return False
        trouble = self._runtime_trouble()
        if trouble:
            self._say("FailedCreatePodSandBox", f"Failed to create pod sandbox: {trouble}")
            self._wait(self._pod.kubelet.rng.uniform(11.0, 15.0))
            return False
        self.is_up = self.was_up = True
        is_host = self._pod.pod["spec"].get("hostNetwork")
        self.ip = (
            self._pod.kubelet.node(self._pod.node).address if is_host else self._pod.kubelet.new_address(self._pod.node)
        )
        return True

    def again(self) -> None:
        """Try again at once: something that hindered may be gone."""
        if self._is_waiting:
            self._is_waiting = False
            self._pod.kubelet.work.add(self._pod.sync)

    def _wait(self, seconds: float) -> None:
        self._is_waiting = True
        self._pod.later(seconds, self._due)

    def _due(self) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self._pod.sync()

    def _say(self, reason: str, message: str) -> None:
        pod = self._pod
        pod.kubelet.recorder.record(pod.pod, PODS, reason, message, warning=True, host=pod.node)

    def _mount_trouble(self) -> str:
        objects, namespace, node = self._pod.kubelet.objects, self._pod.namespace, self._pod.node
        for volume in self._pod.pod["spec"].get("volumes") or ():
            head = f'MountVolume.SetUp failed for volume "{volume["name"]}" : '
            for field, key, kind in (("configMap", "name", CONFIG_MAPS), ("secret", "secretName", SECRETS)):
                source = volume.get(field)
                if source and not source.get("optional") and objects.find(kind, namespace, source[key]) is None:
                    return f'{head}{kind.kind.lower()} "{source[key]}" not found'
            host = volume.get("hostPath") or {}
            if host.get("type") in ("CharDevice", "BlockDevice") and self._pod.kubelet.lacks_path(node, host["path"]):
                what = "character" if host["type"] == "CharDevice" else "block"
                why = f"{host['path']} is not a {what} device, unable to determine its type"
                return f'{head}hostPath type check failed, {why}: path "{host["path"]}" does not exist'
        return ""

    def _runtime_trouble(self) -> str:
        pod = self._pod
        name = pod.pod["spec"].get("runtimeClassName")
        if not name:
            return ""
        found = pod.kubelet.objects.find(RUNTIME_CLASSES, "", name)
        if found is None:
            return f'failed to get sandbox runtime: RuntimeClass "{name}" not found'
        if pod.kubelet.has_handler(pod.node, found["handler"]):
            return ""
        id_ = f"{pod.kubelet.rng.getrandbits(256):064x}"
        head = f'rpc error: code = Unknown desc = unable to get OCI runtime for sandbox "{id_}": '
        return f'{head}no runtime for "{found["handler"]}" is configured'
