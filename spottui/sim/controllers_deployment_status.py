"""What a Deployment's status says: its counts and conditions, with the controller's own reasons and messages."""

from __future__ import annotations

from dataclasses import dataclass

from spottui.sim.objects import Object, rfc3339


@dataclass(frozen=True, slots=True)
class Rollout:
    """A Deployment and what its status is made of."""

    deployment: Object
    new: Object | None
    """The ReplicaSet of the present template."""
    sets: list[Object]
    max_unavailable: int
    is_late: bool
    """Whether no progress was seen for progressDeadlineSeconds."""
    now: float


def status_of(rollout: Rollout) -> tuple[Object, bool, bool]:
    """Return the status, whether the rollout progressed since the last one, and whether it is still under way."""
    one, old = rollout.deployment, rollout.deployment.get("status") or {}
    status: Object = {"observedGeneration": one["metadata"].get("generation", 1)}
    counts = _counts(rollout)
    status.update({name: count for name, count in counts.items() if count})
    if old.get("collisionCount"):
        status["collisionCount"] = old["collisionCount"]
    conditions = {each["type"]: each for each in old.get("conditions") or ()}
    stamp = rfc3339(rollout.now)
    if counts["availableReplicas"] >= one["spec"].get("replicas", 1) - rollout.max_unavailable:
        said = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    else:
        said = ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    _set(conditions, "Available", said, stamp)
    has_progressed, is_pending = _progress(rollout, counts, conditions, stamp)
    failures = [
        each
        for replica_set in sorted(rollout.sets, key=lambda each: each is not rollout.new)
        for each in (replica_set.get("status") or {}).get("conditions") or ()
        if each["type"] == "ReplicaFailure"
    ]
    conditions.pop("ReplicaFailure", None) if not failures else _set(
        conditions, "ReplicaFailure", (failures[0]["status"], failures[0]["reason"], failures[0]["message"]), stamp
    )
    status["conditions"] = list(conditions.values())
    return status, has_progressed, is_pending


def _counts(rollout: Rollout) -> dict[str, int]:
    def total(name: str) -> int:
        return sum((each.get("status") or {}).get(name, 0) for each in rollout.sets)

    replicas, available = total("replicas"), total("availableReplicas")
    updated = ((rollout.new or {}).get("status") or {}).get("replicas", 0)
    return {
        "replicas": replicas,
        "updatedReplicas": updated,
        "readyReplicas": total("readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, sum(each["spec"]["replicas"] for each in rollout.sets) - available),
    }


def _progress(rollout: Rollout, counts: dict[str, int], conditions: dict[str, Object], stamp: str) -> tuple[bool, bool]:
    one, old = rollout.deployment, rollout.deployment.get("status") or {}
    known = conditions.get("Progressing")
    if one["spec"].get("paused"):
        if not known or known["reason"] not in ("DeploymentPaused", "ProgressDeadlineExceeded"):
            _set(conditions, "Progressing", ("Unknown", "DeploymentPaused", "Deployment is paused"), stamp)
        return True, False
    name = rollout.new["metadata"]["name"] if rollout.new else ""
    what = f'ReplicaSet "{name}"' if name else f'Deployment "{one["metadata"]["name"]}"'
    if known and known["reason"] == "DeploymentPaused":
        said = ("Unknown", "DeploymentResumed", "Deployment is resumed")
        _set(conditions, "Progressing", said, stamp)
        return True, True
    is_complete = known and known["reason"] == "NewReplicaSetAvailable"
    if is_complete and counts["replicas"] == counts["updatedReplicas"]:
        return False, False
    wanted = one["spec"].get("replicas", 1)
    if counts["updatedReplicas"] == counts["replicas"] == counts["availableReplicas"] == wanted:
        _set(
            conditions, "Progressing", ("True", "NewReplicaSetAvailable", f"{what} has successfully progressed."), stamp
        )
        return True, False
    if known is None and name:
        said = ("True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
        _set(conditions, "Progressing", said, stamp)
        return True, True
    if _has_progressed(counts, old):
        _set(conditions, "Progressing", ("True", "ReplicaSetUpdated", f"{what} is progressing."), stamp, touch=True)
        return True, True
    if rollout.is_late:
        _set(
            conditions,
            "Progressing",
            ("False", "ProgressDeadlineExceeded", f"{what} has timed out progressing."),
            stamp,
        )
    return False, True


def _has_progressed(counts: dict[str, int], old: Object) -> bool:
    """Return whether more is new, ready or available than in the old status, or less is of old templates."""
    more = ("updatedReplicas", "readyReplicas", "availableReplicas")
    left = old.get("replicas", 0) - old.get("updatedReplicas", 0)
    return (
        any(counts[name] > old.get(name, 0) for name in more) or counts["replicas"] - counts["updatedReplicas"] < left
    )


def _set(
    conditions: dict[str, Object], type_: str, said: tuple[str, str, str], stamp: str, *, touch: bool = False
) -> None:
    """Set a condition; with the same status and reason it keeps its times, unless it is touched."""
    status, reason, message = said
    known = conditions.get(type_)
    if known and not touch and (known["status"], known["reason"], known["message"]) == said:
        return
    since = known["lastTransitionTime"] if known and known["status"] == status else stamp
    conditions.pop(type_, None)
    conditions[type_] = {
        "type": type_,
        "status": status,
        "lastUpdateTime": stamp,
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    }
