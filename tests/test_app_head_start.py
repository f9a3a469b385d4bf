"""The cluster goes first: when the other sources may begin."""

from __future__ import annotations

import asyncio

from spottui import app_head_start
from spottui.app_head_start import HeadStart
from spottui.events import ListEnded, ObjectsHeard
from tests.screens.app_case import SilentSource, a_pod, heard, make_app, until

LONG = 60.0
PODS = heard("pods", a_pod("cam"))


async def waiting(start: HeadStart) -> asyncio.Task[None]:
    task = asyncio.create_task(start.wait())
    await asyncio.sleep(0)
    return task


async def test_without_a_head_start_nothing_waits() -> None:
    await asyncio.wait_for(HeadStart(0).wait(), 1)


async def test_it_ends_soon_after_the_first_pods() -> None:
    start = HeadStart(LONG)
    task = await waiting(start)
    start.hear(PODS)
    assert not task.done()  # they are being drawn
    await asyncio.wait_for(task, app_head_start.TO_DRAW + 5)


async def test_it_ends_by_itself_where_no_cluster_answers() -> None:
    await asyncio.wait_for(HeadStart(0.01).wait(), 5)


async def test_other_kinds_and_what_a_file_remembered_do_not_end_it() -> None:
    start = HeadStart(LONG)
    start.hear(PODS)  # before the cluster was asked
    task = await waiting(start)
    start.hear(ObjectsHeard("nodes", (), (), 0.0))
    start.hear(ListEnded("pods", frozenset(), 0.0))
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()


async def test_the_app_starts_its_own_sources_once_pods_were_heard(tmp_path) -> None:
    source = SilentSource()
    app = make_app(tmp_path, sources=[source])
    app._head_start = HeadStart(LONG)
    async with app.run_test() as pilot:
        await until(lambda: app.joined is not None, pilot)
        assert app._started == []
        app.hear(PODS)
        await until(lambda: app._started == [source], pilot)
