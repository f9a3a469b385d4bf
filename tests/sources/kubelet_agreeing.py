"""Compares what spottui reads from a kubelet's summary with the cgroup files of the same pods, read by hand."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from msgspec import Struct

from spottui.events import UsageHeard
from spottui.sources.kube_api import KubeApi
from spottui.sources.metrics import MetricsSource
from tests.sources.cgroups import cpu_seconds_of, folder_of, memory_of

ROOT = Path("/sys/fs/cgroup")
MEMORY_TOLERANCE, MEMORY_LEAST = 0.10, 8 << 20
"""A tenth or 8 MiB: the kubelet's figure is up to 15 s old."""
CPU_TOLERANCE, CPU_LEAST = 0.35, 0.05
"""A third or 50 milli-cores: the kubelet's window is another one than ours."""


class Compared(Struct, frozen=True, kw_only=True):
    """One pod's figures by both readers."""

    pod: str
    memory: int
    memory_by_hand: int
    cpu: float
    """Cores."""
    cpu_by_hand: float

    def disagreement(self) -> str:
        """Return what lies outside the tolerance; empty when nothing does."""
        said: list[str] = []
        if abs(self.memory - self.memory_by_hand) > max(MEMORY_LEAST, self.memory_by_hand * MEMORY_TOLERANCE):
            said.append(f"memory {self.memory} against {self.memory_by_hand}")
        if abs(self.cpu - self.cpu_by_hand) > max(CPU_LEAST, self.cpu_by_hand * CPU_TOLERANCE):
            said.append(f"cpu {self.cpu:.3f} against {self.cpu_by_hand:.3f}")
        return f"{self.pod}: {', '.join(said)}" if said else ""


async def compare(api: KubeApi, node: str, window: float, below: str = "") -> dict[str, Compared]:
    """Return the figures of each pod of this machine that both readers know, by the pod's name.

    `window` is the seconds over which the processor time is read by hand; `below` is as in `folder_of`.
    """
    pods = (await api.get_json("/api/v1/pods", query=[("fieldSelector", f"spec.nodeName={node}")]))["items"]
    begun = {pod["metadata"]["uid"]: _cpu(pod["metadata"]["uid"], below) for pod in pods}
    at = time.monotonic()
    await asyncio.sleep(window)
    usage = await _usage(api)
    seconds, found = time.monotonic() - at, dict[str, Compared]()
    for pod in pods:
        meta = pod["metadata"]
        told, folder = usage.pods.get((meta["namespace"], meta["name"])), folder_of(ROOT, meta["uid"], "memory", below)
        before, after = begun[meta["uid"]], _cpu(meta["uid"], below)
        if told is None or folder is None or told.memory is None or told.cpu is None or before is None or after is None:
            continue
        found[meta["name"]] = Compared(
            pod=meta["name"],
            memory=told.memory,
            memory_by_hand=memory_of(folder),
            cpu=told.cpu,
            cpu_by_hand=(after - before) / seconds,
        )
    return found


async def _usage(api: KubeApi) -> UsageHeard:
    """Return what the kubelets say, by the way that spottui takes where there is no metrics-server."""
    return await MetricsSource(api, time.time)._from_kubelets()


def _cpu(uid: str, below: str) -> float | None:
    folder = folder_of(ROOT, uid, "cpuacct", below)
    return cpu_seconds_of(folder) if folder is not None else None
