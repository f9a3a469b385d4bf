"""The paths of the API server that end at a kubelet, at the metrics-server or in a pod."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web

from spottui.sim.api_selectors import selector
from spottui.sim.controllers_pods import PODS
from spottui.sim.kubelet_exec import serve_attach, serve_exec, unreachable, yes
from spottui.sim.kubelet_exporters import answer, target_of
from spottui.sim.kubelet_forward import serve_forward
from spottui.sim.kubelet_log_route import serve_log
from spottui.sim.kubelet_loop import NODES, Kubelet
from spottui.sim.kubelet_metrics import GROUP, Usage
from spottui.sim.objects import Object
from spottui.sim.resources import Resource
from spottui.sim.status import not_found

POD = "/api/v1/namespaces/{namespace}/pods/{name}"
METRICS = f"/apis/{GROUP}"
AT_ONCE = 200
"""Pods measured before the event loop gets its turn."""


def kubelet_routes(kubelet: Kubelet) -> list[web.RouteDef]:
    """Return the routes; the handlers raise `ApiError`, which the API server's door turns into a Status."""
    pods, metrics = _PodRoutes(kubelet), _MetricsRoutes(kubelet)
    found = [web.get(f"{POD}/log", pods.log)]
    for verb in (web.get, web.post):
        found += [
            verb(f"{POD}/exec", pods.exec),
            verb(f"{POD}/attach", pods.attach),
            verb(f"{POD}/portforward", pods.portforward),
        ]
    for path in (POD, "/api/v1/namespaces/{namespace}/services/{name}"):
        found += [web.get(f"{path}/proxy", pods.proxy), web.get(path + "/proxy/{path:.*}", pods.proxy)]
    return [
        *found,
        web.get("/api/v1/nodes/{name}/proxy/{path:.*}", metrics.node_proxy),
        web.get(f"{METRICS}/nodes", metrics.nodes),
        web.get(METRICS + "/nodes/{name}", metrics.node),
        web.get(f"{METRICS}/pods", metrics.pods),
        web.get(METRICS + "/namespaces/{namespace}/pods", metrics.pods),
        web.get(METRICS + "/namespaces/{namespace}/pods/{name}", metrics.pod),
    ]


class _PodRoutes:
    def __init__(self, kubelet: Kubelet) -> None:
        self._kubelet = kubelet
        self._usage = Usage(kubelet)

    async def log(self, request: web.Request) -> web.StreamResponse:
        return await serve_log(self._kubelet, request)

    async def exec(self, request: web.Request) -> web.StreamResponse:
        return await serve_exec(self._kubelet, request)

    async def attach(self, request: web.Request) -> web.StreamResponse:
        return await serve_attach(self._kubelet, request)

    async def portforward(self, request: web.Request) -> web.StreamResponse:
        return await serve_forward(
            self._kubelet, request, lambda run, path: answer(self._kubelet, self._usage, run, path)
        )

    async def proxy(self, request: web.Request) -> web.StreamResponse:
        kind = "services" if "/services/" in request.path else "pods"
        where = request.match_info
        run, _ = target_of(self._kubelet, kind, where["namespace"], where["name"])
        code, type_, text = answer(self._kubelet, self._usage, run, where.get("path", ""))
        return web.Response(status=code, body=text.encode(), headers={"Content-Type": type_})


class _MetricsRoutes:
    def __init__(self, kubelet: Kubelet) -> None:
        self._kubelet = kubelet
        self._usage = Usage(kubelet)

    async def node_proxy(self, request: web.Request) -> web.StreamResponse:
        kubelet, name = self._kubelet, request.match_info["name"].partition(":")[0]
        kubelet.objects.get(NODES, "", name)
        unreachable(kubelet, name)
        path = request.match_info["path"].strip("/")
        if path == "stats/summary":
            return _json(self._usage.summary(name, only_cpu_and_memory=yes(request, "only_cpu_and_memory")))
        if path == "healthz":
            return web.Response(text="ok")
        if path in ("metrics/resource", "metrics/cadvisor", "metrics"):
            return web.Response(text=self._resource_metrics(name))
        return web.Response(status=404, text="404 page not found\n")

    def _resource_metrics(self, name: str) -> str:
        """Return the kubelet's /metrics/resource in Prometheus' form."""
        said = self._usage.summary(name, only_cpu_and_memory=True)
        node = said["node"]
        lines = [
            "# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds",
            "# TYPE node_cpu_usage_seconds_total counter",
            f"node_cpu_usage_seconds_total {node['cpu']['usageCoreNanoSeconds'] / 1e9}",
            "# HELP node_memory_working_set_bytes [STABLE] Current working set of the node in bytes",
            "# TYPE node_memory_working_set_bytes gauge",
            f"node_memory_working_set_bytes {node['memory']['workingSetBytes']}",
            "# HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes",
            "# TYPE container_memory_working_set_bytes gauge",
        ]
        for pod in said["pods"]:
            where = f'namespace="{pod["podRef"]["namespace"]}",pod="{pod["podRef"]["name"]}"'
            for one in pod["containers"]:
                used = one["memory"]["workingSetBytes"]
                lines.append(f'container_memory_working_set_bytes{{container="{one["name"]}",{where}}} {used}')
        return "\n".join(lines) + "\n"

    async def nodes(self, request: web.Request) -> web.StreamResponse:
        test = _test(request, NODES)
        found = [self._usage.node_metrics(one) for one in self._kubelet.objects.all(NODES) if test(one)]
        return _json(_list("NodeMetricsList", found))

    async def node(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        node = self._kubelet.objects.find(NODES, "", name)
        found = self._usage.node_metrics(node) if node else None
        if found is None:
            raise not_found("nodemetrics", "metrics.k8s.io", name)
        return _json(found)

    async def pods(self, request: web.Request) -> web.StreamResponse:
        test, namespace = _test(request, PODS), request.match_info.get("namespace", "")
        runs = [run for run in self._kubelet.runs.values() if namespace in ("", run.namespace) and test(run.pod)]
        runs.sort(key=lambda run: (run.namespace, run.name))
        found = []
        for at, run in enumerate(runs):
            if at % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
            found.append(self._usage.pod_metrics(run))
        return _json(_list("PodMetricsList", found))

    async def pod(self, request: web.Request) -> web.StreamResponse:
        namespace, name = request.match_info["namespace"], request.match_info["name"]
        run = self._kubelet.run_of(namespace, name)
        found = self._usage.pod_metrics(run) if run else None
        if found is None:
            raise not_found("podmetrics", "metrics.k8s.io", f"{namespace}/{name}")
        return _json(found)


def _test(request: web.Request, kind: Resource) -> Callable[[Object], bool]:
    """Return what the label and field selectors of a query ask for."""
    wanted = selector(request.query.get("labelSelector", ""), request.query.get("fieldSelector", ""), kind)
    return wanted or (lambda one: True)


def _list(kind: str, found: list[Object | None]) -> Object:
    return {"kind": kind, "apiVersion": GROUP, "metadata": {}, "items": [one for one in found if one]}


def _json(body: Object) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")
