"""Ending an operation, and clearing one that hangs in its end."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.registry import by_id
from spottui.actions.services import Unfinished
from spottui.errors import OutcomeUnknown, Refused, SpottuiError, Unreachable

from .argo_case import PATH, end, perform, prepare, running
from .bench import APPLICATION, Bench

STARTED = "2027-01-15T07:59:00Z"
BLOCKED = "Sync operation blocked by sync window"


@pytest.fixture(autouse=True)
def ready(bench: Bench) -> None:
    prepare(bench)


def state(bench: Bench) -> Any:
    return bench.api.objects[PATH]["status"]["operationState"]


async def test_the_end_is_awaited_and_said(bench: Bench) -> None:
    running(bench)
    end(bench, 1, "Failed", "Operation terminated", startedAt=STARTED)
    said = await perform(bench, "terminate")
    assert said == "perception: the operation ended (Operation terminated); what it applied stays."
    assert "The operation of bob runs for 60s: one or more tasks are running." in bench.questions[0].text


async def test_the_operation_that_was_on_screen_is_meant_and_no_other(bench: Bench) -> None:
    running(bench)
    (field,) = await bench.runner.fields(by_id("application.terminate"), APPLICATION)
    assert (field.kind, field.value) == ("fixed", STARTED)
    bench.api.change(PATH, {"status": {"operationState": {"startedAt": "2027-01-15T08:00:01Z"}}})
    with pytest.raises(SpottuiError, match="another operation runs now than was meant"):
        await perform(bench, "terminate", started_at=field.value)
    assert bench.commands == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, "no operation is in progress"),
        ({"operation": {"sync": {}}, "status": {"operationState": None}}, "waits to be started"),
        ({"status": {"operationState": {"phase": "Running"}}}, "is a remainder that the next sync takes away"),
        ({"operation": {"sync": {}}, "status": {"operationState": {"phase": "Terminating"}}}, "terminated already"),
        ({"status": None}, "no operation is in progress"),
    ],
)
async def test_what_is_not_running_is_not_ended(bench: Bench, change: Any, why: str) -> None:
    bench.api.change(PATH, change)
    with pytest.raises(SpottuiError, match=why):
        await perform(bench, "terminate")
    assert bench.commands == []


async def test_an_operation_that_ends_by_itself_before_is_told_and_no_ghost_is_made(bench: Bench) -> None:
    running(bench)

    def finish(method: str, path: str) -> None:
        if method == "PATCH" and bench.api.objects[PATH].get("operation"):
            ended = {"phase": "Succeeded", "message": "all tasks run"}
            bench.api.change(PATH, {"operation": None, "status": {"operationState": ended}})

    bench.api.before = finish
    with pytest.raises(SpottuiError, match=r"changed before it was terminated: Succeeded, all tasks run\. Nothing"):
        await perform(bench, "terminate")
    assert state(bench)["phase"] == "Succeeded" and len(bench.commands) == 1


async def test_a_refusal_for_another_reason_is_told_as_it_is(bench: Bench) -> None:
    running(bench)
    bench.api.failures = [("PATCH", "perception", Refused("A policy denies it."))]
    with pytest.raises(Refused, match="A policy denies it"):
        await perform(bench, "terminate")


async def test_one_that_does_not_end_is_unfinished_and_the_way_out_is_named(bench: Bench) -> None:
    running(bench, message=BLOCKED)
    said = await perform(bench, "terminate")
    assert isinstance(said, Unfinished)
    assert "still Terminating after 30 s: a sync window holds it until it opens" in said
    assert '"Clear a hanging operation" in the menu (m)' in said
    assert "it ends only when the window lets it" in bench.questions[0].text


async def test_a_link_that_stays_away_is_unknown(bench: Bench) -> None:
    running(bench)
    lost = [("GET", "perception", Unreachable("No link."))] * 500
    bench.time.at(0.1, lambda: bench.api.failures.extend(lost))
    with pytest.raises(OutcomeUnknown, match=r"nothing was read back\. No link"):
        await perform(bench, "terminate")


async def test_another_operation_that_began_meanwhile_is_said(bench: Bench) -> None:
    running(bench)
    newer = {"phase": "Running", "startedAt": "2027-01-15T08:00:02Z"}
    bench.time.at(2, lambda: bench.api.change(PATH, {"status": {"operationState": newer}}))
    assert "another one has begun since" in await perform(bench, "terminate")


# -- clearing ----------------------------------------------------------------------------------------------


async def test_a_hanging_one_is_cleared_under_guards(bench: Bench) -> None:
    running(bench, "Terminating", BLOCKED)
    said = await perform(bench, "force-clear")
    assert said == "perception: the operation is cleared; the next one can start."
    assert "operation" not in bench.api.objects[PATH]
    assert state(bench)["phase"] == "Failed" and state(bench)["finishedAt"] == "2027-01-15T08:00:00Z"
    assert state(bench)["message"] == "Cleared by spottui:ana@laptop (it was blocked by a sync window)"
    (change,) = [body for _, body in bench.commands]
    assert [each["op"] for each in change[:3]] == ["test", "test", "test"] and change[1]["value"] == "Terminating"


async def test_a_ghost_without_an_operation_is_cleared_too(bench: Bench) -> None:
    running(bench, "Terminating", "operation is terminating")
    bench.api.change(PATH, {"operation": None})
    assert "is cleared" in await perform(bench, "force-clear")
    assert state(bench)["message"].endswith("(it did not end)")


async def test_only_one_that_hangs_for_long_enough_is_cleared(bench: Bench) -> None:
    running(bench)
    with pytest.raises(SpottuiError, match="no operation of it hangs in its end"):
        await perform(bench, "force-clear")
    running(bench, "Terminating")
    bench.api.change(PATH, {"status": {"operationState": {"startedAt": "2027-01-15T07:59:50Z"}}})
    with pytest.raises(SpottuiError, match="give it 30 s to end by itself"):
        await perform(bench, "force-clear")
    assert bench.commands == []


async def test_a_controller_that_goes_on_with_it_is_noticed(bench: Bench) -> None:
    running(bench, "Terminating")
    bench.time.at(1, lambda: running(bench, "Terminating"))
    with pytest.raises(SpottuiError, match="was cleared, but Argo CD goes on with it"):
        await perform(bench, "force-clear")
