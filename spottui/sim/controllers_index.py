"""Who owns what, and which pods are on which node: kept up with every write, so that no controller searches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from spottui.sim.history import Change
from spottui.sim.objects import Object, Objects, controller_uid
from spottui.sim.resources import Resource, resource

PODS = resource("pods")
Place = tuple[Resource, str, str]
"""Kind, namespace and name."""


class Index:
    """What is looked up by owner or node."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._owned: defaultdict[str, dict[Place, None]] = defaultdict(dict)
        self._on_node: defaultdict[str, dict[Place, None]] = defaultdict(dict)
        self._in_namespace: defaultdict[str, dict[Place, None]] = defaultdict(dict)
        self.places: dict[str, Place] = {}
        """UID -> where that object lies."""
        self.stop = objects.listen(self.hear)

    def owned(self, uid: str, kind: Resource | None = None) -> list[Object]:
        """Return the objects that name this owner, of one kind or of all; oldest first."""
        return list(self._found(self._owned.get(uid, {}), kind))

    def owned_places(self, uid: str) -> list[Place]:
        """Return where the objects lie that name this owner."""
        return list(self._owned.get(uid, ()))

    def controlled(self, uid: str, kind: Resource = PODS) -> list[Object]:
        """Return the objects of one kind that this owner controls."""
        return [one for one in self.owned(uid, kind) if controller_uid(one) == uid]

    def pods_on(self, node: str) -> list[Object]:
        """Return the pods of one node."""
        return list(self._found(self._on_node.get(node, {}), PODS))

    def pods_in(self, namespace: str) -> list[Object]:
        """Return the pods of one namespace."""
        return list(self._found(self._in_namespace.get(namespace, {}), PODS))

    def _found(self, places: dict[Place, None], kind: Resource | None) -> Iterator[Object]:
        for place in tuple(places):
            if kind is None or place[0] is kind or place[0] == kind:
                found = self._objects.find(*place)
                if found is not None:
                    yield found

    def hear(self, change: Change) -> None:
        """Take in a change."""
        one, meta = change.object, change.object["metadata"]
        place = (change.resource, meta.get("namespace", "") if change.resource.namespaced else "", meta["name"])
        is_pod = change.resource.plural == "pods"
        if change.type == "DELETED":
            self.places.pop(meta["uid"], None)
            for owner in _owners(change.before.object if change.before else one):
                self._drop(self._owned, owner, place)
            if is_pod:
                self._drop(self._on_node, one["spec"].get("nodeName", ""), place)
                self._drop(self._in_namespace, place[1], place)
            return
        self.places[meta["uid"]] = place
        before = _owners(change.before.object) if change.before else set()
        after = _owners(one)
        for owner in before - after:
            self._drop(self._owned, owner, place)
        for owner in after - before:
            self._owned[owner][place] = None
        if is_pod:
            self._in_namespace[place[1]][place] = None
            if one["spec"].get("nodeName"):
                self._on_node[one["spec"]["nodeName"]][place] = None

    @staticmethod
    def _drop(table: defaultdict[str, dict[Place, None]], key: str, place: Place) -> None:
        if key in table:
            table[key].pop(place, None)
            if not table[key]:
                del table[key]


def _owners(one: Object) -> set[str]:
    return {owner["uid"] for owner in one["metadata"].get("ownerReferences") or () if "uid" in owner}
