"""What all main screens share: header, line of screens, key bar, help, lock, what is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding

from spottui.actions.registry import ACTIONS, Action
from spottui.screens.armed import ArmedScreen
from spottui.screens.confirm import ConfirmScreen
from spottui.screens.forwards import ForwardsScreen, forwards_part
from spottui.screens.header import SCREENS, armed_part, demo_parts, header_parts, screen_parts
from spottui.screens.help import help_lines
from spottui.screens.offering import WITH_KEY, OfferingScreen
from spottui.screens.parts import Parts
from spottui.screens.running import RunningScreen, leaving_text, running_text
from spottui.screens.text import TextScreen
from spottui.widgets.one_line import OneLine, Part
from spottui.widgets.tones import Line


class MainScreen(OfferingScreen):
    """A numbered screen; draws only while it is the current one, and only what changed."""

    NAME: ClassVar[str] = ""
    TOPICS: ClassVar[tuple[str, ...]] = ()
    AUTO_FOCUS = None

    BINDINGS = [
        *(
            Binding(key, f"app.show_screen('{name}')", title, show=False, id=f"screen.{name}")
            for key, name, title in SCREENS
        ),
        Binding("question_mark", "help", "help", id="spottui.help"),
        Binding("L", "toggle_lock", "lock or unlock writing", id="spottui.lock"),
        Binding("P", "freeze", "freeze the screen", id="spottui.freeze"),
        Binding("ctrl+r", "reconnect", "reconnect now", id="spottui.reconnect"),
        Binding("ctrl+s", "save", "save this view to a file", id="spottui.save"),
        Binding("escape", "back", "back", show=False, id="spottui.back"),
        Binding("q", "quit_or_back", "quit", id="spottui.quit"),
    ]

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts, self.NAME)
        self._undo: list[Callable[[], None]] = []
        # Kept, not looked up: a second's tick may come while the children are already gone.
        self._header, self._screens, self._keys = (
            OneLine(id="header"),
            OneLine(id="screens", gap=""),
            OneLine(id="keys"),
        )
        self._demo = OneLine(id="demo")

    # -- to be filled by each screen -----------------------------------------------------------------

    def content(self) -> ComposeResult:
        """Yield the widgets between the line of screens and the key bar."""
        raise NotImplementedError

    def draw(self) -> None:
        """Bring the widgets up to what the store says now."""
        raise NotImplementedError

    def tick(self, now: float) -> None:
        """Redraw what changes with time alone; called about once a second while current."""

    def details(self) -> tuple[str, Callable[[], Sequence[Line]]] | None:
        """Return the title and the text behind the row under the cursor."""
        return None

    def as_text(self) -> str:
        """Return what the screen shows as plain text, for `ctrl-s`."""
        return ""

    def key_of(self, action: Action) -> str:
        """Return the key of an action as the settings have it."""
        return self.parts.keys.get(action.id, action.key).split(",")[0]

    def key_parts(self) -> list[Part]:
        """Return keys of this screen for the key bar, before the common ones."""
        return []

    # -- life --------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self._header
        yield self._screens
        yield from self.content()
        if self.parts.demo is not None:
            yield self._demo
        yield self._keys

    def on_mount(self) -> None:
        self._screens.show(screen_parts(self.NAME))
        for topic in (*self.TOPICS, "links", "access", "nodes", "applications"):
            self._undo.append(self.parts.store.subscribe(topic, self.show_changes))
        self.show_changes()

    def on_unmount(self) -> None:
        for undo in self._undo:
            undo()

    def on_screen_resume(self) -> None:
        self.show_all()

    def show_changes(self) -> None:
        """Draw what the store says now, unless frozen; the store calls this."""
        if self.parts.is_frozen:
            if self.is_current and self.is_mounted:
                self.show_header()
        else:
            self.show_all()

    def show_all(self) -> None:
        """Draw everything, also when frozen: the operator asked for another view. A covered screen waits."""
        if self.is_current and self.is_mounted:
            self.show_header()
            self.draw()
            self.show_keys()

    def on_second(self) -> None:
        """Bring ages up to date; the app calls this while the screen is current."""
        self.show_header()
        if not self.parts.is_frozen:
            self.tick(self.parts.clock())

    def show_header(self) -> None:
        """Draw the header line if it changed."""
        parts = self.parts
        shown = header_parts(
            parts.store,
            parts.lock,
            parts.clock(),
            place=parts.place(),
            problem=parts.problem(),
            plain=parts.plain,
        )
        if progress := parts.progress or running_text(parts.runner.running, parts.clock()):
            shown.insert(2, Part(((progress, "info"),)))
        if (armed := armed_part(parts.armed)) is not None:
            shown.insert(2, armed)
        if (forwarded := forwards_part(parts.forwards())) is not None:
            shown.insert(2, forwarded)
        if parts.is_frozen:
            shown.append(Part((("FROZEN (P)", "warn"),)))
        self._header.show(shown)
        if parts.demo is not None:
            self._demo.show(demo_parts(parts.demo()))

    def show_keys(self) -> None:
        """Draw the key bar: only keys that do something here."""
        shown = self.key_parts()
        by_key = {action.key: action for action in reversed(self.actions()) if action.key}
        for action in reversed(by_key.values()):
            shown.append(_key(self.key_of(WITH_KEY[action.key]), action.title.lower(), 2, action.id))
        shown.append(_key(":", "command", 3, "colon"))
        if self.actions():
            shown.append(_key("m", "menu", 4, "m"))
        shown.append(_key("L", "unlock" if self.parts.lock.is_locked else "lock", 5, "L"))
        shown.append(_key("?", "help", 1, "question_mark"))
        self._keys.show(shown)

    @on(OneLine.Clicked)
    def _line_clicked(self, event: OneLine.Clicked) -> None:
        event.stop()
        if any(event.sends == name for _, name, _ in SCREENS):
            self.app.call_later(self.app.run_action, f"app.show_screen('{event.sends}')")
        elif any(action.id == event.sends for action in ACTIONS):
            self.action_perform(event.sends)
        else:
            self.app.simulate_key(event.sends)

    # -- keys --------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Show the keys that are valid here."""
        self.app.push_screen(TextScreen("Help", lambda: help_lines(self)))

    def action_details(self) -> None:
        """Show what stands behind the row under the cursor."""
        found = self.details()
        if found is not None:
            self.app.push_screen(TextScreen(*found))

    def action_freeze(self) -> None:
        """Stop drawing what changes, or go on."""
        self.parts.is_frozen = not self.parts.is_frozen
        self.show_changes()

    def action_reconnect(self) -> None:
        """Try the link now instead of waiting."""
        self.parts.reconnect()
        self.say("Reconnecting now.")

    def action_save(self) -> None:
        """Write what the screen shows to a file."""
        try:
            path = self.parts.save(self.NAME, self.as_text())
        except OSError as error:
            self.say(f"This view cannot be saved: {error}.", error=True)
        else:
            self.say(f"Saved to {path}.")

    def action_back(self) -> None:
        """Go one step back; the main screens clear their filter first."""

    def action_running(self) -> None:
        """Show the commands that run."""
        self.app.push_screen(RunningScreen(self.parts.runner.running, self.parts.clock))

    def action_forwards(self) -> None:
        """Show the forwarded ports."""
        self.app.push_screen(ForwardsScreen(self.parts))

    def action_armed(self) -> None:
        """Show the armed syncs."""
        if self.parts.armed is not None:
            self.app.push_screen(ArmedScreen(self.parts.armed, self.parts.clock))

    @work(group="quit")
    async def action_quit_or_back(self) -> None:
        """Ask, then leave the program."""
        if await self.app.push_screen_wait(ConfirmScreen(leaving_text(self.parts.runner.running), yes="Leave")):
            self.app.exit()

    @work(group="lock")
    async def action_toggle_lock(self) -> None:
        """Lock writing at once, or ask to unlock it for a while."""
        lock = self.parts.lock
        if not lock.is_locked:
            lock.lock()
            self.say("Writing is locked.")
        else:
            minutes = round(self.parts.unlock_seconds / 60)
            text = f"Unlock writing for {minutes} min on {self.parts.place() or 'this cluster'}?"
            if await self.app.push_screen_wait(ConfirmScreen(text, yes="Unlock")):
                lock.unlock()
        self.show_changes()


def _key(key: str, word: str, priority: int, sends: str = "") -> Part:
    return Part(((key, "key"), (f" {word}", "")), priority, sends)
