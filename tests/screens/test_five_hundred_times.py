"""Every screen opened and closed five hundred times leaves nothing behind: the objects by type stay what they were."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

from spottui.app_screens import MAIN_SCREENS
from spottui.records import Target
from tests.screens.app_case import (
    FakeCluster,
    a_deployment,
    a_node,
    a_pod,
    an_application,
    everything_listed,
    heard,
    make_app,
    until,
)

pytestmark = pytest.mark.slow

TIMES = 500
SETTLED = 60
"""Times after which the caches that hold a bounded number of things are full."""
FEW = 300
"""Objects of one type that may come and go, such as drawn lines; what each opening leaves is there 440 times."""
PATIENCE = 60.0
DIALOGS = {
    "help": ("3", "question_mark"),
    "palette": ("3", "colon"),
    "action menu": ("3", "m"),
    "details of a pod": ("3", "d"),
    "YAML of a pod": ("3", "y"),
    "logs of a pod": ("3", "l"),
    "filter": ("3", "slash"),
    "details of a node": ("2", "d"),
    "details of an Application": ("5", "enter"),
    "diff of an Application": ("5", "D"),
    "history of an Application": ("5", "R"),
    "question before leaving": ("1", "q"),
}
"""By name: the keys of the screen it is opened on, and its own; escape closes it."""


def by_type() -> Counter[str]:
    gc.collect()
    return Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())


def screens() -> int:
    """Return how many screens there are; some closed ones end later, and Textual remembers one."""
    gc.collect()
    return sum(isinstance(one, Screen) for one in gc.get_objects())


def grown(before: Counter[str], after: Counter[str]) -> dict[str, tuple[int, int]]:
    return {name: (before[name], now) for name, now in after.items() if now - before[name] > FEW}


class Kube:
    """What the lists screen asks of the source of objects."""

    def look_at(self, kind: str) -> None: ...

    def look_away(self, kind: str) -> None: ...


@dataclass
class Cluster(FakeCluster):
    """A cluster whose kinds can be looked at on demand."""

    kube: Kube = field(default_factory=Kube)


async def fetched(target: Target) -> dict[str, Any]:
    """Return any object."""
    return {"kind": target.kind, "metadata": {"name": target.name}, "spec": {"a": [1, 2, 3]}}


async def filled(app: Any, pilot: Any) -> None:
    app.parts.fetch = fetched
    await until(lambda: app.joined is not None, pilot)
    for event in (
        *everything_listed(),
        heard("nodes", a_node()),
        heard("deployments", a_deployment("web")),
        heard("pods", *(a_pod(f"pod-{number}", well=number % 5 != 0) for number in range(40))),
        heard("applications", *(an_application(f"app-{number}") for number in range(10))),
    ):
        app.store.apply(event)
    app.store.flush()
    await pilot.pause()


async def test_the_main_screens(tmp_path: Path) -> None:
    app = make_app(tmp_path, cluster=Cluster())
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(app, pilot)
        names = [name for name in MAIN_SCREENS if name != "no-cluster"]
        before: Counter[str] = Counter()
        for number in range(TIMES):
            for name in names:
                await app.action_show_screen(name)
                await until(lambda name=name: app.screen.name == name and app.screen.is_current, pilot)
            if number == SETTLED:
                before = by_type()
        assert app.screen.name == names[-1]
        assert grown(before, by_type()) == {}


@pytest.mark.parametrize("name", DIALOGS)
async def test_what_opens_over_them(name: str, tmp_path: Path) -> None:
    screen_key, key = DIALOGS[name]
    app = make_app(tmp_path, cluster=Cluster())
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(app, pilot)
        await pilot.press(screen_key)
        at_rest, alive = len(app.screen_stack), screens()
        before: Counter[str] = Counter()
        opened = 0
        for number in range(TIMES):
            app.simulate_key(key)
            await until(lambda: len(app.screen_stack) > at_rest or is_filtering(app), pilot)
            opened += 1
            app.simulate_key("escape")
            await until(lambda: len(app.screen_stack) == at_rest and not is_filtering(app), pilot)
            if number == SETTLED:
                await until(lambda: screens() <= alive + 1, pilot, PATIENCE)
                before = by_type()
        assert opened == TIMES
        await until(lambda: screens() <= alive + 1, pilot, PATIENCE)
        assert grown(before, by_type()) == {}


def is_filtering(app: Any) -> bool:
    return app.focused is not None and app.focused.id == "filter"
