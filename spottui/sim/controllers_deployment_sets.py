"""The ReplicaSets of Deployments: made of the present template, numbered, sized; knows no strategy."""

from __future__ import annotations

from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_pods import hash_of, owner_reference
from spottui.sim.controllers_quantity import share
from spottui.sim.controllers_replicaset import REPLICA_SETS
from spottui.sim.objects import Object, Objects, copy_of
from spottui.sim.resources import resource

DEPLOYMENTS = resource("deployments", "apps")
REVISION = "deployment.kubernetes.io/revision"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"
HASH = "pod-template-hash"
NOT_COPIED = {"kubectl.kubernetes.io/last-applied-configuration", REVISION, DESIRED, MAX_REPLICAS}


class ReplicaSets:
    """Writes the ReplicaSets of Deployments."""

    def __init__(self, objects: Objects, recorder: Recorder) -> None:
        self._objects, self._recorder = objects, recorder

    def ensure_new(self, one: Object, new: Object | None, old: list[Object], *, at_once: int) -> Object:
        """Return the ReplicaSet of the present template, made with `at_once` replicas when there is none."""
        highest = max((revision_of(each) for each in old), default=0)
        if new is not None:
            if revision_of(new) <= highest:
                new = self._annotate(new, {REVISION: str(highest + 1)})
            self._own_revision(one, str(revision_of(new)))
            return new
        made = self._create_set(one, highest + 1, at_once)
        self._own_revision(one, str(highest + 1))
        if at_once:
            said = f"Scaled up replica set {made['metadata']['name']} from 0 to {at_once}"
            self._recorder.record(one, DEPLOYMENTS, "ScalingReplicaSet", said)
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

    def resize(self, one: Object, each: Object, replicas: int) -> Object:
        """Give a ReplicaSet so many replicas, and say so when it had others."""
        had = each["spec"]["replicas"]
        each = self._annotate(each, _sizes(one), replicas)
        if replicas != had:
            way = "up" if replicas > had else "down"
            said = f"Scaled {way} replica set {each['metadata']['name']} from {had} to {replicas}"
            self._recorder.record(one, DEPLOYMENTS, "ScalingReplicaSet", said)
        return each


def newest_of(one: Object, sets: list[Object]) -> Object | None:
    """Return the ReplicaSet that has the Deployment's present template."""
    wanted = _bare(one["spec"]["template"])
    return next((each for each in sorted(sets, key=created) if _bare(each["spec"]["template"]) == wanted), None)


def _bare(template: Object) -> Object:
    """Return a template without what the controller itself puts into it."""
    meta = template.get("metadata") or {}
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key != HASH}
    return {"labels": labels, "annotations": meta.get("annotations") or {}, "spec": template["spec"]}


def revision_of(each: Object) -> int:
    """Return the revision that a ReplicaSet is of; 0 when it says none."""
    return int((each["metadata"].get("annotations") or {}).get(REVISION, 0))


def created(each: Object) -> tuple[str, int]:
    """Return what ReplicaSets are put in order of their making by."""
    return each["metadata"]["creationTimestamp"], revision_of(each)


def available(each: Object) -> int:
    """Return how many pods of a ReplicaSet are available."""
    return (each.get("status") or {}).get("availableReplicas", 0)


def _copied(one: Object) -> dict[str, str]:
    annotations = one["metadata"].get("annotations") or {}
    return {key: value for key, value in annotations.items() if key not in NOT_COPIED}


def _sizes(one: Object) -> dict[str, str]:
    wanted = one["spec"].get("replicas", 1)
    return {DESIRED: str(wanted), MAX_REPLICAS: str(wanted + surge(one))}


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


def surge(one: Object) -> int:
    """Return maxSurge in pods."""
    return _limits(one)[0]


def unavailable(one: Object) -> int:
    """Return maxUnavailable in pods."""
    return _limits(one)[1]
