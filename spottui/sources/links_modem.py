"""The mobile modem as this computer's own services know it: ModemManager, else NetworkManager; reads only."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from spottui.records_links import Modem
from spottui.sources.links_tools import Run, ToolFailed
from spottui.sources.text import clean

WORD = 40
_MODEM = re.compile(r"/org/freedesktop/ModemManager\d*/Modem/\d+")
MOST_MODEMS = 4


def parse_modem_list(text: str) -> tuple[str, ...]:
    """Return the object paths that `mmcli -L -J` prints; others than ModemManager's are left out."""
    listed = _object(text).get("modem-list")
    paths = [path for path in listed if isinstance(path, str)] if isinstance(listed, list) else []
    return tuple(path for path in paths if _MODEM.fullmatch(path))[:MOST_MODEMS]


def parse_modem(text: str, signal_text: str = "") -> Modem:
    """Return the modem that `mmcli -m PATH -J` and `--signal-get -J` print; what they leave out is unknown."""
    modem = _inner(_object(text), "modem")
    generic, network = _inner(modem, "generic"), _inner(modem, "3gpp")
    technologies = [_word(each) for each in _list(generic.get("access-technologies"))]
    signal = _best_signal(_inner(_inner(_object(signal_text), "modem"), "signal"), technologies)
    maker = " ".join(filter(None, (_word(generic.get("manufacturer")), _word(generic.get("model")))))
    return Modem(
        name=_word(generic.get("primary-port")) or maker or "modem",
        source="ModemManager",
        state=_word(generic.get("state")),
        operator=_word(network.get("operator-name")),
        technology=technologies[-1] if technologies else "",
        quality=number(_inner(generic, "signal-quality").get("value")),
        sinr=number(signal.get("snr")),
        rsrp=number(signal.get("rsrp")),
        rsrq=number(signal.get("rsrq")),
    )


def _best_signal(signal: Mapping[str, Any], technologies: list[str]) -> Mapping[str, Any]:
    """Return the values of the network in use: 5G before LTE, the first that says anything."""
    order = ("5g", "lte") if "5gnr" in technologies or "lte" not in technologies else ("lte", "5g")
    for name in order:
        values = _inner(signal, name)
        if any(number(values.get(key)) is not None for key in ("rsrp", "rsrq", "snr")):
            return values
    return {}


def parse_devices(text: str) -> tuple[Modem, ...]:
    """Return the mobile devices of `nmcli -t -f DEVICE,TYPE,STATE,CONNECTION device`: no signal, only the state."""
    found = []
    for line in text.splitlines():
        fields = [re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\):", line)]
        if len(fields) >= 4 and fields[1] in ("gsm", "cdma", "wwan"):
            name, _, state, connection = (clean(field, WORD) for field in fields[:4])
            found.append(Modem(name=name, source="NetworkManager", state=state, operator=connection.strip("-")))
    return tuple(found)


def read_modems(run: Run) -> tuple[tuple[Modem, ...] | None, str]:
    """Return the modems that ModemManager or NetworkManager know, and why nobody knows any; blocks.

    `--signal-get` only reads: nobody is asked to measure, as that would write to the modem.
    """
    try:
        found = []
        for path in parse_modem_list(run("mmcli", "-L", "-J")):
            text = run("mmcli", "-m", path, "-J")
            try:
                signal = run("mmcli", "-m", path, "--signal-get", "-J")
            except ToolFailed:
                signal = ""
            found.append(parse_modem(text, signal))
        return tuple(found), ""
    except ToolFailed as error:
        reason = str(error)
    try:
        devices = parse_devices(run("nmcli", "-t", "-f", "DEVICE,TYPE,STATE,CONNECTION", "device"))
    except ToolFailed as error:
        return None, f"{reason} {error}"
    return devices, f"{reason} So only the state of a modem is known." if devices else ""


def number(value: object) -> float | None:
    """Return a number from whatever the JSON has: a number, a text, "--" for unknown."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if abs(found) < 1e6 else None


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _inner(outer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = outer.get(name)
    return found if isinstance(found, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _word(value: object) -> str:
    return clean(value, WORD) if isinstance(value, str) and value != "--" else ""
