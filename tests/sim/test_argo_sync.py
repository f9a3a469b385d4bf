"""Operations on Applications of the embedded Argo CD: results, waves, hooks, prune, terminate."""

from __future__ import annotations

from tests.sim.argo_bench import (
    APPS,
    CONFIG_MAPS,
    JOBS,
    REPO,
    Bench,
    annotated,
    config_map,
    deployment,
    hook,
    running,
)


async def test_a_sync_applies_the_manifests_and_says_so_in_every_field() -> None:
    async with running() as bench:
        sha = bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add()
        assert bench.sync() == "OutOfSync"
        assert bench.status()["health"]["status"] == "Missing"

        await bench.start(seconds=0.5)

        state = bench.state()
        assert (state["phase"], state["message"]) == ("Succeeded", "successfully synced (all tasks run)")
        assert "operation" not in bench.app()
        assert state["operation"]["initiatedBy"] == {"username": "ana"}
        assert state["syncResult"]["revision"] == sha
        assert state["syncResult"]["resources"] == [
            {
                "group": "",
                "version": "v1",
                "kind": "ConfigMap",
                "namespace": "nav",
                "name": "settings",
                "status": "Synced",
                "message": "configmap/settings created",
                "hookPhase": "Running",
                "syncPhase": "Sync",
            }
        ]
        live = bench.find(CONFIG_MAPS, "settings")
        assert live is not None
        assert live["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] == "nav:/ConfigMap:nav/settings"
        assert bench.sync() == "Synced"
        assert bench.status()["sync"]["revision"] == sha
        assert bench.status()["resources"] == [
            {"version": "v1", "kind": "ConfigMap", "namespace": "nav", "name": "settings", "status": "Synced"}
        ]


async def test_the_operation_is_pending_until_the_controller_takes_it() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add()
        await bench.start(seconds=0.02)
        assert "operation" in bench.app()
        assert "operationState" not in bench.status()
        await bench.step(0.05)
        assert bench.state()["phase"] in ("Running", "Succeeded")


async def test_history_grows_by_full_syncs_only_and_keeps_its_ids_when_it_is_cut() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings", v="0")]}, "first")
        await bench.add(revisionHistoryLimit=2)
        await bench.start()
        await bench.start(dryRun=True)
        await bench.start(resources=[{"kind": "ConfigMap", "name": "settings"}])
        assert [row["id"] for row in bench.status()["history"]] == [0]
        for number in (1, 2):
            bench.git.commit(REPO, {"nav": [config_map("settings", v=str(number))]}, "next")
            await bench.start(user=f"user{number}")
        rows = bench.status()["history"]
        assert [row["id"] for row in rows] == [1, 2]
        assert rows[-1]["initiatedBy"] == {"username": "user2"}
        assert rows[-1]["source"] == {"repoURL": REPO, "path": "nav", "targetRevision": "main"}
        assert {"deployStartedAt", "deployedAt", "revision"} <= rows[-1].keys()


async def test_a_dry_run_changes_nothing() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add()
        await bench.start(dryRun=True)
        assert bench.state()["phase"] == "Succeeded"
        assert bench.results()["settings"]["message"] == "configmap/settings created (dry run)"
        assert bench.find(CONFIG_MAPS, "settings") is None
        assert "history" not in bench.status()


async def test_prune_takes_away_only_when_it_is_asked_for() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("keep"), config_map("go")]}, "first")
        await bench.add()
        await bench.start()
        bench.git.commit(REPO, {"nav": [config_map("keep")]}, "less")
        await bench.refresh()
        assert bench.sync() == "OutOfSync"
        rows = {row["name"]: row for row in bench.status()["resources"]}
        assert rows["go"]["requiresPruning"] is True
        assert "requiresPruning" not in rows["keep"]

        await bench.start()
        assert bench.results()["go"]["status"] == "PruneSkipped"
        assert bench.results()["go"]["message"] == "ignored (requires pruning)"
        assert bench.find(CONFIG_MAPS, "go") is not None

        await bench.start(prune=True)
        assert (bench.results()["go"]["status"], bench.results()["go"]["message"]) == ("Pruned", "pruned")
        await bench.step(1)
        assert bench.find(CONFIG_MAPS, "go") is None
        assert bench.sync() == "Synced"


async def test_a_resource_may_refuse_to_be_pruned_or_ask_first() -> None:
    async with running() as bench:
        shy = annotated(config_map("shy"), sync_options="Prune=confirm")
        bench.git.commit(REPO, {"nav": [config_map("keep"), shy]}, "first")
        await bench.add()
        await bench.start()
        bench.git.commit(REPO, {"nav": [config_map("keep")]}, "less")
        await bench.start(prune=True)
        assert bench.state()["phase"] == "Running"
        assert bench.state()["message"] == "waiting for pruning confirmation of v1/ConfigMap/shy"
        approved = {"argocd.argoproj.io/deletion-approved": "2026-09-22T13:00:00Z"}
        bench.edit(lambda app: app["metadata"].setdefault("annotations", {}).update(approved))
        await bench.step(3)
        assert bench.state()["phase"] == "Succeeded"
        assert bench.find(CONFIG_MAPS, "shy") is None


async def test_waves_wait_for_health_and_go_up() -> None:
    async with running() as bench:
        second = annotated(config_map("second"), sync_wave="1")
        bench.git.commit(REPO, {"nav": [deployment("first"), second]}, "waves")
        bench.rollout_seconds = 10
        await bench.add()
        await bench.start(seconds=4)
        assert bench.state()["phase"] == "Running"
        assert bench.state()["message"] == "waiting for healthy state of apps/Deployment/first"
        assert bench.find(CONFIG_MAPS, "second") is None
        assert bench.results()["first"]["images"] == ["registry/nav:1"]
        await bench.step(10)
        assert bench.state()["phase"] == "Succeeded"
        assert bench.results()["first"]["hookPhase"] == "Succeeded"
        assert bench.find(CONFIG_MAPS, "second") is not None


async def test_hooks_run_before_and_after_and_their_rows_say_how_they_went() -> None:
    async with running() as bench:
        hooks = [hook("pre", "PreSync"), hook("post", "PostSync", **{_POLICY: "HookSucceeded"})]
        bench.git.commit(REPO, {"nav": [config_map("settings"), *hooks]}, "hooks")
        bench.job_seconds = 5
        await bench.add()
        await bench.start(seconds=3)
        assert bench.state()["message"] == "waiting for completion of hook batch/Job/pre"
        assert bench.find(CONFIG_MAPS, "settings") is None
        await bench.step(20)
        assert bench.state()["phase"] == "Succeeded"
        pre = bench.results()["pre"]
        assert (pre["hookType"], pre["hookPhase"], pre["syncPhase"]) == ("PreSync", "Succeeded", "PreSync")
        assert pre["message"] == "Reached expected number of succeeded pods"
        assert bench.find(JOBS, "post") is None, "its policy takes it away"
        rows = {row["name"]: row for row in bench.status()["resources"]}
        assert rows["pre"]["hook"] is True
        assert "status" not in rows["pre"]
        assert bench.sync() == "Synced"

        await bench.start(seconds=30)
        assert bench.state()["phase"] == "Succeeded", "a hook of before is deleted and made anew"


_POLICY = "argocd.argoproj.io/hook-delete-policy"


async def test_a_hook_that_fails_fails_the_sync_after_its_failure_hook() -> None:
    async with running() as bench:
        hooks = [hook("pre", "PreSync"), hook("sorry", "SyncFail")]
        bench.git.commit(REPO, {"nav": [config_map("settings"), *hooks]}, "hooks")
        bench.job_outcome = "Failed"
        await bench.add()
        await bench.start(seconds=1)
        bench.clock.call_later(0.5, lambda: setattr(bench, "job_outcome", "Complete"))
        await bench.step(20)
        assert bench.state()["phase"] == "Failed"
        assert bench.state()["message"].startswith("one or more synchronization tasks completed unsuccessfully")
        assert bench.results()["sorry"]["hookType"] == "SyncFail"
        assert bench.find(CONFIG_MAPS, "settings") is None


async def test_an_apply_strategy_runs_no_hooks() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings"), hook("pre", "PreSync")]}, "hooks")
        await bench.add()
        await bench.start(syncStrategy={"apply": {}})
        assert bench.state()["phase"] == "Succeeded"
        assert list(bench.results()) == ["settings"]


async def test_terminate_ends_a_running_hook_and_leaves_what_was_applied() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings"), hook("post", "PostSync")]}, "hooks")
        bench.job_seconds = 1000
        await bench.add()
        await bench.start(seconds=5)
        assert bench.state()["message"] == "waiting for completion of hook batch/Job/post"
        bench.edit(lambda app: app["status"]["operationState"].update(phase="Terminating"))
        await bench.step(0.1)
        assert bench.state()["message"] == "operation is terminating"
        await bench.step(2)
        assert (bench.state()["phase"], bench.state()["message"]) == ("Failed", "Operation terminated")
        assert bench.find(JOBS, "post") is None
        assert bench.find(CONFIG_MAPS, "settings") is not None


async def test_a_terminate_after_the_end_leaves_a_ghost_that_the_next_start_clears() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add()
        await bench.start()
        bench.edit(lambda app: app["status"]["operationState"].update(phase="Terminating"))
        await bench.step(300)
        assert bench.state()["phase"] == "Terminating"
        assert "operation" not in bench.app()
        await bench.start()
        assert bench.state()["phase"] == "Succeeded"


async def test_a_state_that_is_left_is_mixed_into_the_next_operation() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings"), hook("pre", "PreSync")]}, "first")
        await bench.add()
        await bench.start(seconds=10)
        bench.job_seconds = 100
        bench.edit(lambda app: app.update(operation={"initiatedBy": {"username": "bo"}, "sync": {}}))
        await bench.step(0.07)
        state = bench.state()
        assert state["phase"] == "Running"
        assert state["message"] == "successfully synced (all tasks run)", "the old message shines through"
        assert state["operation"]["initiatedBy"] == {"username": "bo"}


async def test_a_second_operation_takes_the_place_of_the_first() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings"), hook("post", "PostSync")]}, "hooks")
        bench.job_seconds = 1000
        await bench.add()
        await bench.start(seconds=5)
        await bench.start(user="bo", syncStrategy={"apply": {}})
        assert bench.state()["phase"] == "Succeeded"
        assert bench.state()["operation"]["initiatedBy"] == {"username": "bo"}


async def test_selected_resources_only_and_a_selection_of_nothing_succeeds() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("one"), config_map("two")]}, "first")
        await bench.add()
        await bench.start(resources=[{"kind": "ConfigMap", "name": "two"}])
        assert list(bench.results()) == ["two"]
        assert bench.sync() == "OutOfSync"
        await bench.start(resources=[{"kind": "ConfigMap", "name": "three"}])
        assert bench.state()["message"] == "successfully synced (no more tasks)"
        assert bench.state()["syncResult"]["resources"] == []


async def test_out_of_sync_only_applies_nothing_that_is_right() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("one"), config_map("two")]}, "first")
        await bench.add()
        await bench.start()
        bench.git.commit(REPO, {"nav": [config_map("one"), config_map("two", b="2")]}, "second")
        await bench.start(syncOptions=["ApplyOutOfSyncOnly=true"])
        assert list(bench.results()) == ["two"]


async def test_an_operation_goes_on_after_the_controller_was_restarted() -> None:
    bench = Bench()
    bench.job_seconds = 8
    async with running(bench):
        bench.git.commit(REPO, {"nav": [config_map("settings"), hook("post", "PostSync")]}, "hooks")
        await bench.add()
        await bench.start(seconds=4)
        assert bench.state()["phase"] == "Running"
    started = bench.state()["startedAt"]
    await bench.step(10)
    async with running(bench):
        await bench.step(5)
        assert (bench.state()["phase"], bench.state()["startedAt"]) == ("Succeeded", started)


async def test_an_application_that_goes_in_the_middle_is_no_trouble() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings"), hook("post", "PostSync")]}, "hooks")
        bench.git.fail("timeout")
        await bench.add(seconds=0.1)
        bench.objects.delete(APPS, "argocd", "nav")
        await bench.step(30)
        assert bench.objects.find(APPS, "argocd", "nav") is None
