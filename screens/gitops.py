"""GitOps: every Argo CD Application with sync, health, operation, revision and the age of what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from spottui.records import Access, Target
from spottui.records_argocd import Application
from spottui.screens.gitops_columns import application_columns
from spottui.screens.gitops_detail import AppScreen
from spottui.screens.gitops_diff import DiffScreen
from spottui.screens.gitops_history import HistoryScreen
from spottui.screens.gitops_lines import pane
from spottui.screens.gitops_parents import SetRow, set_lines, set_rows, sets_table
from spottui.screens.gitops_windows import WindowVerdicts
from spottui.screens.gitops_words import health_cell, operation_state, sync_cell
from spottui.screens.palette import target_of
from spottui.screens.tables import TableScreen
from spottui.screens.timeline_jump import jump
from spottui.screens.window_line import window_line
from spottui.store_argocd import is_old, parent_app
from spottui.verdicts.app_conditions import causes
from spottui.verdicts.app_sets import set_word
from spottui.widgets.lines import Lines
from spottui.widgets.live_table import LiveTable
from spottui.widgets.one_line import Part
from spottui.widgets.tones import Line

PANE_LINES = 6
"""Lines below the list on a small terminal, before folding."""
PANE_LINES_TALL = 12
TALL = 35
"""Rows of a terminal from which on there is room for more."""


class GitOpsScreen(TableScreen):
    """Every Application of every namespace on one line, children below their parents; below: the row in sentences."""

    NAME = "gitops"
    TOPICS = ("applications", "appprojects", "applicationsets", "robot", "probes")
    TABLES = (("applications", "Applications"), ("applicationsets", "ApplicationSets"))
    CSS_PATH = "../styles/gitops.tcss"
    BINDINGS = [
        Binding("D", "diff", "diff: live against target", id="gitops.diff"),
        Binding("R", "deployments", "history of deployments, rollback", id="gitops.history"),
    ]

    def __init__(self, parts: Any) -> None:
        self._windows = WindowVerdicts(parts.store, self.run_worker, self._windows_known)
        self._depths: Mapping[str, int] = {}
        super().__init__(parts)
        self._window, self._about = Lines(id="window"), Lines(id="about", folds=True)
        self._window.can_focus = self._about.can_focus = False

    def content(self) -> ComposeResult:
        yield self._window
        yield from super().content()
        yield self._about

    def draw(self) -> None:
        super().draw()
        self._show_window()
        self._show_about()

    def tick(self, now: float) -> None:
        super().tick(now)
        self._show_window()
        self._show_about()

    def _windows_known(self) -> None:
        if self.is_mounted and self.is_current:
            self.table().tick(self.now())
            self._show_about()

    def _show_window(self) -> None:
        now = self.parts.clock()
        self._window.show([((" update window: ", "dim"), *window_line(self.parts.store.watch.window(now), now))])

    @on(LiveTable.Moved)
    def _show_about(self) -> None:
        if self.is_mounted and self.is_current:
            self._about.show(self._said(self.table().selected))

    def _said(self, row: Application | SetRow | None) -> list[Line]:
        store, now, plain = self.parts.store, self.now(), self.parts.plain
        limit = PANE_LINES if self.size.height < TALL else PANE_LINES_TALL
        if isinstance(row, SetRow):
            return set_lines(store, row.one, now, plain)[:limit]
        return pane(store, row, self._windows.of(row, now), now, plain)[:limit] if row is not None else []

    def now(self) -> float:
        return self.parts.cluster_now()

    def make_table(self, name: str) -> LiveTable[Any]:
        if name == "applicationsets":
            return sets_table(self.parts.plain, self.parts.flash, name)
        return LiveTable(
            application_columns(self.parts.store, self.parts.plain, lambda: self._depths, self._windows.cell),
            key=lambda application: application.uid,
            text=_text,
            labels=lambda application: application.labels,
            flash=self.parts.flash,
            plain=self.parts.plain,
            id=name,
        )

    def rows(self, name: str) -> Sequence[Application | SetRow]:
        if name == "applicationsets":
            return set_rows(self.parts.store)
        rows, self._depths = by_parent(list(self.parts.store.applications.values()))
        return rows

    def access(self, name: str) -> Access:
        return self.parts.store.access[name]

    def is_healthy(self, row: Application | SetRow) -> bool:
        if isinstance(row, SetRow):
            return set_word(row.one)[1] == "good"
        tones = {sync_cell(row, True).tone, health_cell(row.health, True).tone, operation_state(row)[1]}
        return (
            not tones & {"warn", "bad", None} and not is_old(self.parts.store, row, self.now()) and not row.conditions
        )

    def nothing(self, name: str) -> str:
        return f"Argo CD is here, and has no {dict(self.TABLES)[name]}."

    def target(self, row: Application | SetRow) -> Target:
        return target_of(row.one, "ApplicationSet") if isinstance(row, SetRow) else target_of(row, "Application")

    def has_namespaces(self) -> bool:
        return False  # Applications live in Argo CD's own namespace: narrowing would hide them all

    def key_parts(self) -> list[Part]:
        keys = (("D", " diff", "D"), ("R", " history", "R")) if self._shown == "applications" else ()
        return [*super().key_parts(), *(Part(((key, "key"), (word, "")), 3, sends) for key, word, sends in keys)]

    # -- keys --------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the Application: facts, tree, and the ways on from there; a set is described."""
        row = self.table().selected
        if isinstance(row, Application):
            self.app.push_screen(AppScreen(self.parts, row, self._go))
        elif row is not None:
            self.action_details()

    def _go(self, target: Target) -> None:
        self.run_worker(self._jump(target), group="jump")

    async def _jump(self, target: Target) -> None:
        if said := await jump(self, target):
            self.say(said)

    def action_diff(self) -> None:
        """Show what differs between live and target."""
        row = self.table().selected
        if isinstance(row, Application):
            self.app.push_screen(DiffScreen(self.parts, row))

    def action_deployments(self) -> None:
        """Show what was deployed, and the way back."""
        row = self.table().selected
        if isinstance(row, Application):
            self.app.push_screen(HistoryScreen(self.parts, row))


def by_parent(apps: list[Application]) -> tuple[list[Application], dict[str, int]]:
    """Return the Applications by name, children right below their parent, and how deep each stands.

    Names may be equal in several namespaces: a parent is looked for in the child's own namespace first.
    """
    ordered = sorted(apps, key=lambda app: (app.name, app.namespace, app.uid))
    by_name: dict[str, list[Application]] = {}
    for app in ordered:
        by_name.setdefault(app.name, []).append(app)
    children: dict[str, list[Application]] = {}
    roots: list[Application] = []
    for app in ordered:
        above = parent_app(app, by_name)
        (roots if above is None else children.setdefault(above.uid, [])).append(app)
    rows: list[Application] = []
    depths: dict[str, int] = {}
    waiting = [(app, 0) for app in reversed(roots)]
    while waiting:
        app, depth = waiting.pop()
        rows.append(app)
        depths[app.uid] = depth
        waiting += [(child, depth + 1) for child in reversed(children.pop(app.uid, []))]
    for circle in children.values():  # two that name each other stand below nobody
        for app in circle:
            if app.uid not in depths:
                rows.append(app)
                depths[app.uid] = 0
    return rows, depths


def _text(application: Application) -> str:
    words = (application.namespace, application.name, application.project, application.sync, application.health)
    codes = (cause.code for cause in causes(application)) if application.conditions else ()
    return " ".join((*words, operation_state(application)[0], application.parent, application.repo, *codes))
