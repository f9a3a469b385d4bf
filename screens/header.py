"""The header line and the key bar, worked out from the store; pure but for the glyph set."""

from __future__ import annotations

from spottui import clock
from spottui.actions.lock import WriteLock
from spottui.events import LinkUp
from spottui.screens.armed_port import ArmedPort
from spottui.screens.glyphs import glyph
from spottui.screens.robot_summary import robot_line
from spottui.screens.window_line import window_span
from spottui.store import Store
from spottui.verdicts.conditions import is_true
from spottui.widgets.one_line import Part
from spottui.widgets.tones import Line, Span, cut

FRESH = 15.0
"""Seconds within which what we show counts as live; the link is probed more often than that."""

SCREENS = (
    ("1", "overview", "Overview"),
    ("2", "nodes", "Nodes"),
    ("3", "workloads", "Workloads"),
    ("4", "wasm", "Wasm"),
    ("5", "gitops", "GitOps"),
    ("6", "links", "Links"),
    ("7", "robot", "Robot"),
    ("8", "host", "Host"),
    ("9", "timeline", "Timeline"),
)
"""Key, name and title of each screen."""
SHORT_TITLES = {"timeline": "Time"}
"""For terminals of 80 cells, into which the line of all screens just does not fit."""


def header_parts(store: Store, lock: WriteLock, now: float, *, place: str, problem: str, plain: bool) -> list[Part]:
    """Return the header: where we are, the link, the robot, nodes, applications, the lock, how old all this is."""
    parts = [Part(((cut(place or "no cluster", 28), "title"),)), Part(link_line(store, now, problem, plain))]
    if store.robot is not None:
        parts.append(Part(robot_line(store.robot, now, plain), 2))
        parts.append(Part((("window ", "dim"), window_span(store.watch.window(now))), 2))
    nodes = store.nodes.values()
    if nodes:
        ready = sum(is_true(node.conditions, "Ready") for node in nodes)
        parts.append(Part(((f"node {ready}/{len(nodes)}", "" if ready == len(nodes) else "bad"),), 4))
    applications = store.applications.values()
    if applications:
        synced = sum(application.sync == "Synced" for application in applications)
        tone = "" if synced == len(applications) else "warn"
        parts.append(Part(((f"apps {synced}/{len(applications)} synced", tone),), 3))
    parts.append(Part((lock_span(lock, now),), 1 if lock.is_locked else 0))
    return parts


def armed_part(armed: ArmedPort | None) -> Part | None:
    """Return that syncs are armed, or that one has a result nobody has looked at; None: there is nothing to say."""
    if armed is None:
        return None
    if armed.problem:
        return Part((("armed: trouble", "bad"),), 1)
    if news := [one for one in armed.items if one.has_news]:
        return Part(((f"armed: {'result' if len(news) == 1 else f'{len(news)} results'}", "accent"),), 1)
    count = sum(one.is_open for one in armed.items)
    return Part(((f"armed {count}", "info"),), 1) if count else None


def link_line(store: Store, now: float, problem: str, plain: bool) -> Line:
    """Return how the link to the API server stands, with the age of what is shown when it is not live."""
    if problem:
        return ((f"{glyph('bad', plain)} no cluster", "bad"),)
    link = store.links.get("kube")
    if "kube" in store.failures:
        return ((f"{glyph('bad', plain)} NOT READING, heard {clock.age(store.heard_at, now)} ago", "bad"),)
    heard = store.heard_at
    if link is None:
        age = f", heard {clock.age(heard, now)} ago" if heard is not None else ""
        return ((f"{glyph('dim', plain)} connecting{age}", "dim"),)
    if isinstance(link, LinkUp):
        if heard is not None and now - heard > FRESH:
            return ((f"{glyph('warn', plain)} quiet, heard {clock.age(heard, now)} ago", "warn"),)
        if any(access.state == "expired" for access in store.access.values()):
            return ((f"{glyph('bad', plain)} login expired", "bad"),)
        trip = "" if link.round_trip is None else f" {calm_milliseconds(link.round_trip)}"
        return ((f"{glyph('good', plain)} live{trip}", "good"),)
    said = f"heard {clock.age(heard, now)} ago" if heard is not None else "never heard"
    return ((f"{glyph('bad', plain)} NO LINK, {said}", "bad"),)


def calm_milliseconds(seconds: float) -> str:
    """Return a round trip in steps that matter, so that an idle screen does not write noise."""
    milliseconds = seconds * 1000
    if milliseconds < 10:
        return "<10 ms"
    step = 10 if milliseconds < 100 else 50 if milliseconds < 500 else 250
    return f"{round(milliseconds / step) * step} ms"


def lock_span(lock: WriteLock, now: float) -> Span:
    """Return READ-ONLY, or WRITE with the minutes left."""
    if lock.is_locked:
        return ("READ-ONLY", "dim")
    if lock.until is None:
        return ("WRITE", "warn")
    return (f"WRITE {max(1, round((lock.until - now) / 60))} min", "warn")


def screen_parts(current: str) -> list[Part]:
    """Return the line of screens, the current one marked by brackets, which stand where others have a blank."""
    parts: list[Part] = []
    before = ""
    for key, name, title in SCREENS:
        lead = "" if not parts or before == current else " "
        short = SHORT_TITLES.get(name, "")
        if name == current:
            parts.append(
                Part(((f"[{key} {title}]", "title"),), 0, name, ((f"[{key} {short}]", "title"),) if short else ())
            )
        else:
            spans = ((f"{lead}{key} ", "key"), (title, ""))
            parts.append(Part(spans, 1, name, (spans[0], (short, "")) if short else ()))
        before = name
    return parts


def demo_parts(trouble: str) -> list[Part]:
    """Return the line that says that this is a demo; `trouble` is how the embedded robot is, empty while it is well."""
    parts = [Part((("DEMO", "accent"),))]
    if trouble:
        return [*parts, Part(((trouble, "warn"),))]
    parts.append(Part((("no real robot.", "dim"),)))
    parts.append(Part((("This one is a program on this computer.", "dim"),), 1))
    return [*parts, Part((("Connect yours: ", ""), ("spottui --kubeconfig FILE --robot ADDRESS", "accent")))]
