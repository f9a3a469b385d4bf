"""An argocd-server in front of the simulated Argo CD: the operations that it takes are really run.

It does as the real one (server/application of Argo CD): looks a branch up in git before it stores an operation, refuses
a rollback while auto-sync is on, checks the repository when a spec changes, writes its own login down as who asked, and
tells "not there" from "not permitted" only to who names the project. Left out: sync windows (ours must hold without
its help), RBAC but `denied`, and that its answers come from a copy, unless `lags`.
"""

from __future__ import annotations

import asyncio
import copy
import json
from typing import Any

from aiohttp import web

from spottui.sim.api_patches import merge_patch
from spottui.sim.argo_projects import PROJECTS
from spottui.sim.objects import Object
from spottui.sim.resources import Resource, resource
from tests.sim.argo_bench import APPS, Bench
from tests.sources.argocd_server import ArgocdServer, Json, error

SETS = resource("applicationsets", "argoproj.io")
REFRESH = "argocd.argoproj.io/refresh"
FINALIZER = "resources-finalizer.argocd.argoproj.io"
NO_GIT = (
    "error resolving repo revision: rpc error: code = Unknown desc = failed to list refs: "
    "dial tcp 10.0.0.1:443: connect: connection refused"
)
LOGIN = "bot"


class Gateway(ArgocdServer):
    """argocd-server over a bench."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.denied: set[str] = set()
        """Verbs that its own RBAC does not give."""
        self.lags = 0
        """How many of the next reads of an Application are answered as it was before the last write."""
        self._before: dict[str, Json] = {}

    @property
    def writes(self) -> list[tuple[str, str, Json]]:
        """Method, path with query, and body of everything that is no plain read."""
        return [(method, path, body) for method, path, _, body in self.seen if method != "GET" or "refresh=" in path]

    async def answer(self, request: web.Request) -> web.Response:
        words = request.path.removeprefix("/api/v1/").split("/")
        if words[0] == "account":
            return web.json_response({"value": "no" if words[3] in self.denied else "yes"})
        if len(words) == 1:
            return self._list(request, {"projects": PROJECTS, "applicationsets": SETS}.get(words[0], APPS))
        if words[0] == "projects":
            return self._project(words[1], is_detailed=len(words) > 2)
        if words[0] == "applicationsets":
            found = self.bench.objects.find(SETS, request.query.get("appsetNamespace", ""), words[1])
            return web.json_response(found) if found else error(404, 5, f'applicationsets "{words[1]}" not found')
        body = json.loads(await request.read() or b"{}")
        place = {**body, **request.query}
        app = self.bench.objects.find(APPS, place.get("appNamespace", "argocd"), words[1])
        if app is None or place.get("project", app["spec"]["project"]) != app["spec"]["project"]:
            if "project" in place:
                return error(404, 5, f'applications.argoproj.io "{words[1]}" not found')
            return error(403, 7, "permission denied")
        return await self._application(request, app, words[2] if len(words) > 2 else "", body)

    def _list(self, request: web.Request, kind: Resource) -> web.Response:
        named, namespace = request.query.get("name"), request.query.get("appNamespace", "")
        items = [one for one in self.bench.objects.all(kind, namespace) if named in (None, one["metadata"]["name"])]
        return web.json_response({"metadata": {"resourceVersion": "500"}, "items": items or None})

    def _project(self, name: str, *, is_detailed: bool) -> web.Response:
        found = self.bench.objects.find(PROJECTS, "argocd", name)
        if found is None:
            return error(404, 5, f'appprojects.argoproj.io "{name}" not found')
        return web.json_response({"project": found, "globalProjects": None} if is_detailed else found)

    async def _application(self, request: web.Request, app: Object, rest: str, body: Json) -> web.Response:
        name = app["metadata"]["name"]
        verb = {"DELETE": "delete", "PATCH": "update", "POST": "sync"}.get(request.method, "get")
        if (rest and "sync" in self.denied) or verb in self.denied:
            return error(403, 7, f"permission denied: applications, {verb}, default/{name}, sub: {LOGIN}, iat: 1")
        if request.method != "GET":
            self._before[name] = copy.deepcopy(dict(app))
        match request.method, rest:
            case "GET", "":
                return await self._get(app, request.query.get("refresh", ""))
            case "POST", "sync":
                return self._sync(app, body)
            case "POST", "rollback":
                return self._rollback(app, body)
            case "DELETE", "operation":
                return self._terminate(app)
            case "PATCH", "":
                return self._patch(app, body)
            case "DELETE", "":
                return self._delete(
                    app, request.query.get("cascade") != "false", request.query.get("propagationPolicy")
                )
        return error(404, 5, "Not Found")

    async def _get(self, app: Object, refresh: str) -> web.Response:
        name, namespace = app["metadata"]["name"], app["metadata"]["namespace"]
        if not refresh and self.lags and name in self._before:
            self.lags -= 1
            return web.json_response(self._before[name])
        if refresh:
            await self.bench.refresh(refresh, name, seconds=0)
            while REFRESH in self.bench.app(name)["metadata"].get("annotations", {}):
                await (asyncio.sleep(0.01) if self.bench.clock.speed else self.bench.step(0.1))
        return web.json_response(self.bench.objects.get(APPS, namespace, name))

    # -- acts ------------------------------------------------------------------------------------------

    def _sync(self, app: Object, body: Json) -> web.Response:
        policy, revision = app["spec"].get("syncPolicy") or {}, body.get("revision", "")
        own = app["spec"]["source"].get("targetRevision") or "HEAD"
        if revision not in ("", own) and _is_automated(app):
            return error(400, 9, f"Cannot sync to {revision}: auto-sync currently set to {own}")
        if not self.bench.git.reachable:
            return error(400, 9, NO_GIT)
        sync = {key: body[key] for key in ("revision", "prune", "dryRun", "resources") if key in body}
        options = body.get("syncOptions", {}).get("items", policy.get("syncOptions"))
        sync |= {"syncOptions": options} if options else {}
        sync |= {"syncStrategy": body["strategy"]} if "strategy" in body else {}
        retry = body.get("retryStrategy", policy.get("retry"))
        return self._set(app, {"sync": sync, "info": body.get("infos", []), **({"retry": retry} if retry else {})})

    def _rollback(self, app: Object, body: Json) -> web.Response:
        if _is_automated(app):
            return error(400, 9, "rollback cannot be initiated when auto-sync is enabled")
        if not self.bench.git.reachable:
            return error(400, 9, NO_GIT)
        row = next((one for one in app["status"].get("history", []) if one["id"] == body["id"]), None)
        if row is None:
            return error(400, 3, f"application {app['metadata']['name']} does not have deployment with id {body['id']}")
        sync = {"revision": row["revision"], "source": row["source"], "syncStrategy": {"apply": {}}}
        return self._set(app, {"sync": {**sync, "prune": body.get("prune", False)}})

    def _set(self, app: Object, operation: Json) -> web.Response:
        if app.get("operation"):
            return error(400, 9, "another operation is already in progress")

        def change(one: Object) -> None:
            one["operation"] = {"initiatedBy": {"username": LOGIN}, **operation}
            one.get("status", {}).pop("operationState", None)

        return self._change(app, change)

    def _terminate(self, app: Object) -> web.Response:
        if not app.get("operation") or not app.get("status", {}).get("operationState"):
            return error(400, 3, "Unable to terminate operation. No operation is in progress")
        self._change(app, lambda one: one["status"]["operationState"].update(phase="Terminating"))
        return web.json_response({})

    def _patch(self, app: Object, body: Json) -> web.Response:
        if not self.bench.git.reachable:
            said = "InvalidSpecError: repository not accessible: dial tcp 10.0.0.1:443: connect: connection refused"
            return error(400, 3, f"application spec for {body['name']} is invalid: {said}")
        assert body["patchType"] == "merge"
        made = merge_patch(copy.deepcopy(dict(app)), json.loads(body["patch"]))

        def change(one: Object) -> None:
            one["spec"] = made["spec"]
            for name in ("annotations", "labels"):
                one["metadata"][name] = made["metadata"].get(name, {})

        return self._change(app, change)

    def _delete(self, app: Object, is_cascade: bool, policy: str | None) -> web.Response:
        if policy and not is_cascade:
            return error(400, 3, "cannot set propagation policy when cascading is disabled")
        kept = [one for one in app["metadata"].get("finalizers", []) if not one.startswith(FINALIZER)]
        finalizers = [*kept, f"{FINALIZER}/{policy}" if policy else FINALIZER] if is_cascade else kept
        self._change(app, lambda one: one["metadata"].update(finalizers=finalizers))
        self.bench.objects.delete(APPS, app["metadata"]["namespace"], app["metadata"]["name"])
        return web.json_response({})

    def _change(self, app: Object, change: Any) -> web.Response:
        meta = app["metadata"]
        return web.json_response(self.bench.objects.change(APPS, meta["namespace"], meta["name"], change))


def _is_automated(app: Object) -> bool:
    automated = (app["spec"].get("syncPolicy") or {}).get("automated")
    return automated is not None and automated.get("enabled") is not False
