"""An object described over the screen: verdict, owner chain, kubectl's facts, events; searched, copied, jumped from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from spottui import clock
from spottui.actions.objects import part
from spottui.errors import SpottuiError
from spottui.records import Meta, Target
from spottui.screens.describe import blank, describe
from spottui.screens.describe_object import object_facts
from spottui.screens.describe_sheet import text
from spottui.screens.owner_chain import Relative, chain, chain_lines, keyed
from spottui.screens.parts import Parts
from spottui.screens.text import TextScreen
from spottui.screens.yaml_text import show_yaml
from spottui.store_findings import trouble_of
from spottui.widgets.tones import Line

Json = Mapping[str, Any]
KNOWN_BETTER = ("Application",)
"""Kinds whose record holds what an operator asks for: sync, health, operation, what is out of sync."""


class DescribeScreen(TextScreen):
    """Describes one object: at once what the watch heard, then what one read of it adds, with the time of that read."""

    KEYS = (
        *(("esc", "key"), (" back  ", ""), ("/", "key"), (" search  ", ""), ("n N", "key"), (" next  ", "")),
        *(("1-9", "key"), (" jump  ", ""), ("y", "key"), (" YAML  ", ""), ("r", "key"), (" read again  ", "")),
        *(("c", "key"), (" copy  ", ""), ("ctrl-s", "key"), (" save", "")),
    )
    BINDINGS = [
        Binding("slash", "ask", "search", id="text.search"),
        Binding("n", "next(False)", "next match", id="text.next"),
        Binding("N", "next(True)", "match before", id="text.before"),
        Binding("r", "read_again", "read again", id="text.read-again"),
        Binding("y", "yaml", "YAML", id="text.yaml"),
        Binding("c", "copy", "copy all", id="text.copy"),
        Binding("ctrl+s", "save", "save", id="text.save"),
        *(Binding(str(digit), f"jump({digit})", "jump", show=False, id=f"text.jump-{digit}") for digit in range(1, 10)),
    ]

    def __init__(self, parts: Parts, target: Target, fallback: Meta, *, only_events: bool = False) -> None:
        where = f" in {target.namespace}" if target.namespace else ""
        title = f"Events of {target}{where}" if only_events else f"{target}{where}"
        super().__init__(title, self._all_lines)
        self.parts, self.target, self._fallback, self._only_events = parts, target, fallback, only_events
        self._found: Json | None = None
        self._events: Sequence[Json] | None = None
        self._read_at: float | None = None
        self._problem = ""
        self._events_problem = ""
        self._needle = ""
        self._ask = Input(id="filter", placeholder="search in this text")

    def compose(self) -> ComposeResult:
        yield from super().compose()
        self._ask.display = False
        yield self._ask

    def on_mount(self) -> None:
        self.action_read_again()

    # -- reading -----------------------------------------------------------------------------------

    @work(group="read")
    async def action_read_again(self) -> None:
        """Read the object and its events once more."""
        if not self._only_events:
            try:
                self._found = await self.parts.fetch(self.target)
                self._read_at, self._problem = self.parts.clock(), ""
            except SpottuiError as error:
                self._problem = str(error)
            self._draw_again()
        try:
            self._events, self._events_problem = await self.parts.fetch_events(self.target), ""
        except SpottuiError as error:
            self._events_problem = str(error)
        self._draw_again()

    def _draw_again(self) -> None:
        if self.is_mounted:
            self.refresh_text()

    # -- lines -------------------------------------------------------------------------------------

    def _all_lines(self) -> Sequence[Line]:
        now = self.parts.clock()
        lines = self._event_lines(now) if self._only_events else self._facts(now)
        return [_marked(line, self._needle) for line in lines] if self._needle else lines

    def _facts(self, now: float) -> list[Line]:
        store = self.parts.store
        lines = self._verdict(now)
        if chained := chain_lines(self.relatives()):
            lines += [*chained, ()]
        if self._found is None:
            lines += describe(store, self.target.uid, self._fallback, now)
            said = f"More could not be read: {self._problem}" if self._problem else "Reading the object…"
            return [*lines, (), ((said, "warn" if self._problem else "dim"),)]
        lines.append(((f"As the API server had it {clock.age(self._read_at, now)} ago; r reads it again.", "dim"),))
        if self._problem:
            lines.append(((f"It could not be read again: {self._problem}", "warn"),))
        if self.target.kind in KNOWN_BETTER:  # what the watch heard says more than one read would
            return [*lines, *describe(store, self.target.uid, self._fallback, now), (), *self._event_lines(now)]
        return [*lines, *object_facts(store, self.target.kind, self._found), (), *self._event_lines(now)]

    def _verdict(self, now: float) -> list[Line]:
        pod = self.parts.store.pods.get(self.target.uid)
        trouble = trouble_of(self.parts.store, pod, now) if pod is not None else None
        if trouble is None:
            return []
        lines: list[Line] = [
            ((f"{trouble.word}: {trouble.cause}" if trouble.cause else trouble.word, trouble.severity),)
        ]
        if trouble.advice:
            lines.append((("What to do       ", "dim"), (trouble.advice, "")))
        return [*lines, ()]

    def _event_lines(self, now: float) -> list[Line]:
        if self._events is None:
            said = f"Events could not be read: {self._events_problem}" if self._events_problem else "Reading events…"
            return [((said, "warn" if self._events_problem else "dim"),)]
        lines: list[Line] = [(("Events", "title"), ("" if self._events else "  <none>", "dim"))]
        for one in sorted(self._events, key=_seen):
            kind = text(one.get("type"))
            count = part(one, "series").get("count") or one.get("count") or 1
            times = f" x{text(count)}" if count != 1 else ""
            origin = text(part(one, "source").get("component") or one.get("reportingComponent"))
            lines.append(
                (
                    (f"  {clock.age(_seen(one) or None, now):>6} ", "dim"),
                    (f"{kind}  ", "warn" if kind == "Warning" else ""),
                    (f"{text(one.get('reason'))}{times}  ", "warn" if kind == "Warning" else "accent"),
                    (f"{origin}  ", "dim"),
                    (text(one.get("message")), ""),
                )
            )
        return lines

    def relatives(self) -> list[Relative]:
        """Return the owner chain as it is now."""
        return chain(self.parts.store, self.target)

    # -- keys --------------------------------------------------------------------------------------

    def action_jump(self, digit: int) -> None:
        """Describe the object of the chain with this digit."""
        for key, one in keyed(self.relatives()) if not self._only_events else ():
            if key == str(digit):
                target = one.target
                self.app.push_screen(DescribeScreen(self.parts, target, blank(target)))
                return

    def action_leave(self) -> None:
        """Take back the search, then close."""
        if self._ask.display:
            self._close_ask()
        elif self._needle:
            self._needle = ""
            self.refresh_text()
        else:
            super().action_leave()

    def action_ask(self) -> None:
        """Open the line for a search."""
        self._ask.value = self._needle
        self._ask.display = True
        self._ask.focus()

    @on(Input.Submitted, "#filter")
    def _asked(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_ask()
        self._needle = event.value.strip()
        self.refresh_text()
        if self._needle and not self._body.find(self._needle, back=False, again=False):
            self.notify(f"{self._needle}: not in this text.", markup=False)

    def _close_ask(self) -> None:
        self._ask.display = False
        self._body.focus()

    def action_next(self, back: bool) -> None:
        """Go to the next match downwards, or upwards."""
        if self._needle and not self._body.find(self._needle, back=back, again=True):
            self.notify(f"{self._needle}: no more {'above' if back else 'below'}.", markup=False)

    def _plain(self) -> str:
        return "\n".join("".join(words for words, _ in line).rstrip() for line in self._all_lines())

    def action_copy(self) -> None:
        """Copy the whole text to the operator's clipboard (OSC 52)."""
        self.app.copy_to_clipboard(self._plain())
        self.notify("The description is copied.", markup=False)

    def action_save(self) -> None:
        """Write the text to a file."""
        try:
            path = self.parts.save(f"{self.target.kind.lower()}-{self.target.name}"[:80], self._plain())
        except OSError as error:
            self.notify(f"This cannot be saved: {error}.", severity="error", markup=False)
        else:
            self.notify(f"Saved to {path}.", markup=False)

    @work(group="yaml")
    async def action_yaml(self) -> None:
        """Show the object as YAML."""
        await show_yaml(self, self.parts, self.target)


def _seen(one: Json) -> float:
    """Return when an Event was seen last; 0 where it does not say."""
    times = (part(one, "series").get("lastObservedTime"), one.get("lastTimestamp"), one.get("eventTime"))
    created = part(one, "metadata").get("creationTimestamp")
    return next((found for each in (*times, created) if each and (found := clock.parse_time(str(each)))), 0.0)


def _marked(line: Line, needle: str) -> Line:
    """Return a line that holds what is searched for with a tone of its own."""
    plain = "".join(words for words, _ in line)
    return ((plain, "accent"),) if needle.casefold() in plain.casefold() else line
