"""The subresources that are neither status nor a stream: scale, eviction, binding."""

from __future__ import annotations

from typing import Any

from spottui.sim.api_label_selector import matches, selector_text
from spottui.sim.api_patching import apply_patch
from spottui.sim.api_writes import Manner, Writes
from spottui.sim.objects import Key, Object, Objects, copy_of, rfc3339
from spottui.sim.resources import Resource, resource
from spottui.sim.status import ApiError, bad_request, conflict

PODS = resource("pods")
BUDGETS = resource("poddisruptionbudgets", "policy")
_OVER = ("Succeeded", "Failed")


class Subresources:
    """Does what is asked for through a subresource."""

    def __init__(self, objects: Objects, writes: Writes) -> None:
        self._objects = objects
        self._writes = writes

    # -- scale

    def scale(self, kind: Resource, key: Key) -> Object:
        """Return the Scale of a workload.

        Raises:
            ApiError: 404.
        """
        return _scale_of(self._objects.get(kind, *key))

    def put_scale(self, kind: Resource, key: Key, scale: Object, how: Manner) -> Object:
        """Set the number of replicas and return the new Scale.

        Raises:
            ApiError: 404, 409, 422.
        """
        old = self._objects.get(kind, *key)
        replicas = (scale.get("spec") or {}).get("replicas", 0)
        if not isinstance(replicas, int) or replicas < 0:
            said = f"Invalid value: {replicas}: must be greater than or equal to 0"
            causes = [{"reason": "FieldValueInvalid", "message": said, "field": "spec.replicas"}]
            details = {"name": key[1], "group": "autoscaling", "kind": "Scale", "causes": causes}
            raise ApiError(422, "Invalid", f'Scale.autoscaling "{key[1]}" is invalid: spec.replicas: {said}', details)
        made = copy_of(old)
        made["spec"]["replicas"] = replicas
        made["metadata"]["resourceVersion"] = (scale.get("metadata") or {}).get("resourceVersion", "")
        return _scale_of(self._writes.update(kind, *key, made, how, owner_sub="scale"))

    def patch_scale(self, kind: Resource, key: Key, media: str, patch: Any, how: Manner) -> Object:
        """Patch the Scale of a workload.

        Raises:
            ApiError: 400, 404, 409, 415, 422.
        """
        return self.put_scale(kind, key, apply_patch(kind, self.scale(kind, key), media, patch), how)

    # -- eviction

    def evict(self, key: Key, eviction: Object, dry_run: bool) -> None:
        """Delete a pod if its disruption budgets let it go.

        Raises:
            ApiError: 404; 429 for a budget that is used up; 500 for two budgets on one pod.
        """
        name = (eviction.get("metadata") or {}).get("name", key[1])
        if name != key[1]:
            raise bad_request(f"name in URL does not match name in Eviction object: {key[1]} != {name}")
        pod = self._objects.get(PODS, *key)
        options = {**(eviction.get("deleteOptions") or {})}
        if dry_run:
            options["dryRun"] = ["All"]
        status = pod.get("status", {})
        is_free = status.get("phase") in (*_OVER, "Pending") or "deletionTimestamp" in pod["metadata"]
        if not is_free:
            self._use_budget(pod, bool(options.get("dryRun")))
        if not options.get("dryRun") and "deletionTimestamp" not in pod["metadata"]:
            self._objects.change(PODS, *key, self._mark)
        self._writes.delete(PODS, *key, options)

    def _use_budget(self, pod: Object, dry_run: bool) -> None:
        where, labels = pod["metadata"]["namespace"], pod["metadata"].get("labels") or {}
        found = [one for one in self._objects.all(BUDGETS, where) if _guards(one, labels)]
        if len(found) > 1:
            said = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
            raise ApiError(500, "InternalError", f"Internal error occurred: {said}", {"causes": [{"message": said}]})
        if not found or (_always_evicts(found[0]) and not _is_ready(pod)):
            return
        budget = found[0]
        name, status = budget["metadata"]["name"], budget.get("status") or {}
        if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
            raise _too_many(f"The disruption budget {name} is still being processed by the server.", 10)
        if status.get("disruptionsAllowed", 0) <= 0:
            wanted, now = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
            raise _too_many(f"The disruption budget {name} needs {wanted} healthy pods and has {now} currently", 0)
        if not dry_run:
            self._objects.change(BUDGETS, where, name, lambda made: self._note(made, pod["metadata"]["name"]))

    def _mark(self, pod: Object) -> None:
        """Write into a pod that it was evicted."""
        conditions = pod.setdefault("status", {}).setdefault("conditions", [])
        conditions[:] = [one for one in conditions if one["type"] != "DisruptionTarget"]
        conditions.append(
            {
                "type": "DisruptionTarget",
                "status": "True",
                "lastProbeTime": None,
                "lastTransitionTime": rfc3339(self._objects.wall()),
                "reason": "EvictionByEvictionAPI",
                "message": "Eviction API: evicting",
            }
        )

    def _note(self, budget: Object, pod: str) -> None:
        status = budget["status"]
        status["disruptionsAllowed"] -= 1
        now = rfc3339(self._objects.wall())
        status.setdefault("disruptedPods", {})[pod] = now
        is_allowed = status["disruptionsAllowed"] > 0
        conditions = status.setdefault("conditions", [])
        conditions[:] = [one for one in conditions if one["type"] != "DisruptionAllowed"]
        conditions.append(
            {
                "type": "DisruptionAllowed",
                "status": "True" if is_allowed else "False",
                "observedGeneration": status.get("observedGeneration", 0),
                "lastTransitionTime": now,
                "reason": "SufficientPods" if is_allowed else "InsufficientPods",
                "message": "",
            }
        )

    # -- binding

    def bind(self, key: Key, binding: Object) -> None:
        """Give a pod to a node.

        Raises:
            ApiError: 404, or 409 when it has one.
        """
        node = (binding.get("target") or {}).get("name", "")
        pod = self._objects.get(PODS, *key)
        has = pod["spec"].get("nodeName")
        if has:
            why = f'pod {key[1]} is already assigned to node "{has}"'
            raise conflict("pods/binding", "", key[1], why)
        now = rfc3339(self._objects.wall())

        def edit(made: Object) -> None:
            made["spec"]["nodeName"] = node
            conditions = made.setdefault("status", {}).setdefault("conditions", [])
            conditions[:] = [one for one in conditions if one["type"] != "PodScheduled"]
            conditions.append(
                {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
            )

        self._objects.change(PODS, *key, edit)


def _scale_of(one: Object) -> Object:
    meta, spec, status = one["metadata"], one.get("spec", {}), one.get("status", {})
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    said: dict[str, Any] = {"replicas": status.get("replicas", 0)}
    selector = selector_text(spec.get("selector")) or status.get("selector", "")
    if selector:
        said["selector"] = selector
    replicas = {"replicas": spec["replicas"]} if spec.get("replicas") else {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: meta[name] for name in kept if name in meta},
        "spec": replicas,
        "status": said,
    }


def _guards(budget: Object, labels: dict[str, str]) -> bool:
    return matches((budget.get("spec") or {}).get("selector"), labels)


def _always_evicts(budget: Object) -> bool:
    return (budget.get("spec") or {}).get("unhealthyPodEvictionPolicy") == "AlwaysAllow"


def _is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _too_many(why: str, retry: int) -> ApiError:
    said = "Cannot evict pod as it would violate the pod's disruption budget."
    details: dict[str, Any] = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    if retry:
        details["retryAfterSeconds"] = retry
    return ApiError(429, "TooManyRequests", said, details)
