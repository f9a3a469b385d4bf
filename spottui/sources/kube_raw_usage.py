"""What nodes and pods use, on the wire: of metrics.k8s.io and of a kubelet's summary; every field may be absent."""

from __future__ import annotations

from typing import Any

from msgspec.json import Decoder

from spottui.errors import Unreachable
from spottui.records import Usage
from spottui.sources.kube_raw_values import (
    UNREADABLE,
    Quantity,
    Raw,
    RawObject,
    parse_bytes,
    parse_quantity,
    when,
    word,
)
from spottui.sources.text import clean


class _Amounts(Raw):
    cpu: Quantity = None
    memory: Quantity = None


class _ContainerMetrics(Raw):
    usage: _Amounts | None = None


class Metrics(RawObject):
    """A NodeMetrics or a PodMetrics."""

    timestamp: str | None = None
    usage: _Amounts | None = None
    containers: list[_ContainerMetrics] | None = None


class _MetricsList(Raw):
    items: list[Metrics] | None = None


class _Cpu(Raw):
    time: str | None = None
    usage_nano_cores: int | None = None


class _Memory(Raw):
    working_set_bytes: int | None = None


class _PodRef(Raw):
    name: str = ""
    namespace: str = ""


class _Stats(Raw):
    pod_ref: _PodRef | None = None
    cpu: _Cpu | None = None
    memory: _Memory | None = None


class _Summary(Raw):
    node: _Stats | None = None
    pods: list[_Stats] | None = None


class _Allowed(Raw):
    allowed: bool = False


class _Review(Raw):
    status: _Allowed | None = None


class _Names(Raw):
    items: list[RawObject] | None = None


_metrics_list, _summary = Decoder(_MetricsList), Decoder(_Summary)
_review, _names = Decoder(_Review), Decoder(_Names)


def decode_metrics(body: bytes, path: str) -> list[Metrics]:
    """Return the items of a list of metrics.k8s.io; raises `Unreachable` on one that cannot be read, as all here."""
    return _decoded(_metrics_list, body, path).items or []


def decode_summary(body: bytes, path: str) -> tuple[Usage | None, dict[tuple[str, str], Usage]]:
    """Return what a kubelet says of its node, and of its pods by namespace and name."""
    found: _Summary = _decoded(_summary, body, path)
    pods = {
        (word(stats.pod_ref.namespace), clean(stats.pod_ref.name)): _kubelet_usage(stats)
        for stats in found.pods or ()
        if stats.pod_ref is not None
    }
    return None if found.node is None else _kubelet_usage(found.node), pods


def decode_review(body: bytes, path: str) -> bool:
    """Return whether a SelfSubjectAccessReview allows what it was asked about."""
    status = _decoded(_review, body, path).status
    return bool(status and status.allowed)


def decode_names(body: bytes, path: str) -> list[str]:
    """Return the names of a list's objects, as they are."""
    items: list[RawObject] = _decoded(_names, body, path).items or []
    return [item.metadata.name for item in items if item.metadata and item.metadata.name]


def node_usage(item: Metrics) -> Usage:
    """Return what a node uses."""
    used = item.usage or _Amounts()
    return Usage(parse_quantity(used.cpu), parse_bytes(used.memory), when(item.timestamp), "metrics.k8s.io")


def pod_usage(item: Metrics) -> Usage:
    """Return the sum over the containers; a container without a number makes none of it known."""
    amounts = [container.usage or _Amounts() for container in item.containers or ()]
    cpus = [parse_quantity(each.cpu) for each in amounts]
    memories = [parse_bytes(each.memory) for each in amounts]
    return Usage(
        None if None in cpus or not cpus else sum(cpu for cpu in cpus if cpu is not None),
        None if None in memories or not memories else sum(each for each in memories if each is not None),
        when(item.timestamp),
        "metrics.k8s.io",
    )


def _kubelet_usage(stats: _Stats) -> Usage:
    cpu, memory = stats.cpu or _Cpu(), stats.memory or _Memory()
    cores = None if cpu.usage_nano_cores is None else cpu.usage_nano_cores / 1e9
    return Usage(cores, memory.working_set_bytes, when(cpu.time), "kubelet")


def _decoded(decoder: Decoder[Any], body: bytes, path: str) -> Any:
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        raise Unreachable(f"The reply to {path} cannot be read: {clean(str(error))}.") from error
