"""Reads objects that clients send as protobuf, which current kubectl and k9s do with Kubernetes' own kinds."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from spottui.sim.api_fields import message_of, messages
from spottui.sim.objects import Object
from spottui.sim.status import ApiError, bad_request

MEDIA = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\0"


def decode_protobuf(data: bytes) -> Object:
    """Return an object that was sent as protobuf.

    Raises:
        ApiError: 400 for what cannot be read, 415 for a kind that is not known here.
    """
    if not data.startswith(_MAGIC):
        raise bad_request("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    try:
        envelope = dict(_fields(data[len(_MAGIC) :]))
        said = {number: value.decode() for number, value in _fields(envelope.get(1, b""))}
        api_version, kind = said.get(1, ""), said.get(2, "")
        made = _message(_name_of(api_version, kind), envelope.get(2, b""))
    except (struct.error, IndexError, UnicodeDecodeError, AttributeError, TypeError, msgspec.DecodeError):
        raise bad_request("the body of the request could not be read as protobuf") from None
    return {"apiVersion": api_version, "kind": kind, **made}


def _name_of(api_version: str, kind: str) -> str:
    name = message_of(api_version, kind)
    if not name:
        said = f"the body of the request was in an unknown format: {kind} in {api_version} is read as JSON only"
        raise ApiError(415, "UnsupportedMediaType", said)
    return name


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield number and value of each field: an int, or bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == 0:
            value, at = _varint(data, at)
        elif wire == 2:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise IndexError
            value, at = data[at : at + size], at + size
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            value, at = struct.unpack("<d" if wire == 1 else "<f", data[at : at + size])[0], at + size
        else:
            raise IndexError
        yield tag >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise IndexError


def _message(name: str, data: bytes) -> Object:
    known, made = messages()[name], {}
    for number, value in _fields(data):
        if number not in known:
            continue
        field, type_ = known[number]
        if type_.startswith("*"):
            made.setdefault(field, []).append(_value(type_[1:], value))
        elif type_.startswith("%"):
            key, item = _entry(type_[1:], value)
            made.setdefault(field, {})[key] = item
        else:
            _put(made, field, type_, value)
    return made


def _put(made: Object, field: str, type_: str, value: Any) -> None:
    """Write a field; one that is always sent is left out where it is empty, as in JSON."""
    is_kept = type_.startswith("!")
    read = _value(type_.removeprefix("!"), value)
    if field == "~":
        made.update(read)
    elif read is not None and (is_kept or read not in ("", 0, False, {})):
        made[field] = read


def _entry(type_: str, data: bytes) -> tuple[str, Any]:
    parts = dict(_fields(data))
    if type_ == "*s":  # a list of strings in a message of its own
        return parts.get(1, b"").decode(), [item.decode() for _, item in _fields(parts.get(2, b""))]
    return parts.get(1, b"").decode(), _value(type_, parts.get(2, b""))


def _value(type_: str, value: Any) -> Any:
    if type_.startswith("@"):
        return _message(type_[1:], value)
    return _READ[type_](value)


def _integer(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _time(data: bytes, *, micro: bool = False) -> str | None:
    parts = dict(_fields(data))
    if not parts:
        return None
    try:
        at = datetime.fromtimestamp(_integer(parts.get(1, 0)), UTC)
    except (OverflowError, ValueError, OSError):
        raise IndexError from None
    text = at.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{parts.get(2, 0) // 1000:06d}Z" if micro else f"{text}Z"


def _either(data: bytes) -> int | str:
    parts = dict(_fields(data))
    return parts.get(3, b"").decode() if parts.get(1) else _integer(parts.get(2, 0))


def _first(data: bytes) -> bytes:
    return dict(_fields(data)).get(1, b"")


_READ: dict[str, Any] = {
    "s": lambda value: value.decode(),
    "i": _integer,
    "o": bool,
    "b": lambda value: base64.b64encode(value).decode(),
    "T": _time,
    "U": lambda value: _time(value, micro=True),
    "q": lambda value: _first(value).decode(),
    "x": _either,
    "D": lambda value: f"{_integer(dict(_fields(value)).get(1, 0)) / 1e9:g}s",
    "r": lambda value: msgspec.json.decode(_first(value) or b"null"),
}
