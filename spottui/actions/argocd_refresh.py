"""Lets Argo CD compare an Application with git again, and waits until it has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from spottui.actions.argocd_operation import MERGE, is_paused
from spottui.actions.argocd_rest import RestRoad
from spottui.actions.argocd_results import NO_CONTROLLER, PAUSED, standing
from spottui.actions.elapsed import Elapsed
from spottui.actions.objects import PASSING, Object, fetch, part, patch
from spottui.actions.services import Options, Services
from spottui.clients import ServerClient
from spottui.errors import NotFound, OutcomeUnknown, SpottuiError
from spottui.records import Target

REFRESH = "argocd.argoproj.io/refresh"
WATCHED_FOR = 90.0
"""Seconds after which a refresh that is still pending means that no controller runs."""
UNCHANGED_FOR = 3.0
"""Seconds until a consumed refresh is believed although reconciledAt (whole seconds) did not move."""
LEAVES_WITHIN = 2.0
"""Seconds that an answer of argocd-server is waited for, however little the operator wants to wait."""
PAUSES = (0.3, 0.5, 0.7)
PAUSE = 1.0


async def refresh(services: Services, target: Target, options: Options) -> str:
    """Let Argo CD read git again and compare."""
    return await _refresh(services, target, "normal")


async def hard_refresh(services: Services, target: Target, options: Options) -> str:
    """Let Argo CD read git again, render the manifests anew and compare."""
    return await _refresh(services, target, "hard")


async def _refresh(services: Services, target: Target, how: str) -> str:
    before = await fetch(services, target)
    if services.argocd is not None:
        return await _by_server(services, services.argocd, target, before, how)
    elapsed = Elapsed(services.clock)
    await patch(services, target, {"metadata": {"uid": target.uid, "annotations": {REFRESH: how}}}, MERGE)
    compared_before = part(before, "status").get("reconciledAt")
    lost, seconds = "", 0.0
    for pause in _pauses():
        await services.sleep(pause)
        seconds = elapsed()
        if seconds >= WATCHED_FOR:
            break
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
        if moved or seconds >= UNCHANGED_FOR:
            return f"{target.name}: refreshed; {standing(app)}."
    seen = lost or (PAUSED if is_paused(before) else NO_CONTROLLER)
    raise OutcomeUnknown(f"{target.name}: the refresh was accepted but is not done after {WATCHED_FOR:.0f} s. {seen}")


async def _by_server(services: Services, server: ServerClient, target: Target, app: Object, how: str) -> str:
    """Have argocd-server refresh: it answers when that is done, and it is done without us too."""
    asking = asyncio.create_task(RestRoad(server).refresh(target, app, how))
    try:
        await asyncio.wait({asking}, timeout=LEAVES_WITHIN)
        while not asking.done():
            await services.sleep(PAUSES[0])
    finally:
        asking.cancel()
    return f"{target.name}: refreshed; {standing(await asking)}."


def _pauses() -> Iterator[float]:
    yield from PAUSES
    while True:
        yield PAUSE
