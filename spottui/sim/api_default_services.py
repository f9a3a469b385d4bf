"""The defaults of Services and Secrets."""

from __future__ import annotations

import base64
import zlib

from spottui.sim.objects import Object

_NETWORK = "10.152"
"""The first half of every cluster IP, as in MicroK8s."""


def fill_service(made: Object) -> None:
    """Fill in a Service, in place; gives it a cluster IP made of its name."""
    spec = made.setdefault("spec", {})
    kind = spec.setdefault("type", "ClusterIP")
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        if kind != "ExternalName":
            port.setdefault("targetPort", port.get("port"))
    spec.setdefault("sessionAffinity", "None")
    if kind == "ExternalName":
        return
    if "clusterIP" not in spec:
        meta = made["metadata"]
        number = zlib.crc32(f"{meta.get('namespace', '')}/{meta.get('name', '')}".encode())
        spec["clusterIP"] = f"{_NETWORK}.{number >> 8 & 0xFF}.{number % 254 + 1}"
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    is_open = spec["clusterIP"] == "None" and not spec.get("selector")
    spec.setdefault("ipFamilies", ["IPv4", "IPv6"] if is_open else ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "RequireDualStack" if is_open else "SingleStack")
    spec.setdefault("internalTrafficPolicy", "Cluster")
    if kind in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
        for at, port in enumerate(spec.get("ports") or ()):
            port.setdefault("nodePort", 30000 + (zlib.crc32(made["metadata"].get("name", "").encode()) + at) % 2768)


def fill_secret(made: Object) -> None:
    """Fill in a Secret, in place; what was sent as text is encoded."""
    made.setdefault("type", "Opaque")
    plain = made.pop("stringData", None)
    if plain:
        data = made.setdefault("data", {})
        data.update({name: base64.b64encode(str(text).encode()).decode() for name, text in plain.items()})
