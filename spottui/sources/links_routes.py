"""Which way packets take from here: the kernel's answer for one address, and its table; nothing is sent."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from spottui.records_links import Interface, Route
from spottui.sources.text import clean

PROC_NET = Path("/proc/net")
_UP, _REJECT = 0x1, 0x200
"""RTF_UP and RTF_REJECT of linux/route.h."""
_NOWHERE = "192.0.2.1"
"""TEST-NET-1: belongs to nobody, so the kernel answers with the default route."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TableRoute(Struct, frozen=True):
    """One line of the kernel's routing table."""

    interface: str
    network: Network
    gateway: str
    metric: int


def read_table(proc_net: Path = PROC_NET) -> tuple[TableRoute, ...]:
    """Return the kernel's main tables; empty where there is no /proc/net."""
    found: list[TableRoute] = []
    for name, parse in (("route", parse_route), ("ipv6_route", parse_ipv6_route)):
        try:
            text = (proc_net / name).read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        found += parse(text)
    return tuple(found)


def parse_route(text: str) -> list[TableRoute]:
    """Return the routes of /proc/net/route; lines that cannot be read are left out."""
    found = []
    for line in text.splitlines()[1:]:
        words = line.split()
        try:
            flags = int(words[3], 16)
            if not flags & _UP or flags & _REJECT:
                continue
            network = ipaddress.IPv4Network((_ipv4(words[1]), _ipv4(words[7])), strict=False)
            gateway = _ipv4(words[2])
            found.append(
                TableRoute(clean(words[0], 32), network, "" if gateway == "0.0.0.0" else gateway, int(words[6]))
            )
        except (ValueError, IndexError, struct.error):
            continue
    return found


def parse_ipv6_route(text: str) -> list[TableRoute]:
    """Return the routes of /proc/net/ipv6_route; lines that cannot be read are left out."""
    found = []
    for line in text.splitlines():
        words = line.split()
        try:
            flags = int(words[8], 16)
            if not flags & _UP or flags & _REJECT or words[9] == "lo":
                continue
            network = ipaddress.IPv6Network((bytes.fromhex(words[0]), int(words[1], 16)), strict=False)
            gateway = ipaddress.IPv6Address(bytes.fromhex(words[4]))
            metric = int(words[5], 16)
            found.append(TableRoute(clean(words[9], 32), network, "" if gateway == _ANY6 else str(gateway), metric))
        except (ValueError, IndexError):
            continue
    return found


_ANY6 = ipaddress.IPv6Address("::")


def _ipv4(word: str) -> str:
    """Return an address from eight hexadecimal digits in the machine's own byte order."""
    return socket.inet_ntoa(struct.pack("=I", int(word, 16)))


def default_interface(table: Iterable[TableRoute], addresses: Mapping[str, str]) -> str:
    """Return the interface of the default route; empty when there is none.

    `addresses` is own address -> interface, for systems without /proc/net.
    """
    defaults = [route for route in table if route.network.prefixlen == 0]
    if defaults:
        return min(defaults, key=lambda route: (route.network.version, route.metric)).interface
    return addresses.get(local_address(_NOWHERE), "")


def local_address(peer: str) -> str:
    """Return the own address that packets to `peer` would carry, by a UDP socket that sends none; empty: no way."""
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(peer).version == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((peer, 9))
            return asked.getsockname()[0].partition("%")[0]
    except (OSError, ValueError):
        return ""


def routes_to(
    targets: Mapping[str, str], interfaces: Iterable[Interface], table: Iterable[TableRoute]
) -> tuple[Route, ...]:
    """Return how each target (name -> address) is reached now; an unreachable one has no interface."""
    by_address = {address: each.name for each in interfaces for address in each.addresses}
    table = tuple(table)
    found = []
    for target, peer in targets.items():
        interface = by_address.get(local_address(peer), "")
        if not interface and known_loopback(peer):
            interface = "lo"
        found.append(Route(target, interface, _gateway(peer, interface, table)))
    return tuple(found)


def known_loopback(address: str) -> bool:
    """Whether an address is this computer itself."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _gateway(peer: str, interface: str, table: Iterable[TableRoute]) -> str:
    """Return the gateway of the most specific route through `interface`; empty when it is on the same net."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return ""
    fitting = [
        route
        for route in table
        if route.interface == interface and route.network.version == address.version and address in route.network
    ]
    best = max(fitting, key=lambda route: (route.network.prefixlen, -route.metric), default=None)
    return best.gateway if best else ""
