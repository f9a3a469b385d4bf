"""Triggers a CronJob now, suspends it and lets it go on."""

from __future__ import annotations

from spottui.actions.argocd_owner import taken_back
from spottui.actions.jobs import create_and_watch, new_name
from spottui.actions.objects import Object, fetch, guarded, metadata, part, patch, rows, stamped
from spottui.actions.services import Options, Services
from spottui.actions.workloads import MERGE
from spottui.errors import SpottuiError
from spottui.records import Target

INSTANTIATE = "cronjob.kubernetes.io/instantiate"


async def preview_trigger(services: Services, target: Target, options: Options) -> str:
    """Say what runs already, and that a suspended one is triggered all the same."""
    cron = await fetch(services, target)
    active = len(rows(part(cron, "status"), "active"))
    notes = [f"{active} of its Jobs {'runs' if active == 1 else 'run'} now; this one runs beside." if active else ""]
    if part(cron, "spec").get("suspend") is True:
        notes.append("Its schedule is suspended and stays so.")
    return " ".join(note for note in notes if note)


async def trigger(services: Services, target: Target, options: Options) -> str:
    """Make a Job of its template now, as `kubectl create job --from` does."""
    cron = await fetch(services, target)
    return await create_and_watch(services, target, _job_of(cron, target))


async def preview_suspend(services: Services, target: Target, options: Options) -> str:
    """Say what goes on.

    Raises:
        SpottuiError: It is suspended already.
    """
    cron = await fetch(services, target)
    _check(cron, target, is_suspended=False)
    return f"A Job that runs goes on. {await taken_back(services, cron)}".strip()


async def suspend(services: Services, target: Target, options: Options) -> str:
    """Stop its schedule."""
    await _set(services, target, is_suspended=True)
    return f"{target.name}: suspended; no new Job is made until it is resumed."


async def preview_resume(services: Services, target: Target, options: Options) -> str:
    """Say that a run that was missed may be made up for at once.

    Raises:
        SpottuiError: It is not suspended.
    """
    cron = await fetch(services, target)
    _check(cron, target, is_suspended=True)
    late = "A run that it missed may start at once."
    return f"{late} {await taken_back(services, cron)}".strip()


async def resume(services: Services, target: Target, options: Options) -> str:
    """Let its schedule go on."""
    await _set(services, target, is_suspended=False)
    return f"{target.name}: resumed; its schedule is {part(await fetch(services, target), 'spec').get('schedule')}."


def _job_of(cron: Object, target: Target) -> Object:
    template = part(cron, "spec", "jobTemplate")
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": target.name, "uid": target.uid, "controller": True}
    meta = {
        "name": new_name(target.name),
        "namespace": target.namespace,
        "labels": part(metadata(template), "labels"),
        "annotations": {**part(metadata(template), "annotations"), INSTANTIATE: "manual"},
        "ownerReferences": [owner],
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": part(template, "spec")}


async def _set(services: Services, target: Target, *, is_suspended: bool) -> None:
    async def change() -> Object:
        cron = await fetch(services, target)
        _check(cron, target, is_suspended=not is_suspended)
        return await patch(services, target, {"metadata": stamped(cron), "spec": {"suspend": is_suspended}}, MERGE)

    await guarded(change, target)
    if (part(await fetch(services, target), "spec").get("suspend") is True) is not is_suspended:
        raise SpottuiError(f"{target} was changed, but somebody, or Argo CD, set it back at once.")


def _check(cron: Object, target: Target, *, is_suspended: bool) -> None:
    if (part(cron, "spec").get("suspend") is True) is not is_suspended:
        state = "not suspended" if is_suspended else "suspended already"
        raise SpottuiError(f"{target} is {state}. Nothing was sent.")
