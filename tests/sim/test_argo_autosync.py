"""Auto-sync, self-heal, rollback and sync windows of the embedded Argo CD."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spottui.sim.argo_builders import app_project, sync_window
from spottui.sim.argo_windows import BadWindow, can_sync, duration, matching
from spottui.sim.objects import Object
from tests.sim.argo_bench import CONFIG_MAPS, DEPLOYMENTS, PROJECTS, REPO, Bench, config_map, deployment, running

VECTORS = Path(__file__).parent.parent / "verdicts" / "data" / "argocd_window_vectors.jsonl"
NOT_READ_BY_CRONSIM = ("0 0 30 2 *", "* * * * 7")


async def test_auto_sync_deploys_a_commit_as_soon_as_it_is_found() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add(auto=True, options=["ApplyOutOfSyncOnly=true"], seconds=2)
        assert bench.sync() == "Synced"
        operation = bench.state()["operation"]
        assert operation["initiatedBy"] == {"automated": True}
        assert operation["retry"] == {"limit": 5}
        assert operation["sync"]["syncOptions"] == ["ApplyOutOfSyncOnly=true"]
        sha = bench.git.commit(REPO, {"nav": [config_map("settings", b="2")]}, "second")
        await bench.refresh(seconds=2)
        assert bench.status()["history"][-1]["revision"] == sha
        assert bench.sync() == "Synced"


async def test_auto_sync_that_is_not_enabled_does_nothing() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add(syncPolicy={"automated": {"enabled": False, "selfHeal": True}}, seconds=300)
        assert bench.sync() == "OutOfSync"
        assert "operationState" not in bench.status()
        bench.edit(lambda app: app["spec"]["syncPolicy"]["automated"].pop("enabled"))
        await bench.step(200)
        assert bench.sync() == "Synced"


async def test_a_rollback_under_auto_sync_is_undone_in_under_a_second() -> None:
    async with running() as bench:
        old = bench.git.commit(REPO, {"nav": [config_map("settings", v="1")]}, "first")
        await bench.add(auto=True, seconds=2)
        new = bench.git.commit(REPO, {"nav": [config_map("settings", v="2")]}, "second")
        await bench.refresh(seconds=2)
        source = bench.status()["history"][0]["source"]
        await bench.start(revision=old, source=source, syncStrategy={"apply": {}}, seconds=0.9)
        live = bench.find(CONFIG_MAPS, "settings")
        assert live is not None and live["data"] == {"v": "2"}
        assert [row["revision"] for row in bench.status()["history"]] == [old, new, old, new]


async def test_a_rollback_without_auto_sync_stays_and_turning_it_on_again_undoes_it() -> None:
    async with running() as bench:
        old = bench.git.commit(REPO, {"nav": [config_map("settings", v="1")]}, "first")
        await bench.add(auto=True, seconds=2)
        bench.git.commit(REPO, {"nav": [config_map("settings", v="2")]}, "second")
        await bench.refresh(seconds=2)
        bench.edit(lambda app: app["spec"]["syncPolicy"]["automated"].update(enabled=False))
        await bench.start(revision=old, source=bench.app()["spec"]["source"], syncStrategy={"apply": {}})
        await bench.step(400)
        assert bench.status()["history"][-1]["revision"] == old
        assert bench.sync() == "OutOfSync"
        bench.edit(lambda app: app["spec"]["syncPolicy"]["automated"].update(enabled=None))
        await bench.refresh(seconds=2)
        assert bench.sync() == "Synced"


async def test_self_heal_puts_back_what_was_changed_by_hand_ever_more_slowly() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [deployment("planner"), config_map("settings")]}, "first")
        await bench.add(auto=True, self_heal=True, seconds=10)

        def scale(one: Object) -> None:
            one["spec"]["replicas"] = 9

        waits = []
        for _ in range(4):
            bench.objects.change(DEPLOYMENTS, "nav", "planner", scale)
            began = bench.clock.now()
            while _replicas(bench) == 9:
                await bench.step(0.5)
            waits.append(bench.clock.now() - began)
            await bench.step(0.2)
        assert waits[0] <= 1.0
        assert waits == sorted(waits)
        assert waits[3] > 10
        state = bench.state()
        assert state["operation"]["sync"]["autoHealAttemptsCount"] == 4
        assert [row["name"] for row in state["syncResult"]["resources"]] == ["planner"], "only what had drifted"
        assert len(bench.status()["history"]) == 1


def _replicas(bench: Bench) -> int:
    live = bench.find(DEPLOYMENTS, "planner")
    assert live is not None
    return live["spec"]["replicas"]


async def test_without_self_heal_drift_stays() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [deployment("planner")]}, "first")
        await bench.add(auto=True, seconds=5)
        bench.objects.change(DEPLOYMENTS, "nav", "planner", lambda one: one["spec"].update(replicas=9))
        await bench.step(600)
        assert bench.sync() == "OutOfSync"
        assert _replicas(bench) == 9


async def test_a_failed_automated_sync_is_retried_and_then_never_again_for_the_same_commit() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        retry = {"limit": 1, "backoff": {"duration": "5s"}}
        await bench.add(destination="fresh", syncPolicy={"automated": {}, "retry": retry}, seconds=30)
        state = bench.state()
        assert state["phase"] == "Failed"
        assert state["message"].endswith("(retried 1 times).")
        sha = bench.status()["sync"]["revision"]
        assert bench.conditions()["SyncError"] == f"Failed last sync attempt to [{sha}]: {state['message']}"
        started = state["startedAt"]
        await bench.step(600)
        assert bench.state()["startedAt"] == started


async def test_auto_prune_takes_away_but_never_everything() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("one"), config_map("two")]}, "first")
        await bench.add(auto=True, prune=True, seconds=3)
        bench.git.commit(REPO, {"nav": [config_map("one")]}, "less")
        await bench.refresh(seconds=3)
        assert bench.find(CONFIG_MAPS, "two") is None
        sha = bench.git.commit(REPO, {"nav": []}, "nothing")
        await bench.refresh(seconds=3)
        assert bench.find(CONFIG_MAPS, "one") is not None
        said = f"Skipping sync attempt to [{sha}]: auto-sync will wipe out all resources"
        assert bench.conditions()["SyncError"] == said


async def test_auto_sync_without_prune_leaves_what_is_too_much() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("one"), config_map("two")]}, "first")
        await bench.add(auto=True, seconds=3)
        before = bench.state()["startedAt"]
        bench.git.commit(REPO, {"nav": [config_map("one")]}, "less")
        await bench.refresh(seconds=3)
        assert bench.sync() == "OutOfSync"
        assert bench.state()["startedAt"] == before


# -- windows ---------------------------------------------------------------------------------------


def _with_windows(*windows: Object) -> Bench:
    bench = Bench()
    bench.objects.put(PROJECTS, app_project(windows=windows))
    return bench


async def test_an_operation_under_a_deny_window_runs_for_ever_and_so_does_its_termination() -> None:
    async with running(_with_windows(sync_window("deny", "0 11 * * *", "2h"))) as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add()
        await bench.start(seconds=600)
        assert bench.state()["phase"] == "Running"
        assert bench.state()["message"] == "Sync operation blocked by sync window"
        assert bench.state()["syncResult"]["revision"] == ""
        bench.edit(lambda app: app["status"]["operationState"].update(phase="Terminating"))
        await bench.step(600)
        assert bench.state()["phase"] == "Terminating"
        bench.offset += 3600  # one o'clock: the window has closed
        await bench.step(200)
        assert (bench.state()["phase"], bench.state()["message"]) == ("Failed", "Operation terminated")


async def test_a_blocked_operation_runs_once_the_window_allows_it() -> None:
    async with running(_with_windows(sync_window("deny", "0 11 * * *", "2h"))) as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add()
        await bench.start()
        bench.offset += 3600
        await bench.step(200)
        assert bench.state()["phase"] == "Succeeded"


async def test_a_manual_sync_that_a_window_lets_through_seems_blocked_for_a_moment() -> None:
    async with running(_with_windows(sync_window("deny", "0 11 * * *", "2h", manualSync=True))) as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add()
        await bench.start(seconds=0.07)
        assert bench.state()["message"] == "Sync operation blocked by sync window"
        await bench.step(1)
        assert bench.state()["phase"] == "Succeeded"


async def test_auto_sync_waits_outside_of_its_allow_window() -> None:
    async with running(_with_windows(sync_window("allow", "0 13 * * *", "1h", timeZone="UTC"))) as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add(auto=True)
        assert "operationState" not in bench.status()
        bench.offset += 3700
        await bench.step(200)
        assert bench.sync() == "Synced"


async def test_a_window_that_cannot_be_read_blocks_and_says_why() -> None:
    async with running(_with_windows(sync_window("deny", "0 11 * * *", "two hours"))) as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add()
        await bench.start()
        said = 'Sync operation blocked by sync window: invalid sync windows: time: invalid duration "two hours"'
        assert bench.state()["message"] == said


async def test_windows_of_a_global_project_count_as_well() -> None:
    bench = Bench()
    window = sync_window("deny", "0 11 * * *", "2h")
    bench.objects.create(PROJECTS, app_project("everywhere", windows=[window]))
    bench.objects.change(
        PROJECTS, "argocd", "default", lambda project: project["metadata"].update(labels={"fleet": "spot"})
    )
    rule = "- projectName: everywhere\n  labelSelector:\n    matchExpressions:\n"
    rule += "    - {key: fleet, operator: In, values: [spot]}\n"
    config = {"metadata": {"name": "argocd-cm", "namespace": "argocd"}, "data": {"globalProjects": rule}}
    bench.objects.create(CONFIG_MAPS, config)
    async with running(bench):
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add()
        await bench.start()
        assert bench.state()["message"] == "Sync operation blocked by sync window"


def _vectors() -> Iterator[dict[str, Any]]:
    for line in VECTORS.read_text().splitlines():
        vector = json.loads(line)
        if not any(window["schedule"] in NOT_READ_BY_CRONSIM for window in vector["w"]):
            yield vector


def test_windows_are_matched_and_evaluated_as_argo_cd_does() -> None:
    count = 0
    for vector in _vectors():
        windows = matching(vector["w"], vector["app"])
        assert [vector["w"].index(window) for window in windows] == vector["m"]
        for is_manual in (False, True):
            for is_running in (False, True):
                started = vector["st"] if is_running else None
                try:
                    found: bool | str = can_sync(windows, vector["now"], is_manual=is_manual, started=started)
                except BadWindow:
                    found = "err"
                assert found == vector[f"{is_manual}{is_running}".lower()], vector
                count += 1
    assert count > 500


@pytest.mark.parametrize(
    ("text", "seconds"), [("1h30m", 5400.0), ("45m", 2700.0), ("1.5h", 5400.0), ("90s", 90.0), ("100ms", 0.1)]
)
def test_a_go_duration_is_read(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "1d", "h", "1 h", "3a", "1h-", "99999999999999999999"])
def test_what_is_no_go_duration_is_refused(text: str) -> None:
    with pytest.raises(BadWindow):
        duration(text)
