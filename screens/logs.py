"""Logs of a pod or of all pods of an owner: followed, searched, filtered, saved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.timer import Timer
from textual.widgets import Input

from spottui import clock
from spottui.errors import SpottuiError
from spottui.events import LinkDown
from spottui.records import Target
from spottui.records_logs import RANGES, LogSource
from spottui.screens.choice import Choice, ChoiceScreen
from spottui.screens.header import link_line
from spottui.screens.log_lines import state_parts, tags
from spottui.screens.log_sources import container_names, log_sources, pods_of, why_nothing
from spottui.screens.parts import LogReader, Parts
from spottui.screens.searched import SearchedScreen
from spottui.widgets.log_view import LogView
from spottui.widgets.one_line import OneLine, Part, key_bar

DRAW_EVERY = 0.1
"""Seconds between two drawings while lines come in."""
KEYS = (
    *(("esc", "back"), ("0-6", "range"), ("s", "follow"), ("w", "wrap"), ("t", "times"), ("/", "search")),
    *(("n N", "next"), ("&", "filter"), ("p", "previous"), ("o", "container"), ("J", "JSON"), ("ctrl-s", "save")),
)


class LogScreen(SearchedScreen):
    """One log view over the screen that it was opened from; `esc` goes back there."""

    BINDINGS = [
        Binding("escape,q", "leave", "Back", id="logs.leave"),
        *(Binding(str(index), f"span({index})", span.title, show=False) for index, span in enumerate(RANGES)),
        Binding("s", "toggle_follow", "follow", id="logs.follow"),
        Binding("t", "turn('shows_times')", "times", id="logs.times"),
        Binding("w", "turn('wraps')", "wrap", id="logs.wrap"),
        Binding("J", "turn('is_pretty')", "JSON as words", id="logs.pretty"),
        Binding("f", "full", "full screen", id="logs.full"),
        Binding("p", "previous", "previous container", id="logs.previous"),
        Binding("o", "container", "one container", id="logs.container"),
        Binding("slash", "ask('search')", "search", id="logs.search"),
        Binding("ampersand", "ask('filter')", "filter", id="logs.filter"),
        Binding("n", "next(False)", "next match", id="logs.next"),
        Binding("N", "next(True)", "match before", id="logs.before"),
        Binding("c", "copy", "copy the top line", id="logs.copy"),
        Binding("x", "clear", "clear", id="logs.clear"),
        Binding("ctrl+s", "save", "save", id="logs.save"),
        Binding("ctrl+r", "reconnect", "reconnect", id="logs.reconnect"),
        Binding("m", "mark", "mark", id="logs.mark"),
    ]

    def __init__(self, parts: Parts, target: Target, *, previous: bool = False) -> None:
        super().__init__(parts, LogView(plain=parts.plain, id="log"))
        self._target = target
        self._previous, self._span, self._container = previous, RANGES[0], ""
        self._title, self._state, self._keys = (
            OneLine(id="text-title"),
            OneLine(id="log-state"),
            OneLine(id="text-keys"),
        )
        self._asks_for = "search"
        self._feed: LogReader | None = None
        self._reading: asyncio.Task[None] | None = None
        self._drawing: Timer | None = None
        self._problem = ""
        self._still = parts.store.stood_still
        self._undo = [
            parts.store.subscribe("pods", self._pods_changed),
            parts.store.subscribe("links", self._link_changed),
        ]

    # -- life --------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._state
        yield self.view
        yield self._ask
        yield self._keys

    def on_mount(self) -> None:
        self.view.focus()
        self.set_interval(1.0, self._show_state)
        self._open()

    async def on_unmount(self) -> None:
        for undo in self._undo:
            undo()
        await self._close()

    def _sources(self) -> list[LogSource]:
        return log_sources(pods_of(self.parts.store, self._target), self._container, previous=self._previous)

    @work(group="log", exclusive=True)
    async def _open(self) -> None:
        """Begin to read, from anew: another range, another container, previous or not."""
        await self._close()
        self.view.buffer.clear()
        self.view.follows = not self._span.head
        sources = self._sources()
        self._follow(sources)
        try:
            self._feed = self.parts.open_logs(sources, self._span, self._previous)
        except SpottuiError as error:
            self._problem = str(error)
        else:
            self._reading = asyncio.create_task(self._read(self._feed))
        self._show_state()
        self.view.show()

    async def _close(self) -> None:
        feed, reading = self._feed, self._reading
        self._feed = self._reading = None
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        if feed is not None:
            await feed.close()

    async def _read(self, feed: LogReader) -> None:
        async for batch in feed.batches():
            self.view.add(batch)
            if self._drawing is None:
                self._drawing = self.set_timer(DRAW_EVERY, self._draw)

    def _draw(self) -> None:
        self._drawing = None
        self.view.show()
        self._show_state()

    def _pods_changed(self) -> None:
        """Follow the owner's pods as they come and go."""
        if self._feed is None:
            return
        sources = self._sources()
        self._feed.set_sources(sources)
        self._follow(sources)

    def _link_changed(self) -> None:
        """Have the streams end and begin again with the link, which they cannot judge: a log may just be quiet."""
        store = self.parts.store
        still, self._still = self._still, store.stood_still
        if self._feed is not None:
            if store.stood_still is not None and store.stood_still is not still:
                self._feed.reconnect_now(f"spottui stood still for {clock.age(0, store.stood_still.seconds)}")
            link = store.links.get("kube")
            self._feed.link_changed(link.reason if isinstance(link, LinkDown) else "")
        self._show_state()

    def _follow(self, sources: Sequence[LogSource]) -> None:
        """Name what is read, and say why it is nothing."""
        self.view.names = tags(sources, self.view.names)
        self._problem = why_nothing(self.parts.store, self._target, sources, previous=self._previous)

    # -- drawing -----------------------------------------------------------------------------------

    @on(LogView.Changed)
    def _show_state(self) -> None:
        parts, view = self.parts, self.view
        what = "previous log" if self._previous else "logs"
        where = f" in {self._target.namespace}" if self._target.namespace else ""
        link = link_line(parts.store, parts.clock(), parts.problem(), parts.plain)
        self._title.show([Part(((f"{what} of {self._target}{where}", "title"),)), Part(link, 1)])
        left_out = self._feed.left_out if self._feed is not None else 0
        shown = state_parts(view, self._span.title, self._container, left_out)
        if self._problem:
            shown.append(Part(((self._problem, "warn"),), 0))
        self._state.show(shown)
        self._keys.show(key_bar(KEYS))

    # -- keys --------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Take back the search, then the filter, then close."""
        if self.take_back():
            return
        if self.view.buffer.is_filtered or self.view.buffer.row_filter.error:
            self._narrow("")
        else:
            self.dismiss(None)

    def action_span(self, index: int) -> None:
        """Read another range."""
        self._span = RANGES[index]
        self._open()

    def action_previous(self) -> None:
        """Read the log of the container before its last restart, or the one of now."""
        self._previous = not self._previous
        self._open()

    def action_toggle_follow(self) -> None:
        """Stand still, or follow."""
        self.view.action_toggle_follow()

    def action_turn(self, what: str) -> None:
        """Turn times, wrap or JSON on or off."""
        setattr(self.view, what, not getattr(self.view, what))
        self.view.show()

    def action_full(self) -> None:
        """Give the log all lines of the terminal, or bring the others back."""
        for line in (self._title, self._state, self._keys):
            line.display = not line.display

    @work(group="container")
    async def action_container(self) -> None:
        """Read one container only, or all."""
        names = container_names(pods_of(self.parts.store, self._target))
        choices = [Choice("", "all containers", ("all",)), *(Choice(name, name, (name,)) for name in names)]
        chosen = await self.app.push_screen_wait(ChoiceScreen("Container", choices))
        if chosen is not None:
            self._container = chosen.id
            self._open()

    def action_ask(self, what: str) -> None:
        """Open the line for a search or a filter."""
        self._asks_for = what
        if what == "search":
            self.open_line(self.view.needle, "search in the log")
        else:
            self.open_line(self.view.buffer.row_filter.text, "word  !word  a.*b   only these lines")

    @on(Input.Submitted, "#filter")
    def _asked(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        self.close_line()
        if self._asks_for == "filter":
            self._narrow(text)
        else:
            self.search(text, "these lines", back=True)

    def _narrow(self, text: str) -> None:
        self.view.buffer.set_filter(text)
        self.view.show()
        self._show_state()

    def action_copy(self) -> None:
        """Copy the line at the top of the view to the operator's clipboard (OSC 52)."""
        self.app.copy_to_clipboard(self.view.first_row_text())
        self.notify("The line at the top is copied.", markup=False)

    def action_clear(self) -> None:
        """Empty the view; what comes from now on is shown."""
        self.view.buffer.clear()
        self.view.show()
        self._show_state()

    def action_mark(self) -> None:
        """Draw a line, to find again what came after it."""
        if self._feed is not None:
            self.view.add([self._feed.mark_now("mark")])
            self.view.show()

    def action_save(self) -> None:
        """Write the shown lines to a file."""
        name = f"log-{self._target.name}"[:80].replace("/", "-")
        self.save("This log", name, "\n".join(self.view.buffer.texts()))

    def action_reconnect(self) -> None:
        """Try at once."""
        self.parts.reconnect()
        if self._feed is not None:
            self._feed.reconnect_now()
