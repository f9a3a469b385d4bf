"""What is plainly told of a robot: who it is, its radio and modem, licence, logs, policies and clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

CLOCK_SKEW = 2.5
"""Seconds that the robot's clock is ahead of ours."""

ControlAction = Literal["auto_return", "motors_off", "robot_off", "halt", "immediate_motors_off"]
LogWord = Literal["received", "in_progress", "syncing", "stopping", "done", "failed", "terminated"]


@dataclass
class Identity:
    """Who the robot is."""

    nickname: str
    serial: str
    computer_serial: str = "02-19904-0107"
    species: str = "spot"
    species_version: str = "2.4.0"
    release: tuple[int, int, int] = (5, 1, 4)
    changeset: str = "7c1e5a0d4b92"
    build: str = "spot-release-5.1.4"
    installed: float = 0.0
    """Seconds since the epoch."""


@dataclass
class Wifi:
    """The robot's own radio."""

    mode: Literal["access_point", "client", "unknown"] = "client"
    essid: str = "plant-field"
    signal: float = -58.0
    """dBm."""
    rx_bits: float = 65e6
    tx_bits: float = 52e6
    retries: int = 412
    failed: int = 3


@dataclass
class Modem:
    """What the page of the CORE I/O tells of its modem."""

    quality: float = 88.0
    """Percent."""
    sinr: float = 14.2
    """dB."""
    rsrp: float = -84.0
    rsrq: float = -10.0
    technology: str = "5G NSA"
    is_there: bool = True


@dataclass
class Licence:
    """What the robot is licensed for."""

    status: Literal["valid", "expired", "not_yet_valid", "malformed", "serial_mismatch", "no_license"] = "valid"
    id: str = "b2e1f0c4a7d84e6f"
    not_before: float = 0.0
    not_after: float = 0.0
    features: tuple[str, ...] = ("autonomy", "choreography", "joint-control")


@dataclass
class Log:
    """One log that is being written or brought home."""

    id: str
    status: LogWord
    started: float


@dataclass
class Policy:
    """A keepalive policy of a client."""

    id: int
    name: str
    client: str
    actions: tuple[str, ...] = ("auto_return", "controlled_motors_off")
    after: float = 10.0


@dataclass
class Clock:
    """The robot's clock against ours."""

    skew: float = CLOCK_SKEW
    is_ready: bool = True
    """False: time sync answers that it is not ready."""
    round_trips: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    """Clock identifier -> best round trip, its skew, when it was measured (all seconds)."""
