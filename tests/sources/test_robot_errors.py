"""What the Spot SDK raises, as kinds of trouble and as sentences."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from bosdyn.api import auth_pb2, payload_registration_pb2
from bosdyn.client import auth, exceptions, payload_registration
from bosdyn.client.channel import translate_exception
from bosdyn.client.robot import UnregisteredServiceNameError

from spottui.sources.robot_allowed import CallRefused
from spottui.sources.robot_errors import LINK_KINDS, RobotTrouble, kind_of, sentence, trouble_of

CONNECT = "failed to connect to all addresses; last error: UNKNOWN: ipv4:192.168.80.3:443: "


class Failed(grpc.RpcError):
    """A gRPC error as the SDK gets it."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self._code, self._details = code, details

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return self._details

    def debug_error_string(self) -> str:
        return f"{self._code.name}:{self._details}"


UNAVAILABLE, CANCELLED = grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED

CASES: list[tuple[grpc.StatusCode, str, str]] = [
    (UNAVAILABLE, f"{CONNECT}Failed to connect to remote host: connect: Connection refused (111)", "closed"),
    (UNAVAILABLE, f"{CONNECT}Ssl handshake failed: SSL_ERROR_SSL: CERTIFICATE_VERIFY_FAILED: self-signed", "untrusted"),
    (UNAVAILABLE, f"{CONNECT}Hostname Verification Check failed.", "misnamed"),
    (UNAVAILABLE, f"{CONNECT}Ssl handshake failed (TSI_PROTOCOL_FAILURE): WRONG_VERSION_NUMBER", "plain"),
    (UNAVAILABLE, "errors resolving nowhere:443: [Domain name not found]", "unresolved"),
    (UNAVAILABLE, f"{CONNECT}No route to host", "unrouted"),
    (UNAVAILABLE, f"{CONNECT}Network is unreachable", "unrouted"),
    (UNAVAILABLE, f"{CONNECT}something else", "unreachable"),
    (UNAVAILABLE, CONNECT.replace("443", "50299") + "Connection refused", "closed"),
    (UNAVAILABLE, CONNECT.replace("443", "42901") + "something else", "unreachable"),
    (UNAVAILABLE, "Socket closed", "reset"),
    (UNAVAILABLE, f"{CONNECT}recvmsg:Connection reset by peer", "reset"),
    (grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded", "silent"),
    (grpc.StatusCode.UNAUTHENTICATED, "no token", "logged-out"),
    (CANCELLED, "Received http2 header with status: 401", "logged-out"),
    (grpc.StatusCode.PERMISSION_DENIED, "no", "forbidden"),
    (grpc.StatusCode.UNIMPLEMENTED, "Method not found!", "outdated"),
    (CANCELLED, "Received http2 header with status: 502", "host-down"),
    (UNAVAILABLE, "502", "host-down"),
    (CANCELLED, "Received http2 header with status: 504", "silent"),
    (CANCELLED, "Received http2 header with status: 404", "absent"),
    (CANCELLED, "Received http2 header with status: 429", "throttled"),
    (UNAVAILABLE, "429", "throttled"),
    (grpc.StatusCode.UNKNOWN, "Exception calling application: boom", "crashed"),
    (grpc.StatusCode.INTERNAL, "broken", "other"),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "out of it", "other"),
]


@pytest.mark.parametrize(("code", "details", "kind"), CASES, ids=[f"{each[2]}-{each[1][-30:]}" for each in CASES])
def test_every_failure_of_grpc_has_its_kind(code: Any, details: str, kind: str) -> None:
    assert kind_of(translate_exception(Failed(code, details)))[0] == kind


ANSWERS: list[tuple[Exception, str]] = [
    (auth.InvalidLoginError(auth_pb2.GetAuthTokenResponse(), "no"), "wrong-login"),
    (auth.TemporarilyLockedOutError(auth_pb2.GetAuthTokenResponse(), "no"), "locked-out"),
    (auth.InvalidTokenError(auth_pb2.GetAuthTokenResponse(), "no"), "logged-out"),
    (
        payload_registration.InvalidPayloadCredentialsError(payload_registration_pb2.GetPayloadAuthTokenResponse()),
        "payload-unknown",
    ),
    (
        payload_registration.PayloadNotAuthorizedError(payload_registration_pb2.GetPayloadAuthTokenResponse()),
        "payload-unauthorized",
    ),
    (exceptions.UnsetStatusError(auth_pb2.GetAuthTokenResponse()), "service-fault"),
    (exceptions.InternalServerError(auth_pb2.GetAuthTokenResponse()), "service-fault"),
    (exceptions.InvalidRequestError(auth_pb2.GetAuthTokenResponse()), "service-fault"),
    (UnregisteredServiceNameError("docking"), "absent"),
    (Failed(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded"), "silent"),
]


@pytest.mark.parametrize(("error", "kind"), ANSWERS, ids=[each[1] for each in ANSWERS])
def test_every_refusal_of_a_service_has_its_kind(error: Exception, kind: str) -> None:
    assert kind_of(error)[0] == kind


@pytest.mark.parametrize("kind", sorted(LINK_KINDS))
def test_the_sentence_of_a_lost_link_names_the_address_that_was_tried(kind: Any) -> None:
    said = sentence(kind, place="192.168.80.3:443", details="x")
    assert "192.168.80.3:443" in said and said.endswith(".")


def test_the_sentence_of_a_service_names_the_service() -> None:
    denied = translate_exception(Failed(grpc.StatusCode.PERMISSION_DENIED, "no"))
    trouble = trouble_of(denied, place="spot:443", service="docking")
    assert str(trouble) == "Not permitted: this login may not use docking; log in as a user who may."
    assert (trouble.kind, trouble.exit_status) == ("forbidden", 4)


def test_details_from_outside_are_cleaned_and_no_format() -> None:
    broken = translate_exception(Failed(grpc.StatusCode.INTERNAL, "a\x1b[2Jb {place} {0}" + "x" * 900))
    said = str(trouble_of(broken, place="spot:443", service="metrics"))
    assert said.startswith("Metrics: ab {place} {0}x") and len(said) < 330


def test_a_refused_call_and_trouble_itself_stay_what_they_are() -> None:
    refused = trouble_of(CallRefused("/bosdyn.api.PowerService/PowerCommand"), place="", service="power")
    assert refused.kind == "forbidden" and "not sent" in str(refused)
    trouble = RobotTrouble("silent", "x")
    assert trouble_of(trouble, place="", service="") is trouble
    assert (trouble.exit_status, RobotTrouble("crashed", "x").exit_status) == (3, 1)
