"""Nodes, namespaces, RuntimeClasses and Events on the wire, and how each becomes its record."""

from __future__ import annotations

from msgspec import field

from spottui.records import KubeEvent, Namespace, Node, WasmRuntime
from spottui.sources.kube_raw_values import (
    Quantity,
    Raw,
    RawCondition,
    RawMeta,
    RawObject,
    conditions,
    identity,
    kept_annotations,
    labels,
    message,
    parse_bytes,
    parse_count,
    parse_quantity,
    when,
    word,
)
from spottui.sources.text import clean

ROLE_PREFIX = "node-role.kubernetes.io/"
ROLE_LABEL = "kubernetes.io/role"
ENGINE_HINT = "spottui.dev/wasm-engine"


class _Taint(Raw):
    key: str = ""
    value: str | None = None
    effect: str = ""


class _NodeSpec(Raw):
    unschedulable: bool | None = None
    taints: list[_Taint] | None = None


class _Amounts(Raw):
    cpu: Quantity = None
    memory: Quantity = None
    pods: Quantity = None
    gpus: Quantity = field(default=None, name="nvidia.com/gpu")


class _NodeInfo(Raw):
    kubelet_version: str | None = None
    os_image: str | None = None
    architecture: str | None = None
    kernel_version: str | None = None
    container_runtime_version: str | None = None


class _Address(Raw):
    type: str = ""
    address: str = ""


class _RuntimeHandler(Raw):
    name: str | None = None


class _NodeStatus(Raw):
    capacity: _Amounts | None = None
    allocatable: _Amounts | None = None
    conditions: list[RawCondition] | None = None
    addresses: list[_Address] | None = None
    node_info: _NodeInfo | None = None
    runtime_handlers: list[_RuntimeHandler] | None = None


class RawNode(RawObject):
    """v1.Node."""

    spec: _NodeSpec | None = None
    status: _NodeStatus | None = None


_NO_AMOUNTS = _Amounts()


def node(raw: RawNode, meta: RawMeta) -> Node:
    """Return the record of a node."""
    spec, status = raw.spec or _NodeSpec(), raw.status or _NodeStatus()
    info = status.node_info or _NodeInfo()
    capacity, allocatable = status.capacity or _NO_AMOUNTS, status.allocatable or _NO_AMOUNTS
    handlers = status.runtime_handlers
    return Node(
        **identity(meta),
        conditions=conditions(status.conditions),
        unschedulable=bool(spec.unschedulable),
        taints=tuple(_taint(taint) for taint in spec.taints or ()),
        roles=_roles(meta.labels or {}),
        capacity_cpu=parse_quantity(capacity.cpu),
        allocatable_cpu=parse_quantity(allocatable.cpu),
        allocatable_memory=parse_bytes(allocatable.memory),
        allocatable_pods=parse_count(allocatable.pods),
        gpus=parse_count(capacity.gpus),
        allocatable_gpus=parse_count(allocatable.gpus),
        kubelet_version=word(info.kubelet_version or ""),
        os_image=word(info.os_image or ""),
        architecture=word(info.architecture or ""),
        kernel=word(info.kernel_version or ""),
        container_runtime=word(info.container_runtime_version or ""),
        internal_ip=next((clean(each.address) for each in status.addresses or () if each.type == "InternalIP"), ""),
        # The default handler has an empty name; an empty list is what an old containerd leaves: unknown.
        runtime_handlers=tuple(word(each.name or "") for each in handlers) if handlers else None,
        annotations=kept_annotations(meta.annotations),
    )


def _taint(taint: _Taint) -> str:
    value = f"={taint.value}" if taint.value else ""
    return word(f"{taint.key}{value}:{taint.effect}")


def _roles(raw: dict[str, str]) -> tuple[str, ...]:
    """Return what `kubectl get nodes` prints below ROLES, sorted."""
    found = {key.removeprefix(ROLE_PREFIX) for key in raw if key.startswith(ROLE_PREFIX)}
    found.add(raw.get(ROLE_LABEL, ""))
    return tuple(sorted(word(role) for role in found if role))


class _NamespaceStatus(Raw):
    phase: str | None = None


class RawNamespace(RawObject):
    """v1.Namespace."""

    status: _NamespaceStatus | None = None


def namespace(raw: RawNamespace, meta: RawMeta) -> Namespace:
    """Return the record of a namespace."""
    return Namespace(
        **identity(meta),
        phase=word((raw.status.phase if raw.status else None) or ""),
    )


class _Scheduling(Raw):
    node_selector: dict[str, str] | None = None


class RawRuntimeClass(RawObject):
    """node.k8s.io/v1.RuntimeClass."""

    handler: str = ""
    scheduling: _Scheduling | None = None


def runtime_class(raw: RawRuntimeClass, meta: RawMeta) -> WasmRuntime:
    """Return the record of a RuntimeClass."""
    return WasmRuntime(
        **identity(meta),
        handler=word(raw.handler),
        node_selector=labels(raw.scheduling.node_selector if raw.scheduling else None),
        engine_hint=word((meta.annotations or {}).get(ENGINE_HINT, "")),
    )


class _Reference(Raw):
    kind: str | None = None
    name: str | None = None
    uid: str | None = None


class _Series(Raw):
    count: int | None = None
    last_observed_time: str | None = None


class _Component(Raw):
    component: str | None = None


class RawEvent(RawObject):
    """core/v1.Event; those written through events.k8s.io have a series instead of a count."""

    type: str | None = None
    reason: str | None = None
    message: str | None = None
    involved_object: _Reference | None = None
    count: int | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: _Series | None = None
    source: _Component | None = None
    reporting_component: str | None = None


def kube_event(raw: RawEvent, meta: RawMeta) -> KubeEvent:
    """Return the record of an Event."""
    about, series = raw.involved_object or _Reference(), raw.series or _Series()
    first = when(raw.first_timestamp) or when(raw.event_time) or when(meta.creation_timestamp)
    return KubeEvent(
        uid=clean(meta.uid),
        name=clean(meta.name),
        namespace=word(meta.namespace or ""),
        created_at=when(meta.creation_timestamp),
        type=word(raw.type or ""),
        reason=word(raw.reason or ""),
        message=message(raw.message),
        object_kind=word(about.kind or ""),
        object_name=word(about.name or ""),
        object_uid=word(about.uid or ""),
        count=max(1, series.count or raw.count or 1),
        first_at=first,
        last_at=when(series.last_observed_time) or when(raw.last_timestamp) or first,
        component=word((raw.source.component if raw.source else None) or raw.reporting_component or ""),
    )
