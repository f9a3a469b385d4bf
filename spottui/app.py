"""Builds the parts and joins them: settings -> sources -> store -> screens, and the one Runner for commands."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from spottui.app_audit import tell_of_those_cut_off
from spottui.app_cluster import ClusterPort, Join, Joined, join_cluster
from spottui.app_demo import DemoRobot, settings_for
from spottui.app_feed import Feed, Source
from spottui.app_head_start import AT_MOST, HeadStart
from spottui.app_last_state import LastStates
from spottui.app_memory import share_between_threads
from spottui.app_objects import clipboard
from spottui.app_parts import make_parts
from spottui.app_robot import read_profile, thresholds
from spottui.app_screens import MAIN_SCREENS, WITHOUT_CLUSTER
from spottui.app_sources import cluster_sources, import_sources, look_at, own_sources
from spottui.app_terminal import can_be_brought_back, comes_over_ssh, driver_class
from spottui.app_time import Clocks, TimeWatch
from spottui.app_timeline import keep_timeline
from spottui.config import Settings
from spottui.crash import install_signals, record_crash
from spottui.errors import BadConfig, SpottuiError
from spottui.events import Event
from spottui.screens.base import MainScreen
from spottui.screens.tables import TableScreen
from spottui.screens.text import TextScreen
from spottui.settings_terminal import charset
from spottui.sources.ssh import TerminalMeter
from spottui.store import Store
from spottui.store_robot import RobotWatch
from spottui.widgets.no_colour import NoColour
from spottui.widgets.styles_cache import let_go
from spottui.widgets.themes import THEMES
from spottui.widgets.thin_update import ThinUpdate

LOG = logging.getLogger("spottui.app")

LOOK_AGAIN = 30.0
"""Seconds after which a missing kubeconfig is looked for again."""


class SpottuiApp(App[None]):
    """The running program: owns the store, feeds it, and shows one screen at a time."""

    CSS_PATH = "styles/base.tcss"
    TITLE = "spottui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[Any]] = [
        Binding("ctrl+c", "interrupt", "quit (twice)", show=False, id="spottui.interrupt"),
        Binding("ctrl+q", "show_quit", "quit", show=False, id="spottui.show-quit"),
        Binding("ctrl+z", "suspend_process", "stop; fg in the shell brings it back", show=False, id="spottui.suspend"),
    ]

    def __init__(
        self,
        settings: Settings,
        *,
        environ: Mapping[str, str],
        home: Path,
        clock: Callable[[], float],
        sources: Callable[[], list[Source]] | None = None,
        join: Join = join_cluster,
        demo_line: Callable[[], str] | None = None,
        last_states: LastStates | None = None,
        head_start: float = 0.0,
    ) -> None:
        plain_theme = settings.ui.theme == "ansi" and not environ.get("NO_COLOR")
        super().__init__(driver_class=driver_class(environ), ansi_color=plain_theme)
        self.charset, self.term = charset(environ), environ.get("TERM", "")
        if self.no_color:
            self._filters[1:2] = [NoColour()]  # in place of Textual's, which leaves greys
        let_go()
        self.terminal_meter = TerminalMeter()
        for theme in THEMES.values():
            self.register_theme(theme)
        # Under NO_COLOR an ANSI theme is drawn black on black (Textual picks its filter once, in __init__).
        self.theme = "ansi-dark" if plain_theme else THEMES.get(settings.ui.theme, THEMES["dark"]).name
        self.settings, self._environ, self._home, self.clock = settings, environ, home, clock
        self._own_sources, self._join_cluster = sources or self._default_sources, join
        self._last_states, self._head_start = last_states, HeadStart(head_start)
        self.store = Store(RobotWatch(read_profile(settings), thresholds(settings)))
        self._started: list[Source] = []
        self.port = ClusterPort()
        self.joined: Joined | None = None
        self.problem = ""
        # Its flush runs as a plain loop callback: hand over to Textual's own context before touching widgets.
        self.feed = Feed(self.store, clock, lambda: self.call_later(self.store.flush), self._heard)
        self._look_again: asyncio.Event | None = None
        self._interrupted_at = 0.0
        made = make_parts(self, settings, environ, home)
        self.parts, self.audit, self.terminal_port = made.parts, made.audit, made.terminal_port
        self.looking, self.forwards, self.armed = made.looking, made.forwards, made.armed
        self._argocd = made.argocd
        self.parts.demo = demo_line
        self.set_keymap(dict(settings.keys))

    def place(self) -> str:
        """Return what we look at, for headers and questions; empty until a cluster is joined."""
        if self.joined is None:
            return self._last_states.place if self._last_states is not None else ""
        return str(self.joined.place)

    # -- life --------------------------------------------------------------------------------------

    async def on_mount(self) -> None:
        self._look_again = asyncio.Event()
        if not self.is_headless:
            install_signals(self)
        if self._last_states is not None:
            await self._last_states.recall(self.store, self.hear)
        await self.push_screen(self._screen_of("overview"))
        self.set_interval(1.0, self._second)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        """Start the sources, after the first paint: their imports are heavy."""
        share_between_threads()
        self.run_task(self._join())
        self.run_task(self._start_own())
        self.run_task(self.armed.run())
        if not self.is_headless:
            self.run_task(TimeWatch(self.hear, self.reconnect, Clocks(self.clock)).run())

    async def _start_own(self) -> None:
        await self._head_start.wait()
        await import_sources()
        self._started = self._own_sources()
        for source in self._started:
            self.run_task(self.feed.listen(source))

    def _default_sources(self) -> list[Source]:
        return own_sources(
            self.settings,
            environ=self._environ,
            home=self._home,
            clock=self.clock,
            store=self.store,
            joined=lambda: self.joined,
            terminal=self.terminal_meter if comes_over_ssh(self._environ) else None,
            with_robot=self.parts.demo is None,
        )

    def run_task(self, work: Any) -> None:
        """Run a coroutine until it ends or the app does."""
        self.feed.run(work)

    async def on_unmount(self) -> None:
        await self.feed.close()
        await self.forwards.close()
        for server in self._argocd:
            await server.close()
        if self.joined is not None:
            await self.joined.close()
        self.armed.close()
        self.audit.close()

    # -- the one way: sources -> store -> screens ------------------------------------------------------

    def hear(self, event: Event) -> None:
        """Take in one event and have it drawn soon."""
        self.feed.hear(event)

    def _heard(self, event: Event) -> None:
        self._head_start.hear(event)

    async def _second(self) -> None:
        if (screen := self._main_screen()) is not None:
            if bool(self.problem) == (screen.NAME != "no-cluster"):
                await self._show_fitting()
            look_at(self._started, screen.NAME)
            screen.on_second()
        elif self._screen_stack and isinstance(self.screen, TextScreen):
            self.screen.refresh_text()

    def _main_screen(self) -> MainScreen | None:
        """Return the current screen if it is a main one; None under a dialog, and while the app ends."""
        screen = self.screen_stack[-1] if self._screen_stack else None
        return screen if isinstance(screen, MainScreen) else None

    # -- the cluster -------------------------------------------------------------------------------

    async def _join(self) -> None:
        """Find the cluster and start its sources; look again while there is none."""
        assert self._look_again is not None
        while self.joined is None:
            self._look_again.clear()
            try:
                self.joined = await self._join_cluster(
                    self.settings, environ=self._environ, home=self._home, clock=self.clock
                )
            except BadConfig as error:
                self.problem = str(error)
            except Exception as error:  # whatever it is: say it and look again, rather than connect for ever
                LOG.exception("the cluster could not be joined")
                self.problem = f"The search for a cluster failed ({type(error).__name__}); the log has more."
            finally:
                gc.freeze()  # modules live as long as we do: collections need not look through them
                gc.enable()
            if self.joined is None:
                await self._show_fitting()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._look_again.wait(), LOOK_AGAIN)
        self.problem = ""
        self.port.api = self.joined.api
        self.looking.resume()
        self.audit.server, self.audit.context = self.joined.place.server, str(self.joined.place)
        self.run_task(tell_of_those_cut_off(self.audit, self.hear, self.clock))
        if self.parts.demo is None:  # the embedded robot's story begins anew each time
            where = {"environ": self._environ, "home": self._home, "clock": self.clock}
            self.run_task(keep_timeline(self.store.timeline, self.joined.place, **where))
        if self._last_states is not None:
            self.run_task(self._last_states.keep(self.store, self.joined.place, self.hear))
        for source in (*self.joined.sources, *cluster_sources(self.port, self.clock, self.store)):
            self.run_task(self.feed.listen(source))
        await self._show_fitting()
        self.screen_changed()

    async def _show_fitting(self) -> None:
        """Show the screen that fits: without a cluster the one that says so, with one never that."""
        screen = self._main_screen()
        if screen is None:
            return  # a dialog is open: the second's tick comes back to this
        if self.problem and screen.NAME not in (*WITHOUT_CLUSTER, "no-cluster"):
            await self.action_show_screen("no-cluster")
        elif not self.problem and screen.NAME == "no-cluster":
            await self.action_show_screen("overview")
        else:
            screen.show_changes()

    def reconnect(self) -> None:
        """Try at once what would be tried later: the link, or the search for a kubeconfig."""
        self.parts.permits.forget()
        for source in (*self._started, *(self.joined.others if self.joined else ())):
            if (reconnect_now := getattr(source, "reconnect_now", None)) is not None:
                reconnect_now()
        if self.joined is not None:
            self.joined.reconnect_now()
        elif self._look_again is not None:
            self._look_again.set()

    def screen_changed(self) -> None:
        """Redraw the current screen, as something beside the store changed."""
        if (screen := self._main_screen()) is not None:
            screen.show_changes()

    # -- keys --------------------------------------------------------------------------------------

    def _current(self) -> str:
        return self.screen.name or "overview"

    def _screen_of(self, name: str) -> str:
        """Make a screen when it is first shown; return its name."""
        if not self.is_screen_installed(name):
            self.install_screen(MAIN_SCREENS[name](self.parts), name)
        return name

    async def action_show_screen(self, name: str, table: str = "") -> None:
        """Show a main screen, and one of its tables."""
        if self._main_screen() is None:
            return  # a dialog is open, and its own keys count
        shown = name if not self.problem or name in WITHOUT_CLUSTER else "no-cluster"
        if self._current() != shown:
            await self.switch_screen(self._screen_of(shown))
        if table and isinstance(self.screen, TableScreen):
            self.screen.show_table(table)
        if shown == "no-cluster":
            self.screen_changed()

    def action_interrupt(self) -> None:
        """Leave on the second ctrl-c within two seconds."""
        now = self.clock()
        if 0 <= now - self._interrupted_at < 2:
            self.exit()
        self._interrupted_at = now
        self.notify("Press ctrl-c once more to leave spottui.", timeout=2, markup=False)

    def action_suspend_process(self) -> None:
        """Give the terminal back to the shell until it continues us."""
        if can_be_brought_back():
            super().action_suspend_process()
        else:
            self.notify("No shell started spottui that could bring it back, so it goes on.", markup=False)

    def action_show_quit(self) -> None:
        """Ask whether to leave."""
        if (screen := self._main_screen()) is not None:
            screen.action_quit_or_back()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if self.terminal_port.is_away:
            return  # a shell has the terminal; all is drawn anew when it comes back
        super()._display(screen, ThinUpdate.of(renderable) if isinstance(renderable, ChopsUpdate) else renderable)

    def copy_to_clipboard(self, text: str) -> None:
        """Hand a text to the operator's clipboard; one that is too long is said."""
        try:
            sequence = clipboard(text, self._environ)
        except SpottuiError as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        self._clipboard = text
        if self._driver is not None:
            self._driver.write(sequence)

    # -- faults ------------------------------------------------------------------------------------

    def _fatal_error(self) -> None:
        """One line to the screen, the traceback to the log file, no locals anywhere."""
        error = self._exception or RuntimeError("unknown")
        line = record_crash(error, self.settings.log.file)
        self._exit_renderables[:] = [Text(line)]
        self._close_messages_no_wait()

    def panic(self, *renderables: Any) -> None:
        """Treat errors that know how to draw themselves like all others: they may hold values."""
        self._return_code = 1
        self._fatal_error()


def build_app(
    settings: Settings,
    *,
    environ: Mapping[str, str],
    home: Path,
    clock: Callable[[], float],
    demo: DemoRobot | None = None,
    last_states: LastStates | None = None,
) -> SpottuiApp:
    """Return the app, ready to run; with `demo` it looks at the embedded robot and at nothing else."""
    if demo is None:
        where: dict[str, Any] = {"environ": environ, "home": home, "clock": clock, "last_states": last_states}
        return SpottuiApp(settings, head_start=AT_MOST, **where)
    settings, environ = settings_for(settings, {}), demo.environ_of(environ)
    where = {"environ": environ, "home": home, "clock": clock}
    return SpottuiApp(settings, head_start=AT_MOST, join=demo.join, demo_line=demo.line, **where)
