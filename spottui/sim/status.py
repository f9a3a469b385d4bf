"""Kubernetes' own errors: the `Status` object that a real API server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Cause = dict[str, str]


class ApiError(Exception):
    """A request that is refused; carries the whole Status body."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message
        self.details = details
        self.why = ""
        """What the server knows and does not tell; for its log."""
        self.continued = ""
        """For 410 on a page of a list: the token with which the rest can be read all the same."""

    def body(self) -> dict[str, Any]:
        """Return the Status object."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.continued} if self.continued else {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        return {**status, "code": self.code}


def qualified(plural: str, group: str) -> str:
    """Return a resource as messages name it: "pods", "deployments.apps"."""
    return f"{plural}.{group}" if group else plural


def not_found(plural: str, group: str, name: str) -> ApiError:
    """Return 404 for one object."""
    details = {"name": name, **({"group": group} if group else {}), "kind": plural}
    return ApiError(404, "NotFound", f'{qualified(plural, group)} "{name}" not found', details)


def already_exists(plural: str, group: str, name: str) -> ApiError:
    """Return 409 for a name that is taken."""
    details = {"name": name, **({"group": group} if group else {}), "kind": plural}
    return ApiError(409, "AlreadyExists", f'{qualified(plural, group)} "{name}" already exists', details)


def conflict(plural: str, group: str, name: str, why: str = "") -> ApiError:
    """Return 409 for a precondition that does not hold; by default for a stale resourceVersion."""
    why = why or "the object has been modified; please apply your changes to the latest version and try again"
    details = {"name": name, **({"group": group} if group else {}), "kind": plural}
    message = f'Operation cannot be fulfilled on {qualified(plural, group)} "{name}": {why}'
    return ApiError(409, "Conflict", message, details)


def forbidden(plural: str, group: str, name: str, why: str) -> ApiError:
    """Return 403; `why` is what stands after "is forbidden: "."""
    named = f' "{name}"' if name else ""
    details = {**({"name": name} if name else {}), **({"group": group} if group else {}), "kind": plural}
    return ApiError(403, "Forbidden", f"{qualified(plural, group)}{named} is forbidden: {why}", details)


def invalid(kind: str, group: str, name: str, causes: Sequence[Cause]) -> ApiError:
    """Return 422; each cause has "reason", "message" and "field"."""
    said = [f"{cause['field']}: {cause['message']}" for cause in causes]
    joined = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
    named = {**({"name": name} if name else {}), **({"group": group} if group else {})}
    details = {**named, "kind": kind, "causes": list(causes)}
    return ApiError(422, "Invalid", f'{qualified(kind, group)} "{name}" is invalid: {joined}', details)


def bad_request(message: str) -> ApiError:
    """Return 400."""
    return ApiError(400, "BadRequest", message)


def expired(message: str) -> ApiError:
    """Return 410: the resourceVersion or the continue token is too old."""
    return ApiError(410, "Expired", message)
