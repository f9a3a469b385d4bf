"""What changed in the links: of our sources, of what is probed, of this computer's interfaces, and low-data mode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spottui import clock
from spottui.events import LinkDown, LinkUp, LoginRefused, LoginTaken
from spottui.records import Target
from spottui.records_links import Links, Probe
from spottui.records_timeline import TimelineEntry, Tone
from spottui.verdicts.changes_words import entry

WATCHED = ("wifi", "mobile", "ethernet", "tunnel")
"""Kinds of interfaces whose coming and going is told; a node's bridges and pods' pairs are not."""
_ANSWERS = ("good", "slow")
_SILENT = ("down", "portal", "login")


def link_entry(
    before: LinkUp | LinkDown | None, after: LinkUp | LinkDown, lost_at: float | None
) -> TimelineEntry | None:
    """Return the line of a source's link that was lost or is back; a first answer is no news.

    `lost_at` is when it was lost; None when it is not known.
    """
    if isinstance(after, LinkDown):
        if isinstance(before, LinkDown):
            return None
        return _link(after.source, after.at, "bad", f"link lost: {after.reason}")
    if not isinstance(before, LinkDown):
        return None
    away = clock.age(before.at if lost_at is None else lost_at, after.heard_at)
    return _link(after.source, after.heard_at, "good", f"link is back after {away}")


def _link(source: str, at: float, tone: Tone, text: str) -> TimelineEntry:
    kind = "Robot" if source == "robot" else "Host" if source in ("host", "gpu") else "Link"
    target = Target(kind=kind, namespace="", name=source, uid=source)
    return entry(f"{source}@{at}", at, tone, "link", source, text, target)


def login_entry(event: LoginRefused | LoginTaken, refused_at: float | None) -> TimelineEntry:
    """Return the line of a login that is refused, or taken again after `refused_at`."""
    if isinstance(event, LoginRefused):
        return _link(event.source, event.at, "bad", f"login expired: {event.reason.removeprefix('Login expired: ')}")
    return _link(event.source, event.at, "good", f"the login is taken again after {clock.age(refused_at, event.at)}")


def low_data_entry(before: str, after: str, at: float) -> TimelineEntry | None:
    """Return the line of low-data mode switched on or off; both are why it is on, empty when it is off."""
    if bool(before) == bool(after):
        return None
    text = f"low-data mode on: {after}" if after else "low-data mode off"
    target = Target(kind="Link", namespace="", name="low-data mode", uid="low-data")
    return entry(f"low-data@{at}", at, "warn" if after else "good", "network", "low-data mode", text, target)


def probe_entries(before: Iterable[Probe], after: Iterable[Probe], at: float) -> tuple[TimelineEntry, ...]:
    """Return a line for each probe that went or came back; the first word counts only when it is bad."""
    known = {probe.id: probe for probe in before}
    entries = []
    for probe in after:
        was = known.get(probe.id)
        state = was.state if was is not None else "unknown"
        if probe.state in _SILENT and state != probe.state:
            words = {"portal": "a login page answers in its place", "login": "wants other credentials"}
            text = f"{words.get(probe.state, 'does not answer')}: {probe.reason}".removesuffix(": ")
            entries.append(_probe(probe, at, "warn" if probe.state == "login" else "bad", text))
        elif probe.state in _ANSWERS and state in _SILENT:
            answered = was.answered_at if was is not None else None
            away = "" if answered is None else f", last answer {clock.age(answered, probe.answered_at or at)} before"
            entries.append(_probe(probe, at, "good", f"answers again{away}"))
    return tuple(entries)


def _probe(probe: Probe, at: float, tone: Tone, text: str) -> TimelineEntry:
    target = Target(kind="Probe", namespace="", name=probe.name, uid=probe.id)
    group = f"probe:{probe.id}:{probe.state}"
    return entry(f"{probe.id}@{at}", at, tone, "probe", f"{probe.kind} {probe.name}", text, target, group=group)


def interface_entries(before: Links | None, after: Links) -> tuple[TimelineEntry, ...]:
    """Return what changed in this computer's own links: default route, interfaces, Wi-Fi, modem."""
    if before is None:
        return ()
    entries = []
    for key, tone, subject, text in _interface_steps(before, after):
        target = Target(kind="Link", namespace="", name=subject, uid=f"link:{subject}")
        uid = f"{key}@{after.heard_at}"
        entries.append(entry(uid, after.heard_at, tone, "network", subject, text, target, group=key))
    return tuple(entries)


def _interface_steps(before: Links, after: Links) -> Iterator[tuple[str, Tone, str, str]]:
    was, now = (" + ".join(one.name for one in side.interfaces if one.is_default) for side in (before, after))
    if was != now:
        tone: Tone = "info" if now else "bad"
        yield (f"route {was} {now}", tone, "default route", f"default route {was or 'none'} -> {now or 'none'}")
    known = {one.name: one for one in before.interfaces}
    for one in after.interfaces:
        old = known.get(one.name)
        if one.kind in WATCHED and old is not None and None not in (old.is_up, one.is_up) and old.is_up != one.is_up:
            word = "up" if one.is_up else "down"
            yield (f"interface {one.name} {word}", "good" if one.is_up else "warn", one.name, word)
    gone = [
        one.name
        for one in before.interfaces
        if one.kind in WATCHED and one.name not in {x.name for x in after.interfaces}
    ]
    for name in gone:
        yield (f"interface {name} gone", "warn", name, "the interface is gone")
    joined = {one.interface: one.ssid for one in before.wifis or ()}
    for wifi in after.wifis or ():
        if before.wifis is not None and (old_name := joined.get(wifi.interface, "")) != wifi.ssid:
            text = f"Wi-Fi {old_name or 'none'} -> {wifi.ssid or 'none'}"
            yield (f"wifi {wifi.interface} {wifi.ssid}", "info" if wifi.ssid else "warn", wifi.interface, text)
    states = {one.name: one.state for one in before.modems or ()}
    for modem in after.modems or ():
        old_state = states.get(modem.name, "")
        if old_state and modem.state and old_state != modem.state:
            yield (f"modem {modem.name} {modem.state}", "info", modem.name, f"modem {old_state} -> {modem.state}")
