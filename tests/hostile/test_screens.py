"""Every screen over a cluster, an Argo CD, a robot and a computer whose every text is nasty."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from spottui.app import SpottuiApp
from spottui.app_cluster import join_cluster
from spottui.events import RobotHeard
from tests.screens.app_case import settings_in, tell, until

from .field import hostile_field, hostile_robot
from .looking import ROW_KEYS, Looker
from .readings import own_readings


def make(folder: Path, kubeconfig: Path) -> SpottuiApp:
    settings = settings_in(folder, cluster__kubeconfig=str(kubeconfig), safety__start_unlocked=True)
    return SpottuiApp(settings, environ={"USER": "ana"}, home=folder, clock=time.time, sources=list, join=join_cluster)


async def look_at_everything(
    folder: Path,
    screens: str,
    size: tuple[int, int],
    seed: int,
    *,
    tables: int,
    rows: int,
    keys: tuple[str, ...] = ROW_KEYS,
) -> Looker:
    """Walk through the screens of these keys and what opens from them; return what was seen."""
    robot = await hostile_robot(seed)
    async with hostile_field(folder, seed) as field:
        app = make(folder, field.kubeconfig)
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.store.pods and app.store.nodes and app.store.applications, pilot, 20)
            await tell(pilot, RobotHeard(robot, time.time()), *own_readings(seed, time.time()))
            looker = Looker(pilot)
            for key in screens:
                await looker.screen(key, tables=tables, rows=rows, keys=keys)
            return looker


async def test_screens_and_what_opens_from_them_show_nasty_texts_as_texts(tmp_path: Path) -> None:
    """A sample; the next test looks at all there is."""
    looker = await look_at_everything(tmp_path, "136", (100, 40), 1, tables=1, rows=1, keys=("d", "y"))
    assert not looker.found, "\n".join(looker.found[:20])
    assert {"OverviewScreen", "WorkloadsScreen", "LinksScreen", "DescribeScreen", "PagerScreen"} <= looker.seen


@pytest.mark.slow
@pytest.mark.parametrize(("size", "seed"), [((80, 24), 2), ((200, 60), 3), ((31, 12), 4), ((9, 5), 5), ((500, 20), 6)])
async def test_all_nine_screens_at_every_size_with_rows_opened(
    tmp_path: Path, size: tuple[int, int], seed: int
) -> None:
    looker = await look_at_everything(tmp_path, "123456789", size, seed, tables=2, rows=1)
    assert not looker.found, "\n".join(looker.found[:40])
    assert {"OverviewScreen", "NodesScreen", "WorkloadsScreen", "TimelineScreen", "RobotScreen"} <= looker.seen
    assert {"TextScreen", "DescribeScreen", "PagerScreen", "LogScreen", "ChoiceScreen"} <= looker.seen
