"""An Application in the fake API, and the controller as tests play it by the clock."""

from __future__ import annotations

from typing import Any

from spottui.actions.registry import by_id

from .bench import APPLICATION, ARGO, SHA, Bench, application

Json = dict[str, Any]
PATH = f"{ARGO}/applications/perception"
PROJECT = f"{ARGO}/appprojects/robots"
CONFIG = "/api/v1/namespaces/argocd/configmaps/argocd-cm"
SETS = f"{ARGO}/applicationsets"
MINE = {"initiatedBy": {"username": "spottui:ana@laptop"}}
OLD = "b" * 40
SOURCE = {"repoURL": "https://git.example/robot.git", "path": "perception", "targetRevision": "main"}
STARTED = "2027-01-15T08:00:00Z"
"""The fake clock's beginning, on a Friday."""


def an_app(**parts: Any) -> Json:
    """Return an Application that was deployed twice, and whose project is known."""
    found = application(**parts)
    found["spec"] |= {
        "source": SOURCE,
        "destination": {"namespace": "robot", "server": "https://kubernetes.default.svc"},
    }
    found["status"] |= {"controllerNamespace": "argocd", "history": [a_row(3, OLD), a_row(4, SHA)]}
    return found


def a_row(id: int, revision: str = "", **more: Any) -> Json:
    row = {"id": id, "revision": revision, "source": SOURCE, "deployedAt": "2027-01-15T06:00:00Z"}
    return {**row, "initiatedBy": {"username": "bob"}, **more}


def prepare(bench: Bench, **spec: Any) -> None:
    """Put the Application and its project there; `spec` is laid over the Application's."""
    bench.api.put(PATH, an_app())
    bench.api.put(PROJECT, {"metadata": {"name": "robots", "namespace": "argocd"}, "spec": {}})
    if spec:
        bench.api.change(PATH, {"spec": spec})


def window(kind: str = "deny", schedule: str = "0 0 * * *", duration: str = "24h", **more: Any) -> Json:
    return {"kind": kind, "schedule": schedule, "duration": duration, "applications": ["*"], **more}


def with_windows(bench: Bench, *windows: Json) -> None:
    bench.api.change(PROJECT, {"spec": {"syncWindows": list(windows)}})


def end(bench: Bench, seconds: float = 1.0, phase: str = "Succeeded", message: str = "", **state: Any) -> None:
    """Let the controller end the operation in so many seconds."""
    known = {"phase": phase, "message": message, "operation": MINE, "syncResult": {"revision": SHA, "resources": [{}]}}
    done = {"operation": None, "status": {"operationState": {**known, **state}}}
    bench.time.at(seconds, lambda: bench.api.change(PATH, done))


def running(bench: Bench, phase: str = "Running", message: str = "one or more tasks are running") -> None:
    """Have bob's operation be in progress for a minute."""
    state = {"phase": phase, "message": message, "startedAt": "2027-01-15T07:59:00Z"}
    asked = {"initiatedBy": {"username": "bob"}}
    bench.api.change(PATH, {"operation": asked, "status": {"operationState": {**state, "operation": asked}}})


async def perform(bench: Bench, name: str, **options: Any) -> str:
    return await bench.runner.perform(
        by_id(f"application.{name}"), APPLICATION, bench.confirm, options, say=bench.told.append
    )


def sent_sync(bench: Bench) -> Json:
    """Return the `sync` of the last operation that was asked for."""
    return next(body["operation"]["sync"] for _, body in reversed(bench.commands) if "operation" in body)
