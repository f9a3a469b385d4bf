"""Namespaces: those that are always there, and how one is emptied before it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from spottui.sim.api_defaults import fill_defaults, first_status
from spottui.sim.history import Change
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import RESOURCES, resource

NAMESPACES = resource("namespaces")
ALWAYS = ("default", "kube-node-lease", "kube-public", "kube-system")
_INSIDE = tuple(kind for kind in RESOURCES if kind.namespaced and kind.group != "events.k8s.io")


class Namespaces:
    """Makes the namespaces of every cluster, and empties those that are deleted."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        for name in ALWAYS:
            if objects.find(NAMESPACES, "", name) is None:
                made: Object = {"metadata": {"name": name}}
                fill_defaults(NAMESPACES, made)
                objects.create(NAMESPACES, {**made, **first_status(NAMESPACES, made)})
        objects.listen(self._hear)

    def _hear(self, change: Change) -> None:
        if change.resource == NAMESPACES:
            if change.type != "DELETED" and "deletionTimestamp" in change.object["metadata"]:
                name = change.object["metadata"]["name"]
                _later(lambda: self._empty(name))
        elif change.type == "DELETED" and change.resource.namespaced:
            name = change.object["metadata"].get("namespace", "")
            found = self._objects.find(NAMESPACES, "", name)
            if found is not None and "deletionTimestamp" in found["metadata"]:
                _later(lambda: self._end(name))

    def _empty(self, name: str) -> None:
        """Delete all that is in a namespace, and the namespace if nothing has to be waited for."""
        for kind in _INSIDE:
            for key in self._objects.keys(kind, name):
                found = self._objects.at(kind, key)
                if found is not None and "deletionTimestamp" not in found.object["metadata"]:
                    self._objects.delete(kind, *key)
        self._end(name)

    def _end(self, name: str) -> None:
        found = self._objects.find(NAMESPACES, "", name)
        if found is None or "deletionTimestamp" not in found["metadata"] or found["metadata"].get("finalizers"):
            return
        if not any(self._objects.keys(kind, name) for kind in _INSIDE):
            self._objects.remove(NAMESPACES, "", name)


def _later(act: Callable[[], None]) -> None:
    """Act after the write that is being told: a write within it would be told before it."""
    try:
        asyncio.get_running_loop().call_soon(act)
    except RuntimeError:
        act()
