"""The pane below the findings: the cause in full, the advice, and what the container wrote last."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work
from textual.timer import Timer

from spottui.records import Finding, Pod
from spottui.screens.parts import Parts
from spottui.widgets.lines import Lines
from spottui.widgets.tones import Line

REST = 0.4
"""Seconds that the cursor rests on a finding before its last lines are fetched: moving over many fetches none."""
SHOWN = 3
"""Last lines shown here; all that were fetched are in the details."""
ROOM_FROM = 30
"""Rows of the terminal from which on they are shown here."""
SPOKEN = frozenset({"EXIT", "OOM", "PROBE_KILLED", "SENSOR", "ENGINE_ERROR"})
"""Verdicts on containers that ran, and may have written why they ended."""


class WhyPane(Lines):
    """Shows one finding in full."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(id="why", folds=True)
        self._parts = parts
        self._finding: Finding | None = None
        self._asked: tuple[str, str, int] | None = None
        self._timer: Timer | None = None
        self.last_lines: Sequence[str] = ()
        """What the finding's container wrote last; empty until it was fetched."""

    def show_finding(self, finding: Finding | None) -> None:
        """Show this finding, and fetch what its container wrote last if the cursor stays on it."""
        self._finding = finding
        pod = self._parts.store.pods.get(finding.pod) if finding is not None else None
        container = finding.container if finding is not None and finding.code in SPOKEN else ""
        if pod is None or not container:
            self._asked, self.last_lines = None, ()
        else:
            self._ask(pod, container)
        self._draw()

    def _ask(self, pod: Pod, container: str) -> None:
        restarts = sum(one.restarts for one in pod.containers if one.name == container)
        asked = (pod.uid, container, restarts)
        if asked == self._asked:
            return
        self._asked, self.last_lines = asked, ()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(REST, lambda: self._fetch(pod, container, asked))

    @work(group="last-words", exclusive=True)
    async def _fetch(self, pod: Pod, container: str, asked: tuple[str, str, int]) -> None:
        lines = await self._parts.last_words(pod, container)
        if asked == self._asked:
            self.last_lines = lines
            self._draw()

    def _draw(self) -> None:
        finding = self._finding
        if finding is None:
            self.show([])
            return
        arrow = "->" if self._parts.plain else "→"
        lines: list[Line] = [((finding.text, finding.severity),)]
        if finding.advice:
            lines.append(((f"{arrow} ", "accent"), (finding.advice, "")))
        if self.app.size.height >= ROOM_FROM:
            lines += [((f"  {line}", "dim"),) for line in self.last_lines[-SHOWN:]]
        self.show(lines)
