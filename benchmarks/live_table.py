"""Prints what the live table costs with 50,000 rows: filling, changes, sorting, a cursor move."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from time import process_time

from textual.app import App, ComposeResult

from spottui.widgets.live_table import LiveTable
from spottui.widgets.row_index import Cell, Column

ROWS = 50_000
CHANGES = 100
ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Pod:
    """As much of a pod as a table shows."""

    uid: str
    name: str
    status: str
    restarts: int
    started: float


COLUMNS: list[Column[Pod]] = [
    Column("name", "NAME", lambda pod, now: pod.name, sort=lambda pod: pod.name),
    Column("status", "STATUS", lambda pod, now: Cell(pod.status, "good"), sort=lambda pod: pod.status, width=18),
    Column("restarts", "RESTARTS", lambda pod, now: str(pod.restarts), sort=lambda pod: pod.restarts, width=8),
    Column("age", "AGE", lambda pod, now: f"{now - pod.started:.0f}s", width=8, ages=True),
]


class TableApp(App[None]):
    """One table and nothing else."""

    def compose(self) -> ComposeResult:
        yield LiveTable(COLUMNS, key=lambda pod: pod.uid, text=lambda pod: f"{pod.name} {pod.status}")


def timed(what: str, act: Callable[[int], object], rounds: int = ROUNDS) -> None:
    """Print the median and the worst time of some rounds."""
    times: list[float] = []
    for round_number in range(rounds):
        start = process_time()
        act(round_number)
        times.append((process_time() - start) * 1000)
    print(f"| {what} | {median(times):.2f} ms, worst {max(times):.2f} ms | |")


async def main() -> None:
    """Measure in a headless run of 120 x 40."""
    pods = {f"uid-{n:05}": Pod(f"uid-{n:05}", f"pod-{n:05}", "Running", n % 7, n) for n in range(ROWS)}
    print("| | measured | wanted |\n|---|---|---|")
    app = TableApp()
    async with app.run_test(size=(120, 40)) as pilot:
        table: LiveTable[Pod] = app.query_one(LiveTable)
        timed("fill", lambda _: table.show(pods.values(), 0.0), 1)
        table.sort_by("name")
        await pilot.pause()

        def changed(round_number: int) -> list[Pod]:
            some = [f"uid-{(round_number * 37 + n * 499) % ROWS:05}" for n in range(CHANGES)]
            return [replace(pods[uid], restarts=pods[uid].restarts + 1) for uid in some]

        def show(round_number: int) -> None:
            pods.update((pod.uid, pod) for pod in changed(round_number))
            table.show(pods.values(), 0.0)

        def come_and_go(round_number: int) -> None:
            uid = next(iter(pods))
            pod = pods.pop(uid)
            pods[f"{uid}+"] = replace(pod, uid=f"{uid}+", name=f"{pod.name}+")
            table.show(pods.values(), 0.0)

        timed("show, 100 changed, sorted by name", show)
        timed("update(100 changed), sorted by name", lambda n: table.update(changed(n)))
        table.show(pods.values(), 0.0)
        table.sort_by("restarts", True)
        timed("show, 100 changed and moved, by restarts", show)
        timed("update(100 changed and moved), by restarts", lambda n: table.update(changed(n)))
        table.action_last()
        timed("show, nothing changed", lambda _: table.show(pods.values(), 0.0))
        timed("tick, every age in view changed", lambda n: table.tick(float(n)))
        timed("sort by another column", lambda n: table.sort_by(("name", "status")[n % 2]), 6)
        timed("filter, one letter", lambda n: table.set_filter(str(n % 10)), 6)
        timed("show, one row gone and one new", come_and_go)
        table.set_filter("")
        table.sort_by("name")
        table.action_first()
        await pilot.pause()
        timed("cursor move (handling, no painting)", lambda _: table.action_move(1))
        timed("draw one screen of 40 lines", lambda _: [table.render_line(y) for y in range(40)])


if __name__ == "__main__":
    asyncio.run(main())
