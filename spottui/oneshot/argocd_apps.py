"""`spottui apps`: every Argo CD Application on one line, or all that is known of them as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from spottui import clock
from spottui.actions.argocd_windows import Windows, moment, windows_of
from spottui.actions.objects import collection
from spottui.actions.services import Services
from spottui.errors import Forbidden, NotFound, SpottuiError
from spottui.oneshot.argocd_acts import SCHEMA
from spottui.oneshot.argocd_find import ARGOCD_NAMESPACE, NOT_INSTALLED, PAGE, PATIENCE, reading
from spottui.oneshot.connection import Connection
from spottui.records import Target
from spottui.records_argocd import Application
from spottui.settings import Settings
from spottui.sources.kube_objects import decode_list
from spottui.store_argocd import place_of
from spottui.verdicts.changes_words import short_revision
from spottui.verdicts.sync_windows import WindowState, state

COLUMNS = ("APPLICATION", "SYNC", "HEALTH", "OPERATION", "REVISION", "COMPARED", "AUTO", "BY HAND")


async def apps(settings: Settings, environ: Mapping[str, str], home: Path, *, as_json: bool) -> str:
    """Return the Applications, of one namespace where one is named, as text or JSON.

    Raises:
        SpottuiError: They cannot be listed.
    """
    async with reading(settings, environ, home) as connection:
        listed, limit = await _listed(connection, settings.cluster.namespace)
        at = connection.api.server_now()
        windows = await _windows(connection, listed)
    verdicts = [_verdict(app, windows[_project(app)], at) for app in listed]
    if as_json:
        said = [_application(app, found, at) for app, found in zip(listed, verdicts, strict=True)]
        return json.dumps(
            {"schema": SCHEMA, "at": clock.rfc3339(at), "applications": said, "limit": limit or None},
            indent=2,
            ensure_ascii=False,
        )
    return "\n".join(filter(None, (_as_text(listed, verdicts, at), limit)))


async def _listed(connection: Connection, namespace: str | None) -> tuple[list[Application], str]:
    """Return the Applications, and a sentence when only those of one namespace may be listed."""
    try:
        return await _pages(connection, namespace), ""
    except Forbidden as error:
        if namespace:
            raise
        own = connection.place.namespace or ARGOCD_NAMESPACE
        return await _pages(connection, own), f"Only namespace {own} was looked at: {error}"
    except NotFound as error:
        raise NotFound(NOT_INSTALLED) from error


async def _pages(connection: Connection, namespace: str | None) -> list[Application]:
    found, token = list[Application](), ""
    path = collection("Application", namespace or "")
    while True:
        query = [("limit", str(PAGE)), *([("continue", token)] if token else [])]
        body = await connection.apps.request("GET", path, query=query, timeout=PATIENCE)
        page = await asyncio.to_thread(decode_list, "applications", body)
        found += cast("Sequence[Application]", page.records)
        token = page.continue_token
        if not token:
            return sorted(found, key=lambda app: (app.namespace, app.name))


def _project(app: Application) -> tuple[str, str]:
    """Return where the project is, in Argo CD's own namespace where that is said, and its name."""
    return place_of(app), app.project or "default"


async def _windows(connection: Connection, listed: Sequence[Application]) -> dict[tuple[str, str], Windows | str]:
    """Return the windows of every project that is named; a sentence where they cannot be known."""
    services = Services(connection.apps, clock.now, asyncio.sleep, "")
    found: dict[tuple[str, str], Windows | str] = {}
    for app in listed:
        place = _project(app)
        if place in found:
            continue
        target = Target(kind="Application", namespace=app.namespace, name=app.name, uid=app.uid)
        try:
            named = {"spec": {"project": place[1]}, "status": {"controllerNamespace": app.controller_namespace}}
            known = await windows_of(services, named, target)
            found[place] = known if known.is_known else known.note
        except SpottuiError as error:
            found[place] = str(error).partition(" Nothing was sent")[0]  # nor was it meant to be
    return found


def _verdict(app: Application, known: Windows | str, at: float) -> WindowState | str:
    return known if isinstance(known, str) else state(known.windows, app, at)


def _application(app: Application, windows: WindowState | str, at: float) -> dict[str, Any]:
    return {
        "namespace": app.namespace,
        "name": app.name,
        "project": app.project,
        "sync": app.sync or None,
        "health": app.health or None,
        "health_message": app.health_message,
        "operation": _operation(app),
        "operation_requested": app.has_pending_operation,
        "revision": app.revision or None,
        "target_revision": app.target_revision or "HEAD",
        "deployed_revision": app.deployed_revision or None,
        "deployed_at": _stamp(app.deployed_at),
        "compared_at": _stamp(app.reconciled_at),
        "compared_age_s": None if app.reconciled_at is None else round(at - app.reconciled_at),
        "refreshing": app.refreshing or None,
        "auto_sync": app.auto_sync,
        "self_heal": app.self_heal,
        "auto_prune": app.auto_prune,
        "repo": app.repo,
        "path": app.path,
        "destination_namespace": app.destination_namespace,
        "destination_cluster": app.destination_name or app.destination_server,
        "paused": app.is_paused,
        "images": list(app.images),
        "resources": app.resource_count,
        "out_of_sync": [
            {"group": row.group, "kind": row.kind, "namespace": row.namespace, "name": row.name, "status": row.status}
            for row in app.out_of_sync
        ],
        "conditions": [
            {"type": each.type, "message": each.message, "since": _stamp(each.since)} for each in app.conditions
        ],
        "parent": app.parent or None,
        "sync_windows": _windows_said(windows),
    }


def _operation(app: Application) -> dict[str, Any] | None:
    operation = app.operation
    if operation is None:
        return None
    return {
        "phase": operation.phase,
        "message": operation.message,
        "in_progress": app.has_pending_operation,
        "started_at": _stamp(operation.started_at),
        "finished_at": _stamp(operation.finished_at),
        "by": "auto-sync" if operation.automated else operation.initiated_by,
        "revision": operation.revision or None,
    }


def _windows_said(found: WindowState | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {"manual": None, "auto": None, "reason": found, "manual_changes_at": None, "auto_changes_at": None}
    return {
        "manual": found.allowed_manual,
        "auto": found.allowed_auto,
        "reason": found.reason,
        "manual_changes_at": _stamp(found.manual_changes_at),
        "auto_changes_at": _stamp(found.auto_changes_at),
    }


def _stamp(at: float | None) -> str | None:
    try:
        return None if at is None else clock.rfc3339(at)
    except (OverflowError, ValueError, OSError):  # a time that no calendar has
        return None


def _as_text(listed: Sequence[Application], windows: Sequence[WindowState | str], at: float) -> str:
    if not listed:
        return "There are no Applications here."
    table = [COLUMNS, *(_line(app, found, at) for app, found in zip(listed, windows, strict=True))]
    widths = [max(len(row[column]) for row in table) for column in range(len(COLUMNS) - 1)]
    widths.append(0)
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    troubles = [
        f"  {app.namespace}/{app.name}: {each.type}: {each.message}"
        for app in listed
        for each in app.conditions
        if each.type.endswith("Error")
    ]
    return "\n".join([line.rstrip() for line in lines] + (["", "Argo CD says:", *troubles] if troubles else []))


def _line(app: Application, windows: WindowState | str, at: float) -> tuple[str, ...]:
    phase = app.operation.phase if app.operation else "-"
    if app.has_pending_operation and app.operation is None:
        phase = "Waiting"
    compared = "never" if app.reconciled_at is None else f"{clock.age(app.reconciled_at, at)} ago"
    auto = "manual" if not app.auto_sync else "auto+heal" if app.self_heal else "auto"
    if isinstance(windows, str):
        by_hand = "?"
    elif windows.allowed_manual:
        by_hand = "allowed"
    else:
        until = windows.manual_changes_at
        by_hand = "blocked" if until is None else f"blocked until {moment(until)}"
    return (
        f"{app.namespace}/{app.name}",
        app.sync or "?",
        app.health or "?",
        phase,
        short_revision(app.revision) or "-",
        compared,
        auto,
        by_hand,
    )
