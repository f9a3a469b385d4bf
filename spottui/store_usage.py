"""Turns one reading of the metrics into samples of the nodes' curves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spottui.records import Usage
from spottui.records_gpu import Gpus
from spottui.records_host import Host
from spottui.store_history import Histories

NODES = 40
"""Nodes whose curves are kept; a robot has one, and a test cluster of thousands must not push others out."""


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
