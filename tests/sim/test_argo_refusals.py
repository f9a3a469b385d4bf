"""Operations of the embedded Argo CD that fail: what is refused, in which words, and how it is retried."""

from __future__ import annotations

from typing import Any

from spottui.sim.objects import Object, copy_of
from tests.sim.argo_bench import (
    DEPLOYMENTS,
    NAMESPACES,
    PROJECTS,
    REPO,
    Bench,
    config_map,
    deployment,
    running,
)


async def test_an_operation_without_a_sync_is_an_error() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add()
        bench.edit(lambda app: app.update(operation={"initiatedBy": {"username": "ana"}}))
        await bench.step(1)
        assert bench.state()["phase"] == "Error"
        assert bench.state()["message"] == "Invalid operation request: no operation specified"
        assert "operation" not in bench.app()


async def test_options_and_retry_of_the_spec_are_not_merged_into_an_operation() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add(destination="fresh", options=["CreateNamespace=true"])
        await bench.start()
        assert bench.state()["phase"] == "Failed"
        assert bench.state()["message"] == 'one or more objects failed to apply, reason: namespaces "fresh" not found'
        assert bench.results()["settings"]["status"] == "SyncFailed"
        assert "retryCount" not in bench.state()

        await bench.start(syncOptions=["CreateNamespace=true"], seconds=0.07)
        assert bench.state()["message"] == "waiting for healthy state of /Namespace/fresh"
        await bench.step(5)
        assert bench.state()["phase"] == "Succeeded"
        assert bench.objects.find(NAMESPACES, "", "fresh") is not None


async def test_a_failed_operation_is_retried_with_the_real_messages() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add(destination="fresh")
        await bench.start(retry={"limit": 2, "backoff": {"duration": "10s", "factor": 2}}, seconds=2)
        state = bench.state()
        assert (state["phase"], state["retryCount"]) == ("Running", 1)
        assert "finishedAt" in state
        assert state["message"].endswith(". Retrying attempt #1 at 12:00PM.")
        await bench.step(10)
        assert bench.state()["retryCount"] == 2
        await bench.step(25)
        assert bench.state()["phase"] == "Failed"
        assert bench.state()["message"].endswith("(retried 2 times).")


async def test_a_retry_succeeds_once_the_cause_is_gone() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add(destination="fresh")
        await bench.start(retry={"limit": -1}, seconds=2)
        bench.objects.create(NAMESPACES, {"metadata": {"name": "fresh"}})
        await bench.step(6)
        assert bench.state()["phase"] == "Succeeded"


async def test_a_field_that_cannot_be_changed_fails_unless_forced() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [deployment("planner")]}, "first")
        await bench.add()
        await bench.start()
        other = copy_of(deployment("planner"))
        other["spec"]["selector"]["matchLabels"]["app"] = "other"
        bench.git.commit(REPO, {"nav": [other]}, "other selector")
        before = bench.find(DEPLOYMENTS, "planner")
        await bench.start()
        assert bench.state()["phase"] == "Failed"
        assert 'Deployment.apps "planner" is invalid: spec.selector' in bench.state()["message"]
        await bench.start(syncStrategy={"hook": {"force": True}})
        assert bench.state()["phase"] == "Succeeded"
        after = bench.find(DEPLOYMENTS, "planner")
        assert before is not None and after is not None
        assert before["metadata"]["uid"] != after["metadata"]["uid"]


async def test_a_kind_that_a_project_does_not_allow_fails_the_task() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}]}, "ns")
        await bench.add()

        def narrow(project: Object) -> None:
            project["spec"]["clusterResourceWhitelist"] = []

        bench.objects.change(PROJECTS, "argocd", "default", narrow)
        await bench.start()
        assert bench.state()["phase"] == "Failed"
        assert bench.state()["message"] == "one or more synchronization tasks are not valid"
        assert bench.results()["x"]["message"] == "resource :Namespace is not permitted in project default"


async def test_an_unknown_kind_is_said_in_the_task() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [{"apiVersion": "x.io/v1", "kind": "Lidar", "metadata": {"name": "l"}}]}, "crd")
        await bench.add()
        await bench.start()
        assert "could not find x.io/Lidar for requested resource nav/l" in bench.results()["l"]["message"]


async def test_what_the_server_refuses_is_the_tasks_message() -> None:
    from spottui.sim.resources import Resource
    from spottui.sim.status import forbidden

    def admit(kind: Resource, new: Object, before: Any) -> Object:
        if kind.plural == "configmaps":
            raise forbidden("configmaps", "", new["metadata"]["name"], "exceeded quota: small")
        return new

    async with running(Bench(admit=admit)) as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        await bench.add()
        await bench.start()
        assert bench.state()["phase"] == "Failed"
        assert 'configmaps "settings" is forbidden: exceeded quota: small' in bench.state()["message"]
