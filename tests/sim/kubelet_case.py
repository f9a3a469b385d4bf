"""A small cluster for tests of the controllers and the kubelet: a stopped clock, one node, one queue."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from spottui.sim.behaviour import Behaviour
from spottui.sim.controllers_loop import Controllers
from spottui.sim.controllers_work import Work
from spottui.sim.kubelet_loop import Kubelet
from spottui.sim.kubelet_node import make_node
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import BY_KIND, Resource, resource
from spottui.sim.story_clock import StoryClock

START = 1_800_000_000.0
PODS = resource("pods")


class Cluster:
    """Everything joined; `step` moves the story, `settle` does what is due now."""

    def __init__(self, images: dict[str, Behaviour] | None = None, *, nodes: int = 1, **node: Any) -> None:
        self.clock = StoryClock(speed=0, wall=lambda: START + self.clock.now())
        self.objects = Objects(self.clock.wall)
        self.work = Work()
        self.controllers = Controllers(self.objects, self.clock, work=self.work)
        self.kubelet = Kubelet(self.objects, self.clock, random.Random("kubelet"), images, work=self.work)
        for name in ("default", "kube-node-lease"):
            self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for number in range(nodes):
            self.apply(make_node(f"spot-core{number or ''}", address=f"192.168.50.{5 + number}", **node))
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Cluster:
        self._task = asyncio.create_task(self.controllers.run())
        await self.settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        self.kubelet.stop()
        self.controllers.stop()

    async def settle(self) -> None:
        """Let everything that can happen now happen."""
        for _ in range(3_000):
            await asyncio.sleep(0)
            if not self.work:
                return
        raise AssertionError("it does not come to rest")

    async def step(self, seconds: float, by: float = 0.5) -> None:
        """Move the story on in small steps."""
        end = self.clock.now() + seconds
        while self.clock.now() < end - 1e-9:
            await self.clock.step(min(by, end - self.clock.now()))
            await self.settle()

    def apply(self, one: Object) -> Object:
        """Create an object."""
        group, _, _ = one["apiVersion"].rpartition("/")
        return self.objects.create(BY_KIND[group, one["kind"]], one)

    def patch(self, kind: Resource, name: str, **spec: Any) -> None:
        """Change fields of an object's spec."""
        self.objects.change(kind, "default" if kind.namespaced else "", name, lambda one: one["spec"].update(spec))

    def pods(self, **labels: str) -> list[Object]:
        """Return the pods with these labels, by name."""
        found = [
            pod
            for pod in self.objects.all(PODS, "default")
            if labels.items() <= (pod["metadata"].get("labels") or {}).items()
        ]
        return sorted(found, key=lambda pod: pod["metadata"]["name"])

    def pod(self, name: str) -> Object:
        """Return one pod."""
        return self.objects.get(PODS, "default", name)

    def events(self, name: str = "", reason: str = "") -> list[str]:
        """Return the messages of events about an object of this name, oldest first."""
        found = [
            event
            for event in self.objects.all(resource("events"))
            if event["involvedObject"]["name"].startswith(name) and (not reason or event["reason"] == reason)
        ]
        return [event["message"] for event in found]

    def get(self, plural: str, group: str, name: str) -> Object:
        """Return an object of the namespace "default"."""
        kind = resource(plural, group)
        return self.objects.get(kind, "default" if kind.namespaced else "", name)


def template(image: str = "registry.spot.example/app:1", **container: Any) -> Object:
    """Return a pod template."""
    return {
        "metadata": {"labels": {"app": "app"}},
        "spec": {"containers": [{"name": "main", "image": image, **container}]},
    }


def pod(name: str = "app", image: str = "registry.spot.example/app:1", **container: Any) -> Object:
    """Return a bare pod as the API server stores it."""
    spec = {"containers": [{"name": "main", "image": image, **container}], "restartPolicy": "Always"}
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": {"phase": "Pending"}}


def workload(kind: str, name: str = "app", **spec: Any) -> Object:
    """Return a workload of one container."""
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "app"}}, "template": template(), **spec},
    }


def conditions(one: Object) -> dict[str, tuple[str, str, str]]:
    """Return type -> status, reason and message of an object's conditions."""
    return {
        each["type"]: (each["status"], each.get("reason", ""), each.get("message", ""))
        for each in one["status"].get("conditions", ())
    }


def waiting(one: Object) -> tuple[str, str]:
    """Return reason and message of why a pod's first container waits."""
    state = one["status"]["containerStatuses"][0]["state"]["waiting"]
    return state["reason"], state.get("message", "")


def first(one: Object) -> Object:
    """Return the status of a pod's first container."""
    return one["status"]["containerStatuses"][0]
