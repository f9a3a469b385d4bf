"""Argo CD's own objects read at argocd-server by their Kubernetes paths; all else goes on to the Kubernetes API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from spottui.errors import Forbidden, NotFound
from spottui.sources.argocd_api import ArgocdApi
from spottui.sources.argocd_reads import ArgocdReads
from tests.sources.argocd_server import TOKEN, ArgocdServer, an_application

ROOT = "/apis/argoproj.io/v1alpha1"


class Kubernetes:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    async def request(self, method: str, path: str, **how: Any) -> bytes:
        self.seen.append((method, path))
        return b"{}"


@pytest.fixture
async def server() -> AsyncIterator[ArgocdServer]:
    made = ArgocdServer()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def reads(server: ArgocdServer) -> AsyncIterator[ArgocdReads]:
    client = ArgocdApi(f"http://127.0.0.1:{server.port}", lambda: TOKEN, environ={})
    yield ArgocdReads(Kubernetes(), client)
    await client.close()


def paths(server: ArgocdServer) -> list[str]:
    return [path for _, path, _, _ in server.seen]


async def test_a_list_of_nothing_is_an_empty_one(server: ArgocdServer, reads: ArgocdReads) -> None:
    answer = json.loads(await reads.request("GET", f"{ROOT}/applications", query=(("limit", "500"),)))
    assert answer["items"] == []
    server.apps["plain"] = an_application()
    name = (("fieldSelector", "metadata.name=plain"), ("limit", "20"))
    answer = json.loads(await reads.request("GET", f"{ROOT}/namespaces/argocd/applications", query=name))
    assert [one["metadata"]["name"] for one in answer["items"]] == ["plain"]
    assert paths(server)[1] == "/api/v1/applications?appNamespace=argocd&name=plain"


async def test_what_was_there_and_is_gone_is_told_from_what_may_not_be_seen(
    server: ArgocdServer, reads: ArgocdReads
) -> None:
    path = f"{ROOT}/namespaces/argocd/applications/plain"
    with pytest.raises(Forbidden, match="not there, or this login may not see it"):
        await reads.request("GET", path)
    server.apps["plain"] = an_application()
    assert json.loads(await reads.request("GET", path))["metadata"]["uid"] == "uid-plain"
    del server.apps["plain"]
    with pytest.raises(NotFound):  # its project is known by now, so that the server says which
        await reads.request("GET", path)
    assert "project=default" in paths(server)[2]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/namespaces/argocd/configmaps/argocd-cm"),
        ("GET", f"{ROOT}/namespaces/argocd/applications/plain/status"),
        ("PATCH", f"{ROOT}/namespaces/argocd/applications/plain"),
        ("POST", "/api/v1/namespaces/argocd/events"),
    ],
)
async def test_everything_else_goes_on_to_the_kubernetes_api(server: ArgocdServer, method: str, path: str) -> None:
    kubernetes = Kubernetes()
    client = ArgocdApi(f"http://127.0.0.1:{server.port}", lambda: TOKEN, environ={})
    await ArgocdReads(kubernetes, client).request(method, path)
    assert kubernetes.seen == [(method, path)] and server.seen == []
    await client.close()
