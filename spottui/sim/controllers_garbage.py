"""Garbage collection by ownerReferences, the finalizers of orphaning and foreground deletion, the end of namespaces."""

from __future__ import annotations

from spottui.sim.controllers_index import Index, Place
from spottui.sim.controllers_work import Work
from spottui.sim.history import Change
from spottui.sim.objects import Object, Objects, rfc3339
from spottui.sim.resources import RESOURCES, Resource, resource
from spottui.sim.story_clock import StoryClock

NAMESPACES = resource("namespaces")
BATCH = 50
ABSENT_AFTER = 5.0
"""Story seconds until what names an owner that there is not is taken away."""


class Garbage:
    """Deletes what has lost its owners, and what a deleted namespace holds."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work, index: Index) -> None:
        self._objects, self._clock, self._work, self._index = objects, clock, work, index

    def hear(self, change: Change) -> None:
        """Take in a change of any object."""
        meta = change.object["metadata"]
        uid = meta["uid"]
        if change.type == "DELETED":
            for place in self._index.owned_places(uid):
                self._work.add(self.look, place)
            for owner in meta.get("ownerReferences") or ():
                above = self._index.places.get(owner.get("uid", ""))
                if above:
                    self._work.add(self.look_deleting, above)
            namespace = meta.get("namespace")
            if namespace and change.resource.namespaced:
                holder = self._objects.find(NAMESPACES, "", namespace)
                if holder and "deletionTimestamp" in holder["metadata"]:
                    self._work.add(self.empty, namespace)
            return
        if "deletionTimestamp" in meta:
            place = self._index.places[uid]
            if meta.get("finalizers"):
                self._work.add(self.look_deleting, place)
            if change.resource.plural == "namespaces":
                self._work.add(self.empty, meta["name"])
        elif change.type == "ADDED" and meta.get("ownerReferences"):
            if any(owner.get("uid") not in self._index.places for owner in meta["ownerReferences"]):
                place = (change.resource, meta.get("namespace", ""), meta["name"])
                self._clock.call_later(ABSENT_AFTER, lambda: self._work.add(self.look, place))

    def look(self, place: Place) -> None:
        """Delete an object none of whose owners is left."""
        one = self._objects.find(*place)
        if one is None or "deletionTimestamp" in one["metadata"]:
            return
        owners = one["metadata"].get("ownerReferences") or []
        left = [owner for owner in owners if owner.get("uid") in self._index.places]
        if owners and not left:
            self._objects.delete(*place)
        elif len(left) < len(owners):
            meta = {**one["metadata"], "ownerReferences": left}
            self._objects.put(place[0], {**one, "metadata": meta})

    def look_deleting(self, place: Place) -> None:
        """Do what the garbage collector's finalizers of an object ask for."""
        one = self._objects.find(*place)
        if one is None or "deletionTimestamp" not in one["metadata"]:
            return
        finalizers = one["metadata"].get("finalizers") or []
        if "orphan" in finalizers:
            for below in self._index.owned_places(one["metadata"]["uid"]):
                self._objects.change(*below, lambda child: _disown(child, one["metadata"]["uid"]))
            self._release(place, "orphan")
        elif "foregroundDeletion" in finalizers:
            uid = one["metadata"]["uid"]
            blocking = 0
            for below in self._index.owned_places(uid):
                child = self._objects.find(*below)
                if child is None:
                    continue
                blocking += any(o.get("uid") == uid and o.get("blockOwnerDeletion") for o in _references(child))
                if "deletionTimestamp" not in child["metadata"]:
                    has_own = bool(self._index.owned_places(child["metadata"]["uid"]))
                    self._objects.delete(*below, foreground=has_own)
            if not blocking or not any(
                any(o.get("uid") == uid and o.get("blockOwnerDeletion") for o in _references(child))
                for child in self._index.owned(uid)
            ):
                self._release(place, "foregroundDeletion")

    def _release(self, place: Place, finalizer: str) -> None:
        def drop(one: Object) -> None:
            one["metadata"]["finalizers"] = [each for each in one["metadata"]["finalizers"] if each != finalizer]
            if not one["metadata"]["finalizers"]:
                del one["metadata"]["finalizers"]

        self._objects.change(*place, drop)

    def empty(self, namespace: str) -> None:
        """Delete what a namespace that is being deleted holds, then the namespace itself."""
        holder = self._objects.find(NAMESPACES, "", namespace)
        if holder is None or "deletionTimestamp" not in holder["metadata"]:
            return
        if (holder.get("status") or {}).get("phase") != "Terminating":
            status = {"phase": "Terminating", "conditions": _conditions(rfc3339(self._objects.wall()))}
            self._objects.put(NAMESPACES, {**holder, "status": status})
        left, done = 0, 0
        for kind in _namespaced():
            for _, name in self._objects.keys(kind, namespace):
                left += 1
                one = self._objects.find(kind, namespace, name)
                if one is None or "deletionTimestamp" in one["metadata"]:
                    continue
                self._objects.delete(kind, namespace, name)
                done += 1
                if done >= BATCH:
                    self._work.add(self.empty, namespace)
                    return
        if not left or not any(self._objects.keys(kind, namespace) for kind in _namespaced()):
            self._objects.remove(NAMESPACES, "", namespace)


def _namespaced() -> list[Resource]:
    return [kind for kind in RESOURCES if kind.namespaced and kind.group != "events.k8s.io"]


def _references(one: Object) -> list[Object]:
    return one["metadata"].get("ownerReferences") or []


def _disown(child: Object, uid: str) -> None:
    left = [owner for owner in _references(child) if owner.get("uid") != uid]
    child["metadata"]["ownerReferences"] = left
    if not left:
        del child["metadata"]["ownerReferences"]


def _conditions(now: str) -> list[Object]:
    said = {
        "NamespaceDeletionDiscoveryFailure": ("ResourcesDiscovered", "All resources successfully discovered"),
        "NamespaceDeletionGroupVersionParsingFailure": (
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        "NamespaceDeletionContentFailure": (
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
    }
    return [
        {"type": type_, "status": "False", "lastTransitionTime": now, "reason": reason, "message": message}
        for type_, (reason, message) in said.items()
    ]
