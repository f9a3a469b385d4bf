"""Keeps the nodes' Leases and statuses fresh, and evicts pods from a node under pressure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spottui.sim.controllers_events import micro
from spottui.sim.controllers_pods import PODS, total_request
from spottui.sim.kubelet_node import EVENTS, LEASE_EVERY, STATUS_EVERY, NodeState, conditions_of
from spottui.sim.kubelet_usage import use_of
from spottui.sim.objects import Object, rfc3339
from spottui.sim.resources import resource

if TYPE_CHECKING:
    from spottui.sim.kubelet_loop import Kubelet
    from spottui.sim.kubelet_pod import PodRun

NODES = resource("nodes")
LEASES = resource("leases", "coordination.k8s.io")
LEASE_NAMESPACE = "kube-node-lease"
MIB = 1024**2
CRITICAL = 2_000_000_000
"""Priority from which on a pod is not evicted."""
FULL_AT = 0.10
"""Part of the disk that must be free: nodefs.available<10%."""
MEMORY_LEFT = 100 * MIB
EVICT_EVERY = 10.0
RECOVERED_AFTER = 300.0
"""Seconds that a pressure is reported after it is over: --eviction-pressure-transition-period."""


class Heartbeat:
    """The node side of the kubelet."""

    def __init__(self, kubelet: Kubelet) -> None:
        self._kubelet = kubelet
        self._beating: set[str] = set()
        self._evicting: set[str] = set()
        self._epochs: dict[str, int] = {}

    def begin(self, name: str) -> None:
        """Start the heartbeat of a node."""
        if name not in self._beating:
            self._beating.add(name)
            self._kubelet.work.add(self._beat, name)

    def _beat(self, name: str) -> None:
        kubelet = self._kubelet
        node = kubelet.objects.find(NODES, "", name)
        if node is None:
            self._beating.discard(name)
            return
        kubelet.clock.call_later(LEASE_EVERY, lambda: kubelet.work.add(self._beat, name))
        state = kubelet.node(name)
        if not state.is_up:
            return
        self._renew(node)
        if state.is_dirty or kubelet.clock.now() - state.reported >= STATUS_EVERY or not _has_conditions(node):
            self.report(name)

    def _renew(self, node: Object) -> None:
        kubelet, name = self._kubelet, node["metadata"]["name"]
        spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": micro(kubelet.clock.wall())}
        found = kubelet.objects.find(LEASES, LEASE_NAMESPACE, name)
        if found is not None:
            kubelet.objects.put(LEASES, {**found, "spec": spec})
            return
        owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": node["metadata"]["uid"]}
        meta = {"name": name, "namespace": LEASE_NAMESPACE, "ownerReferences": [owner]}
        kubelet.objects.create(LEASES, {"metadata": meta, "spec": spec})

    def report(self, name: str) -> None:
        """Write a node's status now."""
        kubelet = self._kubelet
        node = kubelet.objects.find(NODES, "", name)
        state = kubelet.node(name)
        if node is None or not state.is_up:
            return
        state.is_dirty, state.reported = False, kubelet.clock.now()
        conditions = conditions_of(node, state, kubelet.clock.wall())
        status = {**(node.get("status") or {}), "conditions": conditions, "images": kubelet.images.listed(name)}
        before = {one["type"]: one["status"] for one in (node.get("status") or {}).get("conditions") or ()}
        kubelet.objects.replace(NODES, {**node, "status": status})
        for one in conditions:
            if before.get(one["type"]) == one["status"]:
                continue
            if one["type"] in EVENTS:
                self._tell(node, EVENTS[one["type"]][one["status"] == "True"])
            elif one["type"] == "Ready":
                self._tell(node, "NodeReady" if one["status"] == "True" else "NodeNotReady")

    def _tell(self, node: Object, event: str) -> None:
        name = node["metadata"]["name"]
        about = {"metadata": {"name": name, "uid": node["metadata"]["uid"]}}
        said = f"Node {name} status is now: {event}"
        self._kubelet.recorder.record(about, NODES, event, said, host=name)

    # -- pressure ----------------------------------------------------------------------------------

    def press(self, name: str, type_: str, is_on: bool) -> None:
        """Begin or end a pressure; its condition stays for a while after its end, as a kubelet's does."""
        state, clock = self._kubelet.node(name), self._kubelet.clock
        epoch = self._epochs[name + type_] = self._epochs.get(name + type_, 0) + 1
        if is_on:
            if not state.pressures.get(type_):
                state.pressures[type_] = True
                self.report(name)
            self._evict_next(name, type_)
            return

        def recovered() -> None:
            if self._epochs[name + type_] == epoch and state.pressures.pop(type_, False):
                self.report(name)

        self._evicting.discard(name + type_)
        clock.call_later(RECOVERED_AFTER, recovered)

    def _evict_next(self, name: str, type_: str) -> None:
        """Evict the pod that uses most beyond its request; look again in ten seconds."""
        kubelet = self._kubelet
        if name + type_ in self._evicting:
            return
        self._evicting.add(name + type_)
        node = kubelet.objects.find(NODES, "", name)
        resource_name = "memory" if type_ == "MemoryPressure" else "ephemeral-storage"
        if node is not None:
            said = f"Attempting to reclaim {resource_name}"
            about = {"metadata": {"name": name, "uid": node["metadata"]["uid"]}}
            kubelet.recorder.record(about, NODES, "EvictionThresholdMet", said, warning=True, host=name)
        self._evict_one(name, type_, resource_name)

    def _evict_one(self, name: str, type_: str, resource_name: str) -> None:
        kubelet = self._kubelet
        state = kubelet.node(name)
        if name + type_ not in self._evicting or not state.pressures.get(type_):
            return
        runs = [run for run in kubelet.runs_on(name) if not run.is_over and not run.is_stopping]
        runs = [run for run in runs if run.pod["spec"].get("priority", 0) < CRITICAL and run.sandbox.is_up]
        if type_ == "PIDPressure" or not runs:
            return
        worst = max(runs, key=lambda run: self._rank(run, resource_name))
        self._evict(worst, state, resource_name)
        kubelet.clock.call_later(EVICT_EVERY, lambda: kubelet.work.add(self._evict_one, name, type_, resource_name))

    def _rank(self, run: PodRun, resource_name: str) -> tuple[bool, int, float, str]:
        used = sum(amount for _, amount in self._uses(run, resource_name))
        asked = total_request(run.pod, resource_name)
        return used > asked, -run.pod["spec"].get("priority", 0), used - asked, run.uid

    def _uses(self, run: PodRun, resource_name: str) -> list[tuple[str, float]]:
        now, found = self._kubelet.clock.now(), []
        for one in run.containers:
            use = use_of(one, now)
            if use is not None:
                found.append((one.name, use.memory if resource_name == "memory" else use.disk + use.logs))
        return found

    def _evict(self, run: PodRun, state: NodeState, resource_name: str) -> None:
        kubelet = self._kubelet
        if resource_name == "memory":
            threshold, available = "100Mi", f"{int(MEMORY_LEFT // 1024 * 0.87)}Ki"
        else:
            threshold = str(int(state.disk_capacity * FULL_AT))
            available = f"{int(state.disk_capacity * max(0.0, 1 - state.disk_used)) // 1024}Ki"
        said = f"The node was low on resource: {resource_name}. "
        said += f"Threshold quantity: {threshold}, available: {available}. "
        for one, used in self._uses(run, resource_name):
            spec = next(each.spec for each in run.containers if each.name == one)
            asked = ((spec.get("resources") or {}).get("requests") or {}).get(resource_name, "0")
            using = f"{int(used) // 1024}Ki"
            said += f"Container {one} was using {using}, request is {asked}, "
            said += f"has larger consumption of {resource_name}. "
        kubelet.recorder.record(run.pod, PODS, "Evicted", said, warning=True, host=run.node)
        run.end_now("Failed", "Evicted", said)
        now = rfc3339(kubelet.clock.wall())

        def mark(pod: Object) -> None:
            target: Object = {"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet"}
            target.update(lastProbeTime=None, lastTransitionTime=now, message=said)
            pod["status"]["conditions"] = [*pod["status"]["conditions"], target]

        kubelet.objects.change(PODS, run.namespace, run.name, mark)


def _has_conditions(node: Object) -> bool:
    return any(one["type"] == "Ready" for one in (node.get("status") or {}).get("conditions") or ())


def refusal(state: NodeState) -> str:
    """Return why a node under pressure refuses a pod that the scheduler gave it; empty when it does not."""
    found = [type_ for type_ in ("DiskPressure", "MemoryPressure", "PIDPressure") if state.pressures.get(type_)]
    return f"The node had condition: [{' '.join(found)}]. " if found else ""
