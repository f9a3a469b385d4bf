"""What every screen is given: the store to read, the one road for commands, and the ways back to the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from spottui.actions.lock import WriteLock
from spottui.actions.permits import Permits
from spottui.actions.runner import Runner
from spottui.store import Store


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
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id -> its keys, comma-separated: those that the settings remap."""
