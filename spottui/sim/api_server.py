"""The Kubernetes API of the embedded robot over HTTP: who asks, what for, may they; every refusal is a `Status`."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

import msgspec
from aiohttp import web

from spottui.sim.api_access import ANONYMOUS, Authorizer, Identity
from spottui.sim.api_answers import Answers
from spottui.sim.api_definitions import define
from spottui.sim.api_discovery import VERSION, Discovery
from spottui.sim.api_exchange import Ask, Reply
from spottui.sim.api_namespaces import Namespaces
from spottui.sim.api_request import Asked, read_request
from spottui.sim.api_watch import Watches
from spottui.sim.objects import Objects
from spottui.sim.status import ApiError
from spottui.sim.story_clock import StoryClock

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_LIMIT = 3 * 1024 * 1024
"""Bytes of a request, as in a real API server."""
PACK_FROM = 128 * 1024
"""Bytes of an answer from which it is packed, as in a real API server."""
STREAMS = ("exec", "attach", "portforward")
"""Subresources of a pod for which a WebSocket, a GET, needs "create" too, since 1.35."""
ASKED = web.RequestKey("asked", Asked)
IDENTITY = web.RequestKey("identity", Identity)


class ApiServer:
    """Serves the objects; the routes of others (logs, exec, metrics) run behind the same door."""

    def __init__(
        self, objects: Objects, clock: StoryClock, tokens: dict[str, str] | None = None, version: str = VERSION
    ) -> None:
        self.objects = objects
        self.clock = clock
        self.authorizer = Authorizer(tokens) if tokens else Authorizer()
        self.discovery = Discovery(version)
        self.watches = Watches(objects)
        self.namespaces = Namespaces(objects)
        define(objects)
        self.answers = Answers(self)
        self.metrics_answer = True
        """Whether metrics.k8s.io answers; else it is there and unavailable, as with a metrics-server that is down."""
        logging.getLogger("aiohttp.server").addFilter(_one_line)
        self.app = web.Application(middlewares=[self._door], client_max_size=BODY_LIMIT)
        self.app.router.add_route("*", "/{path:.*}", self._serve)
        self.app.on_shutdown.append(self._end_watches)

    def add_routes(self, routes: Iterable[web.AbstractRouteDef]) -> None:
        """Serve more paths, before the application starts; they are authorised like all others.

        A route may raise `ApiError`, and finds what is asked for in `request[ASKED]`.
        """
        routes = list(routes)
        self.app.router.add_routes(routes)
        if any("/apis/metrics.k8s.io/" in getattr(route, "path", "") for route in routes):
            self.discovery.with_metrics = True

    async def _end_watches(self, app: web.Application) -> None:
        self.watches.end_all()

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who may, and turn every refusal into a `Status`."""
        asked = read_request(request.method, request.raw_path.partition("?")[0], request.query)
        who = ANONYMOUS
        try:
            who = self.authorizer.identify(request.headers.get("Authorization", ""))
            self.authorizer.check(who, asked)
            if asked.subresource in STREAMS and asked.verb == "get":
                self.authorizer.check(who, replace(asked, verb="create"))
            self._check_metrics(asked)
            request[ASKED], request[IDENTITY] = asked, who
            return await handler(request)
        except ApiError as error:
            return self._refuse(request, who, error)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            reason = (error.reason or "").replace(" ", "")
            return self._refuse(request, who, ApiError(error.status, reason, error.text or error.reason, {}))
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:  # a bug of ours: the client gets its Status, the log one line
            log.error("%s %s: %s: %s", request.method, request.path, type(error).__name__, error, exc_info=False)
            said = f"Internal error occurred: {type(error).__name__}: {error}"
            causes = [{"message": str(error)}]
            return _status(ApiError(500, "InternalError", said, {"causes": causes}))

    def _check_metrics(self, asked: Asked) -> None:
        if asked.group == "metrics.k8s.io" and self.discovery.with_metrics and not self.metrics_answer:
            raise ApiError(503, "ServiceUnavailable", "service unavailable")

    def _refuse(self, request: web.Request, who: Identity, error: ApiError) -> web.Response:
        level = logging.INFO if error.code in (404, 405, 406, 415) else logging.DEBUG
        log.log(
            level,
            "%s %s by %s: %d %s",
            request.method,
            request.path_qs,
            who.name,
            error.code,
            error.why or error.message,
        )
        return _status(error)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        ask = Ask(request, request[ASKED], request[IDENTITY])
        reply = await self.answers.answer(ask)
        if isinstance(reply, Reply):
            return await _packed(request, reply)
        return reply


def _one_line(record: logging.LogRecord) -> bool:
    """Say in one line what aiohttp says of requests that are no HTTP with a stack trace."""
    if record.exc_info:
        error = record.exc_info[1]
        said = " ".join(str(error).split())
        record.msg, record.args = f"{record.getMessage()}: {type(error).__name__}: {said}", None
        record.exc_info = None
    return True


def _status(error: ApiError) -> web.Response:
    body = msgspec.json.encode(error.body())
    headers = {"Cache-Control": "no-cache, private"}
    retry = (error.details or {}).get("retryAfterSeconds")
    if retry:
        headers["Retry-After"] = str(retry)
    return web.Response(status=error.code, body=body, content_type="application/json", headers=headers)


async def _packed(request: web.Request, reply: Reply) -> web.Response:
    """Return an answer; a large one is packed, off the event loop, for who takes gzip."""
    headers = {"Content-Type": reply.media, "Cache-Control": "no-cache, private"}
    body = reply.body
    if len(body) >= PACK_FROM and request.method == "GET" and takes_gzip(request):
        body = await asyncio.get_running_loop().run_in_executor(None, _gzip, body)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return web.Response(status=reply.code, body=body, headers=headers)


def takes_gzip(request: web.Request) -> bool:
    """Say whether a client takes packed answers."""
    return "gzip" in request.headers.get("Accept-Encoding", "")


def _gzip(body: Any) -> bytes:
    return zlib.compress(body, 1, 31)
