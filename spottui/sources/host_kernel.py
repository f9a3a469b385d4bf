"""What psutil does not tell of a Linux computer, read from /proc and /sys below a root that is passed in.

Every file may be missing, unreadable or of another form: that is None or empty, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from spottui.records_host import Fan, Pressure
from spottui.sources.text import clean

RESOURCES = ("cpu", "memory", "io")
FILE_LIMIT = 65536
"""Bytes read of a file at most; those read here are far smaller."""
NAME_LENGTH = 60
POD_UID = re.compile(r"pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})\b")
"""A pod's UID in a cgroup's path: with "_" for "-" under systemd; a static pod has 32 hex digits."""


def text_of(path: Path) -> str:
    """Return what a small file says, without the line's end; empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(FILE_LIMIT).decode("utf-8", "replace").strip("\0\n ")
    except (OSError, ValueError):
        return ""


def number_of(path: Path) -> int | None:
    """Return the whole number in a file; None when there is none."""
    try:
        return int(text_of(path))
    except ValueError:
        return None


def pressure(root: Path) -> Mapping[str, Pressure] | None:
    """Return the pressure stall information; None where the kernel does not count it."""
    found = {name: parse_pressure(text_of(root / "proc/pressure" / name)) for name in RESOURCES}
    known = {name: one for name, one in found.items() if one is not None}
    return known or None


def parse_pressure(text: str) -> Pressure | None:
    """Return the shares of a /proc/pressure file; None when it has no "some" line."""
    shares: dict[str, float] = {}
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        for word in rest.split():
            name, _, value = word.partition("=")
            if name == "avg10":
                try:
                    shares[kind] = float(value)
                except ValueError:
                    continue
    return Pressure(shares["some"], shares.get("full")) if "some" in shares else None


def model(root: Path) -> str:
    """Return the board as the device tree names it, else the product of the firmware; empty when neither says."""
    board = text_of(root / "proc/device-tree/model")
    if board:
        return clean(board, NAME_LENGTH)
    folder = root / "sys/class/dmi/id"
    vendor, product = text_of(folder / "sys_vendor"), text_of(folder / "product_name")
    return clean(product if product.startswith(vendor) else f"{vendor} {product}".strip(), NAME_LENGTH)


def pod_uid(cgroup: str) -> str:
    """Return the UID of the pod that a /proc/PID/cgroup speaks of; empty when it speaks of none."""
    found = POD_UID.search(cgroup)
    return found.group(1).replace("_", "-") if found else ""


def pod_of_process(root: Path, pid: int) -> str:
    """Return the UID of the pod that a process is in; empty when in none, or when it is gone."""
    return pod_uid(text_of(root / f"proc/{pid}/cgroup"))


def cooling(root: Path) -> str:
    """Return which parts the thermal governor holds back now ("gpu 2 of 5, cpu 1 of 12"); empty: none, or unknown."""
    held = []
    for folder in sorted(root.glob("sys/class/thermal/cooling_device*")):
        kind = clean(text_of(folder / "type"), NAME_LENGTH)
        now, most = number_of(folder / "cur_state"), number_of(folder / "max_state")
        if now and now > 0 and kind and "fan" not in kind.lower():
            held.append(f"{kind} {now} of {most if most is not None else '?'}")
    return ", ".join(held[:4])


def throttle_count(root: Path) -> int | None:
    """Return how often x86 cores were slowed down for heat since the start; None where it is not counted."""
    counts = [number_of(path) for path in root.glob("sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count")]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def pwm_fans(root: Path) -> tuple[Fan, ...]:
    """Return the fans that are only driven, not counted, as on a Jetson."""
    found = []
    for path in sorted({*root.glob("sys/class/hwmon/hwmon*/pwm1"), *root.glob("sys/devices/pwm-fan/cur_pwm")}):
        strength = number_of(path)
        if strength is not None and 0 <= strength <= 255:
            label = clean(text_of(path.parent / "name"), NAME_LENGTH) or "fan"
            found.append(Fan(label, percent=round(strength / 2.55)))
    return tuple(found)
