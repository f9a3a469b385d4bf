"""Links as the operator's computer sees them: interfaces, radios, modems, probes, our own traffic; unknown is None."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

ProbeState = Literal["unknown", "good", "slow", "down", "portal", "login"]
"""portal: something else answered (a captive portal); login: it answers, but wants other credentials."""


class Interface(Struct, frozen=True, kw_only=True):
    """A network interface of this computer."""

    name: str
    kind: Literal["wifi", "mobile", "ethernet", "tunnel", "bridge", "loopback", "other"] = "other"
    is_up: bool | None = None
    addresses: tuple[str, ...] = ()
    speed: int | None = None
    """Megabit per second, as the driver says."""
    bytes_in: float | None = None
    """Per second."""
    bytes_out: float | None = None
    errors: int | None = None
    """In and out since it came up."""
    drops: int | None = None
    is_default: bool = False
    """The default route uses it."""
    history: tuple[float | None, ...] = ()
    """Bytes per second in and out together, oldest first, one value per reading."""


class Wifi(Struct, frozen=True, kw_only=True):
    """A Wi-Fi association of this computer."""

    interface: str
    ssid: str = ""
    signal: float | None = None
    """dBm."""
    bit_rate: float | None = None
    """Megabit per second, transmit."""
    frequency: float | None = None
    """MHz."""
    source: str = ""
    """"iw" or "/proc/net/wireless"."""
    history: tuple[float | None, ...] = ()
    """dBm, oldest first."""


class Modem(Struct, frozen=True, kw_only=True):
    """A mobile modem: CORE I/O's modemStats, ModemManager or NetworkManager."""

    name: str
    source: str
    """"modemStats", "ModemManager" or "NetworkManager"."""
    state: str = ""
    operator: str = ""
    technology: str = ""
    """"lte", "5gnr"."""
    quality: float | None = None
    """Percent."""
    sinr: float | None = None
    """dB."""
    rsrp: float | None = None
    """dBm."""
    rsrq: float | None = None
    """dB."""
    reason: str = ""
    """Why nothing newer is known; a sentence, empty while it answers."""
    history: tuple[float | None, ...] = ()
    """`sinr`, or `quality` where there is no `sinr`; oldest first."""


class Route(Struct, frozen=True):
    """Which interface a target is reached by now."""

    target: str
    interface: str
    gateway: str = ""


class Links(Struct, frozen=True, kw_only=True):
    """All links of this computer at one time."""

    heard_at: float
    interfaces: tuple[Interface, ...] = ()
    wifis: tuple[Wifi, ...] | None = None
    modems: tuple[Modem, ...] | None = None
    routes: tuple[Route, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    """What is not available here and why: ("wifi", "iw is not installed; install it to see signal strength")."""


class Ssh(Struct, frozen=True, kw_only=True):
    """The SSH link that this terminal comes over."""

    client: str
    """Address of the operator's side, from SSH_CONNECTION."""
    round_trip: float | None = None
    """Seconds until the terminal answered a query."""
    bytes_out: float | None = None
    """Written to the terminal, per second."""
    total_out: int = 0
    """Bytes written since the start."""
    reason: str = ""
    """Why there is no round trip; a sentence."""
    history: tuple[float | None, ...] = ()
    """Round trips, oldest first."""


class Probe(Struct, frozen=True, kw_only=True):
    """Something that this robot needs to reach, and how reaching it goes."""

    id: str
    """"git https://git.example/x", unique."""
    kind: Literal["api", "git", "registry", "argocd", "robot", "own"]
    name: str
    """What is shown: host or the operator's word."""
    url: str
    state: ProbeState = "unknown"
    reason: str = ""
    """A sentence; empty while good."""
    round_trip: float | None = None
    """Seconds, of the last answer."""
    loss: float | None = None
    """0..1 over the last 20 tries."""
    history: tuple[float | None, ...] = ()
    """Round trips of the last hour, oldest first; None: no answer."""
    asked_at: float | None = None
    answered_at: float | None = None
    tls_until: float | None = None
    """When the peer's certificate expires."""
    bytes_used: int = 0
    """In and out, by this probe since the start."""
    peer: str = ""
    """Address that was reached last; of the proxy where one leads there."""


class Traffic(Struct, frozen=True):
    """What one of our own sources costs the link."""

    source: str
    bytes_in: float
    """Per second, over the last minute."""
    bytes_out: float
    total_in: int
    total_out: int
    history: tuple[float | None, ...] = ()
    """Bytes per second in and out together, oldest first."""
