"""The links in one line of the Overview: radios first, then what this robot needs to reach."""

from __future__ import annotations

from spottui.records_links import Modem, Probe
from spottui.screens.header import calm_milliseconds
from spottui.screens.links_lines import STATES, signal_tone
from spottui.store import Store
from spottui.widgets.tones import Line, Span

ORDER = ("git", "registry", "argocd", "robot", "own")
"""Kinds of probe on this line; the API server has its own."""
WORST = ("down", "portal", "slow", "unknown", "login", "good")


def links_summary(store: Store, plain: bool) -> Line:
    """Return radios and probes, one word each; empty when nothing is known of either."""
    items: list[list[Span]] = []
    links = store.interfaces
    for wifi in (links.wifis or ()) if links is not None else ():
        signal = "? dBm" if wifi.signal is None else f"{wifi.signal:.0f} dBm"
        items.append([(f"{wifi.interface} ", ""), (signal, signal_tone(wifi.signal))])
    for modem in (links.modems or ()) if links is not None else ():
        items.append([(_modem(modem), "")])
    for kind in ORDER:
        of_kind = [probe for probe in store.probes if probe.kind == kind]
        if of_kind:
            items.append(_probes(kind, of_kind))
    gap: Span = (" | " if plain else " · ", "dim")
    return tuple(span for place, item in enumerate(items) for span in ([gap, *item] if place else item))


def _modem(modem: Modem) -> str:
    words = [modem.name, modem.technology, "" if modem.sinr is None else f"SINR {modem.sinr:.0f} dB"]
    return " ".join(word for word in words if word)


def _probes(kind: str, probes: list[Probe]) -> list[Span]:
    """Return the worst of one kind: one that is down is not made up for by another that answers."""
    worst = min(probes, key=lambda probe: WORST.index(probe.state))
    word, tone = STATES[worst.state]
    trip = (
        ""
        if worst.round_trip is None or worst.state in ("down", "portal")
        else f" {calm_milliseconds(worst.round_trip)}"
    )
    return [(f"{worst.name if kind == 'own' else kind} ", ""), (f"{word}{trip}", "" if tone == "good" else tone)]
