"""How healthy an object is, by Argo CD's built-in rules.

Left out of the real one: the Lua rules for custom kinds, and HorizontalPodAutoscaler (no such kind here).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from spottui.sim.objects import Object

Health = tuple[str, str]
"""Status and message; the message may be empty."""

ORDER = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")
"""From best to worst."""
_ILL_REASONS = ("Error", "BackOff")


def worst(statuses: Iterable[str]) -> str:
    """Return the worst of several; Healthy when there are none."""
    return max(statuses, key=ORDER.index, default="Healthy")


def health(one: Object) -> Health | None:
    """Return the health of a live object; None for a kind that has none."""
    meta = one["metadata"]
    if "deletionTimestamp" in meta and not is_hook(one):
        return "Progressing", "Pending deletion"
    rule = _RULES.get((one["apiVersion"].rpartition("/")[0], one["kind"]))
    return rule(one) if rule else None


def is_hook(one: Object) -> bool:
    """Tell whether an object is a hook of a sync."""
    return "argocd.argoproj.io/hook" in one["metadata"].get("annotations", {})


def images_of(one: Object) -> list[str]:
    """Return the images that an object's containers name, itself a pod or with a template of one."""
    spec = one.get("spec") or {}
    spec = (spec.get("jobTemplate") or {}).get("spec") or spec
    pod = (spec.get("template") or {}).get("spec") or (spec if one["kind"] == "Pod" else {})
    containers = [*pod.get("initContainers", ()), *pod.get("containers", ())]
    return [each["image"] for each in containers if isinstance(each, dict) and each.get("image")]


def _parts(one: Object) -> tuple[dict[str, Any], dict[str, Any]]:
    return one.get("spec") or {}, one.get("status") or {}


def _condition(status: dict[str, Any], type_: str) -> dict[str, Any]:
    return next((each for each in status.get("conditions", ()) if each.get("type") == type_), {})


def _is_behind(one: Object) -> bool:
    return one["metadata"].get("generation", 0) > (one.get("status") or {}).get("observedGeneration", 0)


def _deployment(one: Object) -> Health:
    spec, status = _parts(one)
    if spec.get("paused"):
        return "Suspended", "Deployment is paused"
    if _is_behind(one):
        return (
            "Progressing",
            "Waiting for rollout to finish: observed deployment generation less than desired generation",
        )
    if _condition(status, "Progressing").get("reason") == "ProgressDeadlineExceeded":
        return "Degraded", f'Deployment "{one["metadata"]["name"]}" exceeded its progress deadline'
    wanted, updated = spec.get("replicas", 1), status.get("updatedReplicas", 0)
    total, available = status.get("replicas", 0), status.get("availableReplicas", 0)
    begin = "Waiting for rollout to finish: "
    if updated < wanted:
        return "Progressing", f"{begin}{updated} out of {wanted} new replicas have been updated..."
    if total > updated:
        return "Progressing", f"{begin}{total - updated} old replicas are pending termination..."
    if available < updated:
        return "Progressing", f"{begin}{available} of {updated} updated replicas are available..."
    return "Healthy", ""


def _stateful_set(one: Object) -> Health:
    spec, status = _parts(one)
    if not status.get("observedGeneration") or _is_behind(one):
        return "Progressing", "Waiting for statefulset spec update to be observed..."
    wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    if ready < wanted:
        return "Progressing", f"Waiting for {wanted - ready} pods to be ready..."
    strategy = spec.get("updateStrategy") or {}
    rolling = strategy.get("rollingUpdate")
    if strategy.get("type") == "OnDelete":
        return "Healthy", f"statefulset has {ready} ready pods"
    if rolling:
        due = wanted - rolling.get("partition", 0)
        updated = status.get("updatedReplicas", 0)
        if updated < due:
            said = f"Waiting for partitioned roll out to finish: {updated} out of {due} new pods have been updated..."
            return "Progressing", said
        return "Healthy", f"partitioned roll out complete: {updated} new pods have been updated..."
    if status.get("updateRevision") != status.get("currentRevision"):
        said = (
            f"waiting for statefulset rolling update to complete {status.get('updatedReplicas', 0)} pods at revision "
        )
        return "Progressing", f"{said}{status.get('updateRevision', '')}..."
    return "Healthy", f"statefulset rolling update complete {status.get('currentReplicas', 0)} pods at revision " + (
        f"{status.get('currentRevision', '')}..."
    )


def _daemon_set(one: Object) -> Health:
    spec, status = _parts(one)
    if _is_behind(one):
        return (
            "Progressing",
            "Waiting for rollout to finish: observed daemon set generation less than desired generation",
        )
    updated, wanted = status.get("updatedNumberScheduled", 0), status.get("desiredNumberScheduled", 0)
    if (spec.get("updateStrategy") or {}).get("type") == "OnDelete":
        return "Healthy", f"daemon set {updated} out of {wanted} new pods have been updated"
    begin = f'Waiting for daemon set "{one["metadata"]["name"]}" rollout to finish: '
    if updated < wanted:
        return "Progressing", f"{begin}{updated} out of {wanted} new pods have been updated..."
    if (available := status.get("numberAvailable", 0)) < wanted:
        return "Progressing", f"{begin}{available} of {wanted} updated pods are available..."
    return "Healthy", ""


def _replica_set(one: Object) -> Health:
    spec, status = _parts(one)
    if _is_behind(one):
        said = "Waiting for rollout to finish: observed replica set generation less than desired generation"
        return "Progressing", said
    failure = _condition(status, "ReplicaFailure")
    if failure.get("status") == "True":
        return "Degraded", failure.get("message", "")
    available, wanted = status.get("availableReplicas", 0), spec.get("replicas", 1)
    if available < wanted:
        said = f"Waiting for rollout to finish: {available} out of {wanted} new replicas are available..."
        return "Progressing", said
    return "Healthy", ""


def _pod(one: Object) -> Health:
    spec, status = _parts(one)
    restarts = spec.get("restartPolicy", "Always")
    containers = status.get("containerStatuses", ())
    if restarts == "Always":
        for container in containers:
            waiting = (container.get("state") or {}).get("waiting") or {}
            reason = waiting.get("reason", "")
            if reason.startswith("Err") or reason.endswith(_ILL_REASONS):
                return "Degraded", waiting.get("message", "")
    phase = status.get("phase")
    if phase in ("Pending", "Succeeded", "Failed"):
        found = {"Pending": "Progressing", "Succeeded": "Healthy", "Failed": "Degraded"}[phase]
        return found, status.get("message", "")
    if phase != "Running":
        return "Unknown", status.get("message", "")
    if restarts != "Always":
        return "Progressing", status.get("message", "")
    if _condition(status, "Ready").get("status") == "True":
        return "Healthy", status.get("message", "")
    if any((container.get("lastState") or {}).get("terminated") for container in containers):
        return "Degraded", status.get("message", "")
    return "Progressing", status.get("message", "")


def _job(one: Object) -> Health:
    _, status = _parts(one)
    for type_, found in (("Failed", "Degraded"), ("Suspended", "Suspended"), ("Complete", "Healthy")):
        condition = _condition(status, type_)
        if condition.get("status") == "True":
            return found, condition.get("message", "")
    return "Progressing", ""


def _load_balanced(one: Object) -> Health:
    spec, status = _parts(one)
    if one["kind"] == "Service" and spec.get("type") != "LoadBalancer":
        return "Healthy", ""
    ingress = (status.get("loadBalancer") or {}).get("ingress")
    return ("Healthy", "") if ingress else ("Progressing", "")


def _claim(one: Object) -> Health:
    _, status = _parts(one)
    by_phase = {"Lost": "Degraded", "Pending": "Progressing", "Bound": "Healthy"}
    return by_phase.get(status.get("phase", ""), "Unknown"), ""


def _api_service(one: Object) -> Health:
    _, status = _parts(one)
    condition = _condition(status, "Available")
    said = f"{condition.get('reason', '')}: {condition.get('message', '')}" if condition else "Waiting to be processed"
    return ("Healthy" if condition.get("status") == "True" else "Progressing"), said


_RULES: dict[tuple[str, str], Callable[[Object], Health]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "ReplicaSet"): _replica_set,
    ("", "Pod"): _pod,
    ("batch", "Job"): _job,
    ("", "Service"): _load_balanced,
    ("networking.k8s.io", "Ingress"): _load_balanced,
    ("", "PersistentVolumeClaim"): _claim,
    ("apiregistration.k8s.io", "APIService"): _api_service,
}
