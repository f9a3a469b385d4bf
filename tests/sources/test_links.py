"""Interfaces and routes are read from what the system says, and told by a source on its own thread."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.errors import LoginExpired, Unreachable
from spottui.events import LinkDown, LinksHeard, LinkUp
from spottui.records_links import Interface, Links, Modem, Route
from spottui.sources import links as module
from spottui.sources.links import LinkReader, LinksSource
from spottui.sources.links_interfaces import InterfaceReader
from spottui.sources.links_routes import default_interface, parse_ipv6_route, parse_route, read_table, routes_to
from spottui.sources.links_tools import tools_of
from tests.sources.links_case import (
    IPV6_ROUTE,
    IW_LINK,
    MODEM,
    MODEM_LIST,
    PROC_WIRELESS,
    SIGNAL,
    route_text,
    tools,
)

# -- routes ------------------------------------------------------------------------------------------------


def test_the_default_route_is_the_one_with_the_lowest_metric() -> None:
    table = parse_route(route_text())
    assert default_interface(table, {}) == "wlan0"
    assert [route.gateway for route in table] == ["192.168.80.1", "10.64.0.1", ""]
    assert default_interface(parse_ipv6_route(IPV6_ROUTE), {}) == "wlan0"
    assert len(parse_ipv6_route(IPV6_ROUTE)) == 2


@given(st.text())
def test_no_routing_table_breaks_the_parsers(text: str) -> None:
    parse_route(f"Iface\n{text}")
    parse_ipv6_route(text)


def test_a_target_is_reached_by_the_interface_that_the_kernel_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    interfaces = (Interface(name="wlan0", addresses=("192.168.80.12",)), Interface(name="wwan0"))
    chosen = {"203.0.113.9": "192.168.80.12", "192.168.80.3": "192.168.80.12"}
    monkeypatch.setattr("spottui.sources.links_routes.local_address", lambda peer: chosen.get(peer, ""))
    targets = {"git": "203.0.113.9", "robot": "192.168.80.3", "gone": "198.51.100.1"}
    assert routes_to(targets, interfaces, parse_route(route_text())) == (
        Route("git", "wlan0", "192.168.80.1"),
        Route("robot", "wlan0", ""),
        Route("gone", "", ""),
    )


def test_this_computer_says_how_it_reaches_itself() -> None:
    assert routes_to({"here": "127.0.0.1"}, (), read_table()) == (Route("here", "lo", ""),)


# -- interfaces --------------------------------------------------------------------------------------------


class _Stats:
    def __init__(self, isup: bool = True, speed: int = 0) -> None:
        self.isup, self.speed = isup, speed


class _Address:
    def __init__(self, address: str, family: Any = socket.AF_INET) -> None:
        self.address, self.family = address, family


class _Counters:
    errin, errout, dropin, dropout = 1, 2, 0, 17

    def __init__(self, bytes_recv: int, bytes_sent: int) -> None:
        self.bytes_recv, self.bytes_sent = bytes_recv, bytes_sent


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """A computer with Wi-Fi, a modem, a cable, a VPN, a bridge and a pod's virtual cable."""
    counters = {"wlan0": _Counters(1000, 500)}
    names = ("wlan0", "wwan0", "eth0", "wg0", "cni0", "veth12", "lo")
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {name: _Stats(name != "eth0") for name in names})
    addresses = [_Address("192.168.80.12"), _Address("fe80::1%wlan0", socket.AF_INET6), _Address("02:00", 17)]
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"wlan0": addresses})
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic: counters)
    types = {"lo": 772, "wg0": 65534}
    for name in names:
        folder = tmp_path / "sys" / name
        folder.mkdir(parents=True)
        (folder / "type").write_text(f"{types.get(name, 1)}\n")
        (folder / "uevent").write_text("DEVTYPE=wwan\n" if name == "wwan0" else "INTERFACE=x\n")
        if name in ("wlan0", "wwan0", "eth0"):
            (folder / "device").mkdir()
    (tmp_path / "sys/wlan0/phy80211").mkdir()
    (tmp_path / "sys/cni0/bridge").mkdir()
    (tmp_path / "net").mkdir()
    (tmp_path / "net/route").write_text(route_text())
    (tmp_path / "net/wireless").write_text(PROC_WIRELESS)
    return {"counters": counters, "sys_net": tmp_path / "sys", "proc_net": tmp_path / "net"}


def test_the_interfaces_are_told_apart_and_virtual_cables_left_out(system: dict[str, Any]) -> None:
    found = InterfaceReader(system["sys_net"])(10.0, "wlan0")
    assert [(each.name, each.kind) for each in found] == [
        ("wlan0", "wifi"),
        ("wg0", "tunnel"),
        ("wwan0", "mobile"),
        ("eth0", "ethernet"),
    ]
    assert found[0].addresses == ("192.168.80.12",), "link-local ones only where there is nothing else"
    assert (found[0].errors, found[0].drops, found[0].bytes_in) == (3, 17, None)
    assert InterfaceReader(system["sys_net"])(10.0, "cni0")[0].name == "cni0"


def test_rates_are_per_second_and_never_negative(system: dict[str, Any]) -> None:
    read = InterfaceReader(system["sys_net"])
    read(10.0, "wlan0")
    system["counters"]["wlan0"] = _Counters(3000, 600)
    wlan = read(12.0, "wlan0")[0]
    assert (wlan.bytes_in, wlan.bytes_out, wlan.history) == (1000.0, 50.0, (None, 1050.0))
    system["counters"]["wlan0"] = _Counters(0, 700)
    assert read(14.0, "wlan0")[0].bytes_in is None


def test_a_system_that_tells_nothing_is_survived(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> Any:
        raise PermissionError

    for name in ("net_if_stats", "net_if_addrs", "net_io_counters"):
        monkeypatch.setattr(psutil, name, refuse)
    links = LinkReader(tools(), sys_net=tmp_path / "none", proc_net=tmp_path / "none")(lambda: 5.0)
    assert (links.interfaces, links.wifis) == ((), ())
    assert dict(links.notes)["wifi"] == "This computer has no Wi-Fi interface."
    assert "mmcli is not installed" in dict(links.notes)["modem"]


def test_a_reading_joins_radio_modem_and_routes(system: dict[str, Any]) -> None:
    run = tools(iw=IW_LINK, mmcli_L=MODEM_LIST, mmcli_m=MODEM, mmcli_signal=SIGNAL)
    read = LinkReader(
        run, targets=lambda: {"here": "127.0.0.1"}, sys_net=system["sys_net"], proc_net=system["proc_net"]
    )
    links = read(lambda: 5.0)
    assert links.interfaces[0].is_default and links.notes == ()
    assert links.wifis is not None and links.wifis[0].history == (-61,)
    assert links.modems is not None and links.modems[0].technology == "5gnr"
    assert links.routes == (Route("here", "lo", ""),)


def test_a_reading_is_cheap() -> None:
    read = LinkReader(tools())
    read(time.time)
    begun = time.process_time()
    for _ in range(20):
        read(time.time)
    assert (time.process_time() - begun) / 20 < 0.02  # measured: 0.0008


def test_the_real_tools_are_asked_without_harm() -> None:
    links = LinkReader(tools_of({"PATH": "/usr/bin:/bin"}))(time.time)
    assert all(why.endswith((".", "!", "?")) for _, why in links.notes)


# -- the source --------------------------------------------------------------------------------------------


async def closed(events: Any) -> None:
    await events.aclose()


async def test_the_source_reads_on_its_own_thread() -> None:
    threads: list[str] = []

    def read(clock: Any) -> Links:
        threads.append(threading.current_thread().name)
        return Links(heard_at=clock())

    events = LinksSource(lambda: 5.0, read, period=0.0).events()
    assert [await anext(events) for _ in range(2)] == [LinksHeard(Links(heard_at=5.0))] * 2
    assert all(name.startswith("links") for name in threads)
    await closed(events)


async def test_a_reading_that_hangs_is_said_and_its_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE", 0.02)
    go_on = threading.Event()

    def read(clock: Any) -> Links:
        go_on.wait(5)
        return Links(heard_at=clock())

    events = LinksSource(lambda: 5.0, read, period=0.0).events()
    assert isinstance(await anext(events), LinkDown)
    go_on.set()
    assert isinstance(await anext(events), LinkUp)
    assert isinstance(await anext(events), LinksHeard)
    await closed(events)


class Page:
    """A modem's page that answers what a test puts in."""

    def __init__(self, *answers: Modem | Exception) -> None:
        self.answers = list(answers)
        self.reads = 0
        self.is_closed = False
        self.bytes_in, self.bytes_out = 70, 30

    async def read(self) -> Modem:
        self.reads += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.is_closed = True


async def until_heard(events: Any, holds: Callable[[Links], bool]) -> Links:
    """Read events until one fits."""
    async with asyncio.timeout(5):
        while True:
            event = await anext(events)
            if isinstance(event, LinksHeard) and holds(event.links):
                return event.links


async def test_the_modem_of_the_page_comes_first_and_keeps_its_last_values(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATS_PERIOD", "STATS_PERIOD_LOW"):
        monkeypatch.setattr(module, name, 0.0)
    page = Page(Modem(name="m", source="modemStats", sinr=12.0), Unreachable("The page is silent."))
    other = Links(heard_at=5.0, modems=(), notes=(("modem", "mmcli is not installed here."),))
    source = LinksSource(lambda: 5.0, lambda _: other, stats=lambda: page, period=0.001)
    events = source.events()
    links = await until_heard(events, lambda links: bool(links.modems and links.modems[0].reason))
    assert links.modems is not None and links.modems[0].sinr == 12.0
    assert links.notes == (("modem", "The page is silent."),)
    assert (source.bytes_in, source.bytes_out) == (70, 30)
    await closed(events)
    assert page.is_closed


async def test_a_refused_login_is_not_tried_again_and_again() -> None:
    page = Page(LoginExpired("The page refuses user spot."))
    source = LinksSource(lambda: 5.0, lambda _: Links(heard_at=5.0), stats=lambda: page, period=0.001)
    events = source.events()
    await until_heard(events, lambda links: bool(links.notes))
    for _ in range(20):
        await anext(events)
    assert page.reads == 1
    await closed(events)


def test_no_shell_is_used_anywhere() -> None:
    for path in Path(module.__file__).parent.glob("links*.py"):
        assert "shell=True" not in path.read_text() and "os.system" not in path.read_text()
