"""The kinds that are only looked at now and then, on the wire, and how each becomes its record.

What a Secret or a ConfigMap holds is dropped while it is decoded: only the number of keys is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import field

from spottui.records_lists import (
    ConfigMap,
    HeldImage,
    Ingress,
    NetworkPolicy,
    NodeImages,
    Secret,
    Service,
)
from spottui.sources import kube_raw_cluster as cluster
from spottui.sources import kube_raw_storage as storage
from spottui.sources.kube_raw_values import Present, Raw, RawMeta, RawObject, identity, labels, word, words
from spottui.sources.text import clean

NAMES_KEPT = 8
"""Names of one image."""
IMAGES_KEPT = 500
"""Images of one node."""
INGRESS_CLASS = "kubernetes.io/ingress.class"


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
        external = words([spec.external_name] if spec.external_name else None)
    else:
        external = (*_addresses(raw.status), *words(spec.external_ips))
    return Service(
        **identity(meta),
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
    return ConfigMap(**identity(meta), keys=len(raw.data or ()) + len(raw.binary_data or ()))


class RawSecret(RawObject):
    """v1.Secret; the values stay bytes that nobody reads."""

    type: str | None = None
    data: dict[str, msgspec.Raw] | None = None


def secret(raw: RawSecret, meta: RawMeta) -> Secret:
    """Return the record of a Secret."""
    return Secret(**identity(meta), type=word(raw.type or ""), keys=len(raw.data or ()))


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
        **identity(meta), pod_selector=_selector(spec.pod_selector or _Selector()), types=words(spec.policy_types)
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
        **identity(meta),
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
        **identity(meta),
        images=tuple(HeldImage(words((one.names or [])[:NAMES_KEPT]), one.size_bytes) for one in held[:IMAGES_KEPT]),
    )


SHAPES: Mapping[str, tuple[Any, Callable[[Any, RawMeta], Any]]] = {
    "services": (RawService, service),
    "configmaps": (RawConfigMap, config_map),
    "secrets": (RawSecret, secret),
    "persistentvolumeclaims": (storage.RawClaim, storage.claim),
    "persistentvolumes": (storage.RawVolume, storage.volume),
    "networkpolicies": (RawNetworkPolicy, network_policy),
    "ingresses": (RawIngress, ingress),
    "all-events": (cluster.RawEvent, cluster.kube_event),
    "node-images": (RawNodeImages, node_images),
}
"""Name of the list -> what it is on the wire, and what makes its record."""
