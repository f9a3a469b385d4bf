"""The armed syncs as screens see them; `spottui.app_armed` is what stands behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from spottui.records_argocd import Application
from spottui.records_armed import ArmedSync, Conditions


class ArmedPort(Protocol):
    """Knows the armed syncs, arms and cancels."""

    items: tuple[ArmedSync, ...]
    problem: str

    def waits(self, armed_id: str) -> tuple[str, ...]:
        """Return what one waits for, in words."""
        ...

    def open_for(self, uid: str) -> ArmedSync | None:
        """Return the one that is armed for an Application."""
        ...

    def why_not_now(self, uid: str) -> tuple[str, ...]:
        """Return why a sync should not be sent now; empty when nothing speaks against it."""
        ...

    def suggested(self, uid: str, *, link_up: float, charge: float | None) -> Conditions:
        """Return conditions that can be fulfilled here."""
        ...

    async def arm(
        self, app: Application, *, revision: str, prune: bool, conditions: Conditions, expires_at: float
    ) -> ArmedSync:
        """Arm a sync; raises SpottuiError."""
        ...

    async def cancel(self, armed_id: str) -> str:
        """Take one back; raises SpottuiError."""
        ...

    async def mark_seen(self, armed_id: str) -> None:
        """Take note that a result was looked at; raises SpottuiError."""
        ...


@dataclass(frozen=True, slots=True)
class ArmedDefaults:
    """What the offer begins with; settings [armed]."""

    link_up: float = 30.0
    """Seconds."""
    hours: float = 8.0
    charge: float = 0.0
    """Percent; 0: no condition."""
