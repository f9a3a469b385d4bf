"""Measures everything and prints one table; `benchmarks/run` starts it.

    benchmarks/run [--pods 1000,5000,20000] [--runs 3] [--only beside,robot] [--check]

Starts its own kube-apiserver (built with Go the first time, see tests/cluster/control_plane.py) with pods that kwok
plays, and the embedded robot where a figure is about it. k9s is measured in the same run: that of PATH, else one
built with Go; where neither can be had its column has what it was measured at before. Writes
benchmarks/results/TIME.json; the exit status is 0 whatever was found, unless --check is given.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import click

from benchmarks import peer
from benchmarks import side_by_side as beside
from benchmarks.figures import Figure, load, machine, missed, read_table, table, write
from benchmarks.priority import FIRST, first, give
from benchmarks.thin_link import thin_link

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "table": ("live_table",),
    "verdicts": ("verdicts", "--pods", "5000"),
    "panes": ("panes", "--pods", "5000"),
    "logs": ("logs",),
    "applications": ("applications", "--apps", "500"),
    "sources": ("sources", "--seconds", "60"),
    "robot": ("simulator", "--pods", "5000", "--changes", "500"),
}
"""Programs of their own that print a table; the key is the name of the section."""
BESIDE = "beside"
RATE = 100.0
UNDER_CHANGE_WITH = 5000
"""Pods at which changes and the thin link are measured, and the table of what is wanted counts."""
THIN_BITS, THIN_ROUND_TRIP = 64_000.0, 0.6
BYTES_A_POD = 12.0
"""kB over the empty program that a pod may take, at 20,000 pods."""
CALM_DOWN = 125.0
"""Seconds in which the controllers end their work on many new pods, and their ages cease to be told in seconds."""


class Beside:
    """spottui and k9s before one control plane that fills step by step."""

    def __init__(self, runs: int, tell: Callable[[str], None], goes_first: bool, k9s: str | None) -> None:
        self._runs, self._tell, self._goes_first, self._k9s = runs, tell, goes_first, k9s

    def figures(self, steps: list[int]) -> Iterator[Figure]:
        """Yield everything that is compared, as it is measured."""
        from tests.cluster.control_plane import ControlPlane

        with ControlPlane() as plane:
            plane.start(controllers=True, kwok_nodes=1)
            kubeconfig = plane.kubeconfig("admin")
            ours = self._our_program(kubeconfig)
            beside.empty_memory(ours)  # once before: what an install has compiled, a fresh clone has not
            empty = beside.median_of(beside.empty_memory, ours, self._runs)
            yield Figure(section="empty", name="RSS without pods", value=empty, unit="MB", load=load())
            names: list[str] = []
            for step in sorted(steps):
                self._tell(f"{step} pods are being made")
                names += plane.create_pods(step - len(names), seed=step)
                time.sleep(CALM_DOWN)
                servers = [plane.pids()[name] for name in ("kube-apiserver", "etcd")]
                # Us too: who looks late measures late.
                with first(*servers, os.getpid()) if self._goes_first else nullcontext():
                    yield from self._with_pods(kubeconfig, names, empty)
                    if step == UNDER_CHANGE_WITH:
                        yield from self._under_change(kubeconfig)
                        yield from self._over_thin_link(plane.port, lambda port: plane.kubeconfig("admin", port))

    def _with_pods(self, kubeconfig: Path, names: list[str], empty: float) -> Iterator[Figure]:
        total, needle = len(names), names[len(names) // 2]
        ours, theirs = self._both(kubeconfig, lambda program: beside.measure(program, total, needle))
        theirs = theirs or beside.MEASURED_K9S.get(total, {})
        yield from self._compared(f"{total} pods", ours, theirs, total == UNDER_CHANGE_WITH)
        wanted = f"<= {BYTES_A_POD:g} kB" if total == 20_000 else ""
        each = 1000 * (ours["RSS"] - empty) / total
        yield Figure(section=f"{total} pods", name="RSS a pod", value=each, unit="kB", wanted=wanted, load=load())

    def _under_change(self, kubeconfig: Path) -> Iterator[Figure]:
        self._tell(f"{RATE:.0f} changes a second")
        ours, theirs = self._both(kubeconfig, lambda program: beside.measure_under_change(program, kubeconfig, RATE))
        known = beside.MEASURED_K9S[UNDER_CHANGE_WITH]
        section = f"{UNDER_CHANGE_WITH} pods, {RATE:.0f} changes a second"
        yield from self._compared(section, ours, theirs or known, True)

    def _over_thin_link(self, port: int, kubeconfig_at: Callable[[str], Path]) -> Iterator[Figure]:
        self._tell("the thin link")
        section = f"{UNDER_CHANGE_WITH} pods over {THIN_BITS / 1000:.0f} kbit/s with {1000 * THIN_ROUND_TRIP:.0f} ms"
        programs = {"spottui": self._our_program, **({"k9s": self._their_program} if self._k9s else {})}
        found = {name: self._thin_figures(name, program, port, kubeconfig_at) for name, program in programs.items()}
        theirs = found.get("k9s", {})
        if self._k9s and not theirs:
            section = f"{section}, where k9s never showed any"
        for name, value in found["spottui"].items():
            wanted = "<= 0.5x" if name == "pods on the screen" else ""
            unit = "B" if name.startswith("bytes") else "s"
            yield Figure(
                section=section, name=name, value=value, unit=unit, k9s=theirs.get(name), wanted=wanted, load=load()
            )

    def _thin_figures(
        self,
        name: str,
        program: Callable[[Path], beside.Program],
        port: int,
        kubeconfig_at: Callable[[str], Path],
    ) -> dict[str, float]:
        """Return the figures of one program; none of a k9s that shows no pods, or ends: on such a link it may."""
        runs = []
        for _ in range(self._runs):
            with thin_link(port, bits=THIN_BITS, round_trip=THIN_ROUND_TRIP) as (thin, end):
                try:
                    figures = beside.measure_start(program(kubeconfig_at(f"https://127.0.0.1:{thin}")))
                except AssertionError as failed:
                    if name == "spottui":
                        raise
                    self._tell(f"k9s {str(failed).splitlines()[0]}")  # "never saw pods; the program ended with 1"
                    return {}
                figures["bytes until then"] = sum(end())
            runs.append(figures)
        return beside.middle(runs)

    def _our_program(self, kubeconfig: Path) -> beside.Program:
        return replace(beside.spottui(kubeconfig), goes_first=self._goes_first)

    def _their_program(self, kubeconfig: Path) -> beside.Program:
        assert self._k9s is not None
        return replace(beside.k9s(self._k9s, kubeconfig), goes_first=self._goes_first)

    def _both(
        self, kubeconfig: Path, work: Callable[[beside.Program], dict[str, float]]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Measure in turns, so that what else the machine does meets both alike."""
        ours, theirs = [], []
        for number in range(self._runs):
            self._tell(f"run {number + 1} of {self._runs}, load {load():.1f}")
            ours.append(work(self._our_program(kubeconfig)))
            if self._k9s:
                theirs.append(work(self._their_program(kubeconfig)))
        return beside.middle(ours), beside.middle(theirs) if theirs else {}

    def _compared(
        self, section: str, ours: dict[str, float], theirs: Mapping[str, float], counts: bool
    ) -> Iterator[Figure]:
        for name, value in ours.items():
            share = beside.WANTED.get(name)
            wanted = f"<= {share:g}x" if counts and share is not None else ""
            if counts and name == "idle output":
                wanted = f"<= {beside.IDLE_OUTPUT_WANTED:.0f} B/s"
            yield Figure(
                section=section,
                name=name,
                value=value,
                unit=beside.UNITS.get(name, "s"),
                k9s=theirs.get(name),
                wanted=wanted,
                load=load(),
            )


def of_program(section: str, goes_first: bool) -> list[Figure]:
    """Run one of the other programs; return the figures of its table."""
    module, *options = SECTIONS[section]
    command = [sys.executable, "-m", f"benchmarks.{module}", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, cwd=beside.REPOSITORY, start_new_session=True
    ) as process:
        if goes_first:
            give(process.pid, FIRST)
        said, errors = process.communicate()
    if process.returncode:
        raise click.ClickException(f"{module} failed:\n{errors[-2000:]}")
    return read_table(section, said)


@click.command()
@click.option("--pods", default="1000,5000,20000", show_default=True, help="Steps in which the cluster fills.")
@click.option("--runs", default=3, show_default=True, help="The median of so many counts.")
@click.option("--only", default="", metavar="A,B", help=f"Of {BESIDE}, {', '.join(SECTIONS)}.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=beside.REPOSITORY / "benchmarks" / "results",
    help="Folder for the file of figures.",
)
@click.option("--first", "goes_first", is_flag=True, help="Give what is measured priority: for a busy machine; root.")
@click.option("--check", is_flag=True, help="Exit status 1 when a figure is not as wanted.")
def main(pods: str, runs: int, only: str, results: Path, goes_first: bool, check: bool) -> None:
    """Measure everything that was promised."""
    sections = [name for name in only.split(",") if name] or [BESIDE, *SECTIONS]
    if unknown := set(sections) - {BESIDE, *SECTIONS}:
        raise click.BadParameter(f"There is no section {', '.join(sorted(unknown))}.", param_hint="--only")
    try:
        steps = [int(step) for step in pods.split(",")]
    except ValueError:
        raise click.BadParameter('Give numbers, such as "1000,5000".', param_hint="--pods") from None

    def tell(text: str) -> None:
        click.echo(f"{time.strftime('%H:%M:%S')} {text}", err=True)

    figures: list[Figure] = []
    whose = "not asked for"
    try:
        for section in sections:
            tell(section)
            if section != BESIDE:
                figures += of_program(section, goes_first)
                continue
            k9s = peer.k9s(tell)
            whose = k9s.said
            for figure in Beside(runs, tell, goes_first, k9s.path).figures(steps):
                figures.append(figure)
    finally:  # an hour's figures must not go with the part that failed
        path = write(results, figures, whose)
    how = ", what is measured goes before all else" if goes_first else ""
    print(f"{machine()}, {runs} runs (medians){how}\nk9s: {whose}\n\n{table(figures)}\n\n{path}")
    short = missed(figures)
    if short:
        print(f"\n{len(short)} not as wanted: " + ", ".join(f"{one.section}: {one.name}" for one in short))
    if check and short:
        sys.exit(1)


if __name__ == "__main__":
    main()
