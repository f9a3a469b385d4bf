"""The one choke point before the robot: a gRPC channel through which only reading calls pass.

Every client, ours or the SDK's, gets its calls from a channel; interceptors would be the usual place, but
bosdyn-client 5.2 cannot work with them. Imports gRPC, so it is itself imported on the source's thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import grpc

from spottui.sources.robot_allowed import ALLOWED, CallRefused, full_name


class RefusedCall:
    """Stands where a forbidden call would be, in whatever way it is made; sends nothing."""

    def __init__(self, method: str | bytes) -> None:
        self._method = method.encode() if isinstance(method, str) else method  # the SDK's clients log its name

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            CallRefused: Always.
        """
        raise CallRefused(self._method)

    with_call = future = event = __call__


class ReadOnlyChannel(grpc.Channel):
    """Passes on the calls of `spottui.sources.robot_allowed.ALLOWED`, and none that streams to the robot."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel

    def subscribe(self, callback: Callable[[Any], None], try_to_connect: bool | None = False) -> None:
        """Pass on: it calls nothing."""
        self._channel.subscribe(callback, try_to_connect or False)

    def unsubscribe(self, callback: Callable[[Any], None]) -> None:
        """Pass on: it calls nothing."""
        self._channel.unsubscribe(callback)

    def unary_unary(self, method: str, *options: Any, **named: Any) -> Any:
        """Return the call, or one that refuses."""
        return self._channel.unary_unary(method, *options, **named) if _passes(method) else RefusedCall(method)

    def unary_stream(self, method: str, *options: Any, **named: Any) -> Any:
        """Return the call, or one that refuses."""
        return self._channel.unary_stream(method, *options, **named) if _passes(method) else RefusedCall(method)

    def stream_unary(self, method: str, *_: Any, **__: Any) -> Any:
        """Return a call that refuses: nothing that only reads sends a stream."""
        return RefusedCall(method)

    def stream_stream(self, method: str, *_: Any, **__: Any) -> Any:
        """Return a call that refuses: nothing that only reads sends a stream."""
        return RefusedCall(method)

    def close(self) -> None:
        """Close the channel; calls under way end at once."""
        self._channel.close()

    def __enter__(self) -> ReadOnlyChannel:
        """Return the channel, which is closed on leaving."""
        return self

    def __exit__(self, *_: Any) -> None:
        """Close the channel."""
        self.close()


def _passes(method: str) -> bool:
    return full_name(method) in ALLOWED
