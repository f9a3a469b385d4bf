"""Takes out of an answer what differs from run to run: versions, UIDs, times, addresses, ages."""

from __future__ import annotations

import re
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_AGE = re.compile(r"(\d+[smhdy])+")
_ADDRESS = re.compile(r"\b10\.\d+\.\d+\.\d+\b")
_VERSION = re.compile(r"(resource version: |current: |precondition: |object meta: )\d+")
_RECORD = re.compile(r"(in the precondition|in record) \(\d+\)")
_TOO_OLD = re.compile(r"too old resource version: \d+ \(\d+\)")
_SUFFIX = re.compile(r"(generated-)[a-z0-9]{5}")
_DIFFERENCE = re.compile(r"\n@@.*", re.DOTALL)
_DECODER = re.compile(r"(error decoding YAML|json parse error|continue key is not valid).*", re.DOTALL)
"""What one language's parser says of bad input is nobody's contract."""
_REPLACED = {"resourceVersion": "<version>", "uid": "<uid>", "continue": "<token>", "nodePort": "<port>"}
_DROPPED = {"managedFields", "description"}


def plain(value: Any, key: str = "") -> Any:
    """Return an answer without what differs from run to run, and without nulls: they say what absence says."""
    if isinstance(value, dict):
        kept = {name: part for name, part in sorted(value.items()) if name not in _DROPPED and part is not None}
        return {name: plain(part, name) for name, part in kept.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if key in _REPLACED and value and not isinstance(value, dict):
        return _REPLACED[key]
    if isinstance(value, str):
        return _text(value)
    return value


def _text(text: str) -> str:
    if _AGE.fullmatch(text):
        return "<age>"
    text = _DIFFERENCE.sub("", _DECODER.sub(r"\1", text))
    text = _RECORD.sub(r"\1 (<version>)", text)
    text = _SUFFIX.sub(r"\1<suffix>", _TOO_OLD.sub("too old resource version", text))
    return _VERSION.sub(r"\1<version>", _ADDRESS.sub("<ip>", _UID.sub("<uid>", _TIME.sub("<time>", text))))
