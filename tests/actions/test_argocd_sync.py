"""Everything that may be chosen about a sync, one by one and many at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from spottui.actions.argocd_sync import resource_picks
from spottui.actions.forms import Field
from spottui.actions.registry import Weight, by_id, sync_action
from spottui.errors import SpottuiError
from spottui.records import Target

from .argo_case import PATH, a_row, an_app, end, perform, prepare, sent_sync, window, with_windows
from .bench import APPLICATION, ARGO, SHA, Bench

OWN = {"syncOptions": ["CreateNamespace=true"]}
CAMERA = {"group": "apps", "kind": "Deployment", "namespace": "robot", "name": "camera"}


@pytest.fixture(autouse=True)
def ready(bench: Bench) -> None:
    prepare(bench)


@pytest.mark.parametrize(
    ("flags", "sync"),
    [
        (("force",), {**OWN, "syncStrategy": {"hook": {"force": True}}}),
        (("force", "no_hooks"), {**OWN, "syncStrategy": {"apply": {"force": True}}}),
        (("no_hooks",), {**OWN, "syncStrategy": {"apply": {}}}),
        (("replace",), {"syncOptions": ["CreateNamespace=true", "Replace=true"]}),
        (("server_side",), {"syncOptions": ["CreateNamespace=true", "ServerSideApply=true"]}),
        (("out_of_sync",), {"syncOptions": ["CreateNamespace=true", "ApplyOutOfSyncOnly=true"]}),
        (("prune", "dry_run"), {**OWN, "prune": True, "dryRun": True}),
    ],
)
async def test_each_choice_is_what_argo_cd_calls_it(bench: Bench, flags: tuple[str, ...], sync: Any) -> None:
    end(bench)
    await perform(bench, "sync-force", flags=flags)
    assert sent_sync(bench) == sync
    assert bench.questions[0].weight is Weight.TYPE_NAME


async def test_a_chosen_option_replaces_the_policys_of_its_name(bench: Bench) -> None:
    bench.api.change(PATH, {"spec": {"syncPolicy": {"syncOptions": ["ServerSideApply=false", "PruneLast=true"]}}})
    end(bench)
    await perform(bench, "sync", server_side=True)
    assert sent_sync(bench) == {"syncOptions": ["PruneLast=true", "ServerSideApply=true"]}


async def test_retries_replace_the_policys_limit_and_keep_its_back_off(bench: Bench) -> None:
    bench.api.change(PATH, {"spec": {"syncPolicy": {"retry": {"limit": -1, "backoff": {"duration": "5s"}}}}})
    end(bench)
    await perform(bench, "sync", retry=3)
    (body,) = [body for _, body in bench.commands]
    assert body["operation"]["retry"] == {"limit": 3, "backoff": {"duration": "5s"}}
    with pytest.raises(SpottuiError, match="0 to 100 times"):
        await perform(bench, "sync", retry=-1)


async def test_selected_resources_are_sent_and_named_in_the_question(bench: Bench) -> None:
    end(bench)
    assert "synced" in await perform(bench, "sync", resources=(CAMERA,))
    assert sent_sync(bench) == {**OWN, "resources": [CAMERA]}
    assert "with 1 selected resource only" in bench.questions[0].text


async def test_a_selection_that_fits_nothing_is_no_success(bench: Bench) -> None:
    end(bench, syncResult={"revision": SHA})
    with pytest.raises(SpottuiError, match="none of the selected resources is in git at a1b2c3d"):
        await perform(bench, "sync", resources=(CAMERA,))


@pytest.mark.parametrize("value", [3, {}, {"kind": "Pod"}, {"name": "x"}])
async def test_a_resource_without_kind_and_name_is_refused(bench: Bench, value: Any) -> None:
    with pytest.raises(SpottuiError, match="named by its kind and name"):
        await perform(bench, "sync", resources=(value,))


async def test_none_selected_never_becomes_all(bench: Bench) -> None:
    with pytest.raises(SpottuiError, match="No resource was selected"):
        await perform(bench, "sync-options", flags=("select",))
    assert bench.commands == []


@pytest.mark.parametrize("flag", ["force", "replace"])
async def test_what_deletes_belongs_to_the_action_whose_name_is_typed(bench: Bench, flag: str) -> None:
    for name in ("sync", "sync-prune", "sync-options"):
        with pytest.raises(SpottuiError, match=f"A sync with {flag} is the action application.sync-force"):
            await perform(bench, name, **{flag: True})
    assert sync_action({flag: True}).id == "application.sync-force"


async def test_replacing_and_server_side_apply_exclude_each_other(bench: Bench) -> None:
    with pytest.raises(SpottuiError, match="exclude each other"):
        await perform(bench, "sync-force", flags=("replace", "server_side"))


async def test_another_revision_is_refused_while_auto_sync_would_undo_it(bench: Bench) -> None:
    bench.api.change(PATH, {"spec": {"syncPolicy": {"automated": {}}}})
    with pytest.raises(SpottuiError, match="auto-sync is set to main and would undo"):
        await perform(bench, "sync", revision="v1")
    for revision in ("main", SHA):  # its own, and what it is compared with
        end(bench)
        await perform(bench, "sync", revision=revision)
    end(bench)
    await perform(bench, "sync-dry-run", revision="v1")
    assert len(bench.commands) == 3


async def test_several_sources_want_a_revision_each(bench: Bench) -> None:
    bench.api.change(PATH, {"spec": {"sources": [{"repoURL": "a"}, {"repoURL": "b"}], "source": None}})
    for revision in ("v1", "v1,", "a,b,c"):
        with pytest.raises(SpottuiError, match="has 2 sources: name a revision for each"):
            await perform(bench, "sync", revision=revision)
    end(bench)
    await perform(bench, "sync", revision="v1, 1.4.2")
    assert sent_sync(bench) == {**OWN, "revisions": ["v1", "1.4.2"]}


async def fields(bench: Bench, name: str) -> dict[str, Field]:
    found = await bench.runner.fields(by_id(f"application.{name}"), APPLICATION)
    return {field.name: field for field in found}


async def test_the_form_asks_for_resources_and_retries_only_where_they_are_wanted(bench: Bench) -> None:
    asked = await fields(bench, "sync-options")
    resources, retry = asked["resources"].asked_if, asked["retry"].asked_if
    assert resources is not None and retry is not None
    assert not resources({"flags": ("server_side",)}) and resources({"flags": ("select",)})
    assert not retry({}) and retry({"flags": ("retry",)})
    offered = {pick.value for pick in asked["flags"].picks}
    assert offered.isdisjoint({"prune", "force", "replace"}), "those are for the other action"
    worst = {pick.value for pick in (await fields(bench, "sync-force"))["flags"].picks}
    assert {"prune", "force", "replace"} | offered == worst


def test_two_thousand_resources_can_be_selected_from_those_that_differ_first() -> None:
    rows = [{"kind": "ConfigMap", "name": f"c-{number}", "status": "Synced"} for number in range(1999)]
    rows += [{**CAMERA, "version": "v1", "status": "OutOfSync"}, {"kind": "Job", "name": "pre", "hook": True}]
    picks = resource_picks({"status": {"resources": rows}})
    assert len(picks) == 2000
    assert (picks[0].value, picks[0].title, picks[0].note) == (CAMERA, "Deployment robot/camera", "OutOfSync")


# -- many --------------------------------------------------------------------------------------------------


def many(bench: Bench, count: int) -> list[Target]:
    targets = []
    for number in range(count):
        name = f"app-{number:02}"
        found = an_app()
        found["metadata"] = {"name": name, "namespace": "argocd", "uid": f"u-{name}"}
        bench.api.put(f"{ARGO}/applications/{name}", found)
        targets.append(Target(kind="Application", namespace="argocd", name=name, uid=f"u-{name}"))

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0.002)  # the clock stands still: how far each one is depends on the others

    bench.runner._services = replace(bench.services, sleep=sleep)
    return targets


def play_controller(bench: Bench, total: int) -> list[int]:
    """End operations once four are in progress, or all that are left; return how many were, as it went."""
    at_once: list[int] = []
    ended: set[str] = set()

    def look(method: str, path: str) -> None:
        waiting = [one for one in bench.api.objects.values() if one.get("operation")]
        at_once.append(len(waiting))
        found = bench.api.objects.get(path, {})
        if method != "GET" or not found.get("operation"):
            return
        if len(waiting) >= 4 or len(waiting) + len(ended) == total:
            ended.add(path)
            state = {"phase": "Succeeded", "operation": found["operation"], "syncResult": {"revision": SHA}}
            bench.api.change(path, {"operation": None, "status": {"operationState": state}})

    bench.api.before = look
    return at_once


async def test_many_are_synced_four_at_a_time_after_one_question(bench: Bench) -> None:
    targets, at_once, heard = many(bench, 14), play_controller(bench, 14), list[str]()
    said = await bench.runner.perform_many(
        by_id("application.sync"),
        targets,
        bench.confirm,
        {},
        lambda one: heard.append(f"{one.target.name} {one.state}"),
    )
    assert said == "14 of 14 synced."
    assert len(bench.questions) == 1 and "Sync 14 objects" in bench.questions[0].text
    assert max(at_once) == 4
    assert {f"{target.name} {state}" for target in targets for state in ("waiting", "running", "done")} == set(heard)


async def test_those_of_many_that_a_window_forbids_are_named_before_and_refused_one_by_one(bench: Bench) -> None:
    targets = many(bench, 3)
    play_controller(bench, 2)
    with_windows(bench, window(applications=["app-01"]))
    said = await bench.runner.perform_many(by_id("application.sync"), targets, bench.confirm)
    assert "1 of them cannot be synced now and will be refused: app-01: No sync runs" in bench.questions[0].text
    assert said.startswith("2 of 3 synced; 1 failed: app-01: No sync runs")
    assert sum("operation" in body for _, body in bench.commands) == 2


# -- bad input ---------------------------------------------------------------------------------------------


async def test_an_unknown_phase_is_waited_for_and_said(bench: Bench) -> None:
    from spottui.errors import OutcomeUnknown

    state = {"phase": "Meditating\x1b[2J", "message": "om"}
    bench.time.at(1, lambda: bench.api.change(PATH, {"status": {"operationState": state}}))
    with pytest.raises(OutcomeUnknown, match=r"last seen: Meditating, om"):
        await perform(bench, "sync")


async def test_an_unknown_sync_status_is_no_comparison(bench: Bench) -> None:
    bench.api.change(PATH, {"status": {"sync": {"status": "Perhaps"}}})
    with pytest.raises(SpottuiError, match="not compared with git now"):
        await perform(bench, "sync-prune")


async def test_a_message_of_five_megabytes_becomes_a_sentence_in_no_time(bench: Bench) -> None:
    import time

    huge = "boom \x00 " * 700_000
    end(bench, 1, "Failed", huge)
    began = time.process_time()
    with pytest.raises(SpottuiError) as caught:
        await perform(bench, "sync")
    assert len(str(caught.value)) < 400 and "boom boom" in str(caught.value)
    assert time.process_time() - began < 1.0


async def test_the_first_three_failed_resources_are_named_and_the_others_counted(bench: Bench) -> None:
    rows = [{"kind": "Pod", "name": f"p-{n}", "status": "SyncFailed", "message": f"no {n}"} for n in range(2000)]
    end(bench, 1, "Failed", "some failed", syncResult={"revision": SHA, "resources": rows})
    with pytest.raises(SpottuiError, match=r"some failed; Pod p-0: no 0; Pod p-1: no 1; Pod p-2: no 2; and 1997 more"):
        await perform(bench, "sync")


@pytest.mark.parametrize("jump", [7200.0, -7200.0])
async def test_a_clock_that_jumps_neither_ends_the_watch_nor_makes_it_endless(bench: Bench, jump: float) -> None:
    def set_clock() -> None:
        bench.time.now += jump

    bench.time.at(1, set_clock)
    ended = {"phase": "Succeeded", "operation": {}, "syncResult": {"revision": SHA}}
    looks = 0

    def look(method: str, path: str) -> None:
        nonlocal looks
        looks += method == "GET" and path == PATH and bool(bench.api.objects[PATH].get("operation"))
        if looks == 12:
            looks += 1
            bench.api.change(PATH, {"operation": None, "status": {"operationState": ended}})

    bench.api.before = look
    said = await perform(bench, "sync")
    assert "synced to a1b2c3d" in said
    seconds = int(said.split(" in ")[1].split()[0])
    assert 5 <= seconds <= 30


async def test_a_clock_that_jumps_back_all_the_time_still_lets_the_watch_end(bench: Bench) -> None:
    from spottui.errors import OutcomeUnknown

    def back(method: str, path: str) -> None:
        bench.time.now -= 100

    bench.api.before = back
    with pytest.raises(OutcomeUnknown, match="has not ended after 180 s"):
        await perform(bench, "sync")


async def test_rows_of_a_history_that_are_nonsense_are_left_alone(bench: Bench) -> None:
    bench.api.change(PATH, {"status": {"history": [3, {"id": "x"}, a_row(1, SHA)], "resources": "none"}})
    end(bench)
    assert "synced" in await perform(bench, "sync")
