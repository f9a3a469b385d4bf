"""What was deployed of an Application, newest first, and the way back to a row of it."""

from __future__ import annotations

from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding

from spottui import clock
from spottui.actions.registry import ACTIONS, Action
from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.records_argocd import Application, CommitWords, Deployed
from spottui.screens.commanding import CommandingScreen
from spottui.screens.gitops_lines import NO_COMMIT
from spottui.screens.gitops_words import who
from spottui.screens.palette import target_of
from spottui.screens.parts import Parts
from spottui.verdicts.changes_words import short_revision
from spottui.widgets.lines import Lines
from spottui.widgets.live_table import LiveTable
from spottui.widgets.one_line import OneLine, Part, key_bar
from spottui.widgets.row_index import Cell, Column
from spottui.widgets.tones import Line

ROLLBACK = "application.rollback"
COMMITS_READ = 12
"""Rows whose commits are asked for."""


def rollback_action() -> Action | None:
    """Return the action that goes back to a row; None where there is none."""
    return next((action for action in ACTIONS if action.id == ROLLBACK), None)


class HistoryScreen(CommandingScreen):
    """One row per deployment; `R` rolls back to the one under the cursor."""

    CSS_PATH = "../styles/gitops.tcss"
    BINDINGS = [
        Binding("escape,q,h", "leave", "back", id="history.leave"),
        Binding("R", "rollback", "roll back to this row", id="gitops.rollback"),
        Binding("enter", "rollback", "roll back to this row", show=False, id="table.open"),
    ]

    def __init__(self, parts: Parts, app: Application) -> None:
        super().__init__(parts, "gitops-history")
        self._app = app
        self._commits: dict[str, CommitWords | str] = {}
        self._title, self._keys = OneLine(id="text-title"), OneLine(id="text-keys")
        self._about = Lines(id="about", folds=True)
        self._about.can_focus = False
        self._table: LiveTable[Deployed] = LiveTable(
            self._columns(), key=_key, flash=False, plain=parts.plain, empty="Nothing was deployed as a whole yet."
        )
        self._undo = [parts.store.subscribe("applications", self.show_changes)]

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._table
        yield self._about
        yield self._keys

    def on_mount(self) -> None:
        self._table.focus()
        keys = (("esc", "back"), ("R", "roll back"), ("j k", "move"))
        self._keys.show(key_bar(keys))
        self.set_interval(10.0, self.show_changes)
        self._read_commits()

    def on_screen_resume(self) -> None:
        self.show_changes()

    def on_unmount(self) -> None:
        for undo in self._undo:
            undo()

    def _columns(self) -> list[Column[Deployed]]:
        def deployed(row: Deployed, now: float) -> str:
            return f"{clock.calm_age(row.at, now)} ago" if row.at is not None else "?"

        def commit(row: Deployed, _: float) -> Cell:
            found = self._commits.get(row.revision)
            return Cell(found.message.split("\n", 1)[0], "") if isinstance(found, CommitWords) else Cell("?", "dim")

        def took(row: Deployed, _: float) -> str:
            known = row.at is not None and row.started_at is not None
            return clock.age(row.started_at, row.at) if known and row.at is not None else "?"

        return [
            Column("id", "ID", lambda row, _: "?" if row.id is None else str(row.id), width=5, align="right"),
            Column("revision", "REVISION", lambda row, _: short_revision(row.revision) or "?", width=16),
            Column("deployed", "DEPLOYED", deployed, width=9, align="right", ages=True),
            Column("by", "BY", lambda row, _: who(row.automated, row.initiated_by), width=18, priority=2),
            Column("took", "TOOK", took, width=5, priority=3, align="right"),
            Column("source", "SOURCE", lambda row, _: _source(row), width=16, priority=4),
            Column("commit", "COMMIT", commit, min_width=10, priority=1),
        ]

    # -- drawing -----------------------------------------------------------------------------------

    def show_changes(self) -> None:
        if not self.is_mounted:
            return
        self._app = self.parts.store.applications.get(self._app.uid, self._app)
        self._table.show(self._app.history[::-1], self.parts.cluster_now())
        self.show_header()
        self._show_about()

    def show_header(self) -> None:
        count = len(self._app.history)
        self._title.show(
            [
                Part(
                    (
                        (f"History of {self._app.name}", "title"),
                        (f"  {count} deployment{'' if count == 1 else 's'}", "dim"),
                    )
                )
            ]
        )

    @on(LiveTable.Moved)
    def _show_about(self) -> None:
        row = self._table.selected
        lines: list[Line] = []
        if row is not None and (found := self._commits.get(row.revision)) is not None:
            lines.append(((found if isinstance(found, str) else f"{found.author}: {found.message}", ""),))
        if row is not None and (refusal := self._refusal(row)):
            lines.append(((refusal, "dim"),))
        if self.parts.app_commit is None:
            lines.append(((NO_COMMIT, "dim"),))
        self._about.show(lines[:4])

    # -- commits -----------------------------------------------------------------------------------

    @work(group="commits")
    async def _read_commits(self) -> None:
        read = self.parts.app_commit
        if read is None:
            return
        for row in self._app.history[::-1][:COMMITS_READ]:
            try:
                self._commits[row.revision] = await read(target_of(self._app, "Application"), row.revision)
            except SpottuiError as error:
                self._commits[row.revision] = f"commit message: ? {error}"
            self._table.refresh()
            self._show_about()

    # -- keys --------------------------------------------------------------------------------------

    def _refusal(self, row: Deployed) -> str:
        """Return why there is no way back to a row; empty when there is."""
        if self._app.history and row == self._app.history[-1]:
            return "This is what is deployed."
        if row.id is None or not row.sources:
            return "Argo CD did not keep the source of this row, so there is no way back to it."
        if rollback_action() is None:
            return "This spottui has no rollback: argocd app rollback does it."
        if self._app.auto_sync:
            return "Auto-sync is on: a rollback turns it off, and it stays off."
        return ""

    def action_rollback(self) -> None:
        """Roll back to the row under the cursor, after the question."""
        row, action = self._table.selected, rollback_action()
        if row is None:
            return
        if action is None or row.id is None or not row.sources or row == self._app.history[-1]:
            self.say(self._refusal(row))
            return
        self._roll_back(action, target_of(self._app, "Application"), row)

    @work(group="command")
    async def _roll_back(self, action: Action, target: Target, row: Deployed) -> None:
        options: dict[str, Any] = {"id": row.id}
        await self.perform(action, (target,), **options)

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)


def _key(row: Deployed) -> str:
    return f"{row.id}:{row.revision}:{row.at}"


def _source(row: Deployed) -> str:
    return " + ".join(one.target_revision or "HEAD" for one in row.sources) or "?"
