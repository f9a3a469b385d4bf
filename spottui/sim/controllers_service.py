"""Endpoints and EndpointSlices of services: which pods stand behind each."""

from __future__ import annotations

from typing import Any

from spottui.sim.controllers_index import Index
from spottui.sim.controllers_pods import is_over, is_ready, owner_reference
from spottui.sim.controllers_work import Work
from spottui.sim.history import Change
from spottui.sim.objects import Object, Objects, rfc3339
from spottui.sim.resources import resource

SERVICES = resource("services")
ENDPOINTS = resource("endpoints")
SLICES = resource("endpointslices", "discovery.k8s.io")
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
SERVICE_NAME = "kubernetes.io/service-name"


class Services:
    """Keeps one Endpoints and one EndpointSlice for each service with a selector."""

    def __init__(self, objects: Objects, work: Work, index: Index) -> None:
        self._objects, self._work, self._index = objects, work, index
        self._selectors: dict[tuple[str, str], dict[str, str]] = {}

    def hear(self, change: Change) -> None:
        """Take in a change of a service or a pod."""
        meta = change.object["metadata"]
        key = (meta.get("namespace", ""), meta["name"])
        if change.resource.plural == "services" and not change.resource.group:
            if change.type == "DELETED":
                self._selectors.pop(key, None)
            else:
                self._selectors[key] = change.object["spec"].get("selector") or {}
            self._work.add(self.look, *key)
        elif change.resource.plural == "pods" and self._selectors and _is_news(change):
            labels = meta.get("labels") or {}
            for service, selector in self._selectors.items():
                if service[0] == key[0] and selector and selector.items() <= labels.items():
                    self._work.add(self.look, *service)

    def look(self, namespace: str, name: str) -> None:
        """Write the endpoints of one service, or take them away with it."""
        service = self._objects.find(SERVICES, namespace, name)
        if service is None:
            self._objects.remove(ENDPOINTS, namespace, name)
            return
        selector = service["spec"].get("selector")
        if not selector or service["spec"].get("type") == "ExternalName":
            return
        pods = [
            pod
            for pod in self._index.pods_in(namespace)
            if selector.items() <= (pod["metadata"].get("labels") or {}).items()
            and (pod.get("status") or {}).get("podIP")
            and not is_over(pod)
        ]
        self._write_slice(service, pods)
        self._write_endpoints(service, pods)

    def _write_slice(self, service: Object, pods: list[Object]) -> None:
        meta = service["metadata"]
        endpoints = [_endpoint(pod) for pod in sorted(pods, key=lambda pod: pod["metadata"]["name"])]
        ports = [_slice_port(port, pods) for port in service["spec"].get("ports") or ()]
        known = self._index.controlled(meta["uid"], SLICES)
        if known:
            self._objects.put(SLICES, {**known[0], "endpoints": endpoints, "ports": ports})
            return
        labels = {**(meta.get("labels") or {}), SERVICE_NAME: meta["name"]}
        labels[MANAGED_BY] = "endpointslice-controller.k8s.io"
        made_meta = {
            "generateName": f"{meta['name']}-",
            "namespace": meta["namespace"],
            "labels": labels,
            "annotations": {"endpoints.kubernetes.io/last-change-trigger-time": rfc3339(self._objects.wall())},
            "ownerReferences": [owner_reference(service, SERVICES)],
        }
        made = {"metadata": made_meta, "addressType": "IPv4", "endpoints": endpoints, "ports": ports}
        self._objects.create(SLICES, made)

    def _write_endpoints(self, service: Object, pods: list[Object]) -> None:
        meta = service["metadata"]
        ready = [_address(pod) for pod in pods if is_ready(pod)]
        unready = [_address(pod) for pod in pods if not is_ready(pod)]
        subset: dict[str, Any] = {}
        if ready:
            subset["addresses"] = ready
        if unready:
            subset["notReadyAddresses"] = unready
        if subset:
            subset["ports"] = [_slice_port(port, pods) for port in service["spec"].get("ports") or ()]
        known = self._objects.find(ENDPOINTS, meta["namespace"], meta["name"])
        made: Object = {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "labels": {**(meta.get("labels") or {}), "endpoints.kubernetes.io/managed-by": "endpoint-controller"},
            },
        }
        if subset:
            made["subsets"] = [subset]
        if known is None:
            self._objects.create(ENDPOINTS, made)
        else:
            self._objects.put(ENDPOINTS, {**made, "metadata": {**known["metadata"], **made["metadata"]}})


def _is_news(change: Change) -> bool:
    """Return whether a pod's change concerns endpoints: its address, readiness, labels or going."""
    if change.type != "MODIFIED" or change.before is None:
        return True
    before, after = change.before.object, change.object
    return _facts(before) != _facts(after)


def _facts(pod: Object) -> tuple[Any, ...]:
    status, meta = pod.get("status") or {}, pod["metadata"]
    going = "deletionTimestamp" in meta
    return status.get("podIP"), is_ready(pod), status.get("phase"), meta.get("labels"), going


def _endpoint(pod: Object) -> Object:
    is_going = "deletionTimestamp" in pod["metadata"]
    ready = is_ready(pod)
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": ready and not is_going, "serving": ready, "terminating": is_going},
        "targetRef": _reference(pod),
        "nodeName": pod["spec"].get("nodeName"),
    }


def _address(pod: Object) -> Object:
    return {"ip": pod["status"]["podIP"], "nodeName": pod["spec"].get("nodeName"), "targetRef": _reference(pod)}


def _reference(pod: Object) -> Object:
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


def _slice_port(port: Object, pods: list[Object]) -> Object:
    target = port.get("targetPort", port["port"])
    if isinstance(target, str) and not target.isdecimal():
        target = next((number for pod in pods if (number := port_number(pod, target))), port["port"])
    return {"name": port.get("name", ""), "port": int(target), "protocol": port.get("protocol", "TCP")}


def port_number(pod: Object, name: str) -> int | None:
    """Return the number of a pod's named container port."""
    for container in pod["spec"].get("containers", ()):
        for port in container.get("ports") or ():
            if port.get("name") == name:
                return port["containerPort"]
    return None
