"""metrics.k8s.io and the kubelet's own summary: what nodes and pods use, in the shapes of the real ones."""

from __future__ import annotations

import math
from typing import Any

from spottui.sim.controllers_quantity import amount
from spottui.sim.kubelet_loop import NODES, Kubelet
from spottui.sim.kubelet_pod import PodRun
from spottui.sim.kubelet_usage import MIB, NANO, Use, use_of
from spottui.sim.objects import Object, rfc3339

SCRAPE = 15.0
"""Story seconds between two scrapes of the metrics-server; a container is shown from the second one on."""
GROUP = "metrics.k8s.io/v1beta1"
SYSTEM_CPU, SYSTEM_MEMORY = 0.31, 1430 * MIB
"""What the system beside the pods uses."""


class Usage:
    """Works out what is used at the moment of asking."""

    def __init__(self, kubelet: Kubelet) -> None:
        self._kubelet = kubelet

    def _sampled(self) -> float:
        """Return the story time of the last scrape."""
        return math.floor(self._kubelet.clock.now() / SCRAPE) * SCRAPE

    def node_metrics(self, node: Object) -> Object | None:
        """Return a NodeMetrics; None before the first scrape, and for a node that does not answer."""
        name, at = node["metadata"]["name"], self._sampled()
        if not self._kubelet.node(name).is_up:
            return None
        cpu, memory = self.node_total(name, at)
        usage = {"cpu": f"{int(cpu * NANO)}n", "memory": f"{int(memory) // 1024}Ki"}
        return {**self._head("NodeMetrics", node, at, name), "usage": usage}

    def pod_metrics(self, run: PodRun) -> Object | None:
        """Return a PodMetrics; None while nothing of the pod has been scraped twice."""
        at = self._sampled()
        if run.is_over or not self._kubelet.node(run.node).is_up:
            return None
        found = []
        for one in run.containers:
            if one.life is None or one.life.started > at - SCRAPE / 2:
                continue
            use = use_of(one, at)
            if use is not None:
                usage = {"cpu": f"{int(use.cpu * NANO)}n", "memory": f"{int(use.memory) // 1024}Ki"}
                found.append({"name": one.name, "usage": usage})
        if not found:
            return None
        return {**self._head("PodMetrics", run.pod, at, run.uid), "containers": found}

    def _head(self, kind: str, one: Object, at: float, key: str) -> Object:
        meta = one["metadata"]
        stamp = rfc3339(self._kubelet.timeline.wall_at(at))
        kept: Object = {"name": meta["name"], "creationTimestamp": stamp}
        if "namespace" in meta:
            kept["namespace"] = meta["namespace"]
        if meta.get("labels"):
            kept["labels"] = meta["labels"]
        window = f"{14.2 + sum(key.encode()) % 1600 / 1000:.3f}s"
        made: Object = {"kind": kind, "apiVersion": GROUP, "metadata": kept}
        return {**made, "timestamp": stamp, "window": window}

    def node_total(self, name: str, at: float) -> tuple[float, float]:
        """Return cores and bytes used on a node."""
        cpu = SYSTEM_CPU * (1 + 0.2 * math.sin(at / 47))
        memory = SYSTEM_MEMORY * (1 + 0.01 * math.sin(at / 113))
        for run in self._kubelet.runs_on(name):
            for one in run.containers:
                use = use_of(one, at)
                if use is not None:
                    cpu, memory = cpu + use.cpu, memory + use.memory
        capacity = self._capacity(name)
        return min(cpu, capacity[0]), min(memory, capacity[1] * 0.97)

    def _capacity(self, name: str) -> tuple[float, float]:
        node = self._kubelet.objects.find(NODES, "", name) or {}
        capacity = (node.get("status") or {}).get("capacity") or {}
        return amount(capacity.get("cpu", 6)), amount(capacity.get("memory", "15836Mi"))

    def gpu(self, name: str, at: float) -> float:
        """Return how much of a node's GPU is used, in percent."""
        uses = (use_of(one, at) for run in self._kubelet.runs_on(name) for one in run.containers)
        return min(100.0, sum(use.gpu for use in uses if use is not None))

    # -- the summary -------------------------------------------------------------------------------

    def summary(self, name: str, *, only_cpu_and_memory: bool = False) -> Object:
        """Return what a kubelet says at /stats/summary."""
        kubelet, at = self._kubelet, self._kubelet.clock.now()
        state = kubelet.node(name)
        stamp = rfc3339(kubelet.clock.wall())
        cpu, memory = self.node_total(name, at)
        total = self._capacity(name)[1]
        node: Object = {
            "nodeName": name,
            "startTime": rfc3339(state.booted),
            "cpu": _cpu(stamp, cpu, SYSTEM_CPU * (at + 3600)),
            "memory": {**_memory(stamp, memory), "availableBytes": int(total - memory)},
        }
        if not only_cpu_and_memory:
            node["swap"] = {"time": stamp, "swapAvailableBytes": 0, "swapUsageBytes": 0}
            node["network"] = _network(stamp, "eth0", at + 3600, 9_000)
            images = kubelet.images.size(name)
            pods = sum(use.disk for run in kubelet.runs_on(name) for one in run.containers if (use := use_of(one, at)))
            used = min(state.disk_capacity, state.disk_capacity * state.disk_used + images + pods)
            node["fs"] = _disk(stamp, state.disk_capacity, used)
            image_disk = {**_disk(stamp, state.disk_capacity, used), "usedBytes": images}
            node["runtime"] = {"imageFs": image_disk, "containerFs": _disk(stamp, state.disk_capacity, used)}
            node["rlimit"] = {"time": stamp, "maxpid": 32768, "curproc": 610 + 3 * len(kubelet.runs_on(name))}
            node["systemContainers"] = [
                {"name": each, "startTime": rfc3339(state.booted), "cpu": _cpu(stamp, share, share * at)}
                for each, share in (("kubelet", 0.06), ("pods", max(0.0, cpu - SYSTEM_CPU)))
            ]
        pods_said = [self._pod(run, at, stamp, only_cpu_and_memory) for run in kubelet.runs_on(name)]
        return {"node": node, "pods": [one for one in pods_said if one]}

    def _pod(self, run: PodRun, at: float, stamp: str, only_cpu_and_memory: bool) -> Object | None:
        uses = [(one, use) for one in run.containers if (use := use_of(one, at))]
        if not uses:
            return None
        containers = []
        for one, use in uses:
            said: Object = {"name": one.name, "startTime": one.state["running"]["startedAt"]}
            said.update(cpu=_cpu(stamp, use.cpu, use.cpu_seconds), memory=_memory(stamp, use.memory))
            if not only_cpu_and_memory:
                capacity = self._kubelet.node(run.node).disk_capacity
                said["rootfs"] = {**_disk(stamp, capacity, capacity * 0.4), "usedBytes": int(use.disk)}
                said["logs"] = {**_disk(stamp, capacity, capacity * 0.4), "usedBytes": int(use.logs)}
            containers.append(said)
        total = _sum([use for _, use in uses])
        reference = {"name": run.name, "namespace": run.namespace, "uid": run.uid}
        made: Object = {"podRef": reference, "startTime": run.start_time, "containers": containers}
        made.update(cpu=_cpu(stamp, total.cpu, total.cpu_seconds), memory=_memory(stamp, total.memory))
        if not only_cpu_and_memory:
            life = uses[0][0].life
            made["network"] = _network(stamp, "eth0", at - (life.started if life else at), 40_000 * total.cpu + 50)
            capacity = self._kubelet.node(run.node).disk_capacity
            used = int(total.disk + total.logs)
            made["ephemeral-storage"] = {**_disk(stamp, capacity, capacity * 0.4), "usedBytes": used}
            made["process_stats"] = {"process_count": len(uses)}
        return made


def _sum(uses: list[Use]) -> Use:
    return Use(
        sum(use.cpu for use in uses),
        sum(use.cpu_seconds for use in uses),
        sum(use.memory for use in uses),
        sum(use.disk for use in uses),
        sum(use.gpu for use in uses),
        sum(use.logs for use in uses),
    )


def _cpu(stamp: str, cores: float, seconds: float) -> Object:
    return {"time": stamp, "usageNanoCores": int(cores * NANO), "usageCoreNanoSeconds": int(seconds * NANO)}


def _memory(stamp: str, used: float) -> Object:
    found: dict[str, Any] = {"time": stamp, "usageBytes": int(used * 1.08), "workingSetBytes": int(used)}
    return {**found, "rssBytes": int(used * 0.86), "pageFaults": int(used / 4096), "majorPageFaults": 0}


def _network(stamp: str, name: str, seconds: float, rate: float) -> Object:
    counts = {"name": name, "rxBytes": int(seconds * rate), "rxErrors": 0, "txBytes": int(seconds * rate * 0.4)}
    counts["txErrors"] = 0
    return {"time": stamp, **counts, "interfaces": [counts]}


def _disk(stamp: str, capacity: float, used: float) -> Object:
    inodes = int(capacity / 16384)
    free = int(inodes * max(0.05, 1 - used / capacity))
    sizes = {"availableBytes": int(max(0.0, capacity - used)), "capacityBytes": int(capacity), "usedBytes": int(used)}
    return {"time": stamp, **sizes, "inodesFree": free, "inodes": inodes, "inodesUsed": inodes - free}
