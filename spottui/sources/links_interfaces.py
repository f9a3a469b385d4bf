"""The network interfaces of this computer: psutil and /sys; knows nothing of who uses them."""

from __future__ import annotations

import ipaddress
import socket
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import psutil

from spottui.records_links import Interface
from spottui.sources.text import clean

T = TypeVar("T")
InterfaceKind = Literal["wifi", "mobile", "ethernet", "tunnel", "bridge", "loopback", "other"]

SYS_NET = Path("/sys/class/net")
HISTORY = 60
"""Readings kept of each interface."""
_ETHERNET, _PPP, _LOOPBACK, _SIT, _GRE, _NONE = 1, 512, 772, 776, 778, 65534
"""ARPHRD numbers of /sys/class/net/*/type."""


class InterfaceReader:
    """Reads the interfaces again and again; rates are since the reading before, so the first has none.

    Used from one thread only.
    """

    def __init__(self, sys_net: Path = SYS_NET) -> None:
        self._sys_net = sys_net
        self._before: dict[str, tuple[float, int, int]] = {}
        self._history: dict[str, deque[float | None]] = {}

    def __call__(self, at: float, default: str = "") -> tuple[Interface, ...]:
        """Return the interfaces worth a line, that of the default route first.

        Left out are loopback and the many ends of pods' virtual cables: virtual, and nobody's default route.
        """
        stats: Mapping[str, Any] = known(psutil.net_if_stats, {})
        addresses: Mapping[str, Any] = known(psutil.net_if_addrs, {})
        counters: Mapping[str, Any] = known(lambda: psutil.net_io_counters(pernic=True), {})
        found = []
        for name in {**stats, **addresses}:
            kind = self.kind(name)
            is_virtual = not (self._sys_net / name / "device").exists() and self._sys_net.exists()
            if kind == "loopback" or (is_virtual and kind != "tunnel" and name != default):
                continue
            found.append(
                self._interface(name, kind, at, stats.get(name), addresses.get(name, ()), counters.get(name), default)
            )
        for gone in self._history.keys() - {each.name for each in found}:
            del self._history[gone]
        return tuple(sorted(found, key=lambda each: (not each.is_default, not each.is_up, each.name)))

    def _interface(
        self, name: str, kind: InterfaceKind, at: float, stats: Any, addresses: Any, counters: Any, default: str
    ) -> Interface:
        incoming, outgoing = self._rates(name, at, counters)
        history = self._history.setdefault(name, deque(maxlen=HISTORY))
        history.append(None if incoming is None or outgoing is None else incoming + outgoing)
        return Interface(
            name=clean(name, 32),
            kind=kind,
            is_up=stats.isup if stats else None,
            addresses=own_addresses(addresses),
            speed=stats.speed or None if stats else None,
            bytes_in=incoming,
            bytes_out=outgoing,
            errors=counters.errin + counters.errout if counters else None,
            drops=counters.dropin + counters.dropout if counters else None,
            is_default=name == default,
            history=tuple(history),
        )

    def _rates(self, name: str, at: float, counters: Any) -> tuple[float | None, float | None]:
        """Return bytes per second in and out; None at first, and when a counter went back."""
        if counters is None:
            return None, None
        before = self._before.get(name)
        self._before[name] = (at, counters.bytes_recv, counters.bytes_sent)
        if before is None or at <= before[0]:
            return None, None
        incoming, outgoing = counters.bytes_recv - before[1], counters.bytes_sent - before[2]
        if incoming < 0 or outgoing < 0:
            return None, None
        return incoming / (at - before[0]), outgoing / (at - before[0])

    def kind(self, name: str) -> InterfaceKind:
        """Return what sort of interface it is, by what the kernel says of it, else by its name."""
        folder = self._sys_net / name
        if not folder.exists():
            return "loopback" if name.startswith("lo") and not name[2:].strip("0123456789") else "other"
        device_type = _field(folder / "uevent", "DEVTYPE")
        if (folder / "wireless").exists() or (folder / "phy80211").exists() or device_type == "wlan":
            return "wifi"
        if device_type == "wwan":
            return "mobile"
        if (folder / "bridge").exists() or device_type == "bridge":
            return "bridge"
        number = known(lambda: int(_text(folder / "type")), 0)
        if number == _LOOPBACK:
            return "loopback"
        if number in (_PPP, _SIT, _GRE, _NONE) or device_type == "wireguard":
            return "tunnel"
        return "ethernet" if number == _ETHERNET and (folder / "device").exists() else "other"


def own_addresses(addresses: Any) -> tuple[str, ...]:
    """Return the addresses of an interface as psutil has them, link-local ones only where there are no others."""
    found: list[str] = []
    spare: list[str] = []
    for each in addresses:
        if each.family not in (socket.AF_INET, socket.AF_INET6):
            continue
        text = clean(each.address.partition("%")[0], 64)
        is_local = known(lambda text=text: ipaddress.ip_address(text).is_link_local, False)
        (spare if is_local else found).append(text)
    return tuple(found or spare)


def known(read: Callable[[], T], otherwise: T) -> T:
    """Return what `read` says, or `otherwise` where this system, or its sandbox, does not tell."""
    try:
        return read()
    except (psutil.Error, OSError, NotImplementedError, AttributeError, RuntimeError, ValueError):
        return otherwise


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip()


def _field(path: Path, name: str) -> str:
    lines = known(lambda: _text(path), "").splitlines()
    return next((line.partition("=")[2] for line in lines if line.startswith(f"{name}=")), "")
