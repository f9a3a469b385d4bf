"""Pauses and resumes the rollout of a Deployment."""

from __future__ import annotations

from spottui.actions.argocd_owner import taken_back
from spottui.actions.objects import Object, fetch, guarded, part, patch, stamped
from spottui.actions.rollout import judge
from spottui.actions.services import Options, Services
from spottui.actions.workloads import MERGE, Words, watch_rollout
from spottui.errors import SpottuiError
from spottui.records import Target

RESUME = Words("Resumption", "resumed", "resumed")


async def preview_pause(services: Services, target: Target, options: Options) -> str:
    """Say how far its rollout is.

    Raises:
        SpottuiError: It is paused already.
    """
    workload = await fetch(services, target)
    _check(workload, target, is_paused=False)
    rollout = judge(workload)
    how = (
        "Its last rollout is complete" if rollout.state == "done" else f"{rollout.new} of {rollout.wanted} pods are new"
    )
    return f"{how}; its pods run on. {await taken_back(services, workload)}".strip()


async def pause(services: Services, target: Target, options: Options) -> str:
    """Pause it; what was begun stands still, and later changes wait."""
    await _set(services, target, is_paused=True)
    if part(await fetch(services, target), "spec").get("paused") is not True:
        raise SpottuiError(f"{target} was paused, but is not any more: somebody, or Argo CD, resumed it at once.")
    return f"{target.name}: paused; changes of its pods wait until it is resumed."


async def preview_resume(services: Services, target: Target, options: Options) -> str:
    """Say nothing but what Argo CD does.

    Raises:
        SpottuiError: It is not paused.
    """
    workload = await fetch(services, target)
    _check(workload, target, is_paused=True)
    return await taken_back(services, workload)


async def resume(services: Services, target: Target, options: Options) -> str:
    """Resume it, and watch what waited being rolled out."""
    asked_at = services.clock()
    await _set(services, target, is_paused=False)
    return await watch_rollout(services, target, asked_at, RESUME)


async def _set(services: Services, target: Target, *, is_paused: bool) -> None:
    async def change() -> Object:
        workload = await fetch(services, target)
        _check(workload, target, is_paused=not is_paused)
        body = {"metadata": stamped(workload), "spec": {"paused": True if is_paused else None}}
        return await patch(services, target, body, MERGE)

    await guarded(change, target)


def _check(workload: Object, target: Target, *, is_paused: bool) -> None:
    if (part(workload, "spec").get("paused") is True) is is_paused:
        return
    state = "not paused" if is_paused else "paused already"
    raise SpottuiError(f"{target} is {state}. Nothing was sent.")
