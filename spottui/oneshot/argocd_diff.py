"""`spottui diff`: what differs between the cluster and git, resource by resource, and by which road that is known."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spottui import clock
from spottui.actions.argocd_results import revision_text, standing
from spottui.actions.objects import RESOURCES, Object, collection, metadata, part, read, rows, said, segment
from spottui.app_argocd import argocd_api
from spottui.errors import NotFound, SpottuiError
from spottui.oneshot.argocd_acts import SCHEMA
from spottui.oneshot.argocd_find import find, listing, namespaces_of, reading
from spottui.oneshot.connection import Connection
from spottui.settings import Settings
from spottui.verdicts.app_diff import diff_lines, last_applied

MOST = 50
"""Resources that are read one by one through the Kubernetes API."""
SERVER, APPLIED = "argocd-server", "last-applied"
ROADS = {
    SERVER: "Live (-) against git (+), as argocd-server compared them last.",
    APPLIED: "Live (-) against what was applied last (+): the Kubernetes API does not tell what git has now; "
    "argocd-server does ([argocd] url in the settings).",
}


async def diff(settings: Settings, environ: Mapping[str, str], home: Path, name: str, *, as_json: bool) -> str:
    """Return what differs of an Application, as text or JSON.

    Raises:
        SpottuiError: It is not there, or cannot be read.
    """
    server = argocd_api(settings, environ, home)
    async with reading(settings, environ, home) as connection:
        listed = await listing(connection, namespaces_of([name]))
        target = find(listed, name)
        app = next(row for row in listed if metadata(row).get("uid") == target.uid)
        if server is None:
            road, found = APPLIED, await _by_last_applied(connection, app)
        else:
            try:
                road, found = SERVER, await _by_server(server, app)
            finally:
                await server.close()
    return _as_json(app, road, found) if as_json else _as_text(app, road, found)


async def _by_server(server: Any, app: Object) -> list[dict[str, Any]]:
    from spottui.sources.argocd_facts import managed_resources

    meta = metadata(app)
    project = str(part(app, "spec").get("project") or "")
    states = await managed_resources(server, str(meta.get("namespace")), str(meta.get("name")), project)
    return await asyncio.to_thread(lambda: [one for state in states if (one := _of_state(state, is_known(app)))])


def _of_state(state: Mapping[str, Any], known: bool) -> dict[str, Any] | None:
    """Return one resource that differs, by the states that argocd-server keeps of it; None: it does not."""
    live, target = state.get("normalizedLiveState"), state.get("predictedLiveState")
    if state.get("liveState") is None:
        live, target = None, state.get("targetState")
    elif state.get("targetState") is None:
        target = None
    if state.get("hook") or (target is None and not known):  # while Unknown every target is missing
        return None
    lines = diff_lines(live, target)
    if not lines or (live is not None and target is not None and not _differs(lines)):
        return None
    change = "create" if live is None else "prune" if target is None else "change"
    return {**_named(state), "status": "OutOfSync", "change": change, "lines": lines, "note": ""}


def _differs(lines: Sequence[str]) -> bool:
    return any(line.startswith(("+", "-")) for line in lines)


async def _by_last_applied(connection: Connection, app: Object) -> list[dict[str, Any]]:
    """Return the resources that Argo CD says differ, each compared with what was applied last."""
    differing = [
        row for row in rows(part(app, "status"), "resources") if row.get("status") and row.get("status") != "Synced"
    ]
    found = []
    for number, row in enumerate(differing):
        one = {**_named(row), "status": said(row.get("status"), 80), "change": "change", "lines": [], "note": ""}
        if is_known(app) and row.get("requiresPruning") is True:  # while Unknown it is said of everything
            one |= {"change": "prune", "note": "it is no longer in git"}
        elif number < MOST:
            one |= await _compared(connection, row)
        else:
            one["note"] = f"not read: only {MOST} are"
        found.append(one)
    return found


async def _compared(connection: Connection, row: Object) -> dict[str, Any]:
    kind = str(row.get("kind") or "")
    if RESOURCES.get(kind, ("", "", ""))[0] != str(row.get("group") or "") or kind not in RESOURCES:
        return {"note": f"spottui does not know where a {said(kind, 80)} is kept"}
    try:
        live = await read(
            connection.api, f"{collection(kind, str(row.get('namespace') or ''))}/{segment(str(row.get('name') or ''))}"
        )
    except NotFound:
        return {"change": "create", "note": "it is not in the cluster"}
    except SpottuiError as error:
        return {"note": str(error)}
    applied = last_applied(live)
    if applied is None:
        return {"note": "what was applied last is not written on it"}
    lines = await asyncio.to_thread(diff_lines, live, applied)
    return {"lines": lines} if _differs(lines) else {"note": "it is as it was applied last, so git has changed since"}


def is_known(app: Object) -> bool:
    """Argo CD could compare the Application with git."""
    return part(app, "status", "sync").get("status") in ("Synced", "OutOfSync")


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: said(row.get(key), 253) for key in ("group", "kind", "namespace", "name")}


def _as_json(app: Object, road: str, found: Sequence[Mapping[str, Any]]) -> str:
    meta, sync = metadata(app), part(app, "status", "sync")
    whole = {
        "schema": SCHEMA,
        "at": clock.rfc3339(clock.now()),
        "namespace": said(meta.get("namespace"), 63),
        "name": said(meta.get("name"), 253),
        "sync": said(sync.get("status"), 80) or None,
        "revision": revision_text(sync) or None,
        "compared_with": road,
        "resources": list(found),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _as_text(app: Object, road: str, found: Sequence[Mapping[str, Any]]) -> str:
    lines = [f"{said(metadata(app).get('name'), 253)}: {standing(app)}."]
    if not is_known(app):
        lines.append("Sync is not known now: this is no list of what a sync would change.")
    if not found:
        lines += ["Nothing differs."] if is_known(app) else []
        return "\n".join(lines)
    lines.append(ROADS[road])
    for one in found:
        where = f"{one['namespace']}/" if one["namespace"] else ""
        note = f" ({one['note']})" if one["note"] else ""
        lines += ["", f"{one['change']:<7} {one['kind']} {where}{one['name']}: {one['status']}{note}"]
        lines += [f"  {line}" for line in one["lines"]]
    return "\n".join(lines)
