"""Gives each pod its node, or says why no node takes it, in the words of kube-scheduler 1.37."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_pods import PODS, is_over
from spottui.sim.controllers_quantity import amount, expression_holds, requests, tolerates
from spottui.sim.controllers_work import Work
from spottui.sim.history import Change
from spottui.sim.objects import Object, Objects, rfc3339
from spottui.sim.resources import resource
from spottui.sim.story_clock import StoryClock

NODES = resource("nodes")
CLAIMS = resource("persistentvolumeclaims")
NO_SELECTOR = "node(s) didn't match Pod's node affinity/selector"
TAINTED = "node(s) had untolerated taint(s)"
UNSCHEDULABLE = "node(s) were unschedulable"
NO_PORTS = "node(s) didn't have free ports for the requested pod ports"
UNHELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"
CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
RETRY = 300.0
"""Story seconds after which an unschedulable pod is tried again though nothing changed."""


@dataclass(frozen=True, slots=True)
class _Node:
    """What the scheduler looks at of a node."""

    name: str
    labels: Mapping[str, str]
    is_cordoned: bool
    taints: tuple[Mapping[str, Any], ...]
    """Those that keep pods away."""
    allocatable: Mapping[str, float]

    @classmethod
    def of(cls, node: Object) -> _Node:
        """Read a Node."""
        spec = node.get("spec") or {}
        taints = tuple(one for one in spec.get("taints") or () if one["effect"] != "PreferNoSchedule")
        there = ((node.get("status") or {}).get("allocatable") or {}).items()
        sizes = {kind: amount(size) for kind, size in there}
        meta = node["metadata"]
        return cls(meta["name"], meta.get("labels") or {}, bool(spec.get("unschedulable")), taints, sizes)


class Scheduler:
    """kube-scheduler without scores but "the emptiest node", and without preemption."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work) -> None:
        self._objects, self._clock, self._work = objects, clock, work
        self.recorder = Recorder(objects, clock, "default-scheduler", is_new_style=True)
        self._used: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._placed: dict[str, tuple[str, dict[str, float]]] = {}
        """Pod UID -> its node and what it takes there."""
        self._stuck: dict[tuple[str, str], str] = {}
        """Pods that no node took, with what was said of them."""
        self._retry_is_set = False
        self._nodes: list[_Node] | None = None

    def hear(self, change: Change) -> None:
        """Take in a change of a pod or a node."""
        if change.resource.plural == "pods":
            self._hear_pod(change)
        elif change.resource.plural == "nodes":
            before = change.before.object if change.before else None
            if change.type == "MODIFIED" and before and _relevant(before) == _relevant(change.object):
                return
            self._nodes = None
            self._retry_stuck()

    def _hear_pod(self, change: Change) -> None:
        pod = change.object
        meta, node = pod["metadata"], pod["spec"].get("nodeName")
        key = (meta["namespace"], meta["name"])
        if change.type == "DELETED" or is_over(pod):
            self._stuck.pop(key, None)
            freed = self._placed.pop(meta["uid"], None)
            if freed:
                self._add(freed[0], freed[1], -1)
                self._retry_stuck()
        elif node:
            if meta["uid"] not in self._placed:
                self._take(meta["uid"], node, requests(pod))
        elif change.type == "ADDED" or _scheduling(change.before) != pod["spec"]:
            self._work.add(self.look, *key)

    def _take(self, uid: str, node: str, asked: dict[str, float]) -> None:
        self._placed[uid] = (node, asked)
        self._add(node, asked, 1)

    def _add(self, node: str, asked: dict[str, float], sign: int) -> None:
        used = self._used[node]
        used["pods"] += sign
        for kind, size in asked.items():
            used[kind] += sign * size

    def claims_changed(self) -> None:
        """Try those again that waited for a volume claim."""
        self._retry_stuck()

    def _retry_stuck(self) -> None:
        for key in self._stuck:
            self._work.add(self.look, *key)

    def look(self, namespace: str, name: str) -> None:
        """Try to place one pod."""
        pod = self._objects.find(PODS, namespace, name)
        if pod is None or pod["spec"].get("nodeName") or is_over(pod) or "deletionTimestamp" in pod["metadata"]:
            self._stuck.pop((namespace, name), None)
            return
        if pod["spec"].get("schedulingGates") or pod["spec"].get("schedulerName") not in (None, "default-scheduler"):
            return
        if self._nodes is None:
            self._nodes = [_Node.of(node) for node in self._objects.all(NODES)]
        nodes = self._nodes
        message = self._unbound_claim(pod, len(nodes))
        if not message:
            asked, reasons, outlook, fitting = requests(pod), Counter[str](), Counter[str](), []
            for node in nodes:
                why, is_final = self._refusals(pod, node, asked)
                reasons.update(why)
                if why:
                    outlook[UNHELPFUL if is_final else NO_VICTIMS] += 1
                else:
                    fitting.append(node.name)
            if fitting:
                self._bind(pod, min(fitting, key=lambda node: (self._used[node]["pods"], node)), asked)
                return
            message = _said(len(nodes), reasons, outlook)
        self._refuse(pod, message)

    def _bind(self, pod: Object, node: str, asked: dict[str, float]) -> None:
        meta = pod["metadata"]
        self._stuck.pop((meta["namespace"], meta["name"]), None)
        self._take(meta["uid"], node, asked)
        now = rfc3339(self._objects.wall())

        conditions = [one for one in pod["status"].get("conditions") or () if one["type"] != "PodScheduled"]
        status = {**pod["status"], "conditions": [*conditions, _condition(pod, "True", now)]}
        self._objects.replace(PODS, {**pod, "spec": {**pod["spec"], "nodeName": node}, "status": status})
        said = f"Successfully assigned {meta['namespace']}/{meta['name']} to {node}"
        self.recorder.record(pod, PODS, "Scheduled", said, action="Binding")

    def _refuse(self, pod: Object, message: str) -> None:
        meta = pod["metadata"]
        key = (meta["namespace"], meta["name"])
        if self._stuck.get(key) != message:
            now = rfc3339(self._objects.wall())

            def refuse(pod: Object) -> None:
                conditions = [one for one in pod["status"].get("conditions") or () if one["type"] != "PodScheduled"]
                more = {"reason": "Unschedulable", "message": message}
                pod["status"]["conditions"] = [*conditions, {**_condition(pod, "False", now), **more}]

            self._stuck[key] = message
            self._objects.change(PODS, *key, refuse)
        self.recorder.record(pod, PODS, "FailedScheduling", message, warning=True, action="Scheduling")
        if not self._retry_is_set:
            self._retry_is_set = True
            self._clock.call_later(RETRY, self._retry)

    def _retry(self) -> None:
        self._retry_is_set = False
        self._retry_stuck()

    def _unbound_claim(self, pod: Object, nodes: int) -> str:
        """Return what is said of a pod whose volume claim is missing or unbound; empty when none is."""
        for volume in pod["spec"].get("volumes") or ():
            claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if not claim:
                continue
            found = self._objects.find(CLAIMS, pod["metadata"]["namespace"], claim)
            head = f"0/{nodes} nodes are available:"
            why = f'persistentvolumeclaim "{claim}" not found' if found is None else ""
            if found is not None and (found.get("status") or {}).get("phase") != "Bound":
                why = "pod has unbound immediate PersistentVolumeClaims"
            if why:
                return f"{head} {why}. preemption: {head} {nodes} {UNHELPFUL}."
        return ""

    def _refusals(self, pod: Object, node: _Node, asked: Mapping[str, float]) -> tuple[list[str], bool]:
        """Return why a node does not take a pod, and whether removing other pods could not change that."""
        tolerations = pod["spec"].get("tolerations") or ()
        if node.is_cordoned and not tolerates(tolerations, CORDON):
            return [UNSCHEDULABLE], True
        if any(not tolerates(tolerations, taint) for taint in node.taints):
            return [TAINTED], True
        if not _selected(pod["spec"], node):
            return [NO_SELECTOR], True
        if _host_ports(pod) and self._ports_taken(pod, node.name):
            return [NO_PORTS], False
        used, there = self._used[node.name], node.allocatable
        lacking, is_final = [], False
        if used["pods"] + 1 > there.get("pods", 110):
            lacking.append("Too many pods")
        for kind, wanted in asked.items():
            has = there.get(kind, 0.0) + 1e-6
            if wanted and used[kind] + wanted > has:
                lacking.append(f"Insufficient {kind}")
                is_final = is_final or wanted > has
        return lacking, is_final

    def _ports_taken(self, pod: Object, node: str) -> bool:
        wanted = _host_ports(pod)
        for other in self._objects.all(PODS):
            if other["spec"].get("nodeName") == node and not is_over(other) and wanted & _host_ports(other):
                return True
        return False


def _condition(pod: Object, status: str, now: str) -> Object:
    found = {"type": "PodScheduled", "status": status, "lastProbeTime": None, "lastTransitionTime": now}
    return {**found, "observedGeneration": pod["metadata"].get("generation", 1)}


def _scheduling(before: Any) -> Any:
    return before.object["spec"] if before else None


def _relevant(node: Object) -> tuple[Any, ...]:
    """Return what of a node matters to where pods go."""
    return node["metadata"].get("labels"), node.get("spec"), (node.get("status") or {}).get("allocatable")


def _host_ports(pod: Object) -> set[tuple[str, int]]:
    spec = pod["spec"]
    found = {
        (port.get("protocol", "TCP"), port["hostPort"] if "hostPort" in port else port["containerPort"])
        for container in spec.get("containers", ())
        for port in container.get("ports") or ()
        if port.get("hostPort") or spec.get("hostNetwork")
    }
    return found


def _selected(spec: Object, node: _Node) -> bool:
    if any(node.labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    if not affinity:
        return True
    fields = {"metadata.name": node.name}
    return any(
        all(expression_holds(one, node.labels) for one in term.get("matchExpressions") or ())
        and all(expression_holds(one, fields) for one in term.get("matchFields") or ())
        for term in affinity["nodeSelectorTerms"]
    )


def _said(nodes: int, reasons: Counter[str], outlook: Counter[str]) -> str:
    if not nodes:
        return "no nodes available to schedule pods"
    head = f"0/{nodes} nodes are available: "
    why = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    hope = ", ".join(sorted(f"{count} {reason}" for reason, count in outlook.items()))
    return f"{head}{why}. preemption: {head}{hope}."
