"""The Deployment controller: revisions, rolling updates, Recreate, pausing and scaling."""

from __future__ import annotations

from spottui.sim.controllers_deployment_status import Rollout, status_of
from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_index import Index
from spottui.sim.controllers_pods import PODS, hash_of, is_over, owner_reference
from spottui.sim.controllers_quantity import share
from spottui.sim.controllers_replicaset import REPLICA_SETS
from spottui.sim.controllers_work import Work
from spottui.sim.objects import Object, Objects, copy_of
from spottui.sim.resources import resource
from spottui.sim.story_clock import StoryClock

DEPLOYMENTS = resource("deployments", "apps")
REVISION = "deployment.kubernetes.io/revision"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"
HASH = "pod-template-hash"
NOT_COPIED = {"kubectl.kubernetes.io/last-applied-configuration", REVISION, DESIRED, MAX_REPLICAS}


class Deployments:
    """Moves each Deployment from its old ReplicaSets to the one of its present template."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work, index: Index) -> None:
        self._objects, self._clock, self._work, self._index = objects, clock, work, index
        self.recorder = Recorder(objects, clock, "deployment-controller")
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
        new = _newest_of(one, sets)
        old = [each for each in sets if new is None or each["metadata"]["uid"] != new["metadata"]["uid"]]
        if one["spec"].get("paused") or self._is_scaling(one, sets):
            self._scale(one, new, old)
        elif (one["spec"].get("strategy") or {}).get("type") == "Recreate":
            self._recreate(one, new, old)
        else:
            self._roll(one, new, old)
        self._clean_up(one)
        self._tell(one)

    # -- ReplicaSets -------------------------------------------------------------------------------

    def _ensure_new(self, one: Object, new: Object | None, old: list[Object], *, at_once: int) -> Object:
        """Return the ReplicaSet of the present template, made with `at_once` replicas when there is none."""
        highest = max((_revision(each) for each in old), default=0)
        if new is not None:
            if _revision(new) <= highest:
                new = self._annotate(new, {REVISION: str(highest + 1)})
            self._own_revision(one, str(_revision(new)))
            return new
        made = self._create_set(one, highest + 1, at_once)
        self._own_revision(one, str(highest + 1))
        self._progressed[one["metadata"]["uid"]] = self._clock.now()
        if at_once:
            said = f"Scaled up replica set {made['metadata']['name']} from 0 to {at_once}"
            self.recorder.record(one, DEPLOYMENTS, "ScalingReplicaSet", said)
        return made

    def _create_set(self, one: Object, revision: int, replicas: int) -> Object:
        spec, meta = one["spec"], one["metadata"]
        template = copy_of(spec["template"])
        collisions = (one.get("status") or {}).get("collisionCount", 0)
        digest = hash_of(template, collisions)
        template.setdefault("metadata", {}).setdefault("labels", {})[HASH] = digest
        template["metadata"].setdefault("creationTimestamp", None)
        selector = copy_of(spec["selector"])
        selector.setdefault("matchLabels", {})[HASH] = digest
        made_spec = {"replicas": replicas, "selector": selector, "template": template}
        if spec.get("minReadySeconds"):
            made_spec["minReadySeconds"] = spec["minReadySeconds"]
        made = {
            "metadata": {
                "name": f"{meta['name']}-{digest}",
                "namespace": meta["namespace"],
                "labels": template["metadata"]["labels"],
                "annotations": {**_copied(one), REVISION: str(revision), **_sizes(one)},
                "ownerReferences": [owner_reference(one, DEPLOYMENTS)],
            },
            "spec": made_spec,
            "status": {"replicas": 0},
        }
        taken = self._objects.find(REPLICA_SETS, meta["namespace"], made["metadata"]["name"])
        if taken is None:
            return self._objects.create(REPLICA_SETS, made)

        def collide(one: Object) -> None:
            one.setdefault("status", {})["collisionCount"] = collisions + 1

        again = self._objects.change(DEPLOYMENTS, meta["namespace"], meta["name"], collide)
        return self._create_set(again or one, revision, replicas)

    def _own_revision(self, one: Object, revision: str) -> None:
        if (one["metadata"].get("annotations") or {}).get(REVISION) == revision:
            return

        def write(one: Object) -> None:
            annotations = one["metadata"].get("annotations") or {}
            one["metadata"]["annotations"] = {**annotations, REVISION: revision}

        self._objects.change(DEPLOYMENTS, one["metadata"]["namespace"], one["metadata"]["name"], write)

    def _annotate(self, each: Object, more: dict[str, str], replicas: int | None = None) -> Object:
        def write(each: Object) -> None:
            each["metadata"]["annotations"] = {**(each["metadata"].get("annotations") or {}), **more}
            if replicas is not None:
                each["spec"]["replicas"] = replicas

        meta = each["metadata"]
        return self._objects.change(REPLICA_SETS, meta["namespace"], meta["name"], write) or each

    def _resize(self, one: Object, each: Object, replicas: int) -> Object:
        had = each["spec"]["replicas"]
        each = self._annotate(each, _sizes(one), replicas)
        if replicas != had:
            way = "up" if replicas > had else "down"
            said = f"Scaled {way} replica set {each['metadata']['name']} from {had} to {replicas}"
            self.recorder.record(one, DEPLOYMENTS, "ScalingReplicaSet", said)
        return each

    # -- strategies --------------------------------------------------------------------------------

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
            only = active[0] if active else new or max(old, key=_revision, default=None)
            if only is not None:
                self._resize(one, only, wanted)
            return
        if new and new["spec"]["replicas"] == wanted and (new.get("status") or {}).get("availableReplicas") == wanted:
            for each in old:
                if each["spec"]["replicas"]:
                    self._resize(one, each, 0)
            return
        total = sum(each["spec"]["replicas"] for each in active)
        allowed = wanted + _surge(one) if wanted else 0
        left = allowed - total
        active.sort(key=lambda each: -each["spec"]["replicas"] if left > 0 else each["spec"]["replicas"])
        for at, each in enumerate(active):
            part = round(each["spec"]["replicas"] * (allowed - total) / total) if at < len(active) - 1 else left
            part = max(-each["spec"]["replicas"], min(part, left) if left > 0 else max(part, left))
            left -= part
            self._resize(one, each, each["spec"]["replicas"] + part)

    def _recreate(self, one: Object, new: Object | None, old: list[Object]) -> None:
        active = [each for each in old if each["spec"]["replicas"]]
        for each in active:
            self._resize(one, each, 0)
        uids = [each["metadata"]["uid"] for each in old]
        if active or any(not is_over(pod) for uid in uids for pod in self._index.controlled(uid, PODS)):
            return
        wanted = one["spec"].get("replicas", 1)
        new = self._ensure_new(one, new, old, at_once=wanted)
        if new["spec"]["replicas"] != wanted:
            self._resize(one, new, wanted)

    def _roll(self, one: Object, new: Object | None, old: list[Object]) -> None:
        wanted = one["spec"].get("replicas", 1)
        used = sum(each["spec"]["replicas"] for each in old)
        room = max(0, min(wanted + _surge(one) - used, wanted))
        new = self._ensure_new(one, new, old, at_once=room)
        has = new["spec"]["replicas"]
        if has > wanted:
            self._resize(one, new, wanted)
            return
        grow = min(wanted + _surge(one) - used - has, wanted - has)
        if grow > 0:
            self._resize(one, new, has + grow)
            return
        self._shrink_old(one, new, old)

    def _shrink_old(self, one: Object, new: Object, old: list[Object]) -> None:
        active = sorted((each for each in old if each["spec"]["replicas"]), key=_created)
        if not active:
            return
        total = new["spec"]["replicas"] + sum(each["spec"]["replicas"] for each in active)
        floor = one["spec"].get("replicas", 1) - _unavailable(one)
        may_go = total - floor - (new["spec"]["replicas"] - _available(new))
        for at, each in enumerate(active):  # first those that do not serve anyway
            dead = each["spec"]["replicas"] - _available(each)
            if may_go > 0 and dead > 0:
                gone = min(may_go, dead)
                may_go -= gone
                active[at] = self._resize(one, each, each["spec"]["replicas"] - gone)
        available = _available(new) + sum(min(_available(each), each["spec"]["replicas"]) for each in active)
        may_go = available - floor
        for each in active:
            gone = min(may_go, each["spec"]["replicas"])
            if gone > 0:
                may_go -= gone
                self._resize(one, each, each["spec"]["replicas"] - gone)

    # -- the rest ----------------------------------------------------------------------------------

    def _clean_up(self, one: Object) -> None:
        limit = one["spec"].get("revisionHistoryLimit", 10)
        sets = self._index.controlled(one["metadata"]["uid"], REPLICA_SETS)
        new = _newest_of(one, sets)
        if len(sets) <= limit + 1 or new is None or one["spec"].get("paused"):
            return
        old = [
            each
            for each in sets
            if each is not new and not each["spec"]["replicas"] and not (each.get("status") or {}).get("replicas")
        ]
        for each in sorted(old, key=_revision)[: max(0, len(sets) - 1 - limit)]:
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
        rollout = Rollout(one, _newest_of(one, sets), sets, _unavailable(one), is_late, self._objects.wall())
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


def _newest_of(one: Object, sets: list[Object]) -> Object | None:
    """Return the ReplicaSet that has the Deployment's present template."""
    wanted = _bare(one["spec"]["template"])
    return next((each for each in sorted(sets, key=_created) if _bare(each["spec"]["template"]) == wanted), None)


def _bare(template: Object) -> Object:
    """Return a template without what the controller itself puts into it."""
    meta = template.get("metadata") or {}
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key != HASH}
    return {"labels": labels, "annotations": meta.get("annotations") or {}, "spec": template["spec"]}


def _revision(each: Object) -> int:
    return int((each["metadata"].get("annotations") or {}).get(REVISION, 0))


def _created(each: Object) -> tuple[str, int]:
    return each["metadata"]["creationTimestamp"], _revision(each)


def _available(each: Object) -> int:
    return (each.get("status") or {}).get("availableReplicas", 0)


def _copied(one: Object) -> dict[str, str]:
    annotations = one["metadata"].get("annotations") or {}
    return {key: value for key, value in annotations.items() if key not in NOT_COPIED}


def _sizes(one: Object) -> dict[str, str]:
    wanted = one["spec"].get("replicas", 1)
    return {DESIRED: str(wanted), MAX_REPLICAS: str(wanted + _surge(one))}


def _limits(one: Object) -> tuple[int, int]:
    """Return maxSurge and maxUnavailable in pods."""
    strategy = one["spec"].get("strategy") or {}
    wanted = one["spec"].get("replicas", 1)
    if strategy.get("type") == "Recreate":
        return 0, 0
    rolling = strategy.get("rollingUpdate") or {}
    surge = share(rolling.get("maxSurge", "25%"), wanted, up=True)
    unavailable = share(rolling.get("maxUnavailable", "25%"), wanted, up=False)
    if not surge and not unavailable:
        unavailable = 1
    return surge, min(unavailable, wanted)


def _surge(one: Object) -> int:
    return _limits(one)[0]


def _unavailable(one: Object) -> int:
    return _limits(one)[1]
