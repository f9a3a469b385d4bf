"""The health of live objects by the built-in rules of Argo CD's gitops-engine; knows records only.

Argo CD judges further kinds by Lua rules, its own and the cluster's: those are not known here and stay "?".
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from spottui.records import Meta, Pod, Workload
from spottui.records_lists import Claim, Ingress, Service
from spottui.verdicts.conditions import condition, is_true

ORDER = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")
"""From best to worst, as Argo CD ranks them."""
WITHOUT_HEALTH = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "Endpoints",
        "EndpointSlice",
        "LimitRange",
        "Namespace",
        "NetworkPolicy",
        "PriorityClass",
        "ResourceQuota",
        "Role",
        "RoleBinding",
        "RuntimeClass",
        "Secret",
        "ServiceAccount",
        "StorageClass",
    }
)
"""Built-in kinds that Argo CD does not judge: being there is all."""


class Health(Struct, frozen=True, gc=False):
    """How an object is."""

    word: str
    """One of `ORDER`; "" for a kind that has no health; "?" when it is not known."""
    why: str = ""


def worst(words: Iterable[str]) -> str:
    """Return the worst of several; Healthy when none has a health, "?" only when nothing else is known."""
    known = [word for word in words if word]
    judged = [word for word in known if word in ORDER]
    if judged:
        return max(judged, key=ORDER.index)
    return "?" if known else "Healthy"


def health_of(thing: Meta) -> Health | None:
    """Return the health of a live object; None for a kind whose rule is not known here."""
    if thing.deleted_at is not None:
        return Health("Progressing", "Pending deletion")
    if isinstance(thing, Pod):
        return pod_health(thing)
    if isinstance(thing, Workload):
        return workload_health(thing)
    if isinstance(thing, Claim):
        words = {"Lost": "Degraded", "Pending": "Progressing", "Bound": "Healthy"}
        return Health(words.get(thing.phase, "Unknown"), "" if thing.phase == "Bound" else thing.phase)
    if isinstance(thing, Service):
        waits = thing.type == "LoadBalancer" and not thing.external
        return Health("Progressing", "its load balancer has no address") if waits else Health("Healthy")
    if isinstance(thing, Ingress):
        if thing.addresses:
            return Health("Healthy")
        return Health("Progressing", "it has no address; without a load balancer that stays so")
    return None


def workload_health(thing: Workload) -> Health | None:
    """Return the health of an owner of pods; None for a CronJob, which Argo CD judges by a Lua rule."""
    rule = {
        "Deployment": _deployment,
        "StatefulSet": _stateful_set,
        "DaemonSet": _daemon_set,
        "ReplicaSet": _replica_set,
        "Job": _job,
    }.get(thing.kind)
    return rule(thing) if rule else None


def pod_health(pod: Pod) -> Health:
    """Return the health of a pod."""
    restarts = pod.restart_policy or "Always"
    containers = [one for one in pod.containers if not one.is_init]  # Argo CD looks at no init container
    if restarts == "Always":
        for one in containers:
            if one.state == "waiting" and (one.reason.startswith("Err") or one.reason.endswith(("Error", "BackOff"))):
                return Health("Degraded", f"{one.name}: {one.reason}{f' ({one.message})' if one.message else ''}")
    if pod.phase == "Pending":
        return Health("Progressing", pod.message)
    if pod.phase == "Succeeded":
        return Health("Healthy")
    if pod.phase == "Failed":
        failed = next((one for one in pod.containers if one.state == "terminated" and one.exit_code), None)
        said = f"{failed.name} ended with exit code {failed.exit_code}" if failed else ""
        return Health("Degraded", pod.message or said)
    if pod.phase != "Running":
        return Health("Unknown", f"phase {pod.phase or 'not given'}")
    if restarts != "Always":
        return Health("Progressing", "it runs to an end")
    if is_true(pod.conditions, "Ready"):
        return Health("Healthy")
    ended = next((one for one in containers if one.last_reason or one.last_exit_code is not None), None)
    if ended is not None:
        return Health("Degraded", f"{ended.name} ended before: {ended.last_reason or ended.last_exit_code}")
    return Health("Progressing", "not ready")


def _is_behind(thing: Workload) -> bool:
    return thing.generation is not None and thing.generation > (thing.observed_generation or 0)


def _number(count: int | None) -> int:
    """Return a count; the API leaves a zero out."""
    return count or 0


_NOT_SEEN = Health("Progressing", "its controller has not seen the last change")


def _deployment(thing: Workload) -> Health:
    if thing.paused:
        return Health("Suspended", "paused")
    if _is_behind(thing):
        return _NOT_SEEN
    if any(one.type == "Progressing" and one.reason == "ProgressDeadlineExceeded" for one in thing.conditions):
        return Health("Degraded", "it exceeded its progress deadline")
    wanted, updated = _number(thing.desired), _number(thing.updated)
    if updated < wanted:
        return Health("Progressing", f"{updated} of {wanted} new pods are there")
    if _number(thing.total) > updated:
        return Health("Progressing", f"{_number(thing.total) - updated} old pods are still there")
    if _number(thing.available) < updated:
        return Health("Progressing", f"{_number(thing.available)} of {updated} new pods are available")
    return Health("Healthy")


def _stateful_set(thing: Workload) -> Health:
    if not thing.observed_generation or _is_behind(thing):
        return _NOT_SEEN
    wanted, ready = _number(thing.desired), _number(thing.ready)
    if ready < wanted:
        return Health("Progressing", f"{ready} of {wanted} pods are ready")
    if thing.update_strategy == "OnDelete":
        return Health("Healthy")
    if thing.partition is not None:
        due, updated = wanted - thing.partition, _number(thing.updated)
        if updated < due:
            return Health("Progressing", f"{updated} of {due} pods of the partition are new")
        return Health("Healthy")
    if thing.revision != thing.current_revision:
        return Health("Progressing", "a rolling update is not complete")
    return Health("Healthy")


def _daemon_set(thing: Workload) -> Health:
    if _is_behind(thing):
        return _NOT_SEEN
    if thing.update_strategy == "OnDelete":
        return Health("Healthy")
    wanted, updated = _number(thing.desired), _number(thing.updated)
    if updated < wanted:
        return Health("Progressing", f"{updated} of {wanted} new pods are there")
    if _number(thing.available) < wanted:
        return Health("Progressing", f"{_number(thing.available)} of {wanted} pods are available")
    return Health("Healthy")


def _replica_set(thing: Workload) -> Health:
    if _is_behind(thing):
        return _NOT_SEEN
    failure = condition(thing.conditions, "ReplicaFailure")
    if failure is not None and failure.status == "True":
        return Health("Degraded", failure.message or failure.reason)
    wanted, available = _number(thing.desired), _number(thing.available)
    if available < wanted:
        return Health("Progressing", f"{available} of {wanted} pods are available")
    return Health("Healthy")


def _job(thing: Workload) -> Health:
    said = {one.type: one for one in thing.conditions if one.status == "True"}
    if "Failed" in said:
        return Health("Degraded", said["Failed"].message)
    if "Suspended" in said:
        return Health("Suspended", "suspended")
    return Health("Healthy") if "Complete" in said else Health("Progressing", "it runs")
