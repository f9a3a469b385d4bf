"""What is typed is taken or told to be wrong; what looks like a secret is hidden; what runs is listed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.actions.forms import Field, taken, wrong
from spottui.actions.masking import masked
from spottui.actions.registry import by_id
from spottui.actions.running import KEPT_ENDED
from spottui.actions.services import Options, Services
from spottui.errors import Forbidden, SpottuiError
from spottui.records import Target

from .bench import PERCEPTION, Bench

COUNT = Field(name="n", text="How many?", kind="number", least=1, most=9)
LINE = Field(name="t", text="Which?", check=lambda text: "" if text == "yes" else "Only yes.")


@pytest.mark.parametrize(("typed", "value"), [("1", 1), (" 9 ", 9), ("007", 7)])
def test_a_number_within_its_bounds_is_taken(typed: str, value: int) -> None:
    assert wrong(COUNT, typed) == "" and taken(COUNT, typed) == value


@pytest.mark.parametrize("typed", ["", " ", "0", "10", "-1", "1.5", "x", "٣", "1e1", "9" * 40])
def test_what_is_no_such_number_is_told(typed: str) -> None:
    assert wrong(COUNT, typed).endswith((".", "leaves."))


def test_nothing_typed_leaves_an_optional_one_out() -> None:
    assert wrong(replace(COUNT, is_optional=True), "  ") == "" and taken(COUNT, "  ") is None


def test_a_text_is_judged_by_its_own_check() -> None:
    assert wrong(LINE, " yes ") == "" and wrong(LINE, "no") == "Only yes." and taken(LINE, " yes ") == "yes"


@given(st.text(max_size=40))
def test_whatever_is_not_wrong_is_a_number_in_bounds(typed: str) -> None:
    if not wrong(COUNT, typed):
        assert 1 <= taken(COUNT, typed) <= 9


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("--password=abc --mode=fast", "--password=<hidden> --mode=fast"),
        ("https://ana:abc@git.io/x", "https://ana:<hidden>@git.io/x"),
        ("token: abc", "token: <hidden>"),
        ("img:1", "img:1"),
    ],
)
def test_a_secret_in_a_text_is_hidden(text: str, hidden: str) -> None:
    assert masked({"args": [text]}) == {"args": [hidden]}


def test_what_names_no_secret_stays_as_it_is() -> None:
    body = {"spec": {"replicas": 3, "env": [{"name": "MODE", "value": "a"}, {"name": "KEYBOARD", "value": "de"}]}}
    assert masked(body) == body


# -- asking through the runner, and what runs --------------------------------------------------------------


async def test_nobody_is_asked_for_what_is_not_permitted(bench: Bench) -> None:
    bench.api.denied = {"patch"}
    with pytest.raises(Forbidden, match=r"deployments\.apps/scale"):
        await bench.runner.fields(by_id("workload.scale"), PERCEPTION)


async def test_an_action_without_a_form_asks_for_nothing_and_reads_nothing(bench: Bench) -> None:
    assert await bench.runner.fields(by_id("workload.restart"), PERCEPTION) == ()
    assert bench.api.reads == [] and bench.api.reviews == []


async def test_a_command_is_listed_while_it_runs_and_its_end_is_kept(bench: Bench) -> None:
    half_way, go_on = asyncio.Event(), asyncio.Event()

    async def run(services: Services, target: Target, options: Options) -> str:
        services.say("begun")
        services.progress("half of it")
        services.progress("half of it")
        half_way.set()
        await go_on.wait()
        return "all of it"

    action = replace(by_id("workload.restart"), run=run, preview=None)
    task = asyncio.create_task(bench.runner.perform(action, PERCEPTION, bench.confirm))
    await half_way.wait()
    (one,) = bench.runner.running.now
    assert list(one.lines) == ["begun", "half of it"] and one.target == PERCEPTION and not one.can_be_stopped
    assert bench.told == ["begun"]
    go_on.set()
    await task
    assert bench.runner.running.now == () and bench.runner.running.ended == (one,)
    assert (one.outcome, one.text, one.ended_at) == ("done", "all of it", bench.time.now)


async def test_a_failure_is_kept_with_its_reason_and_only_the_last_few_are(bench: Bench) -> None:
    async def run(services: Services, target: Target, options: Options) -> str:
        raise SpottuiError(f"{target.name} is broken.")

    action = replace(by_id("workload.restart"), run=run, preview=None)
    for index in range(KEPT_ENDED + 3):
        target = Target(kind="Deployment", namespace="robot", name=f"d{index}", uid=f"u{index}")
        with pytest.raises(SpottuiError):
            await bench.runner.perform(action, target, bench.confirm)
    ended = bench.runner.running.ended
    assert len(ended) == KEPT_ENDED and ended[0].text == f"d{KEPT_ENDED + 2} is broken."
    assert ended[0].outcome == "failed"
