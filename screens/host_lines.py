"""The host panel as lines: gauges, curves, limits; knows records, not where they are from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spottui import clock
from spottui.records_gpu import Gpu, Gpus
from spottui.records_host import Disk, Host, Pressure, Temperature
from spottui.screens.glyphs import FANCY, PLAIN, bar, gib
from spottui.store_history import Histories
from spottui.widgets.graph import graph
from spottui.widgets.tones import Line, Span

WARM, HOT = 75.0, 90.0
"""Degrees Celsius that count as warm and hot where a sensor names no limits."""
FILLS = 1000.0
"""Bytes per second below which a disk counts as not filling."""
SOON, DAY = 3600.0, 86400.0


def host_lines(
    host: Host, now: float, width: int, *, plain: bool, curves: Histories, tall: bool, about: Line
) -> list[Line]:
    """Return the host panel; `tall` draws the processor's curve over four rows."""
    size, room = max(10, min(30, width - 60)), max(0, width - 61)
    up = clock.age(host.booted_at, now)
    load = " ".join(f"{one:.2f}" for one in host.load) if host.load else "?"
    model = f"  {host.model}" if host.model else ""
    lines: list[Line] = [((host.name, "title"), (f"{model}  up {up}  load {load}", "")), about]
    if tall and width > 24:
        rows = graph(curves.of("host.cpu"), width - 10, 4, plain=plain, top=100)
        lines += [((f"{'100%' if not index else '':<9}", "dim"), (row, "good")) for index, row in enumerate(rows)]
    clocks = _frequency(host)
    lines.append(
        gauge("cpu", _part(host.cpu_percent, 100), size, plain, clocks, _curve(curves, "host.cpu", room, plain))
    )
    lines += core_lines(host.per_cpu_percent, width, plain)
    lines.append(pressure_line(host.pressure))
    if host.throttled:
        lines.append((_name("slowed"), (host.throttled, "bad")))
    memory = f"{gib(host.memory_used)} of {gib(host.memory_total)}"
    share = _part(host.memory_used, host.memory_total)
    lines.append(gauge("memory", share, size, plain, memory, _curve(curves, "host.memory", room, plain)))
    if host.swap_total:
        swap = f"{gib(host.swap_used)} of {gib(host.swap_total)}"
        lines.append(gauge("swap", _part(host.swap_used, host.swap_total), size, plain, swap))
    lines += [_disk_line(disk, size, plain) for disk in host.disks]
    if host.network_in is not None and host.network_out is not None:
        rates = f"in {_rate(host.network_in):>9}   out {_rate(host.network_out):>9}"
        drawn = graph(curves.of("host.in"), min(room, 40), 1, plain=plain)
        lines.append((_name("network"), (f"{rates}   ", ""), (drawn[0] if drawn else "", "info")))
    return lines + _heat_lines(host)


def core_lines(per_cpu: Sequence[float], width: int, plain: bool) -> list[Line]:
    """Return each core as a small bar and its percent, as many beside each other as there is room for."""
    if not per_cpu:
        return [(_name("cores"), ("? two readings are needed", "dim"))]
    steps = (PLAIN if plain else FANCY)["bar"]
    cells: list[Span] = []
    for index, used in enumerate(per_cpu):
        step = steps[min(len(steps) - 1, int(used / 100 * len(steps)))]
        cells.append((f"{index:>3} {step}{used:4.0f}%", _tone(used / 100)))
    per_line = max(1, (width - 9) // 10)
    rows = [cells[start : start + per_line] for start in range(0, len(cells), per_line)]
    return [(_name("cores" if not index else ""), *row) for index, row in enumerate(rows)]


def pressure_line(pressure: Mapping[str, Pressure] | None) -> Line:
    """Return how long tasks waited for processor, memory and disk over the last ten seconds."""
    if pressure is None:
        return (_name("pressure"), ("not counted by this kernel", "dim"))
    spans: list[Span] = []
    for name, one in pressure.items():
        tone = "bad" if one.some >= 40 or (one.full or 0) >= 10 else "warn" if one.some >= 10 else ""
        spans.append((f"{name} {one.some:.0f}%   ", tone))
    return (_name("pressure"), *spans, ("of the last 10 s waited", "dim"))


def gauge(name: str, fraction: float | None, size: int, plain: bool, text: str, curve: str = "") -> Line:
    """Return a named bar with its percent, a text and a curve."""
    tone = "dim" if fraction is None else _tone(fraction) or "good"
    share = "  ?%" if fraction is None else f"{100 * fraction:3.0f}%"
    line: Line = (_name(name), (bar(fraction, size, plain), tone), (f" {share}  ", ""), (f"{text:<22}", ""))
    return (*line, (f" {curve}", "good")) if curve else line


def gpu_lines(
    gpus: Gpus | None, width: int, *, plain: bool, curves: Histories, pod_names: Mapping[str, str]
) -> list[Line]:
    """Return this computer's GPUs, or the one calm line that says why there are none."""
    if gpus is None:
        return [(_name("gpu"), ("looking for one…", "dim"))]
    if not gpus.gpus:
        return [(_name("gpu"), (gpus.reason, "dim"))]
    size, room = max(10, min(30, width - 60)), max(0, width - 61)
    lines: list[Line] = []
    for gpu in gpus.gpus:
        curve = _curve(curves, f"gpu.{gpu.node}.{gpu.uid}", room, plain)
        lines.append(gauge("gpu", _part(gpu.used, 100), size, plain, gpu.name[:22], curve))
        lines.append((_name(""), (_gpu_facts(gpu), "warn" if gpu.throttled else "dim")))
        for one in gpu.processes:
            pod = pod_names.get(one.pod, f"pod {one.pod[:8]}" if one.pod else "")
            lines.append(((f"{one.pid:>16} {gib(one.memory):>7}  {one.name or '?':<24}  ", ""), (pod, "accent")))
    return lines


def _gpu_facts(gpu: Gpu) -> str:
    facts = []
    if gpu.shares_memory:
        facts.append("shares the system's memory")
    elif gpu.memory_total:
        facts.append(f"mem {gib(gpu.memory_used)}/{gib(gpu.memory_total)}")
    if gpu.celsius is not None:
        limit = f" of {gpu.celsius_limit:.0f}" if gpu.celsius_limit else ""
        facts.append(f"{gpu.celsius:.0f}{limit} °C")
    if gpu.frequency is not None:
        most = f"/{gpu.frequency_max:.0f}" if gpu.frequency_max else ""
        facts.append(f"{gpu.frequency:.0f}{most} MHz")
    if gpu.watts is not None:
        facts.append(f"{gpu.watts:.0f} W")
    if gpu.throttled:
        facts.append(f"slowed down: {gpu.throttled}")
    return "  ".join([*facts, f"by {gpu.source}"])


def _disk_line(disk: Disk, size: int, plain: bool) -> Line:
    text = f"{gib(disk.used)} of {gib(disk.total)}  {disk.mount}"
    line = gauge("disk", _part(disk.used, disk.total), size, plain, text)
    if disk.fill_rate is None or disk.fill_rate < FILLS:
        return line
    free = disk.free if disk.free is not None else disk.total - disk.used
    seconds = free / disk.fill_rate
    tone = "bad" if seconds < SOON else "warn" if seconds < DAY else "dim"
    return (*line, (f"  full in {clock.calm_age(0.0, seconds)}, +{_rate(disk.fill_rate)}", tone))


def _heat_lines(host: Host) -> list[Line]:
    if not host.temperatures and not host.fans:
        return [(_name("heat"), ("this computer offers no sensors", "dim"))]
    lines: list[Line] = []
    for one in host.temperatures:
        limit = one.critical or one.high
        limits = f" of {limit:.0f}" if limit else ""
        lines.append(
            (
                _name("heat" if not lines else ""),
                (f"{one.label:<24} ", ""),
                (f"{one.celsius:.0f}{limits} °C", _heat(one)),
            )
        )
    for fan in host.fans:
        turns = f"{fan.rpm} rpm" if fan.rpm is not None else "?" if fan.percent is None else f"{fan.percent:.0f}%"
        lines.append((_name("fan"), (f"{fan.label:<24} {turns}", "")))
    return lines


def _heat(one: Temperature) -> str:
    hot = (one.critical - 5) if one.critical else HOT
    warm = one.high if one.high and one.high < hot else min(WARM, hot - 5)
    return "bad" if one.celsius >= hot else "warn" if one.celsius >= warm else ""


def _frequency(host: Host) -> str:
    cores = f"{len(host.per_cpu_percent) or '?'} cores"
    if host.frequency is None:
        return cores
    most = f"/{host.frequency_max / 1000:.1f}" if host.frequency_max else ""
    return f"{cores} {host.frequency / 1000:.1f}{most} GHz"


def _curve(curves: Histories, name: str, room: int, plain: bool) -> str:
    drawn = graph(curves.of(name), room, 1, plain=plain, top=100) if room >= 8 else []
    return drawn[0] if drawn else ""


def _rate(per_second: float) -> str:
    if per_second >= 1e6:
        return f"{per_second / 1e6:.1f} MB/s"
    return f"{per_second / 1000:.0f} kB/s"


def _tone(fraction: float) -> str:
    return "bad" if fraction >= 0.9 else "warn" if fraction >= 0.75 else ""


def _part(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


def _name(name: str) -> Span:
    return (f"{name:<9}", "dim")
