"""What the embedded API server stores: objects by kind with one rising resourceVersion and a history for watches.

Synchronous and used from one event loop. A stored object is never changed in place: every write makes a new one,
so a caller may keep what it was given, and must not write into it.
"""

from __future__ import annotations

import functools
import random
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from spottui.sim.deletion import check_preconditions, finalizers_of, grace_of, mark
from spottui.sim.generation import has_generation, is_next_generation
from spottui.sim.history import HISTORY, Change, History, Stored
from spottui.sim.resources import Resource
from spottui.sim.status import already_exists, conflict, not_found

Object = dict[str, Any]
Listener = Callable[[Change], None]
Key = tuple[str, str]
"""Namespace (empty for cluster-scoped kinds) and name."""


class Objects:
    """All objects of the cluster."""

    def __init__(self, wall: Callable[[], float], *, seed: int = 0, history: int = HISTORY) -> None:
        self.wall = wall
        """Seconds since the epoch: what creationTimestamp is made of."""
        self._random = random.Random(f"objects-{seed}")
        self._stored: defaultdict[Resource, dict[Key, Stored]] = defaultdict(dict)
        self._history = History(history)
        self._listeners: list[Listener] = []
        self.version = 1

    # -- reading -----------------------------------------------------------------------------------

    def find(self, kind: Resource, namespace: str, name: str) -> Object | None:
        """Return an object or None."""
        stored = self._stored[kind].get((namespace, name))
        return stored.object if stored else None

    def get(self, kind: Resource, namespace: str, name: str) -> Object:
        """Return an object.

        Raises:
            ApiError: 404.
        """
        return self.stored(kind, namespace, name).object

    def stored(self, kind: Resource, namespace: str, name: str) -> Stored:
        """Return an object with its JSON.

        Raises:
            ApiError: 404.
        """
        found = self._stored[kind].get((namespace, name))
        if found is None:
            raise not_found(kind.plural, kind.group, name)
        return found

    def all(self, kind: Resource, namespace: str = "") -> Iterator[Object]:
        """Yield the objects of one kind, of one namespace or (empty) of all, in no order; safe against writes."""
        for (where, _), stored in tuple(self._stored[kind].items()):
            if not namespace or where == namespace:
                yield stored.object

    def keys(self, kind: Resource, namespace: str = "") -> list[Key]:
        """Return the keys of one kind in etcd's order: by namespace, then by name."""
        return sorted(key for key in self._stored[kind] if not namespace or key[0] == namespace)

    def at(self, kind: Resource, key: Key) -> Stored | None:
        """Return what lies at a key of `keys`."""
        return self._stored[kind].get(key)

    # -- writing -----------------------------------------------------------------------------------

    def create(self, kind: Resource, new: Object) -> Object:
        """Store a new object; fills apiVersion, kind, uid, creationTimestamp, generation and a generated name.

        Raises:
            ApiError: 409 when the name is taken.
        """
        made = {"apiVersion": kind.api_version, "kind": kind.kind, **copy_of(new)}
        meta = made.setdefault("metadata", {})
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + self.suffix(5)
        key = (meta.get("namespace", "") if kind.namespaced else "", meta["name"])
        if key in self._stored[kind]:
            raise already_exists(kind.plural, kind.group, meta["name"])
        meta["uid"] = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        meta["creationTimestamp"] = rfc3339(self.wall())
        meta.pop("deletionTimestamp", None)
        if has_generation(kind, made):
            meta["generation"] = 1
        return self._write("ADDED", kind, key, made, None)

    def put(self, kind: Resource, new: Object, *, version: str = "", counts: bool = False) -> Object:
        """Replace an object; raises the generation when the spec changed; an equal one is no write.

        An object whose deletion was asked for goes when its last finalizer does.

        Args:
            version: Precondition on the resourceVersion; empty is none.
            counts: Raise the generation whatever changed.

        Raises:
            ApiError: 404, or 409 when `version` is given and is not the stored resourceVersion.
        """
        meta = new["metadata"]
        key = (meta.get("namespace", "") if kind.namespaced else "", meta["name"])
        before = self.stored(kind, *key)
        old = before.object
        if version and version != old["metadata"]["resourceVersion"]:
            raise conflict(kind.plural, kind.group, meta["name"])
        made = copy_of(new)
        made["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
        for name in ("uid", "creationTimestamp", "generation", "deletionTimestamp"):
            if name in old["metadata"]:
                made["metadata"][name] = old["metadata"][name]
        if made == old:
            return old
        if "generation" in old["metadata"] and (counts or is_next_generation(kind, old, made)):
            made["metadata"]["generation"] = old["metadata"]["generation"] + 1
        is_over = "deletionTimestamp" in old["metadata"] and not made["metadata"].get("finalizers")
        if is_over and old["metadata"].get("finalizers"):
            return self._write("DELETED", kind, key, made, before)
        return self._write("MODIFIED", kind, key, made, before)

    def replace(self, kind: Resource, made: Object) -> Object:
        """Replace an object by one whose changed parts (status, a pod's node) are new and whose others are its own.

        For controllers, at a fraction of `put`'s price: nothing is copied, the generation stays; 404 as `put`.
        """
        meta = made["metadata"]
        key = (meta.get("namespace", "") if kind.namespaced else "", meta["name"])
        before = self.stored(kind, *key)
        if made == before.object:
            return before.object
        return self._write("MODIFIED", kind, key, {**made, "metadata": {**meta}}, before)

    def change(self, kind: Resource, namespace: str, name: str, edit: Callable[[Object], None]) -> Object | None:
        """Let `edit` write into a copy of an object and store it; None when the object is gone: for controllers."""
        before = self.find(kind, namespace, name)
        if before is None:
            return None
        made = copy_of(before)
        edit(made)
        return self.put(kind, made)

    def delete(
        self,
        kind: Resource,
        namespace: str,
        name: str,
        *,
        grace: int | None = None,
        uid: str = "",
        version: str = "",
        orphan: bool = False,
        foreground: bool = False,
    ) -> tuple[Object, bool]:
        """Delete an object, or only mark it: finalizers, and a pod's grace while a kubelet has it.

        Args:
            grace: Seconds; None takes the pod's own terminationGracePeriodSeconds. Only pods have one.
            uid: Precondition; empty is none.
            version: Precondition on the resourceVersion.
            orphan: Leave what it owns (propagationPolicy Orphan), by the finalizer "orphan".
            foreground: Delete what it owns first, by the finalizer "foregroundDeletion".

        Returns:
            The last state of the object, and whether it is gone.

        Raises:
            ApiError: 404, or 409 when a precondition does not hold.
        """
        before = self.stored(kind, namespace, name)
        old, meta = before.object, before.object["metadata"]
        check_preconditions(kind, meta, uid, version)
        if kind.plural == "namespaces" and old.get("spec", {}).get("finalizers"):
            return self._end_namespace(kind, name, before), False
        seconds = grace_of(kind, old, grace)
        finalizers = finalizers_of(meta, orphan=orphan, foreground=foreground)
        made = copy_of(old)
        if not finalizers and not seconds:
            if kind.plural == "pods":
                mark(made["metadata"], rfc3339(self.wall()), 0)
            return self._write("DELETED", kind, (namespace, name), made, before), True
        if finalizers:
            made["metadata"]["finalizers"] = finalizers
        left = meta.get("deletionGracePeriodSeconds")
        if "deletionTimestamp" in meta and (left is None or seconds >= left):
            return old, False  # already on its way, and no sooner
        mark(made["metadata"], rfc3339(self.wall() + seconds), seconds)
        return self._write("MODIFIED", kind, (namespace, name), made, before), False

    def _end_namespace(self, kind: Resource, name: str, before: Stored) -> Object:
        """Mark a namespace; it goes when it is empty, which others see to."""
        if "deletionTimestamp" in before.object["metadata"]:
            return before.object
        made = copy_of(before.object)
        made["metadata"]["deletionTimestamp"] = rfc3339(self.wall())
        made.setdefault("status", {})["phase"] = "Terminating"
        return self._write("MODIFIED", kind, ("", name), made, before)

    def remove(self, kind: Resource, namespace: str, name: str) -> None:
        """Take an object away at once, whatever it waits for: for the kubelet at the end of a pod's grace."""
        before = self._stored[kind].get((namespace, name))
        if before is not None:
            self._write("DELETED", kind, (namespace, name), copy_of(before.object), before)

    def _write(
        self, type_: Literal["ADDED", "MODIFIED", "DELETED"], kind: Resource, key: Key, new: Object, before: Any
    ) -> Object:
        self.version += 1
        new["metadata"]["resourceVersion"] = str(self.version)
        stored = Stored(new)
        if type_ == "DELETED":
            self._stored[kind].pop(key, None)
        else:
            self._stored[kind][key] = stored
        change = Change(type_, kind, self.version, stored, before)
        self._history.add(change)
        for listener in tuple(self._listeners):
            listener(change)
        return new

    def suffix(self, length: int) -> str:
        """Return letters as Kubernetes puts behind generated names."""
        return "".join(self._random.choices("bcdfghjklmnpqrstvwxz2456789", k=length))

    def hexadecimal(self, length: int) -> str:
        """Return hexadecimal digits, as in the names of events and the ids of containers."""
        return f"{self._random.getrandbits(length * 4):0{length}x}"

    # -- telling -----------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` at every write, before the write returns; return the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def since(self, kind: Resource, version: int) -> list[Change]:
        """Return what changed of one kind after a version.

        Raises:
            ApiError: 410 when that is forgotten.
        """
        return self._history.since(kind, version)

    def compact(self) -> None:
        """Forget the history: every watch from an older version, and every continue token, answers 410."""
        self._history.forget(self.version)


def copy_of(one: Object) -> Object:
    """Return a deep copy; through JSON, which is several times faster than copy.deepcopy."""
    return msgspec.json.decode(msgspec.json.encode(one))


def rfc3339(seconds: float) -> str:
    """Return a time as the API server writes it: whole seconds, UTC."""
    return _whole(int(seconds))


@functools.lru_cache(maxsize=256)
def _whole(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def controller_uid(one: Object) -> str:
    """Return the UID of the controlling owner; empty when there is none."""
    owners = one["metadata"].get("ownerReferences", ())
    return next((owner["uid"] for owner in owners if owner.get("controller")), "")
