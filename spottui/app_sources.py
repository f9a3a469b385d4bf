"""Makes the sources that need no cluster; each imports its library only when it is made, after the first paint."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spottui.settings import Settings
from spottui.store import Store
from spottui.store_argocd import places

if TYPE_CHECKING:
    from spottui.app_cluster import Joined
    from spottui.sources.ssh import TerminalMeter


async def import_sources() -> None:
    """Import what `own_sources` needs on a thread: on the event loop it would take 50 ms."""
    from spottui.sources.imports import import_all

    names = ("host", "gpu", "robot", "links", "links_tools", "low_data", "probe_ask", "probes", "ssh", "traffic")
    await asyncio.to_thread(import_all, [f"spottui.sources.{name}" for name in names])


def own_sources(
    settings: Settings,
    *,
    environ: Mapping[str, str],
    home: Path,
    clock: Callable[[], float],
    store: Store,
    joined: Callable[[], Joined | None] = lambda: None,
    terminal: TerminalMeter | None = None,
    with_robot: bool = True,
) -> list[Any]:
    """Return the sources of this computer, its links and the robot; each imports what it needs when it starts.

    Without `with_robot` no robot is looked for, not even the one that this computer rides on.
    """
    from spottui.app_links import link_sources
    from spottui.app_robot_source import robot_sources
    from spottui.sources.gpu import GpuSource
    from spottui.sources.host import HostSource

    robots = robot_sources(settings, environ, clock) if with_robot else []
    own: list[Any] = [HostSource(clock), GpuSource(clock), *robots]
    return own + link_sources(
        settings,
        environ=environ,
        home=home,
        clock=clock,
        store=store,
        joined=joined,
        others=own,
        terminal=terminal,
        with_robot=with_robot,
    )


def look_at(sources: Sequence[Any], screen: str) -> None:
    """Tell the sources that want to know whether the screen of their name is the one that is seen."""
    for source in sources:
        if (watched := getattr(source, "watched", None)) is not None:
            watched(screen == source.name)


def cluster_sources(api: Any, clock: Callable[[], float], store: Store) -> list[Any]:
    """Return what is read through the cluster beside its objects: the GPU exporters in it, Argo CD's settings."""
    from spottui.sources.argocd_settings import ArgocdSettingsSource
    from spottui.sources.gpu_exporter import ExporterSource

    settings = ArgocdSettingsSource(api, clock, lambda: places(store))
    return [ExporterSource(api, clock, store.pods.values), settings]
