"""Answers requests that write: create, update, patch, delete, and the subresources that take or give objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from spottui.sim.api_bodies import check_kind, read_body, read_raw, without_nulls
from spottui.sim.api_events import shown, stored_kind, taken
from spottui.sim.api_exchange import Ask, Reply, json_reply, no_such_method, no_such_path, success
from spottui.sim.api_patching import PATCHES, patched
from spottui.sim.api_selectors import selector
from spottui.sim.api_subresources import Subresources
from spottui.sim.api_views import View
from spottui.sim.api_writes import Manner, Writes
from spottui.sim.history import Stored
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import Resource
from spottui.sim.status import ApiError, bad_request, not_found

_GIVEN_BACK = {"pods", "services", "serviceaccounts", "resourcequotas", "persistentvolumeclaims", "namespaces"}
"""Kinds whose deletion is answered with the object, not with a Status."""


class Changes:
    """Answers what `Answers` does not: everything that may write."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.writes = Writes(objects)
        self._subresources = Subresources(objects, self.writes)

    async def answer(self, ask: Ask, kind: Resource, view: View) -> Reply:
        """Return the answer.

        Raises:
            ApiError: What is refused.
        """
        asked = ask.asked
        if asked.subresource:
            return await self._subresource(ask, kind, view)
        if asked.verb == "create" and not asked.name:
            return await self._create(ask, kind, view)
        if asked.verb == "update" and asked.name:
            body = await self._body(ask, kind)
            return self._shown(view, self.writes.update(kind, _where(ask, kind), asked.name, body, manner(ask.request)))
        if asked.verb == "patch" and asked.name:
            made, is_new = await self._patch(ask, kind, "")
            return self._shown(view, made, 201 if is_new else 200)
        if asked.verb == "delete":
            return await self._delete(ask, kind)
        if asked.verb == "deletecollection" and kind.plural != "namespaces":
            return await self._delete_all(ask, kind, view)
        raise no_such_method()

    @staticmethod
    def _shown(view: View, one: Object, code: int = 200) -> Reply:
        return Reply(view.one(Stored(one)), code)

    async def _body(self, ask: Ask, kind: Resource) -> Object:
        body = await read_body(ask.request)
        check_kind(kind, body, kind.api_version)
        return taken(kind, {**body, "kind": kind.kind, "apiVersion": kind.api_version})

    async def _create(self, ask: Ask, kind: Resource, view: View) -> Reply:
        body = await self._body(ask, kind)
        made = self.writes.create(stored_kind(kind), _where(ask, kind), body, manner(ask.request))
        return self._shown(view, made, 201)

    async def _patch(self, ask: Ask, kind: Resource, sub: str) -> tuple[Object, bool]:
        how = manner(ask.request)
        media = ask.request.content_type
        if media not in PATCHES:
            raise ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
        patch = await read_raw(ask.request)
        return patched(self.writes, kind, (_where(ask, kind), ask.asked.name), sub, media, patch, how)

    async def _delete(self, ask: Ask, kind: Resource) -> Reply:
        options = await delete_options(ask.request)
        stored = stored_kind(kind)
        made, is_gone = self.writes.delete(stored, _where(ask, kind), ask.asked.name, options)
        if not is_gone or kind.plural in _GIVEN_BACK:
            return json_reply(shown(kind, made))
        details = {"name": ask.asked.name, **({"group": kind.group} if kind.group else {}), "kind": kind.plural}
        return success({**details, "uid": made["metadata"]["uid"]})

    async def _delete_all(self, ask: Ask, kind: Resource, view: View) -> Reply:
        options = await delete_options(ask.request)
        query, stored = ask.request.query, stored_kind(kind)
        test = selector(query.get("labelSelector", ""), query.get("fieldSelector", ""), kind)
        gone = []
        for key in self._objects.keys(stored, _where(ask, kind)):
            found = self._objects.at(stored, key)
            if found is not None and (test is None or test(found.object)):
                gone.append(Stored(self.writes.delete(stored, *key, options)[0]))
        return Reply(await view.many(gone, {"resourceVersion": str(self._objects.version)}))

    async def _subresource(self, ask: Ask, kind: Resource, view: View) -> Reply:
        asked, sub = ask.asked, ask.asked.subresource
        if sub not in kind.subresources:
            raise not_found(kind.plural, kind.group, asked.name) if kind.is_custom else no_such_path()
        key = (_where(ask, kind), asked.name)
        if sub in ("status", "ephemeralcontainers", "finalize"):
            return await self._part(ask, kind, view)
        if sub == "scale":
            return await self._scale(ask, kind)
        if asked.verb != "create":
            raise no_such_method()
        body = await read_body(ask.request)
        if sub == "eviction":
            self._subresources.evict(key, body, manner(ask.request).dry_run)
            return success(None, 201)
        if sub == "binding":
            self._subresources.bind(key, body)
            return success(None, 201)
        raise no_such_path()

    async def _part(self, ask: Ask, kind: Resource, view: View) -> Reply:
        asked, sub = ask.asked, ask.asked.subresource
        where = _where(ask, kind)
        if asked.verb == "get":
            return self._shown(view, self._objects.get(kind, where, asked.name))
        if asked.verb == "update":
            body = await self._body(ask, kind)
            return self._shown(view, self.writes.update(kind, where, asked.name, body, manner(ask.request), sub))
        if asked.verb == "patch" and sub != "finalize":
            return self._shown(view, (await self._patch(ask, kind, sub))[0])
        raise no_such_method()

    async def _scale(self, ask: Ask, kind: Resource) -> Reply:
        asked, key = ask.asked, (_where(ask, kind), ask.asked.name)
        if asked.verb == "get":
            return json_reply(self._subresources.scale(kind, key))
        if asked.verb == "update":
            body = await read_body(ask.request)
            return json_reply(self._subresources.put_scale(kind, key, body, manner(ask.request)))
        if asked.verb == "patch":
            patch = await read_raw(ask.request)
            media = ask.request.content_type
            return json_reply(self._subresources.patch_scale(kind, key, media, patch, manner(ask.request)))
        raise no_such_method()


def _where(ask: Ask, kind: Resource) -> str:
    return ask.asked.namespace if kind.namespaced else ""


def manner(request: web.Request) -> Manner:
    """Return how a write is to be done, from its query and the client's name.

    Raises:
        ApiError: 422.
    """
    query = request.query
    agent = request.headers.get("User-Agent", "").split("/")[0] or "unknown"
    return Manner(
        dry_run=_is_dry(query.getall("dryRun", []), _OPTIONS.get(request.method, "PatchOptions")),
        manager=query.get("fieldManager", ""),
        agent=agent,
        force=query.get("force", "").lower() in ("true", "1"),
        has_force="force" in query,
        strict=query.get("fieldValidation", "") == "Strict",
    )


_OPTIONS = {"POST": "CreateOptions", "PUT": "UpdateOptions", "DELETE": "DeleteOptions"}


def _is_dry(said: list[str], kind: str) -> bool:
    if said and said != ["All"]:
        listed = ",".join(f'"{word}"' for word in said)
        what = f'Unsupported value: [{listed}]: supported values: "All"'
        causes = [{"reason": "FieldValueNotSupported", "message": what, "field": "dryRun"}]
        details = {"group": "meta.k8s.io", "kind": kind, "causes": causes}
        raise ApiError(422, "Invalid", f'{kind}.meta.k8s.io "" is invalid: dryRun: {what}', details)
    return bool(said)


async def delete_options(request: web.Request) -> Mapping[str, Any]:
    """Return DeleteOptions from the body, or from the query where there is no body.

    Raises:
        ApiError: 400.
    """
    raw = await read_raw(request)
    if isinstance(raw, dict):
        return without_nulls(raw)
    if raw is not None:
        raise bad_request("the object provided is unrecognized (must be of type DeleteOptions)")
    query, options = request.query, {}
    if query.get("gracePeriodSeconds"):
        options["gracePeriodSeconds"] = int(query["gracePeriodSeconds"])
    if query.get("propagationPolicy"):
        options["propagationPolicy"] = query["propagationPolicy"]
    if query.get("dryRun"):
        options["dryRun"] = query.getall("dryRun")
    return options
