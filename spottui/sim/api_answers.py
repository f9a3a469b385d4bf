"""Finds the answer to each request that was let in: paths, lists, watches, reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from spottui.sim.api_bodies import read_body
from spottui.sim.api_changes import Changes
from spottui.sim.api_discovery import AGGREGATED, version_info
from spottui.sim.api_events import stored_kind
from spottui.sim.api_exchange import Ask, Reply, json_reply, no_such_method, no_such_path
from spottui.sim.api_lists import page_of, read_options, read_version, too_large
from spottui.sim.api_request import Asked
from spottui.sim.api_reviews import REVIEWS, review
from spottui.sim.api_selectors import selector
from spottui.sim.api_tables import Tables
from spottui.sim.api_views import View, form_of
from spottui.sim.api_watch import Watch, serve_watch
from spottui.sim.history import Stored
from spottui.sim.resources import Resource
from spottui.sim.status import not_found

if TYPE_CHECKING:
    from spottui.sim.api_server import ApiServer

STALLED = 30.0
"""Seconds past its time after which a watch is cut off whose client does not read."""
_HEALTH = ("/healthz", "/livez", "/readyz")


class Answers:
    """Answers requests out of the objects."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._objects = server.objects
        self._tables = Tables(server.objects.wall)
        self._changes = Changes(server.objects)

    async def answer(self, ask: Ask) -> Reply | web.StreamResponse:
        """Return the answer.

        Raises:
            ApiError: What is refused.
        """
        asked = ask.asked
        if not asked.is_resource:
            return self._path(ask)
        if (asked.group, asked.plural) in REVIEWS and asked.version == "v1":
            return await self._review(ask)
        kind = asked.kind
        if kind is None or not _is_well_placed(kind, asked):
            raise no_such_path()
        if asked.verb in ("list", "watch"):
            return await self._read_many(ask, kind)
        if asked.verb == "get" and not asked.subresource:
            return self._read_one(ask, kind)
        return await self._changes.answer(ask, kind, self._view(ask, kind))

    # -- paths that are no resource

    def _path(self, ask: Ask) -> Reply:
        path, request = ask.asked.path.rstrip("/") or "/", ask.request
        if request.method not in ("GET", "HEAD"):
            raise no_such_method() if self._plain(path, request) else no_such_path()
        found = self._plain(path, request)
        if found is None:
            raise no_such_path()
        return found

    def _plain(self, path: str, request: web.Request) -> Reply | None:
        discovery = self._server.discovery
        words = path.strip("/").split("/")
        if path == "/":
            roots = ["/api", "/api/v1", "/apis", *(f"/apis/{group}" for group in discovery.groups())]
            return json_reply({"paths": [*roots, *_HEALTH, "/openapi/v3", "/version"]})
        if path == "/version":
            return json_reply(version_info(discovery.version))
        if path in _HEALTH or words[0] in ("healthz", "livez", "readyz"):
            return Reply(b"ok", media="text/plain; charset=utf-8")
        if words[0] == "openapi":
            return self._openapi(words[1:])
        if path in ("/api", "/apis"):
            return self._roots(path, request.headers.get("Accept", ""))
        body = None
        if words[0] == "api" and len(words) == 2:
            body = discovery.resources("", words[1])
        elif words[0] == "apis":
            body = discovery.group(words[1]) if len(words) == 2 else discovery.resources(words[1], words[2])
        return None if body is None else json_reply(body)

    def _roots(self, path: str, accept: str) -> Reply:
        core = path == "/api"
        for version in ("v2", "v2beta1"):
            if f"g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" in accept.replace(" ", ""):
                reply = json_reply(self._server.discovery.aggregated(version, core=core))
                reply.media = AGGREGATED.format(version=version)
                return reply
        if not core:
            return json_reply(self._server.discovery.group_list())
        addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}]
        return json_reply({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses})

    def _openapi(self, words: list[str]) -> Reply | None:
        if words == ["v3"]:
            roots = [
                f"apis/{group}/{version}" if group else f"api/{version}"
                for group, version in self._server.discovery.versions()
            ]
            return json_reply({"paths": {root: {"serverRelativeURL": f"/openapi/v3/{root}"} for root in roots}})
        if words[:2] == ["v3", "api"] and len(words) == 3:
            document = self._server.discovery.openapi("", words[2])
        elif words[:2] == ["v3", "apis"] and len(words) == 4:
            document = self._server.discovery.openapi(words[2], words[3])
        else:
            return None
        return None if document is None else json_reply(document)

    # -- resources

    async def _review(self, ask: Ask) -> Reply:
        if ask.asked.verb != "create":
            raise no_such_method()
        body = await read_body(ask.request)
        now = self._objects.wall()
        return json_reply(review(ask.asked.plural, body, ask.who, self._server.authorizer, now), 201)

    def _view(self, ask: Ask, kind: Resource) -> View:
        form = form_of(ask.request.headers.get("Accept", ""))
        return View(kind, form, self._tables, ask.request.query.get("includeObject", "Metadata"))

    def _read_one(self, ask: Ask, kind: Resource) -> Reply:
        asked = ask.asked
        version = read_version(ask.request.query.get("resourceVersion", ""))
        if version > self._objects.version:
            raise too_large(version, self._objects.version)
        found = self.stored(kind, asked)
        return Reply(self._view(ask, kind).one(found))

    def stored(self, kind: Resource, asked: Asked) -> Stored:
        """Return the object that is asked for.

        Raises:
            ApiError: 404.
        """
        where = asked.namespace if kind.namespaced else ""
        found = self._objects.at(stored_kind(kind), (where, asked.name))
        if found is None:
            raise not_found(kind.plural, kind.group, asked.name)
        return found

    async def _read_many(self, ask: Ask, kind: Resource) -> Reply | web.StreamResponse:
        query, asked = ask.request.query, ask.asked
        is_watch = asked.verb == "watch"
        options = read_options(query, is_watch=is_watch)
        fields = query.get("fieldSelector", "")
        if is_watch and asked.name and "metadata.name" not in fields:
            fields = f"metadata.name={asked.name}"
        test = selector(query.get("labelSelector", ""), fields, kind)
        view, where = self._view(ask, kind), asked.namespace if kind.namespaced else ""
        if is_watch:
            watch = Watch(self._objects, stored_kind(kind), view, where, test, options)
            limit = (options.timeout or 3600) + STALLED
            packed = "gzip" in ask.request.headers.get("Accept-Encoding", "")
            watches = self._server.watches
            return await serve_watch(ask.request, watches, stored_kind(kind), watch, packed=packed, timeout=limit)
        page = page_of(self._objects, stored_kind(kind), where, test, options)
        return Reply(await view.many(page.found, page.metadata()))


def _is_well_placed(kind: Resource, asked: Asked) -> bool:
    """Say whether a kind is asked for where it is: in a namespace, or not."""
    if not kind.namespaced:
        return not asked.namespace or kind.plural == "namespaces"
    if asked.namespace:
        return True
    if asked.verb in ("list", "watch"):
        return True
    if not asked.name:
        raise no_such_method()
    return False
