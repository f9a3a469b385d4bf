"""One request that was let in, and its whole answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from spottui.sim.api_access import Identity
from spottui.sim.api_request import Asked
from spottui.sim.status import ApiError


@dataclass(slots=True)
class Ask:
    """One request that was let in."""

    request: web.Request
    asked: Asked
    who: Identity


@dataclass(slots=True)
class Reply:
    """A whole answer."""

    body: bytes
    code: int = 200
    media: str = "application/json"


def json_reply(body: Any, code: int = 200) -> Reply:
    """Return an answer in JSON."""
    return Reply(msgspec.json.encode(body) + b"\n", code)


def no_such_path() -> ApiError:
    """Return 404 for a path that the server does not have."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def no_such_method() -> ApiError:
    """Return 405."""
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def success(details: dict[str, Any] | None = None, code: int = 200) -> Reply:
    """Return the Status that says that it was done."""
    body: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    if details is not None:
        return json_reply({**body, "details": details}, code)
    return json_reply({**body, "code": code}, code)
