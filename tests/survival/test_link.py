"""spottui on a pty over a bad link to a real API server: cut, half-open, thin, lossy, flapping."""

from __future__ import annotations

from pathlib import Path

from spottui.sim.link import Shape

from . import desk
from .conftest import kubeconfigs
from .fault_proxy import FaultProxy
from .ordeal import BACK_WITHIN, TEN_MINUTES, Ordeal
from .world import World

REQUESTS = 60
"""The most that each program may send from the loss of a link until all is live again: ten watches that go on, what
is read beside them (usage, kinds that are not there), and the tries before."""
THIN = Shape(latency=0.3, bandwidth=2 * 8000)
"""600 ms there and back, and 64 kbit/s for each of the two programs."""


def test_a_link_that_is_cut_is_known_its_data_are_dated_and_all_is_back_with_it(ordeal: Ordeal) -> None:
    watches = ordeal.world.open_watches()
    ordeal.proxy.set(Shape("down"))
    ordeal.until_lost()
    ordeal.something_changes()
    ordeal.stay_lost(12)
    ordeal.proxy.heal()
    ordeal.is_over(requests=REQUESTS)
    assert ordeal.world.open_watches() == watches


def test_a_link_that_is_cut_for_ten_whole_minutes_is_no_worse(ordeal: Ordeal, long: None) -> None:
    watches = ordeal.world.open_watches()
    ordeal.proxy.set(Shape("down"))
    ordeal.until_lost()
    ordeal.something_changes()
    ordeal.stay_lost(TEN_MINUTES)
    ordeal.proxy.heal()
    ordeal.is_over(requests=REQUESTS)
    assert ordeal.world.open_watches() == watches


def test_a_half_open_link_is_known_and_all_is_back_over_new_connections(ordeal: Ordeal) -> None:
    ordeal.proxy.set(Shape("half-open"))
    ordeal.until_lost()
    ordeal.something_changes()
    ordeal.stay_lost(12)
    tried = ordeal.proxy.connections - ordeal.connections
    ordeal.proxy.heal()
    ordeal.is_over(requests=REQUESTS)
    assert tried <= 40, f"{tried} connections were tried while nothing answered"


def test_a_link_of_64_kbit_and_600_ms_is_slow_and_not_lost(ordeal: Ordeal) -> None:
    ordeal.proxy.set(THIN)
    ordeal.something_changes()
    ordeal.desk.watch(20, lambda: ordeal.desk.is_live, "live")
    ordeal.is_over(requests=REQUESTS, gap="")


def test_all_is_back_over_64_kbit_and_600_ms_when_every_connection_was_lost(ordeal: Ordeal) -> None:
    ordeal.proxy.set(Shape("half-open"))
    ordeal.until_lost()
    ordeal.something_changes()
    ordeal.proxy.set(THIN)
    ordeal.is_over(requests=REQUESTS, within=2 * BACK_WITHIN)  # some twenty TLS handshakes for each program


def test_one_packet_lost_in_five_is_survived(whole_world: World, lossy_netns: Path, tmp_path: Path) -> None:
    wrap = ["nsenter", f"--net={lossy_netns}"]
    with (
        FaultProxy(whole_world.plane.port, lossy_netns) as proxy,
        desk.opened(tmp_path / "desk", kubeconfigs(whole_world, proxy), wrap=wrap) as at_desk,
    ):
        ordeal = Ordeal(whole_world, at_desk, proxy)
        ordeal.something_changes()
        at_desk.watch(20)
        # Of what is given up, the one packet that says so may be lost: the server learns of it when it next writes,
        # and it sends a bookmark a minute.
        ordeal.is_over(requests=2 * REQUESTS, gap="", within=2 * BACK_WITHIN, settled=150)


def test_a_link_that_flaps_every_three_seconds_starts_no_storm(ordeal: Ordeal) -> None:
    with ordeal.proxy.flapping(3):
        ordeal.desk.watch(21)
        ordeal.something_changes()
    ordeal.is_over(requests=3 * REQUESTS)
    tried = ordeal.proxy.connections - ordeal.connections
    assert tried <= 250, f"{tried} connections were made"
