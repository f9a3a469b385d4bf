"""The cluster of these tests: a real API server that writes down who asked what, pods, and one that has a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster import contents, manifests
from tests.cluster.api_client import STRATEGIC, ApiClient
from tests.cluster.control_plane import ControlPlane
from tests.cluster.toolchain import KUBERNETES_VERSION

from .audit_log import POLICY, AuditLog
from .log_kubelet import LogKubelet

NODE, TALKER = "spot-07", "aaa-talker"
"""The one node, and the pod that has a log: the first in the table."""
PODS = 30
RUNNING_SINCE = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class World:
    """What a test works with."""

    plane: ControlPlane
    audit: AuditLog
    kubelet: LogKubelet
    pods: tuple[str, ...]
    """Names of the pods without a log, in the order of the table."""

    @property
    def admin(self) -> ApiClient:
        """A client that is never in the way of a fault."""
        return self.plane.admin

    def restart_counter(self, pod: str, count: int) -> None:
        """Have a pod's container restarted so many times: something that changes in the table."""
        path = f"/api/v1/namespaces/default/pods/{pod}"
        statuses = self.admin.get(path)["status"]["containerStatuses"]
        for each in statuses:
            each["restartCount"] = count
        self.admin.patch(f"{path}/status", {"status": {"containerStatuses": statuses}}, STRATEGIC)

    def open_watches(self) -> dict[str, int]:
        """Return what the server counts itself: its own and everybody's open watches, by resource."""
        found = {}
        for line in self.admin.get("/metrics")["message"].splitlines():
            if line.startswith("apiserver_longrunning_requests{") and 'verb="WATCH"' in line:
                labels, _, value = line.rpartition("} ")
                resource = labels.partition('resource="')[2].partition('"')[0]
                found[resource] = found.get(resource, 0) + int(float(value))
        return found


@contextmanager
def opened(folder: Path) -> Iterator[World]:
    """Start the cluster; all of it ends with the block."""
    policy = folder / "audit-policy.yaml"
    policy.write_text(POLICY)
    with ControlPlane() as plane, LogKubelet() as kubelet:
        plane.start(audit_policy=policy)
        admin = plane.admin
        admin.post("/api/v1/nodes", _node(kubelet.port))
        names = contents.create_pods(admin, PODS, "default", NODE, played=False)
        _create_talker(admin)
        yield World(plane, AuditLog(plane.audit_log), kubelet, tuple(sorted(names)))


def _node(port: int) -> dict[str, Any]:
    node = manifests.node(NODE, "arm64", fake=False, version=KUBERNETES_VERSION)
    node["status"] |= {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "KubeletReady",
                "lastHeartbeatTime": RUNNING_SINCE,
                "lastTransitionTime": RUNNING_SINCE,
            }
        ],
    }
    return node


def _create_talker(admin: ApiClient) -> None:
    container = {"name": "talker", "image": "registry.example.invalid/talker:1"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": TALKER},
        "spec": {"nodeName": NODE, "containers": [container]},
    }
    path = "/api/v1/namespaces/default/pods"
    admin.post(path, pod)
    status = {
        "phase": "Running",
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": RUNNING_SINCE}
            for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
        ],
        "containerStatuses": [
            {
                "name": "talker",
                "image": container["image"],
                "imageID": "",
                "ready": True,
                "started": True,
                "restartCount": 0,
                "state": {"running": {"startedAt": RUNNING_SINCE}},
            }
        ],
    }
    admin.patch(f"{path}/{TALKER}/status", {"status": status}, STRATEGIC)
