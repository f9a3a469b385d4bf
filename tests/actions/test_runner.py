"""The only road to the outside: one command."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from spottui.actions.audit_read import read
from spottui.actions.questions import Question
from spottui.actions.registry import Action, Weight, by_id
from spottui.actions.runner import NOTHING_DONE, Runner
from spottui.actions.services import Services
from spottui.errors import Forbidden, LoginExpired, OutcomeUnknown, Refused, SpottuiError, Unreachable

from .bench import DEPLOYMENTS, PERCEPTION, Bench

PATH = f"{DEPLOYMENTS}/perception"


def an_action(run: Callable[..., Any] | None = None, **fields: Any) -> Action:
    """Return the restart of a workload with another deed: one patch, unless told otherwise."""

    async def patch(services: Services, target: object, options: object) -> str:
        await services.api.request("PATCH", PATH, body={"spec": {"x": 1}})
        return "perception: patched."

    known: dict[str, Any] = {"run": run or patch, "preview": None, "timeout": 5}
    return replace(by_id("workload.restart"), **{**known, **fields})


@pytest.fixture(autouse=True)
def perception(request: pytest.FixtureRequest) -> None:
    for name in ("bench", "locked"):
        if name in request.fixturenames:
            request.getfixturevalue(name).api.put(PATH, {"metadata": {"uid": PERCEPTION.uid}})


async def test_a_command_is_asked_sent_and_ended_in_the_log_and_heard(bench: Bench) -> None:
    said = await bench.runner.perform(an_action(), PERCEPTION, bench.confirm)
    assert said == "perception: patched."
    assert bench.outcomes == ["asked", "asked", "done"]
    first, sent, last = bench.lines
    assert first["detail"] == "Restart deployment/perception in namespace robot" and first["request"] is None
    assert sent["request"] == {"method": "PATCH", "path": PATH, "body": {"spec": {"x": 1}}}
    assert (last["detail"], last["request"], last["seconds"]) == (said, sent["request"], 0.0)
    assert len({line["id"] for line in bench.lines}) == 1
    assert [heard.command.outcome for heard in bench.heard] == ["asked", "done"]
    assert not bench.runner.is_busy(PERCEPTION)


async def test_the_question_names_action_target_namespace_and_cluster(bench: Bench) -> None:
    await bench.runner.perform(an_action(), PERCEPTION, bench.confirm)
    (question,) = bench.questions
    assert question.text == (
        "Restart deployment/perception in namespace robot on spot-07? "
        "Its pods are replaced as its update strategy says."
    )
    assert (question.weight, question.unlocks, question.typed) == (Weight.ASK, False, "")


async def test_a_refused_question_sends_and_writes_nothing(bench: Bench) -> None:
    bench.answers = False
    assert await bench.runner.perform(an_action(), PERCEPTION, bench.confirm) == NOTHING_DONE
    assert (bench.api.sent, bench.lines, bench.heard) == ([], [], [])
    assert not bench.runner.is_busy(PERCEPTION)


async def test_a_locked_session_gets_one_question_that_also_unlocks(locked: Bench) -> None:
    await locked.runner.perform(an_action(), PERCEPTION, locked.confirm)
    (question,) = locked.questions
    want = "Unlock writing for 15 min and restart deployment/perception in namespace robot on spot-07?"
    assert question.text.startswith(want) and question.unlocks
    assert locked.lock.until == locked.time.now + 900
    await locked.runner.perform(an_action(), PERCEPTION, locked.confirm)
    assert not locked.questions[1].unlocks


async def test_a_locked_session_that_says_no_stays_locked_and_sends_nothing(locked: Bench) -> None:
    locked.answers = False
    assert await locked.runner.perform(an_action(), PERCEPTION, locked.confirm) == NOTHING_DONE
    assert locked.lock.is_locked and locked.api.sent == [] and locked.lines == []


async def test_an_action_without_weight_asks_nothing_when_unlocked(bench: Bench) -> None:
    await bench.runner.perform(an_action(weight=Weight.NONE), PERCEPTION, bench.confirm)
    assert bench.questions == [] and bench.outcomes[-1] == "done"


async def test_an_action_without_weight_asks_to_unlock_when_locked(locked: Bench) -> None:
    await locked.runner.perform(an_action(weight=Weight.NONE), PERCEPTION, locked.confirm)
    (question,) = locked.questions
    assert question.unlocks and question.weight is Weight.ASK


async def test_the_question_names_the_cluster_and_the_minutes_that_are_known_when_it_is_put(locked: Bench) -> None:
    place = "not found yet"
    locked.lock.unlocked_for = 90
    locked.runner = Runner(
        locked.services, locked.permits, locked.audit, locked.lock, locked.time, locked.heard.append, lambda: place
    )
    place, locked.audit.context = "spot-09", "spot-09"
    await locked.runner.perform(an_action(), PERCEPTION, locked.confirm)
    text = locked.questions[0].text
    assert text.startswith("Unlock writing for 1.5 min and restart") and " on spot-09?" in text
    assert locked.lock.until == locked.time.now + 90 and locked.lines[0]["context"] == "spot-09"


async def test_an_action_that_writes_nothing_does_not_care_for_the_lock(locked: Bench) -> None:
    await locked.runner.perform(an_action(weight=Weight.NONE, writes=False), PERCEPTION, locked.confirm)
    assert locked.questions == [] and locked.lock.is_locked


async def test_the_worst_actions_want_the_targets_name(bench: Bench) -> None:
    await bench.runner.perform(an_action(weight=Weight.TYPE_NAME), PERCEPTION, bench.confirm)
    assert bench.questions[0].typed == "perception"


async def test_writing_that_locks_while_the_question_is_open_sends_nothing(bench: Bench) -> None:
    async def confirm(question: Question) -> bool:
        bench.lock.lock()
        return True

    with pytest.raises(SpottuiError, match="locked while the question was open"):
        await bench.runner.perform(an_action(), PERCEPTION, confirm)
    assert bench.api.sent == [] and bench.lines == []


async def test_what_is_not_permitted_is_neither_asked_nor_sent(bench: Bench) -> None:
    bench.api.denied = {"patch"}
    with pytest.raises(Forbidden, match="You may not patch"):
        await bench.runner.perform(an_action(), PERCEPTION, bench.confirm)
    assert (bench.questions, bench.api.sent, bench.lines) == ([], [], [])


async def test_a_second_command_on_a_busy_target_is_refused(bench: Bench) -> None:
    async def ask_again(question: Question) -> bool:
        with pytest.raises(SpottuiError, match="still busy"):
            await bench.runner.perform(an_action(), PERCEPTION, bench.confirm)
        return True

    assert await bench.runner.perform(an_action(), PERCEPTION, ask_again) == "perception: patched."


async def test_nothing_is_sent_when_the_audit_log_cannot_be_written(bench: Bench) -> None:
    bench.audit.path = bench.folder
    with pytest.raises(SpottuiError, match=r"cannot be written: Is a directory\. So nothing was sent\."):
        await bench.runner.perform(an_action(), PERCEPTION, bench.confirm)
    assert bench.api.sent == [] and bench.heard == []


async def test_a_request_is_not_sent_when_the_audit_log_fails_just_before_it(bench: Bench) -> None:
    async def run(services: Services, target: object, options: object) -> str:
        bench.audit.path = bench.folder
        await services.api.request("PATCH", PATH, body={})
        return "never"

    with pytest.raises(SpottuiError, match="So nothing was sent"):
        await bench.runner.perform(an_action(run), PERCEPTION, bench.confirm)
    assert bench.api.sent == []


async def test_an_end_that_cannot_be_written_down_is_said_in_the_sentence(bench: Bench) -> None:
    async def run(services: Services, target: object, options: object) -> str:
        bench.audit.path = bench.folder
        return "perception: patched."

    said = await bench.runner.perform(an_action(run), PERCEPTION, bench.confirm)
    assert said.startswith("perception: patched. But this end is not in the audit log: ")

    async def fail(services: Services, target: object, options: object) -> str:
        bench.audit.path = bench.folder
        raise Refused("The quota is used up.")

    bench.audit.path = bench.folder / "other.jsonl"
    with pytest.raises(Refused, match=r"used up\. But this end is not"):
        await bench.runner.perform(an_action(fail), PERCEPTION, bench.confirm)


async def test_a_failure_is_written_down_as_it_is_told(bench: Bench) -> None:
    bench.api.failures = [("PATCH", "perception", Refused("The quota is used up."))]
    with pytest.raises(Refused, match="quota"):
        await bench.runner.perform(an_action(), PERCEPTION, bench.confirm)
    assert bench.outcomes == ["asked", "asked", "failed"]
    assert bench.lines[-1]["detail"] == "The quota is used up."
    assert bench.heard[-1].command.outcome == "failed"


async def test_a_write_without_an_answer_is_unknown_and_not_tried_again(bench: Bench) -> None:
    bench.api.failures = [("PATCH", "perception", OutcomeUnknown("It is not known whether it was done."))]
    with pytest.raises(OutcomeUnknown):
        await bench.runner.perform(an_action(), PERCEPTION, bench.confirm)
    assert bench.outcomes[-1] == "unknown" and len(bench.commands) == 1


async def test_a_timeout_is_unknown_and_said_so(bench: Bench) -> None:
    bench.api.hangs_on = "PATCH"
    with pytest.raises(OutcomeUnknown, match="it may or may not be restarted"):
        await bench.runner.perform(an_action(timeout=0.5), PERCEPTION, bench.confirm)
    assert bench.outcomes[-1] == "unknown" and len(bench.commands) == 1


async def test_a_timeout_before_anything_left_is_a_failure(bench: Bench) -> None:
    async def run(services: Services, target: object, options: object) -> str:
        await asyncio.Event().wait()
        return "never"

    with pytest.raises(SpottuiError, match="nothing was sent"):
        await bench.runner.perform(an_action(run, timeout=0.01), PERCEPTION, bench.confirm)
    assert bench.outcomes == ["asked", "failed"]


async def test_a_link_lost_after_the_write_is_unknown(bench: Bench) -> None:
    async def run(services: Services, target: object, options: object) -> str:
        await services.api.request("PATCH", PATH, body={})
        await services.api.request("GET", PATH)
        return "never"

    bench.api.failures = [("GET", "perception", Unreachable("No link."))]
    with pytest.raises(OutcomeUnknown, match=r"could not be read back\. No link\."):
        await bench.runner.perform(an_action(run), PERCEPTION, bench.confirm)
    assert bench.outcomes[-1] == "unknown"


async def test_ended_while_it_waits_the_log_says_unknown(bench: Bench) -> None:
    bench.api.hangs_on = "PATCH"
    task = asyncio.create_task(bench.runner.perform(an_action(), PERCEPTION, bench.confirm))
    await bench.api.hanging.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.outcomes == ["asked", "asked", "unknown"]
    assert read(bench.audit.path)[0].outcome == "unknown"
    assert not bench.runner.is_busy(PERCEPTION)


async def test_a_bug_in_an_act_leaves_no_command_without_an_end(bench: Bench) -> None:
    async def run(services: Services, target: object, options: object) -> str:
        await services.api.request("PATCH", PATH, body={})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await bench.runner.perform(an_action(run), PERCEPTION, bench.confirm)
    assert bench.outcomes[-1] == "unknown"


async def test_a_fault_in_who_hears_of_it_leaves_no_command_without_an_end(bench: Bench) -> None:
    def hear(event: object) -> None:
        raise ZeroDivisionError

    bench.runner = Runner(bench.services, bench.permits, bench.audit, bench.lock, bench.time, hear)
    with pytest.raises(ZeroDivisionError):
        await bench.runner.perform(an_action(), PERCEPTION, bench.confirm)
    assert bench.outcomes == ["asked", "failed"] and bench.api.sent == []


async def test_ended_while_it_is_written_down_the_log_says_that_nothing_was_sent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, begun, go = bench.audit.write, threading.Event(), threading.Event()

    def slowly(*given: Any) -> None:
        begun.set()
        assert go.wait(5)
        write(*given)

    monkeypatch.setattr(bench.audit, "write", slowly)
    task = asyncio.create_task(bench.runner.perform(an_action(), PERCEPTION, bench.confirm))
    await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.outcomes == ["asked", "failed"] and bench.api.sent == []


async def test_a_refused_write_or_an_expired_login_forgets_the_permits(bench: Bench) -> None:
    for error in (Forbidden("No."), LoginExpired("Log in again.")):
        bench.api.failures = [("PATCH", "perception", error)]
        with pytest.raises(type(error)):
            await bench.runner.perform(an_action(), PERCEPTION, bench.confirm)
        assert bench.permits.peek(an_action().permission(PERCEPTION), PERCEPTION) is None


async def test_a_done_command_leaves_an_event_on_its_object(bench: Bench) -> None:
    await bench.runner.perform(an_action(), PERCEPTION, bench.confirm)
    method, path, event = bench.api.sent[-1]
    assert (method, path) == ("POST", "/api/v1/namespaces/robot/events")
    assert (event["reason"], event["type"]) == ("SpottuiRestart", "Normal")
    assert event["message"] == "spottui:ana@laptop: perception: patched."
    assert event["involvedObject"]["uid"] == PERCEPTION.uid
    assert event["involvedObject"]["apiVersion"] == "apps/v1"


async def test_a_refused_event_does_not_matter(bench: Bench) -> None:
    bench.api.failures = [("POST", "/events", Forbidden("No."))]
    assert await bench.runner.perform(an_action(), PERCEPTION, bench.confirm) == "perception: patched."


async def test_an_unanswered_event_delays_the_sentence_only_shortly(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spottui.actions.kube_events.PATIENCE", 0.01)
    bench.api.hangs_on = "POST"
    assert await bench.runner.perform(an_action(), PERCEPTION, bench.confirm) == "perception: patched."
