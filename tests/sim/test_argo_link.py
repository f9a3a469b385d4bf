"""What the embedded Argo CD says when git, or the link to it, is not well; and how late."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spottui.sim.argo_builders import application
from spottui.sim.argo_git import FAILURES
from tests.sim.argo_bench import (
    APPS,
    CONFIG_MAPS,
    DEPLOYMENTS,
    REPO,
    config_map,
    deployment,
    running,
    synced,
)

BEGIN = "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = "


NO_HOST = (
    'failed to list refs: Get "https://git.example/robot/apps.git/info/refs?service=git-upload-pack": '
    "dial tcp: lookup git.example on 10.0.0.53:53: no such host"
)


async def test_a_lost_link_is_not_told_for_minutes_and_then_everything_is_unknown() -> None:
    async with running() as bench:
        await synced(bench, config_map("one"), deployment("two"))
        bench.git.reachable = False
        seen: list[tuple[int, str, str]] = []
        for second in range(0, 700, 2):
            await bench.step(2)
            seen.append((second, bench.sync(), bench.status()["reconciledAt"]))
        last_good = max(second for second, sync, _ in seen if sync == "Synced")
        assert 350 <= last_good <= 620
        frozen = {at for second, _, at in seen if 200 < second < last_good}
        assert len(frozen) == 1, "reconciledAt stands still meanwhile"
        status = bench.status()
        assert bench.conditions()["ComparisonError"] == BEGIN + NO_HOST
        assert status["sync"] == {**status["sync"], "status": "Unknown", "revision": "main"}
        assert [(row["status"], row["requiresPruning"]) for row in status["resources"]] == [("Unknown", True)] * 2
        assert status["health"]["status"] == "Healthy"
        assert min(at for _, sync, at in seen if sync == "Unknown") > max(frozen), "and moves again with each failure"

        bench.git.reachable = True
        await bench.refresh()
        assert bench.sync() == "Synced"
        assert "ComparisonError" not in bench.conditions()
        assert not any(row.get("requiresPruning") for row in bench.status()["resources"])


async def test_a_restless_pod_does_not_hide_a_lost_link() -> None:
    async with running() as bench:
        await synced(bench, deployment("planner"))
        bench.git.reachable = False
        for second in range(520):
            bench.objects.change(
                DEPLOYMENTS, "nav", "planner", lambda one, second=second: one["status"].update(collisionCount=second)
            )
            await bench.step(1)
        assert bench.sync() == "Unknown"


async def test_a_refresh_shows_a_lost_link_at_once() -> None:
    async with running() as bench:
        await synced(bench)
        bench.git.reachable = False
        await bench.refresh(seconds=0.2)
        assert bench.sync() == "Unknown"
        await bench.step(60)
        assert bench.sync() == "Unknown", "old refs bring nothing back"


async def test_a_link_that_hangs_takes_fifteen_seconds_to_show() -> None:
    async with running() as bench:
        await synced(bench)
        bench.git.fail("timeout")
        await bench.refresh(seconds=10)
        assert "argocd.argoproj.io/refresh" in bench.app()["metadata"]["annotations"]
        assert bench.sync() == "Synced"
        await bench.step(6)
        assert bench.sync() == "Unknown"
        assert "Client.Timeout exceeded while awaiting headers" in bench.conditions()["ComparisonError"]


async def test_while_the_link_is_down_a_sync_ends_in_an_error_and_leaves_the_status_alone() -> None:
    async with running() as bench:
        await synced(bench)
        bench.git.reachable = False
        await bench.refresh()
        before = bench.status()["sync"]
        await bench.start()
        assert bench.state()["phase"] == "Error"
        assert bench.state()["message"] == "ComparisonError: " + BEGIN + NO_HOST
        assert bench.status()["sync"] == before


async def test_a_sync_to_a_fetched_commit_works_offline_and_to_another_does_not() -> None:
    async with running() as bench:
        old = await synced(bench)
        bench.git.commit(REPO, {"nav": [config_map("settings", b="2")]}, "second")
        await bench.start()
        unseen = bench.git.commit(REPO, {"nav": [config_map("settings", b="3")]}, "third")
        bench.git.reachable = False
        await bench.start(revision=old, source=bench.app()["spec"]["source"], syncStrategy={"apply": {}})
        assert bench.state()["phase"] == "Succeeded"
        live = bench.find(CONFIG_MAPS, "settings")
        assert live is not None and live["data"] == {"a": "1"}
        assert bench.status()["history"][-1]["revision"] == old

        await bench.start(revision=unseen)
        assert bench.state()["phase"] == "Error"
        assert "git fetch origin --tags --force --prune` failed exit status 128" in bench.state()["message"]


async def test_an_application_of_a_full_sha_stays_synced_for_ever() -> None:
    async with running() as bench:
        sha = bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add(revision=sha)
        await bench.start()
        bench.git.reachable = False
        await bench.step(3000)
        await bench.refresh()
        assert bench.sync() == "Synced"


@pytest.mark.parametrize("failure", [name for name in FAILURES if name])
async def test_every_failure_of_git_has_a_message_of_its_own(failure: Any) -> None:
    async with running() as bench:
        await synced(bench)
        bench.git.fail(failure, REPO)
        await bench.refresh(seconds=20)
        assert bench.sync() == "Unknown"
        assert bench.conditions()["ComparisonError"].startswith(BEGIN + "failed to list refs: ")


async def test_a_repo_server_that_is_down_is_said_as_such() -> None:
    async with running() as bench:
        await synced(bench)
        bench.argo.repo_server.is_down = True
        await bench.refresh()
        assert "code = Unavailable desc = connection error" in bench.conditions()["ComparisonError"]


async def test_a_wrong_branch_path_and_manifest_are_said_as_the_real_one_does() -> None:
    async with running() as bench:
        broken = (
            'Failed to unmarshal "x.yaml": failed to unmarshal manifest: error converting YAML to JSON: yaml: line 3'
        )
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first", broken={"bad": broken})
        await bench.add("branch", revision="nosuchbranch")
        await bench.add("path", "missing")
        await bench.add("yaml", "bad")
        said = {name: bench.conditions(name)["ComparisonError"] for name in ("branch", "path", "yaml")}
        assert said["branch"] == BEGIN + "unable to resolve 'nosuchbranch' to a commit SHA: revision not found"
        assert said["path"] == BEGIN + "missing: app path does not exist"
        assert said["yaml"].endswith("rpc error: code = FailedPrecondition desc = " + broken)


async def test_a_failure_to_render_over_the_network_is_cached_until_a_hard_refresh() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first", fetching=["nav"])
        await bench.add(seconds=0)
        bench.argo.repo_server.restart()
        await bench.step(1)
        bench.git.commit(REPO, {"nav": [config_map("settings", b="2")]}, "second", fetching=["nav"])
        await bench.argo.repo_server.commit(REPO, bench.git.repositories[REPO].branches["main"])
        # Git answers again while the chart's repository does not: the dependency is what fails.
        sha = bench.git.repositories[REPO].branches["main"]
        bench.edit(lambda app: app["spec"]["source"].update(targetRevision=sha))
        bench.git.reachable = False
        for _ in range(4):
            await bench.refresh(seconds=100)
        cached = "Manifest generation error (cached): `helm dependency build` failed timeout after 1m30s"
        assert bench.conditions()["ComparisonError"] == BEGIN + cached
        bench.git.reachable = True
        await bench.refresh()
        assert bench.sync() == "Unknown", "a normal refresh does not help"
        await bench.refresh("hard")
        assert bench.sync() == "OutOfSync"


async def test_the_messages_are_those_that_were_captured() -> None:
    captured = Path(__file__).parent / "data" / "argo_messages.json"
    texts = [each["message"] for each in json.loads(captured.read_text())]
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add(revision="nosuchbranch")
        assert bench.conditions()["ComparisonError"] in texts
        await bench.add("path", "missing")
        assert bench.conditions("path")["ComparisonError"] in texts
        bench.git.fail("portal")
        await bench.add("portal", seconds=1)
        assert bench.conditions("portal")["ComparisonError"] in texts
        bench.objects.create(APPS, application("p", REPO, "nav", destination="nav", project="nav"))
        await bench.step(1)
        assert bench.conditions("p")["InvalidSpecError"] in texts
