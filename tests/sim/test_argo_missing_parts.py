"""Applications and AppProjects that lack parts, or are of the wrong types, do not stop the embedded Argo CD."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spottui.sim.argo_builders import app_project, application, sync_window
from tests.sim.argo_bench import (
    APPS,
    PROJECTS,
    REPO,
    config_map,
    deployment,
    running,
)


def _without_one_part(whole: Any) -> Iterator[Any]:
    """Yield copies of a tree that lack one part each, at any depth."""
    if isinstance(whole, dict):
        for key, value in whole.items():
            yield {other: each for other, each in whole.items() if other != key}
            yield {**whole, key: None}
            for smaller in _without_one_part(value):
                yield {**whole, key: smaller}
    elif isinstance(whole, list):
        yield []
        for at, value in enumerate(whole):
            for smaller in _without_one_part(value):
                yield [*whole[:at], smaller, *whole[at + 1 :]]


async def test_whatever_part_of_a_spec_or_an_operation_is_missing_the_controller_works_on() -> None:
    """The API server asks for few fields of these kinds, and a user may leave out any of the others."""
    window = sync_window("deny", "0 1 * * *", "2h", manualSync=True, timeZone="UTC")
    project = app_project("field", windows=[window], orphanedResources={"warn": True})
    asked = {
        "initiatedBy": {"username": "ana"},
        "retry": {"limit": 1, "refresh": True, "backoff": {"duration": "1s", "factor": 2, "maxDuration": "1m"}},
        "sync": {
            "revision": "main",
            "source": {"repoURL": REPO, "path": "nav", "targetRevision": "main"},
            "syncOptions": ["CreateNamespace=true"],
            "syncStrategy": {"hook": {"force": True}},
            "resources": [{"group": "", "kind": "ConfigMap", "name": "settings", "namespace": "nav"}],
        },
    }
    whole = application("nav", REPO, "nav", destination="nav", project="field", auto=True, options=["PruneLast=true"])
    rule = {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}
    whole["spec"]["ignoreDifferences"] = [rule]
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings"), deployment("planner")]}, "first")
        bench.objects.create(PROJECTS, project)
        broken = [(spec, asked) for spec in _without_one_part(whole["spec"])]
        broken += [(whole["spec"], operation) for operation in _without_one_part(asked)]
        assert len(broken) > 60
        for spec, operation in broken:
            meta = {"name": "nav", "namespace": "argocd"}
            bench.objects.create(APPS, {"metadata": meta, "spec": spec, "operation": operation})
            await bench.step(1)
            bench.objects.remove(APPS, "argocd", "nav")
        bench.objects.create(APPS, whole)
        for spec in _without_one_part(project["spec"]):
            bench.objects.change(PROJECTS, "argocd", "field", lambda one, spec=spec: one.update(spec=spec))
            await bench.step(0.5)
        bench.objects.change(PROJECTS, "argocd", "field", lambda one: one.update(spec=project["spec"]))
        await bench.refresh(seconds=3)
        assert bench.sync() == "Synced"


async def test_an_application_of_the_wrong_types_does_no_harm_to_the_others() -> None:
    async with running() as bench:
        bench.git.commit(REPO, {"nav": [config_map("settings")]}, "first")
        for number, spec in enumerate(("x", {"source": "x", "destination": 1}, {"source": {"repoURL": 1, "path": []}})):
            meta = {"name": f"odd-{number}", "namespace": "argocd"}
            bench.objects.create(APPS, {"metadata": meta, "spec": spec, "operation": {"sync": 3}})
        await bench.step(1)
        await bench.add(auto=True, seconds=3)
        assert bench.sync() == "Synced"
        assert bench.argo.failures, "they are noted"
        bench.argo.failures.clear()
