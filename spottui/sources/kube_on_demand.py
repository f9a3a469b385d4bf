"""Kinds that are read only while somebody looks at them: which there are, and the readers that run for them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from spottui.events import AccessChanged
from spottui.records import Access
from spottui.sources.kube_link import State
from spottui.sources.kube_objects import Kind
from spottui.sources.kube_reader import KindReader
from spottui.sources.kube_requests import Surroundings
from spottui.sources.kube_running import RunningReaders

UNWATCHED = "Not read while nobody looks at it."


class ListedKind(Kind, frozen=True):
    """A kind that is listed and watched on demand, under a name of its own where the resource is read otherwise too."""

    resource: str = ""
    """Plural in the path; empty: it is the name."""

    def list_path(self, namespace: str | None) -> str:
        """Return the path of the list; of all namespaces when `namespace` is None."""
        return Kind(self.resource or self.plural, self.path, self.namespaced, self.crd).list_path(namespace)


_CORE, _NETWORKING = "/api/v1", "/apis/networking.k8s.io/v1"
ON_DEMAND: dict[str, ListedKind] = {
    kind.plural: kind
    for kind in (
        ListedKind("services", _CORE, True, False),
        ListedKind("configmaps", _CORE, True, False),
        ListedKind("secrets", _CORE, True, False),
        ListedKind("persistentvolumeclaims", _CORE, True, False),
        ListedKind("persistentvolumes", _CORE, False, False),
        ListedKind("networkpolicies", _NETWORKING, True, False),
        ListedKind("ingresses", _NETWORKING, True, False),
        ListedKind("all-events", _CORE, True, False, resource="events"),
        ListedKind("node-images", _CORE, False, False, resource="nodes"),
    )
}
"""By the name under which the store keeps them (`spottui.store_lists.LISTS`)."""


class OnDemand:
    """Runs a reader for each kind that is looked at; one that is looked at again goes on where it was."""

    def __init__(self, namespace: str | None, around: Surroundings) -> None:
        self._namespace, self._around = namespace, around
        self._readers: dict[str, KindReader] = {}
        self._running = RunningReaders(around.outbox)

    def start(self, kinds: Iterable[str]) -> None:
        """Look at several kinds."""
        for kind in kinds:
            self.look_at(kind)

    def look_at(self, kind: str) -> None:
        """Begin to read a kind of `ON_DEMAND`, unless it is read already."""
        if kind in self._running:
            return
        if kind not in self._readers:
            self._readers[kind] = KindReader(ON_DEMAND[kind], self._namespace, self._around)
        reader, link = self._readers[kind], self._around.link
        if link.state != "up":
            reader.link_changed(link.state, link.reason)
        self._running.start(kind, reader)

    def look_away(self, kind: str) -> None:
        """Stop to read a kind; what was heard of it stays, as old as it is."""
        if self._running.stop(kind):
            self._around.outbox.put_now(AccessChanged(kind, Access("stale", UNWATCHED)))

    def link_changed(self, state: State, reason: str) -> None:
        """Tell the readers that run how the link stands."""
        self._running.link_changed(state, reason)

    def cancel(self) -> list[asyncio.Task[None]]:
        """Stop all readers; return their tasks to wait for."""
        return self._running.cancel()
