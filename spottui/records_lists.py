"""Kinds that are only looked at now and then: what kubectl prints of them, one frozen record per object."""

from __future__ import annotations

from msgspec import Struct

from spottui.records import Labels, Meta


class Service(Meta, frozen=True, kw_only=True):
    """A Service (v1)."""

    type: str = ""
    cluster_ip: str = ""
    """"None" for a headless one, empty for an ExternalName."""
    external: tuple[str, ...] = ()
    """Addresses from outside: of the load balancer, spec.externalIPs, or the external name."""
    ports: tuple[str, ...] = ()
    """As kubectl prints them: "80/TCP", with a node port "80:30080/TCP"."""
    selector: Labels = {}


class ConfigMap(Meta, frozen=True, kw_only=True):
    """A ConfigMap (v1): how many keys it has, not what they hold."""

    keys: int = 0


class Secret(Meta, frozen=True, kw_only=True):
    """A Secret (v1): its type and how many keys it has, never what they hold."""

    type: str = ""
    keys: int = 0


class Claim(Meta, frozen=True, kw_only=True):
    """A PersistentVolumeClaim (v1)."""

    phase: str = ""
    volume: str = ""
    """Name of the PersistentVolume that it is bound to; empty: none."""
    capacity: str = ""
    """As the API writes it ("1Gi"); empty until it is bound."""
    requested: str = ""
    access_modes: tuple[str, ...] = ()
    """Short words: RWO, ROX, RWX, RWOP; empty until it is bound."""
    storage_class: str = ""
    attributes_class: str = ""


class Volume(Meta, frozen=True, kw_only=True):
    """A PersistentVolume (v1)."""

    capacity: str = ""
    access_modes: tuple[str, ...] = ()
    reclaim_policy: str = ""
    phase: str = ""
    claim: str = ""
    """"namespace/name" of the claim that it is bound to or kept for; empty: none."""
    storage_class: str = ""
    attributes_class: str = ""
    reason: str = ""


class NetworkPolicy(Meta, frozen=True, kw_only=True):
    """A NetworkPolicy (networking.k8s.io/v1)."""

    pod_selector: str = ""
    """As kubectl writes a selector; empty: all pods of the namespace."""
    types: tuple[str, ...] = ()
    """Ingress, Egress."""


class Ingress(Meta, frozen=True, kw_only=True):
    """An Ingress (networking.k8s.io/v1)."""

    class_name: str = ""
    hosts: tuple[str, ...] = ()
    """Empty: any host."""
    addresses: tuple[str, ...] = ()
    has_tls: bool = False


class HeldImage(Struct, frozen=True):
    """One image that a node holds (status.images[])."""

    names: tuple[str, ...]
    """Tags and digests, all of the same image."""
    size: int | None
    """Bytes."""


class NodeImages(Meta, frozen=True, kw_only=True):
    """The images that one node holds; kubelets tell of the 50 largest only, unless they are told otherwise."""

    images: tuple[HeldImage, ...] = ()
