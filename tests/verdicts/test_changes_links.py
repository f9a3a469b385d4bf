"""Links on the Timeline: sources, probes, interfaces, low-data mode."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.events import LinkDown, LinkUp
from spottui.records_links import Interface, Links, Modem, Probe, Wifi
from spottui.verdicts.changes_links import interface_entries, link_entry, low_data_entry, probe_entries

from .make import NOW


def a_probe(state: Any, **more: Any) -> Probe:
    return Probe(id="git x", kind="git", name="git.example", url="https://x", state=state, **more)


def told_probe(before: Any, after: Any, **more: Any) -> list[tuple[str, str]]:
    lines = probe_entries([a_probe(before, **more)], [a_probe(after, reason="no route.", answered_at=NOW)], NOW)
    return [(line.tone, line.text) for line in lines]


def interfaces(*some: Interface, **more: Any) -> Links:
    return Links(heard_at=NOW, interfaces=some, **more)


def told(before: Links, after: Links) -> list[str]:
    return [f"{line.subject}: {line.text}" for line in interface_entries(before, after)]


def test_a_link_that_is_back_says_how_long_it_was_away() -> None:
    down, up = LinkDown("robot", "no route", NOW + 30), LinkUp("robot", None, NOW + 34)
    lost = link_entry(LinkUp("robot", None, NOW), down, None)
    back = link_entry(down, up, NOW)
    assert lost is not None and lost.text == "link lost: no route" and lost.tone == "bad"
    assert back is not None and back.text == "link is back after 34s"
    assert back.target is not None and back.target.kind == "Robot"
    assert link_entry(None, up, None) is None and link_entry(down, down, NOW) is None


def test_a_remote_that_goes_and_comes_back_is_told() -> None:
    assert told_probe("good", "down") == [("bad", "does not answer: no route.")]
    assert told_probe("unknown", "down") == [("bad", "does not answer: no route.")]
    assert told_probe("slow", "portal") == [("bad", "a login page answers in its place: no route.")]
    assert told_probe("down", "good", answered_at=NOW - 90) == [("good", "answers again, last answer 90s before")]
    for quiet in (("unknown", "good"), ("good", "slow"), ("slow", "good"), ("down", "down"), ("down", "unknown")):
        assert told_probe(*quiet) == []


def test_another_default_route_is_told_and_a_lost_one_is_bad() -> None:
    wifi, modem = Interface(name="wlan0", is_default=True), Interface(name="wwan0")
    moved = interfaces(Interface(name="wlan0"), Interface(name="wwan0", is_default=True))
    assert told(interfaces(wifi, modem), moved) == ["default route: default route wlan0 -> wwan0"]
    (line,) = interface_entries(moved, interfaces(Interface(name="wlan0"), modem))
    assert (line.tone, line.text) == ("bad", "default route wwan0 -> none")
    assert interface_entries(None, moved) == ()


def test_interfaces_radios_and_modems_are_told_but_not_bridges() -> None:
    def of(up: bool, ssid: str, state: str) -> Links:
        return interfaces(
            Interface(name="wlan0", kind="wifi", is_up=up),
            Interface(name="cni0", kind="bridge", is_up=up),
            wifis=(Wifi(interface="wlan0", ssid=ssid),),
            modems=(Modem(name="m", source="ModemManager", state=state),),
        )

    assert told(of(True, "base", "connected"), of(False, "", "searching")) == [
        "wlan0: down",
        "wlan0: Wi-Fi base -> none",
        "m: modem connected -> searching",
    ]
    assert told(of(True, "", ""), interfaces(wifis=None)) == ["wlan0: the interface is gone"]


def test_low_data_mode_is_told_when_it_is_switched() -> None:
    on, off = low_data_entry("", "asked for", NOW), low_data_entry("asked for", "", NOW)
    assert on is not None and on.text == "low-data mode on: asked for"
    assert off is not None and off.text == "low-data mode off"
    assert low_data_entry("a", "b", NOW) is None


_names = st.sampled_from(["a", "b", "c"])
_links = st.builds(
    Links,
    heard_at=st.just(NOW),
    interfaces=st.lists(
        st.builds(
            Interface,
            name=_names,
            kind=st.sampled_from(["wifi", "bridge"]),
            is_up=st.none() | st.booleans(),
            is_default=st.booleans(),
        ),
        max_size=3,
        unique_by=lambda one: one.name,
    ).map(tuple),
    wifis=st.none()
    | st.lists(st.builds(Wifi, interface=_names, ssid=_names), max_size=2, unique_by=lambda one: one.interface).map(
        tuple
    ),
)


@settings(max_examples=40)
@given(_links, _links)
def test_any_two_readings_of_the_links_can_be_compared(before: Links, after: Links) -> None:
    assert all(line.text for line in interface_entries(before, after))
    assert interface_entries(after, after) == ()
