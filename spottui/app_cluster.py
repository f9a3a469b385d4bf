"""Finds the cluster and opens the road to it; the only place where sources and actions meet one client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from spottui.errors import Unreachable
from spottui.settings import Settings

if TYPE_CHECKING:
    from spottui.sources.kube import KubeSource
    from spottui.sources.kube_api import KubeApi
    from spottui.sources.kubeconfig import ClusterPlace
    from spottui.sources.metrics import MetricsSource


class ClusterPort:
    """Stands for the API until there is one, so that commands can be wired before the cluster is found."""

    def __init__(self) -> None:
        self.api: KubeApi | None = None

    async def request(self, method: str, path: str, **options: Any) -> bytes:
        """Send one request; see `spottui.sources.kube_api.KubeApi.request`.

        Raises:
            Unreachable: No cluster was found yet.
        """
        if self.api is None:
            raise Unreachable("No cluster is connected yet, so nothing was sent.")
        return await self.api.request(method, path, **options)

    def clock(self, otherwise: Callable[[], float]) -> Callable[[], float]:
        """Return the cluster's clock; it is `otherwise` while no cluster was found."""
        return lambda: getattr(self.api, "server_now", otherwise)()


@dataclass(slots=True)
class Joined:
    """A cluster that was found, with the client and the sources that speak of it."""

    place: ClusterPlace
    api: KubeApi
    kube: KubeSource
    metrics: MetricsSource
    others: list[Any] = field(default_factory=list)
    """Sources of more than the cluster that are known only now."""

    @property
    def sources(self) -> list[Any]:
        """The sources to feed from."""
        return [self.kube, self.metrics, *self.others]

    def reconnect_now(self) -> None:
        """Cut all waits for the link."""
        self.kube.reconnect_now()

    async def close(self) -> None:
        """Close the connections."""
        await self.api.close()


class Join(Protocol):
    """How the app gets at a cluster; tests pass their own."""

    async def __call__(
        self, settings: Settings, *, environ: Mapping[str, str], home: Path, clock: Callable[[], float]
    ) -> Joined:
        """Find and open a cluster; see `join_cluster`."""
        ...


async def join_cluster(
    settings: Settings, *, environ: Mapping[str, str], home: Path, clock: Callable[[], float]
) -> Joined:
    """Find the cluster by flag, KUBECONFIG, ~/.kube/config, microk8s or service account.

    The imports take a third of a second: they run on a thread, off the event loop.

    Raises:
        BadConfig: None was found, or the kubeconfig cannot be used; it says what was looked for.
    """

    def find() -> Joined:
        from spottui.app_argocd import KINDS as ARGOCD_KINDS
        from spottui.app_argocd import argocd_source
        from spottui.app_place import place_of
        from spottui.sources.kube import KubeSource
        from spottui.sources.kube_api import KubeApi
        from spottui.sources.kube_objects import KINDS
        from spottui.sources.metrics import MetricsSource

        place = place_of(settings, environ, home)
        api = KubeApi(place, clock=clock)
        low_data = "asked for" if settings.links.low_data else ""
        # All namespaces: --namespace narrows what is shown.
        argocd = argocd_source(settings, environ, home, clock)
        kinds = [kind for kind in KINDS.values() if argocd is None or kind.plural not in ARGOCD_KINDS]
        kube = KubeSource(api, kinds=kinds, clock=clock, low_data=low_data)
        metrics = MetricsSource(
            api,
            clock,
            period=settings.metrics.period_seconds,
            fallback_namespace=place.namespace,
            low_data=low_data,
        )
        return Joined(place, api, kube, metrics, [argocd] if argocd is not None else [])

    with ThreadPoolExecutor(1, thread_name_prefix="join") as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, find)
