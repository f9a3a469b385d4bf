"""Tells one cluster from another by what must not change unseen; knows kubeconfigs, and must not open a connection."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path

from spottui.errors import BadConfig
from spottui.sources.kube_files import Entry, read_small
from spottui.sources.kubeconfig import ClusterPlace, entries


def identity(place: ClusterPlace) -> str | None:
    """Return a digest of context, server, its authority and the user; blocking.

    None where nothing proves who answers at that address: plain HTTP, or a certificate that is not checked. Two robots
    may then be taken for one.

    Raises:
        BadConfig: The kubeconfig or a file that it names is gone or broken.
    """
    if not place.server.startswith("https"):
        return None
    name = ""
    if place.kind == "in-cluster":
        authority = read_small(place.paths[0] / "ca.crt", "The certificate of the cluster")
    else:
        cluster, _ = entries(place)
        if cluster.get("insecure-skip-tls-verify"):
            return None
        authority = _authority(cluster, place)
        name = str(cluster.get("tls-server-name") or "")
    parts = (place.context, place.server, place.user, name, hashlib.sha256(authority).hexdigest())
    return hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()


def _authority(cluster: Entry, place: ClusterPlace) -> bytes:
    """Return the CA's certificates; empty where those of the system count."""
    if data := cluster.get("certificate-authority-data"):
        try:
            return base64.b64decode(str(data))
        except (binascii.Error, ValueError):
            raise BadConfig(f"The certificate-authority-data of the cluster {place.cluster} is no base64.") from None
    path = cluster.get("certificate-authority")
    return read_small(Path(str(path)), f"The certificate-authority of {place.cluster}") if path else b""
