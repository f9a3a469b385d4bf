"""The acts on Applications against a real kube-apiserver, Argo CD's own CRDs and the stand-in for its controller."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from spottui import clock
from spottui.actions.objects import path_of
from spottui.actions.services import Unfinished
from spottui.errors import Forbidden, Refused, SpottuiError
from spottui.records import Target

from .acting import USER, Operator, create
from .api_client import JSON_PATCH
from .argo_controller import ArgoController
from .argo_status import HEAD, SKIP, TAKES
from .control_plane import ControlPlane
from .processes import wait_until

Json = dict[str, Any]
OLD = "a" * 40
FINALIZER = "resources-finalizer.argocd.argoproj.io"
API = {"apiVersion": "argoproj.io/v1alpha1"}


class Site:
    """One Application in a namespace of its own, seen with the eyes of an admin."""

    def __init__(
        self, plane: ControlPlane, namespace: str, automated: Json | None = None, annotations: Json | None = None
    ) -> None:
        self.plane, self.namespace = plane, namespace
        policy: Json = {"syncOptions": ["CreateNamespace=true"], "retry": {"limit": 1}}
        spec = {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
            "source": {"repoURL": "https://git.example.invalid/web.git", "path": "web", "targetRevision": "main"},
            "syncPolicy": policy | ({} if automated is None else {"automated": automated}),
        }
        found = {
            **API,
            "kind": "Application",
            "metadata": {"name": "web", "annotations": annotations or {}},
            "spec": spec,
        }
        self.target: Target = create(plane, namespace, found)
        self.path = path_of(self.target)

    def get(self) -> Json:
        return self.plane.admin.get(self.path)

    @property
    def state(self) -> Json:
        return self.get().get("status", {}).get("operationState") or {}

    def patch(self, change: Json) -> None:
        self.plane.admin.patch(self.path, change)

    def windows(self, *rows: Json) -> None:
        meta = {"name": "default"}
        create(
            self.plane, self.namespace, {**API, "kind": "AppProject", "metadata": meta, "spec": {"syncWindows": rows}}
        )

    async def until(self, holds: Callable[[Json], object], what: str) -> None:
        await asyncio.to_thread(wait_until, lambda: bool(holds(self.get())), what)


@pytest.fixture
def admin(login: Callable[[str], Operator]) -> Operator:
    return login("admin")


async def deployed_twice(site: Site, operator: Operator) -> None:
    """Deploy an old revision and then the newest."""
    await operator.perform("application.sync", site.target, revision=OLD)
    await operator.perform("application.sync", site.target)


async def test_everything_that_may_be_chosen_survives_the_crd(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController
) -> None:
    site = Site(control_plane, namespace)
    listed = [{"group": "apps", "version": "v1", "kind": "Deployment", "namespace": namespace, "name": "web"}]
    await operator.perform("application.refresh", site.target)
    site.patch({"status": {"resources": listed}})
    resource = {"group": "apps", "kind": "Deployment", "namespace": namespace, "name": "web"}
    await operator.perform(
        "application.sync-force",
        site.target,
        flags=("force", "replace", "prune", "out_of_sync"),
        resources=(resource,),
        revision="v1",
        retry=2,
    )
    assert site.state["operation"] == {
        "initiatedBy": {"username": USER},
        "retry": {"limit": 2},
        "sync": {
            "revision": "v1",
            "prune": True,
            "resources": [resource],
            "syncStrategy": {"hook": {"force": True}},
            "syncOptions": ["CreateNamespace=true", "Replace=true", "ApplyOutOfSyncOnly=true"],
        },
    }


async def test_a_rollback_turns_auto_sync_off_by_the_field_that_the_crd_has(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController
) -> None:
    site = Site(control_plane, namespace)
    await deployed_twice(site, operator)
    site.patch({"spec": {"syncPolicy": {"automated": {"prune": True}}}})
    said = await operator.perform("application.rollback", site.target)
    assert said.startswith(f"web: rolled back to {OLD[:7]}") and "stays off" in said
    found = site.get()
    assert found["spec"]["syncPolicy"]["automated"] == {"prune": True, "enabled": False}
    assert [row["revision"][0] for row in found["status"]["history"]] == ["a", "c", "a"]
    sync = found["status"]["operationState"]["operation"]["sync"]
    assert (sync["revision"], sync["syncStrategy"]) == (OLD, {"apply": {}})
    assert sync["source"] == found["spec"]["source"]


async def test_auto_sync_and_self_heal_go_on_and_off(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo_crds: None
) -> None:
    site = Site(control_plane, namespace, {"prune": True})
    await operator.perform("application.auto-sync-off", site.target)
    await operator.perform("application.self-heal-on", site.target)
    assert site.get()["spec"]["syncPolicy"]["automated"] == {"prune": True, "enabled": False, "selfHeal": True}
    await operator.perform("application.auto-sync-on", site.target)
    assert site.get()["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}


async def test_who_takes_auto_sync_back_is_named_by_the_managed_fields(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo_crds: None
) -> None:
    site = Site(control_plane, namespace, {})
    site.patch({"metadata": {"annotations": {"argocd.argoproj.io/source-uid": "u"}}})

    def is_off(app: Json) -> bool:
        return app["spec"]["syncPolicy"]["automated"].get("enabled") is False

    async def hub() -> None:
        await site.until(is_off, "auto-sync is off")
        spec = {"syncPolicy": {"automated": {"enabled": True}}}
        await asyncio.to_thread(site.patch, {"spec": spec})

    task = asyncio.create_task(hub())
    with pytest.raises(SpottuiError, match="auto-sync was set back to on by ") as caught:
        await operator.perform("application.auto-sync-off", site.target)
    await task
    assert "spottui" not in str(caught.value)


async def test_a_running_operation_is_terminated_under_guards(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController
) -> None:
    site = Site(control_plane, namespace, annotations={TAKES: "60"})
    sync = asyncio.create_task(operator.perform("application.sync", site.target))
    await site.until(lambda app: app.get("status", {}).get("operationState"), "it runs")
    (field,) = await operator.runner.fields(_action("terminate"), Target(**_other(site.target)))
    assert field.value == site.state["startedAt"]
    with pytest.raises(SpottuiError, match="still busy"):  # one command at a time on one target
        await operator.perform("application.terminate", site.target)
    sync.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sync
    said = await operator.perform("application.terminate", site.target, started_at=field.value)
    assert said == "web: the operation ended (Operation terminated); what it applied stays."
    with pytest.raises(SpottuiError, match="no operation is in progress"):
        await operator.perform("application.terminate", site.target)


def _other(target: Target) -> dict[str, str]:
    return {"kind": target.kind, "namespace": target.namespace, "name": target.name, "uid": target.uid}


def _action(name: str) -> Any:
    from spottui.actions.registry import by_id

    return by_id(f"application.{name}")


async def test_a_guard_that_fails_is_what_the_fake_says_it_is(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo_crds: None
) -> None:
    site = Site(control_plane, namespace)
    change: Any = [{"op": "test", "path": "/metadata/uid", "value": "another"}]
    with pytest.raises(Refused, match="rejected our request due to an error in our request"):
        await operator.api.request("PATCH", site.path, body=change, content_type=JSON_PATCH)
    absent: Any = [{"op": "test", "path": "/operation", "value": None}]
    await operator.api.request("PATCH", site.path, body=absent, content_type=JSON_PATCH)


async def test_a_hanging_operation_is_cleared_and_the_next_one_runs(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController
) -> None:
    site = Site(control_plane, namespace, annotations={SKIP: "true"})  # nobody works on it
    state = {"phase": "Terminating", "startedAt": "2026-01-01T00:00:00Z", "message": "operation is terminating"}
    asked = {"initiatedBy": {"username": "bob"}, "sync": {}}
    site.patch({"operation": asked, "status": {"operationState": {**state, "operation": asked}}})
    assert "is cleared" in await operator.perform("application.force-clear", site.target)
    assert "operation" not in site.get() and site.state["phase"] == "Failed"
    site.patch({"metadata": {"annotations": {SKIP: None}}})
    assert f"synced to {HEAD[:7]}" in await operator.perform("application.sync", site.target)


async def test_terminate_without_a_controller_is_unfinished(
    control_plane: ControlPlane,
    namespace: str,
    operator: Operator,
    argo_crds: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("spottui.actions.argocd_terminate.WATCHED_FOR", 1.5)
    site = Site(control_plane, namespace)
    asked = {"initiatedBy": {"username": "bob"}, "sync": {}}
    state = {"phase": "Running", "startedAt": "2026-01-01T00:00:00Z", "message": "one or more tasks are running"}
    site.patch({"operation": asked, "status": {"operationState": {**state, "operation": asked}}})
    said = await operator.perform("application.terminate", site.target)
    assert isinstance(said, Unfinished) and site.state["phase"] == "Terminating"


@pytest.mark.parametrize(
    ("before", "cascade", "held_by"),
    [
        ([], "none", None),
        ([FINALIZER], "none", None),
        ([], "foreground", [FINALIZER]),
        ([FINALIZER], "background", [f"{FINALIZER}/background"]),
    ],
)
async def test_a_deletion_sets_the_finalizer_of_its_cascade(
    control_plane: ControlPlane,
    namespace: str,
    admin: Operator,
    argo_crds: None,
    before: list[str],
    cascade: str,
    held_by: list[str] | None,
) -> None:
    site = Site(control_plane, namespace)
    if before:
        site.patch({"metadata": {"finalizers": before}})
    seen: list[Any] = []

    async def controller() -> None:
        await site.until(lambda app: app["metadata"].get("deletionTimestamp"), "it is being deleted")
        seen.append(site.get()["metadata"]["finalizers"])
        await asyncio.to_thread(site.patch, {"metadata": {"finalizers": None}})

    task = asyncio.create_task(controller()) if held_by else None
    said = await admin.perform("application.delete", site.target, cascade=cascade)
    assert said.startswith("web: deleted")
    if task is not None:
        await task
    assert seen == ([held_by] if held_by else [])
    left = control_plane.admin.get(site.path.rpartition("/")[0])["items"]
    assert left == []


async def test_who_may_not_delete_deletes_nothing(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo_crds: None
) -> None:
    site = Site(control_plane, namespace)
    with pytest.raises(Forbidden, match="You may not delete"):
        await operator.perform("application.delete", site.target, cascade="none")
    assert operator.lines == [] and "deletionTimestamp" not in site.get()["metadata"]


async def test_an_object_that_changes_all_the_time_is_read_anew(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController
) -> None:
    site = Site(control_plane, namespace)
    request, beaten = operator.api.request, 0

    async def raced(method: str, path: str, **how: Any) -> bytes:
        nonlocal beaten
        if method == "PATCH" and beaten < 3:
            beaten += 1
            await asyncio.to_thread(site.patch, {"metadata": {"labels": {"beaten": str(beaten)}}})
        return await request(method, path, **how)

    operator.api.request = raced  # type: ignore[method-assign]
    assert "synced" in await operator.perform("application.sync", site.target)
    assert beaten == 3 and len(site.get()["status"]["history"]) == 1


async def test_windows_go_by_the_clusters_clock(
    control_plane: ControlPlane, namespace: str, operator: Operator, argo: ArgoController
) -> None:
    site = Site(control_plane, namespace)
    site.windows({"kind": "allow", "schedule": "0 0 1 1 *", "duration": "1s", "applications": ["web"]})
    with pytest.raises(SpottuiError, match=r"No sync runs: the allow window .* A sync is allowed from 20"):
        await operator.perform("application.sync", site.target)
    assert operator.lines == []
    assert abs(operator.api.server_now() - time.time()) < 3 and abs(clock.now() - time.time()) < 3
