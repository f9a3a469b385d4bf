"""Turns what the Spot SDK raises into a kind of trouble and a sentence for the operator; the one place for it.

The class alone does not tell: a wrong CA, a wrong port and a wrong name all raise the same one, so the details of
the gRPC error are looked into first. Classes are compared by name: the SDK is not imported for it.
"""

from __future__ import annotations

from typing import Any, Literal

from spottui.errors import SpottuiError
from spottui.sources.robot_allowed import CallRefused
from spottui.sources.text import clean

Kind = Literal[
    "closed",
    "untrusted",
    "misnamed",
    "plain",
    "unresolved",
    "unrouted",
    "unreachable",
    "silent",
    "reset",
    "logged-out",
    "forbidden",
    "absent",
    "outdated",
    "host-down",
    "throttled",
    "crashed",
    "service-fault",
    "wrong-login",
    "locked-out",
    "no-login",
    "payload-unknown",
    "payload-unauthorized",
    "unreadable",
    "other",
]
LINK_KINDS: frozenset[Kind] = frozenset(
    {"closed", "untrusted", "misnamed", "plain", "unresolved", "unrouted", "unreachable", "silent", "reset"}
)
"""The robot itself did not answer: the next call of any kind would fare the same."""
LOGIN_KINDS: frozenset[Kind] = frozenset(
    {"wrong-login", "locked-out", "no-login", "payload-unknown", "payload-unauthorized"}
)
"""The robot answers, and does not let us in."""

EXIT_STATUSES = {3: LINK_KINDS, 4: LOGIN_KINDS | {"logged-out", "forbidden"}}


class RobotTrouble(SpottuiError):
    """Something about the robot did not work; `kind` says what decides about the next try."""

    def __init__(self, kind: Kind, text: str) -> None:
        super().__init__(text)
        self.kind: Kind = kind
        self.exit_status = next((status for status, kinds in EXIT_STATUSES.items() if kind in kinds), 1)


_BY_DETAILS: tuple[tuple[str, Kind], ...] = (
    ("CERTIFICATE_VERIFY_FAILED", "untrusted"),
    ("Hostname Verification Check failed", "misnamed"),
    ("is not in peer certificate", "misnamed"),
    ("WRONG_VERSION_NUMBER", "plain"),
    ("errors resolving", "unresolved"),
    ("Domain name not found", "unresolved"),
    ("Name resolution failure", "unresolved"),
    ("DNS resolution failed", "unresolved"),
    ("No route to host", "unrouted"),
    ("Network is unreachable", "unrouted"),
    ("Connection refused", "closed"),
    ("Connection reset by peer", "reset"),
    ("Socket closed", "reset"),
)
"""What gRPC writes into the details of UNAVAILABLE; the first that fits."""

_BY_CLASS: dict[str, Kind] = {
    "UnregisteredServiceError": "absent",
    "InvalidLoginError": "wrong-login",
    "TemporarilyLockedOutError": "locked-out",
    "InvalidTokenError": "logged-out",
    "InvalidPayloadCredentialsError": "payload-unknown",
    "PayloadNotAuthorizedError": "payload-unauthorized",
    "UnauthenticatedError": "logged-out",
    "PermissionDeniedError": "forbidden",
    "UnimplementedError": "outdated",
    "NotFoundError": "absent",
    "ServiceUnavailableError": "host-down",
    "TooManyRequestsError": "throttled",
    "ServiceFailedDuringExecutionError": "crashed",
    "TimedOutError": "silent",
    "ConnectionResetError": "reset",
    "ProxyConnectionError": "closed",
    "TransientFailureError": "unreachable",
    "UnableToConnectToRobotError": "unreachable",
    "ClientCancelledOperationError": "reset",
    "UnsetStatusError": "service-fault",
    "ServerError": "service-fault",
    "InvalidRequestError": "service-fault",
}
"""Name of an SDK class -> kind; the class itself is looked for first, then its parents."""


def trouble_of(error: Exception, *, place: str, service: str, authority: str = "") -> RobotTrouble:
    """Return an error of the SDK, or of gRPC, as trouble.

    `place` is "host:port" as it was tried, `service` the directory name of the asked service.
    """
    if isinstance(error, RobotTrouble):
        return error
    if isinstance(error, CallRefused):
        return RobotTrouble("forbidden", str(error))
    kind, details = kind_of(error)
    return RobotTrouble(kind, sentence(kind, place=place, service=service, authority=authority, details=details))


def kind_of(error: Exception) -> tuple[Kind, str]:
    """Return the kind of an error and its details, cleaned."""
    details, code = _details(error), _code(error)
    classes = [each.__name__ for each in type(error).__mro__]
    by_class: Kind | None = next((_BY_CLASS[name] for name in classes if name in _BY_CLASS), None)
    if code in ("", "UNAVAILABLE") and by_class != "crashed":
        for mark, kind in _BY_DETAILS:
            if mark in details:
                return kind, clean(details, 300)
        if "failed to connect" in details:  # the SDK looks for "502" anywhere, be it in the number of a port
            return "unreachable", clean(details, 300)
    if by_class is None:
        by_class = "silent" if code == "DEADLINE_EXCEEDED" else "other"
    return by_class, clean(details or str(error), 300)


def _details(error: Exception) -> str:
    """Return the details of the gRPC error inside an RpcError, or the message of a ResponseError."""
    inner = getattr(error, "error", error)
    details = getattr(inner, "details", None)
    said = details() if callable(details) else getattr(error, "error_message", None)
    return said if isinstance(said, str) else ""


def _code(error: Exception) -> str:
    code: Any = getattr(getattr(error, "error", error), "code", None)
    return getattr(code() if callable(code) else None, "name", "")


_SENTENCES: dict[Kind, str] = {
    "closed": "{place} refuses the connection: the robot's software is not up (booting takes about 2.5 minutes), "
    "or the port is wrong.",
    "untrusted": "The certificate of {place} is not signed by the robot's CA: no Spot, something that inspects TLS on "
    "the way, or the wrong file in [robot] ca.",
    "misnamed": "The certificate of {place} is not for {authority}: this is no Spot.",
    "plain": "{place} does not speak TLS: the port is wrong.",
    "unresolved": "The name in {place} does not resolve: check the address, or use the IP address of the robot.",
    "unrouted": "There is no route to {place}: this computer is in another network than the robot.",
    "unreachable": "{place} cannot be reached: {details}",
    "silent": "No answer from {place} in time: the robot is off or out of reach, or the link is weak.",
    "reset": "The connection to {place} was cut.",
    "logged-out": "The robot no longer takes our login.",
    "forbidden": "Not permitted: this login may not use {service}; log in as a user who may.",
    "absent": "Not fitted: this robot has no service {service}.",
    "outdated": "The robot's software is older than this part of {service}.",
    "host-down": "{service} is registered, but its computer does not answer.",
    "throttled": "The robot says that {service} is asked too often; asking less.",
    "crashed": "{service} failed while it answered: {details}",
    "service-fault": "{service} answered with a fault: {details}",
    "wrong-login": "The robot refused the user name or the password; it is not tried again until they change.",
    "locked-out": "The robot has locked this user out for a minute, after too many wrong passwords.",
    "no-login": "There is no login for the robot: set [robot] username and password_file, or payload_credentials.",
    "payload-unknown": "The robot does not know these payload credentials; they are not tried again until they change.",
    "payload-unauthorized": "The payload is not authorized: authorize it on the Payloads page of the admin console.",
    "unreadable": "The answer of {service} cannot be read: {details}",
    "other": "{service}: {details}",
}
_SILENT_SERVICE = "{service} did not answer in time."


def sentence(kind: Kind, *, place: str, service: str = "", authority: str = "", details: str = "") -> str:
    """Return the sentence for a kind of trouble; without `service` it is about the robot as a whole."""
    pattern = _SILENT_SERVICE if kind == "silent" and service else _SENTENCES[kind]
    said = pattern.format(
        place=place, service=service or "the robot", authority=authority or "this robot", details=details or "no reason"
    )
    said = said[0].upper() + said[1:]
    return said if said.endswith((".", "…")) else f"{said}."
