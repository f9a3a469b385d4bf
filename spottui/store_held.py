"""The cluster's objects in the store, how we stand with each kind, and what an earlier run left of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from spottui.events import AccessChanged, Event, KindAlive, ListEnded, ObjectsHeard, ObjectsRecalled
from spottui.records import Access, Meta, Pod
from spottui.store_apps import LAST_GOOD, AppMemory
from spottui.store_lists import WAITING
from spottui.store_timeline import Timeline
from spottui.store_topics import Topics
from spottui.verdicts.pod_status import PodStatus, pod_status

EVENTS_KEPT = 2000
"""Kubernetes Events kept after the API server forgot them (5 minutes on microk8s)."""
RECALLED = "As an earlier spottui left it; not heard yet by this one."
GONE_WITH = frozenset({"forbidden", "absent"})
"""States in which what an earlier run saw is not shown: it is no longer ours to see, or no longer there."""


class Held(Topics):
    """Records by kind and UID; those of an earlier run count until the kind is listed, and are never called live."""

    apps: AppMemory
    timeline: Timeline

    def __init__(self, kinds: Iterable[str]) -> None:
        super().__init__()
        self._objects: dict[str, dict[str, Meta]] = {kind: {} for kind in kinds}
        self.access: dict[str, Access] = dict.fromkeys(self._objects, WAITING)
        self.pod_statuses: dict[str, PodStatus] = {}
        """By UID; worked out when the pod is heard, as drawing, sorting and filtering all need it."""
        self._pods_on: Counter[str] = Counter()
        self.recalled: dict[str, str] = {}
        """Kinds whose records are, at least in part, those of an earlier run, and what there is to know of them."""

    def objects(self, kind: str) -> dict[str, Meta]:
        """Return the records of one plural kind by UID."""
        return self._objects[kind]

    def pods_on(self, node: str) -> int:
        """Return how many pods are bound to a node."""
        return self._pods_on[node]

    # -- what sources say of objects -----------------------------------------------------------------

    def _take_objects(self, event: Event) -> bool:
        """Take in an event on the cluster's objects, or on how we stand with a kind; False when it is no such one."""
        match event:
            case ObjectsHeard():
                self._objects_heard(event)
            case ListEnded(kind, uids, heard_at):
                gone = tuple(self._objects[kind].keys() - uids)
                self._objects_heard(ObjectsHeard(kind, (), gone, heard_at))
                self._listed_anew(kind, gone)
                self._alive(kind, heard_at)
                self.timeline.listed(kind, heard_at)
            case KindAlive(kind, heard_at):
                self._alive(kind, heard_at)
                self.timeline.alive(kind, heard_at)
            case ObjectsRecalled():
                self._recall(event)
            case AccessChanged(kind, access):
                if kind in self.recalled:
                    access = self._standing_of_recalled(kind, access)
                if access.heard_at is None and (before := self.access[kind].heard_at) is not None:
                    access = Access(access.state, access.reason, before)
                self._set_access(kind, access)
            case _:
                return False
        return True

    def _objects_heard(self, event: ObjectsHeard) -> None:
        records = self._objects[event.kind]
        access = self.access[event.kind]
        changes: list[tuple[Meta | None, Meta]] = []
        for record in event.changed:
            before = records.get(record.uid)
            if before == record:
                continue
            records[record.uid] = record
            if isinstance(record, Pod):
                self.pod_statuses[record.uid] = pod_status(record)
                self._count_on_node(before, record)
            changes.append((before, record))
        gone: list[Meta] = []
        for uid in event.gone:
            if event.kind == "events" or (before := records.pop(uid, None)) is None:
                continue  # the API server forgets Events after minutes; we do not
            if self.pod_statuses.pop(uid, None) is not None:
                self._count_on_node(before, None)
            gone.append(before)
        if changes or gone:
            self._dirty.add(event.kind)
            self.apps.hear([after for _, after in changes], gone, event.heard_at)
            self.timeline.objects_heard(event.kind, changes, event.heard_at, is_live=access.state == "live")
            self.timeline.objects_gone(event.kind, gone, event.heard_at)
        while event.kind == "events" and len(records) > EVENTS_KEPT:
            del records[next(iter(records))]
        if access.state == "live":
            self._alive(event.kind, event.heard_at)
        elif access.state == "waiting":  # until the list has ended, what is missing may still come
            self._set_access(event.kind, Access("waiting", access.reason, event.heard_at))

    # -- an earlier run ------------------------------------------------------------------------------

    def _recall(self, event: ObjectsRecalled) -> None:
        """Take in what an earlier run heard of a kind, unless this one has heard of it already."""
        if event.kind == LAST_GOOD:
            self.apps.recall(event.records, event.heard_at)
            return
        kind, access = event.kind, self.access[event.kind]
        if kind not in self.recalled and (access.state != "waiting" or access.heard_at is not None):
            return
        held = self._objects[kind]
        if kind not in self.recalled:
            note = f"{event.left_out} more {kind} were not kept. " if event.left_out else ""
            self.recalled[kind] = note
            reason = access.reason if access.reason != WAITING.reason else RECALLED
            stale = Access("stale", note + reason, event.heard_at)
            self.timeline.standing(kind, Access("live", "", event.heard_at), stale)  # not seen from then on
            self._set_access(kind, stale)
        taken = [record for record in event.records if record.uid not in held]
        for record in taken:
            if isinstance(record, Pod):
                self.pod_statuses[record.uid] = pod_status(record)
                self._count_on_node(None, record)
            held[record.uid] = record
        self.apps.hear(taken, (), event.heard_at)
        self._dirty.add(kind)

    def _standing_of_recalled(self, kind: str, access: Access) -> Access:
        """Return how we stand with a kind that is known from an earlier run only, now that its source speaks."""
        if access.state in GONE_WITH:
            self._forget_recalled(kind)
            return access
        # "Waiting" is for what was never seen.
        state = "stale" if access.state == "waiting" else access.state
        return Access(state, self.recalled[kind] + (access.reason or RECALLED), access.heard_at)

    def _listed_anew(self, kind: str, gone: Iterable[str]) -> None:
        """Take in that a kind was listed: nothing of an earlier run is left of it, not even Events."""
        if self.recalled.pop(kind, None) is not None:
            for uid in gone:
                self._objects[kind].pop(uid, None)

    def _forget_recalled(self, kind: str) -> None:
        """Drop the records of an earlier run without a word: nobody said that they were deleted."""
        self.recalled.pop(kind, None)
        held = self._objects[kind]
        self.apps.hear((), held.values(), 0.0)
        for uid, record in held.items():
            if self.pod_statuses.pop(uid, None) is not None:
                self._count_on_node(record, None)
        held.clear()
        self._dirty.add(kind)

    def forget_recalled(self) -> None:
        """Drop all that is of an earlier run: it turned out to be of another cluster."""
        for kind in tuple(self.recalled):
            self._forget_recalled(kind)
            self._set_access(kind, WAITING)

    # -- how we stand --------------------------------------------------------------------------------

    def _alive(self, kind: str, heard_at: float) -> None:
        """Note that a kind is up to date; what limits it (only one namespace) stays said while it stays live."""
        before = self.access[kind]
        self._set_access(kind, Access("live", before.reason if before.state == "live" else "", heard_at))

    def _set_access(self, kind: str, access: Access) -> None:
        before, self.access[kind] = self.access[kind], access
        if (before.state, before.reason) != (access.state, access.reason):
            self.timeline.standing(kind, before, access)
            self._dirty.update((kind, "access"))

    def _count_on_node(self, before: Meta | None, after: Pod | None) -> None:
        if isinstance(before, Pod):
            self._pods_on[before.node] -= 1
        if after is not None:
            self._pods_on[after.node] += 1
