"""PodDisruptionBudgets: how many of their pods may be evicted now."""

from __future__ import annotations

from spottui.sim.controllers_index import Index
from spottui.sim.controllers_pods import PODS, is_active, is_ready
from spottui.sim.controllers_quantity import selects, share
from spottui.sim.controllers_work import Work
from spottui.sim.history import Change
from spottui.sim.objects import Object, Objects, controller_uid, rfc3339
from spottui.sim.resources import resource

BUDGETS = resource("poddisruptionbudgets", "policy")


class Budgets:
    """Keeps the status of each budget, by which the eviction API decides."""

    def __init__(self, objects: Objects, work: Work, index: Index) -> None:
        self._objects, self._work, self._index = objects, work, index

    def hear(self, change: Change) -> None:
        """Take in a change of a budget or a pod."""
        meta = change.object["metadata"]
        if change.resource is BUDGETS or change.resource == BUDGETS:
            self._work.add(self.look, meta["namespace"], meta["name"])
        elif change.resource == PODS:
            for namespace, name in self._objects.keys(BUDGETS, meta["namespace"]):
                self._work.add(self.look, namespace, name)

    def look(self, namespace: str, name: str) -> None:
        """Count what one budget allows."""
        one = self._objects.find(BUDGETS, namespace, name)
        if one is None:
            return
        spec = one["spec"]
        pods = [
            pod
            for pod in self._index.pods_in(namespace)
            if is_active(pod) and selects(spec.get("selector"), pod["metadata"].get("labels"))
        ]
        expected = self._expected(pods)
        healthy = sum(is_ready(pod) for pod in pods)
        if "maxUnavailable" in spec:
            desired = max(0, expected - share(spec["maxUnavailable"], expected, up=True))
        else:
            desired = share(spec.get("minAvailable", 1), expected, up=True)
        allowed = max(0, healthy - desired) if expected else 0
        old = one.get("status") or {}
        status: Object = {
            "observedGeneration": one["metadata"].get("generation", 1),
            "disruptionsAllowed": allowed,
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "expectedPods": expected,
            "conditions": [self._condition(old, one, allowed)],
        }
        if status != old:
            self._objects.replace(BUDGETS, {**one, "status": status})

    def _expected(self, pods: list[Object]) -> int:
        """Return how many pods there should be: what their controllers ask for."""
        uids = {controller_uid(pod) for pod in pods}
        total = sum(not controller_uid(pod) for pod in pods)
        for uid in uids - {""}:
            place = self._index.places.get(uid)
            owner = self._objects.find(*place) if place else None
            own = sum(controller_uid(pod) == uid for pod in pods)
            total += (owner or {}).get("spec", {}).get("replicas", own)
        return total

    def _condition(self, old: Object, one: Object, allowed: int) -> Object:
        status, reason = ("True", "SufficientPods") if allowed else ("False", "InsufficientPods")
        known = next(iter(old.get("conditions") or ()), None)
        since = known["lastTransitionTime"] if known and known["status"] == status else rfc3339(self._objects.wall())
        return {
            "type": "DisruptionAllowed",
            "status": status,
            "observedGeneration": one["metadata"].get("generation", 1),
            "lastTransitionTime": since,
            "reason": reason,
            "message": "",
        }
