"""The full screen for "no cluster": what was looked for, what was found, what to do; the host still works."""

from __future__ import annotations

from textual.app import ComposeResult

from spottui.screens.base import MainScreen
from spottui.screens.parts import Parts
from spottui.widgets.lines import Lines
from spottui.widgets.tones import Line


class NoClusterScreen(MainScreen):
    """Stands in for every screen that needs a cluster, until one is found."""

    NAME = "no-cluster"

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._lines = Lines(id="no-cluster", folds=True)

    def content(self) -> ComposeResult:
        yield self._lines

    def on_mount(self) -> None:
        super().on_mount()
        self._lines.focus()

    def draw(self) -> None:
        self._lines.show(no_cluster_lines(self.parts.problem()))

    def as_text(self) -> str:
        lines = no_cluster_lines(self.parts.problem())
        return "\n".join("".join(text for text, _ in line) for line in lines)


def no_cluster_lines(reason: str) -> list[Line]:
    """Return the text of the screen; the reason says, line by line, what was looked for and what was there."""
    lines: list[Line] = [(("There is no cluster to look at.", "bad"),), ()]
    lines += [((line, ""),) for line in reason.splitlines()]
    lines.append(())
    lines += [
        (("What to do", "title"),),
        *(
            ((f"  {command:<36}", "key"), (text, ""))
            for command, text in (
                ("spottui --kubeconfig FILE", "name the file yourself"),
                ("export KUBECONFIG=FILE", "the same for this shell"),
                ("microk8s config > ~/.kube/config", "on a microk8s machine"),
                ("spottui doctor", "check everything, line by line"),
            )
        ),
        (),
        tuple(
            span
            for key, text in (("ctrl-r", " looks again   "), ("8", " this computer   "), ("q", " quits"))
            for span in ((key, "key"), (text, ""))
        ),
    ]
    return lines
