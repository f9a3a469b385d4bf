"""Nodes: conditions, capacity and usage, wasm runtimes, taints, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spottui.records import Access, Node, Target
from spottui.screens.columns import age_column
from spottui.screens.glyphs import cores, gib, glyph, percent
from spottui.screens.palette import target_of
from spottui.screens.parts import Parts
from spottui.screens.tables import TableScreen
from spottui.verdicts.gpus import gpus_of, mean_use, requested
from spottui.verdicts.wasm import engine_of
from spottui.widgets.live_table import LiveTable
from spottui.widgets.row_index import Cell, Column


def node_state(node: Node) -> tuple[str, str]:
    """Return the word kubectl prints as STATUS, with the pressures behind it, and its tone."""
    ready = next((one.status for one in node.conditions if one.type == "Ready"), None)
    words = [{"True": "Ready", "False": "NotReady"}.get(ready or "", "Unknown")]
    tone = "good" if ready == "True" else "bad"
    pressures = [one.type for one in node.conditions if one.type != "Ready" and one.status == "True"]
    if pressures:
        words += pressures
        tone = "bad"
    if node.unschedulable:
        words.append("SchedulingDisabled")
        tone = "warn" if tone == "good" else tone
    return ",".join(words), tone


def node_wasm(node: Node) -> str:
    """Return the wasm engines the node names; "?" when its kubelet does not say which handlers it has."""
    if node.runtime_handlers is None:
        return "?"
    engines = sorted({engine for name in node.runtime_handlers if (engine := engine_of(name))})
    return ",".join(engines) or "none"


class NodesScreen(TableScreen):
    """Every node on one line."""

    NAME = "nodes"
    TOPICS = ("nodes", "usage", "pods", "gpus")
    TABLES = (("nodes", "Nodes"),)

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._gpus_wanted: Mapping[str, int] = {}

    def make_table(self, name: str) -> LiveTable[Any]:
        return LiveTable(
            self._columns(),
            key=lambda node: node.uid,
            text=lambda node: f"{node.name} {node_state(node)[0]} {node.kubelet_version} {node.architecture}",
            labels=lambda node: node.labels,
            flash=self.parts.flash,
            plain=self.parts.plain,
            id=name,
        )

    def _columns(self) -> list[Column[Node]]:
        usage, plain = self.parts.store, self.parts.plain

        def state(node: Node, _: float) -> Cell:
            word, tone = node_state(node)
            return Cell(f"{glyph(tone, plain)} {word}", tone)

        def cpu(node: Node, _: float) -> Cell:
            used = usage.node_usage.get(node.name)
            part = used.cpu if used else None
            return Cell(
                f"{cores(part)} {percent(part, node.allocatable_cpu)}", "" if used and not usage.usage_reason else "dim"
            )

        def memory(node: Node, _: float) -> Cell:
            used = usage.node_usage.get(node.name)
            part = used.memory if used else None
            return Cell(
                f"{gib(part)} {percent(part, node.allocatable_memory)}",
                "" if used and not usage.usage_reason else "dim",
            )

        return [
            Column("name", "NAME", lambda node, _: node.name, min_width=12, max_width=40),
            Column("status", "STATUS", state, sort=lambda node: node_state(node)[0], min_width=10, max_width=40),
            Column("cpu", "CPU", cpu, sort=lambda node: self._used(node, "cpu"), width=11, priority=2, align="right"),
            Column(
                "mem", "MEM", memory, sort=lambda node: self._used(node, "memory"), width=12, priority=2, align="right"
            ),
            Column("gpu", "GPU", self._gpus, width=8, priority=6),
            Column("pods", "PODS", self._pods, width=9, priority=4, align="right"),
            Column("wasm", "WASM", lambda node, _: node_wasm(node), width=14, priority=5),
            Column("roles", "ROLES", lambda node, _: ",".join(node.roles) or "-", width=14, priority=8),
            Column("taints", "TAINTS", lambda node, _: str(len(node.taints)), width=6, priority=9, align="right"),
            Column("version", "VERSION", lambda node, _: node.kubelet_version, width=14, priority=7),
            Column("arch", "ARCH", lambda node, _: node.architecture, width=6, priority=7),
            Column("os", "OS", lambda node, _: node.os_image, width=24, wide_only=True),
            Column("runtime", "RUNTIME", lambda node, _: node.container_runtime, width=22, wide_only=True),
            Column("ip", "IP", lambda node, _: node.internal_ip, width=16, wide_only=True),
            age_column(),
        ]

    def _used(self, node: Node, what: str) -> float | None:
        used = self.parts.store.node_usage.get(node.name)
        return getattr(used, what) if used else None

    def _gpus(self, node: Node, _: float) -> Cell:
        """Show GPUs asked for of those to be had, and how busy they really are where somebody reads them."""
        if node.gpus is None:
            return Cell("-", "dim")
        store = self.parts.store
        wanted, use = self._gpus_wanted.get(node.name, 0), mean_use(gpus_of(node, store.gpus, store.host))
        share = "" if use is None else f" {use:.0f}%"
        return Cell(f"{wanted}/{node.allocatable_gpus if node.allocatable_gpus is not None else '?'}{share}")

    def _pods(self, node: Node, _: float) -> Cell:
        used = self.parts.store.pods_on(node.name)
        return Cell(f"{used}/{node.allocatable_pods if node.allocatable_pods is not None else '?'}")

    def rows(self, name: str) -> Sequence[Node]:
        self._gpus_wanted = requested(self.parts.store.pods.values())
        return list(self.parts.store.nodes.values())

    def access(self, name: str) -> Access:
        return self.parts.store.access["nodes"]

    def is_healthy(self, row: Node) -> bool:
        return node_state(row)[1] == "good"

    def nothing(self, name: str) -> str:
        return "This cluster has no nodes."

    def target(self, row: Node) -> Target:
        return target_of(row, "Node")

    def has_namespaces(self) -> bool:
        return False
