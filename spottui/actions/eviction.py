"""Evicts a pod: a deletion that disruption budgets may forbid."""

from __future__ import annotations

from spottui.actions.objects import Object, fetch, path_of
from spottui.actions.pods import new_one, remaker, until_gone
from spottui.actions.services import Options, Services, Unfinished
from spottui.errors import NotFound, SpottuiError, TryLater
from spottui.records import Target


async def preview(services: Services, target: Target, options: Options) -> str:
    """Say who makes the new pod.

    Raises:
        SpottuiError: Nothing would make a new one.
    """
    owner = remaker(await fetch(services, target), target)
    return f"{owner['kind']} {owner['name']} makes the new one."


async def evict(services: Services, target: Target, options: Options) -> str:
    """Evict the pod and watch its controller make a new one.

    Raises:
        SpottuiError: A disruption budget does not allow it now, or it was refused.
    """
    pod = await fetch(services, target)
    owner = remaker(pod, target)
    try:
        await ask(services, target)
    except TryLater as error:
        raise SpottuiError(f"{target.name} was not evicted; it runs on. {error}") from error
    seen = await until_gone(services, target)
    return seen if isinstance(seen, Unfinished) else await new_one(services, target, pod, owner)


async def ask(services: Services, target: Target, grace: int | None = None) -> None:
    """Ask for the eviction of exactly this pod.

    Raises:
        TryLater: A disruption budget does not allow it now; the text names it.
        NotFound, Conflict: It is gone, or another one has its name.
    """
    options: Object = {"preconditions": {"uid": target.uid}}
    if grace is not None:
        options["gracePeriodSeconds"] = grace
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": target.name, "namespace": target.namespace},
        "deleteOptions": options,
    }
    try:
        await services.api.request("POST", f"{path_of(target)}/eviction", body=body)
    except NotFound as error:
        raise NotFound(f"{target.name} was gone before it could be evicted.") from error
