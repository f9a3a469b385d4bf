"""The sockets that requests go over: they find out by themselves when the other side is gone."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import AddrInfoType

OPTIONS = {"TCP_KEEPIDLE": 30, "TCP_KEEPALIVE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
"""Seconds of silence before the first question, seconds between two, and how many may stay without an answer; client-go
asks as often. macOS calls the first one TCP_KEEPALIVE. A question and its answer are about 100 bytes."""


def kept_alive(address: AddrInfoType) -> socket.socket:
    """Make a socket that asks a silent other side whether it is still there.

    Else a quiet log would never know that a router on the way has forgotten its connection, and the router would
    forget it the sooner.
    """
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in OPTIONS.items():
        if hasattr(socket, name):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made
