"""Wi-Fi of this computer: iw, else /proc/net/wireless; knows their formats, not what is done with them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from spottui.records_links import Wifi
from spottui.sources.links_tools import Run, ToolFailed
from spottui.sources.text import clean

SSID_LENGTH = 64
_ESCAPED = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def parse_iw_link(interface: str, text: str) -> Wifi | None:
    """Return the association that `iw dev IF link` prints; None when it is not connected."""
    if not text.lstrip().startswith("Connected to"):
        return None
    fields: dict[str, str] = {}
    for line in text.splitlines()[1:]:
        name, colon, value = line.strip().partition(":")
        if colon and name not in fields:
            fields[name] = value.removeprefix(" ")
    return Wifi(
        interface=clean(interface, 32),
        ssid=unescaped(fields.get("SSID", "")),
        signal=_first_number(fields.get("signal", "")),
        bit_rate=_first_number(fields.get("tx bitrate", "")),
        frequency=_first_number(fields.get("freq", "")),
        source="iw",
    )


def unescaped(ssid: str) -> str:
    """Return an SSID as a network calls itself: iw writes all but plain ASCII as \\xNN; cleaned, as it is hostile."""

    def decoded(match: re.Match[str]) -> str:
        return bytes.fromhex(match[0].replace("\\x", "")).decode("utf-8", "replace")

    return clean(_ESCAPED.sub(decoded, ssid), SSID_LENGTH)


def parse_proc_wireless(text: str) -> dict[str, Wifi]:
    """Return the associations of /proc/net/wireless by interface: a signal level in dBm, and no name."""
    found = {}
    for line in text.splitlines():
        name, colon, rest = line.strip().partition(":")
        words = rest.split()
        if not colon or len(words) < 4 or "|" in line:
            continue
        level = _first_number(words[2])
        if level is not None and level > 0:  # drivers that count from 0..255 mean level - 256
            level = level - 256 if level > 63 else None
        found[name] = Wifi(interface=clean(name, 32), signal=level or None, source="/proc/net/wireless")
    return found


def read_wifis(interfaces: Iterable[str], run: Run, proc_wireless: str) -> tuple[tuple[Wifi, ...], str]:
    """Return the associations of these Wi-Fi interfaces, and why they say less than they could; blocks.

    `proc_wireless` is the text of /proc/net/wireless, empty where there is none.
    """
    by_kernel = parse_proc_wireless(proc_wireless)
    found, reason = [], ""
    for name in interfaces:
        try:
            wifi = parse_iw_link(name, run("iw", "dev", name, "link"))
        except ToolFailed as error:
            wifi = by_kernel.get(name)
            shows = "only the signal is known" if wifi else "the signal is not known"
            reason = f"{error} So {shows}; install iw to see it with network and bit rate."
        if wifi is not None and wifi.signal is None and (spare := by_kernel.get(name)) is not None:
            wifi = replace(wifi, signal=spare.signal)
        if wifi is not None:
            found.append(wifi)
    return tuple(found), reason


def _first_number(text: str) -> float | None:
    match = _NUMBER.search(text)
    return float(match[0]) if match else None
