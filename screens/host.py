"""Host: the computer spottui runs on; it works also when there is no cluster."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from spottui import clock
from spottui.records import Host
from spottui.screens.base import MainScreen
from spottui.screens.glyphs import bar, gib
from spottui.screens.parts import Parts
from spottui.widgets.lines import Lines
from spottui.widgets.tones import Line


class HostScreen(MainScreen):
    """Cores, memory, disks, temperatures and the busiest processes."""

    NAME = "host"
    TOPICS = ("host",)

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._lines = Lines(id="host")

    def content(self) -> ComposeResult:
        yield self._lines

    def on_mount(self) -> None:
        super().on_mount()
        self._lines.focus()

    def draw(self) -> None:
        now, host = self.parts.clock(), self.parts.store.host
        if host is None:
            self._lines.show([(("Reading this computer…", "dim"),)])
            return
        self._lines.show(host_lines(host, now, self.size.width, self.parts.plain))

    def as_text(self) -> str:
        host = self.parts.store.host
        lines = host_lines(host, self.parts.clock(), 100, self.parts.plain) if host else []
        return "\n".join("".join(text for text, _ in line) for line in lines)


def host_lines(host: Host, now: float, width: int, plain: bool) -> Sequence[Line]:
    """Return the host panel as lines."""
    size = max(10, min(40, width - 50))
    up = clock.age(host.booted_at, now)
    load = " ".join(f"{one:.2f}" for one in host.load) if host.load else "?"
    lines: list[Line] = [
        ((host.name, "title"), (f"   up {up}   load {load}", "")),
        (),
        _gauge("cpu", _part(host.cpu_percent, 100), size, plain, f"of {len(host.per_cpu_percent) or '?'} cores"),
    ]
    memory = f"{gib(host.memory_used)} of {gib(host.memory_total)}"
    lines.append(_gauge("memory", _part(host.memory_used, host.memory_total), size, plain, memory))
    if host.swap_total:
        swap = f"{gib(host.swap_used)} of {gib(host.swap_total)}"
        lines.append(_gauge("swap", _part(host.swap_used, host.swap_total), size, plain, swap))
    for disk in host.disks:
        text = f"{gib(disk.used)} of {gib(disk.total)}  {disk.mount}"
        lines.append(_gauge("disk", _part(disk.used, disk.total), size, plain, text))
    if host.network_in is not None and host.network_out is not None:
        rates = f"in {host.network_in / 1000:.1f} kB/s   out {host.network_out / 1000:.1f} kB/s"
        lines.append(((f"{'network':<9}", "dim"), (rates, "")))
    lines.append(())
    if host.temperatures:
        for one in host.temperatures:
            tone = "bad" if one.celsius >= 90 else "warn" if one.celsius >= 75 else ""
            lines.append(((f"{one.label:<24}", "dim"), (f"{one.celsius:.0f} °C", tone)))
    else:
        lines.append((("temperatures: this computer offers no sensors", "dim"),))
    lines += [(), (("  PID  CPU%     MEM  PROCESS", "title"),)]
    lines += [
        ((f"{one.pid:>5} {one.cpu_percent:>5.1f} {gib(one.memory):>7}  ", ""), (one.name, "")) for one in host.processes
    ]
    return lines


def _part(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


def _gauge(name: str, fraction: float | None, size: int, plain: bool, text: str) -> Line:
    tone = "dim" if fraction is None else "bad" if fraction >= 0.9 else "warn" if fraction >= 0.75 else "good"
    share = "  ?%" if fraction is None else f"{100 * fraction:3.0f}%"
    return ((f"{name:<9}", "dim"), (bar(fraction, size, plain), tone), (f" {share}  ", ""), (text, ""))
