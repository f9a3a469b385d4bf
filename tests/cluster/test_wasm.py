"""Shims and Spin apps as a real API server keeps them: absent, then read; and a node asked for a runtime."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from spottui.actions.services import Unfinished
from spottui.errors import NotFound
from spottui.records import Target
from spottui.records_wasm import Shim, SpinApp
from spottui.sources.kube_objects import KINDS, decode_list

from .acting import Operator
from .api_client import ApiClient, ApiRefused
from .control_plane import ControlPlane
from .processes import wait_until

Json = dict[str, Any]
Login = Callable[[str], Operator]
NODE = "/api/v1/nodes/node-0"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUPS = {
    "shims": ("runtime.spinkube.dev", "Shim", "Cluster"),
    "spinapps": ("core.spinkube.dev", "SpinApp", "Namespaced"),
    "spinappexecutors": ("core.spinkube.dev", "SpinAppExecutor", "Namespaced"),
}


def a_crd(plural: str) -> Json:
    group, kind, scope = GROUPS[plural]
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": schema}
    names = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
    spec = {"group": group, "names": names, "scope": scope, "versions": [version]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": spec,
    }


def is_listed(admin: ApiClient, path: str) -> bool:
    """Whether a new kind has its storage: the server answers 429 or 404 for a moment after it is established."""
    try:
        return "items" in admin.get(path)
    except ApiRefused as error:
        if error.status not in (404, 429):
            raise
        return False


def a_shim() -> Json:
    spec = {
        "nodeSelector": {"spin": "true"},
        "fetchStrategy": {"platforms": [{"os": "linux", "arch": "x86_64", "location": "https://x.example/y.tar.gz"}]},
        "runtimeClass": {"name": "wasmtime-spin-v2", "handler": "spin-v2"},
        "rolloutStrategy": {"type": "recreate"},
    }
    meta = {"name": "spin-v2"}
    return {"apiVersion": "runtime.spinkube.dev/v1alpha1", "kind": "Shim", "metadata": meta, "spec": spec}


@pytest.fixture
def wasm_kinds(control_plane: ControlPlane) -> Iterator[None]:
    """Serve the three kinds for one test."""
    admin = control_plane.admin
    for plural in GROUPS:
        admin.post(CRDS, a_crd(plural))
    for plural in GROUPS:

        def established(name: str = f"{plural}.{GROUPS[plural][0]}") -> bool:
            held = admin.get(f"{CRDS}/{name}").get("status", {}).get("conditions", [])
            return any(one["type"] == "Established" and one["status"] == "True" for one in held)

        wait_until(established, f"{plural} are served")
    yield
    admin.patch(NODE, {"metadata": {"labels": {"spin": None, "spin-v2": None}}})
    for plural, (group, _, _) in GROUPS.items():
        admin.delete(f"{CRDS}/{plural}.{group}")


@pytest.fixture
def node(control_plane: ControlPlane) -> Target:
    """Return the shared plane's only node."""
    uid = control_plane.admin.get(NODE)["metadata"]["uid"]
    return Target(kind="Node", namespace="", name="node-0", uid=uid)


async def test_without_the_kinds_the_server_says_that_there_are_none(login: Login) -> None:
    with pytest.raises(NotFound):
        await login("admin").api.request("GET", KINDS["shims"].list_path(None))


@pytest.mark.usefixtures("wasm_kinds")
async def test_shims_and_apps_are_read_and_a_node_is_labelled_for_a_shim(
    control_plane: ControlPlane, namespace: str, login: Login, node: Target
) -> None:
    admin = control_plane.admin
    operator = login("admin")
    for path in (KINDS[plural].list_path(None) for plural in GROUPS):
        wait_until(lambda path=path: is_listed(admin, path), f"{path} can be listed")
    admin.post(KINDS["shims"].list_path(None), a_shim())
    spec = {"image": "r.example/geofence:1", "executor": "containerd-shim-spin", "replicas": 2}
    app = {"apiVersion": "core.spinkube.dev/v1alpha1", "kind": "SpinApp", "metadata": {"name": "geofence"}}
    admin.post(KINDS["spinapps"].list_path(namespace), {**app, "spec": spec})

    async def listed(kind: str) -> Any:
        return decode_list(kind, await operator.api.request("GET", KINDS[kind].list_path(None))).records[0]

    shim, spin_app = await listed("shims"), await listed("spinapps")
    assert isinstance(shim, Shim) and (shim.handler, shim.node_selector) == ("spin-v2", {"spin": "true"})
    assert isinstance(spin_app, SpinApp) and (spin_app.replicas, spin_app.ready) == (2, None)

    async def provisioner() -> None:
        def is_asked() -> bool:
            return "spin" in admin.get(NODE)["metadata"]["labels"]

        await asyncio.to_thread(wait_until, is_asked, "the node is labelled")
        admin.patch(NODE, {"metadata": {"labels": {"spin-v2": "provisioned"}}})

    played = asyncio.create_task(provisioner())
    said = await operator.perform("node.provision", node, shim="spin-v2")
    await played
    assert not isinstance(said, Unfinished) and "Shim spin-v2 is provisioned" in said
    assert admin.get(NODE)["metadata"]["labels"]["spin"] == "true"
