"""Deletes an Application: with what it deployed, in the foreground or in the background, or without."""

from __future__ import annotations

from spottui.actions.argocd_operation import MERGE
from spottui.actions.argocd_owner import heals, parent_of
from spottui.actions.argocd_rest import RestRoad
from spottui.actions.argocd_reverts import AGENT
from spottui.actions.elapsed import Elapsed
from spottui.actions.forms import Field, Pick
from spottui.actions.objects import (
    PASSING,
    Object,
    fetch,
    guarded,
    metadata,
    part,
    patch,
    path_of,
    read,
    rows,
    said,
    stamped,
    uid_of,
)
from spottui.actions.services import Options, Services, Unfinished
from spottui.errors import NotFound, OutcomeUnknown, SpottuiError
from spottui.records import Target

FINALIZER = "resources-finalizer.argocd.argoproj.io"
"""Its mere name is foreground; "/foreground" and "/background" follow it."""
MODES = {"foreground": FINALIZER, "background": f"{FINALIZER}/background", "none": ""}
"""Cascade -> the finalizer that brings it about; none of them: what was deployed stays."""
WORST = ("Namespace", "PersistentVolumeClaim", "CustomResourceDefinition", "Application")
"""Kinds that take more with them than themselves."""
WATCHED_FOR = 90.0
MARKED_WITHIN = 3.0
"""Seconds; argocd-server reads from a copy that may lag."""
PAUSE = 1.0


async def form(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask what becomes of what it deployed."""
    await fetch(services, target)
    picks = (
        Pick("none", "Keep what it deployed", "only Argo CD forgets it"),
        Pick("foreground", "Delete what it deployed", "each object waits for what it owns"),
        Pick("background", "Delete it in the background", "faster; what objects own goes later"),
    )
    return (Field(name="cascade", text=f"Delete {target}: what becomes of its resources?", kind="choice", picks=picks),)


def describe(target: Target, options: Options) -> str:
    """Return the question's sentence with what becomes of the resources."""
    ends = {
        "none": "and keep what it deployed",
        "foreground": "AND EVERYTHING IT DEPLOYED",
        "background": "AND EVERYTHING IT DEPLOYED, in the background",
    }
    more = ends.get(str(options.get("cascade")), "")
    where = f" in namespace {target.namespace}" if target.namespace else ""
    return f"Delete {target}{where}{f' {more}' if more else ''}"


async def preview(services: Services, target: Target, options: Options) -> str:
    """Say what goes along, and whether something makes it again.

    Raises:
        SpottuiError: It is being deleted already, or the cascade is none.
    """
    mode = _mode(options)
    app = await fetch(services, target)
    _check_there(app, target)
    notes = [_what_goes(app) if mode != "none" else _what_stays(app), await _made_again(services, app)]
    if app.get("operation"):
        notes.append("An operation of it is in progress.")
    return " ".join(note for note in notes if note)


async def delete(services: Services, target: Target, options: Options) -> str:
    """Set the finalizer that `options["cascade"]` needs, delete, and wait until it is gone.

    Raises:
        SpottuiError: It was refused; OutcomeUnknown when nothing could be read back.
    """
    mode = _mode(options)

    async def attempt() -> Object:
        app = await fetch(services, target)
        _check_there(app, target)
        if services.argocd is not None:
            await RestRoad(services.argocd).delete(target, app, "" if mode == "none" else mode)
            return app
        if (wanted := _finalizers(app, mode)) != _listed(app):
            change = {"metadata": stamped(app, finalizers=wanted or None)}
            app = await patch(services, target, change, MERGE)
        if _finalizers(app, mode) != _listed(app):
            raise SpottuiError(f"{target.name}: the cluster changed the finalizers that were sent. Not deleted.")
        # Both preconditions: what was read is deleted, with the finalizers that were asked for, or nothing is.
        body = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": {"uid": target.uid, "resourceVersion": metadata(app).get("resourceVersion")},
        }
        await services.api.request("DELETE", path_of(target), body=body)
        return app

    app = await guarded(attempt, target)
    return await _watch(services, target, mode, len(rows(part(app, "status"), "resources")))


def _mode(options: Options) -> str:
    mode = str(options.get("cascade") or "")
    if mode not in MODES:
        raise SpottuiError(f"The cascade of a deletion is {', '.join(MODES)}. Nothing was sent.")
    return mode


def _check_there(app: Object, target: Target) -> None:
    if metadata(app).get("deletionTimestamp"):
        raise SpottuiError(f"{target.name} is being deleted already. Nothing was sent.{_error(app)}")


def _listed(app: Object) -> list[str]:
    found = metadata(app).get("finalizers")
    return [str(each) for each in found] if isinstance(found, list) else []


def _finalizers(app: Object, mode: str) -> list[str]:
    """Return the finalizers with those of a cascade replaced; others (hooks, other controllers) stay."""
    kept = [each for each in _listed(app) if each.partition("/")[0] != FINALIZER]
    present = [each for each in _listed(app) if each not in kept]
    if mode == "none":
        return kept
    fitting = (MODES[mode], f"{FINALIZER}/foreground") if mode == "foreground" else (MODES[mode],)
    if len(present) == 1 and present[0] in fitting:
        return _listed(app)
    return [*kept, MODES[mode]]


def _what_goes(app: Object) -> str:
    listed = rows(part(app, "status"), "resources")
    if not listed:
        return "It says of no resource that it deployed it; those that carry its mark go along."
    worst = [row for row in listed if row.get("kind") in WORST]
    names = ", ".join(f"{said(row.get('kind'), 80)} {said(row.get('name'), 253)}" for row in worst[:3])
    more = f" and {len(worst) - 3} more" if len(worst) > 3 else ""
    loud = f", among them {names}{more} with all that is in {'them' if len(worst) > 1 else 'it'}" if worst else ""
    count = "1 resource goes" if len(listed) == 1 else f"{len(listed)} resources go"
    return f"{count} along{loud}."


def _what_stays(app: Object) -> str:
    count = len(rows(part(app, "status"), "resources"))
    return f"{count} resources stay and run on; nobody keeps them as git says any more." if count else ""


async def _made_again(services: Services, app: Object) -> str:
    for row in rows(metadata(app), "ownerReferences"):
        if row.get("kind") == "ApplicationSet":
            return f"ApplicationSet {said(row.get('name'), 80)} made it and makes it again."
    if AGENT in part(app, "metadata", "annotations"):
        return "It comes from the hub of argocd-agent, which makes it again."
    try:
        parent = await parent_of(services, app)
    except SpottuiError:  # only a note
        return ""
    if parent is None:
        return ""
    name = said(metadata(parent).get("name"), 80)
    when = "heals itself and makes it again at once" if heals(parent) else "makes it again with its next sync"
    return f"It belongs to the Application {name}, which {when}."


def _error(app: Object) -> str:
    for row in rows(part(app, "status"), "conditions"):
        if row.get("type") == "DeletionError":
            return f" Argo CD says: {said(row.get('message'))}."
    return ""


async def _watch(services: Services, target: Target, mode: str, count: int) -> str:
    elapsed, seen, lost = Elapsed(services.clock), None, ""
    along = {"none": "; what it deployed stays", "background": " with what it deployed, in the background"}
    while True:
        seconds = elapsed()
        try:
            seen, lost = await read(services.api, path_of(target)), ""
        except NotFound:
            end = along.get(mode, " with everything it deployed" if count else "")
            return f"{target.name}: deleted{end}."
        except PASSING as error:
            lost = str(error)
        if seen is not None and not lost:
            if uid_of(seen) != target.uid:
                return f"{target.name}: deleted; somebody has made another one of its name since."
            if not metadata(seen).get("deletionTimestamp") and seconds >= MARKED_WITHIN:
                raise SpottuiError(f"{target.name}: the deletion was accepted, but it is not being deleted.")
            services.progress(f"{target.name}: is being deleted.{_error(seen)}")
        if seconds >= WATCHED_FOR:
            break
        await services.sleep(PAUSE)
    if seen is None:
        raise OutcomeUnknown(f"Deletion of {target.name} was accepted, but nothing was read back. {lost}")
    left = ", ".join(_listed(seen)) or "nothing that is named"
    return Unfinished(
        f"Deletion of {target.name} asked; it is still there after {WATCHED_FOR:.0f} s, held by {said(left)}."
        f"{_error(seen)} {lost}".rstrip()
    )
