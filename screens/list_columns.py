"""Columns of the lists, named and filled as kubectl prints them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spottui import clock
from spottui.records import KubeEvent, Labels
from spottui.records_lists import Claim, Ingress, Service, Volume
from spottui.screens.columns import age_column
from spottui.screens.glyphs import gib
from spottui.screens.list_rows import ImageRow, VolumeRow
from spottui.widgets.row_index import Cell, Column

NONE, UNSET = "<none>", "<unset>"
HOSTS_NAMED = 3
_GOOD_PHASES = frozenset({"Bound", "Active", "Available"})


def _column(key: str, title: str, cell: Callable[[Any], Cell | str], **more: Any) -> Column[Any]:
    return Column(key, title, lambda row, _: cell(row), **more)


def _name() -> Column[Any]:
    return _column("name", "NAME", lambda row: row.name, min_width=16, max_width=60)


def _namespace() -> Column[Any]:
    return _column("namespace", "NAMESPACE", lambda row: row.namespace, min_width=9, max_width=20, priority=3)


def labels_text(labels: Labels) -> str:
    """Return labels as kubectl writes them in a column."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or NONE


def _external(row: Service) -> str:
    if row.external:
        return ",".join(row.external)
    return "<pending>" if row.type == "LoadBalancer" else NONE


def _status(row: Any) -> Cell:
    word = "Terminating" if row.deleted_at is not None else row.phase or "Unknown"
    return Cell(word, "good" if word in _GOOD_PHASES else "warn")


def _hosts(row: Ingress) -> str:
    more = f" + {len(row.hosts) - HOSTS_NAMED} more..." if len(row.hosts) > HOSTS_NAMED else ""
    return ",".join(row.hosts[:HOSTS_NAMED]) + more if row.hosts else "*"


def _services() -> list[Column[Any]]:
    return [
        _namespace(),
        _name(),
        _column("type", "TYPE", lambda row: row.type, width=12),
        _column("cluster-ip", "CLUSTER-IP", lambda row: row.cluster_ip or NONE, width=15, priority=2),
        _column("external", "EXTERNAL-IP", _external, min_width=11, max_width=30, priority=4),
        _column("ports", "PORT(S)", lambda row: ",".join(row.ports) or NONE, min_width=12, max_width=40, priority=1),
        age_column(),
        _column("selector", "SELECTOR", lambda row: labels_text(row.selector), width=40, wide_only=True),
    ]


def _keyed(*more: Column[Any]) -> list[Column[Any]]:
    data = _column("data", "DATA", lambda row: str(row.keys), sort=lambda row: row.keys, width=5, align="right")
    return [_namespace(), _name(), *more, data, age_column()]


def _claims() -> list[Column[Any]]:
    return [
        _namespace(),
        _name(),
        _column("status", "STATUS", _status, width=11),
        _column("volume", "VOLUME", lambda row: row.volume, min_width=10, max_width=44, priority=5),
        _column("capacity", "CAPACITY", lambda row: row.capacity, width=9, priority=1),
        _column("modes", "ACCESS MODES", lambda row: ",".join(row.access_modes), width=12, priority=4),
        _column("class", "STORAGECLASS", lambda row: row.storage_class, min_width=12, max_width=24, priority=2),
        _column("attributes", "VOLUMEATTRIBUTESCLASS", _attributes, width=21, wide_only=True),
        age_column(),
    ]


def _attributes(row: Claim | Volume) -> str:
    return row.attributes_class or UNSET


def _volumes_of_cluster() -> list[Column[Any]]:
    return [
        _name(),
        _column("capacity", "CAPACITY", lambda row: row.capacity, width=9),
        _column("modes", "ACCESS MODES", lambda row: ",".join(row.access_modes), width=12, priority=3),
        _column("policy", "RECLAIM POLICY", lambda row: row.reclaim_policy, width=14, priority=4),
        _column("status", "STATUS", _status, width=11),
        _column("claim", "CLAIM", lambda row: row.claim, min_width=12, max_width=40, priority=1),
        _column("class", "STORAGECLASS", lambda row: row.storage_class, min_width=12, max_width=24, priority=2),
        _column("attributes", "VOLUMEATTRIBUTESCLASS", _attributes, width=21, wide_only=True),
        _column("reason", "REASON", lambda row: row.reason, min_width=8, max_width=30, priority=5),
        age_column(),
    ]


def _policies() -> list[Column[Any]]:
    return [
        _namespace(),
        _name(),
        _column("selector", "POD-SELECTOR", lambda row: row.pod_selector or NONE, min_width=14, max_width=60),
        _column("types", "TYPES", lambda row: ",".join(row.types), width=15, priority=2),
        age_column(),
    ]


def _ingresses() -> list[Column[Any]]:
    return [
        _namespace(),
        _name(),
        _column("class", "CLASS", lambda row: row.class_name or NONE, min_width=8, max_width=16, priority=2),
        _column("hosts", "HOSTS", _hosts, min_width=10, max_width=50),
        _column("address", "ADDRESS", lambda row: ",".join(row.addresses), min_width=8, max_width=30, priority=1),
        _column("ports", "PORTS", lambda row: "80, 443" if row.has_tls else "80", width=7, priority=3),
        age_column(),
    ]


def _events() -> list[Column[Any]]:
    def object_of(row: KubeEvent) -> str:
        return f"{row.object_kind.lower()}/{row.object_name}"

    def seen(row: KubeEvent, now: float) -> str:
        return clock.calm_age(row.last_at, now)

    def kind(row: KubeEvent) -> Cell:
        return Cell(row.type, "warn" if row.type == "Warning" else "")

    return [
        Column("seen", "LAST SEEN", seen, sort=lambda row: row.last_at, width=9, ages=True),
        _namespace(),
        _column("type", "TYPE", kind, width=7, priority=1),
        _column("reason", "REASON", lambda row: row.reason, min_width=10, max_width=26),
        _column("object", "OBJECT", object_of, min_width=14, max_width=50),
        _column("count", "COUNT", lambda row: str(row.count), sort=lambda row: row.count, width=5, priority=4),
        _column("message", "MESSAGE", lambda row: row.message, min_width=16),
    ]


def _images() -> list[Column[Any]]:
    def pods(row: ImageRow) -> Cell:
        return Cell(str(len(row.pods)) if row.pods else "0 unused", "" if row.pods else "dim")

    def size(row: ImageRow) -> str:
        return gib(row.size) if row.size is not None else "?"

    return [
        _column("name", "IMAGE", lambda row: row.name, min_width=24, max_width=80),
        _column("pods", "PODS", pods, sort=lambda row: len(row.pods), width=8),
        _column("size", "SIZE", size, sort=lambda row: row.size, width=8, align="right"),
        _column(
            "trouble", "PULL TROUBLE", lambda row: Cell(row.trouble, "bad"), min_width=12, max_width=60, priority=1
        ),
        _column("digest", "DIGEST", lambda row: row.digest.removeprefix("sha256:")[:12] or "?", width=12, priority=3),
        _column("nodes", "NODES", lambda row: ",".join(row.nodes) or "?", min_width=8, max_width=24, priority=4),
        _column("used-by", "USED BY", lambda row: " ".join(row.pods), width=60, wide_only=True),
    ]


def _volumes() -> list[Column[Any]]:
    def status(row: VolumeRow) -> Cell:
        return _status(row.claim or row.volume)

    def volume(row: VolumeRow) -> str:
        return row.volume.name if row.volume else row.claim.volume if row.claim else ""

    def size(row: VolumeRow) -> str:
        if row.claim is None:
            return row.volume.capacity if row.volume else ""
        return row.claim.capacity or f"{row.claim.requested} asked"

    def policy(row: VolumeRow) -> str:
        return row.volume.reclaim_policy if row.volume else "?"

    return [
        _namespace(),
        _column("name", "CLAIM", lambda row: row.name if row.claim else "(none)", min_width=16, max_width=50),
        _column("status", "STATUS", status, width=11),
        _column("size", "SIZE", size, width=10),
        _column("pods", "MOUNTED BY", lambda row: " ".join(row.pods) or "no pod", min_width=12, max_width=50),
        _column("volume", "VOLUME", volume, min_width=10, max_width=44, priority=2),
        _column("policy", "RECLAIM", policy, width=8, priority=3),
        age_column(),
    ]


COLUMNS: Mapping[str, Callable[[], list[Column[Any]]]] = {
    "services": _services,
    "configmaps": _keyed,
    "secrets": lambda: _keyed(_column("type", "TYPE", lambda row: row.type, min_width=12, max_width=40, priority=1)),
    "persistentvolumeclaims": _claims,
    "persistentvolumes": _volumes_of_cluster,
    "networkpolicies": _policies,
    "ingresses": _ingresses,
    "all-events": _events,
    "namespaces": lambda: [_name(), _column("status", "STATUS", _status, width=12), age_column()],
    "images": _images,
    "volumes": _volumes,
}
"""Name of the table -> its columns."""
