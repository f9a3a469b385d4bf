"""Where the robot is and how to log in to it: credentials from files, and the two calls that give a token."""

from __future__ import annotations

import glob
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spottui.sources.robot_errors import RobotTrouble
from spottui.sources.text import clean

if TYPE_CHECKING:
    from spottui.sources.robot_connection import Connection

LOGIN_DEADLINE = 5.0
LOCKED_OUT = 75.0
"""Seconds until a login is tried after a lockout: the robot's lasts a minute, and a try within it may prolong it."""
FILE_BYTES = 4096
CERTIFICATE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class RobotPlace:
    """Where the robot is, whom it must prove to be, and who we are."""

    host: str
    """Address without brackets."""
    port: int = 443
    ca: str | None = None
    """A file of PEM certificates, or a glob of such; None: the certificate that the SDK brings."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None
    payload_credentials: Path | None = None
    """A file with the GUID on its first line and the secret on its second."""

    def __str__(self) -> str:
        """Return host:port as it is written for people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to the robot: a user with a password, or a payload (GUID) with its secret."""

    name: str
    secret: str = field(repr=False)
    is_payload: bool = False

    def __str__(self) -> str:
        """Return who this is, without the secret."""
        return f"payload {self.name}" if self.is_payload else f"user {self.name}"


class Refusal:
    """Remembers credentials that the robot refused, also over a lost link: they are never sent again."""

    def __init__(self) -> None:
        self.credentials: Credentials | None = None
        self.trouble: RobotTrouble | None = None
        self.locked_until = float("-inf")

    def hold(self, credentials: Credentials, now: float) -> None:
        """Let credentials pass that may be tried.

        Raises:
            RobotTrouble: They were refused before, or the robot has locked us out.
        """
        if self.trouble is not None and (self.credentials == credentials or now < self.locked_until):
            raise self.trouble

    def note(self, credentials: Credentials, trouble: RobotTrouble, now: float) -> None:
        """Remember why a login failed, where that forbids the next one."""
        if trouble.kind in ("wrong-login", "payload-unknown"):
            self.credentials, self.trouble = credentials, trouble
        elif trouble.kind == "locked-out":
            self.credentials, self.trouble, self.locked_until = None, trouble, now + LOCKED_OUT

    def forget(self) -> None:
        """Note that a login worked."""
        self.credentials, self.trouble, self.locked_until = None, None, float("-inf")


def read_credentials(place: RobotPlace) -> Credentials:
    """Return the credentials of a place, read anew from their file.

    Raises:
        RobotTrouble: "no-login": none are set, or a file of theirs cannot be used.
    """
    if place.username and place.password:
        return Credentials(place.username, place.password)
    if place.username and place.password_file:
        password = _lines(place.password_file, "password")[0]
        if not password:
            raise RobotTrouble("no-login", f"The robot's password file {place.password_file} is empty.")
        return Credentials(place.username, password)
    if place.payload_credentials:
        lines = _lines(place.payload_credentials, "payload credentials")
        if len(lines) < 2 or not lines[0].strip() or not lines[1].strip():
            said = f"The payload credentials {place.payload_credentials} must hold a GUID and, below it, a secret."
            raise RobotTrouble("no-login", said)
        return Credentials(lines[0].strip().lower(), lines[1].strip(), is_payload=True)
    if place.username:
        said = f"There is no password for the robot's user {place.username}: set [robot] password_file."
        raise RobotTrouble("no-login", said)
    said = "There is no login for the robot: set [robot] username and password_file, or payload_credentials."
    raise RobotTrouble("no-login", said)


def _lines(path: Path, what: str) -> list[str]:
    try:
        with open(path, "rb") as file:
            text = file.read(FILE_BYTES).decode("utf-8")
    except OSError as error:
        raise RobotTrouble("no-login", f"The robot's {what} {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RobotTrouble("no-login", f"The robot's {what} {path} is not UTF-8 text.") from error
    return text.splitlines() or [""]


def read_certificates(place: RobotPlace) -> bytes:
    """Return the PEM certificates that may sign the robot's.

    Raises:
        RobotTrouble: "untrusted": [robot] ca names nothing that can be used.
    """
    if place.ca is None:
        from spottui.sources.robot_sdk import robot_certificate

        return robot_certificate()
    found = b""
    paths = [path for path in sorted(glob.glob(place.ca)) if Path(path).is_file()]
    if not paths and Path(place.ca).is_file():  # a name with brackets of its own
        paths = [place.ca]
    for path in paths:
        try:
            with open(path, "rb") as file:
                found += file.read(CERTIFICATE_BYTES) + b"\n"
        except OSError as error:
            raise RobotTrouble("untrusted", f"The robot's CA {path} cannot be read: {error.strerror}.") from error
    if b"-----BEGIN CERTIFICATE-----" not in found:
        said = f"[robot] ca = {place.ca} names no file with a PEM certificate."
        raise RobotTrouble("untrusted", said)
    return found


def fetch_token(connection: Connection, credentials: Credentials) -> str:
    """Return a new token (valid 12 hours) for the credentials; one call, never a second.

    Raises:
        RobotTrouble: The robot refuses them, or did not answer.
    """
    if credentials.is_payload:
        client: Any = connection.client("payload-registration", connection.sdk.payload_registration)
        ask, refused = client.get_payload_auth_token, "The robot refused the credentials of"
    else:
        client = connection.client("auth", connection.sdk.auth)
        ask, refused = client.auth, "The robot refused the password of"
    try:
        return connection.asking("auth", ask, credentials.name, credentials.secret, timeout=LOGIN_DEADLINE)
    except RobotTrouble as trouble:
        if trouble.kind in ("wrong-login", "payload-unknown"):
            said = f"{refused} {clean(str(credentials), 120)}; they are not tried again until they change."
            raise RobotTrouble(trouble.kind, said) from trouble
        raise


def renew_token(connection: Connection, token: str) -> str:
    """Return a fresh token for one that is still good.

    Raises:
        RobotTrouble: "logged-out" when the robot no longer takes it.
    """
    client: Any = connection.client("auth", connection.sdk.auth)
    return connection.asking("auth", client.auth_with_token, token, timeout=LOGIN_DEADLINE)
