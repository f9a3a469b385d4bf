"""An armed sync runs once, when all it waits for holds, and what became of it is known after every sort of trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spottui.errors import OutcomeUnknown, Refused, SpottuiError, Unreachable
from spottui.records_armed import Conditions
from tests.armed_case import OFFLINE, PLAIN, Program, end, linger, succeed


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with Program(tmp_path) as one:
        one.hear_all()
        yield one


async def test_what_was_armed_offline_runs_once_when_the_link_has_been_up(program: Program) -> None:
    program.lose_link()
    one = await program.arm(Conditions(link_up=30.0, update_window=False, sync_window=False))
    assert len(one.id) == 32
    for _ in range(3):
        await program.armed.look()
    assert program.one.state == "waiting" and "no link to the cluster" in program.armed.waits(one.id)[0]
    program.find_link()
    await program.armed.look()
    assert program.one.state == "waiting" and "30 s" in program.armed.waits(one.id)[0]
    program.time.now += 31
    await program.armed.look()
    assert program.one.state == "done" and program.one.has_news
    for _ in range(3):
        program.time.now += 60
        await program.armed.look()
    assert len(program.argo.operations) == 1


async def test_a_link_that_goes_and_comes_starts_the_time_anew(program: Program) -> None:
    await program.arm(Conditions(link_up=30.0, update_window=False, sync_window=False))
    running = asyncio.create_task(program.armed.run())
    try:
        await asyncio.sleep(0)
        program.store.flush()
        program.time.now += 29
        program.lose_link()
        program.store.flush()
        program.find_link()
        program.store.flush()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    program.time.now += 29
    await program.armed.look()
    assert program.one.state == "waiting"


async def test_its_operation_names_who_armed_it_and_carries_its_id(program: Program) -> None:
    one = await program.arm(revision="v1.2.3")
    await program.armed.look()
    (operation,) = program.argo.operations
    info = {row["name"]: row["value"] for row in operation["info"]}
    assert info["spottui-id"] == f"{one.id}-1" and info["Reason"].endswith("by ana@base")
    assert operation["sync"]["revision"] == "v1.2.3"
    assert operation["initiatedBy"] == {"username": "spottui:ana@base"}
    assert operation["retry"] == {"limit": 2}, "an endless retry of Argo CD's own goes by none of our conditions"


async def test_arming_and_releasing_are_audited_and_heard(program: Program) -> None:
    one = await program.arm()
    await program.armed.look()
    arm, sync = "application.arm", "application.sync-armed"
    assert program.lines == [(arm, "asked"), (arm, "done"), (sync, "asked"), (sync, "done")]
    log = (program.folder / "audit.jsonl").read_text()
    assert log.count(one.id) >= 4, "each line of the release names the arming"
    assert [event.command.outcome for event in program.heard] == ["asked", "done", "asked", "done"]


async def test_nothing_is_armed_while_writing_is_locked(program: Program) -> None:
    program.is_locked = True
    with pytest.raises(SpottuiError, match="locked"):
        await program.arm()
    assert program.armed.items == ()


async def test_releasing_goes_past_the_lock_and_leaves_it_shut(program: Program) -> None:
    await program.arm()
    program.is_locked = True
    assert program.lock.is_locked
    await program.armed.look()
    assert program.one.state == "done" and program.lock.is_locked


async def test_nothing_is_armed_that_cannot_be_written_down(program: Program) -> None:
    program.audit.path.mkdir()
    with pytest.raises(SpottuiError, match="audit log"):
        await program.arm()
    assert program.armed.items == ()
    program.audit.path.rmdir()


async def test_there_are_never_two_for_one_application(program: Program) -> None:
    one = await program.arm(Conditions(charge=40.0))
    with pytest.raises(SpottuiError, match="never more than one"):
        await program.arm()
    with Program(program.folder, time=program.time) as other:
        other.hear_all()
        with pytest.raises(SpottuiError, match="never more than one"):
            await other.arm()
    await program.armed.cancel(one.id)
    assert (await program.arm()).id != one.id


async def test_a_cancelled_one_never_runs(program: Program) -> None:
    one = await program.arm()
    assert "nothing was sent" in await program.armed.cancel(one.id)
    await program.armed.look()
    assert program.argo.operations == [] and program.one.state == "cancelled"
    with pytest.raises(SpottuiError, match="it is cancelled"):
        await program.armed.cancel(one.id)


async def test_a_result_stays_until_it_is_seen(program: Program) -> None:
    one = await program.arm()
    await program.armed.look()
    with Program(program.folder, time=program.time) as other:
        other.hear_all()
        await other.armed.look()
        assert other.one.has_news and "synced" in other.one.result
        await other.armed.mark_seen(one.id)
    await program.armed.look()
    assert not program.one.has_news


async def test_it_expires_while_offline_and_over_a_restart(program: Program, tmp_path: Path) -> None:
    program.lose_link()
    await program.arm(hours=8)
    program.time.now += 8 * 3600
    with Program(tmp_path, time=program.time) as other:
        other.hear_all()
        other.lose_link()
        await other.armed.look()
        assert other.one.state == "expired" and other.one.has_news
        other.find_link()
        await other.armed.look()
        assert other.argo.operations == []
        assert other.lines[-1] == ("application.sync-armed", "failed")


async def test_a_clock_that_jumps_does_not_make_it_last_longer(program: Program) -> None:
    one = await program.arm(Conditions(charge=40.0), hours=8)
    program.time.now += 7 * 3600
    await program.armed.look()
    program.time.now -= 5 * 3600
    await program.armed.look()
    assert "clock was set back" in program.armed.waits(one.id)[0]
    program.time.now += 6 * 3600 + 3600
    await program.armed.look()
    assert program.one.state == "expired"


async def test_what_was_armed_for_another_cluster_is_not_released(program: Program, tmp_path: Path) -> None:
    await program.arm()
    with Program(tmp_path, time=program.time) as other:
        other.hear_all(cluster="c-2")
        await other.armed.look()
        assert other.armed.items == () and other.argo.operations == []
    armed, theirs = tmp_path / "armed-c-1.json", tmp_path / "armed-c-2.json"
    theirs.write_bytes(armed.read_bytes())  # a copy by hand
    with Program(tmp_path, time=program.time) as other:
        other.hear_all(cluster="c-2")
        await other.armed.look()
        assert "another cluster" in other.armed.problem and other.argo.operations == []


async def test_an_application_made_anew_is_not_synced(program: Program) -> None:
    await program.arm()
    program.hear_all(uid="another")
    await program.armed.look()
    assert program.one.state == "failed" and "made anew" in program.one.result
    assert program.argo.operations == []


async def test_the_cluster_is_asked_who_it_is_where_namespaces_are_not_read(program: Program) -> None:
    program.store._objects["namespaces"].clear()
    one = await program.arm()
    assert one.cluster == "c-1"


async def test_who_may_not_read_namespaces_still_arms_by_the_clusters_address(program: Program) -> None:
    program.store._objects["namespaces"].clear()
    program.argo.is_open = False
    one = await program.arm()
    assert one.cluster == "at https://robot:6443"
    await program.armed.look()
    assert program.one.state == "done"


# -- trouble on the way ------------------------------------------------------------------------------


async def test_while_git_does_not_answer_it_is_armed_again_and_runs_later(program: Program) -> None:
    program.argo.comparison = OFFLINE
    await program.arm()
    await program.armed.look()
    assert (program.one.state, program.one.last_error_class, program.one.attempts) == ("waiting", "offline", 1)
    await program.armed.look()
    assert program.one.attempts == 1, "not before its pause is over"
    program.argo.comparison = ""
    program.time.now += 31
    await program.armed.look()
    assert program.one.state == "done" and len(program.argo.operations) == 1


async def test_what_is_wrong_in_git_ends_it(program: Program) -> None:
    program.argo.comparison = "Failed to load target state: nav: app path does not exist"
    await program.arm()
    await program.armed.look()
    assert (program.one.state, program.one.last_error_class) == ("failed", "missing")
    assert program.argo.operations == []


async def test_an_operation_that_ends_for_want_of_a_link_is_armed_again(program: Program) -> None:
    program.argo.controller = lambda app: end(app, "Error", f"ComparisonError: {OFFLINE}")
    await program.arm()
    await program.armed.look()
    assert (program.one.state, program.one.last_error_class) == ("waiting", "offline")
    program.argo.controller = succeed
    program.time.now += 31
    await program.armed.look()
    assert program.one.state == "done"
    ids = [row["value"] for sent in program.argo.operations for row in sent["info"] if row["name"] == "spottui-id"]
    assert [one.rpartition("-")[2] for one in ids] == ["1", "2"]


async def test_an_operation_that_failed_ends_it(program: Program) -> None:
    program.argo.controller = lambda app: end(app, "Failed", f"one or more objects failed: {OFFLINE}")
    await program.arm()
    await program.armed.look()
    program.time.now += 3600
    await program.armed.look()
    assert program.one.state == "failed" and len(program.argo.operations) == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [(Unreachable("It never left."), "waiting"), (Refused("denied request: operators may not"), "failed")],
)
async def test_a_request_that_was_refused_was_not_sent(program: Program, error: SpottuiError, state: str) -> None:
    program.argo.fails = [error]
    await program.arm()
    await program.armed.look()
    assert program.one.state == state and program.argo.operations == []


async def test_a_link_lost_between_request_and_answer_is_read_back_and_never_sent_again(program: Program) -> None:
    program.argo.fails = [OutcomeUnknown("No answer came.")]
    patched = program.argo.controller

    def lose(app: Any) -> None:
        patched(app)
        program.lose_link()

    program.argo.controller = lose
    await program.arm()
    await program.armed.look()
    assert program.one.state == "running" and program.one.sent_at is not None
    program.time.now += 60
    await program.armed.look()
    assert program.one.state == "running", "while nobody answers nothing is known"
    program.find_link()
    await program.armed.look()
    assert program.one.state == "done" and len(program.argo.operations) == 1


async def test_a_result_that_another_operation_replaced_is_unknown_until_seen(program: Program) -> None:
    program.argo.controller = lambda app: app.pop("operation")
    program.argo.fails = [OutcomeUnknown("No answer came.")]
    one = await program.arm()
    await program.armed.look()
    assert program.one.state == "unknown" and "no operation of this armed sync" in program.one.result
    with pytest.raises(SpottuiError, match="never more than one"):
        await program.arm()
    await program.armed.mark_seen(one.id)
    await program.arm(Conditions(charge=40.0))
    assert len(program.argo.operations) == 1


async def test_an_unknown_end_becomes_known_when_the_application_tells_it(program: Program) -> None:
    program.argo.controller = lambda app: app.pop("operation")
    program.argo.fails = [OutcomeUnknown("No answer came.")]
    await program.arm()
    await program.armed.look()
    app = program.argo.app
    app["operation"] = program.argo.operations[0]
    succeed(app)
    program.argo.save(app)
    program.time.now += 60
    await program.armed.look()
    assert program.one.state == "done" and len(program.argo.operations) == 1


async def test_one_that_runs_on_is_followed_and_holds_back_the_others(program: Program) -> None:
    program.argo.controller = linger
    await program.arm()
    await program.armed.look()
    assert program.one.state == "running" and "one of two" in program.one.result
    app = program.argo.app
    succeed(app)
    program.argo.save(app)
    program.time.now += 60
    await program.armed.look()
    assert program.one.state == "done" and len(program.argo.operations) == 1


def test_plain_conditions_ask_for_nothing_but_the_cluster() -> None:
    assert (PLAIN.link_up, PLAIN.update_window, PLAIN.sync_window, PLAIN.charge) == (None, False, False, None)
