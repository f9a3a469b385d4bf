"""JSON patch (RFC 6902) and merge patch (RFC 7396), with the refusals of the Kubernetes API."""

from __future__ import annotations

from typing import Any

from spottui.sim.objects import copy_of
from spottui.sim.status import ApiError, bad_request

_NEEDED = {"move": "from", "copy": "from"}
_LIMIT = 10_000
"""Operations in one patch, as in a real API server."""


class _Failed(Exception):
    """An operation that does not fit; the text is what follows the server's own words."""


def json_patch(document: Any, operations: Any) -> Any:
    """Return a copy of a document with the operations of a JSON patch done.

    Raises:
        ApiError: 400 for what is no patch, 422 for an operation that does not fit.
    """
    if not isinstance(operations, list):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
        )
    if len(operations) > _LIMIT:
        said = f"The allowed maximum operations in a JSON patch is {_LIMIT}, got {len(operations)}"
        raise ApiError(413, "RequestEntityTooLarge", f"Request entity too large: {said}")
    made = {"": copy_of(document)}
    for operation in operations:
        try:
            _operate(made, operation)
        except _Failed as failed:
            raise unprocessable(str(failed)) from None
    return made[""]


def unprocessable(message: str) -> ApiError:
    """Return 422 with Kubernetes' generic text; why stands in the cause that clients show."""
    error = ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {})
    error.why = message
    return error


def _operate(made: dict[str, Any], operation: Any) -> None:
    if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
        raise _Failed("an operation needs a path")
    what, path = operation.get("op"), operation["path"]
    needed = _NEEDED.get(str(what))
    if needed and needed not in operation:
        raise _Failed(f"operation {what} needs {needed}")
    if what == "add":
        _add(made, path, operation.get("value"))
    elif what == "remove":
        _remove(made, path)
    elif what == "replace":
        parent, word = _parent(made, path)
        _value(parent, word, path, missing_is_none=True)  # the real one takes it for an addition
        _put(parent, word, operation.get("value"))
    elif what == "test":
        parent, word = _parent(made, path)
        if _value(parent, word, path, missing_is_none=True) != operation.get("value"):
            raise _Failed(f"testing value {path} failed")
    elif what in ("move", "copy"):
        parent, word = _parent(made, operation["from"])
        value = copy_of(_value(parent, word, operation["from"], missing_is_none=what == "copy"))
        if what == "move":
            _remove(made, operation["from"])
        _add(made, path, value)
    else:
        raise _Failed(f"Unexpected kind: {what}")


def _parent(made: dict[str, Any], path: str) -> tuple[Any, str]:
    """Return what holds the place that a JSON pointer names, and the last word of the pointer."""
    if path and not path.startswith("/"):
        raise _Failed(f"path {path} does not begin with /")
    words = [word.replace("~1", "/").replace("~0", "~") for word in path.split("/")]
    at: Any = made
    for word in words[:-1]:
        at = _value(at, word, path)
    if not isinstance(at, dict | list):
        raise _Failed(f"doc is missing path: {path}: missing value")
    return at, words[-1]


def _value(at: Any, word: str, path: str, *, missing_is_none: bool = False) -> Any:
    if isinstance(at, dict) and word in at:
        return at[word]
    if isinstance(at, list):
        return at[_index(at, word, len(at) - 1)]
    if missing_is_none and isinstance(at, dict):
        return None
    raise _Failed(f"doc is missing path: {path}: missing value")


def _index(at: list[Any], word: str, last: int) -> int:
    if not word.isdecimal() or int(word) > last:
        raise _Failed(f"Unable to access invalid index: {word}")
    return int(word)


def _add(made: dict[str, Any], path: str, value: Any) -> None:
    parent, word = _parent(made, path)
    if isinstance(parent, list):
        parent.insert(len(parent) if word == "-" else _index(parent, word, len(parent)), value)
    else:
        parent[word] = value


def _put(parent: Any, word: str, value: Any) -> None:
    parent[int(word) if isinstance(parent, list) else word] = value


def _remove(made: dict[str, Any], path: str) -> None:
    parent, word = _parent(made, path)
    _value(parent, word, path)
    del parent[int(word) if isinstance(parent, list) else word]


def merge_patch(target: Any, patch: Any) -> Any:
    """Return a document with a merge patch laid over it: null takes away, lists are replaced whole."""
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = merge_patch(made.get(name), value)
    return made
