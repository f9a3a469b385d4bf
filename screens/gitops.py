"""GitOps: every Argo CD Application with sync, health, operation, revision and the age of what is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.app import ComposeResult

from spottui import clock
from spottui.records import Access, Application, Target
from spottui.screens.glyphs import glyph
from spottui.screens.palette import target_of
from spottui.screens.tables import TableScreen
from spottui.screens.window_line import window_line
from spottui.screens.workloads import age_column
from spottui.verdicts.changes import short_revision
from spottui.widgets.lines import Lines
from spottui.widgets.live_table import LiveTable
from spottui.widgets.row_index import Cell, Column

STALE_AFTER = 210.0
"""Seconds without a comparison after which Argo CD's word is old: its resync is 180 s (argocd.md, rule 8)."""

SYNC_TONES = {"Synced": "good", "OutOfSync": "warn"}
HEALTH_TONES = {"Healthy": "good", "Progressing": "info", "Suspended": "dim", "Degraded": "bad", "Missing": "bad"}
PHASE_TONES = {"Succeeded": "good", "Running": "info", "Terminating": "warn", "Failed": "bad", "Error": "bad"}
PHASE_WORDS = {
    "Running": "Syncing",
    "Terminating": "Terminating",
    "Succeeded": "Sync OK",
    "Failed": "Sync failed",
    "Error": "Sync error",
}


def operation_state(application: Application) -> tuple[str, str]:
    """Return the word of the operation as Argo CD's own pages have it, and its tone."""
    operation = application.operation
    if application.has_pending_operation and operation is None:
        return "Waiting to start", "info"
    if application.deleted_at is not None:
        return "Deleting", "warn"
    if operation is None:
        return "-", "dim"
    if operation.phase in ("Running", "Terminating") and not application.has_pending_operation:
        return "Stale state", "dim"
    return PHASE_WORDS.get(operation.phase, operation.phase), PHASE_TONES.get(operation.phase, "")


class GitOpsScreen(TableScreen):
    """Every Application of every namespace on one line."""

    NAME = "gitops"
    TOPICS = ("applications", "appprojects")
    TABLES = (("applications", "Applications"),)

    def __init__(self, parts: Any) -> None:
        super().__init__(parts)
        self._window = Lines(id="window")
        self._window.can_focus = False

    def content(self) -> ComposeResult:
        yield self._window
        yield from super().content()

    def draw(self) -> None:
        super().draw()
        self._show_window()

    def tick(self, now: float) -> None:
        super().tick(now)
        self._show_window()

    def _show_window(self) -> None:
        now = self.parts.clock()
        self._window.show([((" update window: ", "dim"), *window_line(self.parts.store.watch.window(now), now))])

    def make_table(self, name: str) -> LiveTable[Any]:
        return LiveTable(
            self._columns(),
            key=lambda application: application.uid,
            text=lambda application: " ".join(
                (
                    application.namespace,
                    application.name,
                    application.project,
                    application.sync,
                    application.health,
                    operation_state(application)[0],
                )
            ),
            labels=lambda application: application.labels,
            flash=self.parts.flash,
            plain=self.parts.plain,
            id=name,
        )

    def _columns(self) -> list[Column[Application]]:
        plain = self.parts.plain

        def sync(application: Application, _: float) -> Cell:
            tone = SYNC_TONES.get(application.sync, "dim")
            return Cell(f"{glyph(tone, plain)} {application.sync or '?'}", tone)

        def health(application: Application, _: float) -> Cell:
            tone = HEALTH_TONES.get(application.health, "dim")
            return Cell(f"{glyph(tone, plain)} {application.health or '?'}", tone)

        def operation(application: Application, _: float) -> Cell:
            if application.refreshing:
                return Cell(f"Refreshing ({application.refreshing})", "info")
            return Cell(*operation_state(application))

        def compared(application: Application, now: float) -> Cell:
            at = application.reconciled_at
            old = at is not None and now - at > STALE_AFTER
            return Cell(clock.calm_age(at, now), "warn" if old else "")

        def auto(application: Application, _: float) -> Cell:
            if not application.auto_sync:
                return Cell("manual", "dim")
            extra = [word for word, on in (("heal", application.self_heal), ("prune", application.auto_prune)) if on]
            return Cell("+".join(["auto", *extra]))

        return [
            Column("name", "APPLICATION", lambda row, _: row.name, min_width=14, max_width=40),
            Column("sync", "SYNC", sync, sort=lambda row: row.sync, width=11),
            Column("health", "HEALTH", health, sort=lambda row: row.health, width=13),
            Column("operation", "OPERATION", operation, width=16, priority=2),
            Column("revision", "REVISION", lambda row, _: short_revision(row.revision) or "-", width=10, priority=3),
            Column(
                "compared",
                "COMPARED",
                compared,
                sort=lambda row: row.reconciled_at,
                width=8,
                priority=1,
                align="right",
                ages=True,
            ),
            Column("auto", "AUTO-SYNC", auto, width=15, priority=4),
            Column("target", "TARGET", lambda row, _: row.target_revision or "HEAD", width=10, priority=6),
            Column("project", "PROJECT", lambda row, _: row.project, width=12, priority=7),
            Column("namespace", "NAMESPACE", lambda row, _: row.namespace, width=12, priority=8),
            Column("repo", "REPOSITORY", lambda row, _: row.repo, min_width=20, max_width=60, priority=9),
            Column("path", "PATH", lambda row, _: row.path, width=20, wide_only=True),
            age_column(),
        ]

    def rows(self, name: str) -> Sequence[Application]:
        return list(self.parts.store.applications.values())

    def access(self, name: str) -> Access:
        return self.parts.store.access["applications"]

    def is_healthy(self, row: Application) -> bool:
        tones = {SYNC_TONES.get(row.sync), HEALTH_TONES.get(row.health), operation_state(row)[1]}
        return not tones & {"warn", "bad", None}

    def nothing(self, name: str) -> str:
        return "Argo CD is here, and has no Applications."

    def target(self, row: Application) -> Target:
        return target_of(row, "Application")

    def has_namespaces(self) -> bool:
        return False  # Applications live in Argo CD's own namespace: narrowing would hide them all
