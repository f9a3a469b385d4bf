"""Which live object belongs to which Application, kept up to date by every write to the cluster."""

from __future__ import annotations

from collections import defaultdict

from spottui.sim.argo_manifest import tracked_by
from spottui.sim.history import Change
from spottui.sim.objects import Key, Object, Objects
from spottui.sim.resources import BY_KIND, RESOURCES, Resource, resource

PODS = resource("pods")
_FLEETING = {resource("events"), resource("events", "events.k8s.io"), resource("leases", "coordination.k8s.io")}
_DEPTH = 5
"""Owners above a pod that are looked at."""


class Tracked:
    """The objects with a tracking id, by Application."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._places: defaultdict[str, dict[tuple[Resource, Key], None]] = defaultdict(dict)
        for kind in RESOURCES:
            for one in objects.all(kind):
                self._take(kind, one)

    def hear(self, change: Change) -> None:
        """Take in a write."""
        if change.resource in _FLEETING:
            return
        before = tracked_by(change.before.object) if change.before else ""
        if before:
            self._places[before].pop((change.resource, _key(change.object)), None)
        if change.type != "DELETED":
            self._take(change.resource, change.object)

    def _take(self, kind: Resource, one: Object) -> None:
        app = tracked_by(one)
        if app:
            self._places[app][kind, _key(one)] = None

    def of(self, instance: str) -> list[Object]:
        """Return the live objects of an Application, by its name in tracking ids."""
        found = (self._objects.find(kind, *key) for kind, key in tuple(self._places.get(instance, ())))
        return [one for one in found if one is not None]

    def owner(self, one: Object) -> str:
        """Return the Application that an object belongs to, itself or through its owners; empty for none."""
        for _ in range(_DEPTH):
            app = tracked_by(one)
            if app:
                return app
            above = self._above(one)
            if above is None:
                return ""
            one = above
        return ""

    def _above(self, one: Object) -> Object | None:
        for reference in one["metadata"].get("ownerReferences") or ():
            group = reference.get("apiVersion", "").rpartition("/")[0]
            kind = BY_KIND.get((group, reference.get("kind", "")))
            if kind is not None:
                namespace = one["metadata"].get("namespace", "") if kind.namespaced else ""
                return self._objects.find(kind, namespace, reference.get("name", ""))
        return None

    def images(self, instance: str) -> list[str]:
        """Return the images of an Application's pods, each once, sorted."""
        namespaces = {one["metadata"].get("namespace", "") for one in self.of(instance)}
        found = set()
        for namespace in sorted(namespaces - {""}):
            for pod in self._objects.all(PODS, namespace):
                if self.owner(pod) == instance:
                    spec = pod.get("spec") or {}
                    containers = [*spec.get("initContainers", ()), *spec.get("containers", ())]
                    found |= {each["image"] for each in containers if each.get("image")}
        return sorted(found)

    def orphans(self, namespace: str) -> int:
        """Count what lies in a namespace, is owned by nothing and is no Application's."""
        count = 0
        for kind in RESOURCES:
            if not kind.namespaced or kind in _FLEETING or kind.plural in ("endpoints", "endpointslices"):
                continue
            for one in self._objects.all(kind, namespace):
                is_own = (kind.plural, one["metadata"]["name"]) in _EVERYWHERE
                count += not is_own and not one["metadata"].get("ownerReferences") and not tracked_by(one)
        return count


_EVERYWHERE = {("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt")}
"""What Kubernetes puts into every namespace."""


def _key(one: Object) -> Key:
    return one["metadata"].get("namespace", ""), one["metadata"]["name"]


def instance_of(app: Object, namespace: str) -> str:
    """Return an Application's name as tracking ids have it; `namespace` is Argo CD's own."""
    meta = app["metadata"]
    return meta["name"] if meta["namespace"] == namespace else f"{meta['namespace']}_{meta['name']}"
