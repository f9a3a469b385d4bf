"""The ReplicaSet controller: as many pods as asked for, and what is said when there cannot be."""

from __future__ import annotations

from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_index import Index
from spottui.sim.controllers_pods import (
    PODS,
    available_in,
    create_pod,
    deletion_rank,
    is_active,
    is_ready,
    pod_from,
)
from spottui.sim.controllers_work import Work
from spottui.sim.objects import Object, Objects, rfc3339
from spottui.sim.resources import resource
from spottui.sim.status import ApiError
from spottui.sim.story_clock import StoryClock

REPLICA_SETS = resource("replicasets", "apps")
BATCH = 20
"""Pods made or deleted at one look: 5,000 of them must not hold up the event loop."""
LARGE = 250
"""Pods from which on a set is looked at less often than at each of its pods' changes."""
LARGE_EVERY = 0.5
RETRY = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1000.0)
"""Story seconds until a refused creation is tried again, as the controllers' rate limiter grows."""


class ReplicaSets:
    """Keeps the pods of each ReplicaSet at its number of replicas."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work, index: Index) -> None:
        self._objects, self._clock, self._work, self._index = objects, clock, work, index
        self.recorder = Recorder(objects, clock, "replicaset-controller")
        self._refused: dict[str, tuple[int, float, str]] = {}
        """UID -> how often in a row its pods were refused, until when it waits, and what was said last."""
        self._waits: set[tuple[str, str]] = set()
        self._looked: dict[tuple[str, str], float] = {}

    def look(self, namespace: str, name: str) -> None:
        """Bring one ReplicaSet closer to what it asks for."""
        one = self._objects.find(REPLICA_SETS, namespace, name)
        if one is None:
            self._looked.pop((namespace, name), None)
            return
        pods = self._index.controlled(one["metadata"]["uid"])
        if len(pods) > LARGE and self._is_too_soon(namespace, name):
            return
        active = [pod for pod in pods if is_active(pod)]
        failure = None
        if "deletionTimestamp" not in one["metadata"]:
            failure = self._replicate(one, active)
        active = [pod for pod in self._index.controlled(one["metadata"]["uid"]) if is_active(pod)]
        self._tell(one, active, failure)

    def _is_too_soon(self, namespace: str, name: str) -> bool:
        key = (namespace, name)
        now = self._clock.now()
        due = self._looked.get(key, -LARGE_EVERY) + LARGE_EVERY
        if now >= due:
            self._looked[key] = now
            return False
        self._look_in(due - now, namespace, name)
        return True

    def _look_in(self, seconds: float, namespace: str, name: str) -> None:
        key = (namespace, name)
        if key in self._waits:
            return
        self._waits.add(key)

        def again() -> None:
            self._waits.discard(key)
            self._work.add(self.look, namespace, name)

        self._clock.call_later(seconds, again)

    def _replicate(self, one: Object, active: list[Object]) -> tuple[str, str] | None:
        """Make or delete pods; return reason and message of a failure."""
        meta = one["metadata"]
        missing = one["spec"].get("replicas", 1) - len(active)
        if missing > 0:
            return self._create(one, min(missing, BATCH), missing)
        if not missing:
            return None
        for pod in sorted(active, key=deletion_rank)[: min(-missing, BATCH)]:
            self._objects.delete(PODS, meta["namespace"], pod["metadata"]["name"])
            self.recorder.record(one, REPLICA_SETS, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
        if -missing > BATCH:
            self._looked.pop((meta["namespace"], meta["name"]), None)
            self._work.add(self.look, meta["namespace"], meta["name"])
        return None

    def _create(self, one: Object, now: int, missing: int) -> tuple[str, str] | None:
        meta = one["metadata"]
        tries, until, said = self._refused.get(meta["uid"], (0, 0.0, ""))
        if self._clock.now() < until - 1e-6:
            return "FailedCreate", said
        for _ in range(now):
            try:
                pod = create_pod(self._objects, pod_from(one["spec"]["template"], one, REPLICA_SETS))
            except ApiError as error:
                said = f"Error creating: {error.message}"
                self.recorder.record(one, REPLICA_SETS, "FailedCreate", said, warning=True)
                wait = RETRY[min(tries, len(RETRY) - 1)]
                self._refused[meta["uid"]] = (tries + 1, self._clock.now() + wait, error.message)
                self._look_in(wait, meta["namespace"], meta["name"])
                return "FailedCreate", error.message
            self.recorder.record(one, REPLICA_SETS, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")
        self._refused.pop(meta["uid"], None)
        if missing > now:
            self._looked.pop((meta["namespace"], meta["name"]), None)
            self._work.add(self.look, meta["namespace"], meta["name"])
        return None

    def _tell(self, one: Object, active: list[Object], failure: tuple[str, str] | None) -> None:
        meta, now = one["metadata"], self._objects.wall()
        min_ready = one["spec"].get("minReadySeconds", 0)
        waits = [available_in(pod, min_ready, now) for pod in active if is_ready(pod)]
        later = [wait for wait in waits if wait]
        if later:
            self._look_in(min(later), meta["namespace"], meta["name"])
        old = one.get("status") or {}
        status: Object = {"replicas": len(active), "observedGeneration": meta.get("generation", 1)}
        if active:
            status["fullyLabeledReplicas"] = len(active)
        if waits:
            status["readyReplicas"] = len(waits)
        if len(waits) > len(later):
            status["availableReplicas"] = len(waits) - len(later)
        conditions = [kept for kept in old.get("conditions") or () if kept["type"] != "ReplicaFailure"]
        if failure:
            conditions.append(_failure(old, *failure, rfc3339(now)))
        if conditions:
            status["conditions"] = conditions
        if status != old:
            self._objects.replace(REPLICA_SETS, {**one, "status": status})


def _failure(old: Object, reason: str, message: str, now: str) -> Object:
    known = next((one for one in old.get("conditions") or () if one["type"] == "ReplicaFailure"), None)
    since = known["lastTransitionTime"] if known else now
    return {
        "type": "ReplicaFailure",
        "status": "True",
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    }
