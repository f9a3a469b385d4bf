"""What every call passes: counting, scripted failures, the token, the route to its host, and the answer's header."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from spottui.sim.spot_accounts import Token, needs_no_token
from spottui.sim.spot_protos import HTTP_STATUS, stamp
from spottui.sim.spot_script import Trouble, change

if TYPE_CHECKING:
    from spottui.sim.spot_model import Spot

BOOTSTRAP = {
    "bosdyn.api.AuthService": "auth.spot.robot",
    "bosdyn.api.RobotIdService": "id.spot.robot",
    "bosdyn.api.PayloadRegistrationService": "payload-registration.spot.robot",
    "bosdyn.api.DirectoryService": "api.spot.robot",
    "bosdyn.api.DirectoryRegistrationService": "api.spot.robot",
}
"""Reached without a look into the directory, whatever is listed there."""
SUFFIX = ".spot.robot"
_CODE_OK = 1


@dataclass(frozen=True)
class Call:
    """What a servicer may know of the call that it answers."""

    rpc: str
    token: Token | None
    authority: str
    """Empty: the client named none."""
    received: float
    """Robot time, seconds since the epoch."""


CALL: ContextVar[Call] = ContextVar("CALL")


class Gate(grpc.aio.ServerInterceptor):
    """Wraps every handler of one robot's server."""

    def __init__(self, spot: Spot, authorities: dict[int, str]) -> None:
        self._spot = spot
        self._authorities = authorities

    async def intercept_service(self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any) -> Any:
        """Count the call and wrap what answers it; None (not served) stays None."""
        rpc = handler_call_details.method.lstrip("/")
        self._spot.calls[rpc] += 1
        handler = await continuation(handler_call_details)
        bearer = _bearer(handler_call_details.invocation_metadata)
        if handler is None:
            handler = _refusal()
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._streamed(rpc, bearer, handler), handler.request_deserializer, handler.response_serializer
            )
        return grpc.unary_unary_rpc_method_handler(
            self._answered(rpc, bearer, handler), handler.request_deserializer, handler.response_serializer
        )

    def _answered(self, rpc: str, bearer: str, handler: Any) -> Callable[[Any, Any], Awaitable[Any]]:
        async def answer(request: Any, context: Any) -> Any:
            received = self._spot.robot_now()
            troubles = await self._enter(rpc, bearer, context, received)
            response = await handler.unary_unary(request, context)
            self._finish(response, request, received, troubles)
            return response

        return answer

    def _streamed(self, rpc: str, bearer: str, handler: Any) -> Callable[[Any, Any], AsyncIterator[Any]]:
        async def answer(request: Any, context: Any) -> AsyncIterator[Any]:
            received = self._spot.robot_now()
            troubles = await self._enter(rpc, bearer, context, received)
            async for response in handler.unary_stream(request, context):
                self._finish(response, request, received, troubles)
                yield response

        return answer

    async def _enter(self, rpc: str, bearer: str, context: Any, received: float) -> list[Trouble]:
        troubles = self._spot.script.take(rpc)
        for trouble in troubles:
            if trouble.delay:
                await asyncio.sleep(trouble.delay)
        for trouble in troubles:
            if trouble.abort:
                await context.abort(grpc.StatusCode[trouble.abort], trouble.details)
        authority = self._authority(context)
        await self._check_route(rpc.partition("/")[0], authority, context)
        token = self._spot.accounts.valid(bearer)
        await self._check_token(rpc, token, context)
        CALL.set(Call(rpc, token, authority, received))
        self._spot.settle()
        return troubles

    def _authority(self, context: Any) -> str:
        port = context.peer().rpartition(":")[2]
        name = self._authorities.get(int(port), "") if port.isdigit() else ""
        return name if name.endswith(SUFFIX) else ""

    async def _check_route(self, service: str, authority: str, context: Any) -> None:
        if not authority or BOOTSTRAP.get(service) == authority:
            return
        directory = self._spot.directory
        entry = directory.at(authority, service)
        if entry is not None and not directory.answers(entry):
            await context.abort(grpc.StatusCode.CANCELLED, HTTP_STATUS.format(502))
        if entry is None and any(known.authority == authority for known in directory.entries.values()):
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
        if entry is None:
            await context.abort(grpc.StatusCode.CANCELLED, HTTP_STATUS.format(404))

    async def _check_token(self, rpc: str, token: Token | None, context: Any) -> None:
        if needs_no_token(rpc):
            return
        if token is None and self._spot.script.refuses_as_proxy:
            await context.abort(grpc.StatusCode.CANCELLED, HTTP_STATUS.format(401))
        if token is None:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "The user token is missing, unknown or has expired")
        elif not self._spot.accounts.may(token.kind, rpc):
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, f"A {token.kind} token may not call {rpc}")

    def _finish(self, response: Any, request: Any, received: float, troubles: list[Trouble]) -> None:
        has_header = hasattr(response, "header")  # a chunk of a larger answer has none
        if has_header:
            write_header(response.header, request, received, self._spot.robot_now())
        for trouble in troubles:
            if trouble.header_code is not None and has_header:
                response.header.error.code = trouble.header_code
                response.header.error.message = trouble.header_message
            for path, value in trouble.changes.items():
                change(response, path.split("."), value)


def write_header(header: Any, request: Any, received: float, now: float) -> None:
    """Fill in the header of an answer; clients work out the clock skew from it."""
    header.request_header.CopyFrom(request.header)
    stamp(header.request_received_timestamp, received)
    header.error.code = _CODE_OK
    stamp(header.response_timestamp, now)


def _bearer(metadata: Any) -> str:
    for key, value in metadata or ():
        if key == "authorization":
            return str(value).removeprefix("Bearer ")
    return ""


def _refusal() -> Any:
    async def refuse(_request: bytes, context: Any) -> bytes:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
        return b""

    return grpc.unary_unary_rpc_method_handler(refuse)
