"""Works out which proxy leads to a server; knows URLs and variables, and must not open anything."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit, urlunsplit

from msgspec import Struct

from spottui.errors import BadConfig


class Proxy(Struct, frozen=True):
    """A proxy and who asked for it; its repr keeps the password back."""

    url: str
    """With user and password, if any."""
    origin: str
    """"proxy-url of the kubeconfig", or the environment variable."""

    def __str__(self) -> str:
        """Return the proxy's address without user and password, and where it comes from."""
        parts = urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port} ({self.origin})"

    @property
    def address(self) -> str:
        """The URL without user and password."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if parts.username else self.url

    @property
    def login(self) -> dict[str, str]:
        """The header with user and password; {} when it wants none."""
        parts = urlsplit(self.url)
        if not parts.username:
            return {}
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return {"Proxy-Authorization": "Basic " + base64.b64encode(login.encode()).decode()}

    __repr__ = __str__


def find_proxy(server: str, *, kubeconfig: str, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for `server`: the kubeconfig's, else the environment's as kubectl reads it.

    The environment never leads a loopback address away; NO_PROXY may name others.

    Raises:
        BadConfig: The proxy is of a sort that cannot be used.
    """
    if kubeconfig:
        return _usable(Proxy(kubeconfig, "proxy-url of the kubeconfig"))
    parts = urlsplit(server)
    name = f"{parts.scheme.upper()}_PROXY"
    url, origin = _variable(environ, name)
    if not url or _is_loopback(parts.hostname or "") or _is_excepted(parts.hostname or "", environ):
        return None
    if "://" not in url:
        url = f"http://{url}"
    return _usable(Proxy(url, origin))


def _variable(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    for spelling in (name, name.lower()):
        if environ.get(spelling):
            return environ[spelling], spelling
    return "", name


def _usable(proxy: Proxy) -> Proxy:
    try:
        parts = urlsplit(proxy.url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise BadConfig(f"The proxy of {proxy.origin} is no URL.") from None
    if is_usable:
        return proxy
    raise BadConfig(
        f"The proxy {proxy} cannot be used: only http:// and https:// proxies are. "
        "For a SOCKS proxy, forward the API server's port instead: ssh -L 6443:API-SERVER:6443 HOST."
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_excepted(host: str, environ: Mapping[str, str]) -> bool:
    exceptions, _ = _variable(environ, "NO_PROXY")
    return any(_matches(host, item.strip().lower()) for item in exceptions.split(",") if item.strip())


def _matches(host: str, exception: str) -> bool:
    """Tell whether one entry of NO_PROXY ("*", a name, a domain, an address, a network) covers `host`."""
    if exception == "*":
        return True
    exception = exception.split("]")[0].lstrip("[") if exception.startswith("[") else exception
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        domain = exception.removeprefix("*").removeprefix(".").split(":")[0]
        return host == domain or host.endswith(f".{domain}")
    try:
        return address in ipaddress.ip_network(exception, strict=False)
    except ValueError:
        return exception.split(":")[0] == host
