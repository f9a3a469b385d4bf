"""What the API server sends, lists and watch lines, as records; knows formats, not connections."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from msgspec import MsgspecError, Raw, Struct, field
from msgspec.json import Decoder

from spottui.errors import SpottuiError
from spottui.records import Meta
from spottui.sources import kube_raw_appsets as appsets
from spottui.sources import kube_raw_argocd as argocd
from spottui.sources import kube_raw_cluster as cluster
from spottui.sources import kube_raw_lists as lists
from spottui.sources import kube_raw_wasm as wasm
from spottui.sources import kube_raw_workloads as workloads
from spottui.sources.kube_raw_pods import RawPod, pod
from spottui.sources.kube_raw_values import UNREADABLE, RawMeta, RawObject, mended, message
from spottui.sources.kube_raw_values import Raw as Shape
from spottui.sources.text import clean

T = TypeVar("T")
INITIAL_EVENTS_END = "k8s.io/initial-events-end"


class Garbled(SpottuiError):
    """A reply that is no Kubernetes list and no watch line: a login page, a cut answer, another protocol."""


class Kind(Struct, frozen=True):
    """One kind of object that is listed and watched, and where the API server keeps it."""

    plural: str
    path: str
    """Group and version, e.g. "/apis/apps/v1"."""
    namespaced: bool
    crd: bool
    """It may be absent: Argo CD is not installed everywhere."""
    field_selector: str = ""

    def list_path(self, namespace: str | None) -> str:
        """Return the path of the list; of all namespaces when `namespace` is None."""
        if namespace is None or not self.namespaced:
            return f"{self.path}/{self.plural}"
        return f"{self.path}/namespaces/{quote(namespace, safe='')}/{self.plural}"


class ListPage(Struct, frozen=True):
    """One page of a list."""

    records: tuple[Meta, ...]
    resource_version: str
    """Where a watch goes on from."""
    continue_token: str
    """Empty on the last page."""
    remaining: int | None
    """How many more there are; None when the server does not say."""
    skipped: int
    """Objects left out because they could not be read."""


class WatchEvent(Struct, frozen=True):
    """One line of a watch."""

    type: str
    """ADDED, MODIFIED, DELETED, BOOKMARK or ERROR; others are to be ignored."""
    record: Meta | None
    """None for a bookmark or an error, and for an object that could not be read."""
    uid: str
    resource_version: str
    initial_events_end: bool
    """The bookmark after the last object that was there at the start."""
    code: int | None
    """HTTP code of an ERROR, e.g. 410."""
    message: str


class _Reader(Struct, frozen=True):
    """How objects of one kind are read: at once, and one by one when one of them is broken."""

    page: Decoder[Any]
    one: Decoder[Any]
    convert: Callable[[Any, RawMeta], Meta]


class _ListMeta(Shape):
    resource_version: str | None = None
    continue_token: str | None = field(default=None, name="continue")
    remaining_item_count: int | None = None


class _Page(Struct, Generic[T]):
    items: list[T] | None = None
    metadata: _ListMeta | None = None
    kind: str = ""


class _Line(Shape):
    type: str = ""
    object: Raw = Raw()


class _Status(RawObject):
    code: int | None = None
    message: str | None = None
    reason: str | None = None


_CORE, _APPS, _BATCH = "/api/v1", "/apis/apps/v1", "/apis/batch/v1"
_ARGOCD = "/apis/argoproj.io/v1alpha1"
_SPIN, _SHIMS = "/apis/core.spinkube.dev/v1alpha1", "/apis/runtime.spinkube.dev/v1alpha1"

KINDS: dict[str, Kind] = {
    kind.plural: kind
    for kind in (
        Kind("nodes", _CORE, False, False),
        Kind("namespaces", _CORE, False, False),
        Kind("pods", _CORE, True, False),
        Kind("deployments", _APPS, True, False),
        Kind("statefulsets", _APPS, True, False),
        Kind("daemonsets", _APPS, True, False),
        Kind("replicasets", _APPS, True, False),
        Kind("jobs", _BATCH, True, False),
        Kind("cronjobs", _BATCH, True, False),
        Kind("runtimeclasses", "/apis/node.k8s.io/v1", False, False),
        Kind("events", _CORE, True, False, "type=Warning"),
        Kind("applications", _ARGOCD, True, True),
        Kind("appprojects", _ARGOCD, True, True),
        Kind("applicationsets", _ARGOCD, True, True),
        Kind("shims", _SHIMS, False, True),
        Kind("spinapps", _SPIN, True, True),
        Kind("spinappexecutors", _SPIN, True, True),
    )
}
"""By plural name, as `spottui.store_kinds.KINDS` has them."""


def _reader(shape: Any, convert: Callable[[Any, RawMeta], Meta]) -> _Reader:
    return _Reader(Decoder(_Page[shape]), Decoder(shape), convert)


def _workload_reader(kind: str) -> _Reader:
    return _reader(workloads.RawWorkload, partial(workloads.workload, kind=kind))


_READERS: dict[str, _Reader] = {
    "nodes": _reader(cluster.RawNode, cluster.node),
    "namespaces": _reader(cluster.RawNamespace, cluster.namespace),
    "pods": _reader(RawPod, pod),
    "deployments": _workload_reader("Deployment"),
    "statefulsets": _workload_reader("StatefulSet"),
    "daemonsets": _workload_reader("DaemonSet"),
    "replicasets": _workload_reader("ReplicaSet"),
    "jobs": _workload_reader("Job"),
    "cronjobs": _workload_reader("CronJob"),
    "runtimeclasses": _reader(cluster.RawRuntimeClass, cluster.runtime_class),
    "events": _reader(cluster.RawEvent, cluster.kube_event),
    "applications": _reader(argocd.RawApplication, argocd.application),
    "appprojects": _reader(argocd.RawProject, argocd.project),
    "applicationsets": _reader(appsets.RawApplicationSet, appsets.application_set),
    "shims": _reader(wasm.RawShim, wasm.shim),
    "spinapps": _reader(wasm.RawSpinApp, wasm.spin_app),
    "spinappexecutors": _reader(wasm.RawExecutor, wasm.spin_app_executor),
    **{name: _reader(shape, convert) for name, (shape, convert) in lists.SHAPES.items()},
}
_raw_page = Decoder(_Page[Raw])
_line = Decoder(_Line)
_status = Decoder(_Status)
_identity = Decoder(RawObject)


def decode_list(kind: str, body: bytes) -> ListPage:
    """Return one page of a list of `kind` (a plural of `KINDS`).

    Raises:
        Garbled: The body is no list.
    """
    reader = _READERS[kind]
    broken = 0
    try:
        page = reader.page.decode(body)
        items = page.items
    except UNREADABLE:
        page, items, broken = _one_by_one(kind, reader, body)
    if items is None and not page.kind.endswith("List"):
        raise Garbled(f"The reply to the list of {kind} is no list.")
    records = [record for item in items or () if (record := _record(reader, item)) is not None]
    meta = page.metadata or _ListMeta()
    return ListPage(
        records=tuple(records),
        resource_version=meta.resource_version or "",
        continue_token=meta.continue_token or "",
        remaining=meta.remaining_item_count,
        skipped=broken + len(items or ()) - len(records),
    )


def _one_by_one(kind: str, reader: _Reader, body: bytes) -> tuple[_Page[Raw], list[Any], int]:
    """Return the page, the objects that can be read, and how many cannot."""
    try:
        page = _raw_page.decode(mended(body))
    except UNREADABLE as error:
        raise Garbled(f"The reply to the list of {kind} cannot be read: {clean(str(error))}.") from error
    items = []
    for item in page.items or ():
        try:
            items.append(reader.one.decode(item))
        except UNREADABLE:
            continue
    return page, items, len(page.items or ()) - len(items)


def _record(reader: _Reader, item: RawObject) -> Meta | None:
    meta = item.metadata
    if meta is None or not meta.name or not meta.uid:
        return None
    return reader.convert(item, meta)


def decode_watch(kind: str, line: bytes) -> WatchEvent:
    """Return one line of a watch of `kind` (a plural of `KINDS`).

    Raises:
        Garbled: The line is no watch line.
    """
    try:
        try:
            heard = _line.decode(line)
        except MsgspecError:
            heard = _line.decode(mended(line))
        if not heard.type:
            raise Garbled(f"A line of the watch of {kind} has no type.")
        if heard.type == "ERROR":
            status = _status.decode(heard.object)
            text = message(status.message or status.reason)
            return WatchEvent("ERROR", None, "", "", False, status.code, text)
    except UNREADABLE as error:
        raise Garbled(f"A line of the watch of {kind} cannot be read: {clean(str(error))}.") from error
    reader = _READERS[kind]
    try:
        item = _read(_identity if heard.type == "BOOKMARK" else reader.one, heard.object)
    except UNREADABLE:
        return _unreadable(heard)
    meta = item.metadata or RawMeta()
    record = None if heard.type == "BOOKMARK" else _record(reader, item)
    ends = heard.type == "BOOKMARK" and (meta.annotations or {}).get(INITIAL_EVENTS_END) == "true"
    return WatchEvent(heard.type, record, clean(meta.uid), meta.resource_version or "", ends, None, "")


class _BareMeta(Shape):
    uid: str = ""
    resource_version: str = ""


class _Bare(Shape):
    metadata: _BareMeta = field(default_factory=_BareMeta)


_bare = Decoder(_Bare)


def _read(decoder: Decoder[Any], body: Raw) -> Any:
    """Decode one object, with marks in place of half characters if need be."""
    try:
        return decoder.decode(body)
    except MsgspecError:
        return decoder.decode(mended(bytes(body)))


def _unreadable(heard: _Line) -> WatchEvent:
    """Return the event of an object that cannot be read; the watch must still know how far it is."""
    try:
        meta = _bare.decode(heard.object).metadata
    except UNREADABLE:
        meta = _BareMeta()
    return WatchEvent(heard.type, None, clean(meta.uid), meta.resource_version, False, None, "unreadable object")
