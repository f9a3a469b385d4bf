"""What Argo CD's AppProjects say about when a sync may run."""

from __future__ import annotations

from msgspec import Struct


class SyncWindow(Struct, frozen=True, kw_only=True):
    """One entry of an AppProject's spec.syncWindows."""

    kind: str
    """"allow" or "deny"."""
    schedule: str
    """Cron, five fields; not checked."""
    duration: str
    """Go duration, e.g. "1h30m"; not checked."""
    applications: tuple[str, ...] = ()
    """Patterns of Application names."""
    namespaces: tuple[str, ...] = ()
    """Patterns of destination namespaces."""
    clusters: tuple[str, ...] = ()
    """Patterns of destination clusters' names or URLs."""
    and_operator: bool = False
    """All given lists have to fit, not any of them."""
    manual_sync: bool = False
    """Syncs that a human starts pass."""
    sync_overrun: bool = False
    """A sync that runs when the window blocks may finish."""
    time_zone: str = ""
    """IANA name; empty is UTC."""
    description: str = ""
