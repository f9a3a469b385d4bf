"""Textual's App as terminals, shells and thin links need it; knows nothing of clusters and robots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from spottui.app_objects import clipboard
from spottui.app_terminal import can_be_brought_back, driver_class
from spottui.crash import record_crash
from spottui.errors import SpottuiError
from spottui.settings_terminal import charset
from spottui.sources.ssh import TerminalMeter
from spottui.widgets.no_colour import NoColour
from spottui.widgets.styles_cache import let_go
from spottui.widgets.themes import THEMES
from spottui.widgets.thin_update import ThinUpdate

if TYPE_CHECKING:
    from spottui.app_shell import TerminalPort


class TerminalApp(App[None]):
    """Draws little, in the colours that the terminal has; copies, stops, and ends with one line and no locals."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[Any]] = [
        Binding("ctrl+c", "interrupt", "quit (twice)", show=False, id="spottui.interrupt"),
        Binding("ctrl+z", "suspend_process", "stop; fg in the shell brings it back", show=False, id="spottui.suspend"),
    ]
    terminal_port: TerminalPort

    def __init__(self, environ: Mapping[str, str], clock: Callable[[], float], *, theme: str, log_file: Path) -> None:
        plain_theme = theme == "ansi" and not environ.get("NO_COLOR")
        super().__init__(driver_class=driver_class(environ), ansi_color=plain_theme)
        self._environ, self.clock, self._log_file = environ, clock, log_file
        self.charset, self.term = charset(environ), environ.get("TERM", "")
        if self.no_color:
            self._filters[1:2] = [NoColour()]  # in place of Textual's, which leaves greys
        let_go()
        self.terminal_meter = TerminalMeter()
        for each in THEMES.values():
            self.register_theme(each)
        # Under NO_COLOR an ANSI theme is drawn black on black (Textual picks its filter once, in __init__).
        self.theme = "ansi-dark" if plain_theme else THEMES.get(theme, THEMES["dark"]).name
        self._interrupted_at = 0.0

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

    # -- faults ------------------------------------------------------------------------------------

    def _fatal_error(self) -> None:
        """One line to the screen, the traceback to the log file, no locals anywhere."""
        error = self._exception or RuntimeError("unknown")
        line = record_crash(error, self._log_file)
        self._exit_renderables[:] = [Text(line)]
        self._close_messages_no_wait()

    def panic(self, *renderables: Any) -> None:
        """Treat errors that know how to draw themselves like all others: they may hold values."""
        self._return_code = 1
        self._fatal_error()
