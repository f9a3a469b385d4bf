"""Has spottui run for long under steady change, and says whether anything in it grows.

    python -m benchmarks.soak --seconds 3600 --pods 2000 --rate 100 --check

An embedded robot plays its day; beside it a process writes pod statuses at the rate and deletes some pods. spottui runs
on a pseudo-terminal; each minute somebody walks through its screens. Between the walks it is measured. With --check the
exit status is 1 when memory, tasks, threads, file descriptors or blocks of memory grew after the warm-up.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import psutil

from benchmarks.changes import changing, managed
from benchmarks.side_by_side import environment
from benchmarks.simulator import robot
from benchmarks.slopes import BOUNDS, Outcome, judged
from tests.pty_screen import PtyScreen

COLUMNS, ROWS = 120, 40
EVERY = 5.0
"""Seconds between two samples."""
WALK_EVERY = 60.0
REST = 3.0
"""Seconds after a walk in which nothing is measured: what it opened is being closed."""
WALK = (
    *"123456789",
    "3",
    "\r",  # the details of a pod and back
    "\x1b",
    "l",
    "\x1b",
    "y",
    "\x1b",
    "d",
    "\x1b",
    "?",
    "\x1b",
    ":",
    "\x1b",
    "/",
    "worker-00",
    "\x1b",
    "j",
    "3",
)
"""Keys of one walk; it ends on the pods."""
PAUSE = 0.7
"""Seconds between two keys of a walk."""
BACK_WITHIN = 30
"""Tries."""


@dataclass(slots=True)
class Samples:
    """What was measured, in step."""

    at: list[float] = field(default_factory=list)
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, at: float, values: dict[str, float]) -> None:
        """Add one sample; every one has the same names."""
        self.at.append(at)
        for name, value in values.items():
            self.values.setdefault(name, []).append(value)

    def after(self, warm_up: float) -> Iterator[tuple[str, list[float], list[float]]]:
        """Yield name, times and values of what was measured after the warm-up."""
        first = next((number for number, at in enumerate(self.at) if at >= warm_up), len(self.at))
        for name, values in self.values.items():
            yield name, self.at[first:], values[first:]


class Soak:
    """One run: reads the terminal, walks, measures."""

    def __init__(self, screen: PtyScreen, inside: Path, tell: Callable[[str], None]) -> None:
        self._screen, self._inside, self._tell = screen, inside, tell
        self._process = psutil.Process(screen.process.pid)
        self._begun = time.monotonic()
        self.samples = Samples()
        self.resting = [0.0, 0.0, 0.0]
        """Seconds, processor seconds and bytes written between the walks."""
        self.written = 0

    def read(self, seconds: float) -> None:
        """Take in what is written for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._screen.read(min(left, 0.25))
            self.written += len(self._screen.raw)
            self._screen.raw = b""  # a day of it is not to be kept
            if self._screen.process.poll() is not None:
                raise SystemExit(f"spottui ended with {self._screen.process.returncode}:\n{self._screen.text}")

    def walk(self) -> None:
        """Look at every screen once."""
        for keys in WALK:
            self._screen.press(keys)
            self.read(PAUSE)
        for _ in range(BACK_WITHIN):  # on a busy machine an answer may come after the key that closes it
            if "3 Workloads]" in self._screen.text:
                break
            self._screen.press("\x1b")
            self.read(1.0)
            self._screen.press("3")
            self.read(1.0)
        else:
            raise SystemExit(f"The walk did not end on the pods:\n{self._screen.text}")
        self.read(REST)

    def run(self, seconds: float) -> None:
        """Walk and measure until the time is over."""
        while (gone := time.monotonic() - self._begun) < seconds:
            self.walk()
            used, written, since = self._busy(), self.written, time.monotonic()
            while time.monotonic() - since < WALK_EVERY:
                self.read(EVERY)
                self.measure()
            for place, value in enumerate((time.monotonic() - since, self._busy() - used, self.written - written)):
                self.resting[place] += value
            self._tell(self._line(gone))

    def measure(self) -> None:
        """Take one sample."""
        memory = self._process.memory_full_info()
        lines = self._inside.read_text().splitlines() if self._inside.exists() else []
        if not lines:
            return
        inside = json.loads(lines[-1])
        self.samples.add(
            time.monotonic() - self._begun,
            {
                "rss": memory.rss / 1e6,
                "pss": memory.pss / 1e6,
                "fds": self._process.num_fds(),
                "threads": self._process.num_threads() - 1,
                "tasks": inside["tasks"],
                "blocks": inside["blocks"],
                **{f"heap {name}": size / 1e6 for name, size in inside["heap"].items()},
            },
        )

    def _busy(self) -> float:
        return sum(self._process.cpu_times()[:2])

    def _line(self, gone: float) -> str:
        last = {name: values[-1] for name, values in self.samples.values.items()}
        return f"{gone:6.0f} s  " + "  ".join(f"{name} {value:.1f}" for name, value in last.items())


def robot_settings(told: dict[str, Any]) -> dict[str, str]:
    """Return the variables by which spottui finds the embedded robot's Spot."""
    robot_at, credentials = told["robot"], told["credentials"]
    return {
        "SPOTTUI_ROBOT_ADDRESS": f"{robot_at['address']}:{robot_at['port']}",
        "SPOTTUI_ROBOT_CA": told["ca"],
        "SPOTTUI_ROBOT_USERNAME": credentials["username"],
        "SPOTTUI_ROBOT_PASSWORD_FILE": credentials["password_file"],
    }


def grown(inside: Path, warm_up: float, most: int = 15) -> list[tuple[str, int, int]]:
    """Return the types whose number grew most after the warm-up: name, then, now."""
    lines = [json.loads(line) for line in inside.read_text().splitlines()]
    typed = [line for line in lines if "types" in line]
    settled = [line for line in typed if line["at"] - lines[0]["at"] >= warm_up]
    if len(settled) < 2:
        return []
    first, last = settled[0]["types"], settled[-1]["types"]
    changes = [(name, first.get(name, 0), now) for name, now in last.items() if now > first.get(name, 0)]
    return sorted(changes, key=lambda one: one[1] - one[2])[:most]


def table(outcomes: Sequence[Outcome], cpu: float, output: float) -> str:
    """Return what became of it."""
    lines = ["| | after the warm-up | at the end | an hour | |", "|---|---|---|---|---|"]
    for one in outcomes:
        unit = f" {BOUNDS[one.name].unit}".rstrip()
        flat = "flat" if one.is_flat else "grows"
        lines.append(
            f"| {one.name} | {one.first:.1f}{unit} | {one.last:.1f}{unit} | {one.an_hour:+.2f}{unit} | {flat} |"
        )
    lines.append(f"| processor between the walks | | {cpu:.1f} % | | |")
    lines.append(f"| output between the walks | | {output:.0f} B/s | | |")
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Wish:
    """How long, with how many pods, and how many changes and deletions a second."""

    seconds: float
    warm_up: float
    pods: int
    rate: float
    churn: float


def soaked(wish: Wish) -> dict[str, Any]:
    """Do it; return everything that is to be known of it, ready for JSON."""
    with TemporaryDirectory() as folder, robot("--pods", str(wish.pods)) as (_, _, told):
        home = Path(folder)
        inside, writes, kubeconfig = home / "inside.jsonl", home / "writes.txt", Path(told["kubeconfig"])
        command = [sys.executable, "-m", "benchmarks.inside", str(inside), str(EVERY), "--kubeconfig", str(kubeconfig)]
        environ = environment(home) | robot_settings(told)
        with (
            changing(kubeconfig, wish.rate, wish.churn, log=writes),
            PtyScreen(command, environ, home, columns=COLUMNS, rows=ROWS) as screen,
        ):
            screen.until_text("1 Overview", "node", patience=60)
            soak = Soak(screen, inside, lambda line: print(line, flush=True))
            soak.run(wish.seconds)
        seconds, used, written = soak.resting
        return {
            "seconds": wish.seconds,
            "warm_up": wish.warm_up,
            "pods": wish.pods,
            "changes_a_second": statistics.mean(managed(writes)),
            "load": os.getloadavg(),
            "cpu_percent": 100 * used / seconds,
            "bytes_a_second": written / seconds,
            "samples": {"at": soak.samples.at, **soak.samples.values},
            "grown": grown(inside, wish.warm_up),
            "outcomes": [
                judged(name, at, values) for name, at, values in soak.samples.after(wish.warm_up) if name in BOUNDS
            ],
        }


@click.command()
@click.option("--seconds", default=3600.0, show_default=True)
@click.option("--warm-up", default=600.0, show_default=True, help="Seconds that are not judged.")
@click.option("--pods", default=2000, show_default=True)
@click.option("--rate", default=100.0, show_default=True, help="Changes a second.")
@click.option("--churn", default=1.0, show_default=True, help="Of these, pods deleted a second.")
@click.option("--results", type=click.Path(path_type=Path), default=Path("benchmarks/results"), show_default=True)
@click.option("--check", is_flag=True, help="Exit status 1 when something grew.")
def main(results: Path, check: bool, **wish: Any) -> None:
    """Soak, print a table, write soak.json."""
    found = soaked(Wish(**wish))
    outcomes: list[Outcome] = found.pop("outcomes")
    found["figures"] = {one.name: asdict(one) | {"an_hour": one.an_hour} for one in outcomes}
    print(f"\n{found['pods']} pods, {found['changes_a_second']:.0f} changes a second, {found['seconds']:.0f} s,")
    print(f"warm-up {found['warm_up']:.0f} s, Python {platform.python_version()}, load {found['load'][0]:.1f}\n")
    print(table(outcomes, found["cpu_percent"], found["bytes_a_second"]))
    print("\ngrown most, by type (warm-up, end):")
    for name, then, now in found["grown"]:
        print(f"  {name}: {then} -> {now}")
    results.mkdir(parents=True, exist_ok=True)
    (results / "soak.json").write_text(json.dumps(found) + "\n")
    if check and not all(one.is_flat for one in outcomes):
        sys.exit(1)


if __name__ == "__main__":
    main()
