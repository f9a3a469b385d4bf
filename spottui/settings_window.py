"""The [window] section: what the update window is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spottui.settings_values import Amount, Kind


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """When the update window may open; docs/update-window.md says what each is for."""

    docked_charge: float
    """Percent, at the dock while it gives no power."""
    idle_charge: float
    """Percent, away from the dock."""
    rollback_minutes: float
    """Runtime that must be left off the charger; 0 asks for none."""
    state_seconds: float
    """Greatest age of the robot's state."""
    other_seconds: float
    """Greatest age of dock, mission, leases and keepalive."""
    steady_seconds: float
    """How long the same ground must have stood."""
    break_minutes: float
    """How long a planned break at the dock may be used."""


WINDOW_KINDS: Mapping[str, Kind] = {
    "window.docked_charge": Amount(0, 100),
    "window.idle_charge": Amount(0, 100),
    "window.rollback_minutes": Amount(0, 120),
    "window.state_seconds": Amount(2, 60),
    "window.other_seconds": Amount(5, 120),
    "window.steady_seconds": Amount(5, 600),
    "window.break_minutes": Amount(1, 120),
}
WINDOW_DEFAULTS: Mapping[str, Any] = {
    "window.docked_charge": 20.0,
    "window.idle_charge": 50.0,
    "window.rollback_minutes": 15.0,
    "window.state_seconds": 5.0,
    "window.other_seconds": 15.0,
    "window.steady_seconds": 10.0,
    "window.break_minutes": 5.0,
}
