"""Pods for the real node, and what is known of them; asks the API server only."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from spottui.records import KubeEvent, Pod
from spottui.sources.kube_objects import decode_list
from tests.cluster.api_client import ApiClient
from tests.cluster.processes import wait_until

from .images import BUSYBOX

Json = dict[str, Any]

CONTAINER = "main"


def manifest(name: str, script: str, **container: Any) -> Json:
    """Return a pod that runs a shell script in busybox; `container` are more fields of its one container."""
    command = ["sh", "-c", script]
    main = {"name": CONTAINER, "image": BUSYBOX, "imagePullPolicy": "Never", "command": command, **container}
    # Two volumes that outlive a container: one on the disk, one in memory.
    main["volumeMounts"] = [{"name": "disk", "mountPath": "/disk"}, {"name": "memory", "mountPath": "/memory"}]
    volumes = [{"name": "disk", "emptyDir": {}}, {"name": "memory", "emptyDir": {"medium": "Memory"}}]
    spec = {"containers": [main], "volumes": volumes, "terminationGracePeriodSeconds": 1}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def once(pod: Json) -> Json:
    """Return a pod whose container is not started again when it ends."""
    return {**pod, "spec": {**pod["spec"], "restartPolicy": "Never"}}


@dataclass(frozen=True, slots=True)
class Namespace:
    """One namespace of the cluster with the real node."""

    admin: ApiClient
    name: str

    def start(self, pod: Json) -> Pod:
        """Create a pod and wait until its container runs, and is ready if it has a probe."""
        self.create(pod)
        return self.wait(pod["metadata"]["name"], _is_ready, "its container runs and is ready")

    def create(self, pod: Json) -> None:
        """Create a pod and wait for nothing."""
        self.admin.post(f"/api/v1/namespaces/{self.name}/pods", pod)

    def wait(self, pod: str, claim: Callable[[Pod], object], what: str, timeout: float = 60) -> Pod:
        """Wait until something is true of a pod, and return the pod as it then is."""
        wait_until(lambda: claim(self.pod(pod)), f"{what}; it is {self.pod(pod)}", timeout=timeout, every=0.1)
        return self.pod(pod)

    def pod(self, name: str) -> Pod:
        """Return a pod as spottui reads it."""
        (found,) = [pod for pod in self.pods() if pod.name == name]
        return found

    def pods(self) -> Sequence[Pod]:
        """Return all pods as spottui reads them."""
        return [record for record in self._records("pods") if isinstance(record, Pod)]

    def warnings(self, pod: Pod) -> list[KubeEvent]:
        """Return the Warning Events about a pod, oldest first."""
        found = [record for record in self._records("events") if isinstance(record, KubeEvent)]
        about = [each for each in found if each.object_uid == pod.uid and each.type == "Warning"]
        return sorted(about, key=lambda each: each.last_at or each.first_at or 0.0)

    def container_id(self, pod: str) -> str:
        """Return the id by which containerd knows a pod's container."""
        status = self.admin.get(f"/api/v1/namespaces/{self.name}/pods/{pod}")["status"]
        return status["containerStatuses"][0]["containerID"].removeprefix("containerd://")

    def delete(self) -> None:
        """Delete it with everything in it; waits until its pods are gone from the node."""
        path = f"/api/v1/namespaces/{self.name}"
        self.admin.delete(path)
        wait_until(lambda: not self.admin.get(f"{path}/pods")["items"], f"{self.name} has no pods", timeout=60)

    def _records(self, plural: str) -> Sequence[Any]:
        listed = self.admin.get(f"/api/v1/namespaces/{self.name}/{plural}")
        return decode_list(plural, json.dumps(listed).encode()).records


def _is_ready(pod: Pod) -> bool:
    return any(container.state == "running" and container.ready for container in pod.containers)
