"""The DaemonSet controller: one pod on each node that the set wants."""

from __future__ import annotations

from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_index import Index
from spottui.sim.controllers_pods import PODS, available_in, create_pod, is_active, is_over, is_ready, pod_from
from spottui.sim.controllers_quantity import expression_holds, share, tolerates
from spottui.sim.controllers_revisions import HASH, current, hash_label
from spottui.sim.controllers_work import Work
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import resource
from spottui.sim.status import ApiError
from spottui.sim.story_clock import StoryClock

DAEMON_SETS = resource("daemonsets", "apps")
NODES = resource("nodes")
RETRY = 5.0
_BORNE = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    *((name, "NoSchedule") for name in ("disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")),
)
"""Taints that every daemon pod tolerates."""


class DaemonSets:
    """Keeps one pod of each DaemonSet on each of its nodes."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work, index: Index) -> None:
        self._objects, self._clock, self._work, self._index = objects, clock, work, index
        self.recorder = Recorder(objects, clock, "daemonset-controller")
        self._failed: dict[tuple[str, str], int] = {}
        """UID of the set and node -> how often its pod failed there: the deletions back off."""
        self._doomed: set[str] = set()

    def look(self, namespace: str, name: str) -> None:
        """Bring one DaemonSet closer to what it asks for."""
        one = self._objects.find(DAEMON_SETS, namespace, name)
        if one is None or "deletionTimestamp" in one["metadata"]:
            return
        digest = current(self._objects, self._index, one, DAEMON_SETS)["metadata"]["labels"][HASH]
        wanted = {node["metadata"]["name"] for node in self._objects.all(NODES) if _wants(one, node)}
        by_node = self._by_node(one)
        for node in sorted(wanted - set(by_node)):
            self._create(one, node, digest)
        for node, pods in by_node.items():
            self._tidy(one, node, pods, node in wanted)
        self._roll(one, digest)
        self._tell(one, wanted, digest)

    def _by_node(self, one: Object) -> dict[str, list[Object]]:
        found: dict[str, list[Object]] = {}
        for pod in self._index.controlled(one["metadata"]["uid"]):
            found.setdefault(pod["spec"].get("nodeName") or _target(pod), []).append(pod)
        return found

    def _tidy(self, one: Object, node: str, pods: list[Object], is_wanted: bool) -> None:
        """Delete what is too much on a node, and failed pods so that they are made anew, with a growing pause."""
        alive = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        for pod in alive if not is_wanted else alive[1:]:
            self._delete(one, pod)
        if not is_wanted or not alive or not is_over(alive[0]) or alive[0]["metadata"]["uid"] in self._doomed:
            return
        self._doomed.add(alive[0]["metadata"]["uid"])
        key = (one["metadata"]["uid"], node)
        tries = self._failed[key] = self._failed.get(key, 0) + 1
        meta, failed = one["metadata"], alive[0]["metadata"]
        said = f"Found failed daemon pod {failed['namespace']}/{failed['name']} on node {node}, will try to kill it"
        self.recorder.record(one, DAEMON_SETS, "FailedDaemonPod", said, warning=True)

        def go() -> None:
            self._doomed.discard(failed["uid"])
            found = self._objects.find(PODS, failed["namespace"], failed["name"])
            if found is not None and found["metadata"]["uid"] == failed["uid"]:
                self._delete(one, found)
            self._work.add(self.look, meta["namespace"], meta["name"])

        self._clock.call_later(min(900.0, 2.0 ** (tries - 1)), go)

    def _create(self, one: Object, node: str, digest: str) -> None:
        meta = one["metadata"]
        pod = pod_from(one["spec"]["template"], one, DAEMON_SETS)
        labels = pod["metadata"].get("labels") or {}
        generation = str((meta.get("annotations") or {}).get("deprecated.daemonset.template.generation", 1))
        pod["metadata"]["labels"] = {**labels, HASH: digest, "pod-template-generation": generation}
        term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
        affinity = pod["spec"].setdefault("affinity", {}).setdefault("nodeAffinity", {})
        affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": [term]}
        tolerations = pod["spec"].setdefault("tolerations", [])
        for key, effect in _BORNE:
            tolerations.append({"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": effect})
        try:
            made = create_pod(self._objects, pod)
        except ApiError as error:
            said = f"Error creating: {error.message}"
            self.recorder.record(one, DAEMON_SETS, "FailedCreate", said, warning=True)
            self._clock.call_later(RETRY, lambda: self._work.add(self.look, meta["namespace"], meta["name"]))
            return
        self.recorder.record(one, DAEMON_SETS, "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")

    def _delete(self, one: Object, pod: Object) -> None:
        meta = pod["metadata"]
        self._objects.delete(PODS, meta["namespace"], meta["name"])
        self.recorder.record(one, DAEMON_SETS, "SuccessfulDelete", f"Deleted pod: {meta['name']}")

    def _roll(self, one: Object, digest: str) -> None:
        strategy = one["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return
        pods = self._index.controlled(one["metadata"]["uid"])
        room = share((strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1), len(pods), up=True) or 1
        room -= sum(not is_ready(pod) or not is_active(pod) for pod in pods if hash_label(pod) == digest)
        room -= sum(not is_active(pod) for pod in pods if hash_label(pod) != digest)
        stale = [pod for pod in pods if is_active(pod) and hash_label(pod) != digest]
        for pod in sorted(stale, key=is_ready):
            if is_ready(pod):
                if room <= 0:
                    return
                room -= 1
            self._delete(one, pod)

    def _tell(self, one: Object, wanted: set[str], digest: str) -> None:
        meta, now = one["metadata"], self._objects.wall()
        min_ready = one["spec"].get("minReadySeconds", 0)
        chosen = {node: next((p for p in pods if is_active(p)), None) for node, pods in self._by_node(one).items()}
        pods = [pod for node, pod in chosen.items() if pod and node in wanted]
        waits = [available_in(pod, min_ready, now) for pod in pods]
        available = sum(wait == 0 for wait in waits)
        later = [wait for wait in waits if wait]
        if later:
            again = min(later)
            self._clock.call_later(again, lambda: self._work.add(self.look, meta["namespace"], meta["name"]))
        status: Object = {
            "currentNumberScheduled": len(pods),
            "numberMisscheduled": sum(1 for node, pod in chosen.items() if pod and node not in wanted),
            "desiredNumberScheduled": len(wanted),
            "numberReady": sum(is_ready(pod) for pod in pods),
            "observedGeneration": meta.get("generation", 1),
        }
        extra = {
            "updatedNumberScheduled": sum(hash_label(pod) == digest for pod in pods),
            "numberAvailable": available,
            "numberUnavailable": len(wanted) - available,
        }
        status.update({name: value for name, value in extra.items() if value})
        if status != (one.get("status") or {}):
            self._objects.replace(DAEMON_SETS, {**one, "status": status})


def _target(pod: Object) -> str:
    """Return the node a daemon pod was made for."""
    affinity = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return affinity["nodeSelectorTerms"][0]["matchFields"][0]["values"][0]


def _wants(one: Object, node: Object) -> bool:
    """Return whether a DaemonSet wants a pod on a node."""
    spec = one["spec"]["template"]["spec"]
    labels = node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    if affinity and not any(
        all(expression_holds(each, labels) for each in term.get("matchExpressions") or ())
        for term in affinity["nodeSelectorTerms"]
    ):
        return False
    borne = [{"key": f"node.kubernetes.io/{key}", "operator": "Exists"} for key, _ in _BORNE]
    tolerations = [*(spec.get("tolerations") or ()), *borne]
    return all(
        taint["effect"] == "PreferNoSchedule" or tolerates(tolerations, taint)
        for taint in (node.get("spec") or {}).get("taints") or ()
    )
