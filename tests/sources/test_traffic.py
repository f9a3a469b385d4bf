"""What our sources cost, when the link counts as thin, and what is then not read."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from spottui.errors import Refused
from spottui.events import AccessChanged, Event, TrafficHeard, UsageHeard
from spottui.sources.kube import KubeSource
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_counters import TELLING_SECONDS, TELLING_SIZE, Counters
from spottui.sources.kube_low_data import SPARED
from spottui.sources.kube_objects import KINDS
from spottui.sources.kubeconfig import find_cluster
from spottui.sources.low_data import LOOK_AGAIN, LowData
from spottui.sources.metrics import LOW_DATA_PERIOD, MetricsSource
from spottui.sources.spender import SPENDER
from spottui.sources.traffic import TrafficSource

# -- low-data mode -----------------------------------------------------------------------------------------


def test_it_is_on_when_asked_for_whatever_the_link_does() -> None:
    mode = LowData(True, 20_000)
    mode.measured([1e6] * 9, 10.0)
    assert mode.reason == "asked for"


def test_two_slow_transfers_in_a_row_switch_it_on_and_a_fast_one_off() -> None:
    mode = LowData(False, 20_000)
    mode.measured([9_000, 30_000, 9_000], 1.0)
    assert mode.reason == ""
    mode.measured([11_000], 2.0)
    assert mode.reason == "the link is slow: 10.0 kB/s"
    mode.measured([30_000], 3.0)
    assert mode.reason, "a little faster is not fast"
    mode.measured([41_000], 4.0)
    assert mode.reason == ""


def test_it_is_tried_without_after_a_while_and_then_less_often() -> None:
    mode = LowData(False, 20_000)
    mode.measured([1_000, 1_000], 0.0)
    mode.measured([], LOOK_AGAIN - 1)
    assert mode.reason
    mode.measured([], LOOK_AGAIN)
    assert mode.reason == ""
    mode.measured([1_000, 1_000], LOOK_AGAIN + 5)
    mode.measured([], 2 * LOOK_AGAIN)
    assert mode.reason, "the second time it waits twice as long"
    mode.measured([], 3 * LOOK_AGAIN + 5)
    assert mode.reason == ""


def test_a_threshold_of_zero_leaves_it_off() -> None:
    mode = LowData(False, 0)
    mode.measured([1.0] * 9, 1.0)
    assert mode.reason == ""


@given(st.lists(st.floats(20_000, 1e9)))
def test_a_fast_link_never_switches_it_on(speeds: list[float]) -> None:
    mode = LowData(False, 20_000)
    mode.measured(speeds, 1.0)
    assert mode.reason == ""


# -- counting ----------------------------------------------------------------------------------------------


async def test_bytes_belong_to_the_source_whose_task_moves_them() -> None:
    counters = Counters()

    async def spend(name: str, size: int) -> None:
        SPENDER.set(name)
        await asyncio.create_task(inner(size))

    async def inner(size: int) -> None:
        counters.left(10)
        await asyncio.sleep(0)
        counters.came(size)

    await asyncio.gather(spend("kube", 100), spend("metrics", 7), inner(1))
    assert counters.by_spender == {"kube": (100, 10), "metrics": (7, 10), "commands": (1, 10)}
    assert (counters.bytes_in, counters.bytes_out, counters.requests) == (108, 30, 3)


def test_only_replies_that_tell_something_are_measured() -> None:
    counters = Counters()
    counters.took(TELLING_SIZE - 1, 0.5)
    counters.took(TELLING_SIZE, 2.0)
    counters.took(100, TELLING_SECONDS)
    counters.took(TELLING_SIZE, 0.0)
    assert list(counters.speeds) == [TELLING_SIZE / 2, 100 / TELLING_SECONDS, TELLING_SIZE * 1000]


async def test_rates_are_over_a_minute_and_the_dearest_comes_first() -> None:
    now, counts, switched = 0.0, {"kube": (0, 0), "probes": (0, 0)}, list[str]()
    low_data = LowData(False, 20_000)
    speeds = [[], [5_000.0, 5_000.0], []]

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        await asyncio.sleep(0)
        counts["kube"] = (int(now * 100), int(now * 10))
        counts["probes"] = (int(now * 200), 0)

    source = TrafficSource(
        lambda: dict(counts),
        lambda: now,
        low_data=low_data,
        speeds=lambda: speeds.pop(0) if speeds else [],
        switch=switched.append,
        sleep=sleep,
    )
    events = source.events()
    heard: list[TrafficHeard] = [await anext(events) for _ in range(30)]
    assert switched[:3] == ["", "the link is slow: 5.0 kB/s", "the link is slow: 5.0 kB/s"]
    assert [row.source for row in heard[-1].traffic] == ["probes", "kube"]
    kube = heard[-1].traffic[1]
    assert (kube.bytes_in, kube.bytes_out) == (100.0, 10.0)
    assert (kube.total_in, kube.total_out) == (14500, 1450)
    assert kube.history == (110.0,) * 29
    assert heard[1].low_data.startswith("the link is slow")
    counts["kube"] = (5, 5)  # the source began anew
    assert source.read(now + 5)[-1].bytes_in >= 0
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


# -- what is not read --------------------------------------------------------------------------------------


class Place:
    server, namespace, user, proxy = "https://10.1.2.3:6443", "", "ana", None


class Api:
    """An API server that has nothing, and notes what it was asked for."""

    def __init__(self) -> None:
        self.place = Place()
        self.listed: list[str] = []
        self.bytes_in = 0

    async def get_json(self, path: str, **_: Any) -> Any:
        return {"gitVersion": "v1.37.2"}

    async def request(self, method: str, path: str, **_: Any) -> bytes:
        self.listed.append(path.rpartition("/")[2])
        return b'{"kind":"List","metadata":{"resourceVersion":"7"},"items":[]}'

    def stream(self, path: str, query: Any = (), **_: Any) -> Any:
        raise Refused("no watches here")


async def collected(source: KubeSource, holds: Any) -> list[Event]:
    """Read events until what was heard fits."""
    heard: list[Event] = []
    events = source.events()
    async with asyncio.timeout(5):
        while not holds(heard):
            heard.append(await anext(events))
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]
    return heard


def spared(heard: list[Event]) -> set[str]:
    return {
        event.kind
        for event in heard
        if isinstance(event, AccessChanged) and event.access.reason == "Switched off in low-data mode (asked for)."
    }


async def test_a_start_in_low_data_mode_never_lists_the_spared_kinds() -> None:
    api: Any = Api()
    source = KubeSource(api, low_data="asked for")
    others = set(KINDS) - SPARED
    heard = await collected(source, lambda heard: spared(heard) == SPARED and others <= set(api.listed))
    assert not set(api.listed) & SPARED
    assert spared(heard) == SPARED


async def test_the_mode_can_change_while_the_source_runs() -> None:
    api: Any = Api()
    source = KubeSource(api)
    events, heard = source.events(), list[Event]()

    async def until(holds: Any) -> None:
        async with asyncio.timeout(5):
            while not holds():
                heard.append(await anext(events))

    await until(lambda: set(api.listed) >= set(KINDS))
    source.set_low_data("asked for")
    await until(lambda: spared(heard) == SPARED)
    api.listed.clear()
    source.set_low_data("asked for")
    source.set_low_data("")
    await until(lambda: set(api.listed) >= SPARED)
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_usage_is_read_more_seldom_in_low_data_mode() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    class Usage:
        """Answers with no usage at all, each time at another moment."""

        async def request(self, method: str, path: str, **_: Any) -> bytes:
            return b'{"items":[]}'

    moment = iter(range(1, 1000))
    source = MetricsSource(Usage(), lambda: float(next(moment)), period=15.0, sleep=sleep, jitter=lambda: 0.5)
    events = source.events()
    assert isinstance(await anext(events), UsageHeard)
    await anext(events)
    source.set_low_data("asked for")
    await anext(events)
    await anext(events)
    source.set_low_data("")
    await anext(events)
    assert slept == [15.0, LOW_DATA_PERIOD, LOW_DATA_PERIOD, 15.0]
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_replies_that_come_together_are_measured_together(tmp_path: Path) -> None:
    """Four lists at once over one link are each four times slower than the link."""

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(10):
            await response.write(b"x" * 1000)
            await asyncio.sleep(0.01)
        return response

    app = web.Application()
    app.router.add_get("/{path:.*}", slow)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    user = {"name": "u", "user": {"token": "x"}}
    cluster = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{runner.addresses[0][1]}"}}
    context = {"name": "x", "context": {"cluster": "c", "user": "u"}}
    config = {"current-context": "x", "contexts": [context], "clusters": [cluster], "users": [user]}
    (tmp_path / "config").write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **config}))
    place = find_cluster(flag=tmp_path / "config", environ={}, home=tmp_path, context=None, namespace=None)
    api = KubeApi(place)
    await api.request("GET", "/alone")
    (alone,) = api.take_speeds()
    await asyncio.gather(*(api.request("GET", "/together") for _ in range(4)))
    together = api.take_speeds()
    assert alone < 100_000 and len(together) == 4 and api.take_speeds() == []
    assert min(together) > 2 * alone
    assert api.by_source["commands"][0] > 50_000
    await api.close()
    await runner.cleanup()
