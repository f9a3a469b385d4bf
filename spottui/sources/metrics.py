"""What nodes and pods use now: from metrics.k8s.io, else from the kubelets where the user may ask them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol
from urllib.parse import quote

from msgspec import Struct

from spottui.errors import Forbidden, NotFound, Refused, SpottuiError
from spottui.events import UsageHeard
from spottui.records import Usage
from spottui.sources.kube_raw_usage import (
    Metrics,
    decode_metrics,
    decode_names,
    decode_review,
    decode_summary,
    node_usage,
    pod_usage,
)
from spottui.sources.kube_raw_values import (
    word,
)
from spottui.sources.spender import SPENDER
from spottui.sources.text import clean

PERIOD_LIMIT = 60.0
"""Seconds between two tries at most, however long it has failed."""
LOW_DATA_PERIOD = 120.0
"""Seconds between two readings at the least in low-data mode."""
REMEMBERED = 300.0
"""Seconds that the answers to "which nodes" and "may I ask the kubelet" are taken as still true."""
AT_ONCE = 4
"""Kubelets asked at the same time."""
AT_A_TIME = 200
"""Pods whose numbers are worked out before the event loop may do something else: a millisecond or two."""
METRICS = "/apis/metrics.k8s.io/v1beta1"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Api(Protocol):
    """What is needed of `spottui.sources.kube_api.KubeApi`."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Any = (),
        body: object | None = None,
        timeout: float = 10.0,
        changes: bool | None = None,
    ) -> bytes:
        """Return the body of the answer, or raise a `SpottuiError`."""
        ...


class _Remembered(Struct):
    """An answer and until when it is taken as true."""

    value: Any = None
    until: float = 0.0


class MetricsSource:
    """Reads the usage every `period` seconds; says why when there is none, and then asks less often.

    `namespace` limits the pods to one namespace; `fallback_namespace` does where those of all are forbidden.
    """

    name = "metrics"

    def __init__(
        self,
        api: Api,
        clock: Callable[[], float],
        period: float = 15.0,
        *,
        namespace: str | None = None,
        fallback_namespace: str = "",
        sleep: Callable[[float], Any] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        low_data: str = "",
    ) -> None:
        self._low_data = low_data
        self._api, self._clock, self._period = api, clock, period
        self._namespace, self._sleep, self._jitter = namespace, sleep, jitter
        self._last: UsageHeard | None = None
        self._fallback_namespace, self._is_narrow = fallback_namespace, _Remembered()
        self._may_ask_kubelets = _Remembered()
        self._node_names = _Remembered()

    def set_low_data(self, why: str) -> None:
        """Switch low-data mode on, or off with an empty text: usage is then read more seldom."""
        self._low_data = why

    async def events(self) -> AsyncIterator[UsageHeard]:
        """Yield what is used until cancelled; a failure keeps the last numbers with their age and says why."""
        SPENDER.set(self.name)
        pause = self._period
        while True:
            heard = await self._read()
            is_news, self._last = heard != self._last, heard
            pause = self._period if not heard.reason else min(PERIOD_LIMIT, pause * 2)
            if is_news:
                yield heard
            least = LOW_DATA_PERIOD if self._low_data else 0.0
            await self._sleep(max(pause, least) * (0.9 + 0.2 * self._jitter()))

    async def _read(self) -> UsageHeard:
        try:
            return await self._from_metrics_server()
        except (NotFound, Forbidden, Refused) as error:
            reason = _why(error)
        except SpottuiError as error:
            return self._kept(str(error))
        try:
            if await self._allowed():
                return await self._from_kubelets()
        except (NotFound, Forbidden, Refused):
            # The first reason is the one to act on: no role of ours grants the second way.
            return UsageHeard({}, {}, self._clock(), reason)
        except SpottuiError as error:
            return self._kept(str(error))
        return UsageHeard({}, {}, self._clock(), reason)

    def _kept(self, reason: str) -> UsageHeard:
        """Return the last numbers, still as old as they are."""
        last = self._last
        if last is None:
            return UsageHeard({}, {}, self._clock(), reason)
        return UsageHeard(last.nodes, last.pods, last.heard_at, reason)

    async def _from_metrics_server(self) -> UsageHeard:
        nodes, pods = await asyncio.gather(
            self._metrics(f"{METRICS}/nodes"), self._pod_metrics(), return_exceptions=True
        )
        for answer in (nodes, pods):
            if isinstance(answer, BaseException) and not isinstance(answer, Forbidden):
                raise answer
        if isinstance(nodes, BaseException) and isinstance(pods, BaseException):
            raise nodes
        of_nodes: dict[str, Usage] = {}
        of_pods: dict[tuple[str, str], Usage] = {}
        if isinstance(nodes, list):  # one of the two may be forbidden: the other is still worth showing
            of_nodes = {word(item.metadata.name): node_usage(item) for item in nodes if item.metadata}
        if isinstance(pods, list):
            for number, item in enumerate(pods, 1):
                if number % AT_A_TIME == 0:
                    await asyncio.sleep(0)  # thousands at once would keep keys waiting
                if item.metadata:
                    key = (word(item.metadata.namespace or ""), clean(item.metadata.name))
                    of_pods[key] = pod_usage(item)
        return UsageHeard(of_nodes, of_pods, self._clock())

    async def _pod_metrics(self) -> list[Metrics]:
        """Return those of all namespaces; of one where only that is asked for, or more is forbidden."""
        fallback = self._fallback_namespace
        if self._namespace:
            return await self._metrics(_pods_in(self._namespace))
        if self._is_narrow.until <= self._clock():
            try:
                return await self._metrics(f"{METRICS}/pods")
            except Forbidden:
                if not fallback:
                    raise
                self._is_narrow = _Remembered(True, self._clock() + REMEMBERED)
        return await self._metrics(_pods_in(fallback))

    async def _metrics(self, path: str) -> list[Metrics]:
        return decode_metrics(await self._api.request("GET", path, timeout=10.0), path)

    async def _allowed(self) -> bool:
        """Tell whether the user may ask kubelets through the API server: a right that we never ask for."""
        if self._may_ask_kubelets.until < self._clock():
            asked = {"verb": "get", "resource": "nodes", "subresource": "proxy"}
            body = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": asked},
            }
            answer = await self._api.request("POST", REVIEWS, body=body, timeout=10.0, changes=False)
            self._may_ask_kubelets = _Remembered(decode_review(answer, REVIEWS), self._clock() + REMEMBERED)
        return self._may_ask_kubelets.value

    async def _from_kubelets(self) -> UsageHeard:
        """Return what the kubelets say; one that does not answer leaves a gap, none at all is an error."""
        if self._node_names.until < self._clock():
            answer = await self._api.request("GET", "/api/v1/nodes", query=(("limit", "500"),), timeout=10.0)
            self._node_names = _Remembered(decode_names(answer, "/api/v1/nodes"), self._clock() + REMEMBERED)
        gate = asyncio.Semaphore(AT_ONCE)
        names = self._node_names.value
        answers = await asyncio.gather(*(self._summary(name, gate) for name in names), return_exceptions=True)
        nodes: dict[str, Usage] = {}
        pods: dict[tuple[str, str], Usage] = {}
        failed: BaseException | None = None
        for name, answer in zip(names, answers, strict=True):
            if isinstance(answer, BaseException):
                if not isinstance(answer, SpottuiError):
                    raise answer
                failed = answer
                continue
            of_node, of_pods = answer
            if of_node is not None:
                nodes[word(name)] = of_node
            pods.update(of_pods)
        if failed is not None and not nodes:
            raise failed
        return UsageHeard(nodes, pods, self._clock())

    async def _summary(self, node: str, gate: asyncio.Semaphore) -> tuple[Usage | None, dict[tuple[str, str], Usage]]:
        path = f"/api/v1/nodes/{quote(node, safe='')}/proxy/stats/summary"
        async with gate:
            answer = await self._api.request("GET", path, query=(("only_cpu_and_memory", "true"),), timeout=10.0)
        return decode_summary(answer, path)


def _pods_in(namespace: str) -> str:
    return f"{METRICS}/namespaces/{quote(namespace, safe='')}/pods"


def _why(error: SpottuiError) -> str:
    if isinstance(error, NotFound):
        return "No metrics-server: the API server has no metrics.k8s.io."
    if isinstance(error, Forbidden):
        return f"You may not read metrics.k8s.io: {error}"
    return f"The metrics-server does not answer: {error}"
