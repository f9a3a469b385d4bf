"""A crowd of pods beside the scenario, to see how a reader bears a large cluster, and changes to them by the second."""

from __future__ import annotations

import asyncio
import itertools

from spottui.sim.api_defaults import fill_defaults
from spottui.sim.kubelet_node import make_node
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import resource

DEPLOYMENTS, PODS = resource("deployments", "apps"), resource("pods")
NODES, NAMESPACES = resource("nodes"), resource("namespaces")
BEAT = "sim.spottui.dev/beat"
REPLICAS = 100
"""Of each Deployment; ten Deployments share a namespace, two a node."""
TICK = 0.05
"""Real seconds between two handfuls of changes."""


class Crowd:
    """Deployments of many pods, on nodes of their own."""

    def __init__(self, objects: Objects, count: int) -> None:
        self._objects, self._count = objects, count

    def gather(self) -> None:
        """Make nodes, namespaces and Deployments; the controllers make the pods."""
        for number in range(-(-self._count // (2 * REPLICAS))):
            node = make_node(
                f"crowd-{number:03}",
                address=f"10.64.{number // 250}.{number % 250 + 2}",
                arch="amd64",
                cpu=64,
                memory="256Gi",
                gpus=0,
                max_pods=2 * REPLICAS + 10,
            )
            self._objects.create(NODES, node)
        for number, first in enumerate(range(0, self._count, REPLICAS)):
            if number % 10 == 0:
                self._objects.create(NAMESPACES, {"metadata": {"name": f"crowd-{number // 10:02}"}})
            deployment = _deployment(number, min(REPLICAS, self._count - first))
            fill_defaults(DEPLOYMENTS, deployment)
            self._objects.create(DEPLOYMENTS, deployment)

    async def stir(self, changes_a_second: float) -> None:
        """Change one pod after the other, so often in a real second; never ends by itself."""
        loop = asyncio.get_running_loop()
        started, done = loop.time(), 0
        keys = itertools.cycle(key for key in self._objects.keys(PODS) if key[0].startswith("crowd-"))
        for beat in itertools.count():
            due = int((loop.time() - started) * changes_a_second)
            for _, (namespace, name) in zip(range(due - done), keys, strict=False):
                self._objects.change(PODS, namespace, name, lambda pod, beat=beat: _mark(pod, beat))
            done = due
            await asyncio.sleep(TICK)


def _mark(pod: Object, beat: int) -> None:
    pod["metadata"].setdefault("annotations", {})[BEAT] = str(beat)


def _deployment(number: int, replicas: int) -> Object:
    name = f"worker-{number:03}"
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "crowd"}
    container = {
        "name": "worker",
        "image": "registry.field.example/crowd/worker:1.0",
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
    }
    return {
        "metadata": {"name": name, "namespace": f"crowd-{number // 10:02}", "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container], "nodeName": f"crowd-{number // 2:03}"},
            },
        },
    }
