"""What an act is given to work with beside its target: clients, clocks, and what its surroundings can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spottui.clients import KubeClient, ServerClient
from spottui.errors import SpottuiError
from spottui.records import Target

Options = Mapping[str, Any]
"""What the operator chose beside the target, e.g. {"revision": "a1b2c3d"}."""


class Unfinished(str):
    """The sentence of an act whose request was accepted, but whose effect was not complete in time.

    The audit says "done" (the request was), a screen should show it as a warning.
    """


def _unheard(text: str) -> None:
    """Drop what an act says on its way when nobody listens."""


async def no_terminal(target: Target, container: str, command: Sequence[str]) -> str:
    """Refuse: there is no terminal to give to a process.

    Raises:
        SpottuiError: Always.
    """
    raise SpottuiError("There is no terminal here for a shell.")


async def no_forward(target: Target, remote: int, local: int) -> int:
    """Refuse: nothing here can listen on a port.

    Raises:
        SpottuiError: Always.
    """
    raise SpottuiError("Ports cannot be forwarded here.")


def no_screen(target: Target, found: Mapping[str, Any]) -> None:
    """Refuse: there is no screen to show an object on.

    Raises:
        SpottuiError: Always.
    """
    raise SpottuiError(f"There is no screen here to show {target} on.")


def no_folder(name: str, text: str) -> str:
    """Refuse: there is no folder to write into.

    Raises:
        SpottuiError: Always.
    """
    raise SpottuiError(f"There is no folder here to write {name} into.")


@dataclass(frozen=True)
class Services:
    """Everything an act may use."""

    api: KubeClient
    clock: Callable[[], float]
    """Seconds since the epoch."""
    sleep: Callable[[float], Awaitable[None]]
    user: str
    """Who commands, as the cluster shall know it: "spottui:ana@base"."""
    place: str = ""
    """The cluster's name for the operator (the context), used in questions; may be empty."""
    say: Callable[[str], None] = _unheard
    """Takes a sentence while the act still waits."""
    terminal: Callable[[Target, str, Sequence[str]], Awaitable[str]] = no_terminal
    """Gives the operator's terminal to a command in a container (none: attaches); returns how it ended."""
    forward: Callable[[Target, int, int], Awaitable[int]] = no_forward
    """Opens a local port (0: any free one) to a remote one of the target; returns the local port."""
    show: Callable[[Target, Mapping[str, Any]], None] = no_screen
    """Shows an object with all it holds on the operator's screen, and nowhere else."""
    progress: Callable[[str], None] = _unheard
    """Takes how far it is, for the list of running commands only."""
    is_stopped: Callable[[], bool] = bool
    """Whether the operator asked a long command to end midway."""
    save: Callable[[str, str], str] = no_folder
    """Writes YAML under a name into the operator's own folder, returns the path; blocks, raises OSError."""
    watched_for: float = 0.0
    """Seconds that a sync is watched at the least; 0 leaves it to the act."""
    argocd: ServerClient | None = None
    """argocd-server, where commands on Applications go through it; None: they take the Kubernetes API."""
    cluster_clock: Callable[[], float] | None = None
    """The cluster's own clock, from what its answers are dated; None: `clock`."""

    def cluster_now(self) -> float:
        """Return seconds since the epoch by the cluster's clock: sync windows go by it."""
        return (self.cluster_clock or self.clock)()
