"""Reads what clients send: JSON or YAML, without nulls, as the real server decodes it into its types."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml
from aiohttp import web

from spottui.sim.api_protobuf import MEDIA, decode_protobuf
from spottui.sim.objects import Object
from spottui.sim.resources import Resource
from spottui.sim.status import ApiError, bad_request

_YAML = ("application/yaml", "application/apply-patch+yaml", "text/yaml")
_READ = (
    "application/json",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)
"""Also what clients send that name no type: it is JSON."""
_TAKEN = f"accepted media types include: application/json, application/yaml, {MEDIA}"
_STRINGS = ("labels", "annotations", "matchLabels", "nodeSelector", "data", "stringData")


async def read_raw(request: web.Request) -> Any:
    """Return the decoded body, nulls and all; None when there is none.

    Raises:
        ApiError: 400 for what is neither JSON nor YAML, 413, 415.
    """
    try:
        data = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728") from None
    if not data.strip():
        return None
    return decode(data, request.content_type)


def decode(data: bytes, media: str) -> Any:
    """Return JSON or YAML as plain values.

    Raises:
        ApiError: 400 or 415.
    """
    if media == MEDIA:
        return decode_protobuf(data)
    if media not in _READ and media not in _YAML:
        raise ApiError(415, "UnsupportedMediaType", f"the body of the request was in an unknown format - {_TAKEN}")
    try:
        if media in _YAML and not data.lstrip().startswith((b"{", b"[")):
            return yaml.safe_load(data)
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        if media in _YAML:
            try:
                return yaml.safe_load(data)
            except yaml.YAMLError as error:
                raise bad_request(f"error decoding YAML: {error}") from None
        raise bad_request("couldn't get version/kind; json parse error: invalid character in the body") from None
    except yaml.YAMLError as error:
        raise bad_request(f"error decoding YAML: {error}") from None


async def read_body(request: web.Request) -> Object:
    """Return the object that was sent.

    Raises:
        ApiError: 400, 413, 415.
    """
    body = await read_raw(request)
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise bad_request("couldn't get version/kind; json parse error: json: cannot unmarshal a list into an object")
    return without_nulls(body)


def without_nulls(value: Any, name: str = "") -> Any:
    """Return a value without nulls; in maps of strings they become empty strings."""
    if isinstance(value, dict):
        if name in _STRINGS:
            return {key: "" if item is None else item for key, item in value.items()}
        return {key: without_nulls(item, key) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def check_kind(kind: Resource, body: Object, group_version: str) -> None:
    """Let an object pass that is of the kind that its path is for.

    Raises:
        ApiError: 400.
    """
    said_kind, said_version = body.get("kind") or kind.kind, body.get("apiVersion") or group_version
    if (said_kind, said_version) == (kind.kind, group_version):
        return
    if said_kind != kind.kind:
        group, _, version = said_version.rpartition("/")
        named = f"{said_kind}.{version}" + (f".{group}" if group else "")
        raise bad_request(
            f'{said_kind} in version "{said_version}" cannot be handled as a {kind.kind}: unexpected object {named}'
        )
    raise bad_request(
        f"the API version in the data ({said_version}) does not match the expected API version ({group_version})"
    )
