"""A cluster, a git and an Argo CD controller on a clock that stands still until a test steps it.

In place of the workload controllers there is a stand-in: a Deployment becomes ready, a Job succeeds, and what was
deleted in the foreground goes, each a moment later. It makes no pods.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from spottui.sim.argo_apply import Admit, as_it_is
from spottui.sim.argo_builders import app_project, application
from spottui.sim.argo_controller import ArgoController
from spottui.sim.argo_git import Git
from spottui.sim.history import Change
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import Resource, resource
from spottui.sim.story_clock import StoryClock

NOON = 1_790_078_400.0
"""Tuesday 2026-09-22 12:00:00 UTC: the wall's time at the start of the story."""
REPO = "https://git.example/robot/apps.git"
APPS = resource("applications", "argoproj.io")
PROJECTS = resource("appprojects", "argoproj.io")
DEPLOYMENTS = resource("deployments", "apps")
JOBS = resource("jobs", "batch")
CONFIG_MAPS = resource("configmaps")
NAMESPACES = resource("namespaces")
PODS = resource("pods")


def config_map(name: str, **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data or {"a": "1"}}


def deployment(name: str, image: str = "registry/nav:1", replicas: int = 1) -> Object:
    labels = {"app": name}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": image}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def hook(name: str, phase: str, **annotations: str) -> Object:
    meta = {"name": name, "annotations": {"argocd.argoproj.io/hook": phase, **annotations}}
    pod = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "registry/check:1"}]}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": {"template": pod}}


def annotated(one: Object, **annotations: str) -> Object:
    named = {name.replace("_", "-"): value for name, value in annotations.items()}
    old = one["metadata"].get("annotations", {})
    new = {f"argocd.argoproj.io/{name}": value for name, value in named.items()}
    return {**one, "metadata": {**one["metadata"], "annotations": {**old, **new}}}


class Bench:
    """What a test works with."""

    def __init__(self, *, admit: Admit = as_it_is) -> None:
        self.clock = StoryClock(speed=0)
        self.offset = NOON
        self.objects = Objects(self.wall)
        self.git = Git(self.wall)
        self.argo = ArgoController(self.objects, self.clock, self.git, admit=admit)
        self.job_seconds, self.rollout_seconds = 1.0, 1.0
        self.job_outcome = "Complete"
        for name in ("argocd", "nav"):
            self.objects.create(NAMESPACES, {"metadata": {"name": name}})
        self.objects.create(PROJECTS, app_project())
        self.objects.listen(self._hear)

    def wall(self) -> float:
        return self.offset + self.clock.now()

    # -- the stand-in for the workload controllers -------------------------------------------------

    def _hear(self, change: Change) -> None:
        meta = change.object["metadata"]
        key = (meta.get("namespace", ""), meta["name"])
        if change.type == "DELETED":
            return
        if "foregroundDeletion" in meta.get("finalizers", ()):
            self.clock.call_later(0.3, lambda: self._remove(change.resource, key, meta["uid"]))
        elif change.resource == DEPLOYMENTS and self._is_behind(change.object):
            self.clock.call_later(self.rollout_seconds, lambda: self._roll_out(key, meta["generation"]))
        elif change.resource == JOBS and change.type == "ADDED":
            self.clock.call_later(self.job_seconds, lambda: self._end_job(key))

    def _remove(self, kind: Resource, key: tuple[str, str], uid: str) -> None:
        found = self.objects.find(kind, *key)
        if found is not None and found["metadata"]["uid"] == uid:
            self.objects.remove(kind, *key)

    @staticmethod
    def _is_behind(one: Object) -> bool:
        return one["metadata"]["generation"] > one.get("status", {}).get("observedGeneration", 0)

    def _roll_out(self, key: tuple[str, str], generation: int) -> None:
        def change(one: Object) -> None:
            if one["metadata"]["generation"] == generation:
                count = one["spec"].get("replicas", 1)
                names = ("replicas", "updatedReplicas", "availableReplicas", "readyReplicas")
                one["status"] = {"observedGeneration": generation, **{name: count for name in names}}

        self.objects.change(DEPLOYMENTS, *key, change)

    def _end_job(self, key: tuple[str, str]) -> None:
        said = {"Complete": "Reached expected number of succeeded pods", "Failed": "Job has reached the backoff limit"}
        condition = {"type": self.job_outcome, "status": "True", "message": said[self.job_outcome]}
        self.objects.change(JOBS, *key, lambda one: one.update(status={"conditions": [condition]}))

    # -- what a user does --------------------------------------------------------------------------

    async def add(self, name: str = "nav", path: str = "nav", seconds: float = 1.0, **more: Any) -> None:
        self.objects.create(APPS, application(name, REPO, path, **{"destination": "nav", **more}))
        await self.step(seconds)

    async def step(self, seconds: float) -> None:
        await self.clock.step(seconds)

    def edit(self, change: Callable[[Object], None], name: str = "nav") -> None:
        assert self.objects.change(APPS, "argocd", name, change) is not None

    async def start(self, name: str = "nav", *, user: str = "ana", seconds: float = 3.0, **sync: Any) -> None:
        """Ask for a sync, as spottui does: with the old state taken away."""
        retry = sync.pop("retry", {})

        def change(app: Object) -> None:
            app["operation"] = {"initiatedBy": {"username": user}, "retry": retry, "sync": sync}
            app.get("status", {}).pop("operationState", None)

        self.edit(change, name)
        await self.step(seconds)

    async def refresh(self, how: str = "normal", name: str = "nav", seconds: float = 1.0) -> None:
        key = "argocd.argoproj.io/refresh"
        self.edit(lambda app: app["metadata"].setdefault("annotations", {}).update({key: how}), name)
        await self.step(seconds)

    # -- what a user sees --------------------------------------------------------------------------

    def app(self, name: str = "nav") -> Object:
        return self.objects.get(APPS, "argocd", name)

    def status(self, name: str = "nav") -> Any:
        return self.app(name).get("status", {})

    def sync(self, name: str = "nav") -> str:
        return self.status(name)["sync"]["status"]

    def state(self, name: str = "nav") -> Any:
        return self.status(name)["operationState"]

    def conditions(self, name: str = "nav") -> dict[str, str]:
        return {each["type"]: each["message"] for each in self.status(name).get("conditions", [])}

    def results(self, name: str = "nav") -> dict[str, Any]:
        return {row["name"]: row for row in self.state(name)["syncResult"]["resources"]}

    def find(self, kind: Resource, name: str, namespace: str = "nav") -> Object | None:
        return self.objects.find(kind, namespace, name)


@asynccontextmanager
async def running(bench: Bench | None = None) -> AsyncIterator[Bench]:
    """Run a controller for the time of a test; a bug of its own fails the test."""
    bench = bench or Bench()
    task = asyncio.create_task(bench.argo.run())
    await bench.step(0)
    try:
        yield bench
        assert not task.done(), "the controller has ended"
        assert not bench.argo.failures
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def synced(bench: Bench, *manifests: Object, **more: Any) -> str:
    """Commit, add the Application "nav" and sync it."""
    sha = bench.git.commit(REPO, {"nav": list(manifests) or [config_map("settings")]}, "first")
    await bench.add(**more)
    await bench.start()
    assert bench.sync() == "Synced"
    return sha
