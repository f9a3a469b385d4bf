"""Logs are followed over restarts and lost links: gaps are marked, nothing comes twice, nothing floods."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from spottui.errors import Forbidden, NotFound, Unreachable
from spottui.records_logs import RANGES, LogLine, LogSource
from spottui.sources import logs as module
from spottui.sources.kube_lines import LineStream
from spottui.sources.log_lines import LINE_LIMIT, split
from spottui.sources.logs import LogFeed

SOURCE = LogSource(namespace="perception", pod="cam-0", pod_uid="u0", container="main")
T = "2026-11-24T02:04:{second:02d}.{part}Z"


def at(second: int, text: str, part: str = "000000001") -> bytes:
    return f"{T.format(second=second, part=part)} {text}".encode()


class FakeStream:
    """What the API gives: batches of lines, then its end or an error. Cuts lines as the real one does."""

    def __init__(self, lines: list[bytes], then: Exception | None = None, hold: asyncio.Event | None = None) -> None:
        self.lines, self.then, self.hold = lines, then, hold

    async def heads(self, limit: int) -> AsyncIterator[list[bytes]]:
        yield [line[:limit] for line in self.lines]
        if self.hold is not None:
            await self.hold.wait()
        if self.then is not None:
            raise self.then


class FakeApi:
    """Answers each attempt to attach with the next stream or error, and remembers what was asked for."""

    def __init__(self, *answers: FakeStream | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.none_left = asyncio.Event()

    @asynccontextmanager
    async def stream(
        self, path: str, query: Any = (), *, connect_timeout: float = 10.0, idle_timeout: float | None = 90.0
    ) -> AsyncIterator[FakeStream]:
        assert idle_timeout is None, "a quiet log is not a dead one"
        self.asked.append((path, dict(query)))
        if not self.answers:
            self.none_left.set()
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        yield answer


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_EVERY", 0.001)
    monkeypatch.setattr(module, "SETTLE", 0.01)


async def told(feed: LogFeed, enough: Callable[[list[LogLine]], bool]) -> list[LogLine]:
    """Return what the feed told until it is enough."""
    lines: list[LogLine] = []
    async with asyncio.timeout(5), aclosing(feed.batches()) as batches:  # pyright: ignore[reportArgumentType]
        async for batch in batches:
            lines += batch
            if enough(lines):
                break
    await feed.close()
    return lines


def texts(lines: list[LogLine]) -> list[str]:
    return [f"[{line.text}]" if line.kind == "gap" else line.text for line in lines]


async def test_a_log_is_followed_from_the_last_lines_on() -> None:
    api = FakeApi(FakeStream([at(1, "one"), at(2, "two")], hold=asyncio.Event()))
    lines = await told(LogFeed(api, lambda: 0.0, [SOURCE], RANGES[0]), lambda lines: len(lines) == 2)
    assert texts(lines) == ["one", "two"]
    path, query = api.asked[0]
    assert path == "/api/v1/namespaces/perception/pods/cam-0/log"
    assert query == {"container": "main", "timestamps": "true", "follow": "true", "tailLines": "1000"}


@pytest.mark.parametrize(
    ("index", "wanted"),
    [(1, {"limitBytes": "1048576"}), (2, {"sinceSeconds": "60"}), (6, {"sinceSeconds": "3600"})],
)
async def test_each_range_is_asked_for_in_the_servers_words(index: int, wanted: dict[str, str]) -> None:
    api = FakeApi(FakeStream([at(1, "one")]))
    await told(LogFeed(api, lambda: 0.0, [SOURCE], RANGES[index]), lambda lines: len(lines) >= 1)
    query = api.asked[0][1]
    assert wanted.items() <= query.items() and ("follow" in query) == (index != 1)


async def test_after_a_lost_link_nothing_comes_twice_and_the_gap_is_marked() -> None:
    now = 100.0

    def clock() -> float:
        return now

    async def sleep(_: float) -> None:
        nonlocal now
        now += 34.0
        await asyncio.sleep(0)

    cut = FakeStream([at(1, "one"), at(2, "two"), at(2, "two again")], then=Unreachable("the link is gone."))
    again = FakeStream([at(2, "two"), at(2, "two again"), at(2, "two"), at(3, "three")], hold=asyncio.Event())
    api = FakeApi(cut, again)
    lines = await told(LogFeed(api, clock, [SOURCE], RANGES[0], sleep=sleep), lambda lines: len(lines) == 7)
    assert texts(lines) == [
        "one",
        "two",
        "two again",
        "[link lost: the link is gone.]",
        "[link is back after 34 s; what was written meanwhile follows]",
        "two",
        "three",
    ]
    assert api.asked[1][1]["sinceTime"] == "2026-11-24T02:04:02Z" and "tailLines" not in api.asked[1][1]


async def test_a_stream_is_opened_anew_on_request_and_why_is_said() -> None:
    api = FakeApi(
        FakeStream([at(1, "one")], hold=asyncio.Event()),
        FakeStream([at(1, "one"), at(2, "two")], hold=asyncio.Event()),
    )
    feed = LogFeed(api, lambda: 0.0, [SOURCE], RANGES[0], sleep=no_sleep)

    def enough(lines: list[LogLine]) -> bool:
        if texts(lines) == ["one"]:
            feed.reconnect_now("spottui stood still for 10m")
        return lines[-1].text == "two"

    assert texts(await told(feed, enough)) == [
        "one",
        "[spottui stood still for 10m]",
        "[link is back after 0 s; what was written meanwhile follows]",
        "two",
    ]


async def test_a_server_that_starts_up_and_refuses_everybody_does_not_end_a_log() -> None:
    api = FakeApi(
        FakeStream([at(1, "one")], then=Unreachable("no route")),
        *[Forbidden("not yet")] * 3,
        FakeStream([at(1, "one"), at(2, "two")], hold=asyncio.Event()),
    )
    lines = await told(
        LogFeed(api, lambda: 0.0, [SOURCE], RANGES[0], sleep=no_sleep), lambda lines: lines[-1].text == "two"
    )
    assert texts(lines) == [
        "one",
        "[link lost: no route]",
        "[link is back after 0 s; what was written meanwhile follows]",
        "two",
    ]


async def test_a_log_that_stays_forbidden_is_said_and_asked_for_no_more() -> None:
    api = FakeApi(FakeStream([at(1, "one")], then=Unreachable("no route")), *[Forbidden("No logs.")] * 9)
    feed = LogFeed(api, lambda: 0.0, [SOURCE], RANGES[0], sleep=no_sleep)
    lines = await told(feed, lambda lines: lines[-1].text == "No logs.")
    assert texts(lines) == ["one", "[link lost: no route]", "[No logs.]"] and len(api.asked) == 5


async def test_a_stream_that_hangs_on_a_dead_link_is_let_go_and_goes_on_when_the_link_is_back() -> None:
    api = FakeApi(
        FakeStream([at(1, "one")], hold=asyncio.Event()),
        Unreachable("no route"),
        FakeStream([at(1, "one"), at(2, "two")], hold=asyncio.Event()),
    )
    told_so_far: list[str] = []

    async def for_ever(_: float) -> None:
        await asyncio.Event().wait()

    feed = LogFeed(api, lambda: 0.0, [SOURCE], RANGES[0], sleep=for_ever)

    def enough(lines: list[LogLine]) -> bool:
        said = texts(lines)
        if said[len(told_so_far) :] and said[-1] == "one":
            feed.link_changed("It did not answer.")
        if said[-1] == "[link lost: It did not answer.]":
            feed.link_changed("")  # too early: the next try finds that it is not so
            asyncio.get_running_loop().call_later(0.05, feed.link_changed, "It did not answer.")
            asyncio.get_running_loop().call_later(0.10, feed.link_changed, "")
        told_so_far[:] = said
        return said[-1] == "two"

    assert texts(await told(feed, enough)) == [
        "one",
        "[link lost: It did not answer.]",
        "[link is back after 0 s; what was written meanwhile follows]",
        "two",
    ]


async def test_lines_of_two_pipes_that_are_stamped_out_of_order_are_all_told() -> None:
    api = FakeApi(FakeStream([at(5, "out"), at(4, "err"), at(5, "out")], hold=asyncio.Event()))
    lines = await told(LogFeed(api, lambda: 0.0, [SOURCE], RANGES[0]), lambda lines: len(lines) == 3)
    assert texts(lines) == ["out", "err", "out"]


async def test_a_restarted_container_is_marked_and_read_on() -> None:
    first = FakeStream([at(1, "crash")])
    api = FakeApi(first, FakeStream([at(9, "again")], hold=asyncio.Event()))
    feed = LogFeed(api, lambda: 0.0, [SOURCE], RANGES[0], sleep=no_sleep)
    restarted = LogSource(
        namespace="perception", pod="cam-0", pod_uid="u0", container="main", restarts=1, how_ended="exit code 3"
    )
    feed.set_sources([restarted])
    lines = await told(feed, lambda lines: len(lines) == 3)
    assert texts(lines) == ["crash", "[the container was restarted (1 times so far): exit code 3]", "again"]


async def test_a_container_that_has_ended_for_good_is_said_once_and_not_asked_again() -> None:
    over = LogSource(namespace="n", pod="job", pod_uid="u", container="main", is_over=True, how_ended="exit code 0")
    api = FakeApi(FakeStream([at(1, "done")]))
    lines = await told(LogFeed(api, lambda: 0.0, [over], RANGES[0]), lambda lines: len(lines) == 2)
    assert texts(lines) == ["done", "[the container has ended: exit code 0]"]
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("error", "said"), [(NotFound("pods not found."), "the pod is gone"), (Forbidden("may not."), "may not.")]
)
async def test_a_log_that_is_refused_says_why_and_stops(error: Exception, said: str) -> None:
    api = FakeApi(error)
    lines = await told(LogFeed(api, lambda: 0.0, [SOURCE], RANGES[0]), lambda lines: len(lines) == 1)
    assert texts(lines) == [f"[{said}]"] and len(api.asked) == 1


async def test_a_previous_log_is_read_once_and_not_followed() -> None:
    api = FakeApi(FakeStream([at(1, "last words")]))
    feed = LogFeed(api, lambda: 0.0, [SOURCE], RANGES[0], previous=True)
    lines = await told(feed, lambda lines: len(lines) == 1)
    assert texts(lines) == ["last words"]
    assert api.asked[0][1]["previous"] == "true" and "follow" not in api.asked[0][1]


async def test_several_containers_are_put_in_order_of_time() -> None:
    other = LogSource(namespace="perception", pod="cam-1", pod_uid="u1", container="main")
    api = FakeApi(
        FakeStream([at(1, "a1"), at(3, "a3")], hold=asyncio.Event()),
        FakeStream([at(2, "b2"), at(4, "b4")], hold=asyncio.Event()),
    )
    lines = await told(LogFeed(api, lambda: 0.0, [SOURCE, other], RANGES[0]), lambda lines: len(lines) == 4)
    assert texts(lines) == ["a1", "b2", "a3", "b4"]


async def test_a_pod_that_comes_later_is_read_from_its_start_and_beyond_twenty_none() -> None:
    api = FakeApi(*(FakeStream([], hold=asyncio.Event()) for _ in range(30)))
    many = [LogSource(namespace="n", pod=f"p{index}", pod_uid=str(index), container="c") for index in range(22)]
    feed = LogFeed(api, lambda: 0.0, many[:1], RANGES[0])
    feed.set_sources(many)
    assert feed.left_out == 2
    await asyncio.sleep(0.01)
    assert len(api.asked) == 20
    assert "tailLines" in api.asked[0][1] and all("tailLines" not in query for _, query in api.asked[1:])
    await feed.close()


async def test_a_view_that_does_not_take_holds_the_stream_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PENDING_LIMIT", 10)
    taken = 0

    class Endless:
        async def heads(self, limit: int) -> AsyncIterator[list[bytes]]:
            nonlocal taken
            while True:
                taken += 1
                yield [at(1, "x")] * 10
                await asyncio.sleep(0)

    api = FakeApi(Endless())  # pyright: ignore[reportArgumentType]
    feed = LogFeed(api, lambda: 0.0, [SOURCE], RANGES[0])
    for _ in range(100):
        await asyncio.sleep(0)
    assert taken <= 2
    await feed.close()


def test_escape_sequences_and_megabyte_lines_are_harmless() -> None:
    stamp, text = split(at(1, "\x1b[2Jred\x1b[31m\u202ealert" + "x" * (1 << 20)))
    assert stamp.endswith(".000000001Z") and text.startswith("redalertxxx") and len(text) <= LINE_LIMIT


@pytest.mark.parametrize(
    ("line", "stamp", "text"),
    [
        (b"2026-11-24T02:04:06Z whole second", "2026-11-24T02:04:06.000000000Z", "whole second"),
        (b"2026-11-24T02:04:06.5Z half", "2026-11-24T02:04:06.500000000Z", "half"),
        (b"unable to retrieve container logs", "", "unable to retrieve container logs"),
        (b"2026-11-24T02:04:06.123456789Z ", "2026-11-24T02:04:06.123456789Z", ""),
        (b"\xff\xfe", "", "\ufffd\ufffd"),
        (b"", "", ""),
    ],
)
def test_a_stamp_is_told_from_the_text_and_sorts_as_text(line: bytes, stamp: str, text: str) -> None:
    assert split(line) == (stamp, text)


@given(st.binary(max_size=300))
def test_no_line_breaks_the_splitting(line: bytes) -> None:
    _, text = split(line)
    assert text.isprintable() or "\xa0" in text or not text.isascii()


async def test_heads_are_cut_from_a_stream_that_never_ends_a_line() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"short\n" + b"y" * 300_000)
        await response.write(b"y" * 300_000 + b"\nnext\nlast")
        return response

    heads = await _read(answer)
    assert [line[:10] for line in heads] == [b"short", b"y" * 10, b"next", b"last"]
    assert max(map(len, heads)) == 100


async def _read(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> list[bytes]:
    import aiohttp

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/") as response:
            stream = LineStream(response, lambda _: None, lambda error: error)
            return [line async for batch in stream.heads(100) for line in batch]
    finally:
        await runner.cleanup()
