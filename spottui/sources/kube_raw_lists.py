"""The kinds that are only looked at now and then, on the wire, and how each becomes its record.

What a Secret or a ConfigMap holds is dropped while it is decoded: only the number of keys is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import field

from spottui.records_lists import (
    Claim,
    ConfigMap,
    HeldImage,
    Ingress,
    NetworkPolicy,
    NodeImages,
    Secret,
    Service,
    Volume,
)
from spottui.sources import kube_raw_cluster as cluster
from spottui.sources.kube_raw_values import Present, Raw, RawMeta, RawObject, labels, message, when, word
from spottui.sources.text import clean

SHORT_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
NAMES_KEPT = 8
"""Names of one image."""
IMAGES_KEPT = 500
"""Images of one node."""
INGRESS_CLASS = "kubernetes.io/ingress.class"


def _identity(meta: RawMeta) -> dict[str, Any]:
    """Return the fields of a `Meta`."""
    return {
        "uid": clean(meta.uid),
        "name": clean(meta.name),
        "namespace": word(meta.namespace or ""),
        "created_at": when(meta.creation_timestamp),
        "labels": labels(meta.labels),
        "deleted_at": when(meta.deletion_timestamp),
    }


def _words(raw: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(word(each) for each in raw or ())


class _ServicePort(Raw):
    port: int | None = None
    node_port: int | None = None
    protocol: str | None = None


class _Address(Raw):
    ip: str | None = None
    hostname: str | None = None


class _LoadBalancer(Raw):
    ingress: list[_Address] | None = None


class _Balanced(Raw):
    load_balancer: _LoadBalancer | None = None


class _ServiceSpec(Raw):
    type: str | None = None
    cluster_ip: str | None = field(default=None, name="clusterIP")
    external_ips: list[str] | None = field(default=None, name="externalIPs")
    external_name: str | None = None
    ports: list[_ServicePort] | None = None
    selector: dict[str, str] | None = None


class RawService(RawObject):
    """v1.Service."""

    spec: _ServiceSpec | None = None
    status: _Balanced | None = None


def service(raw: RawService, meta: RawMeta) -> Service:
    """Return the record of a Service."""
    spec = raw.spec or _ServiceSpec()
    if spec.type == "ExternalName":
        external = _words([spec.external_name] if spec.external_name else None)
    else:
        external = (*_addresses(raw.status), *_words(spec.external_ips))
    return Service(
        **_identity(meta),
        type=word(spec.type or "ClusterIP"),
        cluster_ip=word(spec.cluster_ip or ""),
        external=external,
        ports=tuple(_service_port(port) for port in spec.ports or ()),
        selector=labels(spec.selector),
    )


def _service_port(port: _ServicePort) -> str:
    outside = f":{port.node_port}" if port.node_port else ""
    return word(f"{port.port or '?'}{outside}/{port.protocol or 'TCP'}")


def _addresses(status: _Balanced | None) -> tuple[str, ...]:
    balancer = status.load_balancer if status is not None else None
    found = (each.ip or each.hostname for each in (balancer.ingress if balancer else None) or ())
    return tuple(word(each) for each in found if each)


class RawConfigMap(RawObject):
    """v1.ConfigMap; the values stay bytes that nobody reads."""

    data: dict[str, msgspec.Raw] | None = None
    binary_data: dict[str, msgspec.Raw] | None = None


def config_map(raw: RawConfigMap, meta: RawMeta) -> ConfigMap:
    """Return the record of a ConfigMap."""
    return ConfigMap(**_identity(meta), keys=len(raw.data or ()) + len(raw.binary_data or ()))


class RawSecret(RawObject):
    """v1.Secret; the values stay bytes that nobody reads."""

    type: str | None = None
    data: dict[str, msgspec.Raw] | None = None


def secret(raw: RawSecret, meta: RawMeta) -> Secret:
    """Return the record of a Secret."""
    return Secret(**_identity(meta), type=word(raw.type or ""), keys=len(raw.data or ()))


class _Storage(Raw):
    storage: str | None = None


class _StorageRequests(Raw):
    requests: _Storage | None = None


class _ClaimSpec(Raw):
    volume_name: str | None = None
    storage_class_name: str | None = None
    volume_attributes_class_name: str | None = None
    resources: _StorageRequests | None = None


class _ClaimStatus(Raw):
    phase: str | None = None
    access_modes: list[str] | None = None
    capacity: _Storage | None = None


class RawClaim(RawObject):
    """v1.PersistentVolumeClaim."""

    spec: _ClaimSpec | None = None
    status: _ClaimStatus | None = None


def claim(raw: RawClaim, meta: RawMeta) -> Claim:
    """Return the record of a PersistentVolumeClaim."""
    spec, status = raw.spec or _ClaimSpec(), raw.status or _ClaimStatus()
    asked = spec.resources.requests if spec.resources else None
    is_bound = bool(spec.volume_name)
    return Claim(
        **_identity(meta),
        phase=word(status.phase or ""),
        volume=word(spec.volume_name or ""),
        capacity=word((status.capacity.storage if status.capacity and is_bound else None) or ""),
        requested=word((asked.storage if asked else None) or ""),
        access_modes=_modes(status.access_modes) if is_bound else (),
        storage_class=word(spec.storage_class_name or ""),
        attributes_class=word(spec.volume_attributes_class_name or ""),
    )


def _modes(raw: list[str] | None) -> tuple[str, ...]:
    heard = set(raw or ())
    known = [short for mode, short in SHORT_MODES.items() if mode in heard]
    return (*known, *(word(mode) for mode in sorted(heard - SHORT_MODES.keys())))


class _ClaimReference(Raw):
    namespace: str | None = None
    name: str | None = None


class _VolumeSpec(Raw):
    capacity: _Storage | None = None
    access_modes: list[str] | None = None
    persistent_volume_reclaim_policy: str | None = None
    claim_ref: _ClaimReference | None = None
    storage_class_name: str | None = None
    volume_attributes_class_name: str | None = None


class _VolumeStatus(Raw):
    phase: str | None = None
    reason: str | None = None


class RawVolume(RawObject):
    """v1.PersistentVolume."""

    spec: _VolumeSpec | None = None
    status: _VolumeStatus | None = None


def volume(raw: RawVolume, meta: RawMeta) -> Volume:
    """Return the record of a PersistentVolume."""
    spec, status = raw.spec or _VolumeSpec(), raw.status or _VolumeStatus()
    bound = spec.claim_ref
    return Volume(
        **_identity(meta),
        capacity=word((spec.capacity.storage if spec.capacity else None) or ""),
        access_modes=_modes(spec.access_modes),
        reclaim_policy=word(spec.persistent_volume_reclaim_policy or ""),
        phase=word(status.phase or ""),
        claim=word(f"{bound.namespace or ''}/{bound.name or ''}") if bound else "",
        storage_class=word(spec.storage_class_name or ""),
        attributes_class=word(spec.volume_attributes_class_name or ""),
        reason=message(status.reason),
    )


class _Expression(Raw):
    key: str = ""
    operator: str = ""
    values: list[str] | None = None


class _Selector(Raw):
    match_labels: dict[str, str] | None = None
    match_expressions: list[_Expression] | None = None


class _PolicySpec(Raw):
    pod_selector: _Selector | None = None
    policy_types: list[str] | None = None


class RawNetworkPolicy(RawObject):
    """networking.k8s.io/v1.NetworkPolicy."""

    spec: _PolicySpec | None = None


def network_policy(raw: RawNetworkPolicy, meta: RawMeta) -> NetworkPolicy:
    """Return the record of a NetworkPolicy."""
    spec = raw.spec or _PolicySpec()
    return NetworkPolicy(
        **_identity(meta), pod_selector=_selector(spec.pod_selector or _Selector()), types=_words(spec.policy_types)
    )


_OPERATORS: Mapping[str, Callable[[str, str], str]] = {
    "In": lambda key, values: f"{key} in ({values})",
    "NotIn": lambda key, values: f"{key} notin ({values})",
    "Exists": lambda key, _: key,
    "DoesNotExist": lambda key, _: f"!{key}",
}


def _selector(raw: _Selector) -> str:
    """Return a label selector as kubectl writes it, its parts sorted by key."""
    parts = [(key, f"{key}={value}") for key, value in (raw.match_labels or {}).items()]
    for one in raw.match_expressions or ():
        write = _OPERATORS.get(one.operator, lambda key, values: f"{key} ? ({values})")
        parts.append((one.key, write(one.key, ",".join(sorted(one.values or ())))))
    return clean(",".join(text for _, text in sorted(parts)))


class _Rule(Raw):
    host: str | None = None


class _IngressSpec(Raw):
    ingress_class_name: str | None = None
    rules: list[_Rule] | None = None
    tls: list[Present] | None = None


class RawIngress(RawObject):
    """networking.k8s.io/v1.Ingress."""

    spec: _IngressSpec | None = None
    status: _Balanced | None = None


def ingress(raw: RawIngress, meta: RawMeta) -> Ingress:
    """Return the record of an Ingress."""
    spec = raw.spec or _IngressSpec()
    return Ingress(
        **_identity(meta),
        class_name=word(spec.ingress_class_name or (meta.annotations or {}).get(INGRESS_CLASS, "")),
        hosts=tuple(word(rule.host) for rule in spec.rules or () if rule.host),
        addresses=_addresses(raw.status),
        has_tls=bool(spec.tls),
    )


class _Held(Raw):
    names: list[str] | None = None
    size_bytes: int | None = None


class _Images(Raw):
    images: list[_Held] | None = None


class RawNodeImages(RawObject):
    """v1.Node, of which only status.images is read."""

    status: _Images | None = None


def node_images(raw: RawNodeImages, meta: RawMeta) -> NodeImages:
    """Return which images a node holds."""
    held = (raw.status.images if raw.status else None) or ()
    return NodeImages(
        **_identity(meta),
        images=tuple(HeldImage(_words((one.names or [])[:NAMES_KEPT]), one.size_bytes) for one in held[:IMAGES_KEPT]),
    )


SHAPES: Mapping[str, tuple[Any, Callable[[Any, RawMeta], Any]]] = {
    "services": (RawService, service),
    "configmaps": (RawConfigMap, config_map),
    "secrets": (RawSecret, secret),
    "persistentvolumeclaims": (RawClaim, claim),
    "persistentvolumes": (RawVolume, volume),
    "networkpolicies": (RawNetworkPolicy, network_policy),
    "ingresses": (RawIngress, ingress),
    "all-events": (cluster.RawEvent, cluster.kube_event),
    "node-images": (RawNodeImages, node_images),
}
"""Name of the list -> what it is on the wire, and what makes its record."""
