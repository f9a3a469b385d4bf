"""The only road to the outside: many targets after one question."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from spottui.actions.questions import Progress
from spottui.actions.registry import Action, Weight, by_id
from spottui.actions.runner import NOTHING_DONE
from spottui.actions.services import Services, Unfinished
from spottui.errors import OutcomeUnknown, Refused, SpottuiError
from spottui.records import Target

from .bench import Bench

TARGETS = [Target(kind="Deployment", namespace="robot", name=f"d{i}", uid=f"u{i}") for i in range(14)]


def restart(**fields: Any) -> Action:
    """Return a restart whose outcome is in the target's name."""

    async def run(services: Services, target: Target, options: object) -> str:
        match target.name:
            case "d3":
                raise Refused("The quota is used up.")
            case "d5":
                raise OutcomeUnknown("No answer.")
            case "d7":
                return Unfinished("1 of 2 pods are new.")
        return f"{target.name}: restarted."

    return replace(by_id("workload.restart"), **{"run": run, "preview": None, **fields})


async def test_one_question_names_the_count_and_the_first_and_one_sentence_sums_up(bench: Bench) -> None:
    seen: list[Progress] = []
    said = await bench.runner.perform_many(restart(), TARGETS, bench.confirm, progress=seen.append)
    (question,) = bench.questions
    assert question.text.startswith("Restart 14 objects: d0, d1, d2 and 11 more on spot-07?")
    assert question.targets == tuple(TARGETS)
    assert said == (
        "11 of 14 restarted; 1 asked but not finished: d7: 1 of 2 pods are new; "
        "1 failed: d3: The quota is used up; 1 with unknown outcome: d5: No answer."
    )
    assert len({line["id"] for line in bench.lines}) == 14
    assert bench.outcomes.count("done") == 12 and bench.outcomes.count("failed") == 1
    last = {progress.target.name: progress.state for progress in seen}
    assert (last["d0"], last["d3"], last["d5"], last["d7"]) == ("done", "failed", "unknown", "unfinished")
    assert str(seen[-1]).startswith("14 of 14 ended; d")


async def test_no_more_than_four_run_at_once(bench: Bench) -> None:
    running, most, four = 0, 0, asyncio.Event()

    async def run(services: Services, target: Target, options: object) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 4:
            four.set()
        async with asyncio.timeout(10):
            await four.wait()
        running -= 1
        return "ok"

    await bench.runner.perform_many(restart(run=run), TARGETS, bench.confirm)
    assert most == 4


async def test_a_locked_session_is_asked_once_for_all(locked: Bench) -> None:
    await locked.runner.perform_many(restart(weight=Weight.NONE), TARGETS[:3], locked.confirm)
    (question,) = locked.questions
    assert question.text.startswith("Unlock writing for 15 min and restart 3 objects: d0, d1, d2 on spot-07?")
    assert not locked.lock.is_locked


async def test_a_refused_question_does_nothing(bench: Bench) -> None:
    bench.answers = False
    assert await bench.runner.perform_many(restart(), TARGETS, bench.confirm) == NOTHING_DONE
    assert bench.lines == [] and not bench.runner.is_busy(TARGETS[0])


async def test_the_worst_actions_want_verb_and_count_typed(bench: Bench) -> None:
    await bench.runner.perform_many(restart(weight=Weight.TYPE_NAME), TARGETS[:3], bench.confirm)
    assert bench.questions[0].typed == "restart 3"


async def test_targets_that_cannot_be_commanded_are_left_out_and_said_so(bench: Bench) -> None:
    bench.api.denied = {"patch", "patch d1"}
    said = await bench.runner.perform_many(restart(), TARGETS[:3], bench.confirm)
    assert "2 more cannot be commanded now and are left out." in bench.questions[0].text
    assert said == "1 of 1 restarted."


async def test_nothing_is_asked_when_no_target_can_be_commanded(bench: Bench) -> None:
    bench.api.denied = {"patch"}
    with pytest.raises(SpottuiError, match="None of 3 can be commanded: You may not patch"):
        await bench.runner.perform_many(restart(), TARGETS[:3], bench.confirm)
    assert bench.questions == []


async def test_an_audit_log_that_cannot_be_written_fails_each(bench: Bench) -> None:
    bench.audit.path = bench.folder
    said = await bench.runner.perform_many(restart(), TARGETS[:2], bench.confirm)
    assert said.startswith("0 of 2 restarted; 2 failed: d0: The audit log") and bench.api.sent == []


async def test_writing_that_is_locked_midway_stops_the_rest(bench: Bench) -> None:
    async def run(services: Services, target: Target, options: object) -> str:
        bench.lock.lock()
        return "ok"

    said = await bench.runner.perform_many(restart(run=run), TARGETS, bench.confirm)
    assert said.startswith("4 of 14 restarted; 10 failed: d4: Writing was locked before its turn")
