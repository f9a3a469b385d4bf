"""The nodes in a few lines of the Overview: state, usage with its history, pods, engines."""

from __future__ import annotations

from collections.abc import Sequence

from spottui import clock
from spottui.records import Node
from spottui.screens.glyphs import gib, glyph, percent
from spottui.screens.nodes import node_state, node_wasm
from spottui.screens.parts import Parts
from spottui.store import Store
from spottui.widgets.sparkline import sparkline
from spottui.widgets.tones import Line, Span

SHOWN = 4
"""Nodes with a line of their own; a robot has one."""
LABEL = 10


def label(word: str) -> Span:
    """Return what a line is about, in its column."""
    return (f"{word:<{LABEL}}", "dim")


def unknown(store: Store, kind: str) -> Span:
    """Return why nothing is known of a kind; "none" where there is none."""
    access = store.access[kind]
    if access.state == "live":
        return (f"none. {access.reason}" if access.reason else "none", "dim")
    return (f"? {access.reason}", "dim")


def node_lines(parts: Parts, width: int) -> list[Line]:
    """Return the first nodes, one line each, and why there are no newer numbers."""
    store = parts.store
    lines: list[Line] = [_node(node, parts, width) for node in list(store.nodes.values())[:SHOWN]]
    more = len(store.nodes) - SHOWN
    if more > 0:
        lines.append((label(""), (f"and {more} more nodes", "dim")))
    if not store.nodes:
        lines.append((label("Node"), unknown(store, "nodes")))
    if store.usage_reason:
        heard = store.usage_heard_at
        old = f"numbers are {clock.calm_age(heard, parts.clock())} old: " if store.node_usage else ""
        lines.append((label("Usage"), (f"{old}{store.usage_reason}", "warn" if old else "dim")))
    return lines


def _node(node: Node, parts: Parts, width: int) -> Line:
    store, plain = parts.store, parts.plain
    word, tone = node_state(node)
    used = store.node_usage.get(node.name)
    is_old = "dim" if store.usage_reason else ""
    room = 6 if width < 100 else 12 if width < 140 else 20  # at 80 cells the memory has to do without its curve
    curves = store.histories

    def curve(what: str, whole: float | None) -> str:
        return sparkline(list(curves.of(f"node.{node.name}.{what}")), room, high=whole, plain=plain)

    cpu, memory = (used.cpu, used.memory) if used else (None, None)
    spans: list[Span] = [label("Node"), (f"{node.name}  ", ""), (f"{glyph(tone, plain)} {word}", tone)]
    spans.append((f"  cpu {curve('cpu', node.allocatable_cpu)} {percent(cpu, node.allocatable_cpu)}", is_old))
    spans.append((f"  mem {curve('memory', node.allocatable_memory)} " if width >= 100 else "  mem ", is_old))
    spans.append((f"{gib(memory)}/{gib(node.allocatable_memory)}", is_old))
    busy = curves.of(f"node.{node.name}.gpu")
    if busy:
        spans.append((f"  gpu {curve('gpu', 100.0)} {_last(busy)}", is_old))
    spans += _here(node, store)
    spans.append((f"  pods {store.pods_on(node.name)}  wasm {node_wasm(node)}", ""))
    return tuple(spans)


def _last(values: Sequence[float | None]) -> str:
    return "?" if values[-1] is None else f"{values[-1]:.0f}%"


def _here(node: Node, store: Store) -> list[Span]:
    """Return disk and heat where this computer is the node."""
    host = store.host
    if host is None or host.name != node.name:
        return []
    shares = [disk.used / disk.total for disk in host.disks if disk.total]
    warmest = max((one.celsius for one in host.temperatures), default=None)
    spans: list[Span] = []
    if shares:
        spans.append((f"  disk {max(shares):.0%}", "warn" if max(shares) >= 0.9 else ""))
    if warmest is not None:
        spans.append((f"  {warmest:.0f} °C", ""))
    return spans
