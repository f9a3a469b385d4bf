"""What GitOps reads, from a real kube-apiserver with Argo CD's own CRDs: tree, history, sets, settings, the clock.

The CRD of ApplicationSets is not at hand: one of the same names is installed, with the real one's status subresource
and without its schema.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from spottui.records_appsets import ApplicationSet
from spottui.records_argocd import Application
from spottui.screens.gitops_tree import tree_of
from spottui.sources.argocd_settings import ArgocdSettingsSource
from spottui.sources.kube import KubeSource
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_objects import KINDS
from spottui.sources.kubeconfig import find_cluster
from spottui.store import Store
from spottui.store_argocd import made_by, places, windows_about
from spottui.verdicts.app_sets import set_word
from tests.sources.fake_api import until as until_soon

from . import manifests
from .acting import Operator, create, rolled_out
from .api_client import ApiRefused
from .argo_controller import ArgoController
from .control_plane import ControlPlane
from .test_argocd_acts import OLD, Site

Json = dict[str, Any]
SOON = 60.0
API = {"apiVersion": "argoproj.io/v1alpha1"}
DENY = {"kind": "deny", "schedule": "* * * * *", "duration": "2h", "applications": ["*"], "description": "flight hours"}
READ = ("applications", "appprojects", "applicationsets", "pods", "deployments", "replicasets")
SETS: Json = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "applicationsets.argoproj.io"},
    "spec": {
        "group": "argoproj.io",
        "names": {"kind": "ApplicationSet", "plural": "applicationsets", "singular": "applicationset"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1alpha1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                },
            }
        ],
    },
}


async def until(holds: Callable[[], Any]) -> None:
    await until_soon(holds, SOON)


@asynccontextmanager
async def reading(plane: ControlPlane, user: str, folder: Path, namespace: str) -> AsyncIterator[tuple[Store, KubeApi]]:
    """Feed a store with what the program would read, as a user, of one namespace."""
    place = find_cluster(flag=plane.kubeconfig(user), environ={}, home=folder, context=None, namespace=None)
    api, store = KubeApi(place), Store()
    kube = KubeSource(api, kinds=[KINDS[kind] for kind in READ], namespace=namespace)
    settings = ArgocdSettingsSource(api, time.time, lambda: places(store), sleep=lambda _: asyncio.sleep(0.2))

    async def feed(source: Any) -> None:
        async for event in source.events():
            store.apply(event)

    tasks = [asyncio.create_task(feed(source)) for source in (kube, settings)]
    try:
        yield store, api
        assert not any(task.done() for task in tasks), "a source ended by itself"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await api.close()


def the_app(store: Store, name: str = "web") -> Application | None:
    return next((app for app in store.applications.values() if app.name == name), None)


async def test_tree_history_and_operation_are_read_while_they_change(
    control_plane: ControlPlane, namespace: str, argo: ArgoController, operator: Operator, tmp_path: Path
) -> None:
    site = Site(control_plane, namespace)
    planner = create(control_plane, namespace, manifests.deployment("planner"))
    listed = [
        {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": namespace, "name": "planner"},
        {"version": "v1", "kind": "ConfigMap", "namespace": namespace, "name": "gone", "status": "OutOfSync"},
    ]
    async with reading(control_plane, "viewer", tmp_path, namespace) as (store, api):
        await until(lambda: the_app(store) is not None)
        assert the_app(store) is not None and the_app(store).sync == ""  # type: ignore[union-attr]
        await operator.perform("application.sync", site.target, revision=OLD)
        await operator.perform("application.sync", site.target)
        site.patch({"status": {"resources": listed}})
        await asyncio.to_thread(rolled_out, control_plane, planner, 1)

        def is_read() -> bool:
            app = the_app(store)
            rows = tree_of(store, app) if app is not None else []
            return [(row.kind, row.health.word) for row in rows[:3]] == [
                ("Deployment", "Healthy"),
                ("ReplicaSet", "Healthy"),
                ("Pod", "Healthy"),
            ]

        await until(is_read)
        app = the_app(store)
        assert app is not None and app.operation is not None and app.operation.phase == "Succeeded"
        assert [row.id for row in app.history] == [0, 1] and app.history[0].revision == OLD
        assert store.apps.behind(app).at_least == 0 and app.sync == "Synced"
        assert tree_of(store, app)[-1].health.word == "?", "ConfigMaps are read only while somebody looks"
        assert abs(api.server_now() - time.time()) < 3


async def test_sets_are_absent_then_read_and_forbidden_is_another_sight(
    control_plane: ControlPlane, namespace: str, argo_crds: None, tmp_path: Path
) -> None:
    async with reading(control_plane, "admin", tmp_path, namespace) as (store, _):
        await until(lambda: store.access["applicationsets"].state == "absent")
        assert "There are no ApplicationSets here" in store.access["applicationsets"].reason
    await asyncio.to_thread(control_plane.apply, SETS)
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applicationsets"
    try:
        await until(lambda: _is_served(control_plane, path))
        meta = {"name": "fleet"}
        spec = {"generators": [{"git": {"repoURL": "https://git.example.invalid/fleet.git"}}]}
        fleet = create(control_plane, namespace, {**API, "kind": "ApplicationSet", "metadata": meta, "spec": spec})
        said = {"type": "ErrorOccurred", "status": "True", "reason": "ApplicationParamsGenerationError"}
        said |= {"message": 'Get "https://git.example.invalid/x": dial tcp: lookup git.example.invalid: no such host'}
        control_plane.admin.patch(f"{path}/fleet/status", {"status": {"conditions": [said]}})
        site = Site(control_plane, namespace)
        owner = {"apiVersion": API["apiVersion"], "kind": "ApplicationSet", "name": "fleet", "uid": fleet.uid}
        site.patch({"metadata": {"ownerReferences": [owner | {"controller": True}]}})
        async with reading(control_plane, "admin", tmp_path, namespace) as (store, _):
            await until(lambda: _parent(store) is not None)
            parent = _parent(store)
            assert isinstance(parent, ApplicationSet) and set_word(parent) == ("OFFLINE", "warn")
        async with reading(control_plane, "viewer", tmp_path, namespace) as (store, _):
            await until(lambda: store.access["applicationsets"].state == "forbidden")
            await until(lambda: the_app(store) is not None)
            assert _parent(store) is None and "applicationsets" in store.access["applicationsets"].reason
    finally:
        control_plane.admin.delete(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/applicationsets.argoproj.io"
        )


def _parent(store: Store) -> Application | ApplicationSet | None:
    app = the_app(store)
    return None if app is None or not app.parent else made_by(store, app)


def _allow_to_read(plane: ControlPlane, namespace: str, user: str) -> None:
    """Allow a user Argo CD's own kinds in one namespace, and nothing else."""
    group = "rbac.authorization.k8s.io"
    rule = {"apiGroups": ["argoproj.io"], "resources": ["applications", "appprojects"], "verbs": [*manifests.READ]}
    role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": {"name": "reads"}, "rules": [rule]}
    subjects = [{"kind": "User", "apiGroup": group, "name": user}]
    binding = {**role, "kind": "RoleBinding", "subjects": subjects}
    binding |= {"roleRef": {"apiGroup": group, "kind": "Role", "name": "reads"}}
    del binding["rules"]
    create(plane, namespace, role)
    create(plane, namespace, binding)


def _is_served(plane: ControlPlane, path: str) -> bool:
    try:
        plane.admin.get(path)
    except ApiRefused:
        return False
    return True


@pytest.mark.parametrize("user", ["viewer", "nobody"])
async def test_windows_of_global_projects_count_where_the_settings_may_be_read(
    control_plane: ControlPlane, namespace: str, argo_crds: None, tmp_path: Path, user: str
) -> None:
    site = Site(control_plane, namespace)
    site.windows()
    meta = {"name": "fleet"}
    create(control_plane, namespace, {**API, "kind": "AppProject", "metadata": meta, "spec": {"syncWindows": [DENY]}})
    text = "- projectName: fleet\n  labelSelector: {matchExpressions: [{key: lonely, operator: DoesNotExist}]}\n"
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}}
    create(control_plane, namespace, {**config, "data": {"globalProjects": text}})
    _allow_to_read(control_plane, namespace, "nobody")
    async with reading(control_plane, user, tmp_path, namespace) as (store, _):
        await until(lambda: store.apps.settings and the_app(store) is not None and len(store.projects) == 2)
        app = the_app(store)
        assert app is not None
        known = windows_about(store, app)
        assert known is not None
        if user == "viewer":
            assert [one.description for one in known.windows] == ["flight hours"] and known.unknown == ""
        else:
            assert known.windows == () and "argocd-cm" in known.unknown
