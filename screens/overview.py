"""Overview: what needs attention first, with its cause and the key that helps; then the state in a few lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult

from spottui import clock
from spottui.actions.registry import Action
from spottui.records import Access, Application, Finding, Meta, Target
from spottui.screens.describe import describe
from spottui.screens.glyphs import bar, cores, gib, glyph, percent
from spottui.screens.header import calm_milliseconds
from spottui.screens.nodes import node_state, node_wasm
from spottui.screens.tables import TableScreen
from spottui.screens.workloads import aim_restart, runtimes
from spottui.store import KINDS, WORKLOAD_KINDS
from spottui.verdicts.findings import find
from spottui.verdicts.wasm import wasm_of
from spottui.widgets.lines import Lines
from spottui.widgets.live_table import LiveTable
from spottui.widgets.row_index import Cell, Column
from spottui.widgets.tones import Line, Span

SUMMARY_EVERY = 10.0
"""Seconds between two drawings of the lines below when nothing but time and the host's figures changed."""


class OverviewScreen(TableScreen):
    """Findings, ranked; below them one line each for nodes, workloads and GitOps."""

    NAME = "overview"
    TOPICS = (*KINDS, "usage")
    TABLES = (("findings", "Needs attention"),)

    def __init__(self, parts: Any) -> None:
        super().__init__(parts)
        self._findings: tuple[Finding, ...] = ()
        self._drawn_at = 0.0
        self._why, self._lines = Lines(id="why", folds=True), Lines(id="summary")

    def make_table(self, name: str) -> LiveTable[Any]:
        table: LiveTable[Finding] = LiveTable(
            self._columns(),
            key=lambda finding: finding.id,
            text=lambda finding: f"{finding.subject} {finding.text}",
            labels=lambda finding: {},
            flash=self.parts.flash,
            plain=self.parts.plain,
            id=name,
        )
        return table

    def content(self) -> ComposeResult:
        yield from super().content()
        yield self._why
        yield self._lines

    def on_mount(self) -> None:
        self._why.can_focus = self._lines.can_focus = False
        super().on_mount()

    def _columns(self) -> list[Column[Finding]]:
        plain = self.parts.plain
        return [
            Column(
                "subject",
                "SUBJECT",
                lambda one, _: Cell(f"{glyph(one.severity, plain)} {one.subject}", one.severity),
                min_width=18,
                max_width=34,
            ),
            Column("text", "WHY", lambda one, _: one.text, min_width=20),
            Column("key", "KEY", lambda one, _: Cell(one.key, "accent"), width=9, priority=2),
            Column(
                "since",
                "SINCE",
                lambda one, now: clock.calm_age(one.since, now),
                sort=lambda one: one.since,
                width=6,
                priority=1,
                align="right",
                ages=True,
            ),
        ]

    def draw(self) -> None:
        store = self.parts.store
        self._findings = find(
            pods=store.pods,
            statuses=store.pod_statuses,
            workloads={uid: one for kind in WORKLOAD_KINDS for uid, one in store.workloads(kind).items()},
            nodes=store.nodes,
            applications=store.applications,
            events=store.kube_events,
            access=store.access,
            now=self.parts.clock(),
        )
        super().draw()
        self._show_summary()
        self._show_why()

    def _show_summary(self) -> None:
        self._drawn_at = self.parts.clock()
        self._lines.show(self._summary())

    def _show_why(self) -> None:
        """Show in full what the table had to cut: the cause of the finding under the cursor."""
        finding = self.table().selected
        self._why.show([((finding.text, finding.severity),)] if finding else [])

    @on(LiveTable.Moved)
    def _finding_changed(self) -> None:
        self._show_why()

    def tick(self, now: float) -> None:
        super().tick(now)
        if now - self._drawn_at >= SUMMARY_EVERY:
            self._show_summary()

    def rows(self, name: str) -> Sequence[Finding]:
        return self._findings

    def access(self, name: str) -> Access:
        standing = self.parts.store.access
        if any(standing[kind].state == "waiting" for kind in ("pods", "nodes")) and not self._findings:
            return standing["pods"] if standing["pods"].state == "waiting" else standing["nodes"]
        return next((standing[kind] for kind in ("pods", "nodes") if standing[kind].state != "live"), Access("live"))

    def nothing(self, name: str) -> str:
        return "Nothing needs attention."

    def has_namespaces(self) -> bool:
        return False

    def target(self, row: Finding) -> Target | None:
        return row.target

    def aim(self, action: Action, targets: Sequence[Target]) -> tuple[Action, Sequence[Target]]:
        return aim_restart(self.parts, action, targets)

    def details(self) -> tuple[str, Callable[[], Sequence[Line]]] | None:
        finding = self.table().selected
        if finding is None:
            return None
        head: list[Line] = [((finding.text, finding.severity),), ()]
        store, clock_now, target = self.parts.store, self.parts.clock, finding.target
        if target is None:
            return finding.subject, lambda: head
        blank = Meta(uid=target.uid, name=target.name, namespace=target.namespace, created_at=None)
        return finding.subject, lambda: [*head, *describe(store, target.uid, blank, clock_now())]

    def as_text(self) -> str:
        summary = "\n".join("".join(text for text, _ in line) for line in self._summary())
        return f"{super().as_text()}\n\n{summary}\n"

    # -- the lines below ---------------------------------------------------------------------------

    def _summary(self) -> list[Line]:
        return [*self._node_lines(), self._workload_line(), self._gitops_line(), self._link_line(), *self._host_line()]

    def _node_lines(self) -> list[Line]:
        store, plain = self.parts.store, self.parts.plain
        lines: list[Line] = []
        for node in list(store.nodes.values())[:4]:
            word, tone = node_state(node)
            used = store.node_usage.get(node.name)
            cpu, memory = (used.cpu, used.memory) if used else (None, None)
            share = cpu / node.allocatable_cpu if cpu is not None and node.allocatable_cpu else None
            spans: list[Span] = [_title("Node"), (f"{node.name}  ", ""), (f"{glyph(tone, plain)} {word}", tone)]
            spans.append((f"  cpu {bar(share, 8, plain)} {cores(cpu)} {percent(cpu, node.allocatable_cpu)}", ""))
            spans.append((f"  mem {gib(memory)}/{gib(node.allocatable_memory)}", ""))
            spans.append((f"  pods {store.pods_on(node.name)}  wasm {node_wasm(node)}", ""))
            lines.append(tuple(spans))
        more = len(store.nodes) - 4
        if more > 0:
            lines.append(((f"{'':<10}and {more} more nodes", "dim"),))
        if not store.nodes:
            lines.append((_title("Node"), self._unknown("nodes")))
        if store.usage_reason:
            heard = store.usage_heard_at
            old = f"numbers are {clock.calm_age(heard, self.parts.clock())} old: " if store.node_usage else ""
            lines.append((_title("Usage"), (f"{old}{store.usage_reason}", "warn" if old else "dim")))
        return lines

    def _unknown(self, kind: str) -> Span:
        access = self.parts.store.access[kind]
        return ("none", "dim") if access.state == "live" else (f"? {access.reason}", "dim")

    def _workload_line(self) -> Line:
        store = self.parts.store
        if not store.pods:
            return (_title("Workloads"), self._unknown("pods"))
        statuses = store.pod_statuses.values()
        running = sum(one.tone == "good" for one in statuses)
        wanted = sum(one.tone != "dim" for one in statuses)
        classes = runtimes(self.parts)
        wasm = [pod for pod in store.pods.values() if wasm_of(pod, classes)]
        wasm_good = sum(store.pod_statuses[pod.uid].tone == "good" for pod in wasm)
        restarts = sum(entry.what == "restart" for entry in store.timeline)
        text = f"{running}/{wanted} pods well   wasm {wasm_good}/{len(wasm)}   restarts seen: {restarts}"
        return (_title("Workloads"), (text, "" if running == wanted else "warn"))

    def _gitops_line(self) -> Line:
        store = self.parts.store
        found = list(store.applications.values())
        if not found:
            return (_title("GitOps"), self._unknown("applications"))
        counts = {word: sum(one.sync == word for one in found) for word in ("Synced", "OutOfSync", "Unknown")}
        failed = sum(bool(one.operation and one.operation.phase in ("Failed", "Error")) for one in found)
        text = f"{counts['Synced']} synced  {counts['OutOfSync']} out of sync  {counts['Unknown']} unknown"
        text += f"  {failed} failed"
        oldest = min((one.reconciled_at for one in found if one.reconciled_at is not None), default=None)
        age = f"   compared {clock.age(oldest, self.parts.clock())} ago" if oldest is not None else ""
        return (_title("GitOps"), (text, "" if _all_synced(found) else "warn"), (age, "dim"))

    def _link_line(self) -> Line:
        store, now = self.parts.store, self.parts.clock()
        link = store.links.get("kube")
        if link is None:
            return (_title("Link"), (self.parts.problem() or "connecting…", "dim"))
        reason = getattr(link, "reason", "")
        if reason:
            down = clock.age(getattr(link, "at", None), now)
            return (_title("Link"), (f"down for {down}: {reason}", "bad"))
        trip = getattr(link, "round_trip", None)
        said = f"{getattr(link, 'server', '')}  round trip {'?' if trip is None else calm_milliseconds(trip)}"
        return (_title("Link"), (f"API server {said}", ""))

    def _host_line(self) -> list[Line]:
        host = self.parts.store.host
        if host is None:
            return []
        cpu = "?" if host.cpu_percent is None else f"{host.cpu_percent:.0f}%"
        warmest = max((one.celsius for one in host.temperatures), default=None)
        heat = "" if warmest is None else f"   {warmest:.0f} °C"
        text = f"{host.name}  cpu {cpu}   mem {gib(host.memory_used)}/{gib(host.memory_total)}{heat}"
        return [(_title("Host"), (text, ""))]


def _all_synced(applications: Sequence[Application]) -> bool:
    return all(one.sync == "Synced" for one in applications)


def _title(word: str) -> Span:
    return (f"{word:<10}", "dim")
