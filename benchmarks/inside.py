"""Runs spottui in this process and writes down, beside it, what cannot be seen from outside.

    python -m benchmarks.inside SAMPLES EVERY [arguments of spottui]

Every so many seconds one line of JSON: asyncio tasks, threads, blocks of memory that Python has given out, the C
library's heap. Now and then a line has the tasks by name, the objects by type and Python's arenas, after a collection.
The program itself has no hook for this.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.heap import heap, python_arenas

LOOPS: list[asyncio.AbstractEventLoop] = []
BY_TYPE_EVERY = 60
MOST = 400
"""Types that are written down, the most numerous first."""


class Remembering(asyncio.DefaultEventLoopPolicy):
    """Remembers the loops it makes."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        LOOPS.append(loop)
        return loop


def tasks() -> list[asyncio.Task[Any]]:
    """Return the tasks of every loop that runs."""
    return [task for loop in LOOPS if not loop.is_closed() for task in asyncio.all_tasks(loop)]


def named(task: asyncio.Task[Any]) -> str:
    """Return what a task runs."""
    work = task.get_coro()
    return getattr(work, "__qualname__", type(work).__name__)


def sample() -> dict[str, Any]:
    """Return one line; looks at no object, so any thread may take it."""
    return {
        "at": time.time(),
        "tasks": len(tasks()),
        "threads": threading.active_count() - 1,
        "blocks": sys.getallocatedblocks(),
        "heap": heap(),
    }


def by_type() -> dict[str, Any]:
    """Return what there is, by name. Only on the loop's thread: a tuple that is being made must not be looked at."""
    gc.collect()
    kinds = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
    return {
        "types": dict(kinds.most_common(MOST)),
        "task_names": dict(Counter(named(task) for task in tasks())),
        "garbage": len(gc.garbage),
        "python": python_arenas(),
    }


def keep_sampling(path: Path, every: float) -> None:
    """Write lines until the process ends."""
    lock = threading.Lock()
    with path.open("w") as file:

        def write(line: dict[str, Any]) -> None:
            with lock:
                file.write(json.dumps(line) + "\n")
                file.flush()

        number = 0
        while True:
            time.sleep(every)
            write(sample())
            if number % BY_TYPE_EVERY == BY_TYPE_EVERY - 1 and LOOPS:
                LOOPS[0].call_soon_threadsafe(lambda: write(sample() | by_type()))
            number += 1


def main() -> None:
    """Start the sampler, then spottui."""
    path, every, *arguments = sys.argv[1:]
    asyncio.set_event_loop_policy(Remembering())
    threading.Thread(target=keep_sampling, args=(Path(path), float(every)), daemon=True).start()
    sys.argv = ["spottui", *arguments]
    from spottui.__main__ import main as spottui

    spottui()


if __name__ == "__main__":
    main()
