"""What stands between a well-formed object and the store: namespaces that are there, runtimes that are known."""

from __future__ import annotations

from spottui.sim.objects import Object, Objects
from spottui.sim.resources import Resource, resource
from spottui.sim.status import ApiError, forbidden, not_found

NAMESPACES = resource("namespaces")
PODS = resource("pods")
RUNTIMES = resource("runtimeclasses", "node.k8s.io")
PRIORITIES = resource("priorityclasses", "scheduling.k8s.io")

_WELL_KNOWN = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
_NOT_READY = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def admit(objects: Objects, kind: Resource, made: Object) -> None:
    """Let a new object pass, and write into a pod what its classes say.

    Raises:
        ApiError: 403 or 404.
    """
    if kind.namespaced:
        check_namespace(objects, kind, made)
    if kind == PODS:
        admit_pod(objects, made)


def check_namespace(objects: Objects, kind: Resource, made: Object) -> None:
    """Let an object pass whose namespace is there and stays.

    Raises:
        ApiError: 404 for a namespace that is not there, 403 for one that is being emptied.
    """
    name = made["metadata"]["namespace"]
    found = objects.find(NAMESPACES, "", name)
    if found is None:
        raise not_found("namespaces", "", name)
    if "deletionTimestamp" in found["metadata"]:
        raise _terminating(kind, made["metadata"].get("name", ""), name)


def _terminating(kind: Resource, name: str, namespace: str) -> ApiError:
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    error = forbidden(kind.plural, kind.group, name, why)
    said = f"namespace {namespace} is being terminated"
    causes = [{"reason": "NamespaceTerminating", "message": said, "field": "metadata.namespace"}]
    error.details = {**(error.details or {}), "causes": causes}
    return error


def admit_pod(objects: Objects, pod: Object) -> None:
    """Let a pod pass whose RuntimeClass and PriorityClass are known, and write into it what they say.

    Raises:
        ApiError: 403.
    """
    spec, name = pod.get("spec"), pod["metadata"].get("name", "")
    if not isinstance(spec, dict):
        return
    _admit_priority(objects, spec, name)
    tolerations = spec.setdefault("tolerations", [])
    for key in _NOT_READY:
        if not any(_tolerates(one, key) for one in tolerations):
            tolerations.append({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})
    _admit_runtime(objects, spec, name)


def _tolerates(toleration: Object, key: str) -> bool:
    is_key = toleration.get("key") == key or (not toleration.get("key") and toleration.get("operator") == "Exists")
    return is_key and toleration.get("effect", "NoExecute") == "NoExecute"


def _admit_runtime(objects: Objects, spec: Object, name: str) -> None:
    runtime = spec.get("runtimeClassName")
    if not runtime:
        return
    found = objects.find(RUNTIMES, "", runtime)
    if found is None:
        raise forbidden("pods", "", name, f'pod rejected: RuntimeClass "{runtime}" not found')
    overhead = (found.get("overhead") or {}).get("podFixed")
    if overhead:
        spec.setdefault("overhead", overhead)
    scheduling = found.get("scheduling") or {}
    wanted = scheduling.get("nodeSelector") or {}
    has = spec.get("nodeSelector") or {}
    if any(has.get(label, value) != value for label, value in wanted.items()):
        label = next(label for label, value in wanted.items() if has.get(label, value) != value)
        why = f"conflict: runtimeClass.scheduling.nodeSelector[{label}] = {wanted[label]}; "
        why += f"pod.spec.nodeSelector[{label}] = {has[label]}"
        raise forbidden("pods", "", name, why)
    if wanted:
        spec["nodeSelector"] = {**has, **wanted}
    for toleration in scheduling.get("tolerations") or ():
        if toleration not in spec.setdefault("tolerations", []):
            spec["tolerations"].append(toleration)


def _admit_priority(objects: Objects, spec: Object, name: str) -> None:
    wanted = spec.get("priorityClassName")
    value = 0
    if wanted:
        found = objects.find(PRIORITIES, "", wanted)
        if found is None and wanted not in _WELL_KNOWN:
            raise forbidden("pods", "", name, f"no PriorityClass with name {wanted} was found")
        value = found.get("value", 0) if found else _WELL_KNOWN[wanted]
    spec["priority"] = value
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
