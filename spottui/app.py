"""Builds the parts and joins them: settings -> sources -> store -> screens, and the one Runner for commands."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding

from spottui.app_audit import tell_of_those_cut_off
from spottui.app_cluster import ClusterPort, Join, Joined, join_cluster
from spottui.app_demo import DemoRobot, settings_for
from spottui.app_feed import Feed, Source
from spottui.app_head_start import AT_MOST, HeadStart
from spottui.app_last_state import LastStates
from spottui.app_memory import keep_giving_back, share_between_threads
from spottui.app_parts import make_parts
from spottui.app_robot import read_profile, thresholds
from spottui.app_screens import MAIN_SCREENS, WITHOUT_CLUSTER
from spottui.app_sources import cluster_sources, import_sources, look_at, own_sources
from spottui.app_terminal import comes_over_ssh
from spottui.app_terminal_app import TerminalApp
from spottui.app_time import Clocks, TimeWatch
from spottui.app_timeline import keep_timeline
from spottui.crash import install_signals
from spottui.errors import BadConfig
from spottui.events import Event
from spottui.screens.base import MainScreen
from spottui.screens.tables import TableScreen
from spottui.screens.text import TextScreen
from spottui.settings import Settings
from spottui.store import Store
from spottui.store_robot import RobotWatch

LOG = logging.getLogger("spottui.app")

LOOK_AGAIN = 30.0
"""Seconds after which a missing kubeconfig is looked for again."""


class SpottuiApp(TerminalApp):
    """The running program: owns the store, feeds it, and shows one screen at a time."""

    CSS_PATH = "styles/base.tcss"
    TITLE = "spottui"
    BINDINGS: ClassVar[list[Any]] = [
        Binding("ctrl+q", "show_quit", "quit", show=False, id="spottui.show-quit"),
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
        super().__init__(environ, clock, theme=settings.ui.theme, log_file=settings.log.file)
        self.settings, self._home = settings, home
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
        self.run_task(keep_giving_back())
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
        """Find the cluster, then have its sources and all that goes with it begin."""
        joined = self.joined = await self._found()
        self.problem = ""
        self.port.api = joined.api
        self.looking.resume()
        self.audit.server, self.audit.context = joined.place.server, str(joined.place)
        self.run_task(tell_of_those_cut_off(self.audit, self.hear, self.clock))
        if self.parts.demo is None:  # the embedded robot's story begins anew each time
            where = {"environ": self._environ, "home": self._home, "clock": self.clock}
            self.run_task(keep_timeline(self.store.timeline, joined.place, **where))
        if self._last_states is not None:
            self.run_task(self._last_states.keep(self.store, joined.place, self.hear))
        for source in (*joined.sources, *cluster_sources(self.port, self.clock, self.store)):
            self.run_task(self.feed.listen(source))
        await self._show_fitting()
        self.screen_changed()

    async def _found(self) -> Joined:
        """Return the cluster; look again, and say why, while there is none."""
        assert self._look_again is not None
        while True:
            self._look_again.clear()
            try:
                return await self._join_cluster(self.settings, environ=self._environ, home=self._home, clock=self.clock)
            except BadConfig as error:
                self.problem = str(error)
            except Exception as error:  # whatever it is: say it and look again, rather than connect for ever
                LOG.exception("the cluster could not be joined")
                self.problem = f"The search for a cluster failed ({type(error).__name__}); the log has more."
            finally:
                gc.freeze()  # modules live as long as we do: collections need not look through them
                gc.enable()
            await self._show_fitting()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._look_again.wait()

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

    def action_show_quit(self) -> None:
        """Ask whether to leave."""
        if (screen := self._main_screen()) is not None:
            screen.action_quit_or_back()


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
