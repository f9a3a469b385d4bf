"""Which permissions a command needs where, and the sentence when one is missing; sends nothing but questions."""

from __future__ import annotations

import asyncio
import contextlib

from msgspec import structs

from spottui.actions import kube_events
from spottui.actions.action import Action
from spottui.actions.objects import RESOURCES
from spottui.actions.permits import Permits
from spottui.actions.services import Services
from spottui.errors import SpottuiError
from spottui.records import Target


async def refusal(permits: Permits, services: Services, action: Action, target: Target) -> str:
    """Return why the target may not be commanded, empty when it may.

    Raises:
        SpottuiError: That could not be found out.
    """
    answer = await permits.may(action.permission(target), target)
    if not answer.allowed:
        return answer.reason
    own = RESOURCES[target.kind][2]
    for permission in action.also:
        # A role may name the target itself; of other kinds there is no name that could be asked for.
        about = target if permission.resource == own else structs.replace(target, name="")
        answer = await permits.may(permission, about)
        if not answer.allowed:
            return answer.reason
    return await _refusal_inside(permits, services, action, target) if action.inside else ""


async def _refusal_inside(permits: Permits, services: Services, action: Action, target: Target) -> str:
    """Ask for the whole cluster first: one question then spares the look at which namespaces it is about."""
    place = structs.replace(target, namespace="", name="")
    answers = [await permits.may(permission, place) for permission in action.inside]
    if all(answer.allowed for answer in answers) or action.namespaces is None:
        return next((answer.reason for answer in answers if not answer.allowed), "")
    for namespace in await action.namespaces(services, target):
        for permission in action.inside:
            answer = await permits.may(permission, structs.replace(place, namespace=namespace))
            if not answer.allowed:
                return answer.reason
    return ""


async def may_leave_event(permits: Permits, target: Target) -> bool:
    """Tell whether an Event may be made where the target is; no answer in time is a no."""
    place = structs.replace(target, kind="Event", namespace=target.namespace or "default", name="")
    with contextlib.suppress(SpottuiError, TimeoutError):
        async with asyncio.timeout(kube_events.PATIENCE):
            return (await permits.may(kube_events.PERMISSION, place)).allowed
    return False
