"""The robot's faults: those of its system, of its behaviour and of its services, and the recent past of each."""

from __future__ import annotations

import random
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from spottui.sim.story_clock import StoryClock

HISTORY_SECONDS = 600.0
"""Story seconds that a cleared system fault stays historical."""
SERVICE_HISTORY = 50
LIVENESS_FAULT = "liveness"
"""Name of the fault that the robot raises for a silent service; the real robot's is not documented."""

IMPAIRS = "impair_navigation"
"""Attribute of a service fault that stops autonomous navigation, as on the real robot."""

Severity = Literal["unknown", "info", "warn", "critical"]
SEVERITIES: tuple[Severity, ...] = ("unknown", "info", "warn", "critical")
FaultId = tuple[str, str, str]
"""fault_name, service_name, payload_guid."""


@dataclass
class SystemFault:
    """A fault of hardware or firmware."""

    name: str
    text: str
    severity: Severity
    attributes: tuple[str, ...]
    code: int
    dtc: str
    uuid: str
    onset: float
    """Seconds since the epoch by our clock; the robot adds its skew."""
    cleared: float | None = None
    """Story seconds."""
    lasted: float = 0.0


@dataclass
class BehaviorFault:
    """A fault that keeps the robot from moving until somebody clears it."""

    id: int
    cause: Literal["fall", "hardware", "lease_timeout", "command_failure", "unknown"]
    is_clearable: bool
    onset: float


@dataclass
class ServiceFault:
    """A fault that a service or a payload raised, or the robot about one."""

    name: str
    service: str
    payload: str
    """GUID in lower case; empty: none."""
    text: str
    severity: Severity
    attributes: tuple[str, ...]
    onset: float
    lasted: float | None = None
    """Seconds until it was cleared; None: it is active."""

    @property
    def id(self) -> FaultId:
        """What makes it one fault and not another."""
        return self.name, self.service, self.payload


class Faults:
    """Raises and clears."""

    def __init__(self, clock: StoryClock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._behaviors = 0
        self.system: dict[str, SystemFault] = {}
        """By name."""
        self.behavior: dict[int, BehaviorFault] = {}
        self.service: dict[FaultId, ServiceFault] = {}
        self._past: list[SystemFault] = []
        self.past_services: deque[ServiceFault] = deque(maxlen=SERVICE_HISTORY)

    # -- system ------------------------------------------------------------------------------------

    def add_system(
        self,
        name: str,
        text: str = "",
        *,
        severity: Severity = "warn",
        attributes: tuple[str, ...] = ("robot",),
        code: int = 1,
        dtc: str = "",
    ) -> str:
        """Raise a system fault and return its uuid; one that is active already stays as it is."""
        if name not in self.system:
            made = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
            onset = self._clock.wall()
            self.system[name] = SystemFault(name, text or name, severity, attributes, code, dtc, made, onset)
        return self.system[name].uuid

    def clear_system(self, name: str) -> bool:
        """Clear a system fault by its name; it stays historical for ten minutes."""
        fault = self.system.pop(name, None)
        if fault is None:
            return False
        fault.cleared, fault.lasted = self._clock.now(), max(0.0, self._clock.wall() - fault.onset)
        self._past.append(fault)
        return True

    @property
    def past_system(self) -> list[SystemFault]:
        """System faults that were cleared in the last ten minutes."""
        now = self._clock.now()
        self._past = [fault for fault in self._past if now - (fault.cleared or 0.0) <= HISTORY_SECONDS]
        return self._past

    # -- behaviour ---------------------------------------------------------------------------------

    def add_behavior(
        self,
        cause: Literal["fall", "hardware", "lease_timeout", "command_failure", "unknown"],
        *,
        is_clearable: bool = True,
    ) -> int:
        """Raise a behaviour fault and return its id."""
        self._behaviors += 1
        self.behavior[self._behaviors] = BehaviorFault(self._behaviors, cause, is_clearable, self._clock.wall())
        return self._behaviors

    def clear_behavior(self, id: int) -> bool:
        """Clear a behaviour fault."""
        return self.behavior.pop(id, None) is not None

    # -- services ----------------------------------------------------------------------------------

    def add_service(
        self,
        name: str,
        *,
        service: str = "",
        payload: str = "",
        text: str = "",
        severity: Severity = "warn",
        attributes: tuple[str, ...] = (),
    ) -> bool:
        """Raise a service fault; False: it is active already, and the older one stays word for word."""
        fault = ServiceFault(name, service, payload.lower(), text, severity, attributes, self._clock.wall())
        if fault.id in self.service:
            return False
        self.service[fault.id] = fault
        return True

    @property
    def is_impaired(self) -> bool:
        """Whether a service fault keeps the robot from navigating by itself."""
        return any(IMPAIRS in fault.attributes for fault in self.service.values())

    def clear_service(self, name: str, *, service: str = "", payload: str = "") -> bool:
        """Clear one service fault; False: no such one is active."""
        return self._clear(lambda fault: fault.id == (name, service, payload.lower()))

    def clear_of_service(self, service: str) -> bool:
        """Clear every fault of a service, as its registration does."""
        return self._clear(lambda fault: fault.service == service)

    def clear_of_payload(self, payload: str) -> bool:
        """Clear every fault of a payload."""
        return self._clear(lambda fault: fault.payload == payload.lower())

    def _clear(self, is_meant: Callable[[ServiceFault], bool]) -> bool:
        found = [fault for fault in self.service.values() if is_meant(fault)]
        for fault in found:
            fault.lasted = max(0.0, self._clock.wall() - fault.onset)
            self.past_services.append(self.service.pop(fault.id))
        return bool(found)

    def forget_all(self) -> None:
        """Start afresh, as after a boot: what is still wrong is raised again by whoever finds it."""
        self.behavior.clear()
        self.service.clear()
        self.past_services.clear()
        self._past.clear()


def aggregated(faults: list[tuple[tuple[str, ...], Severity]]) -> dict[str, Severity]:
    """Return the worst severity of each attribute."""
    worst: dict[str, Severity] = {}
    for attributes, severity in faults:
        for attribute in attributes:
            known = worst.get(attribute, "unknown")
            worst[attribute] = severity if SEVERITIES.index(severity) > SEVERITIES.index(known) else known
    return worst
