"""Words for the numbers of the bosdyn API, by our own tables.

The API's own names would not do: several numbers have a deprecated alias that its `Name()` prefers, and a number
that a newer robot sends raises there.
"""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[int, str]

ON_OFF: Words = {0: "unknown", 1: "on", 2: "off"}
MOTORS: Words = {0: "unknown", 1: "off", 2: "on", 3: "powering_on", 4: "powering_off", 5: "error"}
BATTERY: Words = {0: "unknown", 1: "missing", 2: "charging", 3: "discharging", 4: "booting"}
SEVERITY: Words = {0: "unknown", 1: "info", 2: "warn", 3: "critical"}
BEHAVIOR_CAUSE: Words = {0: "unknown", 1: "fall", 2: "hardware", 3: "lease_timeout", 4: "command_failure"}
CLEARABLE: Words = {0: "unknown", 1: "clearable", 2: "unclearable"}
ESTOP_TYPE: Words = {0: "unknown", 1: "hardware", 2: "software"}
ESTOP_STATE: Words = {0: "unknown", 1: "estopped", 2: "not_estopped"}
STOP_LEVEL: Words = {0: "unknown", 1: "cut", 2: "settle_then_cut", 4: "none"}
BEHAVIOR: Words = {0: "unknown", 1: "not_ready", 2: "transition", 3: "standing", 4: "stepping"}
WIFI_MODE: Words = {0: "unknown", 1: "access_point", 2: "client"}
DOCK_STATUS: Words = {0: "unknown", 1: "docked", 2: "docking", 3: "undocked", 4: "undocking"}
DOCK_TYPE: Words = {0: "", 3: "spot_dock", 4: "spot_doghouse"}
DOCK_POWER: Words = {0: "unknown", 1: "connected", 2: "error", 3: "detecting"}
MISSION: Words = {
    0: "unknown",
    1: "failure",
    2: "running",
    3: "success",
    4: "paused",
    5: "error",
    6: "none",
    7: "stopped",
}
ALERT: Words = {0: "unknown", 1: "info", 2: "warn", 3: "error", 4: "critical"}
LICENCE: Words = {
    0: "unknown",
    1: "valid",
    2: "expired",
    3: "not_yet_valid",
    4: "malformed",
    5: "serial_mismatch",
    6: "no_license",
}
CONTROL_ACTION: Words = {
    0: "unknown",
    1: "auto_return",
    2: "motors_off",
    3: "robot_off",
    4: "halt",
    5: "immediate_motors_off",
}
LOG_STATUS: Words = {
    0: "unknown",
    1: "received",
    2: "in_progress",
    3: "syncing",
    4: "stopping",
    100: "done",
    101: "failed",
    102: "terminated",
}


def word_for(words: Words, number: int) -> str:
    """Return the word for a number, "unknown(<n>)" for one that this version does not know."""
    return words.get(number) or (f"unknown({number})" if number not in words else "")
