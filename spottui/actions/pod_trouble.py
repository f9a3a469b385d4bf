"""Says in a few words how a pod stands, for the sentence after a command; no full verdict."""

from __future__ import annotations

from spottui.actions.objects import (
    Object,
    collection,
    condition,
    controller,
    metadata,
    part,
    read,
    rows,
    said,
)
from spottui.actions.services import Services
from spottui.errors import SpottuiError

PODS_READ = "200"
EVENTS_READ = "50"


def trouble(pod: Object) -> str:
    """Return why the pod is not ready, empty when it is."""
    if condition(pod, "Ready").get("status") == "True":
        return ""
    status = part(pod, "status")
    if metadata(pod).get("deletionTimestamp"):
        return "Terminating"
    for container in rows(status, "initContainerStatuses") + rows(status, "containerStatuses"):
        waiting, ended = part(container, "state", "waiting"), part(container, "state", "terminated")
        reason = str(waiting.get("reason") or "")
        if reason and reason not in ("ContainerCreating", "PodInitializing"):
            return _with(reason, waiting.get("message"))
        if ended and ended.get("exitCode"):
            return _with(str(ended.get("reason") or "Error"), f"exit code {ended['exitCode']}")
    unscheduled = condition(pod, "PodScheduled")
    if unscheduled.get("status") == "False":
        return _with(str(unscheduled.get("reason") or "Unschedulable"), unscheduled.get("message"))
    return said(status.get("reason") or status.get("phase") or "Pending") + ", not ready"


async def pods_of(services: Services, namespace: str, labels: Object) -> list[Object]:
    """Return the pods with these labels, newest first; the ones being deleted last."""
    selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    query = (("labelSelector", selector), ("limit", PODS_READ))
    found = rows(await read(services.api, collection("Pod", namespace), query), "items")
    found.sort(key=lambda pod: str(metadata(pod).get("creationTimestamp", "")), reverse=True)
    found.sort(key=lambda pod: bool(metadata(pod).get("deletionTimestamp")))
    return found


async def newest_pod_trouble(services: Services, workload: Object) -> str:
    """Return what the newest pod of a workload waits for, as "the newest: reason"; empty: not known."""
    labels = part(workload, "spec", "selector", "matchLabels")
    if not labels:
        return ""
    try:
        found = await pods_of(services, str(metadata(workload).get("namespace", "")), labels)
    except SpottuiError:  # this is only the why; what was seen of the workload itself is still told
        return ""
    why = trouble(found[0]) if found else ""
    return f"the newest: {why}" if why else ""


async def creation_refused(services: Services, owner: Object) -> str:
    """Return the newest FailedCreate of an owner of pods: only a Deployment has a condition for it."""
    namespace, uid = str(metadata(owner).get("namespace", "")), str(metadata(owner).get("uid", ""))
    query = (
        ("fieldSelector", f"involvedObject.uid={uid},reason=FailedCreate"),
        ("limit", EVENTS_READ),
    )
    try:
        found = rows(await read(services.api, collection("Event", namespace), query), "items")
    except SpottuiError:  # as above
        return ""
    found.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    return said(found[-1].get("message")) if found else ""


def is_controlled_by(pod: Object, uid: str) -> bool:
    """The pod's controller has this UID."""
    return controller(pod).get("uid") == uid


def _with(reason: str, message: object) -> str:
    more = said(message, 160)
    return f"{said(reason)} ({more})" if more else said(reason)
