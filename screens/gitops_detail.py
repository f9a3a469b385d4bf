"""One Application over the list: its facts in sentences, its resources as a tree, and the ways on from each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding

from spottui import clock
from spottui.actions.registry import ACTIONS, Action, by_id
from spottui.records import Target
from spottui.records_argocd import Application, AppResource
from spottui.screens import palette
from spottui.screens.choice import ChoiceScreen
from spottui.screens.commanding import CommandingScreen
from spottui.screens.describe import blank
from spottui.screens.describe_screen import DescribeScreen
from spottui.screens.gitops_diff import DiffScreen
from spottui.screens.gitops_history import HistoryScreen
from spottui.screens.gitops_lines import detail
from spottui.screens.gitops_reads import AppReads
from spottui.screens.gitops_tree import TOPICS, lists_of, row_lines, summary, tree_of, tree_table
from spottui.screens.gitops_windows import WindowVerdicts
from spottui.screens.log_sources import WITH_LOGS
from spottui.screens.logs import LogScreen
from spottui.screens.offering import WITH_KEY
from spottui.screens.parts import Parts
from spottui.screens.running import running_text
from spottui.screens.timeline_jump import SCREENS, shown_uid
from spottui.screens.yaml_text import show_yaml
from spottui.verdicts.app_tree import KnownRows, TreeRow, row_key
from spottui.widgets.lines import Lines
from spottui.widgets.live_table import LiveTable
from spottui.widgets.one_line import OneLine, Part
from spottui.widgets.tones import Line, Span

KEYED = tuple(action for action in ACTIONS if "Application" in action.kinds and action.key)
"""Commands on the Application that have a key."""
MANY = 500
"""Rows of a tree from which on working it out and drawing it are two steps."""


class AppScreen(CommandingScreen):
    """Shows one Application; `go` shows an object on its own main screen after this one was closed."""

    CSS_PATH = "../styles/gitops.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        Binding("escape,q", "leave", "back", id="app.leave"),
        Binding("enter", "jump", "go to the object", show=False, id="table.open"),
        Binding("d", "describe(False)", "describe", show=False, id="table.describe"),
        Binding("e", "describe(True)", "events", show=False, id="table.events"),
        Binding("y", "yaml", "YAML", show=False, id="table.yaml"),
        Binding("l", "logs(False)", "logs", show=False, id="table.logs"),
        Binding("p", "logs(True)", "previous logs", show=False, id="table.previous-logs"),
        Binding("D", "diff", "diff", id="gitops.diff"),
        Binding("R", "history", "history and rollback", id="gitops.history"),
        Binding("h", "history", "history and rollback", show=False, id="table.history"),
        Binding("tab", "facts", "facts or tree", show=False, id="app.facts"),
        Binding("m", "menu", "menu", id="spottui.menu"),
        *(Binding(one.key, f"perform('{one.id}')", one.title, id=WITH_KEY[one.key].id) for one in KEYED),
    ]

    def __init__(self, parts: Parts, app: Application, go: Callable[[Target], None]) -> None:
        super().__init__(parts, "gitops-app")
        self._app, self._go = app, go
        self._is_gone = False
        self._rows: list[TreeRow] = []
        self._known_rows: KnownRows = {}
        self._summary = ""
        self._has_unknown = False
        """Objects are there whose health is not known here."""
        self._reads = AppReads(parts, self.run_worker, self.show_changes)
        self._read_lists: list[str] = []
        self._windows = WindowVerdicts(parts.store, self.run_worker, self.show_changes)
        self._title, self._keys = OneLine(id="text-title"), OneLine(id="text-keys")
        self._facts, self._about = Lines(id="facts", folds=True), Lines(id="about", folds=True)
        self._about.can_focus = False
        self.table: LiveTable[TreeRow] = tree_table(parts.plain, parts.flash)
        self._undo: list[Callable[[], None]] = []

    # -- life --------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._facts
        yield self.table
        yield self._about
        yield self._keys

    def on_mount(self) -> None:
        self._undo = [self.parts.store.subscribe(topic, self.show_changes) for topic in dict.fromkeys(TOPICS)]
        self.set_interval(1.0, self._tick)
        self.table.focus()
        self._show_keys()

    def on_screen_resume(self) -> None:
        self.show_changes()

    def on_unmount(self) -> None:
        for undo in self._undo:
            undo()
        for name in self._read_lists:
            self.parts.look_away(name)

    def _look(self) -> None:
        """Have the lists read that the tree needs, and those no longer that it does not."""
        wanted = lists_of(self._app)
        for name in wanted:
            if name not in self._read_lists:
                self.parts.look_at(name)
        for name in self._read_lists:
            if name not in wanted:
                self.parts.look_away(name)
        self._read_lists = wanted

    # -- drawing -----------------------------------------------------------------------------------

    def show_changes(self) -> None:
        if not self.is_mounted or not self.is_current:
            return
        store = self.parts.store
        found = store.applications.get(self._app.uid)
        self._app, self._is_gone = found or self._app, found is None
        self._look()
        self._rows = tree_of(store, self._app, self._known_rows)
        self._has_unknown = any(row.health.word == "?" for row in self._rows)
        if self._reads.served is not None:
            self._rows = self._reads.served.fill(self._rows)
        self._summary = summary(self._rows)
        self._tick()
        if len(self._rows) < MANY or self.table.order:
            self._show_rows()
        else:  # to work out and to draw so many at once would hold up the keys
            self.call_later(self._show_rows)

    def _show_rows(self) -> None:
        if self.is_mounted:
            store, state = self.parts.store, self.parts.store.access["applications"].state
            is_old = self._is_gone or store.is_down or state in ("stale", "expired")
            self.table.show(self._rows, self.parts.cluster_now(), stale=is_old)
            self._show_about()

    def _tick(self) -> None:
        """Redraw what changes with time alone."""
        if self.is_mounted and self.is_current:
            self._reads.look(self._app, has_unknown=self._has_unknown)
            self._facts.show(self._lines())
            self.table.tick(self.parts.cluster_now())
            self.show_header()

    def show_header(self) -> None:
        app = self._app
        spans: list[Span] = [(f"{app.name}", "title"), (f" in {app.namespace}", "dim")]
        if self._is_gone:
            spans.append(("  GONE: it was deleted", "bad"))
        store, access = self.parts.store, self.parts.store.access["applications"]
        if store.is_down or access.state != "live":
            word = "NO LINK" if store.is_down else access.state
            spans.append((f"  {word}, heard {clock.age(access.heard_at, self.parts.clock())} ago", "bad"))
        parts = [Part(tuple(spans)), Part(((self._summary, ""),), 1)]
        if progress := self.parts.progress or running_text(self.parts.runner.running, self.parts.clock()):
            parts.append(Part(((progress, "info"),), 2))
        if self.parts.lock.is_locked:
            parts.append(Part((("READ-ONLY", "dim"),), 3))
        self._title.show(parts)

    @on(LiveTable.Moved)
    def _show_about(self) -> None:
        row = self.table.selected
        self._about.show(row_lines(row)[:3] if row is not None else [])

    def _show_keys(self) -> None:
        enter = "enter" if self.parts.plain else "⏎"
        words = [("esc", "back", 0), (enter, "go", 2), ("D", "diff", 1), ("R", "history", 1), ("l", "logs", 2)]
        words += [(self._key_of(action), action.title.lower(), 3) for action in KEYED]
        words += [("d", "describe", 4), ("e", "events", 4), ("y", "YAML", 5), ("m", "menu", 3), ("tab", "facts", 6)]
        self._keys.show([Part(((key, "key"), (f" {word}", "")), priority) for key, word, priority in words])

    def _key_of(self, action: Action) -> str:
        return self.parts.keys.get(WITH_KEY[action.key].id, action.key).split(",")[0]

    def _lines(self) -> list[Line]:
        store, now = self.parts.store, self.parts.cluster_now()
        windows = self._windows.of(self._app, now)
        lines = detail(store, self._app, windows, self._reads.commit, now, self.parts.plain)
        if self._reads.tree_problem:
            lines.append((("health of further kinds: ? ", "dim"), (self._reads.tree_problem, "warn")))
        return lines

    # -- what is meant -----------------------------------------------------------------------------

    def _target(self) -> Target:
        return palette.target_of(self._app, "Application")

    def _row_target(self) -> Target | None:
        row = self.table.selected
        if row is None:
            return None
        return Target(kind=row.kind, namespace=row.namespace, name=row.name, uid=row.uid)

    def _resource(self) -> AppResource | None:
        """Return the resource of git under the cursor, or the one that what is there belongs to."""
        row = self.table.selected
        if row is None:
            return None
        key = row.key.split(" > ", 1)[0]
        return next((one for one in self._app.resources if row_key(one) == key), None)

    # -- keys --------------------------------------------------------------------------------------

    @on(LiveTable.Opened)
    def _opened(self) -> None:
        self.action_jump()

    def action_jump(self) -> None:
        """Show the object on its own screen; one that has none is described here."""
        target = self._row_target()
        if target is None:
            return
        if target.uid and target.kind in SCREENS and shown_uid(self.parts.store, target):
            go = self._go
            self.dismiss(None)
            self.app.call_later(go, target)
        else:
            self.action_describe(False)

    def action_describe(self, only_events: bool) -> None:
        """Describe the object under the cursor, or show its Events."""
        target = self._row_target()
        if target is not None:
            self.app.push_screen(DescribeScreen(self.parts, target, blank(target), only_events=only_events))

    def action_logs(self, previous: bool) -> None:
        """Show the logs of the object under the cursor."""
        target = self._row_target()
        if target is not None and target.uid and target.kind in WITH_LOGS:
            self.app.push_screen(LogScreen(self.parts, target, previous=previous))
        elif target is not None:
            self.say(f"A {target.kind} has no logs; those of pods and their owners do.")

    @work(group="yaml")
    async def action_yaml(self) -> None:
        """Show the object under the cursor as YAML."""
        target = self._row_target()
        if target is None:
            return
        await show_yaml(self, self.parts, target)

    def action_diff(self) -> None:
        """Show live against target: of the resource under the cursor where that differs, else of all that do."""
        one = self._resource()
        only = one if one is not None and one.sync != "Synced" else None
        self.app.push_screen(DiffScreen(self.parts, self._app, only))

    def action_history(self) -> None:
        """Show what was deployed, and the way back."""
        self.app.push_screen(HistoryScreen(self.parts, self._app))

    def action_facts(self) -> None:
        """Put the keys on the facts, to scroll them, or back on the tree."""
        (self._facts if self.table.has_focus else self.table).focus()

    def action_perform(self, action_id: str) -> None:
        """Run one command on the Application."""
        self._perform_soon(by_id(action_id), (self._target(),))

    @work(group="command")
    async def _perform_soon(self, action: Action, targets: Sequence[Target]) -> None:
        await self.perform(action, targets)

    @work(group="menu")
    async def action_menu(self) -> None:
        """Choose among everything that can be done with the Application."""
        targets = (self._target(),)
        offered = [action for action in ACTIONS if "Application" in action.kinds]
        choices = palette.action_choices(offered, targets, self.parts.permits)
        chosen = await self.app.push_screen_wait(ChoiceScreen(str(targets[0]), choices, typed=False))
        if chosen is not None:
            await self.perform(by_id(cast("str", chosen.id)), targets)

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)
