"""The robot's battery, motors and temperatures, worked out from story time whenever somebody looks."""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

Motors = Literal["off", "on", "powering_on", "powering_off", "error"]
Activity = Literal["resting", "standing", "walking"]

CAPACITY_WATT_HOURS = 564.0
DRAW_WATTS: dict[Activity, float] = {"resting": 85.0, "standing": 190.0, "walking": 375.0}
"""Computers, radios and payload ports included; 375 W empty a full pack in 90 minutes."""
CHARGE_AMPERES = 8.0
TAPER_PERCENT = 80.0
"""Above this charge the current falls towards zero."""
RESISTANCE_OHMS = 0.09
AMBIENT = 18.0
PACK_HEAT = 1.1
"""Kelvin above ambient per ampere, in the end."""
MOTOR_HEAT: dict[Activity, float] = {"resting": 2.0, "standing": 19.0, "walking": 34.0}
WARM_UP_SECONDS = 700.0
STEP_SECONDS = 20.0
"""Longest step of the integration."""
OPEN_CIRCUIT = ((0.0, 40.0), (5.0, 45.5), (20.0, 48.6), (50.0, 51.9), (80.0, 55.3), (95.0, 57.4), (100.0, 58.6))
"""Charge in percent -> volts without load; 14 cells in a row."""
LEGS = ("fl", "fr", "hl", "hr")
MOTOR_NAMES = tuple(f"{leg}.{joint}" for leg in LEGS for joint in ("hx", "hy", "kn"))


def open_circuit_volts(charge: float) -> float:
    """Return the voltage of the pack without load for a charge in percent."""
    at = min(max(bisect_right(OPEN_CIRCUIT, (charge, 0.0)), 1), len(OPEN_CIRCUIT) - 1)
    (low, volts_low), (high, volts_high) = OPEN_CIRCUIT[at - 1], OPEN_CIRCUIT[at]
    return volts_low + (charge - low) / (high - low) * (volts_high - volts_low)


@dataclass
class Power:
    """What the robot's power says of itself."""

    rng: random.Random
    charge: float = 81.0
    """Percent."""
    motors: Motors = "off"
    motor_error: str = ""
    activity: Activity = "resting"
    is_charging: bool = False
    """The dock, or a charger, feeds the pack."""
    shore: bool = False
    payload_ports: bool = True
    wifi_radio: bool = True
    battery_status: Literal["", "missing", "booting", "unknown"] = ""
    """What the pack says instead of charging or discharging; empty: nothing special."""
    lost_messages: float = 0.0
    """Percent of the pack's messages that got lost."""
    pack_temperatures: list[float] = field(default_factory=list)
    motor_temperatures: dict[str, float] = field(default_factory=dict)
    walked: float = 0.0
    """Seconds of walking in the robot's life."""
    used_watt_hours: float = 4_310.0
    identifier: str = ""
    _at: float = 0.0

    def __post_init__(self) -> None:
        spread = self.rng.uniform
        self.identifier = self.identifier or f"{self.rng.randrange(10**7, 10**8)}"
        self.pack_temperatures = [AMBIENT + spread(3, 5) for _ in range(6)]
        self.motor_temperatures = {name: AMBIENT + spread(1, 4) for name in MOTOR_NAMES}
        self.walked = self.walked or spread(400, 900) * 3600

    @property
    def is_full(self) -> bool:
        """The charger has stopped: nothing flows, and the pack calls that discharging."""
        return self.is_charging and self.charge >= 99.95

    @property
    def current(self) -> float:
        """Ampere; positive while charging."""
        if self.is_full:
            return -0.05
        if self.is_charging:
            left = (100.0 - self.charge) / (100.0 - TAPER_PERCENT)
            return max(0.4, CHARGE_AMPERES * min(1.0, left))
        return -DRAW_WATTS[self.activity] / open_circuit_volts(self.charge)

    @property
    def voltage(self) -> float:
        """Volts at the pack's terminals."""
        return min(58.8, open_circuit_volts(self.charge) + self.current * RESISTANCE_OHMS)

    @property
    def status(self) -> str:
        """The pack's own word."""
        if self.battery_status:
            return self.battery_status
        return "charging" if self.is_charging and not self.is_full else "discharging"

    @property
    def runtime(self) -> float | None:
        """Seconds left at this draw; None while the charger feeds the pack."""
        if self.is_charging:
            return None
        return self.charge / 100 * CAPACITY_WATT_HOURS / DRAW_WATTS[self.activity] * 3600

    @property
    def locomotion_charge(self) -> float:
        """Percent of what may be walked away: the last 5 % are kept for sitting down."""
        return max(0.0, (self.charge - 5.0) / 95.0 * 100.0)

    def settle(self, now: float) -> None:
        """Bring everything up to the story's time."""
        left, self._at = now - self._at, max(now, self._at)
        while left > 0:
            step = min(left, STEP_SECONDS)
            self._step(step)
            left -= step

    def _step(self, seconds: float) -> None:
        current = self.current
        watts = current * open_circuit_volts(self.charge)
        if not self.is_full and self.battery_status != "missing":
            self.charge += watts * seconds / 3600 / CAPACITY_WATT_HOURS * 100
            self.charge = 100.0 if self.is_full else min(100.0, max(0.0, self.charge))
        if self.activity == "walking":
            self.walked += seconds
        self.used_watt_hours += DRAW_WATTS[self.activity] * seconds / 3600
        part = min(1.0, seconds / WARM_UP_SECONDS)
        pack = AMBIENT + 4 + PACK_HEAT * abs(current)
        self.pack_temperatures = [t + (pack + 0.3 * place - t) * part for place, t in enumerate(self.pack_temperatures)]
        heat = MOTOR_HEAT[self.activity]
        for name, t in self.motor_temperatures.items():
            aim = AMBIENT + heat * (1.15 if name.endswith("kn") else 1.0)
            self.motor_temperatures[name] = t + (aim - t) * part
