"""The forwarded ports: where each leads, what goes through it, why one failed; stopped here."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work
from textual.binding import Binding

from spottui.screens.choice import Choice, ChoiceScreen
from spottui.screens.parts import Forwarded, Parts
from spottui.screens.text import TextScreen
from spottui.widgets.one_line import Part
from spottui.widgets.tones import Line


def forwards_part(forwards: Sequence[Forwarded]) -> Part | None:
    """Return how many ports are forwarded, for the header; None when none is."""
    if not forwards:
        return None
    broken = sum(bool(one.problem) for one in forwards)
    count = "1 port" if len(forwards) == 1 else f"{len(forwards)} ports"
    return Part(((f"{count} forwarded{f', {broken} in trouble' if broken else ''}", "warn" if broken else "info"),), 2)


def forward_lines(forwards: Sequence[Forwarded]) -> list[Line]:
    """Return one line per port, and why its last connection failed."""
    lines: list[Line] = []
    for one in forwards:
        open_now = "1 connection" if one.connections == 1 else f"{one.connections} connections"
        lines.append(
            (
                (f"localhost:{one.local:<6}", "title"),
                (" leads to port ", "dim"),
                (f"{one.remote} of {one.target}", ""),
                (f"  {open_now}", "dim"),
            )
        )
        if one.problem:
            lines.append(((f"  {one.problem}", "warn"),))
    if not forwards:
        lines.append((("No port is forwarded. The menu (m) of a pod or its owner has it.", "dim"),))
    return lines


class ForwardsScreen(TextScreen):
    """Lists the forwarded ports and stops them."""

    KEYS = (
        *(("esc", "key"), (" leaves them open  ", ""), ("x", "key"), (" stop one  ", "")),
        *(("j k", "key"), (" scroll", "")),
    )
    BINDINGS = [Binding("x", "stop", "Stop one", id="text.stop-forward")]

    def __init__(self, parts: Parts) -> None:
        super().__init__("Forwarded ports", lambda: forward_lines(parts.forwards()))
        self._parts = parts

    @work(group="stop")
    async def action_stop(self) -> None:
        """Stop the only one, or the one that is chosen."""
        stop, forwards = self._parts.stop_forward, self._parts.forwards()
        if stop is None or not forwards:
            self.notify("No port is forwarded.", markup=False)
            return
        local = forwards[0].local
        if len(forwards) > 1:
            choices = [
                Choice(str(one.local), f"localhost:{one.local} to port {one.remote} of {one.target}")
                for one in forwards
            ]
            chosen = await self.app.push_screen_wait(ChoiceScreen("Stop which?", choices, typed=False))
            if chosen is None:
                return
            local = int(chosen.id)
        await stop(local)
        self.notify(f"localhost:{local} is closed.", markup=False)
        self.refresh_text()
