"""One connection to a robot: a channel per authority, a token, and calls that all have a deadline.

Used from the source's pool threads; every call passes `spottui.sources.robot_channel`.
"""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from spottui.sources.robot_allowed import CallRefused
from spottui.sources.robot_errors import RobotTrouble, trouble_of
from spottui.sources.robot_login import RobotPlace, read_certificates
from spottui.sources.robot_sdk import load_sdk, message

DEADLINE = 3.0
"""Seconds for one call; a thread of the pool is held no longer."""
MESSAGE_BYTES = 16 << 20
"""The largest answer is the hardware configuration, with its URDF."""

FRAME_BYTES = 90
"""What HTTP/2 and TLS add to a message, about."""

EARLIEST = 1_000_000_000
"""Seconds since the epoch (2001): a stamp before that was left out, or is of a clock that was never set."""

BOOTSTRAP = {
    "auth": "auth.spot.robot",
    "robot-id": "id.spot.robot",
    "payload-registration": "payload-registration.spot.robot",
    "directory": "api.spot.robot",
}
"""Service -> authority, where the directory cannot be asked yet."""


class Rpc(NamedTuple):
    """One reading call."""

    service_type: str
    """Full name of the gRPC service."""
    method: str
    module: str
    """Module of bosdyn.api with the messages."""
    request: str
    response: str
    assembled: str = ""
    """The message that the streamed chunks make up; empty for a call with one answer."""


class Connection:
    """Calls one robot until closed; nothing but the token and the directory changes while it lives."""

    def __init__(self, place: RobotPlace, clock: Callable[[], float], deadline: float = DEADLINE) -> None:
        """Read the certificates and import the SDK; no call is made yet. `deadline` is that of a usual call.

        Raises:
            RobotTrouble: "untrusted": the certificates cannot be read.
        """
        self.place, self._clock, self.deadline = place, clock, deadline
        self.sdk = load_sdk()
        self.certificates = read_certificates(place)
        self.token: str | None = None
        self.authorities: dict[str, str] = {}
        """Service name -> authority, as the directory said last."""
        self.calls = 0
        self.bytes_in = self.bytes_out = 0
        self.round_trip: float | None = None
        """Seconds of the last call with one answer."""
        self.skew_guess: float | None = None
        """The robot's clock minus ours by the stamps of the last answer: good to half its round trip."""
        self.is_closed = False
        self._lock = threading.Lock()
        self._channels: dict[str, Any] = {}
        self._clients: dict[Any, Any] = {}
        self._methods: dict[tuple[str, Rpc], Any] = {}
        self._options = _channel_options()
        self._credentials = self.sdk.grpc.ssl_channel_credentials(root_certificates=self.certificates)
        name = f"spottui-{platform.node()}:{os.getpid()}"
        self._processors = [self.sdk.processors.AddRequestHeader(lambda: name), _QuietHeader()]

    # -- calls -------------------------------------------------------------------------------------

    def call(self, service: str, rpc: Rpc, fields: dict[str, Any] | None = None, timeout: float | None = None) -> Any:
        """Return the answer of one reading call to a service, named as in the directory.

        Raises:
            RobotTrouble: It failed, or the service is not there.
        """
        authority = self._authority(service)
        client, method = self._client_of(authority), self._method(authority, rpc)
        request = message(rpc.module, rpc.request)(**fields or {})
        named: dict[str, Any] = {"timeout": timeout or self.deadline, "metadata": self._metadata()}
        if rpc.assembled:
            named["assemble_type"] = message(rpc.module, rpc.assembled)
        check = self.sdk.common.common_header_errors
        started = self._clock()
        answer = self.asking(service, client.call, method, request, None, check, copy_request=False, **named)
        if not rpc.assembled:
            self._note_clocks(answer.header, started, self._clock())
        return answer

    def asking(self, service: str, ask: Callable[..., Any], *values: Any, **named: Any) -> Any:
        """Return what one call of an SDK client returns.

        Raises:
            RobotTrouble: It failed.
        """
        self.calls += 1
        try:
            return ask(*values, **named)
        except (self.sdk.common.Error, self.sdk.grpc.RpcError, CallRefused) as error:
            authority = BOOTSTRAP.get(service) or self.authorities.get(service, "")
            place = str(self.place)
            asked = "" if service in BOOTSTRAP else service
            raise trouble_of(error, place=place, service=asked, authority=authority) from error
        except ValueError as error:
            if self.is_closed:  # gRPC's way to say so
                raise RobotTrouble("reset", f"The connection to {self.place} was closed.") from error
            raise

    def client(self, service: str, module: Any) -> Any:
        """Return the SDK's own client for a bootstrap service: "auth" or "payload-registration"."""
        kind = module.AuthClient if service == "auth" else module.PayloadRegistrationClient
        with self._lock:
            if kind not in self._clients:
                client = kind()
                client.request_processors = self._processors
                client.channel = self._channel(BOOTSTRAP[service])
                self._clients[kind] = client
            return self._clients[kind]

    def close(self) -> None:
        """End all calls under way and let the robot go."""
        with self._lock:
            self.is_closed = True
            channels, self._channels = list(self._channels.values()), {}
        for channel in channels:
            channel.close()

    # -- parts of a call ---------------------------------------------------------------------------

    def _authority(self, service: str) -> str:
        authority = BOOTSTRAP.get(service) or self.authorities.get(service)
        if authority is None:
            raise RobotTrouble("absent", f"Not fitted: this robot has no service {service}.")
        return authority

    def channel(self, authority: str) -> Any:
        """Return the channel to an authority; only reading calls pass it."""
        with self._lock:
            return self._channel(authority)

    def _channel(self, authority: str) -> Any:
        from spottui.sources.robot_channel import ReadOnlyChannel  # imports gRPC

        if self.is_closed:
            raise RobotTrouble("reset", f"The connection to {self.place} was closed.")
        if authority not in self._channels:
            host = f"[{self.place.host}]" if ":" in self.place.host else self.place.host
            create = self.sdk.channel.create_secure_channel
            channel = create(host, self.place.port, self._credentials, authority, options=list(self._options))
            self._channels[authority] = ReadOnlyChannel(channel)
        return self._channels[authority]

    def _client_of(self, authority: str) -> Any:
        """Return a plain SDK client for an authority; its "stub" is the channel itself."""
        with self._lock:
            if authority not in self._clients:
                client = self.sdk.common.BaseClient(lambda channel: channel)
                client.request_processors = self._processors
                client.channel = self._channel(authority)
                self._clients[authority] = client
            return self._clients[authority]

    def _method(self, authority: str, rpc: Rpc) -> Any:
        key = (authority, rpc)
        method = self._methods.get(key)
        if method is None:
            channel = self._clients[authority].channel
            make = channel.unary_stream if rpc.assembled else channel.unary_unary
            method = self._methods[key] = make(
                f"/{rpc.service_type}/{rpc.method}",
                request_serializer=self._counting_out(message(rpc.module, rpc.request).SerializeToString),
                response_deserializer=self._counting_in(message(*_response(rpc)).FromString),
            )
        return method

    def _counting_out(self, serialize: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
        def counted(request: Any) -> bytes:
            data = serialize(request)
            self.bytes_out += len(data) + FRAME_BYTES + len(self.token or "")
            return data

        return counted

    def _counting_in(self, parse: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        def counted(data: bytes) -> Any:
            self.bytes_in += len(data) + FRAME_BYTES
            return parse(data)

        return counted

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        """Return the token for one call: on the channel it would cost a thread per call."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()

    def _note_clocks(self, header: Any, started: float, ended: float) -> None:
        self.round_trip = ended - started
        sent = header.response_timestamp
        if sent.seconds < EARLIEST:
            return
        answered = sent.seconds + sent.nanos / 1e9
        self.skew_guess = answered - (started + ended) / 2


def _response(rpc: Rpc) -> tuple[str, str]:
    return ("data_chunk_pb2", rpc.response) if rpc.assembled else (rpc.module, rpc.response)


def _channel_options() -> list[tuple[str, Any]]:
    return [
        ("grpc.enable_http_proxy", 0),  # the robot is never behind the proxy that the environment names
        ("grpc.use_local_subchannel_pool", 1),  # a new connection must not inherit the back-off of the last one
        ("grpc.initial_reconnect_backoff_ms", 1000),
        ("grpc.max_reconnect_backoff_ms", 5000),
        ("grpc.http2.bdp_probe", 0),  # a ping with each answer, to size windows that our answers never fill
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_send_message_length", MESSAGE_BYTES),
    ]


class _QuietHeader:
    """Asks the robot to keep our polls out of its rpc log."""

    def mutate(self, request: Any) -> None:
        """Set the header's flag, where the request has a header."""
        if hasattr(request, "header"):
            request.header.disable_rpc_logging = True
