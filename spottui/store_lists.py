"""What the store holds of the kinds that are read only while somebody looks at them; no verdict is drawn from it."""

from __future__ import annotations

from collections.abc import Callable

from spottui.events import AccessChanged, ClockSet, Event, KindAlive, ListEnded, ObjectsHeard
from spottui.records import Access, Meta
from spottui.store_clock import moved_access

LISTS = (
    "services",
    "configmaps",
    "secrets",
    "persistentvolumeclaims",
    "persistentvolumes",
    "networkpolicies",
    "ingresses",
    "all-events",
    "node-images",
)
"""Names of the kinds; each is also a topic of `Store.subscribe`."""
WAITING = Access("waiting", "Not heard yet.")


class Lists:
    """The last word on every kind of `LISTS`, and how we stand with it."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        """`changed` is told the name of a kind that is not as it was."""
        self._changed = changed
        self._objects: dict[str, dict[str, Meta]] = {name: {} for name in LISTS}
        self.access: dict[str, Access] = dict.fromkeys(LISTS, WAITING)

    def objects(self, name: str) -> dict[str, Meta]:
        """Return the records of one kind by UID."""
        return self._objects[name]

    def find(self, uid: str) -> Meta | None:
        """Return the record with this UID, whatever its kind."""
        return next((found for held in self._objects.values() if (found := held.get(uid)) is not None), None)

    def clock_set(self, step: ClockSet) -> None:
        """Keep all as old as it is."""
        self.access = {kind: moved_access(access, step) for kind, access in self.access.items()}

    def take(self, event: Event) -> bool:
        """Take in an event that is about one of these kinds; return whether it is."""
        match event:
            case ObjectsHeard(kind) if kind in self._objects:
                self._heard(event)
            case ListEnded(kind, uids, heard_at) if kind in self._objects:
                gone = tuple(self._objects[kind].keys() - uids)
                self._heard(ObjectsHeard(kind, (), gone, heard_at))
                self._set(kind, Access("live", "", heard_at))
            case KindAlive(kind, heard_at) if kind in self._objects:
                before = self.access[kind]
                self._set(kind, Access("live", before.reason if before.state == "live" else "", heard_at))
            case AccessChanged(kind, access) if kind in self._objects:
                self._stands(kind, access)
            case _:
                return False
        return True

    def _heard(self, event: ObjectsHeard) -> None:
        held, access = self._objects[event.kind], self.access[event.kind]
        held.update((record.uid, record) for record in event.changed)
        for uid in event.gone:
            held.pop(uid, None)
        if event.changed or event.gone:
            self._changed(event.kind)
        self._set(event.kind, Access(access.state, access.reason, event.heard_at))

    def _stands(self, kind: str, access: Access) -> None:
        before = self.access[kind]
        if access.state == "stale" and before.heard_at is None:
            access = Access("waiting", access.reason)  # there is nothing that could be old
        self._set(kind, Access(access.state, access.reason, access.heard_at or before.heard_at))

    def _set(self, kind: str, access: Access) -> None:
        before, self.access[kind] = self.access[kind], access
        if (before.state, before.reason) != (access.state, access.reason):
            self._changed(kind)
