"""A real kubelet's summary, as spottui reads it, agrees with the cgroup files of busy, large and idle pods."""

from __future__ import annotations

import time

import psutil
import pytest

from spottui.events import UsageHeard
from spottui.sources.kube_api import KubeApi
from spottui.sources.metrics import MetricsSource
from tests.sources.kubelet_agreeing import MEMORY_LEAST, MEMORY_TOLERANCE, compare

from .node import NAME, Node
from .pods import Namespace, manifest

BUSY = "while :; do :; done"
LARGE = "dd if=/dev/zero of=/memory/x bs=1M count=96 2>/dev/null; exec sleep 3600"
IDLE = "exec sleep 3600"
CORES = 0.3
WINDOW = 32.0
"""Seconds; the kubelet reads its cgroups each 10 to 15 s."""


@pytest.fixture(scope="module")
def loaded(namespace: Namespace) -> Namespace:
    """Return a namespace with a pod held at 0.3 cores at most, one with 96 MiB, and one that sleeps."""
    limits = {"limits": {"cpu": str(CORES), "memory": "64Mi"}}
    for name, script, more in (("busy", BUSY, {"resources": limits}), ("large", LARGE, {}), ("idle", IDLE, {})):
        namespace.start(manifest(name, script, **more))
    return namespace


async def test_the_summary_agrees_with_the_cgroup_files(api: KubeApi, node: Node, loaded: Namespace) -> None:
    compared = await compare(api, NAME, WINDOW, node.cgroup)
    assert {"busy", "large", "idle"} <= set(compared)
    assert [said for pod in compared.values() if (said := pod.disagreement())] == []
    # And both readers saw what the pods do, so that they do not agree on nothing.
    busy, large, idle = compared["busy"], compared["large"], compared["idle"]
    assert 10 * idle.cpu < busy.cpu < CORES + 0.1  # what else runs on this machine may leave it less than its limit
    assert 96 << 20 <= large.memory <= 112 << 20 and 96 << 20 <= large.memory_by_hand
    assert idle.cpu < 0.01 and idle.memory < 8 << 20


async def test_without_a_metrics_server_the_kubelet_is_asked(api: KubeApi, loaded: Namespace) -> None:
    heard = await _first(MetricsSource(api, time.time))
    node, pod = heard.nodes[NAME], heard.pods[(loaded.name, "busy")]
    assert (heard.reason, node.source, pod.source) == ("", "kubelet", "kubelet")
    assert pod.at is not None and abs(time.time() - pod.at) < 30


async def test_the_node_s_memory_agrees_with_the_kernel_s_own_count(api: KubeApi, loaded: Namespace) -> None:
    heard = await _first(MetricsSource(api, time.time))
    told, memory = heard.nodes[NAME].memory, psutil.virtual_memory()
    assert told is not None
    # The working set holds the page cache in use, which "available" may hold too: it lies between the two.
    assert memory.used * (1 - MEMORY_TOLERANCE) - MEMORY_LEAST <= told <= memory.total


async def _first(source: MetricsSource) -> UsageHeard:
    async for heard in source.events():
        return heard
    raise AssertionError("A source never ends by itself.")
