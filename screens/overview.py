"""Overview: what needs attention first, with its cause and the key that helps; then the state in a few lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult

from spottui import clock
from spottui.actions.registry import Action
from spottui.records import Access, Finding, Target
from spottui.records_argocd import Application
from spottui.screens.describe import blank, describe
from spottui.screens.glyphs import gib, glyph
from spottui.screens.header import calm_milliseconds
from spottui.screens.links_summary import links_summary
from spottui.screens.node_lines import label, node_lines, unknown
from spottui.screens.robot_summary import robot_summary
from spottui.screens.tables import TableScreen
from spottui.screens.wasm_aim import aim_provision, with_provision
from spottui.screens.why_pane import WhyPane
from spottui.screens.window_line import window_line
from spottui.screens.workloads import aim_restart
from spottui.store_findings import findings
from spottui.store_kinds import KINDS
from spottui.verdicts.robot_findings import robot_findings
from spottui.verdicts.troubles import PROVISION
from spottui.verdicts.wasm import wasm_of
from spottui.widgets.lines import Lines
from spottui.widgets.live_table import LiveTable
from spottui.widgets.row_index import Cell, Column
from spottui.widgets.tones import Line

WIDE = 130
"""Cells from which on the update window stands on the line of GitOps."""
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
        self._robot_said: tuple[Any, ...] = ()
        self._robot_drawn: Line = ()
        self._window = parts.store.watch.window(parts.clock())
        self._why, self._lines = WhyPane(parts), Lines(id="summary")

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
        self._undo.append(self.parts.store.subscribe("robot", self._robot_heard))
        super().on_mount()

    def _columns(self) -> list[Column[Finding]]:
        plain = self.parts.plain
        return [
            Column(
                "subject",
                "SUBJECT",
                lambda one, _: Cell(f"{glyph(one.severity, plain)}{'!' * one.is_critical} {one.subject}", one.severity),
                min_width=18,
                max_width=34,
            ),
            Column("text", "WHY", lambda one, _: one.text, min_width=20),
            Column("key", "KEY", lambda one, _: Cell(one.key, "accent"), width=11, priority=2),
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
        self._findings = findings(self.parts.store, self.parts.clock(), self.parts.cluster_now())
        self._robot_said = self._what_robot_says()
        super().draw()
        self._show_summary()
        self._show_why()

    def _robot_heard(self) -> None:
        """Draw only what the robot's word changes, a finding or the lines below: it speaks every second."""
        if not self.is_current or not self.is_mounted or self.parts.is_frozen:
            return
        if self._what_robot_says() != self._robot_said:
            self.show_changes()
        elif self._robot_line() != self._robot_drawn or self._has_other_window(self.parts.clock()):
            self._show_summary()

    def _robot_line(self) -> Line:
        robot = self.parts.store.robot
        if robot is None:
            return ()
        return (label("Robot"), *robot_summary(robot, self.parts.clock(), self.parts.plain))

    def _has_other_window(self, now: float) -> bool:
        return self.parts.store.watch.window(now) != self._window

    def _what_robot_says(self) -> tuple[Any, ...]:
        view = self.parts.store.watch.view
        if view is None:
            return ()
        on_it = (view.robot.payloads, view.robot.services, view.robot.sensors)
        return (tuple(robot_findings(view, self.parts.clock())), *on_it)

    def _show_summary(self) -> None:
        self._drawn_at = self.parts.clock()
        self._lines.show(self._summary())

    def _show_why(self) -> None:
        """Show in full what the table had to cut: cause and advice of the finding under the cursor."""
        self._why.show_finding(self.table().selected)

    @on(LiveTable.Moved)
    def _finding_changed(self) -> None:
        self._show_why()

    def tick(self, now: float) -> None:
        super().tick(now)
        if now - self._drawn_at >= SUMMARY_EVERY or self._has_other_window(now):
            self._show_summary()

    def rows(self, name: str) -> Sequence[Finding]:
        return self._findings

    def access(self, name: str) -> Access:
        standing = self.parts.store.access
        if any(standing[kind].state == "waiting" for kind in ("pods", "nodes")) and not self._findings:
            return standing["pods"] if standing["pods"].state == "waiting" else standing["nodes"]
        limit = Access("live", standing["pods"].reason)
        return next((standing[kind] for kind in ("pods", "nodes") if standing[kind].state != "live"), limit)

    def nothing(self, name: str) -> str:
        return "Nothing needs attention."

    def has_namespaces(self) -> bool:
        return False

    def target(self, row: Finding) -> Target | None:
        return row.target

    def aim(self, action: Action, targets: Sequence[Target]) -> tuple[Action, Sequence[Target]]:
        return aim_restart(self.parts, action, aim_provision(self.parts, action, targets))

    def actions(self) -> Sequence[Action]:
        finding = self.table().selected
        return with_provision(super().actions(), finding is not None and finding.key == PROVISION)

    def details(self) -> tuple[str, Callable[[], Sequence[Line]]] | None:
        finding = self.table().selected
        if finding is None:
            return None
        head: list[Line] = [((finding.text, finding.severity),)]
        head += [(("What to do       ", "dim"), (finding.advice, ""))] if finding.advice else []
        if self._why.last_lines:
            head += [(), (("Its last lines", "title"),), *(((f"  {line}", ""),) for line in self._why.last_lines)]
        head.append(())
        store, clock_now, target = self.parts.store, self.parts.clock, finding.target
        if target is None:
            return finding.subject, lambda: head
        return finding.subject, lambda: [*head, *describe(store, target.uid, blank(target), clock_now())]

    def as_text(self) -> str:
        summary = "\n".join("".join(text for text, _ in line) for line in self._summary())
        return f"{super().as_text()}\n\n{summary}\n"

    # -- the lines below ---------------------------------------------------------------------------

    def _summary(self) -> list[Line]:
        now = self.parts.clock()
        self._window = self.parts.store.watch.window(now)
        lines = [*node_lines(self.parts, self.size.width), self._workload_line(), *self._gitops_lines(now)]
        self._robot_drawn = self._robot_line()
        lines += [self._robot_drawn] if self._robot_drawn else []
        lines.append(self._link_line())
        if links := links_summary(self.parts.store, self.parts.plain):
            lines.append((label("Links"), *links))
        return [*lines, *self._host_line()]

    def _workload_line(self) -> Line:
        store = self.parts.store
        if not store.pods:
            return (label("Workloads"), unknown(store, "pods"))
        statuses = store.pod_statuses.values()
        running = sum(one.tone == "good" for one in statuses)
        wanted = sum(one.tone != "dim" for one in statuses)
        classes = store.runtime_classes()
        wasm = [pod for pod in store.pods.values() if wasm_of(pod, classes)]
        wasm_good = sum(store.pod_statuses[pod.uid].tone == "good" for pod in wasm)
        restarts = sum(entry.what == "restart" for entry in store.timeline)
        text = f"{running}/{wanted} pods well   wasm {wasm_good}/{len(wasm)}   restarts seen: {restarts}"
        return (label("Workloads"), (text, "" if running == wanted else "warn"))

    def _gitops_lines(self, now: float) -> list[Line]:
        """Return the Applications and the update window, on one line where there is room."""
        window: Line = (("update window: ", "dim"), *window_line(self._window, now))
        applications = self._gitops_line()
        if self.size.width >= WIDE:
            return [(*applications, (" · " if not self.parts.plain else " | ", "dim"), *window)]
        return [applications, (label(""), *window)]

    def _gitops_line(self) -> Line:
        store = self.parts.store
        found = list(store.applications.values())
        if not found:
            return (label("GitOps"), unknown(store, "applications"))
        counts = {word: sum(one.sync == word for one in found) for word in ("Synced", "OutOfSync", "Unknown")}
        failed = sum(bool(one.operation and one.operation.phase in ("Failed", "Error")) for one in found)
        text = f"{counts['Synced']} synced  {counts['OutOfSync']} out of sync  {counts['Unknown']} unknown"
        text += f"  {failed} failed"
        oldest = min((one.reconciled_at for one in found if one.reconciled_at is not None), default=None)
        age = f"   compared {clock.age(oldest, self.parts.clock())} ago" if oldest is not None else ""
        return (label("GitOps"), (text, "" if _all_synced(found) else "warn"), (age, "dim"))

    def _link_line(self) -> Line:
        store, now = self.parts.store, self.parts.clock()
        link = store.links.get("kube")
        if link is None:
            return (label("Link"), (self.parts.problem() or "connecting…", "dim"))
        reason = getattr(link, "reason", "")
        if reason:
            down = clock.age(getattr(link, "at", None), now)
            return (label("Link"), (f"down for {down}: {reason}", "bad"))
        trip = getattr(link, "round_trip", None)
        said = f"{getattr(link, 'server', '')}  round trip {'?' if trip is None else calm_milliseconds(trip)}"
        return (label("Link"), (f"API server {said}", ""))

    def _host_line(self) -> list[Line]:
        host = self.parts.store.host
        if host is None:
            return []
        cpu = "?" if host.cpu_percent is None else f"{host.cpu_percent:.0f}%"
        warmest = max((one.celsius for one in host.temperatures), default=None)
        heat = "" if warmest is None else f"   {warmest:.0f} °C"
        text = f"{host.name}  cpu {cpu}   mem {gib(host.memory_used)}/{gib(host.memory_total)}{heat}"
        return [(label("Host"), (text, ""))]


def _all_synced(applications: Sequence[Application]) -> bool:
    return all(one.sync == "Synced" for one in applications)
