"""Turns one reading of the metrics into samples of the nodes' curves, and into the pods' highest memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spottui.records import Usage
from spottui.records_gpu import Gpus
from spottui.records_host import Host
from spottui.store_history import Histories

NODES = 40
"""Nodes whose curves are kept; a robot has one, and a test cluster of thousands must not push others out."""

PEAKS = 8000
"""Pods whose highest memory is kept; of more, those that were seen first go first."""


class Peaks(dict[tuple[str, str], int]):
    """Most bytes of memory that each pod was seen to use, by namespace and name; bounded.

    A pod that crashed is in no reading, and keeps what it had.
    """

    def hear(self, pods: Mapping[tuple[str, str], Usage]) -> None:
        """Note one reading."""
        for name, usage in pods.items():
            if usage.memory is not None and usage.memory > self.get(name, -1):
                self[name] = usage.memory
        while len(self) > PEAKS:
            del self[next((name for name in self if name not in pods), next(iter(self)))]


def remember(
    curves: Histories,
    nodes: Mapping[str, Usage],
    known: Iterable[str],
    gpus: Iterable[Gpus],
    host: Host | None,
) -> None:
    """Note what the first nodes use now as "node.<name>.cpu", ".memory" and ".gpu" (cores, bytes, percent).

    Where `nodes` is empty the reading failed: that is a gap for those that are `known`. GPUs that name no node
    are those of this computer, which may be one.
    """
    here = host.name if host is not None else ""
    busiest: dict[str, float] = {}
    for gpu in (gpu for reader in gpus for gpu in reader.gpus):
        if gpu.used is not None:
            busiest[gpu.node or here] = max(gpu.used, busiest.get(gpu.node or here, 0.0))
    for name in list(nodes or known)[:NODES]:
        usage = nodes.get(name)
        curves.add(f"node.{name}.cpu", usage.cpu if usage else None)
        curves.add(f"node.{name}.memory", usage.memory if usage else None)
        if name in busiest or curves.of(f"node.{name}.gpu"):
            curves.add(f"node.{name}.gpu", busiest.get(name) if usage else None)
