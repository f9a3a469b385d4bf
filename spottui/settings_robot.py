"""The [robot] section: which robot, how to log in, and what is expected on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spottui.settings_values import Amount, FilePath, Kind, Words, Wrong, shown


@dataclass(frozen=True, slots=True)
class RobotSettings:
    """Which robot, how to log in, and what is expected on it; a password itself is in no setting."""

    address: str | None
    """Name or IP address, with its own port where that is not `port`: "192.168.80.3", "[fe80::1]:443"; None:
    there is none. By default the robot that carries this computer."""
    port: float
    ca: Path | None
    """PEM file, or a glob of such, of who may sign the robot's certificate; None: Boston Dynamics."""
    username: str | None
    """Also BOSDYN_CLIENT_USERNAME."""
    password_file: Path | None
    """Its first line is the password; or BOSDYN_CLIENT_PASSWORD."""
    payload_credentials: Path | None
    """GUID and secret of a payload, a line each."""
    poll_seconds: float
    """How often the robot's state is read; all the rest in proportion."""
    profile: Path | None
    """TOML file that says what should be on the robot; None: nothing is expected."""


OWN_ROBOT = "192.168.50.3"
"""The robot, as a computer on its back reaches it."""
OWN_CREDENTIALS = Path("/opt/payload_credentials/payload_guid_and_secret")
"""Where a CORE I/O keeps the credentials of its payload."""


def own_robot() -> Mapping[str, Any]:
    """Return the defaults of a computer that rides on a robot, known by its payload's credentials; else none."""
    if not OWN_CREDENTIALS.is_file():
        return {}
    return {"robot.address": OWN_ROBOT, "robot.payload_credentials": OWN_CREDENTIALS}


def split_address(address: str) -> tuple[str, int | None]:
    """Return host and port of "host", "host:port" or "[IPv6]:port"; None: it names no port.

    Raises:
        ValueError: The port is no number from 1 to 65535, or there is no host.
    """
    host, port = address.strip(), ""
    if host.startswith("["):
        host, _, rest = host[1:].partition("]")
        if rest and not rest.startswith(":"):
            raise ValueError(address)
        port = rest[1:]
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    if not host or (port and not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535)):
        raise ValueError(address)
    return host, int(port) if port else None


@dataclass(frozen=True, slots=True)
class Address:
    """A host, and its port where it has one."""

    def from_toml(self, value: object, base: Path, home: Path) -> str:
        """Take a text that `split_address` can split."""
        if isinstance(value, str):
            try:
                split_address(value)
            except ValueError:
                pass
            else:
                return value.strip()
        raise Wrong(f"an address like 192.168.80.3 or 192.168.80.3:443, not {shown(value)}")

    def from_text(self, text: str, base: Path, home: Path) -> str:
        """Take a text that `split_address` can split."""
        return self.from_toml(text, base, home)


ROBOT_KINDS: Mapping[str, Kind] = {
    "robot.address": Address(),
    "robot.port": Amount(1, 65535),
    "robot.ca": FilePath(),
    "robot.username": Words(),
    "robot.password_file": FilePath(),
    "robot.payload_credentials": FilePath(),
    "robot.poll_seconds": Amount(0.5, 60),
    "robot.profile": FilePath(),
}
ROBOT_DEFAULTS: Mapping[str, Any] = {"robot.port": 443.0, "robot.poll_seconds": 1.0}
