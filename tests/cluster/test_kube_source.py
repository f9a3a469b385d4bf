"""The Kubernetes source against a real API server: five thousand pods, restarts, old logins, a frozen server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from spottui.events import LinkDown, LinkUp, ListEnded, ObjectsHeard
from spottui.sources.kube import KubeSource
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_link import Timings
from spottui.sources.kube_objects import KINDS
from spottui.sources.kubeconfig import find_cluster
from tests.sources.fake_api import until as until_soon
from tests.sources.kube_listening import Heard

from .control_plane import ControlPlane

SOON = 60.0
"""Seconds; generous, as the machine may be busy building the next server."""


async def until(condition: Callable[[], Any]) -> None:
    await until_soon(condition, SOON)


@asynccontextmanager
async def listening(
    kubeconfig: Path, *kinds: str, timings: Timings | None = None
) -> AsyncIterator[tuple[Heard, KubeApi]]:
    """Run a source for this kubeconfig while the block lasts."""
    place = find_cluster(flag=kubeconfig, environ={}, home=kubeconfig, context=None, namespace=None)
    api = KubeApi(place)
    source = KubeSource(api, kinds=[KINDS[kind] for kind in kinds or KINDS], timings=timings)
    heard = Heard()
    task = asyncio.create_task(heard.listen(source))
    try:
        yield heard, api
        assert not task.done(), "the source ended by itself"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await api.close()


def is_live(heard: Heard, *kinds: str) -> bool:
    return all(heard.state(kind) == "live" for kind in kinds)


@pytest.fixture
def plane(fresh_plane: ControlPlane) -> ControlPlane:
    """Return a control plane of one's own, to be broken."""
    fresh_plane.start()
    return fresh_plane


async def test_five_thousand_pods_come_page_by_page_and_then_by_watch(plane: ControlPlane) -> None:
    await asyncio.to_thread(plane.create_pods, 5000)
    began = time.monotonic()
    async with listening(plane.kubeconfig("viewer")) as (heard, api):
        await until(lambda: heard.count(ObjectsHeard) and heard.names())
        first = time.monotonic() - began
        await until(lambda: any(isinstance(e, ListEnded) and e.kind == "pods" for e in heard.events))
        print(f"first page {first:.2f} s, all {time.monotonic() - began:.2f} s, {api.bytes_in} bytes")  # noqa: T201
        assert len(heard.names()) == 5000
        assert api.bytes_in < 6_000_000, "it did not come packed"
        pods = [event for event in heard.events if isinstance(event, ObjectsHeard) and event.kind == "pods"]
        assert [len(page.changed) for page in pods[:2]] == [100, 500]
        await until(lambda: is_live(heard, "pods", "nodes", "deployments"))
        made = await asyncio.to_thread(plane.create_pods, 3, "default", 7)
        await until(lambda: len(heard.names()) == 5000 + len(made))


async def test_a_killed_and_restarted_server_keeps_the_rows_and_the_watch_resumes(plane: ControlPlane) -> None:
    names = await asyncio.to_thread(plane.create_pods, 20)
    async with listening(plane.kubeconfig("viewer"), "pods", "nodes") as (heard, _):
        await until(lambda: is_live(heard, "pods", "nodes") and len(heard.names()) == 20)
        plane.kill_apiserver()
        await until(lambda: heard.is_down)
        assert heard.state() == "stale"
        assert heard.names() == set(names)
        lists = heard.count(ListEnded)
        await asyncio.to_thread(plane.start_apiserver)
        await until(lambda: is_live(heard, "pods", "nodes") and not heard.is_down)
        await asyncio.to_thread(plane.create_pods, 5, "default", 3)
        await until(lambda: len(heard.names()) == 25)
        assert heard.count(LinkDown) == 1
        assert heard.count(ListEnded) == lists, "it listed again though it could resume"


async def test_a_frozen_server_is_noticed_within_fifteen_seconds(plane: ControlPlane) -> None:
    async with listening(plane.kubeconfig("viewer"), "pods", "nodes") as (heard, _):
        await until(lambda: is_live(heard, "pods", "nodes") and heard.count(LinkUp))
        plane.freeze()
        frozen = time.monotonic()
        try:
            await until(lambda: heard.is_down)
            assert time.monotonic() - frozen < 17  # 15, and two for a busy machine
            assert "did not answer" in heard.reason()
        finally:
            plane.thaw()
        thawed = time.monotonic()
        await until(lambda: is_live(heard, "pods", "nodes") and not heard.is_down)
        assert time.monotonic() - thawed < 12


async def test_a_token_renewed_on_disk_brings_everything_back(plane: ControlPlane) -> None:
    login = plane.kubeconfig_with_token_file("viewer")
    async with listening(login.kubeconfig, "pods", "nodes") as (heard, _):
        await until(lambda: is_live(heard, "pods", "nodes"))
        token = await asyncio.to_thread(plane.renew_token, "viewer")
        await until(lambda: heard.state("pods") == heard.state("nodes") == "expired")
        assert "Login expired" in heard.reason()
        login.token_file.write_text(token)
        await until(lambda: is_live(heard, "pods", "nodes"))


async def test_a_compacted_version_lists_anew_without_blanking(plane: ControlPlane) -> None:
    await asyncio.to_thread(plane.create_pods, 20)
    async with listening(plane.kubeconfig("viewer"), "pods") as (heard, _):
        await until(lambda: is_live(heard, "pods") and len(heard.names()) == 20)
        lists = heard.count(ListEnded)
        plane.kill_apiserver()
        await until(lambda: heard.is_down)
        await asyncio.to_thread(plane.start_apiserver)
        await asyncio.to_thread(plane.create_pods, 5, "default", 3)
        await asyncio.to_thread(plane.compact)
        await until(lambda: len(heard.names()) == 25 and is_live(heard, "pods"))
        assert not any(event.gone for event in heard.events if isinstance(event, ObjectsHeard))
        assert heard.count(ListEnded) >= lists


async def test_an_expired_client_certificate_is_told_with_when_it_ended(plane: ControlPlane) -> None:
    file = plane.kubeconfig_with_certificate("viewer", expired=True)
    async with listening(file, "pods") as (heard, _):
        await until(lambda: heard.state() == "expired")
        assert "which ended 20" in heard.reason()


async def test_a_client_certificate_that_is_valid_is_taken(control_plane: ControlPlane) -> None:
    async with listening(control_plane.kubeconfig_with_certificate("viewer"), "pods") as (heard, _):
        await until(lambda: is_live(heard, "pods"))


async def test_a_viewer_sees_what_there_is_and_nobody_sees_why_not(control_plane: ControlPlane) -> None:
    # The role `view` of Kubernetes does not have runtimeclasses.
    core = [name for name, kind in KINDS.items() if not kind.crd and name != "runtimeclasses"]
    async with listening(control_plane.kubeconfig("viewer"), *core) as (heard, _):
        await until(lambda: is_live(heard, *core))
    async with listening(control_plane.kubeconfig("nobody"), *core) as (heard, _):
        await until(lambda: all(heard.state(kind) == "forbidden" for kind in core))
        assert 'User "nobody" cannot list resource "pods"' in heard.reason("pods")
        assert not heard.is_down


async def test_argo_cd_installed_while_running_is_picked_up(plane: ControlPlane) -> None:
    quick = Timings(absent_period=1.0)
    async with listening(plane.kubeconfig("admin"), "applications", "appprojects", timings=quick) as (heard, _):
        await until(lambda: heard.state("applications") == heard.state("appprojects") == "absent")
        await asyncio.to_thread(plane.apply, _definition("Application"))
        await until(lambda: is_live(heard, "applications"))
        await asyncio.to_thread(plane.apply, _definition("AppProject"))
        await until(lambda: is_live(heard, "appprojects"))
        name = "applications.argoproj.io"
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
        await asyncio.to_thread(plane.admin.delete, path)
        await until(lambda: heard.state("applications") == "absent")
        assert is_live(heard, "appprojects")


async def test_a_server_without_streamed_lists_gets_pages_again_after_compaction(
    fresh_plane: ControlPlane,
) -> None:
    fresh_plane.start(watch_list=False)
    await asyncio.to_thread(fresh_plane.create_pods, 20)
    place = find_cluster(
        flag=fresh_plane.kubeconfig("viewer"), environ={}, home=Path("/"), context=None, namespace=None
    )
    api = KubeApi(place)
    source = KubeSource(api, kinds=[KINDS["pods"]])
    heard = Heard()
    task = asyncio.create_task(heard.listen(source))
    await until(lambda: is_live(heard, "pods") and len(heard.names()) == 20)
    await asyncio.to_thread(fresh_plane.create_pods, 5, "default", 3)
    await asyncio.to_thread(fresh_plane.compact)
    await until(lambda: is_live(heard, "pods") and len(heard.names()) == 25)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await api.close()


def _definition(kind: str) -> dict[str, Any]:
    """Return a CRD with Argo CD's names and no schema, which is all that the list needs."""
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.argoproj.io"},
        "spec": {
            "group": "argoproj.io",
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [version],
        },
    }
