"""The last state while the program runs: read before all else, written when something changed, of this cluster only."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest

from spottui import private_file
from spottui.app_last_state import STILL_EVERY, WRITE_EVERY, LastStates, page_lines
from spottui.app_last_state_file import _lines, packed
from spottui.app_place import place_of
from spottui.events import AccessChanged, KindAlive, ListEnded, ObjectsHeard, ObjectsRecalled
from spottui.first_paint import cut
from spottui.records import Access
from spottui.store import Store
from spottui.store_last_state import page, seen
from tests.screens.app_case import NOW, Clock, a_node, a_pod, an_application, settings_in


def kubeconfig(home: Path, **fields: str) -> None:
    """Write ~/.kube/config; `fields` are server, ca, user, context and more of the cluster's lines."""
    said = {"context": "spot-07", "server": "https://127.0.0.1:9", "ca": "one", "user": "ana", "more": ""} | fields
    authority = base64.b64encode(said["ca"].encode()).decode()
    (home / ".kube").mkdir(exist_ok=True)
    (home / ".kube" / "config").write_text(
        f"""\
apiVersion: v1
kind: Config
current-context: {said["context"]}
contexts: [{{name: {said["context"]}, context: {{cluster: robot, user: {said["user"]}}}}}]
clusters:
- name: robot
  cluster: {{server: "{said["server"]}", {said["more"] or f"certificate-authority-data: {authority}"}}}
users: [{{name: {said["user"]}, user: {{token: abc}}}}]
"""
    )


class Gate:
    """Stands for the pauses between writings: a test lets one after the other go."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.waiting, self.go = asyncio.Event(), asyncio.Event()

    async def pause(self, seconds: float) -> None:
        self.waiting.set()
        await self.go.wait()
        self.go.clear()
        self.clock.now += seconds

    async def turn(self) -> None:
        """Let one pause pass; return when the next one begins."""
        async with asyncio.timeout(5):
            await self.waiting.wait()
            self.waiting.clear()
            self.go.set()
            await self.waiting.wait()


class Run:
    """One run of the program, as far as the last state goes."""

    def __init__(self, home: Path, clock: Clock) -> None:
        self.home, self.clock, self.gate, self.store = home, clock, Gate(clock), Store()
        self.settings = settings_in(home)
        self.states = LastStates(self.settings, {}, home, clock, self.gate.pause)
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> Run:
        self.page = self.states.open()
        await self.states.recall(self.store, self.store.apply)
        return self

    async def join(self, **fields: str) -> None:
        """Find the cluster, as the app does after its first paint; the kubeconfig may be another one by then."""
        if fields:
            kubeconfig(self.home, **fields)
        place = place_of(self.settings, {}, self.home)
        self.task = asyncio.create_task(self.states.keep(self.store, place, self.store.apply))
        waiting = asyncio.create_task(self.gate.waiting.wait())
        await asyncio.wait((self.task, waiting), timeout=5, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    def hear(self, kind: str, *records: Any) -> None:
        self.store.apply(ObjectsHeard(kind, records, (), self.clock.now))
        self.store.apply(ListEnded(kind, frozenset(one.uid for one in records), self.clock.now))
        self.store.flush()

    async def end(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def files(self) -> list[Path]:
        return sorted((self.home / ".cache" / "spottui").glob("*.state"))

    def said(self) -> list[str]:
        return [line.text for line in self.store.timeline]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[], Awaitable[Run]]:
    kubeconfig(tmp_path)
    clock = Clock()
    return lambda: Run(tmp_path, clock).start()


async def one_run(run: Callable[[], Awaitable[Run]], *records: Any) -> None:
    first = await run()
    await first.join()
    first.hear("pods", *records)
    await first.end()


async def test_a_start_shows_what_the_run_before_heard_last(run: Any) -> None:
    await one_run(run, a_pod("cam", well=False))
    later = await run()
    assert later.page is not None and later.page.finding_count == 1 and later.states.place == "spot-07"
    assert [pod.name for pod in later.store.pods.values()] == ["cam"]
    assert later.store.access["pods"].heard_at == NOW


async def test_the_first_start_has_nothing_to_show_and_says_nothing(run: Any) -> None:
    first = await run()
    assert first.page is None and first.states.place == "" and not first.said()


@pytest.mark.parametrize("other", [{"server": "https://127.0.0.1:10"}, {"ca": "two"}, {"user": "bob"}])
async def test_a_context_that_names_another_cluster_now_does_not_show_the_one_before(run: Any, other: Any) -> None:
    await one_run(run, a_pod("cam"))
    later = await run()
    kubeconfig(later.home, **other)
    again = await run()
    assert again.page is None and not again.store.pods


async def test_a_cluster_that_is_another_by_the_time_it_is_joined_shows_its_own(run: Any) -> None:
    await one_run(run, a_pod("cam"))
    other = await run()
    await other.join(ca="two")
    assert not other.store.pods, "it was read for the cluster before"
    other.hear("pods", a_pod("nav"))
    await other.end()
    kubeconfig(other.home, ca="one")
    third = await run()
    assert [pod.name for pod in third.store.pods.values()] == ["cam"]
    await third.join(ca="two")
    assert [pod.name for pod in third.store.pods.values()] == ["nav"]
    await third.end()


@pytest.mark.parametrize("more", ["insecure-skip-tls-verify: true", "x: y}"])
async def test_a_cluster_that_nothing_proves_has_no_last_state(run: Any, more: str, tmp_path: Path) -> None:
    if more == "x: y}":
        kubeconfig(tmp_path, server="http://127.0.0.1:9")
    else:
        kubeconfig(tmp_path, more=more)
    first = await run()
    await first.join()
    assert first.task is not None and first.task.done() and first.task.exception() is None
    first.hear("pods", a_pod("cam"))
    assert first.files() == [] and (await run()).page is None


async def test_it_is_written_when_something_changed_and_not_more_often(run: Any) -> None:
    first = await run()
    await first.join()
    await first.gate.turn()
    assert first.files() == [], "nothing was heard"
    first.hear("pods", a_pod("cam"))
    await first.gate.turn()
    (path,) = first.files()
    written = path.stat().st_mtime_ns
    first.store.apply(KindAlive("pods", first.clock.now + 1))
    first.store.flush()
    await first.gate.turn()
    assert path.stat().st_mtime_ns == written, "only the time of the last word changed"
    for _ in range(int(STILL_EVERY / WRITE_EVERY)):
        await first.gate.turn()
    assert path.stat().st_mtime_ns > written, "that is written too, if seldom"
    first.hear("pods", a_pod("cam"), a_pod("nav"))
    await first.gate.turn()
    await first.end()
    assert len((await run()).store.pods) == 2


async def test_the_end_writes_what_was_heard_since(run: Any) -> None:
    first = await run()
    await first.join()
    first.hear("pods", a_pod("cam"))
    await first.gate.turn()
    first.clock.now += 1
    first.hear("pods", a_pod("nav"))
    await first.end()
    assert [pod.name for pod in (await run()).store.pods.values()] == ["nav"]


async def test_a_run_without_a_link_leaves_the_state_before_as_it_is(run: Any) -> None:
    await one_run(run, a_pod("cam"))
    later = await run()
    (path,) = later.files()
    written = path.stat().st_mtime_ns
    await later.join()
    later.store.apply(AccessChanged("pods", Access("waiting", "no route")))
    later.store.flush()
    await later.gate.turn()
    await later.end()
    assert path.stat().st_mtime_ns == written


async def test_what_was_not_heard_anew_is_kept_with_the_age_that_it_has(run: Any) -> None:
    await one_run(run, a_pod("cam"))
    later = await run()
    await later.join()
    later.clock.now += 100
    later.hear("nodes", a_node())
    await later.end()
    third = (await run()).store
    assert third.pods and third.nodes
    assert (third.access["pods"].heard_at, third.access["nodes"].heard_at) == (NOW, NOW + 100)


async def test_what_may_no_longer_be_seen_is_not_kept(run: Any) -> None:
    await one_run(run, a_pod("cam"))
    later = await run()
    await later.join()
    later.clock.now += 1
    later.hear("nodes", a_node())
    later.store.apply(AccessChanged("pods", Access("forbidden", "You may not.")))
    await later.end()
    third = (await run()).store
    assert third.nodes and not third.pods


async def test_a_broken_state_is_said_on_the_timeline_once_and_replaced(run: Any) -> None:
    await one_run(run, a_pod("cam"))
    later = await run()
    (path,) = later.files()
    path.write_bytes(path.read_bytes()[:-3])
    third = await run()
    assert third.page is None and not third.store.pods
    assert third.said() == [f"The last state was dropped: it is damaged ({path})."]
    await third.join()
    third.hear("pods", a_pod("nav"))
    await third.end()
    assert [pod.name for pod in (await run()).store.pods.values()] == ["nav"]


async def test_records_that_do_not_fit_together_are_dropped_with_a_word(run: Any) -> None:
    await one_run(run, a_pod("cam"), msgspec.structs.replace(a_pod("nav"), uid="odd"))
    later = await run()
    later.states._read = Future()
    odd = msgspec.structs.replace(a_pod("nav"), status_order=(7,))
    later.states._read.set_result([ObjectsRecalled("nodes", (a_node(),), NOW), ObjectsRecalled("pods", (odd,), NOW)])
    store = Store()
    await later.states.recall(store, store.apply)
    assert not store.pods and not store.nodes
    assert [line.text for line in store.timeline] == ["The last state was dropped: its records do not fit together."]


async def test_a_disk_that_takes_nothing_is_said_once(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_file, "write_all", full)
    first = await run()
    await first.join()
    for number in range(3):
        first.clock.now += 1
        first.hear("pods", a_pod(f"cam-{number}"))
        await first.gate.turn()
    await first.end()
    assert len([text for text in first.said() if "No space left" in text]) == 1


def test_the_page_tells_how_it_was_in_words_too() -> None:
    store = Store()
    for kind, records in (
        ("nodes", (a_node(),)),
        ("pods", (a_pod("cam", well=False), a_pod("nav"))),
        ("applications", (an_application("nav"), an_application("cam", sync="OutOfSync"))),
    ):
        store.apply(ObjectsHeard(kind, records, (), NOW))
        store.apply(ListEnded(kind, frozenset(one.uid for one in records), NOW))
    place, title, lines = page_lines(page(store, "spot-07", NOW), NOW + 3 * 3600, plain=True)
    assert place == "spot-07  heard 3h ago, connecting"
    assert title == " Needs attention  2"
    assert lines[0].startswith("x robot/cam") and "CrashLoopBackOff" in lines[0]
    assert lines[-3:] == [
        "Nodes     1/1 ready",
        "Workloads 1/2 pods well",
        "GitOps    1 synced  1 out of sync  0 unknown",
    ]
    assert page_lines(page(Store(), "spot-07", NOW), NOW, plain=False)[2][0] == "Nothing needed attention."


@pytest.mark.parametrize(("text", "cells"), [("日本", "日"), ("ab", "ab"), ("a日", "a日"), ("ééé", "ééé"), ("", "")])
def test_a_line_of_the_page_is_cut_by_cells(text: str, cells: str) -> None:
    assert cut(text, 3) == cells


def test_neither_the_copy_nor_a_step_of_the_writing_holds_the_program_up() -> None:
    store = Store()
    pods = tuple(a_pod(f"cam-{number}", annotations={"spottui.dev/x": "y" * 200}) for number in range(5000))
    store.apply(ObjectsHeard("pods", pods, (), NOW))
    store.apply(ListEnded("pods", frozenset(pod.uid for pod in pods), NOW))
    began = time.thread_time()
    copy = seen(store)
    assert time.thread_time() - began < 0.010, "on the event loop"
    steps, lines = [], _lines(copy)
    while True:
        began = time.thread_time()
        if next(lines, None) is None:
            break
        steps.append(time.thread_time() - began)
    assert len(steps) >= 50 and sorted(steps)[-3] < 0.010, "each holds the interpreter"
    assert len(packed(page(copy, "spot-07", NOW), copy)) < 2_000_000
