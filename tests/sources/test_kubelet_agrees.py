"""The kubelet's summary, as spottui reads it, agrees with the cgroup files read by hand.

The comparison itself needs to run on a node, as root, with `get nodes/proxy`: SPOTTUI_NODE names that node, KUBECONFIG
the cluster. What it reads by hand is tested everywhere, on trees laid out as both cgroup versions lay them out.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from spottui.sources.kube_api import KubeApi
from spottui.sources.kubeconfig import find_cluster
from spottui.sources.metrics import MetricsSource
from tests.sources.cgroups import cpu_seconds_of, folder_of, memory_of

UID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ROOT = Path("/sys/fs/cgroup")
NODE = os.environ.get("SPOTTUI_NODE", "")
MEMORY_TOLERANCE, MEMORY_LEAST = 0.10, 8 << 20
"""A tenth or 8 MiB: the kubelet's figure is up to 15 s old."""
CPU_TOLERANCE, CPU_LEAST = 0.35, 0.05
"""A third or 50 milli-cores: the kubelet's window is another one than ours."""
WINDOW = 30.0


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_the_unified_hierarchy_is_read_by_hand(tmp_path: Path) -> None:
    slice_ = f"kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{UID.replace('-', '_')}.slice"
    root = tree(
        tmp_path,
        {
            f"{slice_}/memory.current": "104857600\n",
            f"{slice_}/memory.stat": "anon 1\ninactive_file 4857600\n",
            f"{slice_}/cpu.stat": "usage_usec 2500000\nuser_usec 1\n",
        },
    )
    folder = folder_of(root, UID, "memory")
    assert folder is not None
    assert (memory_of(folder), cpu_seconds_of(folder)) == (100_000_000, 2.5)


def test_the_old_hierarchies_are_read_by_hand(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        {
            f"memory/kubepods/burstable/pod{UID}/memory.usage_in_bytes": "104857600\n",
            f"memory/kubepods/burstable/pod{UID}/memory.stat": "inactive_file 1\ntotal_inactive_file 4857600\n",
            f"cpuacct/kubepods/burstable/pod{UID}/cpuacct.usage": "2500000000\n",
        },
    )
    memory, cpu = folder_of(root, UID, "memory"), folder_of(root, UID, "cpuacct")
    assert memory is not None and cpu is not None
    assert (memory_of(memory), cpu_seconds_of(cpu)) == (100_000_000, 2.5)
    assert folder_of(root, "another", "memory") is None


@pytest.mark.skipif(not NODE, reason="SPOTTUI_NODE names no node to compare on")
async def test_the_summary_agrees_with_the_cgroup_files_of_every_pod() -> None:
    place = find_cluster(flag=None, environ=os.environ, home=Path.home(), context=None, namespace=None)
    api = KubeApi(place)
    try:
        pods = (await api.get_json("/api/v1/pods", query=[("fieldSelector", f"spec.nodeName={NODE}")]))["items"]
        begun = {pod["metadata"]["uid"]: _cpu(pod["metadata"]["uid"]) for pod in pods}
        at = time.monotonic()
        await asyncio.sleep(WINDOW)
        usage = await MetricsSource(api, time.time)._from_kubelets()
        seconds, compared = time.monotonic() - at, 0
        for pod in pods:
            meta = pod["metadata"]
            told, folder = usage.pods.get((meta["namespace"], meta["name"])), folder_of(ROOT, meta["uid"], "memory")
            if told is None or folder is None or told.memory is None or told.cpu is None:
                continue
            by_hand = memory_of(folder)
            assert abs(told.memory - by_hand) <= max(MEMORY_LEAST, by_hand * MEMORY_TOLERANCE), meta["name"]
            before, after = begun[meta["uid"]], _cpu(meta["uid"])
            if before is not None and after is not None:
                cores = (after - before) / seconds
                assert abs(told.cpu - cores) <= max(CPU_LEAST, cores * CPU_TOLERANCE), meta["name"]
            compared += 1
        assert compared, "no pod of this node was found in the summary and in the cgroup files"
    finally:
        await api.close()


def _cpu(uid: str) -> float | None:
    folder = folder_of(ROOT, uid, "cpuacct")
    return cpu_seconds_of(folder) if folder is not None else None
