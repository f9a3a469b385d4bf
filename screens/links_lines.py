"""The lines of the Links screen, worked out from records; pure but for the glyph set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from spottui import clock
from spottui.records import Access
from spottui.records_links import Interface, Links, Modem, Probe, Route, Ssh, Traffic, Wifi
from spottui.records_robot import RobotWifi
from spottui.screens.glyphs import glyph
from spottui.widgets.cell_text import fit
from spottui.widgets.sparkline import sparkline
from spottui.widgets.tones import Line, cut

OLD = 20.0
"""Seconds after which the links are no longer live: they are read every five."""
PROBE_OLD = 420.0
"""Seconds after which a probe is: in low-data mode it is asked every five minutes, a fifth more or less."""
DAY = 86400.0
WIDE = 100
"""Columns from which on there is room for what is only good to know."""
TLS_SOON = 14
"""Days before its end from which on a certificate is a warning."""
WEAK, POOR = -70.0, -80.0
"""dBm of Wi-Fi below which it is a warning, and bad (thresholds of the Spot SDK's comms example)."""
MODEM_LEAST = {"quality": 80.0, "sinr": 13.0, "rsrp": -90.0, "rsrq": -15.0}
"""Below these the Spot SDK's modem example warns: percent, dB, dBm, dB."""
SPARED = "Switched off in low-data mode"
"""How the reason of a kind begins that low-data mode does not read."""

STATES = {
    "good": ("good", "good"),
    "login": ("reached", "good"),
    "slow": ("slow", "warn"),
    "down": ("down", "bad"),
    "portal": ("portal", "bad"),
    "unknown": ("?", "dim"),
}
"""State of a probe -> its word and tone."""


def links_lines(
    links: Links | None,
    ssh: Ssh | None,
    robot_wifis: Sequence[RobotWifi] | None,
    now: float,
    width: int,
    plain: bool,
) -> list[Line]:
    """Return one line per link, and one per thing that is not available here."""
    if links is None:
        return [(("Reading this computer's links…", "dim"),)]
    lines: list[Line] = [_heading("LINKS", links.heard_at, now, OLD)]
    radios = {wifi.interface: wifi for wifi in links.wifis or ()}
    for interface in links.interfaces:
        lines.append(_interface(interface, width, plain))
        if (wifi := radios.get(interface.name)) is not None:
            lines.append(_wifi(wifi, width, plain))
    if not links.interfaces:
        lines.append(((f"{glyph('dim', plain)} this computer tells of no interface", "dim"),))
    lines += [_modem(modem, width, plain) for modem in links.modems or ()]
    lines += [_robot_wifi(wifi, width, plain) for wifi in robot_wifis or ()]
    if ssh is not None:
        lines.append(_ssh(ssh, width, plain))
    lines += [((f"  {name} ", "dim"), (f"not available here: {why}", "dim")) for name, why in links.notes]
    return lines


def _heading(text: str, heard_at: float | None, now: float, old: float) -> Line:
    if heard_at is not None and now - heard_at > old:
        return ((text, "title"), (f"  heard {clock.age(heard_at, now)} ago", "warn"))
    return ((text, "title"),)


def _interface(interface: Interface, width: int, plain: bool) -> Line:
    tone = "dim" if interface.is_up is None else "good" if interface.is_up else "dim"
    if interface.is_default and interface.is_up is False:
        tone = "bad"
    word = {True: "up", False: "down", None: "?"}[interface.is_up]
    if interface.is_default and interface.is_up:
        word = "default"
    is_wide = width >= WIDE
    trouble = [f"{interface.errors} errors"] if interface.errors else []
    trouble += [f"{interface.drops} drops"] if interface.drops and is_wide else []
    facts = list(interface.addresses[: 3 if is_wide else 1])
    if interface.speed and is_wide:
        facts.append(f"{interface.speed} Mbit/s")
    return (
        (f"{glyph(tone, plain)} ", tone),
        (fit(interface.name, 10), ""),
        (f"{interface.kind:<9}", "dim"),
        (f"{word:<8}", "accent" if word == "default" else "" if interface.is_up else tone),
        (_spark(interface.history, width, plain), "info"),
        (f" in {speed(interface.bytes_in):>8} out {speed(interface.bytes_out):>8}  ", ""),
        ("  ".join(facts), "dim"),
        (f"  {', '.join(trouble)}" if trouble else "", "warn" if interface.errors else "dim"),
    )


def _wifi(wifi: Wifi, width: int, plain: bool) -> Line:
    tone, signal = signal_tone(wifi.signal), "? dBm" if wifi.signal is None else f"{wifi.signal:.0f} dBm"
    rate = "" if wifi.bit_rate is None else f"  {wifi.bit_rate:.0f} Mbit/s"
    band = "" if wifi.frequency is None else f"  {wifi.frequency / 1000:.1f} GHz"
    name = f"  network {wifi.ssid}" if wifi.ssid else "  network ?"
    spark = sparkline(wifi.history, _spark_width(width), low=-95, high=-40, plain=plain)
    return (
        ("  ", ""),
        (fit("Wi-Fi", 10), "dim"),
        (f"{glyph(tone, plain)} {signal:<12}", tone),
        (spark, "info"),
        (f"{rate}{band}{name}", ""),
    )


def signal_tone(signal: float | None) -> str:
    """Return the tone of a Wi-Fi signal in dBm."""
    if signal is None:
        return "dim"
    return "bad" if signal < POOR else "warn" if signal < WEAK else "good"


def _modem(modem: Modem, width: int, plain: bool) -> Line:
    values = {name: getattr(modem, name) for name in MODEM_LEAST}
    weak = [name for name, value in values.items() if value is not None and value < MODEM_LEAST[name]]
    is_known = any(value is not None for value in values.values())
    tone = "warn" if weak or modem.reason else "good" if is_known else "dim"
    units = {"quality": ("quality", "%"), "sinr": ("SINR", " dB"), "rsrp": ("RSRP", " dBm"), "rsrq": ("RSRQ", " dB")}
    spans = [
        (
            f"  {units[name][0]} {'?' if value is None else f'{value:.0f}'}{units[name][1]}",
            "warn" if name in weak else "",
        )
        for name, value in values.items()
    ]
    who = " ".join(filter(None, (modem.technology, modem.operator, modem.state)))
    return (
        (f"{glyph(tone, plain)} ", tone),
        (fit(modem.name if width >= WIDE else "modem", 15), ""),
        (sparkline(modem.history, _spark_width(width), plain=plain) if modem.history else "", "info"),
        *(spans if is_known else (("  signal ?", "dim"),)),
        (f"  {who}" if who else "", ""),
        (f"  {modem.source}" if width >= WIDE else "", "dim"),
        (f"  {modem.reason}" if modem.reason else "", "warn"),
    )


def _robot_wifi(wifi: RobotWifi, width: int, plain: bool) -> Line:
    tone = signal_tone(wifi.signal)
    mode = {"access_point": "is an access point", "client": "joins"}.get(wifi.mode, wifi.mode)
    bits = [f"{what} {value / 1e6:.1f} Mbit/s" for what, value in (("rx", wifi.rx_bits), ("tx", wifi.tx_bits)) if value]
    bits += [f"{value} {what}" for what, value in (("retries", wifi.retries), ("failed", wifi.failed)) if value]
    return (
        (f"{glyph(tone, plain)} ", tone),
        (fit("robot", 10), ""),
        ("Wi-Fi    ", "dim"),
        (f"{'? dBm' if wifi.signal is None else f'{wifi.signal:.0f} dBm':<9}", tone),
        (f" {mode}: {wifi.essid or '?'}", ""),
        (f"  {', '.join(bits)}" if bits and width >= WIDE else "", "dim"),
    )


def _ssh(ssh: Ssh, width: int, plain: bool) -> Line:
    tone = "dim" if ssh.round_trip is None else "warn" if ssh.round_trip > 0.5 or ssh.reason else "good"
    trip = "?" if ssh.round_trip is None else milliseconds(ssh.round_trip)
    return (
        (f"{glyph(tone, plain)} ", tone),
        (fit("terminal", 10), ""),
        (f"{'SSH':<9}", "dim"),
        (f"{trip:<9}", tone),
        (_spark(ssh.history, width, plain) if ssh.history else "", "info"),
        (f" written {speed(ssh.bytes_out)}, {size(ssh.total_out)} in all", ""),
        (f"  from {ssh.client}" if ssh.client and width >= WIDE else "", "dim"),
        (f"  {ssh.reason}" if ssh.reason else "", "warn"),
    )


def probe_lines(
    probes: Sequence[Probe], routes: Iterable[Route], left_out: str, now: float, width: int, plain: bool
) -> list[Line]:
    """Return one line per probe, and its reason below it where there is one."""
    lines: list[Line] = [(("PROBES", "title"), ("  round trip, tries lost, days left of the certificate", "dim"))]
    ways = {route.target: route for route in routes}
    for probe in probes:
        line = _probe(probe, ways.get(probe.name), now, width, plain)
        tone = STATES[probe.state][1]
        if probe.reason and tone in ("warn", "bad"):
            lines += [line, (("    ", ""), (probe.reason, tone))]
        else:
            room = width - 3 - sum(cell_len(text) for text, _ in line)
            lines.append((*line, (f"  {cut(probe.reason, room)}" if probe.reason and room > 12 else "", "dim")))
    if not probes:
        lines.append((("  Nothing to probe is known yet: no cluster, and no [links] probes in the settings.", "dim"),))
    if left_out:
        lines.append(((f"  {left_out}", "dim"),))
    return lines


def _probe(probe: Probe, route: Route | None, now: float, width: int, plain: bool) -> Line:
    word, tone = STATES[probe.state]
    is_old = probe.asked_at is not None and now - probe.asked_at > PROBE_OLD
    if is_old:
        tone = "dim"
    if probe.state in ("down", "portal"):
        trip = "never" if probe.answered_at is None else f"{clock.calm_age(probe.answered_at, now)} ago"
    else:
        trip = "?" if probe.round_trip is None else milliseconds(probe.round_trip)
    name_width = max(18, min(44, width - 58))
    loss = "?" if probe.loss is None else f"{100 * probe.loss:.0f}%"
    way = f"  by {route.interface}" if route is not None and route.interface and width >= WIDE else ""
    old = f"  asked {clock.calm_age(probe.asked_at, now)} ago" if is_old else ""
    tls, tls_tone = tls_left(probe.tls_until, now)
    return (
        (f"{glyph(tone, plain)} ", tone),
        (f"{probe.kind:<9}", "dim"),
        (f"{fit(probe.name, name_width)} ", "dim" if is_old else ""),
        (f"{word:<8}", tone),
        (f"{trip:>8} ", "dim" if is_old else ""),
        (f"{loss:>5} ", "warn" if probe.loss else "dim"),
        (f"{tls:>7} ", tls_tone),
        (sparkline(probe.history, max(8, min(40, width - name_width - 52)), plain=plain), "info"),
        (way, "dim"),
        (old, "warn"),
    )


def tls_left(until: float | None, now: float) -> tuple[str, str]:
    """Return how many days a certificate still has, and the tone of that; nothing where there is none."""
    if until is None:
        return "", "dim"
    days = (until - now) / DAY
    if days < 0:
        return "expired", "bad"
    if days > 3650:
        return ">10 y", "dim"
    return f"{days:.0f} d", "warn" if days < TLS_SOON else "dim"


def traffic_lines(
    traffic: Sequence[Traffic], low_data: str, access: dict[str, Access], width: int, plain: bool
) -> list[Line]:
    """Return what each of our sources costs, their sum, and what low-data mode has switched off."""
    lines: list[Line] = [(("OUR TRAFFIC", "title"), ("  over the last minute, and in all", "dim"))]
    for row in traffic:
        lines.append(
            (
                (f"  {fit(row.source, 11)}", ""),
                (f"in {speed(row.bytes_in):>10}  out {speed(row.bytes_out):>10}  ", ""),
                (sparkline(row.history, _spark_width(width), plain=plain), "info"),
                (f"  {size(row.total_in)} in, {size(row.total_out)} out", "dim"),
            )
        )
    incoming, outgoing = sum(row.bytes_in for row in traffic), sum(row.bytes_out for row in traffic)
    if traffic:
        lines.append(((f"  {'together':<11}in {speed(incoming):>10}  out {speed(outgoing):>10}", "title"),))
    else:
        lines.append((("  Nothing was counted yet.", "dim"),))
    return lines + low_data_lines(low_data, access)


def low_data_lines(low_data: str, access: dict[str, Access]) -> list[Line]:
    """Return how low-data mode stands and what it has switched off."""
    if not low_data:
        return [(("  low-data mode is off", "dim"), ("; --low-data asks for it, a slow link switches it on", "dim"))]
    spared = sorted(kind for kind, one in access.items() if one.state == "stale" and one.reason.startswith(SPARED))
    slower = "usage and the modem are read and probes are sent more seldom; no logs unless you open one"
    switched = f"not read: {', '.join(spared)}; " if spared else ""
    return [(("  LOW-DATA MODE ", "warn"), (f"({low_data}): ", "warn"), (f"{switched}{slower}.", ""))]


def _spark(values: Sequence[float | None], width: int, plain: bool) -> str:
    return sparkline(values, _spark_width(width), plain=plain)


def _spark_width(width: int) -> int:
    return 8 if width < WIDE else 20


def speed(count: float | None) -> str:
    """Return bytes per second in a unit that fits, "?" when unknown; small ones in steps, so that idle is calm."""
    if count is None:
        return "? B/s"
    if count < 1000:
        return f"{round(count / 10) * 10} B/s"
    return f"{count / 1000:.1f} kB/s" if count < 1e6 else f"{count / 1e6:.1f} MB/s"


def size(count: float) -> str:
    """Return bytes in a unit that fits."""
    if count < 1000:
        return f"{count:.0f} B"
    return f"{count / 1000:.0f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"


def milliseconds(seconds: float) -> str:
    """Return a round trip in milliseconds, from one second on in seconds."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
