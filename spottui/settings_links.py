"""The [links] section: low-data mode, what is probed beside what the cluster names, and the modem's page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from spottui.settings_values import Amount, FilePath, Kind, Words, Wrong, Yes, shown

SCHEMES = ("https", "http", "ssh", "tcp")
MOST_PROBES = 12
_ADDRESS = re.compile(r"(?:https://)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?/?")


@dataclass(frozen=True, slots=True)
class LinksSettings:
    """What is asked over the links, and how much that may cost."""

    low_data: bool
    """Fewer kinds, slower metrics, seldom probes; without it the mode comes by itself."""
    low_data_below: float
    """Bytes per second of a transfer under which the mode comes by itself; 0: never."""
    probes: tuple[str, ...]
    """The operator's own targets, each "name=url"."""
    argocd: str | None
    """Address of Argo CD's server; None: asked through the API server."""
    modem_address: str | None
    """host[:port] of a CORE I/O's web page; None: no modem is asked there."""
    modem_username: str | None
    modem_password_file: Path | None


@dataclass(frozen=True, slots=True)
class NamedUrls:
    """Several "name=url"."""

    def from_toml(self, value: object, base: Path, home: Path) -> tuple[str, ...]:
        """Take a TOML list of texts."""
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Wrong(f'a list of "name=url", not {shown(value)}')
        if len(value) > MOST_PROBES:
            raise Wrong(f"at most {MOST_PROBES} probes, not {len(value)}")
        names = [_named_url(each)[0] for each in value]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise Wrong(f"a list in which each name is there once; {shown(twice)} is there twice")
        return tuple(each.strip() for each in value)

    def from_text(self, text: str, base: Path, home: Path) -> tuple[str, ...]:
        """Take "name=url" with commas between them."""
        return self.from_toml([each.strip() for each in text.split(",") if each.strip()], base, home)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """The URL of a web server."""

    def from_toml(self, value: object, base: Path, home: Path) -> str:
        """Take a TOML string."""
        if not isinstance(value, str):
            raise Wrong(f"a URL such as https://argocd.example, not {shown(value)}")
        return _url(value.strip(), SCHEMES[:2])

    def from_text(self, text: str, base: Path, home: Path) -> str:
        """Take the text."""
        return self.from_toml(text, base, home)


@dataclass(frozen=True, slots=True)
class HostPort:
    """An address with or without a port."""

    def from_toml(self, value: object, base: Path, home: Path) -> str:
        """Take a TOML string."""
        if isinstance(value, str) and _ADDRESS.fullmatch(value.strip()) and _port_fits(value):
            return value.strip()
        raise Wrong(f"an address such as 192.168.50.5 or 192.168.50.5:21443, not {shown(value)}")

    def from_text(self, text: str, base: Path, home: Path) -> str:
        """Take the text."""
        return self.from_toml(text, base, home)


def _port_fits(address: str) -> bool:
    port = address.strip().rstrip("/").rpartition("]")[2].rpartition(":")[2]
    return not port.isdigit() or int(port) < 65536


def named_urls(probes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return name and URL of each probe that `NamedUrls` took."""
    return [_named_url(each) for each in probes]


def _named_url(text: str) -> tuple[str, str]:
    name, equals, url = (part.strip() for part in text.partition("="))
    if not equals or not name:
        raise Wrong(f'"name=url" such as "site=https://site.example", not {shown(text)}')
    return name, _url(url, SCHEMES)


def _url(text: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Wrong(f"a URL, not {shown(text)}") from None
    if parts.scheme not in schemes or not parts.hostname:
        raise Wrong(f"a URL that begins with {', '.join(f'{scheme}://' for scheme in schemes)}, not {shown(text)}")
    if parts.username or parts.password:
        raise Wrong("a URL without user and password: probes send no login")
    if parts.scheme == "tcp" and port is None:
        raise Wrong(f"a URL with a port for tcp://, not {shown(text)}")
    return text


LINK_KINDS: Mapping[str, Kind] = {
    "links.low_data": Yes(),
    "links.low_data_below": Amount(0, 10_000_000),
    "links.probes": NamedUrls(),
    "links.argocd": WebAddress(),
    "links.modem_address": HostPort(),
    "links.modem_username": Words(),
    "links.modem_password_file": FilePath(),
}
LINK_DEFAULTS: Mapping[str, Any] = {"links.low_data": False, "links.low_data_below": 20_000.0, "links.probes": ()}
