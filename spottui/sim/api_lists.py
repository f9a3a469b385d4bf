"""Lists of the embedded API server: selectors, pages with a continue token, and lists as of an older version."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spottui.sim.api_selectors import Test
from spottui.sim.history import Stored
from spottui.sim.objects import Key, Objects
from spottui.sim.resources import Resource
from spottui.sim.status import ApiError, bad_request, expired

_GONE = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


@dataclass(slots=True)
class ListOptions:
    """The query parameters of a list or watch, checked."""

    limit: int = 0
    continued: str = ""
    version: str = ""
    match: str = ""
    timeout: int = 0
    """Seconds; 0 is the server's choice."""
    bookmarks: bool = False
    initial: bool | None = None
    """sendInitialEvents; None when it was not sent."""


def read_options(query: Mapping[str, str], *, is_watch: bool) -> ListOptions:
    """Read and check the query of a list or watch.

    Raises:
        ApiError: 400 or 422.
    """
    initial = query.get("sendInitialEvents")
    options = ListOptions(
        limit=_integer(query, "limit"),
        continued=query.get("continue", ""),
        version=query.get("resourceVersion", ""),
        match=query.get("resourceVersionMatch", ""),
        timeout=_integer(query, "timeoutSeconds"),
        bookmarks=_boolean(query, "allowWatchBookmarks"),
        initial=None if initial is None else _boolean(query, "sendInitialEvents"),
    )
    why = _watch_mismatch(options) if is_watch else [found] if (found := _mismatch(options)) else []
    if why:
        raise _options_invalid(why)
    return options


def _integer(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "")
    if not text:
        return 0
    if not re.fullmatch(r"[+-]?\d+", text):
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def _boolean(query: Mapping[str, str], name: str) -> bool:
    return query.get(name, "").lower() not in ("", "false", "0")


Mismatch = tuple[str, str, str]
"""Field, how it is wrong, and what is said."""


def _mismatch(options: ListOptions) -> Mismatch | None:
    if options.initial is not None:
        return "sendInitialEvents", "Forbidden", "sendInitialEvents is forbidden for list"
    if not options.match:
        return None
    forbidden = ("resourceVersionMatch", "Forbidden")
    if not options.version:
        return *forbidden, "resourceVersionMatch is forbidden unless resourceVersion is provided"
    if options.continued:
        return *forbidden, "resourceVersionMatch is forbidden when continue is provided"
    if options.match not in ("Exact", "NotOlderThan"):
        said = 'supported values: "Exact", "NotOlderThan", ""'
        return "resourceVersionMatch", "NotSupported", f'"{options.match}": {said}'
    if options.match == "Exact" and options.version == "0":
        return *forbidden, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
    return None


def _watch_mismatch(options: ListOptions) -> list[Mismatch]:
    forbidden = ("resourceVersionMatch", "Forbidden")
    if options.initial is not None:
        if options.match == "NotOlderThan":
            return []
        why: list[Mismatch] = [(*forbidden, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
        if options.match:
            said = f'"{options.match}": supported values: "NotOlderThan"'
            why.append(("resourceVersionMatch", "NotSupported", said))
        return why
    if options.match:
        return [(*forbidden, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
    return []


_REASONS = {
    "Forbidden": ("FieldValueForbidden", "Forbidden"),
    "NotSupported": ("FieldValueNotSupported", "Unsupported value"),
}


def _options_invalid(why: list[Mismatch]) -> ApiError:
    causes = [
        {"reason": _REASONS[how][0], "message": f"{_REASONS[how][1]}: {said}", "field": field}
        for field, how, said in why
    ]
    said = [f"{cause['field']}: {cause['message']}" for cause in causes]
    text = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
    details = {"group": "meta.k8s.io", "kind": "ListOptions", "causes": causes}
    return ApiError(422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: {text}', details)


def read_version(text: str) -> int:
    """Return a resourceVersion as a number; 0 when it is empty.

    Raises:
        ApiError: 400.
    """
    if text and not text.isdecimal():
        why = f'Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        raise bad_request(f"invalid resource version: resourceVersion: {why}")
    return int(text or 0)


@dataclass(slots=True)
class Page:
    """A page of a list."""

    found: list[Stored]
    version: int
    continued: str = ""
    remaining: int | None = None

    def metadata(self) -> dict[str, Any]:
        """Return the list's metadata."""
        meta: dict[str, Any] = {"resourceVersion": str(self.version)}
        if self.continued:
            meta["continue"] = self.continued
        if self.remaining:
            meta["remainingItemCount"] = self.remaining
        return meta


def page_of(objects: Objects, kind: Resource, namespace: str, test: Test | None, options: ListOptions) -> Page:
    """Return the objects that a list asks for.

    Raises:
        ApiError: 400 for a token that cannot be read, 410 for one that is too old, 504 for a version to come.
    """
    start: Key = ("", "")
    as_of = 0
    if options.continued:
        as_of, start = _read_token(options.continued)
        if options.version not in ("", "0"):
            raise bad_request("specifying resource version is not allowed when using continue")
    elif options.version:
        as_of = read_version(options.version)
        if as_of > objects.version:
            raise too_large(as_of, objects.version)
        as_of = as_of if options.match == "Exact" or (options.limit and not options.match) else 0
    as_of = max(as_of, 0)
    limit = 0 if options.version == "0" and not options.continued else options.limit
    snapshot = _snapshot(objects, kind, as_of, start) if as_of else None
    keys = objects.keys(kind, namespace) if snapshot is None else sorted(snapshot)
    wanted = [key for key in keys if (not namespace or key[0] == namespace) and key > start]
    page = Page([], as_of or objects.version)
    for at, key in enumerate(wanted):
        if limit and len(page.found) == limit:
            page.continued = _token(page.version, wanted[at - 1] if at else start)
            page.remaining = len(wanted) - at if test is None else None
            break
        stored = objects.at(kind, key) if snapshot is None else snapshot[key]
        if stored is not None and (test is None or test(stored.object)):
            page.found.append(stored)
    return page


def _snapshot(objects: Objects, kind: Resource, version: int, start: Key) -> dict[Key, Stored] | None:
    """Return all objects of a kind as they were at an older version; None when that is the present."""
    if version == objects.version:
        return None
    try:
        changes = objects.since(kind, version)
    except ApiError:
        if start == ("", ""):
            raise expired("The resourceVersion for the provided list is too old.") from None
        gone = ApiError(410, "Expired", _GONE)
        gone.continued = _token(-1, start)
        raise gone from None
    state = {key: stored for key in objects.keys(kind) if (stored := objects.at(kind, key)) is not None}
    for change in reversed(changes):
        meta = change.object["metadata"]
        key = (meta.get("namespace", "") if kind.namespaced else "", meta["name"])
        if change.before is None:
            state.pop(key, None)
        else:
            state[key] = change.before
    return state


def too_large(wanted: int, current: int) -> ApiError:
    """Return 504 for a resourceVersion that is yet to come."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    details = {"causes": [cause], "retryAfterSeconds": 1}
    return ApiError(504, "Timeout", f"Timeout: Too large resource version: {wanted}, current: {current}", details)


def _token(version: int, key: Key) -> str:
    """Return a continue token: the version of the list and the last key that was told."""
    said = {"v": "meta.k8s.io/v1", "rv": version, "start": f"{'/'.join(key)}\0"}
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _read_token(text: str) -> tuple[int, Key]:
    try:
        said = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        namespace, _, name = said["start"].rstrip("\0").rpartition("/")
        return int(said["rv"]), (namespace, name)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise bad_request("invalid continue token: continue key is not valid") from None
