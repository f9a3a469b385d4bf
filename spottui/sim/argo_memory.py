"""What the controller knows of one Application besides the object itself; lost when it restarts."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING, RECENT, LATEST, FORCED = range(4)
"""How a comparison is made: not; with the revision of the last one; with git; with git, asked anew."""


@dataclass(slots=True)
class Memory:
    """Times are story seconds."""

    compared_at: float | None = None
    """Last comparison with git that was told, well or not."""
    hard_at: float | None = None
    period: float = 0.0
    """Seconds until the next one, jitter included; 0 is never."""
    failed_at: float | None = None
    """The first of the comparisons that failed since the last that worked."""
    requested: int = NOTHING
    """A comparison that the controller itself asked for."""
    look_again_at: float | None = None
    """When a self-heal that has to wait is due."""
    finished_at: float | None = None
    """End of the last operation, or of the last attempt of one that is retried."""
    healed: int = 0
    """Self-heals in a row."""

    def request(self, level: int) -> None:
        """Ask for a comparison; never for a weaker one than was asked for before."""
        self.requested = max(self.requested, level)
