"""Logs open from a row, follow its pods, and go back to the same row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from spottui.events import LinkDown, LinkUp, StoodStill
from spottui.records import Container, Owner, Pod, Target
from spottui.records_logs import LogLine, LogRange, LogSource
from spottui.screens.log_sources import log_sources, pods_of
from spottui.screens.logs import LogScreen
from spottui.store import Store
from tests.screens.app_case import (
    a_deployment,
    a_pod,
    a_replica_set,
    everything_listed,
    heard,
    make_app,
    screen_text,
    tell,
    until,
)


class FakeFeed:
    """Tells what a test puts into it."""

    def __init__(self, sources: Sequence[LogSource], span: LogRange, previous: bool) -> None:
        self.asked = (sources, span, previous)
        self.sources = list(sources)
        self.lines: asyncio.Queue[list[LogLine]] = asyncio.Queue()
        self.left_out = 0
        self.is_closed = False
        self.lost: list[str] = []
        self.renewed: list[str] = []

    async def batches(self) -> AsyncIterator[list[LogLine]]:
        while True:
            yield await self.lines.get()

    def set_sources(self, sources: Sequence[LogSource]) -> None:
        self.sources = list(sources)

    def mark_now(self, text: str) -> LogLine:
        return LogLine("", "", "", text, "gap")

    def reconnect_now(self, why: str = "") -> None:
        self.renewed.append(why)

    def link_changed(self, lost: str) -> None:
        self.lost.append(lost)

    async def close(self) -> None:
        self.is_closed = True


def a_line(text: str, pod: str = "cam-front-0") -> LogLine:
    return LogLine("2026-11-24T02:04:06.000000001Z", pod, "main", text)


async def opened(app: Any, pilot: Any) -> list[FakeFeed]:
    """Give the app fake feeds and a deployment with one pod, on the Workloads screen."""
    feeds: list[FakeFeed] = []

    def open_logs(sources: Sequence[LogSource], span: LogRange, previous: bool) -> FakeFeed:
        feeds.append(FakeFeed(sources, span, previous))
        return feeds[-1]

    app.parts.open_logs = open_logs
    deployment = a_deployment("cam-front")
    below = a_replica_set("cam-front-1", deployment)
    pod = a_pod("cam-front-0", owner=Owner("ReplicaSet", below.name, below.uid))
    await until(lambda: app.joined is not None, pilot)
    await tell(
        pilot,
        *everything_listed(),
        heard("deployments", deployment),
        heard("replicasets", below),
        heard("pods", pod),
    )
    await pilot.press("3")
    return feeds


async def test_l_shows_the_log_of_the_pod_under_the_cursor_and_esc_goes_back(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        feeds = await opened(app, pilot)
        await pilot.press("l")
        await until(lambda: feeds, pilot)
        assert [source.pod for source in feeds[0].sources] == ["cam-front-0"] and not feeds[0].asked[2]
        feeds[0].lines.put_nowait([a_line("ERROR frontleft is missing")])
        await until(lambda: "frontleft is missing" in screen_text(app), pilot)
        assert "logs of pod/cam-front-0" in screen_text(app)
        await pilot.press("escape")
        await until(lambda: not isinstance(app.screen, LogScreen), pilot)
        assert feeds[0].is_closed


async def test_an_owners_log_follows_its_pods_as_they_come(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        feeds = await opened(app, pilot)
        await pilot.press("tab", "l")
        await until(lambda: feeds, pilot)
        second = a_pod("cam-front-9", owner=Owner("ReplicaSet", "cam-front-1", "rs-cam-front-1"))
        await tell(pilot, heard("pods", second))
        await until(lambda: len(feeds[0].sources) == 2, pilot)
        feeds[0].lines.put_nowait([a_line("one"), a_line("two", "cam-front-9")])
        await until(lambda: "9/main" in screen_text(app) and "0/main" in screen_text(app), pilot)


async def test_ranges_previous_and_wrong_words_are_asked_for_anew(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        feeds = await opened(app, pilot)
        await pilot.press("l")
        await until(lambda: len(feeds) == 1, pilot)
        await pilot.press("2")
        await until(lambda: len(feeds) == 2, pilot)
        assert feeds[0].is_closed and feeds[1].asked[1].title == "1m"
        await pilot.press("p")
        await until(lambda: len(feeds) == 3, pilot)
        assert feeds[2].asked[2] and "there is no log before this one" in screen_text(app)


async def test_search_filter_and_save_work_by_key(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        feeds = await opened(app, pilot)
        await pilot.press("l")
        await until(lambda: feeds, pilot)
        feeds[0].lines.put_nowait([a_line(f"line {number}") for number in range(200)])
        await until(lambda: "line 199" in screen_text(app), pilot)
        await pilot.press("slash", *"line 42", "enter")
        await until(lambda: "standing still" in screen_text(app), pilot)
        assert "line 42" in screen_text(app)
        await pilot.press("escape", "ampersand", *"line 7", "enter")
        await until(lambda: "38 lines of 200" in screen_text(app), pilot)
        await pilot.press("ctrl+s")
        assert saved_lines(tmp_path) == 38


def saved_lines(folder: Path) -> int:
    (saved,) = folder.rglob("log-cam-front-0-*.txt")
    return len(saved.read_text().splitlines())


def test_the_containers_of_a_pod_are_chosen_by_what_matters_now() -> None:
    init = Container(name="wait", is_init=True, state="running")
    main = Container(name="main", state="waiting", restarts=0)
    side = Container(name="proxy", is_init=True, is_sidecar=True, state="running", restarts=2)
    pod = a_pod("p", containers=(init, side, main))
    assert [source.container for source in log_sources([pod])] == ["wait", "proxy", "main"]
    up = replace(pod, containers=(replace(init, state="terminated", exit_code=0), side, replace(main, state="running")))
    assert [source.container for source in log_sources([up])] == ["proxy", "main"]
    assert [source.container for source in log_sources([up], "wait")] == ["wait"]
    assert [source.container for source in log_sources([up], previous=True)] == ["proxy"]


def test_pods_are_found_at_any_depth_below_an_owner() -> None:
    store = Store()
    deployment = a_deployment("d")
    below = a_replica_set("rs", deployment)
    pods: list[Pod] = [a_pod("a", owner=Owner("ReplicaSet", "rs", below.uid)), a_pod("b")]
    for kind, records in (("deployments", [deployment]), ("replicasets", [below]), ("pods", pods)):
        store.apply(heard(kind, *records))
    for uid, kind in ((deployment.uid, "Deployment"), (below.uid, "ReplicaSet")):
        target = Target(kind=kind, namespace="robot", name="d", uid=uid)
        assert [pod.name for pod in pods_of(store, target)] == ["a"]


async def test_the_log_hears_that_the_link_is_lost_and_back(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        feeds = await opened(app, pilot)
        await pilot.press("l")
        await until(lambda: feeds, pilot)
        await tell(pilot, LinkDown("kube", "It did not answer.", 0.0))
        await until(lambda: feeds[0].lost[-1:] == ["It did not answer."], pilot)
        await tell(pilot, LinkUp("kube", None, 1.0))
        await until(lambda: feeds[0].lost[-1:] == [""], pilot)
        await tell(pilot, StoodStill(601.0, 2.0))
        await until(lambda: feeds[0].renewed == ["spottui stood still for 10m"], pilot)
