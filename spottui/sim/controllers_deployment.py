"""The Deployment controller: revisions, rolling updates, Recreate, pausing and scaling."""

from __future__ import annotations

from spottui.sim.controllers_deployment_sets import (
    DEPLOYMENTS,
    DESIRED,
    ReplicaSets,
    available,
    created,
    newest_of,
    revision_of,
    surge,
    unavailable,
)
from spottui.sim.controllers_deployment_status import Rollout, status_of
from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_index import Index
from spottui.sim.controllers_pods import PODS, is_over
from spottui.sim.controllers_replicaset import REPLICA_SETS
from spottui.sim.controllers_work import Work
from spottui.sim.objects import Object, Objects
from spottui.sim.story_clock import StoryClock


class Deployments:
    """Moves each Deployment from its old ReplicaSets to the one of its present template."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work, index: Index) -> None:
        self._objects, self._clock, self._work, self._index = objects, clock, work, index
        self.recorder = Recorder(objects, clock, "deployment-controller")
        self._sets = ReplicaSets(objects, self.recorder)
        self._progressed: dict[str, float] = {}
        """UID -> story time of the last progress of its rollout."""
        self._deadlines: set[str] = set()

    def look(self, namespace: str, name: str) -> None:
        """Bring one Deployment closer to what it asks for."""
        one = self._objects.find(DEPLOYMENTS, namespace, name)
        if one is None:
            return
        sets = self._index.controlled(one["metadata"]["uid"], REPLICA_SETS)
        if "deletionTimestamp" in one["metadata"]:
            self._tell(one)
            return
        new = newest_of(one, sets)
        old = [each for each in sets if new is None or each["metadata"]["uid"] != new["metadata"]["uid"]]
        if one["spec"].get("paused") or self._is_scaling(one, sets):
            self._scale(one, new, old)
        elif (one["spec"].get("strategy") or {}).get("type") == "Recreate":
            self._recreate(one, new, old)
        else:
            self._roll(one, new, old)
        self._clean_up(one)
        self._tell(one)

    # -- strategies --------------------------------------------------------------------------------

    def _ensure_new(self, one: Object, new: Object | None, old: list[Object], *, at_once: int) -> Object:
        if new is None:
            self._progressed[one["metadata"]["uid"]] = self._clock.now()
        return self._sets.ensure_new(one, new, old, at_once=at_once)

    def _is_scaling(self, one: Object, sets: list[Object]) -> bool:
        wanted = str(one["spec"].get("replicas", 1))
        return any(
            each["spec"]["replicas"] and (each["metadata"].get("annotations") or {}).get(DESIRED, wanted) != wanted
            for each in sets
        )

    def _scale(self, one: Object, new: Object | None, old: list[Object]) -> None:
        """Spread a changed number of replicas over the active ReplicaSets."""
        wanted = one["spec"].get("replicas", 1)
        everyone = [*old, *([new] if new else [])]
        active = [each for each in everyone if each["spec"]["replicas"]]
        if len(active) <= 1:
            only = active[0] if active else new or max(old, key=revision_of, default=None)
            if only is not None:
                self._sets.resize(one, only, wanted)
            return
        if new and new["spec"]["replicas"] == wanted and (new.get("status") or {}).get("availableReplicas") == wanted:
            for each in old:
                if each["spec"]["replicas"]:
                    self._sets.resize(one, each, 0)
            return
        total = sum(each["spec"]["replicas"] for each in active)
        allowed = wanted + surge(one) if wanted else 0
        left = allowed - total
        active.sort(key=lambda each: -each["spec"]["replicas"] if left > 0 else each["spec"]["replicas"])
        for at, each in enumerate(active):
            part = round(each["spec"]["replicas"] * (allowed - total) / total) if at < len(active) - 1 else left
            part = max(-each["spec"]["replicas"], min(part, left) if left > 0 else max(part, left))
            left -= part
            self._sets.resize(one, each, each["spec"]["replicas"] + part)

    def _recreate(self, one: Object, new: Object | None, old: list[Object]) -> None:
        active = [each for each in old if each["spec"]["replicas"]]
        for each in active:
            self._sets.resize(one, each, 0)
        uids = [each["metadata"]["uid"] for each in old]
        if active or any(not is_over(pod) for uid in uids for pod in self._index.controlled(uid, PODS)):
            return
        wanted = one["spec"].get("replicas", 1)
        new = self._ensure_new(one, new, old, at_once=wanted)
        if new["spec"]["replicas"] != wanted:
            self._sets.resize(one, new, wanted)

    def _roll(self, one: Object, new: Object | None, old: list[Object]) -> None:
        wanted = one["spec"].get("replicas", 1)
        used = sum(each["spec"]["replicas"] for each in old)
        room = max(0, min(wanted + surge(one) - used, wanted))
        new = self._ensure_new(one, new, old, at_once=room)
        has = new["spec"]["replicas"]
        if has > wanted:
            self._sets.resize(one, new, wanted)
            return
        grow = min(wanted + surge(one) - used - has, wanted - has)
        if grow > 0:
            self._sets.resize(one, new, has + grow)
            return
        self._shrink_old(one, new, old)

    def _shrink_old(self, one: Object, new: Object, old: list[Object]) -> None:
        active = sorted((each for each in old if each["spec"]["replicas"]), key=created)
        if not active:
            return
        total = new["spec"]["replicas"] + sum(each["spec"]["replicas"] for each in active)
        floor = one["spec"].get("replicas", 1) - unavailable(one)
        may_go = total - floor - (new["spec"]["replicas"] - available(new))
        for at, each in enumerate(active):  # first those that do not serve anyway
            dead = each["spec"]["replicas"] - available(each)
            if may_go > 0 and dead > 0:
                gone = min(may_go, dead)
                may_go -= gone
                active[at] = self._sets.resize(one, each, each["spec"]["replicas"] - gone)
        serving = available(new) + sum(min(available(each), each["spec"]["replicas"]) for each in active)
        may_go = serving - floor
        for each in active:
            gone = min(may_go, each["spec"]["replicas"])
            if gone > 0:
                may_go -= gone
                self._sets.resize(one, each, each["spec"]["replicas"] - gone)

    # -- the rest ----------------------------------------------------------------------------------

    def _clean_up(self, one: Object) -> None:
        limit = one["spec"].get("revisionHistoryLimit", 10)
        sets = self._index.controlled(one["metadata"]["uid"], REPLICA_SETS)
        new = newest_of(one, sets)
        if len(sets) <= limit + 1 or new is None or one["spec"].get("paused"):
            return
        old = [
            each
            for each in sets
            if each is not new and not each["spec"]["replicas"] and not (each.get("status") or {}).get("replicas")
        ]
        for each in sorted(old, key=revision_of)[: max(0, len(sets) - 1 - limit)]:
            self._objects.delete(REPLICA_SETS, each["metadata"]["namespace"], each["metadata"]["name"])

    def _tell(self, one: Object) -> None:
        found = self._objects.find(DEPLOYMENTS, one["metadata"]["namespace"], one["metadata"]["name"])
        if found is None:
            return
        one, meta = found, found["metadata"]
        sets = self._index.controlled(meta["uid"], REPLICA_SETS)
        since = self._progressed.setdefault(meta["uid"], self._clock.now())
        deadline = one["spec"].get("progressDeadlineSeconds", 600)
        is_late = self._clock.now() - since >= deadline
        rollout = Rollout(one, newest_of(one, sets), sets, unavailable(one), is_late, self._objects.wall())
        status, has_progressed, is_pending = status_of(rollout)
        if has_progressed:
            self._progressed[meta["uid"]] = self._clock.now()
        if status != (one.get("status") or {}):
            self._objects.replace(DEPLOYMENTS, {**one, "status": status})
        if is_pending and not is_late and meta["uid"] not in self._deadlines:
            self._deadlines.add(meta["uid"])
            left = self._progressed[meta["uid"]] + deadline - self._clock.now()
            self._clock.call_later(max(left, 0.01), lambda: self._check_deadline(meta))

    def _check_deadline(self, meta: Object) -> None:
        self._deadlines.discard(meta["uid"])
        self._work.add(self.look, meta["namespace"], meta["name"])

    def forget(self, uid: str) -> None:
        """Forget a Deployment that is gone."""
        self._progressed.pop(uid, None)
