"""One command on many targets: how each of them fares, in one view; leaving it leaves them running."""

from __future__ import annotations

from collections.abc import Sequence

from spottui.actions.questions import Progress
from spottui.actions.registry import Action
from spottui.actions.runner import AT_ONCE
from spottui.records import Target
from spottui.screens.text import TextScreen
from spottui.widgets.tones import Line

TONES = {"done": "good", "failed": "bad", "unknown": "warn", "unfinished": "warn", "running": "info", "waiting": "dim"}
ORDER = ("failed", "unknown", "unfinished", "running", "waiting", "done")
"""What needs an operator comes first."""


class ManyProgress:
    """How far one command has come on each of its targets."""

    def __init__(self, action: Action, targets: Sequence[Target]) -> None:
        self.action = action
        self.is_shown = False
        """A view of it was opened; it is not opened again once it was left."""
        self._latest: dict[str, Progress] = {}
        self._names = {target.uid: target for target in targets}

    @property
    def total(self) -> int:
        """Targets that are really commanded."""
        return len(self._latest)

    @property
    def ended(self) -> int:
        """Targets that have ended."""
        return sum(one.state not in ("waiting", "running") for one in self._latest.values())

    @property
    def left_out(self) -> int:
        """Targets that were marked and cannot be commanded."""
        return len(self._names) - self.total

    def hear(self, one: Progress) -> None:
        """Take in how far one target is."""
        self._latest[one.target.uid] = one

    def lines(self) -> list[Line]:
        """Return the text: a bar of counts, then every target, those that failed first."""
        counts = {state: sum(one.state == state for one in self._latest.values()) for state in ORDER}
        told: list[tuple[str, str]] = [(f"{self.ended} of {self.total} ended", "title")]
        told += [(f"  {count} {state}", TONES[state]) for state, count in counts.items() if count]
        if self.left_out:
            told.append((f"  {self.left_out} left out", "dim"))
        lines: list[Line] = [tuple(told), ()]
        for one in sorted(self._latest.values(), key=lambda one: (ORDER.index(one.state), one.target.name)):
            where = f"{one.target.namespace}/" if one.target.namespace else ""
            lines.append(((f"{one.state:<10}", TONES[one.state]), (f"{where}{one.target.name}", "title")))
            if one.text:
                lines.append(((f"  {one.text}", ""),))
        return lines


class ManyScreen(TextScreen):
    """Shows a `ManyProgress` as it goes on."""

    KEYS = (("esc", "key"), (" leaves them running  ", ""), ("j k", "key"), (" scroll", ""))

    def __init__(self, progress: ManyProgress) -> None:
        super().__init__(
            f"{progress.action.title}: {progress.total} together, at most {AT_ONCE} at a time", progress.lines
        )
