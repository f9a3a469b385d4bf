"""The kubelet's summary, as spottui reads it, agrees with the cgroup files read by hand.

The comparison itself needs to run on a node, as root, with `get nodes/proxy`: SPOTTUI_NODE names that node, KUBECONFIG
the cluster; `make check-kubelet` brings a node of its own (tests/kubelet/test_figures.py). What is read by hand is
tested everywhere, on trees laid out as both cgroup versions lay them out.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spottui.sources.kube_api import KubeApi
from spottui.sources.kubeconfig import find_cluster
from tests.sources.cgroups import cpu_seconds_of, folder_of, memory_of
from tests.sources.kubelet_agreeing import compare

UID = "0f8fad5b-d9cb-469f-a165-70867728950e"
NODE = os.environ.get("SPOTTUI_NODE", "")
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
    assert folder_of(root, UID, "memory", "elsewhere") is None


def test_a_kubelet_below_a_cgroup_of_its_own_is_found(tmp_path: Path) -> None:
    root = tree(tmp_path, {f"memory/mine/kubepods/besteffort/pod{UID}/memory.stat": ""})
    assert folder_of(root, UID, "memory", "mine") == root / f"memory/mine/kubepods/besteffort/pod{UID}"
    assert folder_of(root, UID, "memory") is None


@pytest.mark.skipif(not NODE, reason="SPOTTUI_NODE names no node to compare on")
async def test_the_summary_agrees_with_the_cgroup_files_of_every_pod() -> None:
    place = find_cluster(flag=None, environ=os.environ, home=Path.home(), context=None, namespace=None)
    api = KubeApi(place)
    try:
        compared = await compare(api, NODE, WINDOW)
        assert compared, "no pod of this node was found in the summary and in the cgroup files"
        assert [said for pod in compared.values() if (said := pod.disagreement())] == []
    finally:
        await api.close()
