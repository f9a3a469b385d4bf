"""One connection for one command: finds the cluster, asks its version, closes again."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from spottui.clients import KubeClient, ServerClient
from spottui.sources.kube_api import KubeApi
from spottui.sources.kubeconfig import ClusterPlace
from spottui.sources.text import clean


@dataclass(frozen=True, slots=True)
class Connection:
    """A cluster that answered."""

    place: ClusterPlace
    api: KubeApi
    version: str
    """What the server calls itself: "v1.37.2"; empty when it does not say."""
    round_trip: float
    """Seconds of a small request on the open connection."""
    argocd: ServerClient | None = None
    """argocd-server, where commands on Applications go through it."""
    reads: KubeClient | None = None
    """What Applications are read through; None: `api`."""

    @property
    def apps(self) -> KubeClient:
        """Where Applications are read."""
        return self.reads or self.api


@asynccontextmanager
async def connected(place: ClusterPlace) -> AsyncIterator[Connection]:
    """Connect, for as long as the block runs.

    Raises:
        SpottuiError: Unreachable, LoginExpired or another reason why nothing can be asked.
    """
    api = KubeApi(place)
    try:
        await api.connect()
        await api.request("GET", "/version")  # opens the connection: its time is that of TLS, not of the link
        asked_at = time.monotonic()
        said = await api.get_json("/version")
        round_trip = time.monotonic() - asked_at
        version = clean(str(said.get("gitVersion") or ""), 60) if isinstance(said, dict) else ""
        yield Connection(place, api, version, round_trip)
    finally:
        await api.close()
