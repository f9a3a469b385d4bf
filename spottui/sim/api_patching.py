"""Patches objects by whatever kind of patch was sent, and stores what comes out."""

from __future__ import annotations

from typing import Any

from spottui.sim.api_apply import applied
from spottui.sim.api_bodies import without_nulls
from spottui.sim.api_events import shown, stored_kind, taken
from spottui.sim.api_managed import Owner
from spottui.sim.api_patches import json_patch, merge_patch
from spottui.sim.api_strategic import strategic_merge
from spottui.sim.api_writes import Manner, Writes
from spottui.sim.objects import Key, Object, copy_of, rfc3339
from spottui.sim.resources import Resource
from spottui.sim.status import ApiError, bad_request, not_found

JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
PATCHES = (JSON_PATCH, MERGE, STRATEGIC, APPLY)


def apply_patch(kind: Resource, one: Object, media: str, patch: Any) -> Object:
    """Return an object with a patch laid over it.

    Raises:
        ApiError: 400, 415, 422.
    """
    if media == JSON_PATCH:
        return without_nulls(json_patch(one, patch))
    if not isinstance(patch, dict):
        what = "array" if isinstance(patch, list) else "string"
        said = f"json: cannot unmarshal {what} into Go value of type map[string]interface {{}}"
        raise bad_request(f"error decoding patch: {said}")
    if media == MERGE:
        return without_nulls(merge_patch(one, patch))
    if kind.is_custom:
        said = "the body of the request was in an unknown format - accepted media types include: "
        raise ApiError(415, "UnsupportedMediaType", f"{said}{JSON_PATCH}, {MERGE}, {APPLY}")
    return without_nulls(strategic_merge(copy_of(one), patch))


def patched(
    writes: Writes, kind: Resource, key: Key, sub: str, media: str, patch: Any, how: Manner
) -> tuple[Object, bool]:
    """Patch a stored object; return it and whether it is new, which only apply can make it.

    Raises:
        ApiError: What is refused.
    """
    if media == APPLY:
        return _apply(writes, kind, key, sub, patch, how)
    if how.has_force:
        raise _options_invalid("force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch")
    stored = stored_kind(kind)
    old = writes.objects.find(stored, *key)
    if old is None:
        raise not_found(kind.plural, kind.group, key[1])
    new = taken(kind, apply_patch(kind, shown(kind, old), media, patch))
    return writes.update(stored, *key, new, how, sub), False


def _apply(writes: Writes, kind: Resource, key: Key, sub: str, config: Any, how: Manner) -> tuple[Object, bool]:
    if not how.manager:
        said = "Required value: is required for apply patch"
        raise _options_invalid("fieldManager", "FieldValueRequired", said)
    config = _declaration(kind, key, config)
    old = writes.objects.find(kind, *key)
    now = rfc3339(writes.objects.wall())
    owner = Owner(how.manager, "Apply", kind.api_version, sub, now, frozenset())
    if old is None and sub:
        raise not_found(kind.plural, kind.group, key[1])
    made = applied(old, config, owner, force=how.force)
    if old is None:
        return writes.create(kind, key[0], made, how, keeps_owners=True), True
    return writes.update(kind, *key, made, how, sub, keeps_owners=True), False


def _declaration(kind: Resource, key: Key, config: Any) -> Object:
    if not isinstance(config, dict) or not config.get("kind") or not config.get("apiVersion"):
        said = config if isinstance(config, dict) else {}
        raise bad_request(f"invalid object type: /{said.get('apiVersion', '')}, Kind={said.get('kind', '')}")
    if (config["kind"], config["apiVersion"]) != (kind.kind, kind.api_version):
        group = config["apiVersion"] if "/" in config["apiVersion"] else f"/{config['apiVersion']}"
        raise bad_request(f"invalid object type: {group}, Kind={config['kind']}")
    config = without_nulls(config)
    meta = config.setdefault("metadata", {})
    if meta.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    if meta.setdefault("name", key[1]) != key[1]:
        raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({key[1]})")
    if kind.namespaced:
        meta.setdefault("namespace", key[0])
    return config


def _options_invalid(field: str, reason: str, said: str) -> ApiError:
    causes = [{"reason": reason, "message": said, "field": field}]
    details = {"group": "meta.k8s.io", "kind": "PatchOptions", "causes": causes}
    return ApiError(422, "Invalid", f'PatchOptions.meta.k8s.io "" is invalid: {field}: {said}', details)
