"""Measures spottui as an operator feels it, and k9s where it is there; else there is what it was measured at before.

Each program on a pseudo-terminal of 120 x 40, before the same API server. `benchmarks/run` starts it and prints.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.changes import changing, managed
from benchmarks.priority import FIRST, give
from tests.pty_screen import PtyScreen

REPOSITORY = Path(__file__).parents[1]
COLUMNS, ROWS = 120, 40
INK = 40
"""Cells that must be drawn before it counts as a first paint."""
IDLE, BUSY = 20.0, 50.0
"""Seconds for which a program is left alone, and for which it is watched under change: 5,000 pods change once."""
THIN_PATIENCE = 300.0

MEASURED_K9S: dict[int, dict[str, float]] = {
    1000: {
        "first paint": 0.46,
        "pods on the screen": 2.9,
        "key to paint p50": 0.005,
        "key to paint p95": 0.016,
        "filter": 0.27,
        "idle CPU": 4.4,
        "RSS": 215.0,
        "idle output": 200.0,
    },
    5000: {
        "first paint": 0.45,
        "pods on the screen": 2.9,
        "key to paint p50": 0.004,
        "key to paint p95": 0.025,
        "filter": 1.05,
        "idle CPU": 18.5,
        "RSS": 515.0,
        "idle output": 200.0,
        "CPU at 100 changes a second": 26.0,
        "output at 100 changes a second": 588.0,
        "RSS at 100 changes a second": 579.0,
    },
}
"""By pods: middle of three runs on two idle cores, k9s of 2026-08, 120 x 40, `k9s -A -c pods`."""
WANTED = {
    "first paint": 1.0,
    "pods on the screen": 0.4,
    "key to paint p95": 0.7,
    "filter": 0.1,
    "idle CPU": 0.1,
    "RSS": 0.25,
    "CPU at 100 changes a second": 0.3,
    "output at 100 changes a second": 0.3,
}
"""Ratio to k9s that is asked for."""
IDLE_OUTPUT_WANTED = 50.0
"""Bytes a second."""
UNITS = {
    "idle CPU": "%",
    "RSS": "MB",
    "idle output": "B/s",
    "CPU at 100 changes a second": "%",
    "output at 100 changes a second": "B/s",
    "RSS at 100 changes a second": "MB",
    "changes a second": "",
}


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
    goes_first: bool = False
    """Before everything else on the machine; see `benchmarks.priority`."""


def spottui(kubeconfig: Path) -> Program:
    """Return spottui, as it lies beside this file."""
    return Program(
        "spottui",
        (sys.executable, "-m", "spottui", "--kubeconfig", str(kubeconfig)),
        "3",
        lambda text: "Running" in text and "READ-ONLY" in text,
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


def environment(home: Path) -> dict[str, str]:
    """Return what an operator's shell would hand over."""
    # SPOTTUI_ variables are settings, those of Python change how it starts: an operator has neither.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPOTTUI_", "PYTHON"))}
    own = {"HOME": str(home), "PYTHONPATH": str(REPOSITORY), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    return {**kept, **own}


class Run:
    """One program on a terminal, from its start until its pods are on the screen; a context manager."""

    def __init__(self, program: Program, patience: float = 60.0) -> None:
        self.program, self._patience = program, patience
        self._home = TemporaryDirectory()  # a new one each time: nothing is remembered from the run before
        self.figures: dict[str, float] = {}

    def __enter__(self) -> Run:
        home = Path(self._home.name)
        started = time.perf_counter()
        screen = self.screen = PtyScreen(self.program.command, environment(home), home, columns=COLUMNS, rows=ROWS)
        try:
            if self.program.goes_first:
                give(screen.process.pid, FIRST)
            screen.until(lambda: sum(not char.isspace() for char in screen.text) >= INK, "a first paint")
            self.figures["first paint"] = time.perf_counter() - started
            if self.program.open_pods:
                screen.press(self.program.open_pods)
            screen.until(lambda: self.program.is_pod_line(screen.text), "pods", patience=self._patience)
            self.figures["pods on the screen"] = time.perf_counter() - started
        except BaseException:
            self.__exit__()
            raise
        self.processor_seconds = cpu_seconds([psutil.Process(screen.process.pid)])
        """Used until the pods were on the screen: what waiting for other programs does not change."""
        return self

    def __exit__(self, *_: object) -> None:
        self.screen.__exit__(None, None, None)
        self._home.cleanup()

    def watch(self, seconds: float) -> tuple[float, float, float]:
        """Leave the program alone; return its CPU in percent of a core, bytes written a second, and RSS in MB."""
        tree = [psutil.Process(self.screen.process.pid)]
        before, busy, since = len(self.screen.raw), cpu_seconds(tree), time.perf_counter()
        while time.perf_counter() - since < seconds:
            self.screen.read(0.2)
        lasted = time.perf_counter() - since
        used, written = cpu_seconds(tree) - busy, len(self.screen.raw) - before
        return 100 * used / lasted, written / lasted, sum(one.memory_info().rss for one in tree) / 1e6


def measure(program: Program, total: int, needle: str) -> dict[str, float]:
    """Return the figures of one run: seconds, percent of one core, megabytes, bytes a second."""
    with Run(program) as run:
        screen, figures = run.screen, run.figures
        figures["processor until then"] = run.processor_seconds
        settle(screen)
        delays = [key_to_paint(screen, "j" if count % 2 == 0 else "k") for count in range(60)]
        figures["key to paint p50"] = statistics.median(delays)
        figures["key to paint p95"] = statistics.quantiles(delays, n=20)[-1]
        settle(screen)
        figures["idle CPU"], figures["idle output"], figures["RSS"] = run.watch(IDLE)
        screen.press("/")
        settle(screen, 0.3)
        screen.press(needle)
        typed = time.perf_counter()
        screen.until(lambda: program.filter_end(screen.text, total), "the filtered row")
        figures["filter"] = time.perf_counter() - typed
        return figures


def measure_under_change(program: Program, kubeconfig: Path, rate: float) -> dict[str, float]:
    """Return what a program needs while the pods on its screen change."""
    with TemporaryDirectory() as folder:
        log = Path(folder) / "writes"
        with Run(program) as run, changing(kubeconfig, rate, log=log):
            settle(run.screen, 1.0, 10.0)
            begun = len(managed(log))
            cpu, output, rss = run.watch(BUSY)
            written = statistics.mean(managed(log)[begun:])
    how = f"at {rate:.0f} changes a second"
    return {f"CPU {how}": cpu, f"output {how}": output, f"RSS {how}": rss, "changes a second": written}


def measure_start(program: Program) -> dict[str, float]:
    """Return the seconds to the first paint and to the pods, over a link that may be thin."""
    with Run(program, THIN_PATIENCE) as run:
        return run.figures


def empty_memory(program: Program) -> float:
    """Return the RSS in MB of a program that has nothing to show: where there are no pods yet."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        with PtyScreen(program.command, environment(home), home, columns=COLUMNS, rows=ROWS) as screen:
            screen.until_text("READ-ONLY", patience=60)
            screen.press(program.open_pods)
            settle(screen, 2.0, 10.0)
            settle(screen, 2.0, 10.0)
            return psutil.Process(screen.process.pid).memory_info().rss / 1e6


def settle(screen: PtyScreen, quiet: float = 1.5, at_most: float = 20.0) -> None:
    """Read until nothing was written for `quiet` seconds."""
    end = time.perf_counter() + at_most
    last = time.perf_counter()
    while time.perf_counter() < end and time.perf_counter() - last < quiet:
        if screen.read(0.05):
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


def middle(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def median_of(measured: Callable[[Program], float], program: Program, runs: int) -> float:
    """Return the median of some runs."""
    return statistics.median(measured(program) for _ in range(runs))
