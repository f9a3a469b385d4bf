"""Logs that a real kubelet wrote: followed over a lost link and a restart, of the time before, of the last seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from spottui.records import Pod
from spottui.records_logs import LogLine, LogRange, LogSource
from spottui.sources.kube_api import KubeApi
from spottui.sources.log_lines import LINE_LIMIT
from spottui.sources.logs import LogFeed
from tests.cluster.control_plane import ControlPlane

from .pods import CONTAINER, Namespace, manifest, once

COUNTING = "n=0; while :; do n=$((n+1)); echo line $n; usleep 20000; done"
FALLING = "echo first life; sleep 1; echo told before the end >&2; exit 3"
TWICE = "if [ -e /disk/lived ]; then echo second life; exec sleep 3600; fi; touch /disk/lived; " + FALLING
PARTED = "echo old; sleep 8; echo new; exec sleep 3600"
LONG = "head -c 20000 /dev/zero | tr '\\0' x; echo; echo short; exec sleep 3600"
ESCAPES = "printf 'red \\033[31mtext\\033[0m \\007 bell\\n'; exec sleep 3600"
TAIL = LogRange("tail", tail=1000)


class Reader:
    """A `LogFeed` and all that it told."""

    def __init__(self, feed: LogFeed) -> None:
        self.feed = feed
        self.lines: list[LogLine] = []

    @property
    def texts(self) -> list[str]:
        return [line.text for line in self.lines if line.kind == "line"]

    @property
    def marks(self) -> list[str]:
        return [line.text for line in self.lines if line.kind == "gap"]

    async def read(self) -> None:
        async for batch in self.feed.batches():
            self.lines += batch

    async def until(self, claim: Callable[[], object]) -> None:
        """Wait until something is true of what was told."""
        deadline = time.monotonic() + 40
        while not claim():
            assert time.monotonic() < deadline, f"told were {self.texts[-5:]} and {self.marks}"
            await asyncio.sleep(0.05)


@asynccontextmanager
async def reading(
    api: KubeApi, pods: list[Pod], span: LogRange = TAIL, *, previous: bool = False
) -> AsyncIterator[Reader]:
    reader = Reader(LogFeed(api, time.time, [source(pod) for pod in pods], span, previous=previous))
    task = asyncio.create_task(reader.read())
    try:
        yield reader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await reader.feed.close()


def source(pod: Pod) -> LogSource:
    (container,) = pod.containers
    return LogSource(
        namespace=pod.namespace,
        pod=pod.name,
        pod_uid=pod.uid,
        container=CONTAINER,
        restarts=container.restarts,
        is_over=container.state == "terminated",
    )


def numbers(reader: Reader) -> list[int]:
    return [int(text.split()[1]) for text in reader.texts]


async def test_a_log_is_followed_over_a_lost_link_and_nothing_is_told_twice(
    api: KubeApi, plane: ControlPlane, namespace: Namespace
) -> None:
    pod = namespace.start(manifest("counting", COUNTING))
    async with reading(api, [pod]) as reader:
        await reader.until(lambda: len(reader.texts) > 20)
        await asyncio.to_thread(plane.restart_apiserver)
        seen = len(reader.texts)
        await reader.until(lambda: len(reader.texts) > seen + 100)
        assert numbers(reader) == list(range(numbers(reader)[0], numbers(reader)[-1] + 1))
        stamps = [line.stamp for line in reader.lines if line.kind == "line"]
        assert stamps == sorted(stamps) and all(stamps)


async def test_a_restart_is_marked_and_the_life_before_can_be_read(api: KubeApi, namespace: Namespace) -> None:
    pod = namespace.start(manifest("falling", TWICE))
    async with reading(api, [pod]) as reader:
        await reader.until(lambda: "first life" in reader.texts)
        again = await asyncio.to_thread(
            namespace.wait,
            "falling",
            lambda pod: pod.containers[0].restarts == 1 and pod.containers[0].state == "running",
            "it was restarted",
        )
        reader.feed.set_sources([source(again)])
        await reader.until(lambda: "second life" in reader.texts)
        assert reader.texts == ["first life", "told before the end", "second life"]
        assert any("restarted (1 times so far)" in mark for mark in reader.marks)
    async with reading(api, [again], previous=True) as reader:
        await reader.until(lambda: len(reader.texts) == 2)
        assert reader.texts == ["first life", "told before the end"]
    assert again.containers[0].last_exit_code == 3


async def test_there_is_no_life_before_the_first_one_and_that_is_said(api: KubeApi, namespace: Namespace) -> None:
    pod = namespace.start(manifest("young", "exec sleep 3600"))
    async with reading(api, [pod], previous=True) as reader:
        await reader.until(lambda: reader.marks)
        assert reader.texts == [] and "revious terminated container" in reader.marks[0]


async def test_only_the_last_seconds_or_lines_are_asked_for(api: KubeApi, namespace: Namespace) -> None:
    pod = namespace.start(manifest("parted", PARTED))
    async with reading(api, [pod]) as reader:
        await reader.until(lambda: "new" in reader.texts)
        assert reader.texts == ["old", "new"]
    async with reading(api, [pod], LogRange("4s", since=4)) as reader:
        await reader.until(lambda: reader.texts)
        assert reader.texts == ["new"]
    async with reading(api, [pod], LogRange("one", tail=1)) as reader:
        await reader.until(lambda: reader.texts)
        assert reader.texts == ["new"]
    async with reading(api, [pod], LogRange("head", head=True)) as reader:
        await reader.until(lambda: len(reader.texts) == 2)
        assert reader.texts == ["old", "new"]


async def test_a_long_line_is_one_line_and_is_cut(api: KubeApi, namespace: Namespace) -> None:
    pod = namespace.start(manifest("long", LONG))
    async with reading(api, [pod]) as reader:
        await reader.until(lambda: "short" in reader.texts)
        long, short = reader.texts
        assert short == "short" and set(long.rstrip("…")) <= set("x… 0123456789bytescutmore()[]+")
        assert LINE_LIMIT - 64 <= len(long) <= LINE_LIMIT + 64


async def test_what_a_container_writes_cannot_move_the_terminal(api: KubeApi, namespace: Namespace) -> None:
    pod = namespace.start(manifest("escapes", ESCAPES))
    async with reading(api, [pod]) as reader:
        await reader.until(lambda: reader.texts)
        assert "\x1b" not in reader.texts[0] and "\x07" not in reader.texts[0] and "text" in reader.texts[0]


async def test_several_containers_come_in_order_of_time(api: KubeApi, namespace: Namespace) -> None:
    pods = [
        namespace.start(once(manifest(f"part-{number}", f"sleep 0.{number}; echo {number}; exec sleep 3600")))
        for number in (1, 2, 3)
    ]
    async with reading(api, pods) as reader:
        await reader.until(lambda: len(reader.texts) == 3)
        assert [line.stamp for line in reader.lines] == sorted(line.stamp for line in reader.lines)
        assert sorted((line.pod, line.text) for line in reader.lines) == [(f"part-{n}", f"{n}") for n in (1, 2, 3)]


async def test_a_pod_that_ends_is_read_to_its_last_line(api: KubeApi, namespace: Namespace) -> None:
    namespace.create(once(manifest("ending", "for n in 1 2 3; do echo line $n; done; exit 2")))
    pod = namespace.wait("ending", lambda pod: pod.containers[0].state == "terminated", "it ended")
    async with reading(api, [pod]) as reader:
        await reader.until(lambda: reader.marks)
        assert numbers(reader) == [1, 2, 3] and "the container has ended" in reader.marks[0]
