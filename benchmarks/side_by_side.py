"""Measure spottui as an operator feels it, beside k9s where it is on PATH, else beside what k9s was measured at.

    python -m benchmarks.side_by_side [--pods 5000] [--runs 3]

A real kube-apiserver with pods that kwok plays; each program on a pseudo-terminal of 120 x 40. Prints a table.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from spottui import __version__
from tests.cluster.control_plane import ControlPlane
from tests.pty_screen import PtyScreen

COLUMNS, ROWS = 120, 40
INK = 40
"""Cells that must be drawn before it counts as a first paint."""
IDLE = 20.0

MEASURED_K9S = {
    "first paint": 0.45,
    "pods on the screen": 2.9,
    "key to paint p50": 0.004,
    "key to paint p95": 0.025,
    "filter": 1.05,
    "idle CPU": 18.5,
    "RSS": 515.0,
    "idle output": 200.0,
}
"""Middle of three runs with 5,000 pods on two cores: k9s of 2026-08, 120 x 40, `k9s -A -c pods`."""
WANTED = {
    "first paint": 1.0,
    "pods on the screen": 0.4,
    "key to paint p95": 0.7,
    "filter": 0.1,
    "idle CPU": 0.1,
    "RSS": 0.25,
}
"""Ratio to k9s that is asked for."""
IDLE_OUTPUT_WANTED = 50.0
"""Bytes a second."""
UNITS = {"idle CPU": "%", "RSS": "MB", "idle output": "B/s"}


@dataclass(frozen=True)
class Program:
    """One of the programs that are compared."""

    name: str
    command: Sequence[str]
    open_pods: str
    """Keys that bring the pods onto the screen after the first paint."""
    is_pod_line: Callable[[str], bool]
    filter_end: Callable[[str, int], bool]
    """(screen text, pods in all) -> the filter has been applied."""


def spottui(kubeconfig: Path) -> Program:
    """Return spottui, as it lies beside this Python."""
    return Program(
        "spottui",
        (str(Path(sys.executable).with_name("spottui")), "--kubeconfig", str(kubeconfig)),
        "3",
        lambda text: "Running" in text and "pod" in text.casefold(),
        lambda text, total: f"1 of {total}" in text,
    )


def k9s(path: str, kubeconfig: Path) -> Program:
    """Return k9s."""
    return Program(
        "k9s",
        (path, "--kubeconfig", str(kubeconfig), "-A", "-c", "pods"),
        "",
        lambda text: text.count("Running") > 5,
        lambda text, _: text.count("Running") == 1,
    )


def measure(program: Program, home: Path, total: int, needle: str) -> dict[str, float]:
    """Return the figures of one run: seconds, percent of one core, megabytes, bytes a second."""
    # A SPOTTUI_ variable is a setting; those of the control plane are none.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SPOTTUI_")}
    environ = {**inherited, "HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    started = time.perf_counter()
    with PtyScreen(program.command, environ, home, columns=COLUMNS, rows=ROWS) as screen:
        figures: dict[str, float] = {}
        screen.until(lambda: sum(not char.isspace() for char in screen.text) >= INK, "a first paint")
        figures["first paint"] = time.perf_counter() - started
        if program.open_pods:
            screen.press(program.open_pods)
        screen.until(lambda: program.is_pod_line(screen.text), "pods", patience=60)
        figures["pods on the screen"] = time.perf_counter() - started
        settle(screen)
        delays = [key_to_paint(screen, "j" if count % 2 == 0 else "k") for count in range(60)]
        figures["key to paint p50"] = statistics.median(delays)
        figures["key to paint p95"] = statistics.quantiles(delays, n=20)[-1]
        settle(screen)
        tree = [psutil.Process(screen.process.pid)]
        before, busy, since = len(screen.raw), cpu_seconds(tree), time.perf_counter()
        while time.perf_counter() - since < IDLE:
            screen._read(0.2)
        lasted = time.perf_counter() - since
        figures["idle CPU"] = 100 * (cpu_seconds(tree) - busy) / lasted
        figures["idle output"] = (len(screen.raw) - before) / lasted
        figures["RSS"] = sum(one.memory_info().rss for one in tree) / 1e6
        screen.press("/")
        settle(screen, 0.3)
        screen.press(needle)
        typed = time.perf_counter()
        screen.until(lambda: program.filter_end(screen.text, total), "the filtered row")
        figures["filter"] = time.perf_counter() - typed
        return figures


def settle(screen: PtyScreen, quiet: float = 1.5, at_most: float = 20.0) -> None:
    """Read until nothing was written for `quiet` seconds."""
    end = time.perf_counter() + at_most
    last = time.perf_counter()
    while time.perf_counter() < end and time.perf_counter() - last < quiet:
        if screen._read(0.05):
            last = time.perf_counter()


def key_to_paint(screen: PtyScreen, key: str) -> float:
    """Return the seconds from a key to the first byte that is written in answer."""
    settle(screen, 0.08, 1.0)
    since = len(screen.raw)
    pressed = time.perf_counter()
    screen.press(key)
    screen.until_change(since)
    return time.perf_counter() - pressed


def cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    """Return the processor time that the processes have used."""
    return sum(sum(one.cpu_times()[:2]) for one in processes)


def table(ours: dict[str, float], theirs: dict[str, float], whose: str) -> str:
    """Return the table of figures and ratios, with what was asked for."""
    lines = [f"| | spottui | {whose} | ratio | wanted | |", "|---|---|---|---|---|---|"]
    for name in MEASURED_K9S:
        unit = UNITS.get(name, "s")
        ratio = ours[name] / theirs[name]
        if name == "idle output":
            wanted, met = f"<= {IDLE_OUTPUT_WANTED:.0f} B/s", ours[name] <= IDLE_OUTPUT_WANTED
        elif name in WANTED:
            wanted, met = f"<= {WANTED[name]:g}x", ratio <= WANTED[name]
        else:
            wanted, met = "", True
        figures = f"{_figure(ours[name])} {unit} | {_figure(theirs[name])} {unit} | {ratio:.2f}x"
        lines.append(f"| {name} | {figures} | {wanted} | {'' if met else 'missed'} |")
    return "\n".join(lines)


def _figure(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:.0f}"


def middle(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def main() -> None:
    """Start the cluster, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    with ControlPlane() as plane, tempfile.TemporaryDirectory() as folder:
        plane.start(controllers=True, kwok_nodes=1)
        names = plane.create_pods(chosen.pods)
        time.sleep(10)  # the controllers calm down after so many pods; nothing waits for this
        kubeconfig = plane.kubeconfig("admin")
        home = Path(folder)
        needle = names[len(names) // 2]
        runs = [measure(spottui(kubeconfig), home, chosen.pods, needle) for _ in range(chosen.runs)]
        found = shutil.which("k9s")
        if found:
            whose = "k9s, same run"
            theirs = middle([measure(k9s(found, kubeconfig), home, chosen.pods, needle) for _ in range(chosen.runs)])
        else:
            whose, theirs = "k9s, measured before", MEASURED_K9S
    load = os.getloadavg()[0]
    print(f"spottui {__version__}, Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores,")
    print(f"{chosen.pods} pods, {chosen.runs} runs (medians), load {load:.1f}, {COLUMNS} x {ROWS}\n")
    print(table(middle(runs), theirs, whose))


if __name__ == "__main__":
    main()
