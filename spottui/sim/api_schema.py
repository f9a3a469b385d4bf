"""Whether a body has the fields and types of its kind; by the same table that protobuf is read with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from spottui.sim.api_fields import by_name, message_of
from spottui.sim.objects import Object
from spottui.sim.resources import Resource
from spottui.sim.status import ApiError, bad_request

_GO = {"s": "string", "i": "int32", "o": "bool", "b": "[]uint8", "r": "map[string]interface {}"}
_PLAIN: dict[str, tuple[type, ...]] = {
    "s": (str,),
    "i": (int,),
    "o": (bool,),
    "b": (str,),
    "T": (str,),
    "U": (str,),
    "D": (str,),
    "q": (str, int, float),
    "x": (str, int),
}
_PACKAGES = {"core": "v1", "meta": "v1", "apps": "v1", "batch": "v1"}


class _Mismatch(Exception):
    """A value of the wrong type; carries what Go's decoder would say."""


@dataclass(slots=True)
class _Walk:
    """One walk over a body."""

    unknown: list[str] = field(default_factory=list)
    """Paths of fields that the kind does not have."""


def conform(kind: Resource, body: Object, *, strict: bool = False) -> Object:
    """Return a body without the fields that its kind does not have.

    Args:
        strict: Refuse unknown fields, as fieldValidation=Strict does.

    Raises:
        ApiError: 400 for a value of the wrong type, or for an unknown field.
    """
    walk = _Walk()
    name = message_of(kind.api_version, kind.kind)
    try:
        if name:
            made = _message(walk, name, body, "")
            made = {**{key: body[key] for key in ("apiVersion", "kind") if key in body}, **made}
        else:
            made = {
                **body,
                "metadata": _message(
                    walk, "meta.ObjectMeta", body.get("metadata") or {}, "metadata", "meta.ObjectMeta"
                ),
            }
    except _Mismatch as mismatch:
        raise _cannot(kind, str(mismatch)) from None
    if strict and walk.unknown:
        said = ", ".join(f'unknown field "{path}"' for path in walk.unknown)
        raise _cannot(kind, f"strict decoding error: {said}")
    return made


def _cannot(kind: Resource, why: str) -> ApiError:
    return bad_request(f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {why}')


def _message(walk: _Walk, name: str, value: Any, path: str, owner: str = "") -> Object:
    if not isinstance(value, dict):
        raise _Mismatch(_said(value, path, owner, _go_type(f"@{name}")))
    known, made = by_name(name), {}
    for key, part in value.items():
        below = f"{path}.{key}" if path else key
        type_ = known.get(key)
        if type_ is None:
            if path or key not in ("apiVersion", "kind"):
                walk.unknown.append(below)
        elif part is None:
            made[key] = part
        else:
            made[key] = _value(walk, type_.removeprefix("!"), part, below, name)
    return made


def _value(walk: _Walk, type_: str, value: Any, path: str, owner: str) -> Any:
    if type_.startswith("@"):
        return _message(walk, type_[1:], value, path, owner)
    if type_.startswith("*"):
        if not isinstance(value, list):
            raise _Mismatch(_said(value, path, owner, _go_type(type_)))
        return [
            _value(walk, type_[1:], item, f"{path}[{at}]", owner) for at, item in enumerate(value) if item is not None
        ]
    if type_.startswith("%"):
        if not isinstance(value, dict):
            raise _Mismatch(_said(value, path, owner, _go_type(type_)))
        return {key: _value(walk, type_[1:], item, path, owner) for key, item in value.items()}
    wanted = _PLAIN.get(type_)
    if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
        raise _Mismatch(_said(value, path, owner, _go_type(type_)))
    return value


def _said(value: Any, path: str, owner: str, go_type: str) -> str:
    words = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    plain = ".".join((owner.partition(".")[2], *(word.partition("[")[0] for word in path.split("."))))
    return f"json: cannot unmarshal {words.get(type(value), 'null')} into Go struct field {plain} of type {go_type}"


def _go_type(type_: str) -> str:
    if type_.startswith("*"):
        return f"[]{_go_type(type_[1:])}"
    if type_.startswith("%"):
        return f"map[string]{_go_type(type_[1:])}"
    if type_.startswith("@"):
        package, _, name = type_[1:].partition(".")
        return f"{_PACKAGES.get(package, 'v1')}.{name}"
    return _GO.get(type_, "string")
