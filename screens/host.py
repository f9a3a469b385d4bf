"""Host: the computer spottui runs on; it works also when there is no cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult

from spottui import clock
from spottui.records import Node, Usage
from spottui.records_host import HostProcess
from spottui.screens.base import MainScreen
from spottui.screens.glyphs import bar, cores, gib, percent
from spottui.screens.host_lines import gpu_lines, host_lines
from spottui.screens.parts import Parts
from spottui.verdicts.gpus import gpus_of, is_this_computer, mean_use, requested
from spottui.widgets.lines import Lines
from spottui.widgets.tones import Line

NODES_SHOWN = 20


class HostScreen(MainScreen):
    """Cores, memory, disks, temperatures, GPU and the busiest processes; below them the nodes, from the cluster."""

    NAME = "host"
    TOPICS = ("host", "gpus", "usage")

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._lines = Lines(id="host")

    def content(self) -> ComposeResult:
        yield self._lines

    def on_mount(self) -> None:
        super().on_mount()
        self._lines.focus()

    def draw(self) -> None:
        self._lines.show(self._all(self.size.width, self.size.height))

    def as_text(self) -> str:
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._all(100, 60))

    def _all(self, width: int, height: int) -> list[Line]:
        store, plain, now = self.parts.store, self.parts.plain, self.parts.clock()
        host = store.host
        if host is None:
            return [(("Reading this computer…", "dim"),)]
        own_gpus = store.gpus.get("host")
        names = {pod.uid: f"{pod.namespace}/{pod.name}" for pod in store.pods.values()}
        return [
            *host_lines(host, now, width, plain=plain, curves=store.histories, tall=height >= 36, about=self._about()),
            *gpu_lines(own_gpus, width, plain=plain, curves=store.histories, pod_names=names),
            *_processes(host.processes, names),
            *self._node_lines(width),
        ]

    def _about(self) -> Line:
        """Say which machine this screen is about, so that a laptop is not taken for the robot."""
        store = self.parts.store
        node = next((one for one in store.nodes.values() if is_this_computer(one, store.host)), None)
        if node is not None:
            return ((f"This computer is the cluster's node {node.name}.", "good"),)
        if store.nodes:
            return (("The computer spottui runs on: no node of the cluster. The nodes are below.", "warn"),)
        return (("The computer that spottui runs on.", "dim"),)

    def _node_lines(self, width: int) -> Sequence[Line]:
        """Return the nodes' figures as the cluster says them."""
        store, now = self.parts.store, self.parts.clock()
        if not store.nodes:
            return ()
        age = clock.calm_age(store.usage_heard_at, now)
        said = f"  heard {age} ago" if store.node_usage else f"  {store.usage_reason or 'no figures yet'}"
        lines: list[Line] = [(), (("Nodes, as the cluster says", "title"), (said, "dim"))]
        wanted = requested(store.pods.values())
        for node in list(store.nodes.values())[:NODES_SHOWN]:
            lines.append(self._node_line(node, store.node_usage.get(node.name), wanted[node.name], width))
        if len(store.nodes) > NODES_SHOWN:
            lines.append(((f"and {len(store.nodes) - NODES_SHOWN} more; see 2 Nodes", "dim"),))
        return lines

    def _node_line(self, node: Node, used: Usage | None, gpus_wanted: int, width: int) -> Line:
        store, plain = self.parts.store, self.parts.plain
        cpu, memory = (used.cpu, used.memory) if used else (None, None)
        share = cpu / node.allocatable_cpu if cpu is not None and node.allocatable_cpu else None
        text = f"{node.name[:24]:<24} {bar(share, 8, plain)} cpu {cores(cpu)} {percent(cpu, node.allocatable_cpu)}"
        text += f"  mem {gib(memory)}/{gib(node.allocatable_memory)}"
        if node.gpus:
            use = mean_use(gpus_of(node, store.gpus, store.host))
            known = "use ?" if use is None else f"use {use:.0f}%"
            text += f"  gpu {gpus_wanted}/{node.allocatable_gpus if node.allocatable_gpus is not None else '?'} {known}"
        if used:
            text += f"  by {used.source}"
        return ((text[:width], "" if used and not store.usage_reason else "dim"),)


def _processes(processes: Sequence[HostProcess] | None, names: Mapping[str, str]) -> list[Line]:
    lines: list[Line] = [(), (("    PID  CPU%     MEM  PROCESS                   POD", "title"),)]
    if processes is None:
        return [*lines, (("being counted…", "dim"),)]
    for one in processes:
        uid = one.pod_uid
        pod = names.get(uid, f"pod {uid[:8]}, not in this cluster's list" if uid else "")
        lines.append(
            (
                (f"{one.pid:>7} {one.cpu_percent:>5.1f} {gib(one.memory):>7}  ", ""),
                (f"{one.name[:24]:<24}  ", ""),
                (pod, "accent"),
            )
        )
    if not processes:
        lines.append((("none was busy, or none may be read", "dim"),))
    return lines
