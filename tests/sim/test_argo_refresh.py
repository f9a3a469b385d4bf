"""What the embedded Argo CD says about Applications by itself: refreshes, projects, health, drift, deletion."""

from __future__ import annotations

import pytest

from spottui.sim.argo_builders import app_project, application
from spottui.sim.objects import Object
from tests.sim.argo_bench import (
    APPS,
    CONFIG_MAPS,
    DEPLOYMENTS,
    NAMESPACES,
    PODS,
    PROJECTS,
    REPO,
    annotated,
    config_map,
    deployment,
    hook,
    running,
    synced,
)


async def test_a_refresh_finds_a_new_commit_and_takes_its_annotation_away() -> None:
    async with running() as bench:
        await synced(bench)
        sha = bench.git.commit(REPO, {"nav": [config_map("settings", b="2")]}, "second")
        await bench.step(1)
        assert bench.sync() == "Synced", "nobody has looked yet"
        await bench.refresh(seconds=0.1)
        assert "argocd.argoproj.io/refresh" not in bench.app()["metadata"]["annotations"]
        assert bench.sync() == "OutOfSync"
        assert bench.status()["sync"]["revision"] == sha
        assert "operationState" in bench.status()
        assert len(bench.status()["history"]) == 1, "a refresh starts no sync"


async def test_a_new_commit_is_found_within_three_minutes_and_each_comparison_is_dated() -> None:
    async with running() as bench:
        await synced(bench)
        bench.git.commit(REPO, {"nav": [config_map("settings", b="2")]}, "second")
        dates = set()
        for _ in range(40):
            await bench.step(10)
            dates.add(bench.status()["reconciledAt"])
        assert bench.sync() == "OutOfSync"
        assert 3 <= len(dates) <= 4, "every 120 to 180 seconds"


async def test_the_config_map_sets_the_period_and_zero_is_never() -> None:
    async with running() as bench:
        data = {"timeout.reconciliation": "0s"}
        bench.objects.create(CONFIG_MAPS, {"metadata": {"name": "argocd-cm", "namespace": "argocd"}, "data": data})
        await synced(bench)
        before = bench.status()["reconciledAt"]
        await bench.step(2000)
        assert bench.status()["reconciledAt"] == before


async def test_a_project_refuses_sources_and_destinations_with_the_real_texts() -> None:
    async with running() as bench:
        bench.objects.create(
            PROJECTS, app_project("field", destinations=["nav"], sources=["https://git.example/robot/*"])
        )
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add("good", project="field")
        await bench.add("place", project="field", destination="kube-system")
        bench.objects.create(APPS, application("source", "https://evil/x", "nav", destination="nav", project="field"))
        await bench.step(1)
        assert bench.sync("good") == "OutOfSync"
        assert bench.conditions("place") == {
            "InvalidSpecError": "application destination server 'https://kubernetes.default.svc' and namespace "
            "'kube-system' do not match any of the allowed destinations in project 'field'"
        }
        assert bench.sync("place") == "Unknown"
        assert bench.status("place")["health"]["status"] == "Unknown"
        assert "reconciledAt" not in bench.status("place")
        wrong = "application repo https://evil/x is not permitted in project 'field'"
        assert bench.conditions("source") == {"InvalidSpecError": wrong}
        await bench.start("source")
        assert bench.state("source")["phase"] == "Error"
        assert bench.state("source")["message"].startswith("InvalidSpecError: " + wrong)

        bench.objects.change(PROJECTS, "argocd", "field", lambda project: project["spec"].update(sourceRepos=["*"]))
        await bench.step(1)
        assert "InvalidSpecError" not in bench.conditions("source"), "a change of the project is noticed"


async def test_an_application_outside_argos_namespace_needs_its_projects_leave() -> None:
    async with running() as bench:
        bench.objects.create(APPS, application("nav", REPO, "nav", destination="nav", namespace="nav"))
        await bench.step(1)
        app = bench.objects.get(APPS, "nav", "nav")
        said = "application 'nav' in namespace 'nav' is not permitted to use project 'default'"
        assert app["status"]["conditions"][0]["message"] == said
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        bench.objects.change(
            PROJECTS, "argocd", "default", lambda project: project["spec"].update(sourceNamespaces=["n*"])
        )
        await bench.step(1)
        assert bench.objects.get(APPS, "nav", "nav")["status"]["sync"]["status"] == "OutOfSync"


async def test_health_comes_from_what_lives_and_images_from_its_pods() -> None:
    async with running() as bench:
        bench.rollout_seconds = 20
        bench.git.commit(REPO, {"nav": [deployment("planner"), config_map("settings")]}, "first")
        await bench.add()
        await bench.start(seconds=1)
        assert bench.status()["health"]["status"] == "Progressing"
        live = bench.find(DEPLOYMENTS, "planner")
        assert live is not None
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "planner", "uid": live["metadata"]["uid"]}
        pod = {"metadata": {"name": "p", "namespace": "nav", "ownerReferences": [owner]}}
        bench.objects.create(PODS, {**pod, "spec": {"containers": [{"name": "main", "image": "registry/nav:1"}]}})
        await bench.step(30)
        status = bench.status()
        assert status["health"]["status"] == "Healthy"
        assert status["summary"] == {"images": ["registry/nav:1"]}
        assert "health" not in status["resources"][0]
        assert status["resourceHealthSource"] == "appTree"

        def stall(one: Object) -> None:
            why = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
            one["status"]["conditions"] = [why]

        bench.objects.change(DEPLOYMENTS, "nav", "planner", stall)
        await bench.step(0.2)
        assert bench.status()["health"]["status"] == "Degraded"


async def test_health_is_kept_in_the_rows_when_the_parameter_says_so() -> None:
    async with running() as bench:
        data = {"controller.resource.health.persist": "true"}
        meta = {"name": "argocd-cmd-params-cm", "namespace": "argocd"}
        bench.objects.create(CONFIG_MAPS, {"metadata": meta, "data": data})
        await synced(bench, deployment("planner"))
        await bench.step(3)
        assert bench.status()["resources"][0]["health"] == {"status": "Healthy"}
        assert "resourceHealthSource" not in bench.status()


async def test_drift_is_seen_in_what_the_manifest_names_and_nowhere_else() -> None:
    async with running() as bench:
        await synced(bench, deployment("planner", replicas=2))
        bench.objects.change(
            DEPLOYMENTS, "nav", "planner", lambda one: one["spec"].update(minReadySeconds=5, paused=True)
        )
        await bench.step(1)
        assert bench.sync() == "Synced"
        bench.objects.change(DEPLOYMENTS, "nav", "planner", lambda one: one["spec"].update(replicas=7))
        await bench.step(1)
        assert bench.sync() == "OutOfSync"


async def test_ignored_differences_do_not_count_and_may_be_respected() -> None:
    async with running() as bench:
        rule = {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}
        await synced(bench, deployment("planner", replicas=2), ignoreDifferences=[rule])
        bench.objects.change(DEPLOYMENTS, "nav", "planner", lambda one: one["spec"].update(replicas=7))
        await bench.step(1)
        assert bench.sync() == "Synced"
        await bench.start(syncOptions=["RespectIgnoreDifferences=true"])
        live = bench.find(DEPLOYMENTS, "planner")
        assert live is not None and live["spec"]["replicas"] == 7
        await bench.start()
        live = bench.find(DEPLOYMENTS, "planner")
        assert live is not None and live["spec"]["replicas"] == 2


async def test_an_app_of_apps_makes_children_that_carry_its_tracking_id() -> None:
    async with running() as bench:
        child = application("child", REPO, "child", destination="nav")
        bench.git.commit(REPO, {"apps": [child], "child": [config_map("c")]}, "first")
        await bench.add("parent", "apps", destination="argocd")
        await bench.start("parent")
        found = bench.app("child")["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"]
        assert found == "parent:argoproj.io/Application:argocd/child"
        assert bench.status("parent")["summary"] == {"isAppOfApps": True}
        assert bench.status("parent")["health"]["status"] == "Healthy", "a child's health is not its parent's"
        assert bench.sync("child") == "OutOfSync"


async def test_one_object_of_two_applications_is_warned_about() -> None:
    async with running() as bench:
        await synced(bench)
        await bench.add("twin")
        said = "ConfigMap/settings is part of applications argocd/twin and nav"
        assert bench.conditions("twin") == {"SharedResourceWarning": said}
        await bench.start("twin", syncOptions=["FailOnSharedResource=true"])
        assert (bench.state("twin")["phase"], bench.state("twin")["message"]) == (
            "Failed",
            f"Shared resource found: {said}",
        )


async def test_a_manifest_that_is_there_twice_and_orphans_are_warned_about() -> None:
    async with running() as bench:
        bench.objects.change(
            PROJECTS, "argocd", "default", lambda project: project["spec"].update(orphanedResources={"warn": True})
        )
        bench.objects.create(CONFIG_MAPS, {"metadata": {"name": "forgotten", "namespace": "nav"}})
        bench.git.commit(REPO, {"nav": [config_map("settings"), config_map("settings")]}, "first")
        await bench.add()
        assert bench.conditions() == {
            "RepeatedResourceWarning": "Resource /ConfigMap/nav/settings appeared 2 times among application resources.",
            "OrphanedResourceWarning": "Application has 1 orphaned resources",
        }


async def test_several_sources_have_several_revisions() -> None:
    async with running() as bench:
        other = "https://git.example/robot/values.git"
        first = bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        second = bench.git.commit(other, {"extra": [config_map("extra")]}, "first")
        sources = [
            {"repoURL": REPO, "path": "nav", "targetRevision": "main"},
            {"repoURL": other, "targetRevision": "main", "ref": "values"},
        ]
        bench.objects.create(APPS, application("nav", REPO, "nav", destination="nav", sources=sources))
        await bench.step(1)
        assert bench.status()["sync"]["revisions"] == [first, second]
        await bench.start()
        assert bench.state()["phase"] == "Succeeded"
        row = bench.status()["history"][-1]
        assert (row["revisions"], row["sources"], row["source"]) == ([first, second], sources, {"repoURL": ""})
        assert bench.status()["sourceTypes"] == ["Directory", "Directory"]


async def test_a_paused_application_is_left_alone() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add(annotations={"argocd.argoproj.io/skip-reconcile": "true"})
        await bench.start()
        assert "status" not in bench.app() or bench.status() == {}
        assert "operation" in bench.app()


@pytest.mark.parametrize("cascades", [True, False])
async def test_deleting_an_application_takes_its_objects_along_when_it_has_the_finalizer(cascades: bool) -> None:
    async with running() as bench:
        keep = annotated(config_map("keep"), sync_options="Delete=false")
        await synced(bench, config_map("one"), deployment("two"), keep, cascade=cascades)
        bench.objects.delete(APPS, "argocd", "nav")
        await bench.step(3)
        assert bench.objects.find(APPS, "argocd", "nav") is None
        assert (bench.find(CONFIG_MAPS, "one") is None) is cascades
        assert (bench.find(DEPLOYMENTS, "two") is None) is cascades
        assert bench.find(CONFIG_MAPS, "keep") is not None


async def test_a_hook_alone_makes_nothing_out_of_sync() -> None:
    async with running() as bench:
        await synced(bench, config_map("settings"), hook("pre", "PreSync"))
        bench.git.commit(REPO, {"nav": [config_map("settings"), hook("other", "PostSync")]}, "hooks only")
        await bench.refresh()
        assert bench.sync() == "Synced"


async def test_managed_namespace_metadata_is_kept_up() -> None:
    async with running() as bench:
        policy = {"managedNamespaceMetadata": {"labels": {"team": "nav"}}}
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add(destination="fresh", syncPolicy=policy)
        await bench.start(syncOptions=["CreateNamespace=true"], seconds=5)
        assert bench.state()["phase"] == "Succeeded"
        namespace = bench.objects.get(NAMESPACES, "", "fresh")
        assert namespace["metadata"]["labels"]["team"] == "nav"
        assert bench.state()["syncResult"]["managedNamespaceMetadata"] == policy["managedNamespaceMetadata"]
