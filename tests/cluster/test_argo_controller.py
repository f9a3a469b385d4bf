"""The stand-in for the Argo CD controller does on real objects what the real one was seen to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .api_client import JSON_PATCH, ApiRefused
from .argo_controller import ArgoController
from .argo_status import FAILS, HEAD, HEAD_OF, REFRESH, SKIP, TAKES
from .control_plane import ControlPlane
from .processes import wait_until

Json = dict[str, Any]


class OneApplication:
    """An Application in a namespace of its own, and the few things done to it here."""

    def __init__(self, plane: ControlPlane, namespace: str, annotations: Json) -> None:
        self._admin = plane.admin
        self._path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications/web"
        destination = {"server": "https://kubernetes.default.svc", "namespace": namespace}
        source = {"repoURL": "https://git.example.invalid/web.git", "path": "web", "targetRevision": "main"}
        plane.apply(
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Application",
                "metadata": {"name": "web", "annotations": annotations},
                "spec": {"project": "default", "destination": destination, "source": source},
            },
            namespace,
        )

    def get(self) -> Json:
        return self._admin.get(self._path)

    def sync(self, sync: Json) -> None:
        """Ask for a sync as clients do: of the object as just read, and anew when its controller wrote meanwhile."""
        while True:
            try:
                return self._sync(self.get()["metadata"]["resourceVersion"], sync)
            except ApiRefused as refused:
                if refused.status != 409:
                    raise

    def _sync(self, version: str, sync: Json) -> None:
        self.patch(
            {
                "metadata": {"resourceVersion": version},
                "operation": {"initiatedBy": {"username": "spottui"}, "sync": sync},
                "status": {"operationState": None},
            }
        )

    def patch(self, body: object, **content_type: str) -> None:
        self._admin.patch(self._path, body, **content_type)

    def until(self, claim: Callable[[Json], object], what: str) -> Json:
        """Wait until the Application is as claimed and return it."""
        seen: list[Json] = []

        def fits() -> bool:
            seen[:] = [self.get()]
            return bool(claim(seen[0]))

        wait_until(fits, what)
        return seen[0]


@pytest.fixture
def application(control_plane: ControlPlane, namespace: str, argo: ArgoController) -> Callable[..., OneApplication]:
    """Return a function that creates an Application with some annotations."""
    return lambda annotations=None: OneApplication(control_plane, namespace, annotations or {})


def phase(app: Json) -> str | None:
    """Return the phase of the last operation."""
    return (app.get("status", {}).get("operationState") or {}).get("phase")


def has_ended(app: Json) -> bool:
    """Say whether the operation has ended, by the mark that the contract names."""
    return "operation" not in app and phase(app) in ("Succeeded", "Failed", "Error")


def test_an_operation_is_consumed(application: Callable[..., OneApplication]) -> None:
    app = application()
    app.sync({})
    app.until(has_ended, "the operation ended")
    status = app.until(lambda each: "sync" in each["status"], "compared after the sync")["status"]
    state = status["operationState"]
    assert (state["phase"], state["message"]) == ("Succeeded", "successfully synced (all tasks run)")
    assert state["operation"]["initiatedBy"] == {"username": "spottui"}
    assert state["syncResult"]["revision"] == HEAD
    assert (status["sync"]["status"], status["sync"]["revision"]) == ("Synced", HEAD)
    assert [(row["id"], row["revision"]) for row in status["history"]] == [(0, HEAD)]


def test_a_second_operation_adds_one_row_to_the_history(application: Callable[..., OneApplication]) -> None:
    app = application()
    for wanted, rows in (("a" * 40, 1), ("b" * 40, 2)):
        app.sync({"revision": wanted})
        app.until(lambda each, rows=rows: has_ended(each) and len(each["status"]["history"]) == rows, "ended")
    status = app.until(lambda each: "sync" in each["status"], "compared")["status"]
    assert [(row["id"], row["revision"][0]) for row in status["history"]] == [(0, "a"), (1, "b")]
    assert status["sync"]["status"] == "OutOfSync"  # neither is what the branch points to


def test_an_operation_fails_on_demand(application: Callable[..., OneApplication]) -> None:
    app = application({FAILS: "one or more objects failed to apply, reason: no"})
    app.sync({})
    status = app.until(has_ended, "the operation ended")["status"]
    assert status["operationState"]["phase"] == "Failed"
    assert status["operationState"]["message"] == "one or more objects failed to apply, reason: no"
    assert "history" not in status


def test_a_dry_run_leaves_no_history(application: Callable[..., OneApplication]) -> None:
    app = application()
    app.sync({"dryRun": True})
    status = app.until(has_ended, "the operation ended")["status"]
    assert (status["operationState"]["phase"], "history" in status) == ("Succeeded", False)


def test_a_slow_operation_can_be_terminated(application: Callable[..., OneApplication]) -> None:
    app = application({TAKES: "60"})
    app.sync({})
    state = app.until(lambda each: phase(each) == "Running", "the operation runs")["status"]["operationState"]
    at = "/status/operationState"
    app.patch(
        [
            {"op": "test", "path": f"{at}/phase", "value": "Running"},
            {"op": "test", "path": f"{at}/startedAt", "value": state["startedAt"]},
            {"op": "replace", "path": f"{at}/phase", "value": "Terminating"},
        ],
        content_type=JSON_PATCH,
    )
    state = app.until(has_ended, "the operation ended")["status"]["operationState"]
    assert (state["phase"], state["message"]) == ("Failed", "Operation terminated")


def test_a_refresh_is_consumed(application: Callable[..., OneApplication]) -> None:
    app = application({HEAD_OF: "d" * 40})
    app.patch({"metadata": {"annotations": {REFRESH: "normal"}}})
    seen = app.until(lambda each: REFRESH not in each["metadata"]["annotations"], "the refresh is done")
    assert seen["status"]["sync"]["revision"] == "d" * 40
    assert seen["status"]["reconciledAt"]


def test_a_paused_application_is_left_alone(application: Callable[..., OneApplication]) -> None:
    app = application({SKIP: "true"})
    app.sync({})
    app.patch({"metadata": {"annotations": {SKIP: None}}})
    app.until(has_ended, "the operation ended once the pause did")


@pytest.mark.usefixtures("crds_at_hand")
def test_it_goes_on_after_the_server_was_restarted(fresh_plane: ControlPlane) -> None:
    fresh_plane.start()
    fresh_plane.install_argo_crds()
    with ArgoController(fresh_plane.login("admin")):
        fresh_plane.restart_apiserver()
        app = OneApplication(fresh_plane, "default", {})
        app.sync({})
        app.until(has_ended, "the operation ended")
