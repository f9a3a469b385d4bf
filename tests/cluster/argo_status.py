"""What the stand-in for the Argo CD controller writes into an Application; pure functions, no requests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

HEAD = "c0ffee0123456789c0ffee0123456789c0ffee01"
"""The revision that a branch points to unless an annotation says otherwise."""

REFRESH = "argocd.argoproj.io/refresh"
FAILS = "spottui.test/sync-fails"
TAKES = "spottui.test/sync-takes"
HEAD_OF = "spottui.test/head"
SKIP = "argocd.argoproj.io/skip-reconcile"


def path_of(app: Json) -> str:
    """Return the path of an Application."""
    metadata = app["metadata"]
    return f"/apis/argoproj.io/v1alpha1/namespaces/{metadata['namespace']}/applications/{metadata['name']}"


def has_work(app: Json) -> bool:
    """Say whether an Application asks for an operation or a refresh."""
    annotations = app["metadata"].get("annotations", {})
    if annotations.get(SKIP) == "true":
        return False
    return bool(app.get("operation")) or REFRESH in annotations


def is_terminating(app: Json | None) -> bool:
    """Say whether somebody asked for the end of the running operation."""
    state = (app or {}).get("status", {}).get("operationState") or {}
    return state.get("phase") == "Terminating"


def compared(app: Json) -> Json:
    """Return the merge patch that a comparison ends with; it also answers a refresh."""
    head = _head(app)
    spec, status = app["spec"], app.get("status", {})
    rows = status.get("history", [])
    is_synced = bool(rows) and rows[-1]["revision"] == head
    against = {"source": spec.get("source", {"repoURL": ""}), "destination": spec["destination"]}
    sync = {"status": "Synced" if is_synced else "OutOfSync", "revision": head, "comparedTo": against}
    health = status.get("health") or {"status": "Healthy", "lastTransitionTime": now()}
    return {
        "metadata": {"annotations": {REFRESH: None}},
        "status": {"sync": sync, "health": health, "reconciledAt": now()},
    }


def _head(app: Json) -> str:
    return app["metadata"].get("annotations", {}).get(HEAD_OF, HEAD)


def ended_state(app: Json, was_terminated: bool) -> Json:
    """Return the `operationState` that the Application's operation ends with."""
    phase, message = _outcome(app, was_terminated)
    wanted = app["operation"].get("sync", {})
    result = {
        "revision": wanted.get("revision") or _head(app),
        "source": wanted.get("source") or app["spec"].get("source", {"repoURL": ""}),
        "resources": _results(app, phase, bool(wanted.get("dryRun"))),
    }
    ended = {"phase": phase, "message": message, "finishedAt": now(), "syncResult": result}
    return {**app["status"]["operationState"], **ended}


def _outcome(app: Json, was_terminated: bool) -> tuple[str, str]:
    annotations = app["metadata"].get("annotations", {})
    if "sync" not in app["operation"]:
        return "Error", "Invalid operation request: no operation specified"
    if was_terminated:
        return "Failed", "Operation terminated"
    if FAILS in annotations:
        return "Failed", annotations[FAILS]
    return "Succeeded", "successfully synced (all tasks run)"


def _results(app: Json, phase: str, is_dry_run: bool) -> list[Json]:
    """Return a row for each resource that the Application's status lists."""
    rows = []
    result = {"status": "Synced" if phase == "Succeeded" else "SyncFailed"}
    result |= {"hookPhase": "Running", "syncPhase": "Sync"}  # a row that is no hook keeps `Running` for ever
    for each in app.get("status", {}).get("resources", []):
        row = {name: each.get(name, "") for name in ("group", "version", "kind", "namespace", "name")}
        said = f"{row['kind'].lower()}/{row['name']} unchanged" + (" (dry run)" if is_dry_run else "")
        rows.append({**row, **result, "message": said})
    return rows


def history(app: Json, state: Json) -> list[Json]:
    """Return the history with a row more for an operation that succeeded."""
    rows = list(app.get("status", {}).get("history", []))
    row = {
        "id": rows[-1]["id"] + 1 if rows else 0,
        "revision": state["syncResult"]["revision"],
        "source": state["syncResult"]["source"],
        "deployStartedAt": state["startedAt"],
        "deployedAt": state["finishedAt"],
        "initiatedBy": state["operation"].get("initiatedBy", {}),
    }
    return [*rows, row][-app["spec"].get("revisionHistoryLimit", 10) :]


def now() -> str:
    """Return the present as Argo CD writes it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
