"""Links: how this computer and the robot hang together with the rest of the world, and what that costs us."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.binding import Binding

from spottui import clock
from spottui.records_links import Probe
from spottui.screens.base import MainScreen
from spottui.screens.links_lines import (
    links_lines,
    low_data_lines,
    milliseconds,
    probe_lines,
    size,
    tls_left,
    traffic_lines,
)
from spottui.screens.parts import Parts
from spottui.widgets.lines import Lines
from spottui.widgets.one_line import Part
from spottui.widgets.tones import Line


class LinksScreen(MainScreen):
    """One line per link and per probe, our own traffic, and low-data mode; it works also without a cluster."""

    NAME = "links"
    TOPICS = ("interfaces", "probes", "traffic", "robot")
    CSS_PATH = "../styles/links.tcss"

    BINDINGS = [
        Binding("enter", "details", "open", show=False, id="table.open"),
        Binding("d", "details", "describe", show=False, id="table.describe"),
    ]

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._lines = Lines(folds=True, id="links")

    def content(self) -> ComposeResult:
        yield self._lines

    def on_mount(self) -> None:
        super().on_mount()
        self._lines.focus()

    def draw(self) -> None:
        self._lines.show(self._shown(self.size.width))

    def tick(self, now: float) -> None:
        self.draw()

    def _shown(self, width: int) -> list[Line]:
        store, now, plain = self.parts.store, self.parts.clock(), self.parts.plain
        links, robot = store.interfaces, store.robot
        return [
            *links_lines(links, store.ssh, robot.wifi if robot else None, now, width, plain),
            (),
            *probe_lines(store.probes, links.routes if links else (), store.probes_left_out, now, width, plain),
            (),
            *traffic_lines(store.traffic, store.low_data, store.access, width, plain),
        ]

    def key_parts(self) -> list[Part]:
        return [Part((("d", "key"), (" details", "")), 2, "d")]

    def details(self) -> tuple[str, Callable[[], Sequence[Line]]] | None:
        return "Links: everything that is known", self._details

    def _details(self) -> list[Line]:
        store, now = self.parts.store, self.parts.clock()
        links = store.interfaces
        lines: list[Line] = [(("ROUTES", "title"),)]
        for route in links.routes if links else ():
            way = f"{route.interface}{f' through {route.gateway}' if route.gateway else ''}" if route.interface else ""
            lines.append(((f"  {route.target}  ", ""), (way or "there is no way", "dim" if way else "bad")))
        lines += [(), (("LOW-DATA MODE", "title"),), *low_data_lines(store.low_data, store.access)]
        for probe in store.probes:
            lines += [(), *probe_details(probe, now)]
        return lines

    def as_text(self) -> str:
        return "\n".join("".join(text for text, _ in line) for line in self._shown(120))


def probe_details(probe: Probe, now: float) -> list[Line]:
    """Return everything that is known of one probe."""
    trips = [trip for trip in probe.history if trip is not None]
    spread = f"{milliseconds(min(trips))} to {milliseconds(max(trips))}" if trips else "?"
    days, tone = tls_left(probe.tls_until, now)
    facts = [
        ("url", probe.url, ""),
        ("state", probe.state, ""),
        ("why", probe.reason, ""),
        ("answered", f"{clock.age(probe.answered_at, now)} ago" if probe.answered_at is not None else "never", ""),
        ("last hour", f"{len(trips)} of {len(probe.history)} tries answered, {spread}", ""),
        ("certificate", f"{days} left" if tone != "bad" and days else days, tone),
        ("address", probe.peer, ""),
        ("cost", f"{size(probe.bytes_used)} so far", ""),
    ]
    lines: list[Line] = [((f"{probe.kind} {probe.name}", "title"),)]
    return lines + [((f"  {name:<12}", "dim"), (text, tone)) for name, text, tone in facts if text]
