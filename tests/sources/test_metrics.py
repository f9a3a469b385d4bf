"""Usage comes from metrics.k8s.io, else from the kubelets where one may, else there is a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spottui.clock import parse_time
from spottui.errors import Forbidden, NotFound, Refused, SpottuiError, Unreachable
from spottui.events import UsageHeard
from spottui.records import Usage
from spottui.sources.metrics import METRICS, PERIOD_LIMIT, REVIEWS, MetricsSource

AT = "2026-11-24T01:00:00Z"
NODES = {"items": [{"metadata": {"name": "spot"}, "timestamp": AT, "usage": {"cpu": "250m", "memory": "1Ki"}}]}
USED = [{"usage": {"cpu": "750n", "memory": "33944Ki"}}, {"usage": {"cpu": "1m", "memory": "0"}}]
PODS = {"items": [{"metadata": {"name": "p", "namespace": "n"}, "timestamp": AT, "containers": USED}]}
SUMMARY = {
    "node": {"cpu": {"time": AT, "usageNanoCores": 500000000}, "memory": {"workingSetBytes": 7}},
    "pods": [{"podRef": {"name": "p", "namespace": "n"}, "cpu": {"usageNanoCores": 750}, "memory": {}}, {}],
}
NAMES = {"items": [{"metadata": {"name": "spot"}}]}
PROXY = "/api/v1/nodes/spot/proxy/stats/summary"


class FakeApi:
    """Answers by path; leaves out everything of HTTP."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []

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
        self.asked.append(path)
        answer = self.answers.get(path, NotFound("The server could not find the requested resource."))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


class Clock:
    """Time that passes only while the source sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def source(api: FakeApi, clock: Clock, **more: Any) -> MetricsSource:
    return MetricsSource(api, clock, sleep=clock.sleep, jitter=lambda: 0.5, **more)


async def heard(api: FakeApi, count: int = 1, clock: Clock | None = None, **more: Any) -> list[UsageHeard]:
    """Return the first `count` events."""
    events = source(api, clock or Clock(), **more).events()
    found = [await anext(events) for _ in range(count)]
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]
    return found


def granted(is_granted: bool) -> dict[str, Any]:
    return {REVIEWS: {"status": {"allowed": is_granted}}, "/api/v1/nodes": NAMES, PROXY: SUMMARY}


async def test_the_metrics_server_is_asked_first() -> None:
    (event,) = await heard(FakeApi({f"{METRICS}/nodes": NODES, f"{METRICS}/pods": PODS}))
    assert event.nodes == {"spot": Usage(0.25, 1024, parse_time(AT), "metrics.k8s.io")}
    used = event.pods["n", "p"]
    assert (used.cpu, used.memory) == (pytest.approx(0.00100075), 33944 * 1024)
    assert (event.heard_at, event.reason) == (1000.0, "")


async def test_one_namespace_is_asked_when_there_is_no_right_to_more() -> None:
    answers = {f"{METRICS}/nodes": Forbidden("No."), f"{METRICS}/namespaces/a%2Fb/pods": PODS}
    (event,) = await heard(FakeApi(answers), namespace="a/b")
    assert (event.nodes, list(event.pods), event.reason) == ({}, [("n", "p")], "")


async def test_the_one_namespace_that_may_be_seen_is_asked_where_all_are_forbidden() -> None:
    where = f"{METRICS}/namespaces/robot/pods"
    api = FakeApi({f"{METRICS}/nodes": Forbidden("No."), f"{METRICS}/pods": Forbidden("No."), where: PODS})
    clock = Clock()
    events = source(api, clock, fallback_namespace="robot").events()
    assert (await anext(events)).pods
    api.answers[where] = {"items": []}
    assert (await anext(events)).pods == {}
    assert api.asked.count(f"{METRICS}/pods") == 1  # the refusal is remembered for minutes
    clock.now += 3600
    api.answers[f"{METRICS}/pods"] = PODS
    assert (await anext(events)).pods
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_number_that_is_missing_is_unknown_not_zero() -> None:
    pod = {"metadata": {"name": "p", "namespace": "n"}, "containers": [{"usage": {"cpu": "1"}}]}
    (event,) = await heard(FakeApi({f"{METRICS}/nodes": {}, f"{METRICS}/pods": {"items": [pod, {"usage": None}]}}))
    assert event.pods == {("n", "p"): Usage(1.0, None, None, "metrics.k8s.io")}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NotFound("x"), "No metrics-server"),
        (Forbidden("No."), "You may not read"),
        (Refused("The server is currently unable."), "does not answer: The server is currently unable."),
    ],
)
async def test_without_it_the_kubelet_is_asked_only_where_the_user_may(error: SpottuiError, reason: str) -> None:
    refused = {f"{METRICS}/nodes": error, f"{METRICS}/pods": error}
    (event,) = await heard(FakeApi(refused | granted(True)))
    assert event.nodes == {"spot": Usage(0.5, 7, parse_time(AT), "kubelet")}
    assert event.pods == {("n", "p"): Usage(7.5e-07, None, None, "kubelet")}
    api = FakeApi(refused | granted(False))
    (event,) = await heard(api)
    assert (event.nodes, event.pods) == ({}, {})
    assert reason in event.reason
    assert PROXY not in api.asked


async def test_the_right_and_the_names_are_asked_for_once_in_minutes() -> None:
    api = FakeApi(granted(True))
    await heard(api, 3)
    assert (api.asked.count(REVIEWS), api.asked.count("/api/v1/nodes"), api.asked.count(PROXY)) == (1, 1, 3)


async def test_a_lost_link_keeps_the_last_numbers_with_their_age() -> None:
    api, clock = FakeApi({f"{METRICS}/nodes": NODES, f"{METRICS}/pods": PODS}), Clock()
    events = source(api, clock).events()
    first = await anext(events)
    api.answers = {path: Unreachable("No link.") for path in api.answers}
    second = await anext(events)
    assert (second.nodes, second.heard_at, second.reason) == (first.nodes, first.heard_at, "No link.")


async def test_it_asks_less_often_while_it_fails() -> None:
    clock = Clock()
    await heard(FakeApi({REVIEWS: {}}), 5, clock)
    assert clock.slept == [30.0, 60.0, PERIOD_LIMIT, PERIOD_LIMIT]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"items":[{"containers":3}]}', b'{"items":[7]}'])
async def test_a_reply_that_cannot_be_read_is_a_reason(body: bytes) -> None:
    (event,) = await heard(FakeApi({f"{METRICS}/nodes": body, f"{METRICS}/pods": body}))
    assert "cannot be read" in event.reason


async def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await heard(FakeApi({f"{METRICS}/nodes": ZeroDivisionError(), f"{METRICS}/pods": PODS}))
