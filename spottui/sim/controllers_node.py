"""Node life cycle: taints from conditions, silence of a kubelet, and the eviction of pods that do not bear a taint."""

from __future__ import annotations

from collections.abc import Callable

from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_index import Index
from spottui.sim.controllers_pods import PODS, condition, is_over, seconds_of
from spottui.sim.controllers_quantity import tolerates
from spottui.sim.controllers_work import Work
from spottui.sim.history import Change
from spottui.sim.objects import Object, Objects, rfc3339
from spottui.sim.resources import resource
from spottui.sim.status import ApiError
from spottui.sim.story_clock import StoryClock

NODES = resource("nodes")
LEASES = resource("leases", "coordination.k8s.io")
GRACE = 50.0
"""Story seconds without a word from a kubelet until its node is "unknown": --node-monitor-grace-period."""
_PRESSURES = {"MemoryPressure": "memory-pressure", "DiskPressure": "disk-pressure", "PIDPressure": "pid-pressure"}
_OWN = {f"node.kubernetes.io/{name}" for name in (*_PRESSURES.values(), "not-ready", "unreachable", "unschedulable")}
_CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")


class Nodes:
    """Watches over the nodes."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work, index: Index) -> None:
        self._objects, self._clock, self._work, self._index = objects, clock, work, index
        self.recorder = Recorder(objects, clock, "node-controller")
        self.evictions = Recorder(objects, clock, "taint-eviction-controller")
        self._heard: dict[str, float] = {}
        self._checks: set[str] = set()
        self._evicting: dict[str, Callable[[], None]] = {}
        """Pod UID -> what cancels its eviction."""

    def hear(self, change: Change) -> None:
        """Take in a change of a node, its Lease or a pod."""
        meta = change.object["metadata"]
        kind = change.resource.plural
        if kind == "nodes":
            if change.type == "DELETED":
                self._heard.pop(meta["name"], None)
                self._work.add(self._collect, meta["name"])
                return
            if change.type == "ADDED":
                self._alive(meta["name"])
                said = f"Node {meta['name']} event: Registered Node {meta['name']} in Controller"
                self.recorder.record(change.object, NODES, "RegisteredNode", said)
            self._work.add(self.look, meta["name"])
        elif kind == "leases" and meta["namespace"] == "kube-node-lease" and change.type != "DELETED":
            self._alive(meta["name"])
        elif kind == "pods":
            if change.type == "DELETED":
                self._cancel(meta["uid"])
            elif change.object["spec"].get("nodeName") and _got_node(change):
                self._work.add(self.look_pod, meta["namespace"], meta["name"])

    def _alive(self, name: str) -> None:
        self._heard[name] = self._clock.now()
        if name not in self._checks:
            self._checks.add(name)
            self._clock.call_later(GRACE, lambda: self._check(name))

    def _check(self, name: str) -> None:
        self._checks.discard(name)
        if name not in self._heard:
            return
        left = self._heard[name] + GRACE - self._clock.now()
        if left > 0.01:
            self._checks.add(name)
            self._clock.call_later(left, lambda: self._check(name))
        else:
            self._work.add(self._lose, name)

    def _lose(self, name: str) -> None:
        """Mark a node whose kubelet has gone silent."""
        now = rfc3339(self._objects.wall())

        def mark(node: Object) -> None:
            status = node.setdefault("status", {})
            known = {one["type"]: one for one in status.get("conditions") or ()}
            for type_ in _CONDITIONS:
                one = known.setdefault(type_, {"type": type_, "lastHeartbeatTime": now})
                if one.get("status") != "Unknown":
                    one.update(status="Unknown", reason="NodeStatusUnknown", lastTransitionTime=now)
                    one["message"] = "Kubelet stopped posting node status."
            status["conditions"] = list(known.values())

        node = self._objects.change(NODES, "", name, mark)
        if node is None:
            return
        self.recorder.record(node, NODES, "NodeNotReady", f"Node {name} status is now: NodeNotReady")
        for pod in self._index.pods_on(name):
            self._unready(pod, now)

    def _unready(self, pod: Object, now: str) -> None:
        """Take the pods of a lost node out of service, as nobody else will."""
        found = condition(pod, "Ready")
        if found is None or found["status"] != "True":
            return

        def mark(pod: Object) -> None:
            for one in pod["status"]["conditions"]:
                if one["type"] == "Ready":
                    one.update(status="False", lastTransitionTime=now)

        self._objects.change(PODS, pod["metadata"]["namespace"], pod["metadata"]["name"], mark)
        self.recorder.record(pod, PODS, "NodeNotReady", "Node is not ready", warning=True)

    def _collect(self, name: str) -> None:
        """Take the pods of a node that is gone away, as the pod garbage collector does."""
        if self._objects.find(NODES, "", name) is None:
            for pod in self._index.pods_on(name):
                self._objects.delete(PODS, pod["metadata"]["namespace"], pod["metadata"]["name"], grace=0)

    def look(self, name: str) -> None:
        """Give a node the taints of its conditions, and its pods what follows from them."""
        node = self._objects.find(NODES, "", name)
        if node is None:
            return
        old = (node.get("spec") or {}).get("taints") or []
        wanted = self._wanted(node)
        now = rfc3339(self._objects.wall())
        kept = [one for one in old if one["key"] not in _OWN or (one["key"], one["effect"]) in wanted]
        present = {(one["key"], one["effect"]) for one in kept}
        taints = kept + [
            {"key": key, "effect": effect, "timeAdded": now} for key, effect in wanted if (key, effect) not in present
        ]
        if taints != old:
            spec = {**(node.get("spec") or {}), "taints": taints}
            if not taints:
                del spec["taints"]
            node = self._objects.put(NODES, {**node, "spec": spec})
        if any(one["effect"] == "NoExecute" for one in [*taints, *old]) or self._evicting:
            for pod in self._index.pods_on(name):
                self._judge(pod, node)

    def _wanted(self, node: Object) -> list[tuple[str, str]]:
        found = []
        for one in (node.get("status") or {}).get("conditions") or ():
            if one["type"] in _PRESSURES and one["status"] == "True":
                found.append((f"node.kubernetes.io/{_PRESSURES[one['type']]}", "NoSchedule"))
            if one["type"] == "Ready" and one["status"] != "True":
                key = "node.kubernetes.io/" + ("unreachable" if one["status"] == "Unknown" else "not-ready")
                found += [(key, "NoSchedule"), (key, "NoExecute")]
        if (node.get("spec") or {}).get("unschedulable"):
            found.append(("node.kubernetes.io/unschedulable", "NoSchedule"))
        return found

    def look_pod(self, namespace: str, name: str) -> None:
        """Judge one pod by the taints of its node."""
        pod = self._objects.find(PODS, namespace, name)
        if pod is None or not pod["spec"].get("nodeName"):
            return
        node = self._objects.find(NODES, "", pod["spec"]["nodeName"])
        if node is not None and (node.get("spec") or {}).get("taints"):
            self._judge(pod, node)

    def _judge(self, pod: Object, node: Object) -> None:
        """Set, keep or cancel the eviction of a pod."""
        uid = pod["metadata"]["uid"]
        taints = [one for one in (node.get("spec") or {}).get("taints") or () if one["effect"] == "NoExecute"]
        if is_over(pod) or "deletionTimestamp" in pod["metadata"] or not taints:
            if self._cancel(uid):
                said = f"Cancelling deletion of Pod {pod['metadata']['namespace']}/{pod['metadata']['name']}"
                self.evictions.record(pod, PODS, "TaintManagerEviction", said)
            return
        borne = [(taint, tolerates(pod["spec"].get("tolerations") or (), taint)) for taint in taints]
        if any(toleration is None for _, toleration in borne):
            self._cancel(uid)
            self._evict(pod)
            return
        limits = [
            max(0.0, float(one["tolerationSeconds"]) - self._age(taint))
            for taint, one in borne
            if one and one.get("tolerationSeconds") is not None
        ]
        if limits and uid not in self._evicting:
            self._evicting[uid] = self._clock.call_later(min(limits), lambda: self._work.add(self._evict, _Once(pod)))

    def _age(self, taint: Object) -> float:
        added = taint.get("timeAdded")
        return max(0.0, self._objects.wall() - seconds_of(added)) if added else 0.0

    def _cancel(self, uid: str) -> bool:
        cancel = self._evicting.pop(uid, None)
        if cancel:
            cancel()
        return cancel is not None

    def _evict(self, pod: Object | _Once) -> None:
        meta = (pod.pod if isinstance(pod, _Once) else pod)["metadata"]
        self._evicting.pop(meta["uid"], None)
        found = self._objects.find(PODS, meta["namespace"], meta["name"])
        if found is None or found["metadata"]["uid"] != meta["uid"]:
            return
        said = f"Marking for deletion Pod {meta['namespace']}/{meta['name']}"
        self.evictions.record(found, PODS, "TaintManagerEviction", said)
        now = rfc3339(self._objects.wall())

        def mark(pod: Object) -> None:
            kept = [one for one in pod["status"].get("conditions") or () if one["type"] != "DisruptionTarget"]
            target: Object = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager"}
            target.update(
                lastProbeTime=None, lastTransitionTime=now, message="Taint manager: deleting due to NoExecute taint"
            )
            pod["status"]["conditions"] = [*kept, target]

        self._objects.change(PODS, meta["namespace"], meta["name"], mark)
        try:
            self._objects.delete(PODS, meta["namespace"], meta["name"])
        except ApiError:  # somebody else was quicker
            return


class _Once:
    """A pod as a key of the work queue."""

    def __init__(self, pod: Object) -> None:
        self.pod = pod


def _got_node(change: Change) -> bool:
    return change.before is None or not change.before.object["spec"].get("nodeName")
