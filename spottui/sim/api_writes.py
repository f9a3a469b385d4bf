"""How objects are written through the API: admission, defaults, validation, ownership, then the store.

Also for who writes within the simulator and wants to be refused as a client would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spottui.sim.api_admission import admit
from spottui.sim.api_defaults import fill_defaults, first_status
from spottui.sim.api_managed import Owner, updated
from spottui.sim.api_schema import conform
from spottui.sim.api_update_rules import check_update
from spottui.sim.api_validation import check_create
from spottui.sim.objects import Object, Objects, copy_of, rfc3339
from spottui.sim.resources import Resource
from spottui.sim.status import ApiError, already_exists, bad_request, conflict, invalid

_SYSTEM = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
)
"""What only the server writes into metadata."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a write is to be done."""

    dry_run: bool = False
    manager: str = ""
    """fieldManager as the client named it."""
    agent: str = "unknown"
    """The first word of the client's User-Agent: the manager of who names none."""
    force: bool = False
    has_force: bool = False
    strict: bool = False
    """Refuse fields that the kind does not have; else they are dropped."""


class Writes:
    """Writes objects as the API server does."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects

    def create(
        self, kind: Resource, namespace: str, body: Object, how: Manner = Manner(), *, keeps_owners: bool = False
    ) -> Object:
        """Create an object.

        Raises:
            ApiError: What is refused: 400, 403, 404, 409, 422.
        """
        made = conform(kind, copy_of(body), strict=how.strict)
        meta = made.setdefault("metadata", {})
        _place(kind, meta, namespace)
        if meta.get("resourceVersion"):
            raise ApiError(500, "", "resourceVersion should not be set on objects to be created")
        for name in _SYSTEM:
            meta.pop(name, None)
        made = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": meta, **made}
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + self.objects.suffix(5)
        admit(self.objects, kind, made)
        fill_defaults(kind, made)
        check_create(kind, made)
        if has_status_apart(kind):
            if kind.plural != "nodes":  # a kubelet writes its node whole
                made.pop("status", None)
            made |= first_status(kind, made)
        if not keeps_owners:
            meta["managedFields"] = [one.entry() for one in updated(None, made, self._owner(kind, how, ""))]
        if how.dry_run:
            return self._preview(kind, made)
        return self.objects.create(kind, made)

    def update(
        self,
        kind: Resource,
        namespace: str,
        name: str,
        body: Object,
        how: Manner = Manner(),
        sub: str = "",
        *,
        keeps_owners: bool = False,
        owner_sub: str = "",
    ) -> Object:
        """Replace an object, or the part of it that a subresource is for.

        Args:
            owner_sub: The subresource under which the change is owned, where it is not `sub`.

        Raises:
            ApiError: What is refused: 400, 404, 409, 422.
        """
        body = conform(kind, body, strict=how.strict)
        meta = body.setdefault("metadata", {})
        if meta.setdefault("name", name) != name:
            raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({name})")
        _place(kind, meta, namespace)
        old = self.objects.get(kind, namespace, name)
        self._check_identity(kind, old, meta)
        made = _part(kind, old, copy_of(body), sub)
        made = {"apiVersion": kind.api_version, "kind": kind.kind, **made}
        _keep_system(old["metadata"], made["metadata"])
        fill_defaults(kind, made)
        check_update(kind, old, made, sub)
        if not keeps_owners:
            made["metadata"].pop("managedFields", None)
            owners = updated(old, made, self._owner(kind, how, owner_sub or sub))
            made["metadata"]["managedFields"] = [one.entry() for one in owners]
        if how.dry_run:
            return made
        return self.objects.put(kind, made, counts=_counts(kind, old, made, sub))

    def delete(
        self, kind: Resource, namespace: str, name: str, options: Mapping[str, Any] | None = None
    ) -> tuple[Object, bool]:
        """Delete an object by DeleteOptions; return its last state and whether it is gone.

        Raises:
            ApiError: 404, 409, 422.
        """
        options = options or {}
        needed = options.get("preconditions") or {}
        policy = options.get("propagationPolicy", "")
        _check_policy(policy)
        grace = options.get("gracePeriodSeconds")
        if options.get("dryRun"):
            return self.objects.get(kind, namespace, name), True
        return self.objects.delete(
            kind,
            namespace,
            name,
            grace=None if grace is None else max(0, int(grace)),
            uid=needed.get("uid", ""),
            version=needed.get("resourceVersion", ""),
            orphan=policy == "Orphan" or bool(options.get("orphanDependents")),
            foreground=policy == "Foreground",
        )

    def _owner(self, kind: Resource, how: Manner, sub: str) -> Owner:
        now = rfc3339(self.objects.wall())
        return Owner(how.manager or how.agent, "Update", kind.api_version, sub, now, frozenset())

    def _preview(self, kind: Resource, made: Object) -> Object:
        """Return what a creation would make."""
        meta = made["metadata"]
        where = meta.get("namespace", "") if kind.namespaced else ""
        if self.objects.find(kind, where, meta["name"]) is not None:
            raise already_exists(kind.plural, kind.group, meta["name"])
        meta["uid"] = "00000000-0000-4000-8000-000000000000"
        meta["creationTimestamp"] = rfc3339(self.objects.wall())
        return made

    @staticmethod
    def _check_identity(kind: Resource, old: Object, meta: Mapping[str, Any]) -> None:
        name, uid = old["metadata"]["name"], meta.get("uid")
        version = meta.get("resourceVersion")
        if not version and kind.is_custom:
            said = "Invalid value: 0: must be specified for an update"
            needed = {"reason": "FieldValueInvalid", "message": said, "field": "metadata.resourceVersion"}
            raise invalid(kind.plural, kind.group, name, [needed])
        if version and version != old["metadata"]["resourceVersion"]:
            raise conflict(kind.plural, kind.group, name)
        if uid and uid != old["metadata"]["uid"]:
            said = f'Invalid value: "{uid}": field is immutable'
            cause = {"reason": "FieldValueInvalid", "message": said, "field": "metadata.uid"}
            raise invalid(kind.kind, kind.group, name, [cause])


def _counts(kind: Resource, old: Object, new: Object, sub: str) -> bool:
    """Say whether a change raises the generation though the spec is the same: annotations of a Deployment do."""
    is_deployment = (kind.group, kind.plural) == ("apps", "deployments")
    before, after = old["metadata"].get("annotations") or {}, new["metadata"].get("annotations") or {}
    return is_deployment and not sub and before != after


def has_status_apart(kind: Resource) -> bool:
    """Say whether a kind's status is written only through its subresource."""
    return kind.status_is_apart and "status" in kind.subresources


def _check_policy(policy: str) -> None:
    if policy not in ("", "Foreground", "Background", "Orphan"):
        said = f'Unsupported value: "{policy}": supported values: "Foreground", "Background", "Orphan", "nil"'
        causes = [{"reason": "FieldValueNotSupported", "message": said, "field": "propagationPolicy"}]
        details = {"group": "meta.k8s.io", "kind": "DeleteOptions", "causes": causes}
        raise ApiError(422, "Invalid", f'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: {said}', details)


def _keep_system(old: Object, new: Object) -> None:
    for name in _SYSTEM:
        new.pop(name, None)
        if name in old:
            new[name] = old[name]


def _place(kind: Resource, meta: Object, namespace: str) -> None:
    if not kind.namespaced:
        meta.pop("namespace", None)
        return
    if meta.setdefault("namespace", namespace) != namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")


def _part(kind: Resource, old: Object, new: Object, sub: str) -> Object:
    """Return what may be written: all but the status, or only the part that a subresource is for."""
    if sub == "status":
        meta = copy_of(old["metadata"]) if kind.is_custom else new["metadata"]
        if not kind.is_custom and kind.plural not in ("pods", "nodes"):
            meta["labels"] = old["metadata"].get("labels") or {}
            meta = {key: value for key, value in meta.items() if key != "labels" or value}
        made = {**copy_of(old), "metadata": meta}
        made.pop("status", None)
        return {**made, "status": new["status"]} if "status" in new else made
    if sub == "ephemeralcontainers":
        made = copy_of(old)
        made["spec"]["ephemeralContainers"] = (new.get("spec") or {}).get("ephemeralContainers", [])
        return made
    if not has_status_apart(kind):
        return new
    new.pop("status", None)
    return {**new, "status": old["status"]} if "status" in old else new
