"""An object as YAML to read: managedFields folded, Secrets and telling variables masked, status kept; pure."""

from __future__ import annotations

import base64
import binascii
import copy
import json
from collections.abc import Mapping
from typing import Any

from spottui.verdicts.telling import is_telling

Object = dict[str, Any]
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
MASK = "••••••••"
_OF_THE_SERVER = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "selfLink",
    "managedFields",
    "deletionTimestamp",
)
_OF_A_CONTROLLER = ("deployment.kubernetes.io/revision", LAST_APPLIED)


def readable(found: Mapping[str, Any], *, all_fields: bool = False, reveal: bool = False) -> Object:
    """Return a copy fit to be shown.

    Args:
        found: The object as the API server gave it.
        all_fields: Keep managedFields as they are, not only who manages.
        reveal: Show what a Secret holds, decoded.
    """
    shown = copy.deepcopy(dict(found))
    meta = shown.get("metadata")
    if isinstance(meta, dict) and not all_fields and isinstance(meta.get("managedFields"), list):
        meta["managedFields"] = [_manager(one) for one in meta["managedFields"]]
    if shown.get("kind") == "Secret":
        _mask_secret(shown, reveal)
    else:
        _mask_variables(shown)
        _mask_applied(meta)
    return shown


def _mask_variables(shown: object) -> bool:
    """Mask the values of environment variables whose names tell what they hold, in place; return whether there are."""
    found = False
    for one in shown.values() if isinstance(shown, dict) else shown if isinstance(shown, list) else ():
        found |= _mask_variables(one)
    for variable in _variables(shown):
        name, value = variable.get("name"), variable.get("value")
        if isinstance(name, str) and isinstance(value, str) and value and is_telling(name):
            variable["value"] = shown_value(name, value)
            found = True
    return found


def shown_value(name: str, value: str) -> str:
    """Return the value of an environment variable as it may be shown."""
    return f"{MASK} ({len(value.encode(errors='replace'))} bytes)" if value and is_telling(name) else value


def _mask_applied(meta: object) -> None:
    """Mask the same variables in what kubectl applied last, which is kept as JSON in an annotation."""
    annotations = meta.get("annotations") if isinstance(meta, dict) else None
    text = annotations.get(LAST_APPLIED) if isinstance(annotations, dict) else None
    if not isinstance(annotations, dict) or not isinstance(text, str):
        return
    try:
        applied = json.loads(text)
    except (ValueError, RecursionError):
        return
    if _mask_variables(applied):
        annotations[LAST_APPLIED] = json.dumps(applied, ensure_ascii=False, separators=(",", ":"))


def _variables(shown: object) -> list[Object]:
    found = shown.get("env") if isinstance(shown, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _manager(entry: object) -> str:
    if not isinstance(entry, dict):
        return "?"
    part = f"/{entry['subresource']}" if entry.get("subresource") else ""
    return f"{entry.get('manager', '?')}{part} ({entry.get('operation', '?')} at {entry.get('time', '?')}), folded"


def _mask_secret(shown: Object, reveal: bool) -> None:
    for name in ("data", "stringData"):
        values = shown.get(name)
        if isinstance(values, dict):
            shown[name] = {key: _secret(value, name, reveal) for key, value in values.items()}
    annotations = (shown.get("metadata") or {}).get("annotations")
    if isinstance(annotations, dict) and LAST_APPLIED in annotations and not reveal:
        annotations[LAST_APPLIED] = f"{MASK} (holds the values too)"


def _secret(value: object, kind: str, reveal: bool) -> str:
    text = str(value)
    if kind == "stringData":
        return text if reveal else f"{MASK} ({len(text.encode(errors='replace'))} bytes)"
    try:
        held = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text if reveal else MASK
    if not reveal:
        return f"{MASK} ({len(held)} bytes)"
    try:
        return held.decode("utf-8")
    except UnicodeDecodeError:
        return f"{len(held)} bytes that are no text: {text[:60]}"


def cleaned(found: Mapping[str, Any]) -> Object:
    """Return a copy that could be applied as a new object: without status and what the server filled in."""
    kept = copy.deepcopy(dict(found))
    kept.pop("status", None)
    meta = kept.get("metadata")
    if isinstance(meta, dict):
        for name in (*_OF_THE_SERVER, "ownerReferences", "finalizers"):
            meta.pop(name, None)
        annotations = meta.get("annotations")
        if isinstance(annotations, dict):
            for name in _OF_A_CONTROLLER:
                annotations.pop(name, None)
            if not annotations:
                meta.pop("annotations")
    return kept
