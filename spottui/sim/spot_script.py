"""What goes wrong with the calls to the robot, as a scenario or a test wants it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

STATUSES = (
    "ABORTED",
    "ALREADY_EXISTS",
    "CANCELLED",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "FAILED_PRECONDITION",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "OUT_OF_RANGE",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
)
"""gRPC's names."""


@dataclass
class Trouble:
    """One scripted failure of the calls that a pattern names."""

    rpc: str
    """Pattern of full names: "bosdyn.api.RobotStateService/*"."""
    delay: float = 0.0
    """Real seconds before the answer."""
    abort: str = ""
    """Name of a gRPC status: "UNAVAILABLE"; empty: answers."""
    details: str = ""
    header_code: int | None = None
    """header.error.code: 0 unset, 2 internal error, 3 invalid request."""
    header_message: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    """Path in the answer -> value, None to unset: "robot_state.battery_states.charge_percentage"."""
    times: int | None = None
    """Calls that it still hits; None: all."""


class Script:
    """The failures in force; the newest come first."""

    def __init__(self) -> None:
        self.troubles: list[Trouble] = []
        self.refuses_as_proxy = False
        """A bad token is answered by HTTP 401, as the real proxy does, instead of UNAUTHENTICATED."""

    def add(self, rpc: str = "*", **what: Any) -> Trouble:
        """Put a failure in force; the fields of `Trouble` as keywords."""
        trouble = Trouble(rpc, **what)
        if trouble.abort and trouble.abort not in STATUSES:
            raise ValueError(f"There is no gRPC status {trouble.abort!r}; there are {', '.join(STATUSES)}.")
        self.troubles.insert(0, trouble)
        return trouble

    def clear(self, rpc: str = "") -> None:
        """End the failures of one pattern, or all."""
        self.troubles = [trouble for trouble in self.troubles if rpc and trouble.rpc != rpc]

    def take(self, rpc: str) -> list[Trouble]:
        """Return what hits this call, and count it."""
        found = [trouble for trouble in self.troubles if fnmatchcase(rpc, trouble.rpc)]
        for trouble in found:
            if trouble.times is not None:
                trouble.times -= 1
        self.troubles = [trouble for trouble in self.troubles if trouble.times is None or trouble.times > 0]
        return found


def change(message: Any, path: list[str], value: Any) -> None:
    """Set (or with None unset) a field by its path; a repeated field on the way means each of its elements."""
    name, rest = path[0], path[1:]
    found = getattr(message, name)
    if rest:
        for part in [found] if hasattr(found, "DESCRIPTOR") else found:
            change(part, rest, value)
    elif value is None:
        message.ClearField(name)
    elif hasattr(found, "DESCRIPTOR"):
        found.Clear()
        found.MergeFrom(value if hasattr(value, "DESCRIPTOR") else type(found)(**value))
    elif isinstance(value, (list, tuple)):
        del found[:]
        found.extend(value)
    else:
        setattr(message, name, value)
