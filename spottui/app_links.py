"""Makes the sources of the links: what they share (low-data mode, addresses, counters) is tied together here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spottui.settings import Settings
from spottui.settings_folders import state_folder
from spottui.settings_links import LinksSettings, named_urls
from spottui.store import Store

if TYPE_CHECKING:
    from spottui.app_cluster import Joined
    from spottui.sources.links import Stats
    from spottui.sources.probe_targets import Targets
    from spottui.sources.ssh import TerminalMeter

PINS = "modem-certificates"
"""File of the state folder with the certificates of modems' pages, pinned when they were first seen."""


def link_sources(
    settings: Settings,
    *,
    environ: Mapping[str, str],
    home: Path,
    clock: Callable[[], float],
    store: Store,
    joined: Callable[[], Joined | None],
    others: Sequence[Any] = (),
    terminal: TerminalMeter | None = None,
    with_robot: bool = True,
) -> list[Any]:
    """Return the sources of links, probes and traffic, and of the terminal where it comes over SSH.

    `others` are sources whose traffic counts too, where they have `bytes_in` and `bytes_out`; `joined` returns
    the cluster once it is found.
    """
    from spottui.app_robot_source import robot_place
    from spottui.sources.links import LinkReader, LinksSource
    from spottui.sources.links_tools import tools_of
    from spottui.sources.low_data import LowData
    from spottui.sources.probe_ask import Asker
    from spottui.sources.probes import ProbesSource
    from spottui.sources.ssh import SshSource
    from spottui.sources.traffic import TrafficSource

    place = robot_place(settings, environ) if with_robot else None
    robot = (place.host, place.port) if place is not None else None
    low_data = LowData(settings.links.low_data, settings.links.low_data_below)
    client = environ.get("SSH_CONNECTION", "").partition(" ")[0]

    def why_low() -> str:
        return low_data.reason

    def api() -> Any:
        return found.api if (found := joined()) is not None else None

    def switch(why: str) -> None:
        if (found := joined()) is not None:
            found.kube.set_low_data(why)
            found.metrics.set_low_data(why)

    def addresses() -> dict[str, str]:
        return ({"this terminal (SSH)": client} if client else {}) | probes.addresses

    def counters() -> dict[str, tuple[int, int]]:
        found = joined()
        counted = found.api.by_source if found is not None else {}
        beside = [source for source in (found.others if found is not None else ()) if hasattr(source, "bytes_in")]
        for source in (*counting, *beside):
            incoming, outgoing = counted.get(source.name, (0, 0))
            counted[source.name] = (incoming + source.bytes_in, outgoing + source.bytes_out)
        return {name: counts for name, counts in counted.items() if any(counts)}

    def speeds() -> list[float]:
        return found.api.take_speeds() if (found := joined()) is not None else []

    probes = ProbesSource(
        lambda: _targets(settings, store, joined(), robot), Asker(environ, api, clock=clock), clock, low_data=why_low
    )
    reader = LinkReader(
        tools_of(environ),
        targets=addresses,
        asks_modem=not (settings.links.modem_address and settings.links.modem_password_file),
    )
    links = LinksSource(
        clock,
        reader,
        stats=_modem_stats(settings.links, state_folder(environ, home) / PINS),
        low_data=why_low,
    )
    counting = [source for source in (*others, links, probes) if hasattr(source, "bytes_in")]
    traffic = TrafficSource(counters, clock, low_data=low_data, speeds=speeds, switch=switch)
    ssh = [SshSource(terminal, environ, clock, low_data=why_low)] if terminal is not None else []
    return [links, probes, traffic, *ssh]


def _targets(
    settings: Settings, store: Store, joined: Joined | None, robot: tuple[str, int] | None
) -> Callable[[], Targets]:
    """Return the work that finds what is to be probed, with what the store holds now."""
    from spottui.sources.probe_targets import targets_of

    return partial(
        targets_of,
        server=joined.place.server if joined is not None else "",
        applications=tuple(store.applications.values()),
        pods=tuple(store.pods.values()),
        argocd=settings.links.argocd or settings.argocd.url or "",
        robot=robot,
        own=named_urls(settings.links.probes),
    )


def _modem_stats(links: LinksSettings, pins: Path) -> Callable[[], Stats] | None:
    """Return what makes the client of the modem's page; None where no page is set."""
    address, user, password_file = links.modem_address, links.modem_username, links.modem_password_file
    if not address:
        return None

    def make() -> Stats:
        if not user or password_file is None:
            from spottui.sources.links import NoLogin

            return NoLogin()
        from spottui.sources.links_modem_stats import ModemStats

        return ModemStats(address, user, password_file, pins)

    return make
