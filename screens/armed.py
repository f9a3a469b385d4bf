"""The armed syncs: what each waits for, how those ended that nobody has looked at; cancelled and taken note of here."""

from __future__ import annotations

from collections.abc import Callable

from textual import work
from textual.binding import Binding

from spottui import clock
from spottui.errors import SpottuiError
from spottui.records_armed import ArmedSync
from spottui.screens.armed_port import ArmedPort
from spottui.screens.confirm import ConfirmScreen
from spottui.screens.text import TextScreen
from spottui.verdicts.release import in_words
from spottui.widgets.tones import Line

TONES = {"waiting": "info", "running": "info", "done": "good", "failed": "bad", "unknown": "warn", "expired": "warn"}
WORDS = {"waiting": "armed"}


def armed_lines(armed: ArmedPort, now: float, selected: str) -> list[Line]:
    """Return the list, the newest first, with everything on the one that is selected."""
    lines: list[Line] = [((armed.problem, "bad"),), ()] if armed.problem else []
    for one in ordered(armed):
        lines.append(_line(one, now, is_selected=one.id == selected))
        if one.id == selected:
            lines += _details(one, armed.waits(one.id), now)
    if not armed.items:
        lines.append((("No sync is armed. s on an Application offers it while it had better wait.", "dim"),))
    return lines


def ordered(armed: ArmedPort) -> list[ArmedSync]:
    """Return those that want attention first: unseen results, then what is open, then the rest; newest first."""
    return sorted(armed.items, key=lambda one: (not one.has_news, not one.is_open, -one.armed_at))


def _line(one: ArmedSync, now: float, *, is_selected: bool) -> Line:
    state = WORDS.get(one.state, one.state)
    mark = "> " if is_selected else "  "
    news = ("  NEW", "accent") if one.has_news else ("", "")
    if one.ended_at is not None:
        when = f"  {clock.calm_age(one.ended_at, now)} ago"
    else:
        left = max(0, int(one.expires_at - now))
        when = f"  expires in {left // 3600}h{left % 3600 // 60:02d}m"
    return (
        (mark, "title"),
        (f"{state:<10}", TONES.get(one.state, "dim")),
        (f"{one.namespace}/{one.name}", "title"),
        (f" to {one.wanted}{' with pruning' if one.prune else ''}", ""),
        (when, "dim"),
        news,
    )


def _details(one: ArmedSync, waits: tuple[str, ...], now: float) -> list[Line]:
    lines: list[Line] = [(("    when ", "dim"), (in_words(one.conditions), ""))]
    lines += [(("    waits: ", "warn"), (reason, "")) for reason in waits]
    if one.result:
        lines.append(
            (("    result: " if one.ended_at else "    last: ", TONES.get(one.state, "dim")), (one.result, ""))
        )
    tries = f", taken up {one.attempts} times" if one.attempts > 1 else ""
    lines.append(((f"    armed by {one.armed_by} {clock.calm_age(one.armed_at, now)} ago{tries}", "dim"),))
    lines.append(((f"    id {one.id} on {one.context or one.server}", "dim"),))
    return lines


class ArmedScreen(TextScreen):
    """Lists the armed syncs."""

    KEYS = (
        *(("esc", "key"), (" back  ", ""), ("x", "key"), (" cancel it  ", "")),
        *(("space", "key"), (" take note  ", ""), ("j k", "key"), (" next, before", "")),
    )
    BINDINGS = [
        Binding("x", "cancel", "Cancel it", id="armed.cancel"),
        Binding("space", "seen", "Take note of the result", id="armed.seen"),
        Binding("down,j", "step(1)", "Next", show=False, id="armed.down"),
        Binding("up,k", "step(-1)", "Before", show=False, id="armed.up"),
    ]

    def __init__(self, armed: ArmedPort, now: Callable[[], float]) -> None:
        first = ordered(armed)
        self._selected = first[0].id if first else ""
        super().__init__("Armed syncs", lambda: armed_lines(armed, now(), self._selected))
        self._armed = armed
        self._body.can_focus = False  # the keys that scroll it go from one sync to the next here

    def action_step(self, by: int) -> None:
        """Go to the next or the one before."""
        ids = [one.id for one in ordered(self._armed)]
        if ids:
            at = ids.index(self._selected) if self._selected in ids else -by
            self._selected = ids[max(0, min(len(ids) - 1, at + by))]
            self.refresh_text()

    def _current(self) -> ArmedSync | None:
        return next((one for one in self._armed.items if one.id == self._selected), None)

    @work(group="armed")
    async def action_cancel(self) -> None:
        """Ask, then take the selected one back."""
        one = self._current()
        if one is None:
            return
        text = f"Take back the armed sync of {one.name} in namespace {one.namespace}? It is never sent then."
        if await self.app.push_screen_wait(ConfirmScreen(text, yes="Take it back")):
            try:
                self.notify(await self._armed.cancel(one.id), markup=False)
            except SpottuiError as error:
                self.notify(str(error), severity="error", timeout=15, markup=False)
        self.refresh_text()

    @work(group="armed")
    async def action_seen(self) -> None:
        """Take note of the selected one's result."""
        one = self._current()
        if one is None or not (one.has_news or one.state == "unknown"):
            self.notify("It has no result to take note of.", markup=False)
            return
        try:
            await self._armed.mark_seen(one.id)
        except SpottuiError as error:
            self.notify(str(error), severity="error", timeout=15, markup=False)
        self.refresh_text()
