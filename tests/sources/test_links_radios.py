"""Wi-Fi and modems are read from what the tools say; what they do not say is named with its cause."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.records_links import Modem, Wifi
from spottui.sources.links_modem import parse_devices, parse_modem, parse_modem_list, read_modems
from spottui.sources.links_tools import ToolFailed, tools_of
from spottui.sources.links_wifi import parse_iw_link, parse_proc_wireless, read_wifis, unescaped
from tests.sources.links_case import (
    IW_LINK,
    MODEM,
    MODEM_LIST,
    NMCLI,
    PROC_WIRELESS,
    SIGNAL,
    tools,
)

# -- Wi-Fi -------------------------------------------------------------------------------------------------


def test_iw_says_network_signal_and_bit_rate() -> None:
    assert parse_iw_link("wlan0", IW_LINK) == Wifi(
        interface="wlan0", ssid="Spoté field ", signal=-61, bit_rate=72.2, frequency=5180, source="iw"
    )
    assert parse_iw_link("wlan0", "Not connected.\n") is None


def test_a_hostile_network_name_is_only_a_name() -> None:
    assert unescaped("\\x1b[31mFree\\x0aWiFi \\xe2\\x80\\xae") == "Free ⏎ WiFi "
    assert unescaped("\\xff\\xfe") == "��"
    text = IW_LINK.replace("Spot", "signal: -1 dBm\\x0a\\x09signal: -2 dBm")
    assert parse_iw_link("wlan0", text).signal == -61  # pyright: ignore[reportOptionalMemberAccess]


@given(st.text())
def test_no_output_of_iw_breaks_the_parser(text: str) -> None:
    wifi = parse_iw_link("wlan0", f"Connected to x\n{text}")
    assert wifi is not None and wifi.ssid.isprintable()
    parse_proc_wireless(text)
    unescaped(text)


def test_the_kernel_knows_the_signal_where_iw_is_not_installed() -> None:
    wifis, reason = read_wifis(["wlan0"], tools(), PROC_WIRELESS)
    assert wifis == (Wifi(interface="wlan0", signal=-61.0, source="/proc/net/wireless"),)
    assert "iw is not installed" in reason and "only the signal is known" in reason
    wifis, reason = read_wifis(["wlan0"], tools(), "")
    assert wifis == () and "the signal is not known" in reason
    assert read_wifis(["wlan0"], tools(iw=IW_LINK), "")[1] == ""


def test_a_level_from_0_to_255_is_taken_as_dbm() -> None:
    assert parse_proc_wireless(PROC_WIRELESS.replace("-61.", "195."))["wlan0"].signal == -61
    assert parse_proc_wireless(PROC_WIRELESS.replace("-61.", "40."))["wlan0"].signal is None


# -- modems ------------------------------------------------------------------------------------------------


def test_modemmanager_says_signal_and_network() -> None:
    modems, reason = read_modems(tools(mmcli_L=MODEM_LIST, mmcli_m=MODEM, mmcli_signal=SIGNAL))
    assert reason == ""
    assert modems == (
        Modem(
            name="cdc-wdm0",
            source="ModemManager",
            state="connected",
            operator="Field Net",
            technology="5gnr",
            quality=62,
            sinr=9.5,
            rsrp=-98,
            rsrq=-12,
        ),
    )


def test_unknown_values_of_a_modem_stay_unknown() -> None:
    modem = parse_modem(MODEM.replace('"62"', '"--"'), SIGNAL.replace("9.50", "--").replace("-98.00", "--"))
    assert (modem.quality, modem.sinr, modem.rsrp, modem.rsrq) == (None, None, None, -12)
    assert parse_modem("[]").name == "modem"
    assert parse_modem(MODEM.replace('"lte","5gnr"', '"lte"'), SIGNAL).sinr == 12.6
    assert parse_modem_list('{"modem-list":["/org/evil --command=AT", 7]}') == ()


def test_without_modemmanager_networkmanager_knows_at_least_the_state() -> None:
    modems, reason = read_modems(tools(nmcli=NMCLI))
    assert modems == (Modem(name="cdc-wdm0", source="NetworkManager", state="connected", operator="Mobile\\Net"),)
    assert "mmcli is not installed" in reason
    modems, reason = read_modems(tools())
    assert modems is None and "mmcli is not installed" in reason and "nmcli is not installed" in reason


@given(st.text())
def test_no_output_of_the_modem_tools_breaks_the_parsers(text: str) -> None:
    parse_modem(text, text)
    parse_modem_list(text)
    assert all(modem.name.isprintable() for modem in parse_devices(text))


# -- tools -------------------------------------------------------------------------------------------------


def test_a_tool_runs_without_a_shell_and_what_goes_wrong_is_a_sentence(tmp_path: Path) -> None:
    for name, text in (("good", 'printf "%s|" "$@"'), ("bad", "echo no such device >&2; exit 2"), ("slow", "sleep 9")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    run = tools_of({"PATH": f"relative:{tmp_path}"}, deadline=0.2)
    assert run("good", "a b", "$(reboot)") == "a b|$(reboot)|"
    with pytest.raises(ToolFailed, match="bad failed: no such device"):
        run("bad")
    with pytest.raises(ToolFailed, match="slow did not end"):
        run("slow")
    with pytest.raises(ToolFailed, match="nothing-like-that is not installed here"):
        run("nothing-like-that")
