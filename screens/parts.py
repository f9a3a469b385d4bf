"""What every screen is given: the store to read, the one road for commands, and the ways back to the app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from spottui.actions.lock import WriteLock
from spottui.actions.permits import Permits
from spottui.actions.runner import Runner
from spottui.errors import Unreachable
from spottui.records import Pod, Target
from spottui.records_argocd import CommitWords, TreeNode
from spottui.records_logs import LogLine, LogRange, LogSource
from spottui.screens.armed_port import ArmedDefaults, ArmedPort
from spottui.store import Store


class Forwarded(NamedTuple):
    """A forwarded port."""

    local: int
    remote: int
    target: str
    connections: int
    problem: str
    """Why its last connection failed; empty when it did not."""


class LogReader(Protocol):
    """The merged logs of some containers; see `spottui.sources.logs.LogFeed`."""

    left_out: int

    def batches(self) -> AsyncIterator[list[LogLine]]:
        """Yield lines as they come."""
        ...

    def set_sources(self, sources: Sequence[LogSource]) -> None:
        """Say which containers there are now."""
        ...

    def mark_now(self, text: str) -> LogLine:
        """Return a mark with the time of now."""
        ...

    def reconnect_now(self, why: str = ...) -> None:
        """Open the streams anew, and say why; cut the waits."""
        ...

    def link_changed(self, lost: str) -> None:
        """Hear why the link is lost; empty: it is back."""
        ...

    async def close(self) -> None:
        """End all streams."""
        ...


def no_logs(sources: Sequence[LogSource], span: LogRange, previous: bool) -> LogReader:
    """Refuse: there is no cluster to read from.

    Raises:
        Unreachable: Always.
    """
    raise Unreachable("No cluster is connected, so there are no logs.")


async def nothing_to_fetch(target: Target) -> Mapping[str, Any]:
    """Refuse: there is no cluster to read from.

    Raises:
        Unreachable: Always.
    """
    raise Unreachable("No cluster is connected, so there is nothing to read.")


async def no_events(target: Target) -> Sequence[Mapping[str, Any]]:
    """Refuse: there is no cluster to read from.

    Raises:
        Unreachable: Always.
    """
    raise Unreachable("No cluster is connected, so there are no events.")


def not_looked(kind: str) -> None:
    """Do nothing: there is no cluster that could be told."""


async def nothing_said(pod: Pod, container: str) -> Sequence[str]:
    """Return no lines: there is no cluster to read from."""
    return ()


@dataclass(slots=True)
class Parts:
    """The parts of the running program that screens may use; made once by the app."""

    store: Store
    runner: Runner
    permits: Permits
    lock: WriteLock
    clock: Callable[[], float]
    """Seconds since the epoch (UTC)."""
    place: Callable[[], str]
    """What we look at, for the header: the context's name."""
    problem: Callable[[], str]
    """Why there is no cluster to look at (no kubeconfig, a broken one); empty when there is one."""
    reconnect: Callable[[], None]
    save: Callable[[str, str], str]
    """Write a text under a name, return the path."""
    cluster_clock: Callable[[], float] | None = None
    """Seconds since the epoch by the cluster's own clock; None: `clock`."""
    fetch: Callable[[Target], Awaitable[Mapping[str, Any]]] = nothing_to_fetch
    """Return an object as the API server has it now, as JSON; raises SpottuiError."""
    fetch_events: Callable[[Target], Awaitable[Sequence[Mapping[str, Any]]]] = no_events
    """Return the Events about an object as the API server has them now, as JSON; raises SpottuiError."""
    look_at: Callable[[str], None] = not_looked
    """Have a kind of `store.lists` read from now on; the opposite of each call is one of `look_away`."""
    look_away: Callable[[str], None] = not_looked
    last_words: Callable[[Pod, str], Awaitable[Sequence[str]]] = nothing_said
    """Return the last lines that a container of a pod wrote before it ended; empty where none can be read."""
    app_targets: Callable[[Target], Awaitable[Sequence[Mapping[str, Any]]]] | None = None
    """Return an Application's resources, each with what git wants of it, as argocd-server compared them last; raises
    SpottuiError. None: there is no argocd-server, and the Kubernetes API does not give the target."""
    app_commit: Callable[[Target, str], Awaitable[CommitWords]] | None = None
    """Return what git says of a revision of an Application; raises SpottuiError. None: no argocd-server."""
    app_tree: Callable[[Target], Awaitable[Sequence[TreeNode]]] | None = None
    """Return an Application's tree with the health of each object; raises SpottuiError. None: no argocd-server."""
    forwards: Callable[[], Sequence[Forwarded]] = tuple
    """The forwarded ports now."""
    stop_forward: Callable[[int], Awaitable[None]] | None = None
    """Close the forwarded port of this local number."""
    open_logs: Callable[[Sequence[LogSource], LogRange, bool], LogReader] = no_logs
    """Begin to read logs: of these containers, from this range on, of the time before a restart or not."""
    armed: ArmedPort | None = None
    """The armed syncs; None: nothing can be armed here."""
    armed_defaults: ArmedDefaults = field(default_factory=ArmedDefaults)
    unlock_seconds: float = 900.0
    plain: bool = False
    """ASCII glyphs only."""
    flash: bool = True
    namespace: str = ""
    """The namespace that tables are narrowed to; empty is all."""
    only_unhealthy: bool = False
    is_frozen: bool = False
    progress: str = ""
    """How far a command on many targets has come; empty when none runs."""
    demo: Callable[[], str] | None = None
    """With the embedded robot: how it is, empty while it runs well; None when we look at a real one."""
    robot: str = ""
    """The robot's address as the settings have it; empty: none is configured."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id -> its keys, comma-separated: those that the settings remap."""

    def cluster_now(self) -> float:
        """Return the time by the cluster's clock: what Argo CD writes, and sync windows, go by it."""
        return (self.cluster_clock or self.clock)()
