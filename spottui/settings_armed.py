"""The [armed] section: what the offer to arm a sync begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spottui.settings_values import Amount, Kind


@dataclass(frozen=True, slots=True)
class ArmedSettings:
    """What an armed sync waits for unless the operator says otherwise; docs/armed-sync.md."""

    link_up_seconds: float
    """How long the links must have been up."""
    expires_hours: float
    min_charge: float
    """Percent; 0: the charge is no condition."""


ARMED_KINDS: Mapping[str, Kind] = {
    "armed.link_up_seconds": Amount(0, 3600),
    "armed.expires_hours": Amount(0.1, 168),
    "armed.min_charge": Amount(0, 100),
}
ARMED_DEFAULTS: Mapping[str, Any] = {
    "armed.link_up_seconds": 30.0,
    "armed.expires_hours": 8.0,
    "armed.min_charge": 0.0,
}
