"""The terminal's answers are taken out of what is typed, however they are cut, and nothing else is."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spottui.records_links import Ssh
from spottui.sources import ssh as module
from spottui.sources.ssh import BROKEN_HELD, ESCAPE_HELD, QUERY, SshSource, TerminalMeter

ANSWER = "\x1b[24;80R"
ENVIRON = {"SSH_CONNECTION": "192.168.80.40 51022 192.168.80.3 22"}


class World:
    """A meter with a clock of its own and a terminal that notes what is written."""

    def __init__(self) -> None:
        self.now = 100.0
        self.written: list[str] = []
        self.trips: list[float] = []
        self.meter = TerminalMeter(lambda: self.now)
        self.meter.write = self.written.append
        self.meter.heard = self.trips.append


def test_an_answer_is_taken_out_and_timed() -> None:
    world = World()
    assert world.meter.ask()
    assert world.written == [QUERY]
    world.now += 0.08
    assert world.meter.sift(f"a{ANSWER}b") == "ab"
    assert len(world.trips) == 1 and abs(world.trips[0] - 0.08) < 1e-9
    assert not world.meter.is_waiting


def test_without_a_question_everything_passes_as_it_is() -> None:
    world = World()
    for data in ("\x1b", "\x1b[", ANSWER, "\x1b[A", "x"):
        assert world.meter.sift(data) == data
    assert world.meter.tick() == "" and world.trips == []


def test_it_asks_only_once_at_a_time() -> None:
    world = World()
    assert world.meter.ask() and not world.meter.ask()
    world.meter.sift(ANSWER)
    assert world.meter.ask()
    assert world.written == [QUERY, QUERY]


def test_keys_that_begin_alike_pass_at_once_while_an_answer_is_owed() -> None:
    world = World()
    world.meter.ask()
    for key in ("\x1b[A", "\x1b[1;5C", "\x1b[5~", "\x1bOP", "\x1b[<0;3;4M", "q"):
        assert world.meter.sift(key) == key
    assert world.meter.is_waiting


def test_a_lone_escape_is_the_key_after_a_moment() -> None:
    world = World()
    world.meter.ask()
    assert world.meter.sift("\x1b") == "" and world.meter.tick() == ""
    world.now += ESCAPE_HELD + 0.01
    assert world.meter.tick() == "\x1b"
    assert world.meter.tick() == ""
    assert world.meter.sift("q") == "q"


def test_the_rest_of_an_answer_whose_escape_came_long_before_is_not_typed() -> None:
    world = World()
    world.meter.ask()
    world.meter.sift("\x1b")
    world.now += ESCAPE_HELD + 0.01
    assert world.meter.tick() == "\x1b"
    assert world.meter.sift("[24;8") == ""
    assert world.meter.sift("0Rq") == "q"
    assert len(world.trips) == 1


def test_an_answer_that_never_ends_is_dropped() -> None:
    world = World()
    world.meter.ask()
    assert world.meter.sift("\x1b[24;") == ""
    world.now += BROKEN_HELD + 0.1
    assert world.meter.tick() == ""
    assert world.meter.sift("j") == "j"


@given(
    before=st.lists(st.sampled_from(["a", "\x1b[A", "\x1b[1;5C", "é", "\x1b[5~"]), max_size=4),
    after=st.lists(st.sampled_from(["b", "\x1b[B", "9", "R", "[1;1R"]), max_size=4),
    cuts=st.lists(st.integers(1, 6), max_size=30),
)
def test_however_it_is_cut_only_the_answer_goes(before: list[str], after: list[str], cuts: list[int]) -> None:
    world = World()
    world.meter.ask()
    typed, passed = "".join([*before, ANSWER, *after]), ""
    for size in [*cuts, len(typed)]:
        piece, typed = typed[:size], typed[size:]
        if piece:
            passed += world.meter.sift(piece) + world.meter.tick()
    assert passed == "".join([*before, *after])
    assert len(world.trips) == 1


async def ask_now(world: World, environ: dict[str, str], **options: Any) -> tuple[SshSource, list[Ssh]]:
    """Return a source that has spoken once, with a terminal that answers at once."""

    def write(text: str) -> None:
        world.written.append(text)
        asyncio.get_running_loop().call_soon(world.meter.sift, ANSWER)

    world.meter.write = write
    source = SshSource(world.meter, environ, lambda: world.now, **options)
    events = source.events()
    heard = [(await anext(events)).ssh]
    world.now += 15
    world.meter.bytes_out += 3000
    heard.append((await anext(events)).ssh)
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]
    return source, heard


async def no_wait(seconds: float) -> None:
    await asyncio.sleep(0)


async def test_the_source_says_who_how_quick_and_how_much() -> None:
    world = World()
    _, (first, second) = await ask_now(world, ENVIRON, sleep=no_wait)
    assert first.client == "192.168.80.40" and first.round_trip == 0.0 and first.bytes_out is None
    assert second.bytes_out == 200.0 and second.total_out == 3000 and len(second.history) == 2
    assert world.written == [QUERY, QUERY]


async def test_inside_tmux_nothing_is_asked_as_tmux_would_answer() -> None:
    world = World()
    _, (first, _) = await ask_now(world, ENVIRON | {"TMUX": "/tmp/x"}, sleep=no_wait)
    assert first.round_trip is None and first.reason == "tmux answers in the terminal's place."
    assert world.written == []


async def test_a_terminal_that_never_answers_is_not_asked_for_ever(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    world = World()
    events = SshSource(world.meter, ENVIRON, lambda: world.now, sleep=no_wait).events()
    heard = [(await anext(events)).ssh for _ in range(5)]
    assert heard[0].reason == "The terminal has not answered yet."
    assert heard[-1].reason == "This terminal does not answer when it is asked."
    assert world.written == [QUERY], "while an answer is owed it is not asked again"
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_late_answer_is_still_the_round_trip(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    world = World()
    events = SshSource(world.meter, ENVIRON, lambda: world.now, sleep=no_wait).events()
    assert (await anext(events)).ssh.round_trip is None
    world.now += 21.5
    monkeypatch.setattr(module, "PATIENCE", 5)
    asyncio.get_running_loop().call_later(0.02, world.meter.sift, ANSWER)
    assert (await anext(events)).ssh.round_trip == 21.5
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]
