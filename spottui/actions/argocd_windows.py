"""Reads the sync windows that are about an Application, and refuses what they forbid before anything is sent.

Argo CD takes an operation that its windows forbid and leaves it hanging: no other one can start, and it cannot be
ended. So the windows are evaluated here first, by the cluster's clock, as Argo CD's controller does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from spottui.actions.argocd_rest import global_projects, project_of
from spottui.actions.objects import Object, collection, metadata, part, read, rows, said, segment
from spottui.actions.services import Services
from spottui.clock import age
from spottui.errors import Forbidden, NotFound, SpottuiError
from spottui.records import Target
from spottui.records_argocd import Application, GlobalProject, Requirement, SyncWindow
from spottui.verdicts.global_projects import is_valid, selects
from spottui.verdicts.sync_windows import WindowState, state

CONFIG = "argocd-cm"
WINDOWS_KEPT = 500
"""Of one project."""


@dataclass(frozen=True)
class Windows:
    """The windows of one project and of the global ones that count for it."""

    project: str
    windows: tuple[SyncWindow, ...]
    note: str = ""
    """What could not be read, a sentence; empty when all is known."""
    is_known: bool = True
    """False: the project itself could not be read."""


def place_of(app: Object, target: Target) -> str:
    """Return Argo CD's own namespace, where the projects are."""
    return str(part(app, "status").get("controllerNamespace") or target.namespace)


async def windows_of(services: Services, app: Object, target: Target) -> Windows:
    """Read the windows of an Application's project, and those of the global projects.

    Raises:
        SpottuiError: The project does not exist.
    """
    name, namespace = project_of(app), place_of(app, target)
    try:
        project = await read(services.api, f"{collection('AppProject', namespace)}/{segment(name)}")
    except Forbidden:
        note = f"Whether sync windows forbid it is not known: project {said(name, 80)} cannot be read."
        return Windows(name, (), note, is_known=False)
    except NotFound as error:
        if part(app, "status").get("controllerNamespace"):
            raise SpottuiError(
                f"{target.name}: its project {said(name, 80)} does not exist, so Argo CD syncs nothing of it. "
                "Nothing was sent; create the AppProject or name another one in spec.project."
            ) from error
        note = f"Whether sync windows forbid it is not known: project {said(name, 80)} is not in {namespace}."
        return Windows(name, (), note, is_known=False)
    found = list(_windows(project))
    note = ""
    try:
        rest = services.argocd
        named = await (_global_projects(services, project, namespace) if rest is None else global_projects(rest, name))
        for other in named:
            found += _windows(other)
    except (Forbidden, NotFound):
        note = "Windows of global projects could not be looked up."
    return Windows(name, tuple(found), note)


async def _global_projects(services: Services, project: Object, namespace: str) -> list[Object]:
    """Return the projects whose windows count for `project` too, as argocd-cm names them."""
    try:
        config = await read(services.api, f"{collection('ConfigMap', namespace)}/{CONFIG}")
    except NotFound:
        return []
    text = part(config, "data").get("globalProjects")
    found: list[Object] = []
    for entry in _entries(str(text or "")):
        if not entry.project or entry.project == metadata(project).get("name"):
            continue
        if not is_valid(entry):
            break  # as Argo CD: nor do those behind it count
        if not selects(entry, part(project, "metadata", "labels")):
            continue
        try:
            found.append(await read(services.api, f"{collection('AppProject', namespace)}/{segment(entry.project)}"))
        except NotFound:
            break  # as Argo CD: those behind it do not count either
    return found


def _entries(text: str) -> list[GlobalProject]:
    if not text.strip():
        return []
    import yaml  # only now: most clusters have no global projects

    try:
        value = yaml.safe_load(text)
        return [_entry(row) for row in value or ()]
    except (yaml.YAMLError, RecursionError, TypeError, AttributeError):
        return []  # as Argo CD, which takes what it cannot read for none at all


def _entry(row: Any) -> GlobalProject:
    """Return an entry; raises TypeError or AttributeError where something of it is of the wrong type."""
    selector = row.get("labelSelector") or {}
    return GlobalProject(
        project=_text(row.get("projectName") or ""),
        labels=tuple((_text(key), _text(value)) for key, value in (selector.get("matchLabels") or {}).items()),
        requirements=tuple(
            Requirement(
                key=_text(each.get("key") or ""),
                operator=_text(each.get("operator") or ""),
                values=tuple(_text(value) for value in each.get("values") or ()),
            )
            for each in selector.get("matchExpressions") or ()
        ),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _windows(project: Object) -> list[SyncWindow]:
    return [_window(row) for row in rows(part(project, "spec"), "syncWindows")[:WINDOWS_KEPT]]


def _window(row: Object) -> SyncWindow:
    return SyncWindow(
        kind=str(row.get("kind") or ""),
        schedule=said(row.get("schedule"), 1000),
        duration=said(row.get("duration"), 100),
        applications=_texts(row.get("applications")),
        namespaces=_texts(row.get("namespaces")),
        clusters=_texts(row.get("clusters")),
        and_operator=row.get("andOperator") is True,
        manual_sync=row.get("manualSync") is True,
        sync_overrun=row.get("syncOverrun") is True,
        time_zone=said(row.get("timeZone"), 100),
        description=said(row.get("description"), 200),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def verdict(known: Windows, app: Object, at: float) -> WindowState:
    """Return what the windows say of an Application at a time of the cluster's clock."""
    destination = part(app, "spec", "destination")
    meta = metadata(app)
    record = Application(
        uid=str(meta.get("uid") or ""),
        name=str(meta.get("name") or ""),
        namespace=str(meta.get("namespace") or ""),
        created_at=None,
        destination_namespace=str(destination.get("namespace") or ""),
        destination_name=str(destination.get("name") or ""),
        destination_server=str(destination.get("server") or ""),
    )
    return state(known.windows, record, at)


def check_allowed(known: Windows, app: Object, target: Target, at: float) -> WindowState:
    """Return the verdict when a sync by hand may run now.

    Raises:
        SpottuiError: A window forbids it; says which one and when that changes.
    """
    if project_of(app) != known.project:
        raise SpottuiError(f"{target.name}: its project was changed at this moment. Nothing was sent; try again.")
    found = verdict(known, app, at)
    if not found.allowed_manual:
        raise SpottuiError(f"{target.name}: {found.reason} {_opening(found, at)} Nothing was sent.")
    return found


def _opening(found: WindowState, at: float) -> str:
    if any(each.error for each in found.windows):
        return "Until then no sync of it runs at all."
    if found.manual_changes_at is None:
        return "That does not change within a year."
    return f"A sync is allowed from {moment(found.manual_changes_at)} on, in {age(at, found.manual_changes_at)}."


def moment(at: float) -> str:
    """Return a time as it stands in a sentence: "2026-11-24 14:00 UTC"."""
    try:
        return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, ValueError, OSError):
        return "a time that no calendar has"


def closing(known: Windows, found: WindowState, at: float) -> str:
    """Return what the question of a sync that is allowed should say of the windows; empty when nothing."""
    notes = [known.note]
    if found.windows and found.manual_changes_at is not None:
        until = found.manual_changes_at
        notes.append(f"Sync windows allow it until {moment(until)}, for another {age(at, until)}.")
    if found.windows and not found.allowed_auto:
        notes.append("They hold back auto-sync now, not a sync by hand.")
    return " ".join(note for note in notes if note)


async def note_for(services: Services, app: Object, target: Target) -> str:
    """Return what a sync's question should say of the windows.

    Raises:
        SpottuiError: A window forbids it, or the project does not exist.
    """
    known = await windows_of(services, app, target)
    at = services.cluster_now()
    return closing(known, check_allowed(known, app, target, at), at)
