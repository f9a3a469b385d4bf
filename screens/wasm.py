"""Wasm: which pods run in which engine, which node can run which runtime, and what became of the Spin apps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult

from spottui import clock
from spottui.actions.registry import Action
from spottui.records import Access, Target
from spottui.screens.columns import age_column
from spottui.screens.describe import describe
from spottui.screens.glyphs import gib, glyph
from spottui.screens.last_lines import last_lines_of
from spottui.screens.palette import target_of
from spottui.screens.tables import TableScreen
from spottui.screens.wasm_aim import aim_provision, with_provision
from spottui.screens.wasm_rows import (
    AppRow,
    RuntimeRow,
    WasmPod,
    app_rows,
    compared,
    runtime_rows,
    start_seconds,
    wasm_pods,
)
from spottui.screens.workloads import aim_restart, status_of
from spottui.verdicts.wasm import recognised
from spottui.widgets.lines import Lines
from spottui.widgets.live_table import LiveTable
from spottui.widgets.row_index import Cell, Column
from spottui.widgets.tones import Line, Span


class WasmScreen(TableScreen):
    """Wasm pods; by `tab` the runtimes against the nodes, and the SpinApps. Below: the row's cause and advice."""

    NAME = "wasm"
    TOPICS = ("pods", "runtimeclasses", "nodes", "jobs", "shims", "spinapps", "spinappexecutors", "usage", "events")
    TABLES = (("pods", "Wasm pods"), ("runtimes", "Runtimes x nodes"), ("spinapps", "Spin apps"))

    def __init__(self, parts: Any) -> None:
        super().__init__(parts)
        self._rows: Sequence[Any] = ()
        self._why, self._compared = Lines(id="why", folds=True), Lines(id="compared", folds=True)

    def content(self) -> ComposeResult:
        yield from super().content()
        yield self._why
        yield self._compared

    def on_mount(self) -> None:
        self._why.can_focus = self._compared.can_focus = False
        super().on_mount()

    def make_table(self, name: str) -> LiveTable[Any]:
        columns: dict[str, Callable[[], list[Column[Any]]]] = {
            "pods": self._pod_columns,
            "runtimes": self._runtime_columns,
            "spinapps": self._app_columns,
        }
        return LiveTable(
            columns[name](),
            key=lambda row: row.uid,
            text=_text,
            labels=lambda row: row.pod.labels if isinstance(row, WasmPod) else {},
            flash=self.parts.flash,
            plain=self.parts.plain,
            id=name,
        )

    # -- columns -----------------------------------------------------------------------------------

    def _pod_columns(self) -> list[Column[Any]]:
        parts, plain = self.parts, self.parts.plain

        def status(row: WasmPod, _: float) -> Cell:
            found = status_of(parts, row.pod)
            return Cell(f"{glyph(found.tone, plain)} {found.word}", found.tone)

        def memory(row: WasmPod) -> int | None:
            usage = parts.store.pod_usage.get((row.pod.namespace, row.pod.name))
            return usage.memory if usage else None

        def start(row: WasmPod, _: float) -> str:
            seconds = start_seconds(row.pod)
            return "?" if seconds is None else "<1s" if seconds < 1 else clock.age(0.0, seconds)

        return [
            Column("namespace", "NAMESPACE", lambda row, _: row.namespace, min_width=6, max_width=16, priority=3),
            Column("name", "NAME", lambda row, _: row.pod.name, min_width=16, max_width=50),
            Column("engine", "ENGINE", lambda row, _: Cell(row.wasm.engine, "accent"), width=9),
            Column("status", "STATUS", status, width=19),
            Column("by", "RECOGNISED BY", lambda row, _: recognised(row.wasm), min_width=14, max_width=34, priority=5),
            Column(
                "memory",
                "MEM",
                lambda row, _: gib(memory(row)),
                sort=memory,
                width=7,
                priority=4,
                align="right",
            ),
            Column(
                "start", "START", start, sort=lambda row: start_seconds(row.pod), width=5, priority=4, align="right"
            ),
            Column("node", "NODE", lambda row, _: row.pod.node or "-", min_width=8, max_width=20, priority=6),
            age_column(lambda row: row.pod.created_at),
        ]

    def _runtime_columns(self) -> list[Column[Any]]:
        plain = self.parts.plain

        def nodes(row: RuntimeRow, _: float) -> Cell:
            words = [f"{glyph(one.tone, plain)} {one.node} {one.word}" for one in row.nodes]
            return Cell("   ".join(words) or "no node is known", row.nodes[0].tone if row.nodes else "dim")

        def shim(row: RuntimeRow, _: float) -> str:
            return row.runtime.shim.name if row.runtime.shim is not None else "-"

        def runtime_class(row: RuntimeRow, _: float) -> Cell:
            found = row.runtime.runtime_class
            return Cell(found.name) if found is not None else Cell(f"{row.runtime.name} (no class)", "warn")

        return [
            Column("name", "RUNTIMECLASS", runtime_class, min_width=14, max_width=30),
            Column("engine", "ENGINE", lambda row, _: Cell(row.runtime.engine, "accent"), width=9, priority=2),
            Column("handler", "HANDLER", lambda row, _: row.runtime.handler, min_width=8, max_width=16),
            Column("shim", "SHIM", shim, min_width=4, max_width=16, priority=3),
            Column("pods", "PODS", lambda row, _: str(row.pods), sort=lambda row: row.pods, width=4, align="right"),
            Column("nodes", "NODES", nodes, min_width=20),
        ]

    def _app_columns(self) -> list[Column[Any]]:
        plain = self.parts.plain

        def ready(row: AppRow, _: float) -> Cell:
            app = row.app
            wanted = "auto" if app.is_autoscaled else "?" if app.replicas is None else str(app.replicas)
            tone = "good" if app.ready is not None and app.ready >= (app.replicas or 0) and not row.trouble else "bad"
            return Cell(f"{glyph(tone, plain)} {'?' if app.ready is None else app.ready}/{wanted}", tone)

        return [
            Column("namespace", "NAMESPACE", lambda row, _: row.namespace, min_width=6, max_width=16, priority=3),
            Column("name", "NAME", lambda row, _: row.app.name, min_width=12, max_width=40),
            Column("ready", "READY", ready, sort=lambda row: row.app.ready, width=8),
            Column("executor", "EXECUTOR", lambda row, _: row.app.executor or "-", min_width=10, max_width=28),
            Column("by", "RUNS BY", lambda row, _: row.runs_by, min_width=14, max_width=40, priority=2),
            Column("image", "IMAGE", lambda row, _: row.app.image, min_width=16, max_width=60, priority=4),
        ]

    # -- rows --------------------------------------------------------------------------------------

    def rows(self, name: str) -> Sequence[Any]:
        return self._rows

    def _judge(self) -> None:
        store, now = self.parts.store, self.parts.clock()
        if self._shown == "pods":
            pods = wasm_pods(store, now)
            self._rows = pods
            self._compared.show([compared(store, pods)])
        else:
            self._rows = runtime_rows(store, now) if self._shown == "runtimes" else app_rows(store)
            self._compared.show([])

    def draw(self) -> None:
        self._judge()
        super().draw()
        self._show_why()

    def access(self, name: str) -> Access:
        standing = self.parts.store.access
        kinds = {"pods": ("pods", "runtimeclasses"), "runtimes": ("nodes", "runtimeclasses")}.get(name, ("spinapps",))
        return next((standing[kind] for kind in kinds if standing[kind].state != "live"), Access("live"))

    def nothing(self, name: str) -> str:
        if name == "runtimes":
            return "No RuntimeClass, Shim or handler of a node speaks of wasm here."
        return "No pod here is wasm." if name == "pods" else "No SpinApps here."

    def is_healthy(self, row: Any) -> bool:
        if isinstance(row, WasmPod):
            return row.trouble is None
        if isinstance(row, RuntimeRow):
            return all(one.state == "yes" for one in row.nodes)
        return not row.trouble

    def target(self, row: Any) -> Target | None:
        if isinstance(row, WasmPod):
            return target_of(row.pod, "Pod")
        if isinstance(row, RuntimeRow):
            nodes = [node for node in self.parts.store.nodes.values() if row.nodes and node.name == row.nodes[0].node]
            return target_of(nodes[0], "Node") if nodes else None
        return target_of(row.app, "SpinApp")

    def aim(self, action: Action, targets: Sequence[Target]) -> tuple[Action, Sequence[Target]]:
        return aim_restart(self.parts, action, aim_provision(self.parts, action, targets))

    def actions(self) -> Sequence[Action]:
        row = self.table().selected
        return with_provision(super().actions(), isinstance(row, WasmPod) and row.lacks_runtime)

    # -- the lines below ---------------------------------------------------------------------------

    @on(LiveTable.Moved)
    def _row_under_cursor_changed(self) -> None:
        self._show_why()

    def _show_why(self) -> None:
        self._why.show(self._explained(self.table().selected)[:6])

    def _explained(self, row: Any) -> list[Line]:
        """Return what there is to say of a row: cause and advice, or each node with its evidence."""
        arrow: Span = ("-> " if self.parts.plain else "→ ", "accent")
        if isinstance(row, WasmPod):
            if row.trouble is None:
                return [((f"Recognised by {recognised(row.wasm)}.", "dim"),)]
            lines: list[Line] = [((row.trouble.cause or row.trouble.word, row.trouble.severity),)]
            return [*lines, (arrow, (row.trouble.advice, ""))] if row.trouble.advice else lines
        if isinstance(row, RuntimeRow):
            return [*self._provisioners(), *(_evidence(one) for one in row.nodes)]
        if isinstance(row, AppRow):
            return [((row.trouble, "bad"),)] if row.trouble else [((f"Run by {row.runs_by}.", "dim"),)]
        return []

    def _provisioners(self) -> list[Line]:
        """Return why nothing is known of Shims, where that is so."""
        access = self.parts.store.access["shims"]
        if access.state in ("live", "waiting"):
            return []
        return [((access.reason or f"Shims: {access.state}", "dim"),)]

    def details(self) -> tuple[str, Callable[[], Sequence[Line]]] | None:
        row = self.table().selected
        if row is None:
            return None
        store, now = self.parts.store, self.parts.clock
        if isinstance(row, RuntimeRow):
            title = f"runtime {row.runtime.name}, handler {row.runtime.handler}"
            return title, lambda: self._explained(row)
        record = row.pod if isinstance(row, WasmPod) else row.app
        said = last_lines_of(self.parts, record, self.run_worker)
        title = f"{self.target(row)} in {record.namespace}"
        return title, lambda: [*self._explained(row), (), *describe(store, record.uid, record, now()), *said()]


def _evidence(one: Any) -> Line:
    return ((f"{one.node}: {one.word}  ", one.tone), (one.evidence, ""))


def _text(row: Any) -> str:
    if isinstance(row, WasmPod):
        return f"{row.pod.namespace} {row.pod.name} {row.wasm.engine} {row.pod.node} {recognised(row.wasm)}"
    if isinstance(row, RuntimeRow):
        return " ".join((row.runtime.name, row.runtime.engine, row.runtime.handler, *(one.node for one in row.nodes)))
    return f"{row.app.namespace} {row.app.name} {row.app.executor} {row.app.image}"
