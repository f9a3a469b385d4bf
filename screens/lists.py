"""Services, config maps, secrets, claims, volumes, images, events: plain lists, read while one looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spottui.events import LinkDown
from spottui.records import Access, KubeEvent, Target
from spottui.screens.list_columns import COLUMNS
from spottui.screens.list_rows import ImageRow, VolumeRow, image_rows, volume_rows
from spottui.screens.palette import target_of
from spottui.screens.tables import TableScreen
from spottui.store_lists import LISTS
from spottui.widgets.live_table import LiveTable

READS: dict[str, tuple[str, ...]] = {
    "images": ("node-images",),
    "volumes": ("persistentvolumeclaims", "persistentvolumes"),
    "namespaces": (),
}
"""What a table needs beside what is read all the time, where that is not the kind of its own name."""
KINDS = {
    "services": "Service",
    "configmaps": "ConfigMap",
    "secrets": "Secret",
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "persistentvolumes": "PersistentVolume",
    "networkpolicies": "NetworkPolicy",
    "ingresses": "Ingress",
    "all-events": "Event",
    "namespaces": "Namespace",
}
WITHOUT_NAMESPACE = frozenset({"persistentvolumes", "namespaces", "images"})
VALUES_TOO = frozenset({"secrets", "configmaps"})
"""Lists for which the API server sends what the objects hold, though it is dropped here."""


class ListsScreen(TableScreen):
    """One list at a time; it is read from when it is opened until it is left."""

    NAME = "lists"
    TOPICS = ("pods", "namespaces", "traffic", *LISTS)
    TABLES = (
        ("services", "Services"),
        ("configmaps", "Config maps"),
        ("secrets", "Secrets"),
        ("persistentvolumeclaims", "Volume claims"),
        ("persistentvolumes", "Persistent volumes"),
        ("volumes", "Volumes: who mounts what"),
        ("networkpolicies", "Network policies"),
        ("ingresses", "Ingresses"),
        ("all-events", "Events"),
        ("namespaces", "Namespaces"),
        ("images", "Images"),
    )

    def __init__(self, parts: Any) -> None:
        super().__init__(parts)
        self._looked_at: tuple[str, ...] = ()

    # -- what is read ------------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        self._look()  # Textual calls the handler of the parent class by itself

    def on_screen_suspend(self) -> None:
        """Stop reading when the operator went to another screen; a description above this one is no other screen."""
        if self not in self.app.screen_stack:
            self._look(away=True)

    def on_unmount(self) -> None:
        self._look(away=True)

    def show_table(self, name: str) -> None:
        super().show_table(name)
        if self.is_current:
            self._look()

    def _look(self, away: bool = False) -> None:
        before, self._looked_at = self._looked_at, () if away else READS.get(self._shown, (self._shown,))
        for kind in set(self._looked_at) - set(before):
            self.parts.look_at(kind)
        for kind in set(before) - set(self._looked_at):
            self.parts.look_away(kind)

    # -- what is shown -----------------------------------------------------------------------------

    def titles(self) -> Sequence[tuple[str, str]]:
        """Return the one list that is shown: all eleven would not fit."""
        return [one for one in self.TABLES if one[0] == self._shown]

    def make_table(self, name: str) -> LiveTable[Any]:
        table = LiveTable(
            COLUMNS[name](),
            key=lambda row: row.uid,
            text=_text,
            labels=lambda row: getattr(row, "labels", {}),
            flash=self.parts.flash,
            plain=self.parts.plain,
            id=name,
        )
        if name == "all-events":
            table.sort_by("seen", descending=True)
        return table

    def rows(self, name: str) -> Sequence[Any]:
        store = self.parts.store
        if name == "images":
            return image_rows(store)
        if name == "volumes":
            return volume_rows(store)
        return list((store.namespaces if name == "namespaces" else store.lists.objects(name)).values())

    def is_healthy(self, row: Any) -> bool:
        match row:
            case ImageRow():
                return not row.trouble
            case KubeEvent():
                return row.type != "Warning"
            case VolumeRow():
                return getattr(row.claim or row.volume, "phase", "") in ("Bound", "Available")
            case _:
                return getattr(row, "phase", "Bound") in ("Bound", "Available", "Active")

    def access(self, name: str) -> Access:
        store = self.parts.store
        needed = READS.get(name, (name,)) or (name,)
        standing = [store.standing(kind) for kind in needed]
        found = next((one for one in standing if one.state not in ("live", "waiting")), standing[0])
        if name == "images" and store.pods and found.state != "live":
            return Access("live", f"Sizes are not known: {found.reason}", store.standing("pods").heard_at)
        link = store.links.get("kube")
        if found.state == "waiting" and isinstance(link, LinkDown):
            return Access("stale", f"No link: {link.reason}", found.heard_at)
        return self._costly(name, found) if store.low_data and found.state == "live" else found

    def _costly(self, name: str, found: Access) -> Access:
        """Say in low-data mode that this list costs: it was asked for, so it is read all the same."""
        if name == "namespaces":
            return found
        values = " The server sends the values too." if name in VALUES_TOO else ""
        return Access("live", f"Low-data mode: this list costs data while it is open.{values}", found.heard_at)

    def nothing(self, name: str) -> str:
        title = dict(self.TABLES)[name].partition(":")[0].lower()
        return f"There are no {title} here."

    def has_namespaces(self) -> bool:
        return self._shown not in WITHOUT_NAMESPACE

    def target(self, row: Any) -> Target | None:
        if isinstance(row, ImageRow):
            return None
        if isinstance(row, VolumeRow):
            kind = "PersistentVolumeClaim" if row.claim else "PersistentVolume"
            return Target(kind=kind, namespace=row.namespace, name=row.name, uid=row.uid)
        return target_of(row, KINDS[self._shown])


def _text(row: Any) -> str:
    """Return what the filter sees of a row."""
    match row:
        case ImageRow():
            return f"{row.name} {row.trouble} {' '.join(row.pods)}"
        case VolumeRow():
            return f"{row.namespace} {row.name} {' '.join(row.pods)}"
        case KubeEvent():
            return f"{row.namespace} {row.type} {row.reason} {row.object_kind}/{row.object_name} {row.message}"
        case _:
            return f"{row.namespace} {row.name} {getattr(row, 'type', '')} {getattr(row, 'phase', '')}"
