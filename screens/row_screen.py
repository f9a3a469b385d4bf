"""A main screen whose rows open: described, as YAML, their Events, their logs, their history."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from textual import work
from textual.binding import Binding

from spottui.records import Finding, Meta, Target
from spottui.screens.base import MainScreen
from spottui.screens.describe import blank
from spottui.screens.describe_screen import DescribeScreen
from spottui.screens.log_sources import WITH_LOGS
from spottui.screens.logs import LogScreen
from spottui.screens.timeline_jump import show_history
from spottui.screens.yaml_text import show_yaml


class RowScreen(MainScreen):
    """The keys that look behind the row under the cursor."""

    BINDINGS = [
        Binding("d", "details", "describe", show=False, id="table.describe"),
        Binding("y", "yaml", "YAML", show=False, id="table.yaml"),
        Binding("e", "events", "events of the row", show=False, id="table.events"),
        Binding("l", "logs(False)", "logs", show=False, id="table.logs"),
        Binding("p", "logs(True)", "previous logs", show=False, id="table.previous-logs"),
        Binding("h", "history", "history: its Timeline", show=False, id="table.history"),
    ]

    def row(self) -> Any:
        """Return the row under the cursor; None when there is none."""
        raise NotImplementedError

    def target(self, row: Any) -> Target | None:
        """Return what a command on this row is aimed at."""
        return None

    def action_details(self) -> None:
        """Describe the row's object."""
        self._describe(only_events=False)

    def action_events(self) -> None:
        """Show the Events of the row's object."""
        self._describe(only_events=True)

    def _describe(self, only_events: bool) -> None:
        row = self.row()
        target = self.target(row) if isinstance(row, Meta | Struct) and not isinstance(row, Finding) else None
        if target is not None:
            fallback = row if isinstance(row, Meta) else blank(target)
            self.app.push_screen(DescribeScreen(self.parts, target, fallback, only_events=only_events))
        elif not only_events:
            super().action_details()

    def action_yaml(self) -> None:
        """Show the row's object as YAML."""
        targets = self.targets()
        if targets:
            self._show_yaml(targets[0])

    @work(group="yaml")
    async def _show_yaml(self, target: Target) -> None:
        await show_yaml(self, self.parts, target)

    def action_logs(self, previous: bool) -> None:
        """Show the logs of the row: of a pod, or of all pods of an owner."""
        targets = self.targets()
        if targets and targets[0].kind in WITH_LOGS:
            self.app.push_screen(LogScreen(self.parts, targets[0], previous=previous))
        elif targets:
            self.say(f"{targets[0]} has no logs of its own; those of pods and their owners are on 3 Workloads.")

    def action_history(self) -> None:
        """Show the Timeline of the row's object and its owners."""
        if targets := self.targets():
            self.run_worker(show_history(self, targets[0]), group="history")
