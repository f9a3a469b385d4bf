"""The acts on Applications and the simulated Argo CD: what the controller makes of what they send."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from spottui.actions.services import Unfinished
from spottui.errors import SpottuiError
from spottui.sim.argo_builders import sync_window
from spottui.sim.objects import Object
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_counters import Counters
from spottui.sources.kubeconfig import find_cluster
from tests.argo_served import Field, in_the_field
from tests.sim.argo_bench import (
    APPS,
    CONFIG_MAPS,
    DEPLOYMENTS,
    NOON,
    PROJECTS,
    REPO,
    Bench,
    config_map,
    deployment,
    hook,
    synced,
)

ROADS = ("kubernetes", "rest")


@pytest.fixture(params=ROADS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Field]:
    """Everything holds on both roads, but where a test says otherwise."""
    async with in_the_field(tmp_path, request.param) as one:
        yield one


only_kubernetes = pytest.mark.parametrize("site", ["kubernetes"], indirect=True)


async def two_revisions(bench: Bench, **more: Any) -> tuple[str, str]:
    """Deploy a first and then a second commit; return both."""
    first = await synced(bench, config_map("settings", v="1"), **more)
    second = bench.git.commit(REPO, {"nav": [config_map("settings", v="2")]}, "second")
    await bench.refresh()
    if not more.get("auto"):
        await bench.start()
    await bench.step(5)
    assert bench.sync() == "Synced" and value(bench) == "2"
    return first, second


def value(bench: Bench) -> str:
    found = bench.find(CONFIG_MAPS, "settings")
    assert found is not None
    return found["data"]["v"]


def windows(bench: Bench, *rows: Object) -> None:
    def change(project: Object) -> None:
        project["spec"]["syncWindows"] = list(rows)

    assert bench.objects.change(PROJECTS, "argocd", "default", change) is not None


# -- syncs -------------------------------------------------------------------------------------------------


async def test_a_sync_with_everything_chosen_is_run_and_read_back(site: Field) -> None:
    bench = site.bench
    await synced(bench, config_map("settings", v="1"), deployment("planner"))
    bench.git.commit(REPO, {"nav": [config_map("settings", v="2"), deployment("planner", "nav:2")]}, "second")
    await bench.refresh()
    resources = ({"kind": "ConfigMap", "namespace": "nav", "name": "settings"},)
    said = await site.perform("sync-options", flags=("select", "server_side"), resources=resources, retry=1)
    assert said.startswith("nav: synced to ")
    planner = bench.find(DEPLOYMENTS, "planner")
    assert value(bench) == "2" and planner is not None
    assert planner["spec"]["template"]["spec"]["containers"][0]["image"] == "registry/nav:1", "it was not selected"
    assert len(bench.status()["history"]) == 1, "a sync of some resources leaves no row"
    operation = bench.state()["operation"]
    assert operation["retry"] == {"limit": 1} and "ServerSideApply=true" in operation["sync"]["syncOptions"]


async def test_selected_resources_that_git_does_not_have_are_told(site: Field) -> None:
    await synced(site.bench)
    with pytest.raises(SpottuiError, match="none of the selected resources is in git"):
        await site.perform("sync", resources=({"kind": "ConfigMap", "name": "gone"},))


async def test_force_makes_anew_what_cannot_be_changed_and_a_plain_sync_says_why_not(site: Field) -> None:
    bench = site.bench
    await synced(bench, deployment("planner"))
    other = deployment("planner")
    other["spec"]["selector"]["matchLabels"]["app"] = "other"
    bench.git.commit(REPO, {"nav": [other]}, "other selector")
    with pytest.raises(SpottuiError, match=r'sync failed: .*Deployment\.apps "planner" is invalid: spec\.selector'):
        await site.perform("sync")
    before = bench.find(DEPLOYMENTS, "planner")
    await site.perform("sync-force", flags=("force",))
    after = bench.find(DEPLOYMENTS, "planner")
    assert before is not None and after is not None and before["metadata"]["uid"] != after["metadata"]["uid"]


async def test_a_dry_run_of_a_prune_changes_nothing(site: Field) -> None:
    bench = site.bench
    await synced(bench, config_map("settings", v="1"), config_map("extra"))
    bench.git.commit(REPO, {"nav": [config_map("settings", v="1")]}, "less")
    await bench.refresh()
    said = await site.perform("sync-dry-run", prune=True)
    assert "nothing was changed" in said and bench.find(CONFIG_MAPS, "extra") is not None
    await site.perform("sync-prune")
    await bench.step(1)  # it goes in the foreground
    assert bench.find(CONFIG_MAPS, "extra") is None
    assert "To be deleted: ConfigMap extra." in site.questions[1].text


async def test_many_are_synced_and_one_of_them_that_a_window_forbids_is_left_alone(site: Field) -> None:
    from spottui.actions.registry import by_id

    bench = site.bench
    names = [f"nav-{number}" for number in range(5)]
    bench.git.commit(REPO, {name: [config_map(name)] for name in names}, "all")
    for name in names:
        await bench.add(name, name)
    windows(bench, sync_window("deny", "0 0 * * *", "24h", applications=["nav-3"]))
    heard: list[str] = []
    said = await site.runner.perform_many(
        by_id("application.sync"),
        [site.target(name) for name in names],
        site._yes,
        progress=lambda one: heard.append(one.state),
    )
    assert said.startswith("4 of 5 synced; 1 failed: nav-3: No sync runs")
    assert "operation" not in bench.app("nav-3") and "operationState" not in bench.status("nav-3")
    assert heard.count("done") == 4 and heard.count("failed") == 1


# -- windows -----------------------------------------------------------------------------------------------


async def test_rule_5_what_is_refused_here_would_hang_there(site: Field) -> None:
    bench = site.bench
    await synced(bench)
    windows(bench, sync_window("deny", "0 0 * * *", "24h"))
    with pytest.raises(SpottuiError, match="is open"):
        await site.perform("sync")
    assert "operation" not in bench.app()
    await bench.start()
    assert (bench.state()["phase"], bench.state()["message"]) == ("Running", "Sync operation blocked by sync window")


async def test_a_window_that_shuts_right_after_the_request_is_told_as_what_it_is(site: Field) -> None:
    bench = site.bench
    await synced(bench)
    windows(bench, sync_window("allow", "0 11 * * *", "1h", manualSync=False))
    bench.offset = NOON - bench.clock.now() - 0.03  # the controller looks when it has shut
    with pytest.raises(SpottuiError, match=r"blocked by a sync window .* stays queued"):
        await site.perform("sync")


@only_kubernetes
async def test_terminate_hangs_with_a_window_and_clearing_frees_the_application(site: Field) -> None:
    bench = site.bench
    await synced(bench)
    windows(bench, sync_window("deny", "0 0 * * *", "24h"))
    await bench.start()
    said = await site.perform("terminate")
    assert isinstance(said, Unfinished) and "a sync window holds it" in said
    assert bench.state()["phase"] == "Terminating"
    assert "is cleared" in await site.perform("force-clear")
    windows(bench)
    assert "synced" in await site.perform("sync")


# -- operations ----------------------------------------------------------------------------------------------


async def test_a_hook_that_runs_is_terminated(site: Field) -> None:
    bench = site.bench
    bench.job_seconds = 1000.0
    bench.git.commit(REPO, {"nav": [hook("pre", "PreSync"), config_map("settings")]}, "first")
    await bench.add()
    await bench.start()
    assert "waiting for completion of hook" in bench.state()["message"]
    with pytest.raises(SpottuiError, match="an operation of ana is in progress"):
        await site.perform("sync")
    said = await site.perform("terminate")
    assert said == "nav: the operation ended (Operation terminated); what it applied stays."
    assert "operation" not in bench.app() and bench.state()["phase"] == "Failed"


async def test_rule_7_a_rollback_with_auto_sync_stays_and_turning_it_on_again_undoes_it(site: Field) -> None:
    bench = site.bench
    first, second = await two_revisions(bench, auto=True, self_heal=True)
    said = await site.perform("rollback")
    assert said.startswith(f"nav: rolled back to {first[:7]}") and "stays off" in said
    await bench.step(600)
    assert value(bench) == "1" and bench.sync() == "OutOfSync"
    await site.perform("auto-sync-on")
    assert f"That replaces {first[:7]}, which is deployed now, by {second[:7]}." in site.questions[-1].text
    await bench.step(5)
    assert value(bench) == "2" and bench.app()["spec"]["syncPolicy"]["automated"] == {"selfHeal": True}


@only_kubernetes
async def test_rule_12_a_rollback_to_a_fetched_revision_needs_no_git(site: Field) -> None:
    bench = site.bench
    first, _ = await two_revisions(bench)
    bench.git.reachable = False
    await bench.refresh()
    assert bench.sync() == "Unknown"
    assert await site.perform("rollback") == f"nav: rolled back to {first[:7]} in 0 s."
    assert "Git is not needed for a revision that Argo CD has fetched before." in site.questions[-1].text
    assert value(bench) == "1"


async def test_rule_8_a_refresh_finds_out_at_once_what_synced_still_hides(site: Field) -> None:
    bench = site.bench
    await synced(bench)
    bench.git.reachable = False
    await bench.step(150)
    assert bench.sync() == "Synced", "the only sign is the age of reconciledAt"
    said = await site.perform("refresh")
    assert said.startswith("nav: refreshed; Unknown: Failed to load target state")


async def test_self_heal_off_lets_a_change_by_hand_stay(site: Field) -> None:
    bench = site.bench
    bench.git.commit(REPO, {"nav": [config_map("settings", v="1")]}, "first")
    await bench.add(auto=True, self_heal=True)
    await bench.step(5)
    await site.perform("self-heal-off")
    bench.objects.change(CONFIG_MAPS, "nav", "settings", lambda found: found["data"].update(v="9"))
    await bench.step(30)
    assert value(bench) == "9"


# -- deletion --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cascade", "stays"), [("none", True), ("foreground", False), ("background", False)])
async def test_a_deletion_takes_along_what_was_chosen(site: Field, cascade: str, stays: bool) -> None:
    bench = site.bench
    await synced(bench, cascade=not stays)
    if stays:
        bench.edit(lambda app: app["metadata"].update(finalizers=["resources-finalizer.argocd.argoproj.io"]))
    said = await site.perform("delete", cascade=cascade)
    assert said.startswith("nav: deleted")
    assert bench.objects.find(APPS, "argocd", "nav") is None
    assert (bench.find(CONFIG_MAPS, "settings") is not None) == stays


# -- the cluster's clock -------------------------------------------------------------------------------------


async def test_the_clusters_clock_is_told_by_its_answers_whatever_ours_says(site: Field) -> None:
    lies = [5e9]
    place = find_cluster(flag=site.kubeconfig, environ={}, home=site.folder, context=None, namespace=None)
    api = KubeApi(place, clock=lambda: lies[0])
    assert api.server_now() == 5e9, "it has not answered yet"
    await api.request("GET", "/version")
    for lies[0] in (0.0, 9e9):
        assert abs(api.server_now() - time.time()) < 3
    await api.close()


def test_a_date_that_is_none_says_nothing() -> None:
    counters = Counters()
    for text in ("", "yesterday", "Tue, 99 Foo 9999 99:99:99 GMT"):
        counters.dated(text)
        assert counters.server_now() is None
