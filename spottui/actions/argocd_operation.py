"""Starts an operation of an Argo CD Application as Argo CD's own server does it, once nothing is in its way."""

from __future__ import annotations

from collections.abc import Callable

from spottui.actions.argocd_rest import NEEDS_GIT, RestRoad
from spottui.actions.argocd_windows import check_allowed, windows_of
from spottui.actions.objects import Object, fetch, guarded, metadata, part, patch, said, stamped
from spottui.actions.services import Services
from spottui.errors import SpottuiError
from spottui.records import Target

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
SKIP = "argocd.argoproj.io/skip-reconcile"
COMPARED = ("Synced", "OutOfSync")

Request = Callable[[Object], Object]
"""Makes of the Application, as just read, an operation's `sync` and `retry`; raises SpottuiError to refuse."""


async def start(services: Services, target: Target, request: Request, row: int | None = None) -> Object:
    """Evaluate the sync windows, look that no operation is there, and set one; return the Application.

    `row` is the id of a row of the history that is gone back to; argocd-server wants to know.

    Raises:
        SpottuiError: A window forbids it, an operation is in progress, it is being deleted, or `request` refused.
    """
    known = await windows_of(services, await fetch(services, target), target)

    async def attempt() -> Object:
        app = await fetch(services, target)
        check_free(app, target)
        check_allowed(known, app, target, services.cluster_now())
        wanted = request(app)
        if services.argocd is not None:
            return await RestRoad(services.argocd).start(target, app, wanted, services.user, row)
        return await patch(services, target, _change(app, wanted, services.user), MERGE)

    return await guarded(attempt, target)


async def change_spec(services: Services, target: Target, app: Object, change: Object) -> Object:
    """Merge-patch the spec or the annotations of an Application as just read; return it as it is then.

    Raises:
        SpottuiError: It was refused; Conflict when it changed since it was read.
    """
    if services.argocd is not None:
        return await RestRoad(services.argocd).change(target, app, change)
    whole = {**change, "metadata": stamped(app, **part(change, "metadata"))}
    return await patch(services, target, whole, MERGE)


def _change(app: Object, request: Object, user: str) -> Object:
    return {
        "metadata": stamped(app),
        "operation": {"initiatedBy": {"username": user}, **request},
        # Argo CD up to 3.5 mixes an old state that is left here into the new operation.
        "status": {"operationState": None},
    }


def with_policy(app: Object, sync: Object, *, options: tuple[str, ...] = (), limit: int | None = None) -> Object:
    """Return an operation's `sync` and `retry`, with what the controller does not add: the policy's own.

    Args:
        options: Further sync options, "Name=value"; each replaces the policy's of its name.
        limit: How often it is tried again, in place of the policy's own.
    """
    policy = part(app, "spec", "syncPolicy")
    names = {option.partition("=")[0] for option in options}
    own = policy.get("syncOptions")
    kept = [each for each in own if str(each).partition("=")[0] not in names] if isinstance(own, list) else []
    retry = policy.get("retry") or {}
    if limit is not None:
        retry = {**part(policy, "retry"), "limit": limit}
    return {"sync": {"syncOptions": [*kept, *options], **sync}, "retry": retry}


def check_free(app: Object, target: Target) -> None:
    """Refuse a second operation: the API server would take it and overwrite the first."""
    if metadata(app).get("deletionTimestamp"):
        raise SpottuiError(f"{target.name} is being deleted. Nothing was sent.")
    if not app.get("operation"):
        return
    state = part(app, "status", "operationState")
    phase = said(state.get("phase")) or "waiting to start"
    message = said(state.get("message"))
    raise SpottuiError(
        f"{target.name}: an operation of {who_asked(app)} is in progress ({phase}{f': {message}' if message else ''}). "
        "Nothing was sent; try again when it has ended."
    )


def who_asked(app: Object) -> str:
    """Return who asked for the operation in progress."""
    asked_by = part(app, "operation", "initiatedBy")
    return "auto-sync" if asked_by.get("automated") else said(asked_by.get("username"), 80) or "somebody"


def check_compared(app: Object, target: Target) -> None:
    """Refuse to prune while sync is Unknown: then every resource is marked for pruning, falsely."""
    if part(app, "status", "sync").get("status") in COMPARED:
        return
    raise SpottuiError(
        f"{target.name}: its state is not compared with git now, so nobody knows what would be deleted. "
        "Nothing was sent; refresh it first."
    )


def standing_note(app: Object, services: Services) -> str:
    """Return what a question should say of how an Application stands: paused, or not compared; empty when neither."""
    notes = []
    if is_paused(app):
        notes.append(f"It is paused (annotation {SKIP}): nothing happens until that is taken away.")
    status = part(app, "status", "sync").get("status")
    if not status:
        notes.append("Argo CD has not compared it with git yet.")
    elif status not in COMPARED:
        notes.append("Argo CD could not compare it with git when it last tried.")
        notes += [NEEDS_GIT] if services.argocd is not None else []
    return " ".join(notes)


def is_paused(app: Object) -> bool:
    """The controller leaves the Application alone."""
    return part(app, "metadata", "annotations").get(SKIP) == "true"
