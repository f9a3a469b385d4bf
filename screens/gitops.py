"""GitOps: every Argo CD Application with sync, health, operation, revision and the age of what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from spottui import clock
from spottui.records import Access, Application, Target
from spottui.screens.gitops_detail import AppScreen
from spottui.screens.gitops_diff import DiffScreen
from spottui.screens.gitops_history import HistoryScreen
from spottui.screens.gitops_lines import pane
from spottui.screens.gitops_windows import WindowVerdicts
from spottui.screens.gitops_words import (
    auto_words,
    compared_cell,
    health_cell,
    is_stale,
    operation_cell,
    operation_state,
    sync_cell,
)
from spottui.screens.palette import target_of
from spottui.screens.tables import TableScreen
from spottui.screens.timeline_jump import jump
from spottui.screens.window_line import window_line
from spottui.verdicts.app_conditions import causes
from spottui.verdicts.changes import short_revision
from spottui.widgets.lines import Lines
from spottui.widgets.live_table import LiveTable
from spottui.widgets.one_line import Part
from spottui.widgets.row_index import Cell, Column
from spottui.widgets.tones import Line

PANE_LINES = 6
"""Lines below the list on a small terminal, before folding."""
PANE_LINES_TALL = 12
TALL = 35
"""Rows of a terminal from which on there is room for more."""


class GitOpsScreen(TableScreen):
    """Every Application of every namespace on one line, children below their parents; below: the row in sentences."""

    NAME = "gitops"
    TOPICS = ("applications", "appprojects", "robot", "probes")
    TABLES = (("applications", "Applications"),)
    CSS_PATH = "../styles/gitops.tcss"
    BINDINGS = [
        Binding("D", "diff", "diff: live against target", id="gitops.diff"),
        Binding("R", "deployments", "history of deployments, rollback", id="gitops.history"),
    ]

    def __init__(self, parts: Any) -> None:
        super().__init__(parts)
        self._window, self._about = Lines(id="window"), Lines(id="about", folds=True)
        self._window.can_focus = self._about.can_focus = False
        self._windows = WindowVerdicts(parts.store, self.run_worker, self._show_about)
        self._depths: Mapping[str, int] = {}

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

    def _show_window(self) -> None:
        now = self.parts.clock()
        self._window.show([((" update window: ", "dim"), *window_line(self.parts.store.watch.window(now), now))])

    @on(LiveTable.Moved)
    def _show_about(self) -> None:
        if self.is_mounted and self.is_current:
            self._about.show(self._said(self.table().selected))

    def _said(self, app: Application | None) -> list[Line]:
        if app is None:
            return []
        store, now = self.parts.store, self.parts.clock()
        limit = PANE_LINES if self.size.height < TALL else PANE_LINES_TALL
        return pane(store, app, self._windows.of(app, now), now, self.parts.plain)[:limit]

    def make_table(self, name: str) -> LiveTable[Any]:
        return LiveTable(
            self._columns(),
            key=lambda application: application.uid,
            text=_text,
            labels=lambda application: application.labels,
            flash=self.parts.flash,
            plain=self.parts.plain,
            id=name,
        )

    def _columns(self) -> list[Column[Application]]:
        plain, store = self.parts.plain, self.parts.store

        def name(application: Application, _: float) -> str:
            depth = self._depths.get(application.uid, 0)
            return f"{'  ' * (depth - 1)}{'`-' if plain else '└ '}{application.name}" if depth else application.name

        def behind(application: Application, _: float) -> Cell:
            found = store.apps.behind(application)
            return Cell(found.text, "warn" if found.at_least else "dim" if found.at_least is None else "")

        def trouble(application: Application, _: float) -> Cell:
            found = causes(application)
            return Cell(found[0].code, found[0].severity) if found else Cell("-", "dim")

        def last_sync(application: Application, now: float) -> str:
            at = application.operation.finished_at if application.operation else None
            return clock.calm_age(at, now) if at is not None else "-"

        return [
            Column("name", "APPLICATION", name, sort=lambda row: row.name, min_width=14, max_width=40),
            Column("sync", "SYNC", lambda row, _: sync_cell(row, plain), sort=lambda row: row.sync, width=11),
            Column(
                "health", "HEALTH", lambda row, _: health_cell(row.health, plain), sort=lambda row: row.health, width=13
            ),
            Column("operation", "OPERATION", lambda row, _: operation_cell(row), width=16, priority=2),
            Column("behind", "BEHIND", behind, sort=lambda row: store.apps.behind(row).at_least, width=6, priority=1),
            Column(
                "compared",
                "COMPARED",
                compared_cell,
                sort=lambda row: row.reconciled_at,
                width=8,
                priority=1,
                align="right",
                ages=True,
            ),
            Column("trouble", "TROUBLE", trouble, width=9, priority=4),
            Column("revision", "REVISION", lambda row, _: _revision(row), width=10, priority=4),
            Column("auto", "AUTO-SYNC", lambda row, _: _auto(row), width=15, priority=5),
            Column("last", "LAST SYNC", last_sync, width=9, priority=6, align="right", ages=True),
            Column("target", "TARGET", lambda row, _: _target_revision(row), width=10, priority=6),
            Column("project", "PROJECT", lambda row, _: row.project, width=12, priority=7),
            Column("namespace", "NAMESPACE", lambda row, _: row.namespace, width=12, priority=8),
            Column("parent", "MADE BY", lambda row, _: row.parent or "-", width=20, priority=9),
            Column("repo", "REPOSITORY", lambda row, _: row.repo, min_width=20, max_width=60, priority=9),
            Column("path", "PATH", lambda row, _: row.path, width=20, wide_only=True),
            Column(
                "age",
                "AGE",
                lambda row, now: clock.calm_age(row.created_at, now),
                sort=lambda row: row.created_at,
                width=5,
                priority=8,
                align="right",
                ages=True,
            ),
        ]

    def rows(self, name: str) -> Sequence[Application]:
        rows, self._depths = by_parent(list(self.parts.store.applications.values()))
        return rows

    def access(self, name: str) -> Access:
        return self.parts.store.access["applications"]

    def is_healthy(self, row: Application) -> bool:
        tones = {sync_cell(row, True).tone, health_cell(row.health, True).tone, operation_state(row)[1]}
        return not tones & {"warn", "bad", None} and not is_stale(row, self.parts.clock()) and not row.conditions

    def nothing(self, name: str) -> str:
        return "Argo CD is here, and has no Applications."

    def target(self, row: Application) -> Target:
        return target_of(row, "Application")

    def has_namespaces(self) -> bool:
        return False  # Applications live in Argo CD's own namespace: narrowing would hide them all

    def key_parts(self) -> list[Part]:
        keys = (("D", " diff", "D"), ("R", " history", "R"))
        return [*super().key_parts(), *(Part(((key, "key"), (word, "")), 3, sends) for key, word, sends in keys)]

    # -- keys --------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the Application: facts, tree, and the ways on from there."""
        row = self.table().selected
        if isinstance(row, Application):
            self.app.push_screen(AppScreen(self.parts, row, self._go))

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
        above = _parent(app, by_name)
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


def _parent(app: Application, by_name: Mapping[str, list[Application]]) -> Application | None:
    kind, _, name = app.parent.partition("/")
    if kind != "Application":
        return None
    namespace, _, plain = name.rpartition("_")
    found = [one for one in by_name.get(name, ()) or by_name.get(plain, ()) if one.uid != app.uid]
    near = [one for one in found if one.namespace == (namespace or app.namespace)]
    return next(iter(near or found), None)


def _text(application: Application) -> str:
    words = (application.namespace, application.name, application.project, application.sync, application.health)
    codes = (cause.code for cause in causes(application)) if application.conditions else ()
    return " ".join((*words, operation_state(application)[0], application.parent, application.repo, *codes))


def _revision(row: Application) -> Cell:
    """Return the deployed revision; while sync is Unknown the other one is a branch's name."""
    deployed = "+".join(short_revision(part) for part in row.deployed_revision.split("+"))
    return Cell(deployed or "-", "" if deployed else "dim")


def _auto(row: Application) -> Cell:
    return Cell(auto_words(row), "" if row.auto_sync else "dim")


def _target_revision(row: Application) -> str:
    if len(row.sources) > 1:
        return "+".join(one.target_revision or "HEAD" for one in row.sources)
    return row.target_revision or "HEAD"
