"""Ends the operation of an Application that is in progress, and clears one that hangs in its end.

Both are guarded by the state that was seen: an unguarded patch after the end would leave a ghost that never ends.
"""

from __future__ import annotations

from spottui.actions.argocd_operation import JSON_PATCH, who_asked
from spottui.actions.argocd_rest import CLEAR, RestRoad, cannot
from spottui.actions.argocd_results import BLOCKED, COMPLETED, has_ended
from spottui.actions.elapsed import Elapsed
from spottui.actions.forms import Field
from spottui.actions.objects import PASSING, Object, fetch, part, patch, said
from spottui.actions.services import Options, Services, Unfinished
from spottui.clients import ServerClient
from spottui.clock import age, parse_time, rfc3339
from spottui.errors import NotFound, OutcomeUnknown, Refused, SpottuiError
from spottui.records import Target

STATE = "/status/operationState"
WATCHED_FOR = 30.0
"""Seconds of Terminating after which clearing it is offered."""
CLEARED_FOR = 3.0
"""Seconds that a cleared state is watched: a controller that still works on it writes it again."""
PAUSE = 0.5
NOT_RUNNING = "no operation is in progress"


async def form(services: Services, target: Target) -> tuple[Field, ...]:
    """Fix which operation is meant; nothing is asked.

    Raises:
        SpottuiError: None is in progress.
    """
    state = _state(await fetch(services, target), target)
    return (Field(name="started_at", text="", kind="fixed", value=_started(state)),)


async def preview(services: Services, target: Target, options: Options) -> str:
    """Say whose operation it is and how far.

    Raises:
        SpottuiError: None is in progress, or it is another one than was chosen.
    """
    app = await fetch(services, target)
    state = _running(app, target, options)
    at = parse_time(_started(state))
    since = f" for {age(at, services.clock())}" if at is not None else ""
    message = said(state.get("message"))
    notes = [f"The operation of {who_asked(app)} runs{since}{f': {message}' if message else ''}."]
    if message.startswith(BLOCKED):
        notes.append("A sync window holds it, and then it ends only when the window lets it: it hangs till then.")
    return " ".join(notes)


async def terminate(services: Services, target: Target, options: Options) -> str:
    """End the operation that began at `options["started_at"]`, or the one in progress, and wait until it has ended.

    Raises:
        SpottuiError: None is in progress, or it ended by itself before.
    """
    app = await fetch(services, target)
    state = _running(app, target, options)
    change: list[Object] = [
        *_guards(target, state, "Running"),
        {"op": "replace", "path": f"{STATE}/phase", "value": "Terminating"},
    ]
    if services.argocd is not None:
        await _ask(services, services.argocd, target, app)
    else:
        await _send(services, target, change, "it was terminated")
    return await _watch(services, target, _started(state))


async def _ask(services: Services, server: ServerClient, target: Target, app: Object) -> None:
    """Have argocd-server end it; one that ended before is told by what is there now."""
    try:
        await RestRoad(server).terminate(target, app)
    except Refused as error:
        if "No operation is in progress" not in str(error):
            raise
        raise _too_late(target, await fetch(services, target), "it was terminated") from error


async def preview_clear(services: Services, target: Target, options: Options) -> str:
    """Say what it means.

    Raises:
        SpottuiError: It does not hang in its end, or not for long enough.
    """
    _check_road(services, target)
    state = _hanging(await fetch(services, target), target, services, options)
    message = said(state.get("message"))
    return (
        f"The operation is Terminating{f' ({message})' if message else ''} and does not end. "
        "Clearing takes it away and calls it failed; what it applied stays, and hooks that run are not stopped."
    )


async def clear(services: Services, target: Target, options: Options) -> str:
    """Take an operation away that hangs in its end, and look that it stays away.

    Raises:
        SpottuiError: It does not hang, or it ended by itself before.
    """
    _check_road(services, target)
    app = await fetch(services, target)
    state = _hanging(app, target, services, options)
    why = "was blocked by a sync window" if str(state.get("message") or "").startswith(BLOCKED) else "did not end"
    taken = {"op": "remove", "path": "/operation"} if app.get("operation") else _absent()
    change: list[Object] = [
        *_guards(target, state, "Terminating"),
        taken,
        {"op": "replace", "path": f"{STATE}/phase", "value": "Failed"},
        {"op": "add", "path": f"{STATE}/finishedAt", "value": rfc3339(services.cluster_now())},
        {"op": "add", "path": f"{STATE}/message", "value": f"Cleared by {services.user} (it {why})"},
    ]
    await _send(services, target, change, "it was cleared")
    elapsed = Elapsed(services.clock)
    while elapsed() < CLEARED_FOR:
        await services.sleep(PAUSE)
        seen = await fetch(services, target)
        now = part(seen, "status", "operationState")
        if _started(now) == _started(state) and (seen.get("operation") or now.get("phase") not in COMPLETED):
            raise SpottuiError(f"{target.name}: the operation was cleared, but Argo CD goes on with it.")
    return f"{target.name}: the operation is cleared; the next one can start."


def _check_road(services: Services, target: Target) -> None:
    if services.argocd is not None:
        raise SpottuiError(f"{target.name}: {cannot(CLEAR)} Nothing was sent.")


def _absent() -> Object:
    return {"op": "test", "path": "/operation", "value": None}


def _guards(target: Target, state: Object, phase: str) -> list[Object]:
    guards: list[Object] = [
        {"op": "test", "path": "/metadata/uid", "value": target.uid},
        {"op": "test", "path": f"{STATE}/phase", "value": phase},
    ]
    if _started(state):
        guards.append({"op": "test", "path": f"{STATE}/startedAt", "value": _started(state)})
    return guards


async def _send(services: Services, target: Target, change: list[Object], before: str) -> None:
    """Send a guarded patch; one whose guard did not hold is told by what is there now."""
    try:
        await patch(services, target, change, JSON_PATCH)
    except Refused as error:
        app = await fetch(services, target)
        state = part(app, "status", "operationState")
        if state.get("phase") == change[1]["value"] and _started(state) in (change[2].get("value"), ""):
            raise  # the guard holds: it was refused for another reason
        raise _too_late(target, app, before) from error


def _too_late(target: Target, app: Object, before: str) -> SpottuiError:
    state = part(app, "status", "operationState")
    phase, message = said(state.get("phase"), 80) or "gone", said(state.get("message"))
    return SpottuiError(
        f"{target.name}: the operation changed before {before}: {phase}{f', {message}' if message else ''}. "
        "Nothing was changed."
    )


def _started(state: Object) -> str:
    return str(state.get("startedAt") or "")


def _state(app: Object, target: Target) -> Object:
    """Return the state of the operation in progress.

    Raises:
        SpottuiError: None is.
    """
    state = part(app, "status", "operationState")
    phase = state.get("phase")
    if app.get("operation") and not phase:
        raise SpottuiError(
            f"{target.name}: its operation waits to be started, so there is nothing to terminate yet. "
            "If that lasts, the application controller does not run."
        )
    if app.get("operation") and phase not in COMPLETED:
        return state
    if phase and phase not in COMPLETED:
        raise SpottuiError(
            f"{target.name}: {NOT_RUNNING}; the state {said(phase, 80)} is a remainder that the next sync takes away."
        )
    raise SpottuiError(f"{target.name}: {NOT_RUNNING}.")


def _running(app: Object, target: Target, options: Options) -> Object:
    state = _state(app, target)
    _check_same(state, target, options)
    if state.get("phase") == "Terminating":
        raise SpottuiError(
            f"{target.name}: the operation is being terminated already. "
            'If that does not end, "Clear a hanging operation" in the menu (m) takes it away.'
        )
    return state


def _check_same(state: Object, target: Target, options: Options) -> None:
    meant = options.get("started_at")
    if meant and meant != _started(state):
        raise SpottuiError(f"{target.name}: another operation runs now than was meant. Nothing was sent.")


def _hanging(app: Object, target: Target, services: Services, options: Options) -> Object:
    state = part(app, "status", "operationState")
    if state.get("phase") != "Terminating":
        raise SpottuiError(f"{target.name}: no operation of it hangs in its end. Nothing was sent; terminate it first.")
    _check_same(state, target, options)
    began = parse_time(_started(state))
    since = None if began is None else services.cluster_now() - began
    if since is not None and 0 <= since < WATCHED_FOR:
        raise SpottuiError(f"{target.name}: give it {WATCHED_FOR:.0f} s to end by itself. Nothing was sent.")
    return state


async def _watch(services: Services, target: Target, started: str) -> str:
    elapsed, seen, lost = Elapsed(services.clock), None, ""
    while elapsed() < WATCHED_FOR:
        await services.sleep(PAUSE)
        try:
            seen, lost = await fetch(services, target), ""
        except PASSING as error:
            lost = str(error)
            continue
        except NotFound as error:
            raise SpottuiError(f"{target.name} was deleted while its operation was terminated.") from error
        state = part(seen, "status", "operationState")
        if _started(state) != started:
            return f"{target.name}: the operation was terminated; another one has begun since."
        if has_ended(seen):
            message = said(state.get("message")) or said(state.get("phase"), 80)
            return f"{target.name}: the operation ended ({message}); what it applied stays."
    if seen is None:
        raise OutcomeUnknown(f"{target.name}: ending it was accepted, but nothing was read back. {lost}")
    message = str(part(seen, "status", "operationState").get("message") or "")
    why = "a sync window holds it until it opens" if message.startswith(BLOCKED) else said(message) or "no reason given"
    return Unfinished(
        f"{target.name}: still Terminating after {WATCHED_FOR:.0f} s: {why}. {lost} "
        '"Clear a hanging operation" in the menu (m) takes it away.'.replace("  ", " ")
    )
