"""The two shapes of an Event: the core group's, in which it is stored, and that of events.k8s.io."""

from __future__ import annotations

from spottui.sim.objects import Object
from spottui.sim.resources import Resource, resource

CORE = resource("events")
APART = resource("events", "events.k8s.io")

_NAMES = {
    "involvedObject": "regarding",
    "message": "note",
    "reportingComponent": "reportingController",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
}
"""Field of the core group -> of events.k8s.io; the others have one name in both."""
_BACK = {there: here for here, there in _NAMES.items()}


def stored_kind(kind: Resource) -> Resource:
    """Return the kind under which objects of a served kind are stored."""
    return CORE if kind == APART else kind


def shown(kind: Resource, one: Object) -> Object:
    """Return a stored object in the shape of the kind that was asked for."""
    if kind != APART:
        return one
    renamed = {_NAMES.get(name, name): value for name, value in one.items()}
    for name in ("reportingController", "reportingInstance"):
        if not renamed.get(name, "-"):
            del renamed[name]
    return {"deprecatedSource": {}, **renamed, "apiVersion": APART.api_version, "kind": APART.kind}


def taken(kind: Resource, one: Object) -> Object:
    """Return an object that was sent in the shape in which it is stored."""
    if kind != APART:
        return one
    renamed = {_BACK.get(name, name): value for name, value in one.items()}
    return {**renamed, "apiVersion": CORE.api_version, "kind": CORE.kind}
