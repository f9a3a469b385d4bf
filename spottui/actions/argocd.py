"""Syncs and refreshes Argo CD Applications through the Kubernetes API, as Argo CD's own server does it."""

from __future__ import annotations

from collections.abc import Iterator

from spottui.actions.argocd_results import (
    NO_CONTROLLER,
    standing,
    watch_sync,
)
from spottui.actions.objects import (
    PASSING,
    Object,
    collection,
    fetch,
    guarded,
    metadata,
    part,
    patch,
    read,
    rows,
    said,
)
from spottui.actions.services import Options, Services
from spottui.errors import Forbidden, NotFound, OutcomeUnknown, SpottuiError
from spottui.records import Target

MERGE = "application/merge-patch+json"
REFRESH = "argocd.argoproj.io/refresh"
REFRESH_WATCHED_FOR = 90.0
"""Seconds after which a refresh that is still pending means that no controller runs."""
UNCHANGED_FOR = 3.0
"""Seconds until a consumed refresh is believed although reconciledAt (whole seconds) did not move."""
PAUSES = (0.3, 0.5, 0.7)
PAUSE = 1.0


async def preview_sync(services: Services, target: Target, options: Options) -> str:
    """Say what stands in the way of a sync: sync windows, a comparison that failed.

    Raises:
        SpottuiError: An operation is in progress; NotFound when it is another one now.
    """
    _check_options(options)
    return await preview_dry_run(services, target, options)


async def preview_dry_run(services: Services, target: Target, options: Options) -> str:
    """Say the same; a dry run may be one of a sync that prunes."""
    app = await fetch(services, target)
    _check_free(app, target)
    if options.get("prune"):
        _check_compared(app, target)
    return " ".join(note for note in (_compared(app), await _windows(services, app, target)) if note)


async def preview_prune(services: Services, target: Target, options: Options) -> str:
    """Say the same, and refuse while nothing is known about what is in git."""
    app = await fetch(services, target)
    _check_free(app, target)
    _check_compared(app, target)
    return await _windows(services, app, target)


async def sync(services: Services, target: Target, options: Options) -> str:
    """Sync to `options["revision"]`, or to the Application's own target revision."""
    _check_options(options)
    return await _sync(services, target, options)


async def dry_run(services: Services, target: Target, options: Options) -> str:
    """Let Argo CD try a sync, with pruning if `options["prune"]`, without changing anything."""
    return await _sync(services, target, options, dry_run=True, prune=bool(options.get("prune")))


async def sync_and_prune(services: Services, target: Target, options: Options) -> str:
    """Sync and delete what is no longer in git."""
    return await _sync(services, target, options, prune=True)


async def refresh(services: Services, target: Target, options: Options) -> str:
    """Let Argo CD read git again and compare."""
    return await _refresh(services, target, "normal")


async def hard_refresh(services: Services, target: Target, options: Options) -> str:
    """Let Argo CD read git again, render the manifests anew and compare."""
    return await _refresh(services, target, "hard")


def _check_options(options: Options) -> None:
    """Refuse what a plain sync does not do: pruning wants the name typed, so it is an action of its own."""
    for option, action in (("prune", "application.sync-prune"), ("dry_run", "application.sync-dry-run")):
        if options.get(option):
            raise SpottuiError(f"A sync with {option} is the action {action}. Nothing was sent.")


# -- sync ------------------------------------------------------------------------------------------------


async def _sync(
    services: Services, target: Target, options: Options, *, prune: bool = False, dry_run: bool = False
) -> str:
    chosen: Object = {}
    if options.get("revision"):
        chosen["revision"] = options["revision"]
    if prune:
        chosen["prune"] = True
    if dry_run:
        chosen["dryRun"] = True

    async def start() -> Object:
        app = await fetch(services, target)
        _check_free(app, target)
        if prune:
            _check_compared(app, target)
        return await patch(services, target, _operation(app, chosen, services.user), MERGE)

    asked_at = services.clock()
    await guarded(start, target)
    return await watch_sync(services, target, asked_at, dry_run=dry_run)


def _operation(app: Object, chosen: Object, user: str) -> Object:
    policy = part(app, "spec", "syncPolicy")
    return {
        "metadata": {
            "uid": metadata(app).get("uid"),
            "resourceVersion": metadata(app).get("resourceVersion"),
        },
        "operation": {
            "initiatedBy": {"username": user},
            # The controller does not add the policy's own options and retries to an operation.
            "sync": {"syncOptions": policy.get("syncOptions") or [], **chosen},
            "retry": policy.get("retry") or {},
        },
        # Argo CD up to 3.5 mixes an old state that is left here into the new operation.
        "status": {"operationState": None},
    }


def _check_free(app: Object, target: Target) -> None:
    """Refuse a second operation: the API server would take it and overwrite the first."""
    if not app.get("operation"):
        return
    state = part(app, "status", "operationState")
    asked_by = part(app, "operation", "initiatedBy")
    who = "auto-sync" if asked_by.get("automated") else said(asked_by.get("username")) or "somebody"
    phase = said(state.get("phase")) or "waiting to start"
    message = said(state.get("message"))
    raise SpottuiError(
        f"{target.name}: an operation of {who} is in progress ({phase}{f': {message}' if message else ''}). "
        "Nothing was sent; try again when it has ended."
    )


def _check_compared(app: Object, target: Target) -> None:
    """Refuse to prune while sync is Unknown: then every resource is marked for pruning, falsely."""
    if part(app, "status", "sync").get("status") in ("Synced", "OutOfSync"):
        return
    raise SpottuiError(
        f"{target.name}: its state is not compared with git now, so nobody knows what would be deleted. "
        "Nothing was sent; refresh it first."
    )


def _compared(app: Object) -> str:
    status = part(app, "status", "sync").get("status")
    if status in ("Synced", "OutOfSync"):
        return ""
    if not status:
        return "Argo CD has not compared it with git yet."
    return "Argo CD could not compare it with git when it last tried."


async def _windows(services: Services, app: Object, target: Target) -> str:
    """Say that sync windows exist: Argo CD takes an operation that they forbid, and leaves it waiting."""
    project = str(part(app, "spec").get("project") or "default")
    namespace = str(part(app, "status").get("controllerNamespace") or target.namespace)
    try:
        found = await read(services.api, f"{collection('AppProject', namespace)}/{project}")
    except (Forbidden, NotFound):
        return f"Whether sync windows forbid it is not known: project {project} cannot be read."
    windows = rows(part(found, "spec"), "syncWindows")
    if not windows:
        return ""
    count = "a sync window" if len(windows) == 1 else f"{len(windows)} sync windows"
    return (
        f"Project {project} has {count}, which spottui does not evaluate yet: "
        "a sync that is forbidden now waits until it is allowed."
    )


# -- refresh ---------------------------------------------------------------------------------------------


async def _refresh(services: Services, target: Target, how: str) -> str:
    before = await fetch(services, target)
    asked_at = services.clock()
    await patch(services, target, {"metadata": {"uid": target.uid, "annotations": {REFRESH: how}}}, MERGE)
    compared_before = part(before, "status").get("reconciledAt")
    lost = ""
    for pause in _pauses(services, asked_at):
        await services.sleep(pause)
        try:
            app, lost = await fetch(services, target), ""
        except PASSING as error:
            lost = str(error)
            continue
        except NotFound as error:
            raise SpottuiError(f"{target.name} was deleted while it was refreshed.") from error
        if REFRESH in part(app, "metadata", "annotations"):
            continue
        moved = part(app, "status").get("reconciledAt") != compared_before
        if moved or services.clock() - asked_at >= UNCHANGED_FOR:
            return f"{target.name}: refreshed; {standing(app)}."
    seen = lost or NO_CONTROLLER
    raise OutcomeUnknown(
        f"{target.name}: the refresh was accepted but is not done after {REFRESH_WATCHED_FOR:.0f} s. {seen}"
    )


def _pauses(services: Services, asked_at: float) -> Iterator[float]:
    yield from PAUSES
    while services.clock() - asked_at < REFRESH_WATCHED_FOR:
        yield PAUSE
