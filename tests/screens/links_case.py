"""Links as an operator in a field has them: for the tests of the Links screen."""

from __future__ import annotations

from spottui.events import Event, LinksHeard, ProbesHeard, SshHeard, TrafficHeard
from spottui.records_links import Interface, Links, Modem, Probe, Route, Ssh, Traffic, Wifi

DAY = 86400.0


def some_links(at: float, **fields: object) -> Links:
    """Return Wi-Fi on a default route, a cable that is out, and a modem."""
    return Links(
        **{
            "heard_at": at,
            "interfaces": (
                Interface(
                    name="wlan0",
                    kind="wifi",
                    is_up=True,
                    addresses=("192.168.80.12", "fd00::12"),
                    bytes_in=3120.0,
                    bytes_out=410.0,
                    errors=0,
                    drops=17,
                    is_default=True,
                    history=tuple(float(1000 + 300 * (n % 7)) for n in range(40)),
                ),
                Interface(name="eth0", kind="ethernet", is_up=False, errors=3, drops=0),
                Interface(
                    name="wwan0", kind="mobile", is_up=True, addresses=("10.64.3.7",), bytes_in=0.0, bytes_out=0.0
                ),
            ),
            "wifis": (
                Wifi(
                    interface="wlan0",
                    ssid="Field 7",
                    signal=-74.0,
                    bit_rate=72.2,
                    frequency=5180.0,
                    source="iw",
                    history=tuple(-60.0 - n % 15 for n in range(40)),
                ),
            ),
            "modems": (
                Modem(
                    name="CORE I/O modem",
                    source="modemStats",
                    quality=71.0,
                    sinr=14.2,
                    rsrp=-92.0,
                    rsrq=-11.0,
                    history=(12.0, 13.0, None, 14.2),
                ),
            ),
            "routes": (Route("git.example/robot/apps", "wlan0", "192.168.80.1"), Route("10.1.2.3:6443", "wlan0")),
            "notes": (("tools", "mmcli is not installed here."),),
            **fields,
        }  # pyright: ignore[reportArgumentType]
    )


def some_probes(at: float) -> tuple[Probe, ...]:
    """Return a probe in each state."""
    trips = tuple(0.05 + 0.01 * (n % 5) if n % 11 else None for n in range(60))
    return (
        Probe(
            id="api",
            kind="api",
            name="10.1.2.3:6443",
            url="https://10.1.2.3:6443",
            state="good",
            round_trip=0.012,
            loss=0.0,
            history=trips,
            asked_at=at - 3,
            answered_at=at - 3,
            tls_until=at + 89 * DAY,
            bytes_used=12_400,
            peer="10.1.2.3",
        ),
        Probe(
            id="git",
            kind="git",
            name="git.example/robot/apps",
            url="https://git.example/robot/apps.git",
            state="login",
            reason="Reached; this repository wants a login, which Argo CD has of its own.",
            round_trip=0.061,
            loss=0.05,
            history=trips,
            asked_at=at - 9,
            answered_at=at - 9,
            tls_until=at + 9 * DAY,
        ),
        Probe(
            id="registry",
            kind="registry",
            name="registry.example:5000",
            url="https://registry.example:5000/",
            state="down",
            reason="It cannot be reached: the connection is refused.",
            loss=0.6,
            history=(0.1, 0.2, None, None),
            asked_at=at - 5,
            answered_at=at - 190,
        ),
        Probe(
            id="argocd",
            kind="argocd",
            name="argocd/argocd-server",
            url="https://10.1.2.3:6443/api/v1/namespaces/argocd/services/https:argocd-server:443/proxy/healthz",
            state="slow",
            round_trip=2.4,
            loss=0.0,
            history=(2.1, 2.4),
            asked_at=at - 5,
            answered_at=at - 5,
        ),
        Probe(
            id="own site",
            kind="own",
            name="site",
            url="http://site.example/",
            state="portal",
            reason="Something answers in its place and sends to login.hotel.example: a captive portal; open a browser.",
            loss=1.0,
            asked_at=at - 5,
        ),
        Probe(id="robot", kind="robot", name="192.168.80.3", url="tcp://192.168.80.3:443"),
    )


def some_traffic() -> tuple[Traffic, ...]:
    """Return what three sources cost."""
    return (
        Traffic("kube", 1210.0, 130.0, 1_240_000, 81_000, tuple(float(n % 9) for n in range(30))),
        Traffic("metrics", 180.0, 40.0, 90_000, 12_000, (100.0, 200.0)),
        Traffic("probes", 160.0, 70.0, 42_000, 18_000),
    )


def everything(at: float, *, low_data: str = "") -> list[Event]:
    """Return the events that fill the screen."""
    ssh = Ssh(client="192.168.80.40", round_trip=0.084, bytes_out=1300.0, total_out=410_000, history=(0.08, 0.09, 0.08))
    left_out = "Not probed: localhost:32000, which only the node itself reaches."
    return [
        LinksHeard(some_links(at)),
        ProbesHeard(some_probes(at), at, left_out),
        TrafficHeard(some_traffic(), at, low_data),
        SshHeard(ssh, at),
    ]
