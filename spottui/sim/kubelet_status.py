"""The status object of a pod: its phase and its conditions, as the kubelet works them out."""

from __future__ import annotations

from collections.abc import Iterable

from spottui.sim.controllers_pods import qos
from spottui.sim.kubelet_container import Container
from spottui.sim.objects import Object

KEPT = ("nominatedNodeName", "resize", "ephemeralContainerStatuses")


def phase_of(inits: list[Container], mains: list[Container], policy: str) -> str:
    """Return a pod's phase."""
    if any(not is_initialized(one) for one in inits):
        if policy == "Never" and any(one.exit_code for one in inits):
            return "Failed"
        return "Pending"
    if any(not one.has_run for one in mains):
        return "Pending"
    if any(one.is_running for one in mains):
        return "Running"
    codes = [one.exit_code for one in mains]
    if policy == "Always" or any(code is None for code in codes):
        return "Running"
    if all(code == 0 for code in codes):
        return "Succeeded"
    return "Failed" if policy == "Never" else "Running"


def is_initialized(one: Container) -> bool:
    """Return whether an init container has done its part."""
    if one.is_sidecar:
        return one.started or ("terminated" in one.state)
    return one.exit_code == 0


def status_of(
    pod: Object,
    inits: list[Container],
    mains: list[Container],
    *,
    phase: str,
    stamp: str,
    has_sandbox: bool,
    had_sandbox: bool,
    addresses: tuple[str, str],
    start_time: str,
    reason: str = "",
    message: str = "",
) -> Object:
    """Return a pod's whole status.

    Args:
        addresses: Of the node and of the pod; the latter may be empty.
    """
    old = pod.get("status") or {}
    made: Object = {name: old[name] for name in KEPT if name in old}
    made.update(phase=phase, qosClass=old.get("qosClass") or qos(pod), startTime=start_time)
    made["observedGeneration"] = pod["metadata"].get("generation", 1)
    if reason:
        made.update(reason=reason, message=message)
    host, own = addresses
    made.update(hostIP=host, hostIPs=[{"ip": host}])
    if own:
        made.update(podIP=own, podIPs=[{"ip": own}])
    default = "PodInitializing" if inits else "ContainerCreating"
    if inits:
        made["initContainerStatuses"] = [one.status("PodInitializing") for one in inits]
    made["containerStatuses"] = [one.status(default) for one in mains]
    conditions = list(_conditions(inits, mains, phase, has_sandbox, had_sandbox))
    made["conditions"] = _merged(old.get("conditions") or [], conditions, stamp, made["observedGeneration"])
    return made


Said = tuple[str, bool, str, str]
"""Type, status, reason and message."""


def _conditions(
    inits: list[Container], mains: list[Container], phase: str, has_sandbox: bool, had_sandbox: bool
) -> Iterable[Said]:
    why = "pod sandbox is not ready" if had_sandbox else "no pod sandbox exists"
    yield (
        "PodReadyToStartContainers",
        has_sandbox,
        "" if has_sandbox else "PodSandboxNotReady",
        "" if has_sandbox else why,
    )
    over = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(phase, "")
    waiting = [one.name for one in inits if not is_initialized(one)]
    if phase == "Succeeded":
        yield "Initialized", True, over, ""
    elif waiting:
        said = f"containers with incomplete status: [{' '.join(waiting)}]"
        yield "Initialized", False, "ContainersNotInitialized", said
    else:
        yield "Initialized", True, "", ""
    unready = [one.name for one in [*(one for one in inits if one.is_sidecar), *mains] if not one.ready]
    for type_ in ("Ready", "ContainersReady"):
        if over:
            yield type_, False, over, ""
        elif unready:
            yield type_, False, "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]"
        else:
            yield type_, True, "", ""


def _merged(old: list[Object], said: list[Said], stamp: str, generation: int) -> list[Object]:
    """Return the conditions with the times of those that did not change, and those of others untouched."""
    known = {one["type"]: one for one in old}
    made = []
    for type_, is_true, reason, message in said:
        status = "True" if is_true else "False"
        before = known.pop(type_, None)
        since = before["lastTransitionTime"] if before and before["status"] == status else stamp
        one: Object = {"type": type_, "status": status, "observedGeneration": generation}
        one.update(lastProbeTime=None, lastTransitionTime=since)
        if reason:
            one["reason"] = reason
        if message:
            one["message"] = message
        made.append(one)
    scheduled = known.pop("PodScheduled", None)
    if scheduled is None:
        scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": stamp}
    return [*made, {**scheduled, "observedGeneration": generation}, *known.values()]
