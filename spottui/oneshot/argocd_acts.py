"""`spottui sync`, `refresh`, `rollback` and `terminate`: commands on Applications, with the command line as consent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spottui import clock
from spottui.actions.argocd_results import revision_text
from spottui.actions.objects import Object, fetch, number, part, rows, said
from spottui.actions.registry import by_id, sync_action
from spottui.actions.services import Services
from spottui.errors import BadConfig, SpottuiError
from spottui.oneshot.argocd_find import chosen
from spottui.oneshot.awaiting import Ended, Say, perform_all, unheard
from spottui.oneshot.connection import Connection
from spottui.oneshot.performing import check_writable
from spottui.records import Target
from spottui.settings import Settings

SCHEMA = 1
"""Of the JSON; rises when a key changes its meaning or goes."""
ROWS_SAID = 2000
"""Resources of one operation that the JSON lists."""


@dataclass(frozen=True)
class Report:
    """What goes where when all has ended."""

    out: str
    """For standard output; may be empty."""
    errors: tuple[str, ...]
    """Lines for standard error."""
    status: int
    """The exit status."""


@dataclass(frozen=True)
class Asked:
    """What the command line asked for, beside the Applications."""

    action: str
    """Id in the registry."""
    options: Mapping[str, Any]
    wait: float
    """Seconds; 0 only asks."""
    as_json: bool = False


def sync_asked(options: Mapping[str, Any], wait: float, *, as_json: bool) -> Asked:
    """Return what a sync with these options is.

    Raises:
        BadConfig: They contradict each other.
    """
    given = {name: value for name, value in options.items() if value not in (None, False, ())}
    if given.get("prune") and given.get("dry_run"):
        raise BadConfig("Use --prune or --dry-run, not both: a dry run never says what a prune would delete.")
    if given.get("replace") and given.get("server_side"):
        raise BadConfig("Use --replace or --server-side, not both: Argo CD does one of them.")
    action = sync_action(given).id
    own = {"application.sync-prune": "prune", "application.sync-dry-run": "dry_run"}.get(action)
    return Asked(action, {name: value for name, value in given.items() if name != own}, wait, as_json)


def resource_of(text: str) -> Object:
    """Return the resource that GROUP:KIND:NAME means; the group may be empty, NAME may be NAMESPACE/NAME.

    Raises:
        BadConfig: It is no such thing.
    """
    words = text.split(":")
    group, kind, name = words if len(words) == 3 else ("", "", "")
    namespace, _, plain = name.rpartition("/")
    if not kind or not plain or "/" in namespace:
        raise BadConfig(
            f'"{text}" is no resource: write GROUP:KIND:NAME, e.g. apps:Deployment:camera or :Service:nav/camera.'
        )
    found = {"group": group, "kind": kind, "namespace": namespace, "name": plain}
    return {key: value for key, value in found.items() if value}


async def act(
    settings: Settings,
    environ: Mapping[str, str],
    home: Path,
    names: Sequence[str],
    asked: Asked,
    say: Say = unheard,
) -> Report:
    """Command Applications ("name" or "namespace/name"), a few at a time.

    Raises:
        SpottuiError: Nothing was sent: there is no cluster, a name is unknown, or writing is not allowed.
    """
    check_writable(settings)
    async with chosen(settings, environ, home, names) as (connection, targets):
        action = by_id(asked.action)
        if len(targets) > 1:
            say(f"{action.title}: {len(targets)} Applications, 4 at a time.")
        ended = await perform_all(
            settings, environ, connection, action, targets, asked.options, wait=asked.wait, say=say
        )
        if not asked.as_json:
            return _as_text(ended)
        return await _as_json(connection, asked, ended)


def _as_text(ended: Sequence[Ended]) -> Report:
    good = [one.text for one in ended if one.error is None]
    bad = tuple(f"spottui: {one.text}" for one in ended if one.error is not None)
    if len(ended) > 1:
        accepted = sum(one.outcome == "accepted" for one in ended)
        more = f", {accepted} accepted" if accepted else ""
        good.append(f"{len(good) - accepted} of {len(ended)} done{more}.")
    return Report("\n".join(good), bad, _status(ended))


async def _as_json(connection: Connection, asked: Asked, ended: Sequence[Ended]) -> Report:
    results = []
    for one in ended:
        results.append(
            {
                "namespace": said(one.target.namespace, 63),
                "name": said(one.target.name, 253),
                "outcome": one.outcome,
                "text": one.text,
                **await _read_back(connection, one.target),
            }
        )
    found = {"schema": SCHEMA, "at": clock.rfc3339(clock.now()), "action": asked.action, "results": results}
    bad = tuple(f"spottui: {one.text}" for one in ended if one.error is not None)
    return Report(json.dumps(found, indent=2, ensure_ascii=False), bad, _status(ended))


def _status(ended: Sequence[Ended]) -> int:
    statuses = {one.error.exit_status for one in ended if one.error is not None}
    return statuses.pop() if len(statuses) == 1 else 1 if statuses else 0


async def _read_back(connection: Connection, target: Target) -> dict[str, Any]:
    """Return how the Application stands now, with its last operation; nulls when it cannot be read."""
    try:
        app = await fetch(Services(connection.apps, clock.now, _no_sleep, ""), target)
    except SpottuiError:
        return {"sync": None, "health": None, "operation": None}
    status = part(app, "status")
    return {
        "sync": said(part(status, "sync").get("status"), 80) or None,
        "health": said(part(status, "health").get("status"), 80) or None,
        "operation": _operation(app),
    }


async def _no_sleep(seconds: float) -> None:
    """Nobody waits here."""


def _operation(app: Object) -> dict[str, Any] | None:
    state = part(app, "status", "operationState")
    if not state:
        return None
    result, by = part(state, "syncResult"), part(state, "operation", "initiatedBy")
    return {
        "phase": said(state.get("phase"), 80),
        "message": said(state.get("message"), 2000),
        "in_progress": bool(app.get("operation")),
        "started_at": said(state.get("startedAt"), 40) or None,
        "finished_at": said(state.get("finishedAt"), 40) or None,
        "by": "auto-sync" if by.get("automated") else said(by.get("username"), 80),
        "revision": said(result.get("revision"), 200) or None,
        "revisions": [said(each, 200) for each in result.get("revisions") or ()],
        "revision_text": revision_text(result),
        "retries": number(state, "retryCount"),
        "resources": [_resource(row) for row in rows(result, "resources")[:ROWS_SAID]],
    }


def _resource(row: Object) -> dict[str, Any]:
    hook = said(row.get("hookType"), 80)
    return {
        "group": said(row.get("group"), 253),
        "kind": said(row.get("kind"), 80),
        "namespace": said(row.get("namespace"), 63),
        "name": said(row.get("name"), 253),
        "status": said(row.get("status"), 80) or None,
        "hook": hook or None,
        # Of what is no hook it says Running for ever.
        "hook_phase": said(row.get("hookPhase"), 80) if hook else None,
        "message": said(row.get("message"), 2000),
    }
