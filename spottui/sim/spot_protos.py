"""Loads the robot's messages from bosdyn-api when they are first needed, and fills in its kinds of time."""

from __future__ import annotations

import functools
import importlib
from typing import Any

HTTP_STATUS = "Received http2 header with status: {}"
"""What gRPC makes of a plain HTTP answer of the robot's proxy (no certain word of the real one)."""


@functools.cache
def proto(name: str) -> Any:
    """Return one module of messages, such as "robot_state" or "docking.docking"."""
    return importlib.import_module(f"bosdyn.api.{name}_pb2")


@functools.cache
def message_class(descriptor: Any) -> Any:
    """Return the class of a message descriptor."""
    from google.protobuf.message_factory import GetMessageClass

    return GetMessageClass(descriptor)


def stamp(field: Any, seconds: float) -> None:
    """Write seconds since the epoch into a Timestamp."""
    field.seconds, field.nanos = divmod(int(seconds * 1e9), 1_000_000_000)


def span(field: Any, seconds: float) -> None:
    """Write seconds into a Duration; both parts carry the sign, as Duration wants it."""
    nanos = int(abs(seconds) * 1e9)
    sign = -1 if seconds < 0 else 1
    field.seconds, field.nanos = sign * (nanos // 1_000_000_000), sign * (nanos % 1_000_000_000)


def read_time(field: Any) -> float:
    """Return a Timestamp or a Duration in seconds."""
    return field.seconds + field.nanos * 1e-9
