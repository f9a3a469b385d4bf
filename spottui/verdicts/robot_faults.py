"""What a fault of the robot means for who stands beside it; knows records only."""

from __future__ import annotations

from typing import Literal

from spottui.records_robot import Fault

Tone = Literal["bad", "warn", "info", "dim"]

IMPAIRS = "impair_navigation"
"""The attribute that stops autonomous navigation for as long as its fault is active."""
_CAUSES = {
    "fall": "The robot fell: look at it from a distance, then clear the fault on the tablet and right it.",
    "hardware": "Motors stay off: clear the fault on the tablet; if it comes back, power the robot off and on.",
    "lease_timeout": "The program that drove it stopped checking in: take the lease anew on the tablet.",
    "command_failure": "It could not carry out a command: look at the robot, then clear the fault on the tablet.",
}
_ATTRIBUTES = (
    ("battery", "Bring it to its dock, or change the battery."),
    (IMPAIRS, "Autonomous navigation stays stopped until this fault is cleared."),
    ("vision", "Look at the cameras: clean them, free what covers them, check their cable."),
    ("imu", "Set the robot down on level ground and power it off and on."),
    ("wifi", "Look at the robot's Wi-Fi: a wire is the safe way meanwhile."),
)


def advice(fault: Fault) -> str:
    """Return what to do about a fault, as a sentence."""
    if not fault.is_active:
        return "It is over."
    if fault.kind == "behavior":
        if fault.code == "unclearable":
            return "It cannot be cleared: power the robot off and on, then call support if it comes back."
        return _CAUSES.get(fault.name, "Clear it on the tablet once the robot has been looked at.")
    if fault.kind == "system" and fault.severity == "critical" and "battery" in fault.attributes:
        return "It will shut down soon: bring it to its dock now, or change the battery."
    for attribute, text in _ATTRIBUTES:
        if attribute in fault.attributes:
            return text
    if fault.kind == "service":
        where = fault.service or "the payload"
        return f"Look at {where}: its pod or program, and the payload's power and network."
    return "The admin console of the robot has more; if it stays, power the robot off and on."


def fault_tone(fault: Fault) -> Tone:
    """Return how a fault is coloured; a behaviour fault has no severity, and keeps the motors off."""
    if not fault.is_active:
        return "dim"
    if fault.kind == "behavior" or fault.severity == "critical" or IMPAIRS in fault.attributes:
        return "bad"
    return "info" if fault.severity == "info" else "warn"
