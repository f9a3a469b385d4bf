"""The Links screen: one line per link and per probe, our own traffic, and what low-data mode leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from spottui.events import LinksHeard, RobotHeard
from spottui.records import Access
from spottui.records_links import Interface, Links, Probe, Wifi
from spottui.records_robot import Robot, RobotWifi
from spottui.screens.links_lines import links_lines, milliseconds, probe_lines, size, speed, tls_left, traffic_lines
from spottui.store import Store
from spottui.widgets.tones import Line
from tests.screens.app_case import NOW, everything_listed, make_app, screen_text, tell, until
from tests.screens.links_case import DAY, everything, some_links, some_probes, some_traffic


def text_of(lines: list[Line]) -> str:
    return "\n".join("".join(text for text, _ in line) for line in lines)


def tone_of(lines: list[Line], word: str) -> str:
    """Return the tone of the first span that holds a word."""
    return next(tone for line in lines for text, tone in line if word in text)


async def test_key_6_shows_links_probes_and_traffic(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(160, 48)) as pilot:
        await tell(pilot, *everything_listed(), *everything(NOW))
        wifi = RobotWifi(mode="access_point", essid="spot-07", signal=-58)
        await tell(pilot, RobotHeard(Robot(address="192.168.80.3", wifi=(wifi,)), NOW))
        await pilot.press("6")
        await until(lambda: "[6 Links]" in screen_text(app), pilot)
        shown = screen_text(app)
        for said in (
            "wlan0",
            "default",
            "-74 dBm",
            "network Field 7",
            "SINR 14 dB",
            "RSRP -92 dBm",
            "is an access point: spot-07",
            "84 ms",
            "written 1.3 kB/s",
            "not available here: mmcli is not installed here.",
            "git.example/robot/apps",
            "reached",
            "89 d",
            "by wlan0",
            "the connection is refused",
            "a captive portal",
            "localhost:32000",
            "kube",
            "1.2 kB/s",
            "together",
            "low-data mode is off",
        ):
            assert said in shown, f"{said!r} is missing:\n{shown}"
        await pilot.press("d")
        await until(lambda: "everything that is known" in screen_text(app), pilot)
        shown = screen_text(app)
        for said in ("https://git.example/robot/apps.git", "12 kB so far", "wlan0 through 192.168.80.1", "89 d left"):
            assert said in shown, shown


async def test_each_link_and_probe_has_one_line_at_80_columns(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await tell(pilot, *everything_listed(), *everything(NOW))
        await pilot.press("6")
        await until(lambda: "PROBES" in screen_text(app), pilot)
        lines = screen_text(app).splitlines()[2:-1]
        heads = [line.split()[1] for line in lines if line[:1] in tuple("●▲✖○")]
        assert heads[:6] == ["wlan0", "eth0", "wwan0", "modem", "terminal", "api"]
        assert "192.168.80.12" in next(line for line in lines if "wlan0" in line)


async def test_it_works_without_a_cluster_and_says_what_is_not_known_yet(tmp_path: Path) -> None:
    app = make_app(tmp_path, problem="No kubeconfig was found.")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("6")
        await until(lambda: "[6 Links]" in screen_text(app), pilot)
        assert "Reading this computer's links…" in screen_text(app)
        await tell(pilot, LinksHeard(Links(heard_at=NOW)))
        await until(lambda: "tells of no interface" in screen_text(app), pilot)
        assert "Nothing to probe is known yet" in screen_text(app)


def test_low_data_mode_says_why_and_what_it_has_switched_off() -> None:
    why = "the link is slow: 9.1 kB/s"
    access = {
        "events": Access("stale", f"Switched off in low-data mode ({why})."),
        "jobs": Access("stale", f"Switched off in low-data mode ({why})."),
        "pods": Access("stale", "No link."),
    }
    text = text_of(traffic_lines(some_traffic(), why, access, 120, plain=False))
    assert f"LOW-DATA MODE ({why}): not read: events, jobs; usage" in text
    assert "low-data mode is off" in text_of(traffic_lines(some_traffic(), "", access, 120, plain=False))


def test_readings_that_stop_are_dated() -> None:
    assert "heard" not in text_of(links_lines(some_links(NOW), None, None, NOW + 6, 100, plain=False))
    lines = links_lines(some_links(NOW), None, None, NOW + 45, 100, plain=False)
    assert "LINKS  heard 45s ago" in text_of(lines) and tone_of(lines, "45s ago") == "warn"


def test_weak_signals_and_ending_certificates_have_their_tone() -> None:
    lines = links_lines(some_links(NOW), None, None, NOW, 120, plain=False)
    assert tone_of(lines, "-74 dBm") == "warn"
    assert tone_of(lines, "RSRP") == "warn" and tone_of(lines, "SINR") == ""
    assert tone_of(lines, "3 errors") == "warn"
    assert [tls_left(NOW + days * DAY, NOW) for days in (89, 9, -1)] == [
        ("89 d", "dim"),
        ("9 d", "warn"),
        ("expired", "bad"),
    ]
    assert tls_left(None, NOW) == ("", "dim")


def test_what_is_not_known_is_a_question_mark_and_never_zero() -> None:
    bare = Links(heard_at=NOW, interfaces=(Interface(name="x", kind="wifi"),), wifis=(Wifi(interface="x"),))
    text = text_of(links_lines(bare, None, (RobotWifi(),), NOW, 120, plain=False))
    assert "? B/s" in text and "? dBm" in text and "network ?" in text and "0 B/s" not in text
    probes = (Probe(id="a", kind="own", name="a", url="tcp://a:1"),)
    assert "0 ms" not in text_of(probe_lines(probes, (), "", NOW, 120, plain=False))


def test_a_probe_that_is_no_longer_asked_is_dimmed_with_its_age() -> None:
    lines = probe_lines(some_probes(NOW - 600)[:1], (), "", NOW, 120, plain=False)
    assert tone_of(lines, "good") == "dim" and "asked 10m ago" in text_of(lines)


def test_only_ascii_is_drawn_where_nothing_else_can_be() -> None:
    store = Store()
    text = text_of(
        [
            *links_lines(some_links(NOW), None, None, NOW, 120, plain=True),
            *probe_lines(some_probes(NOW), (), "", NOW, 120, plain=True),
            *traffic_lines(some_traffic(), "asked for", store.access, 120, plain=True),
        ]
    )
    assert text.isascii()


@given(st.text(max_size=80), st.integers(20, 200))
def test_a_hostile_name_neither_breaks_the_line_nor_moves_the_columns(name: str, width: int) -> None:
    probe = Probe(id="a", kind="git", name=name, url=name, state="good", round_trip=0.05, loss=0.0)
    lines = probe_lines((probe,), (), "", NOW, width, plain=False)
    same = probe_lines((Probe(id="a", kind="git", name="x", url="x", state="good", round_trip=0.05, loss=0.0),),
                       (), "", NOW, width, plain=False)  # fmt: skip
    assert cell_len("".join(text for text, _ in lines[1])) == cell_len("".join(text for text, _ in same[1]))


@pytest.mark.parametrize(
    ("count", "text"), [(None, "? B/s"), (3, "0 B/s"), (996, "1000 B/s"), (1234, "1.2 kB/s"), (2e6, "2.0 MB/s")]
)
def test_speeds_are_in_steps_that_matter(count: float | None, text: str) -> None:
    assert speed(count) == text


def test_sizes_and_trips_have_units() -> None:
    assert [size(count) for count in (900, 12_400, 3e6)] == ["900 B", "12 kB", "3.0 MB"]
    assert [milliseconds(trip) for trip in (0.0123, 2.44)] == ["12 ms", "2.4 s"]
