"""Who may talk to the robot: accounts, payload credentials, tokens and what each kind of them is good for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from spottui.sim.story_clock import StoryClock

TOKEN_SECONDS = 12 * 3600.0
TRIES = 6
"""Wrong passwords in a row that lock an account."""
LOCKOUT_SECONDS = 60.0

Kind = Literal["admin", "user", "payload"]
Outcome = Literal["ok", "invalid", "locked"]

NO_TOKEN_NEEDED = (
    "bosdyn.api.AuthService/GetAuthToken",
    "bosdyn.api.RobotIdService/GetRobotId",
    "bosdyn.api.PayloadRegistrationService/*",
)
PAYLOAD_OFFICIAL = (
    "bosdyn.api.AuthService/*",
    "bosdyn.api.DirectoryService/*",
    "bosdyn.api.DirectoryRegistrationService/*",
    "bosdyn.api.RobotStateService/*",
)
"""What the documents promise to the token of a payload."""
PAYLOAD_AS_IN_EXAMPLES = (
    *PAYLOAD_OFFICIAL,
    "bosdyn.api.FaultService/*",
    "bosdyn.api.PayloadService/*",
    "bosdyn.api.PayloadRegistrationService/*",
    "bosdyn.api.metrics_logging.*",
    "bosdyn.api.RobotIdService/*",
    "bosdyn.api.DataAcquisitionService/*",
    "bosdyn.api.LeaseService/*",
    "bosdyn.api.PowerService/*",
    "bosdyn.api.TimeSyncService/*",
    "data-buffer",
)
"""What published programs do with the token of a payload; docking, mission, E-Stop, licence, images and keepalive
are in none of them. What the real robot answers there is not documented."""


@dataclass
class Account:
    """One user of the robot."""

    name: str
    password: str
    kind: Kind = "user"
    wrong_tries: int = 0
    locked_until: float = 0.0
    """Story seconds."""


@dataclass(frozen=True)
class Token:
    """A token that was given out."""

    text: str
    subject: str
    """User name, or the payload's GUID in lower case."""
    kind: Kind
    expires: float
    """Story seconds."""

    @property
    def payload_guid(self) -> str:
        """GUID of the payload that it was given to; empty for a user's."""
        return self.subject if self.kind == "payload" else ""


def default_accounts() -> list[Account]:
    """Return the two accounts that a fresh robot of the story has."""
    return [Account("admin", "spot-admin", "admin"), Account("user", "spot-user", "user")]


class Accounts:
    """Logs users in and checks tokens."""

    def __init__(self, clock: StoryClock, rng: random.Random, issuer: str, accounts: Iterable[Account]) -> None:
        self._clock = clock
        self._key = rng.randbytes(32)
        self._issuer = issuer
        self._count = 0
        self._tokens: dict[str, Token] = {}
        self.by_name = {account.name: account for account in accounts}
        self.permissions: dict[Kind, tuple[str, ...]] = {
            "admin": ("*",),
            "user": ("*",),
            "payload": PAYLOAD_AS_IN_EXAMPLES,
        }
        """Patterns of full rpc names that a kind of token may call; anything else answers PERMISSION_DENIED."""
        self.token_seconds = TOKEN_SECONDS

    def log_in(self, name: str, password: str) -> Outcome:
        """Try a password; six wrong ones in a row lock the account for a minute, even for the right one."""
        account = self.by_name.get(name)
        if account is None:
            return "invalid"
        now = self._clock.now()
        if now < account.locked_until:
            return "locked"
        if hmac.compare_digest(account.password.encode(), password.encode()):
            account.wrong_tries = 0
            return "ok"
        account.wrong_tries += 1
        if account.wrong_tries < TRIES:
            return "invalid"
        account.wrong_tries = 0
        account.locked_until = now + LOCKOUT_SECONDS
        return "locked"

    def issue(self, subject: str, kind: Kind) -> str:
        """Give out a token in the shape of a JWT."""
        self._count += 1
        now = self._clock.wall()
        claims = {
            "iss": self._issuer,
            "sub": subject,
            "kind": kind,
            "iat": int(now),
            "exp": int(now + self.token_seconds),
            "jti": self._count,
        }
        signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        text = f"{signed}.{_encoded(hmac.new(self._key, signed.encode(), hashlib.sha256).digest())}"
        self._forget_old()
        self._tokens[text] = Token(text, subject, kind, self._clock.now() + self.token_seconds)
        return text

    def issue_for(self, name: str) -> str:
        """Give a token to a user who logged in."""
        return self.issue(name, self.by_name[name].kind)

    def renew(self, text: str) -> str | None:
        """Give a new token for a valid one; None: it is not."""
        token = self.valid(text)
        return self.issue(token.subject, token.kind) if token else None

    def valid(self, text: str) -> Token | None:
        """Return what a token stands for; None when it is unknown or has expired."""
        token = self._tokens.get(text)
        return token if token and self._clock.now() < token.expires else None

    def may(self, kind: Kind, rpc: str) -> bool:
        """Tell whether a kind of token is good for an rpc ("bosdyn.api.LeaseService/ListLeases")."""
        return any(fnmatchcase(rpc, pattern) for pattern in self.permissions[kind])

    def expire(self, is_meant: Callable[[Token], bool] = lambda token: True) -> None:
        """Let tokens expire now: all, or those that are meant."""
        self._tokens = {text: token for text, token in self._tokens.items() if not is_meant(token)}

    def _forget_old(self) -> None:
        now = self._clock.now()
        self._tokens = {text: token for text, token in self._tokens.items() if now < token.expires}


def needs_no_token(rpc: str) -> bool:
    """Tell whether an rpc is answered without a login."""
    return any(fnmatchcase(rpc, pattern) for pattern in NO_TOKEN_NEEDED)


def _part(claims: dict[str, object]) -> str:
    return _encoded(json.dumps(claims, separators=(",", ":")).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
