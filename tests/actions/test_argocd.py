"""Sync and refresh of an Application."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions import argocd_refresh, argocd_sync
from spottui.actions.argocd_results import short_revision
from spottui.actions.registry import by_id
from spottui.errors import Conflict, Forbidden, NotFound, OutcomeUnknown, Refused, SpottuiError, Unreachable

from .bench import APPLICATION, ARGO, SHA, Bench, application

PATH = f"{ARGO}/applications/perception"
PROJECT = f"{ARGO}/appprojects/robots"
SYNC, PRUNE, DRY = (by_id(f"application.{name}") for name in ("sync", "sync-prune", "sync-dry-run"))
REFRESH = by_id("application.refresh")
MINE = {"initiatedBy": {"username": "spottui:ana@laptop"}}
BLOCKED = "Sync operation blocked by sync window"


@pytest.fixture(autouse=True)
def app(bench: Bench) -> None:
    bench.api.put(PATH, application())
    bench.api.put(PROJECT, {"metadata": {}, "spec": {}})


def run(bench: Bench, seconds: float, message: str, phase: str = "Running") -> None:
    """Let the controller be in the midst of the operation."""
    state = {"phase": phase, "message": message, "operation": MINE}
    bench.time.at(seconds, lambda: bench.api.change(PATH, {"status": {"operationState": state}}))


def end(bench: Bench, seconds: float, phase: str = "Succeeded", message: str = "", **state: Any) -> None:
    """Let the controller end the operation."""
    known = {"phase": phase, "message": message, "operation": MINE, "syncResult": {"revision": SHA}}
    done = {"operation": None, "status": {"operationState": {**known, **state}}}
    bench.time.at(seconds, lambda: bench.api.change(PATH, done))


async def perform(bench: Bench, action: Any = SYNC, **options: Any) -> str:
    return await bench.runner.perform(action, APPLICATION, bench.confirm, options, say=bench.told.append)


async def test_a_sync_sets_an_operation_and_says_what_came_of_it(bench: Bench) -> None:
    run(bench, 0.2, "one or more tasks are running")
    end(bench, 4)
    version = bench.api.objects[PATH]["metadata"]["resourceVersion"]
    said = await perform(bench)
    assert bench.commands == [
        (
            "PATCH",
            {
                "metadata": {"uid": "u-app", "resourceVersion": version},
                "operation": {
                    "initiatedBy": {"username": "spottui:ana@laptop"},
                    "sync": {"syncOptions": ["CreateNamespace=true"]},
                    "retry": {"limit": 2},
                },
                "status": {"operationState": None},
            },
        )
    ]
    assert said == "perception: synced to a1b2c3d in 4 s."
    assert bench.told == ["perception: one or more tasks are running"]
    assert bench.outcomes[-1] == "done"


async def test_revision_prune_and_dry_run_are_sent_as_chosen(bench: Bench) -> None:
    end(bench, 1)
    await perform(bench, revision="v1.2")
    end(bench, 1)
    await perform(bench, PRUNE)
    end(bench, 1)
    said = await perform(bench, DRY, prune=True)
    sent = [body["operation"]["sync"] for _, body in bench.commands]
    options = {"syncOptions": ["CreateNamespace=true"]}
    assert sent == [
        {**options, "revision": "v1.2"},
        {**options, "prune": True},
        {**options, "prune": True, "dryRun": True},
    ]
    assert said.endswith("would apply 0 resources without an error; nothing was changed.")
    assert "to v1.2" in bench.questions[0].text and bench.questions[1].typed == "perception"


@pytest.mark.parametrize("option", ["prune", "dry_run"])
async def test_a_plain_sync_neither_prunes_nor_pretends(bench: Bench, option: str) -> None:
    with pytest.raises(SpottuiError, match=f"A sync with {option} is the action"):
        await SYNC.run(bench.services, APPLICATION, {option: True})
    assert bench.commands == []


async def test_an_application_without_a_status_or_a_policy_can_be_synced(bench: Bench) -> None:
    found = application(spec={})
    del found["status"]
    bench.api.put(PATH, found)
    end(bench, 1)
    assert "synced" in await perform(bench)
    assert bench.commands[0][1]["operation"]["sync"] == {"syncOptions": []}
    assert "has not compared it with git yet" in bench.questions[0].text


async def test_an_operation_in_progress_is_left_alone(bench: Bench) -> None:
    by = {"initiatedBy": {"automated": True}}
    state = {"phase": "Running", "message": "waiting for hook\x1b"}
    bench.api.change(PATH, {"operation": by, "status": {"operationState": state}})
    want = r"an operation of auto-sync is in progress \(Running: waiting for hook\)"
    with pytest.raises(SpottuiError, match=want):
        await perform(bench)
    assert bench.questions == [] and bench.commands == []
    with pytest.raises(SpottuiError, match=want):
        await argocd_sync.sync(bench.services, APPLICATION, {})


async def test_a_conflict_is_read_anew_and_finds_the_other_operation(bench: Bench) -> None:
    def race(method: str, path: str) -> None:
        if method == "PATCH" and not bench.api.objects[PATH].get("operation"):
            bench.api.change(PATH, {"operation": {"initiatedBy": {"username": "bob"}}})

    bench.api.before = race
    with pytest.raises(SpottuiError, match="an operation of bob is in progress"):
        await perform(bench)
    assert len(bench.commands) == 1


async def test_five_conflicts_are_enough(bench: Bench) -> None:
    bench.api.before = lambda method, path: bench.api.change(PATH, {}) if method == "PATCH" else None
    with pytest.raises(Conflict, match="nothing was done"):
        await perform(bench)
    assert len(bench.commands) == 5 and bench.outcomes[-1] == "failed"


async def test_another_application_of_the_same_name_is_not_touched(bench: Bench) -> None:
    bench.api.change(PATH, {"metadata": {"uid": "other"}})
    for action in (SYNC, PRUNE, DRY, REFRESH):
        with pytest.raises(NotFound, match="another one now"):
            await action.run(bench.services, APPLICATION, {})
    assert bench.commands == []


async def test_a_failed_sync_tells_the_operation_and_the_first_resource_that_failed(bench: Bench) -> None:
    rows = [
        {"kind": "Service", "name": "a", "status": "Synced", "hookPhase": "Running", "message": "ok"},
        {"kind": "Deployment", "name": "cam", "status": "SyncFailed", "message": "quota is used up."},
    ]
    end(bench, 1, "Failed", "one or more objects failed to apply", syncResult={"resources": rows})
    with pytest.raises(SpottuiError, match=r"sync failed: one or more .* apply; Deployment cam: quota is used up"):
        await perform(bench)
    assert bench.outcomes[-1] == "failed"


async def test_a_failed_hook_is_named(bench: Bench) -> None:
    rows = [{"kind": "Job", "name": "pre", "hookType": "PreSync", "hookPhase": "Failed", "message": "exit 1"}]
    end(bench, 1, "Failed", "tasks completed unsuccessfully", syncResult={"resources": rows})
    with pytest.raises(SpottuiError, match="Job pre: exit 1"):
        await perform(bench)


async def test_resources_that_are_kept_are_counted_but_not_while_sync_is_unknown(bench: Bench) -> None:
    rows = [{"kind": "Service", "name": "a", "status": "PruneSkipped"}]
    end(bench, 1, syncResult={"revisions": [SHA, "1.4.2"], "resources": rows})
    assert await perform(bench) == "perception: synced to a1b2c3d+1.4.2 in 1 s; 1 no longer in git kept."
    bench.api.change(PATH, {"status": {"sync": {"status": "Unknown"}}})
    end(bench, 1, syncResult={"revision": SHA, "resources": rows})
    assert "kept" not in await perform(bench)


async def test_nothing_is_pruned_while_sync_is_unknown(bench: Bench) -> None:
    bench.api.change(PATH, {"status": {"sync": {"status": "Unknown"}}})
    with pytest.raises(SpottuiError, match="not compared with git now"):
        await perform(bench, PRUNE)
    with pytest.raises(SpottuiError, match="not compared with git now"):
        await perform(bench, DRY, prune=True)
    with pytest.raises(SpottuiError, match="not compared with git now"):
        await PRUNE.run(bench.services, APPLICATION, {})
    assert bench.questions == [] and bench.commands == []


async def test_an_application_that_could_not_be_compared_is_said_so_in_the_question(bench: Bench) -> None:
    bench.api.change(PATH, {"status": {"sync": {"status": "Unknown"}}})
    bench.answers = False
    await perform(bench)
    assert "Argo CD could not compare it with git when it last tried." in bench.questions[0].text


async def test_a_project_that_cannot_be_read_is_said_so(bench: Bench) -> None:
    bench.api.failures = [("GET", "appprojects", Forbidden("No."))]
    bench.answers = False
    await perform(bench)
    assert "Whether sync windows forbid it is not known" in bench.questions[0].text


async def test_a_blocked_sync_is_told_with_what_becomes_of_it(bench: Bench) -> None:
    run(bench, 0.2, BLOCKED)
    with pytest.raises(SpottuiError, match=r"blocked by a sync window .* starts by itself when"):
        await perform(bench)
    assert bench.outcomes[-1] == "failed" and bench.time.now < 1_800_000_010


async def test_a_sync_that_is_called_blocked_for_one_pass_only_runs_on(bench: Bench) -> None:
    run(bench, 0.2, BLOCKED)
    run(bench, 2, "one or more tasks are running")
    end(bench, 6)
    assert "synced" in await perform(bench)


async def test_a_controller_that_is_not_there_is_guessed_at_once_and_the_end_is_unknown(bench: Bench) -> None:
    with pytest.raises(OutcomeUnknown, match=r"has not ended after 180 s\. Argo CD has not picked it up"):
        await perform(bench)
    want = "perception: Argo CD has not picked it up: is the application controller running?"
    assert bench.told == [want] and bench.outcomes[-1] == "unknown"


async def test_a_sync_that_takes_too_long_tells_what_was_seen_last(bench: Bench) -> None:
    run(bench, 1, "waiting for completion of hook batch/Job/pre")
    with pytest.raises(OutcomeUnknown, match="last seen: Running, waiting for completion of hook batch/Job/pre"):
        await perform(bench)


async def test_a_link_that_drops_during_a_sync_does_not_matter_if_it_comes_back(bench: Bench) -> None:
    lost = [("GET", "perception", Unreachable("No link.")), ("GET", "perception", Refused("Restarting."))]
    bench.time.at(0.2, lambda: bench.api.failures.extend(lost))
    end(bench, 2)
    assert "synced" in await perform(bench)


async def test_a_link_that_stays_away_during_a_sync_is_unknown(bench: Bench) -> None:
    lost = [("GET", "perception", Unreachable("No link."))] * 500
    bench.time.at(0.2, lambda: bench.api.failures.extend(lost))
    with pytest.raises(OutcomeUnknown, match=r"nothing was read back\. No link\."):
        await perform(bench)


async def test_a_result_that_another_operation_replaced_is_unknown(bench: Bench) -> None:
    end(bench, 1, operation={"initiatedBy": {"automated": True}})
    with pytest.raises(OutcomeUnknown, match="an operation of auto-sync has replaced its result"):
        await perform(bench)


@pytest.mark.parametrize("action", [SYNC, REFRESH])
async def test_an_application_deleted_meanwhile_is_a_failure(bench: Bench, action: Any) -> None:
    bench.time.at(0.2, lambda: bench.api.drop(PATH))
    with pytest.raises(SpottuiError, match="was deleted while it"):
        await perform(bench, action)


def consume(bench: Bench, seconds: float, **status: Any) -> None:
    """Let the controller take up the refresh."""
    patch = {"metadata": {"annotations": {argocd_refresh.REFRESH: None}}, "status": status}
    bench.time.at(seconds, lambda: bench.api.change(PATH, patch))


@pytest.mark.parametrize(("name", "how"), [("refresh", "normal"), ("hard-refresh", "hard")])
async def test_a_refresh_asks_nothing_and_waits_until_it_is_taken(bench: Bench, name: str, how: str) -> None:
    consume(bench, 15, reconciledAt="2027-01-15T08:00:15Z")
    said = await perform(bench, by_id(f"application.{name}"))
    assert bench.commands == [("PATCH", {"metadata": {"uid": "u-app", "annotations": {argocd_refresh.REFRESH: how}}})]
    assert said == "perception: refreshed; OutOfSync at a1b2c3d." and bench.questions == []


async def test_a_refresh_within_the_second_of_the_last_comparison_ends_too(bench: Bench) -> None:
    consume(bench, 0.2)
    assert "refreshed" in await perform(bench, REFRESH)
    assert bench.time.now < 1_800_000_005


async def test_a_refresh_that_finds_no_git_says_why(bench: Bench) -> None:
    why = {"type": "ComparisonError", "message": "failed to list refs: connection refused"}
    consume(bench, 1, reconciledAt="x", sync={"status": "Unknown", "revision": "main"}, conditions=[why])
    assert await perform(bench, REFRESH) == ("perception: refreshed; Unknown: failed to list refs: connection refused.")


async def test_a_refresh_that_nobody_takes_is_unknown(bench: Bench) -> None:
    with pytest.raises(OutcomeUnknown, match=r"not done after 90 s\. Argo CD has not picked it up"):
        await perform(bench, REFRESH)


async def test_a_refresh_survives_a_dropped_link(bench: Bench) -> None:
    bench.time.at(0.2, lambda: bench.api.failures.append(("GET", "perception", Unreachable("No link."))))
    consume(bench, 5, reconciledAt="x")
    assert "refreshed" in await perform(bench, REFRESH)


async def test_an_application_made_anew_between_read_and_patch_is_not_touched(bench: Bench) -> None:
    immutable = Refused("Application is invalid: metadata.uid: Invalid value: field is immutable.")
    bench.api.failures = [("PATCH", "perception", immutable), ("PATCH", "perception", Refused("Denied."))]
    with pytest.raises(NotFound, match=r"another one now.* Nothing was changed"):
        await perform(bench, REFRESH)
    with pytest.raises(Refused, match="Denied"):
        await perform(bench, REFRESH)


def test_only_commits_are_shortened() -> None:
    assert (short_revision(SHA), short_revision("1.4.2"), short_revision("main")) == ("a1b2c3d", "1.4.2", "main")
